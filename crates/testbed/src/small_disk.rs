//! A database server whose data lies on a separate small disk, which tests fill: a tmpfs in a mount namespace that only
//! the server sees and that disappears when the server ends. It requires root and `unshare`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The size of such a disk: the largest server's data when it is new, three times.
const DISK_KILOBYTES: u32 = 768 * 1024;

/// The disk of a running server.
#[derive(Debug)]
pub struct SmallDisk {
    /// A file on it, as it is reached from outside.
    filler: PathBuf,
}

/// `command` so that `data` is a small disk with a copy of `template` on it.
pub(crate) fn on_small_disk(command: &Command, data: &Path, template: &Path) -> Command {
    let mut small = Command::new("unshare");
    small.args(["--mount", "--propagation", "private", "sh", "-c"]);
    small.arg(format!(
        "mount -t tmpfs -o size={DISK_KILOBYTES}k tmpfs \"$1\" && cp -a \"$2/.\" \"$1/\" && shift 2 && exec \"$@\""
    ));
    small.arg("sh").arg(data).arg(template).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => small.env(name, value),
            None => small.env_remove(name),
        };
    }
    small
}

impl SmallDisk {
    /// The disk at `data` of the server that wrote `pid_file`.
    pub(crate) fn of(pid_file: &Path, data: &Path) -> io::Result<Self> {
        // The server's process id opens its view of the file system.
        let id = fs::read_to_string(pid_file)?;
        let root = PathBuf::from(format!("/proc/{}/root", id.trim()));
        Ok(Self { filler: root.join(data.strip_prefix("/").unwrap_or(data)).join("filler") })
    }

    /// Fills the disk until `bytes` are left.
    ///
    /// # Errors
    /// When it cannot be written for another reason than that it is full.
    pub fn fill_except(&self, bytes: u64) -> io::Result<()> {
        let mut filler = File::create(&self.filler)?;
        let chunk = vec![0; 64 * 1024];
        let mut length = 0;
        loop {
            match filler.write(&chunk) {
                Ok(count @ 1..) => length += count as u64,
                Ok(0) => break,
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
        filler.set_len(length.saturating_sub(bytes))
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn free(&self) -> io::Result<()> {
        fs::remove_file(&self.filler)
    }
}
