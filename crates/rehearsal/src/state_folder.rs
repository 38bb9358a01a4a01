//! The folder of a rehearsal, which names its process, and what killed rehearsals left.

use std::fs::{self, DirEntry, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::children;
use crate::error::RehearsalError;
use crate::process::ProcessIdentity;

/// Begins the name of each folder; the process follows, then random letters.
const PREFIX: &str = "clusterwright-rehearsal-";

/// The folder of a running rehearsal, which only its owner may enter. It is removed when this is dropped.
pub(crate) struct StateFolder(TempDir);

impl StateFolder {
    /// Creates a folder of this process in `parent`.
    pub(crate) fn create(parent: &Path) -> Result<Self, RehearsalError> {
        let failed = |source| RehearsalError::Folder { path: parent.to_owned(), source };
        let own = ProcessIdentity::of(std::process::id());
        let own =
            own.ok_or_else(|| failed(io::Error::other("this system does not report when a process was started")))?;
        let mut builder = tempfile::Builder::new();
        let prefix = format!("{PREFIX}{}-", own.write());
        let folder = builder.prefix(&prefix).permissions(Permissions::from_mode(0o700)).tempdir_in(parent);
        let folder = Self(folder.map_err(failed)?);
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-');
        if !folder.path().to_str().is_some_and(|path| path.chars().all(is_plain)) {
            return Err(RehearsalError::FolderName { path: folder.path().to_owned() });
        }
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that only its owner may read, and returns its path.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, RehearsalError> {
        let path = self.path().join(name);
        let written = (|| {
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600).open(&path)?.write_all(content)
        })();
        written.map_err(|source| RehearsalError::Folder { path: path.clone(), source })?;
        Ok(path)
    }

    /// Removes the folder.
    pub(crate) fn remove(self) -> Result<(), RehearsalError> {
        let path = self.path().to_owned();
        self.0.close().map_err(|source| RehearsalError::Folder { path, source })
    }
}

/// Removes the folders of rehearsals in `parent` whose process has ended, after killing their child processes, and returns
/// the paths. Folders of other users stay.
///
/// # Errors
/// When a folder or process cannot be removed.
pub fn remove_leftovers(parent: &Path) -> Result<Vec<PathBuf>, RehearsalError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| RehearsalError::Folder { path, source }
    };
    let mut removed = Vec::new();
    for entry in fs::read_dir(parent).map_err(failed(parent))? {
        let entry = entry.map_err(failed(parent))?;
        let Some(owner) = owner(&entry) else { continue };
        let path = entry.path();
        if owner.is_running() || !is_own_folder(&path) {
            continue;
        }
        for child in children::list(&path).map_err(failed(&path))? {
            child.kill().map_err(failed(&path))?;
        }
        match fs::remove_dir_all(&path) {
            Ok(()) => removed.push(path),
            // Another rehearsal that starts now was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path)(error)),
        }
    }
    Ok(removed)
}

/// The process that the name of a folder states.
fn owner(entry: &DirEntry) -> Option<ProcessIdentity> {
    let name = entry.file_name();
    let (process, _) = name.to_str()?.strip_prefix(PREFIX)?.rsplit_once('-')?;
    ProcessIdentity::parse(process)
}

/// Whether it is a folder that no other user can have created or changed: what it lists is killed.
fn is_own_folder(path: &Path) -> bool {
    let user = rustix::process::geteuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn folder_of(parent: &Path, process: &str) -> PathBuf {
        let path = parent.join(format!("{PREFIX}{process}-AbCdEf"));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        path
    }

    #[test]
    fn only_what_ended_rehearsals_left_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let running = StateFolder::create(parent.path()).unwrap();
        let ended = folder_of(parent.path(), "1-0");
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let left = ProcessIdentity::of(child.id()).unwrap();
        children::add(&ended, &left).unwrap();
        let mut stranger = Command::new("sleep").arg("60").spawn().unwrap();
        let former = format!("{}-0\n", stranger.id());
        fs::write(ended.join("children"), fs::read_to_string(ended.join("children")).unwrap() + &former).unwrap();
        let open = folder_of(parent.path(), "2-0");
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        fs::create_dir(parent.path().join("clusterwright-rehearsal-another")).unwrap();

        assert_eq!(remove_leftovers(parent.path()).unwrap(), [ended.as_path()]);
        assert!(!left.is_running() && !ended.exists());
        assert!(stranger.try_wait().unwrap().is_none(), "a process that only has the number of a child lives");
        assert!(open.exists(), "others could have written its list");
        assert_eq!(fs::metadata(running.path()).unwrap().mode() & 0o777, 0o700);
        let secret = running.write("tls/key", b"secret").unwrap();
        assert_eq!(fs::metadata(secret).unwrap().mode() & 0o777, 0o600);
        running.remove().unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 2);
        for process in [&mut child, &mut stranger] {
            let _ = process.kill();
            process.wait().unwrap();
        }
    }
}
