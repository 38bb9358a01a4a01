//! What all servers have in common: a data folder copied from a template, a port, and a moment when they answer.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use tempfile::TempDir;

use crate::process::{ChildProcess, StopSignal};
use crate::{port, program};

/// How long a server may take to answer. The slowest, MySQL on a busy machine with two cores, took 6 s.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// Between two looks at whether a server answers.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A server with a dedicated folder. Dropping this value ends the server and deletes the folder, in the order of the fields.
#[derive(Debug)]
pub(crate) struct RunningServer {
    process: Option<ChildProcess>,
    command: Command,
    port: u16,
    ready: ReadyCondition,
    folder: TempDir,
}

impl RunningServer {
    /// Stops it, for [`Self::start_again`].
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same data and port, and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or stays silent; with the end of its log.
    pub(crate) fn start_again(&mut self) -> io::Result<()> {
        self.stop();
        self.process = Some(run(&self.command, self.folder.path(), self.port, self.ready)?);
        Ok(())
    }

    /// The server's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// When a server is taken to be ready.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ReadyCondition {
    /// It accepts connections.
    Accepts,
    /// It speaks first.
    Greets,
    /// Asked this, its answer begins with this.
    Answers(&'static [u8], u8),
}

/// Starts a server on a free port and waits until it is ready. `prepare` fills its folder; `command` is asked with the
/// folder and the port.
///
/// # Errors
/// When the folder cannot be prepared, or the server ends or stays silent; with the end of its log.
pub(crate) fn start(
    prepare: impl Fn(&Path) -> io::Result<()>,
    command: impl Fn(&Path, u16) -> Command,
    ready: ReadyCondition,
) -> io::Result<(RunningServer, u16)> {
    let mut last = None;
    // Between asking for a free port and taking it another process may come in.
    for _ in 0..3 {
        let folder = tempfile::tempdir()?;
        prepare(folder.path())?;
        let port = port::free()?;
        let command = command(folder.path(), port);
        match run(&command, folder.path(), port, ready) {
            Ok(process) => return Ok((RunningServer { process: Some(process), command, port, ready, folder }, port)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("it was not started")))
}

fn run(command: &Command, folder: &Path, port: u16, ready: ReadyCondition) -> io::Result<ChildProcess> {
    let log = fs::File::create(folder.join("log"))?;
    let stop = if matches!(ready, ReadyCondition::Answers(..)) { StopSignal::Quickly } else { StopSignal::AtOnce };
    let mut process = ChildProcess::start(command, stop, Stdio::from(log.try_clone()?), Stdio::from(log))?;
    match wait(&mut process, port, ready) {
        Ok(()) => Ok(process),
        Err(error) => Err(io::Error::other(format!("{error}\n{}", end_of(&folder.join("log"))))),
    }
}

fn wait(process: &mut ChildProcess, port: u16, ready: ReadyCondition) -> io::Result<()> {
    let start = Instant::now();
    while start.elapsed() < START_TIMEOUT {
        if let Some(status) = process.ended()? {
            return Err(io::Error::other(format!("it ended with {status}")));
        }
        if is_ready(port, ready) {
            return Ok(());
        }
        thread::sleep(POLL_INTERVAL);
    }
    Err(io::Error::other(format!("it did not answer within {} s", START_TIMEOUT.as_secs())))
}

fn is_ready(port: u16, ready: ReadyCondition) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok_and(|mut stream| {
        let limited = stream.set_read_timeout(Some(Duration::from_secs(5)));
        match ready {
            ReadyCondition::Accepts => true,
            ReadyCondition::Greets => limited.and_then(|()| stream.read_exact(&mut [0; 5])).is_ok(),
            ReadyCondition::Answers(question, answer) => {
                let mut first = [0];
                let asked = limited.and_then(|()| stream.write_all(question));
                asked.and_then(|()| stream.read_exact(&mut first)).is_ok() && first == [answer]
            }
        }
    })
}

/// A server that holds the pools of a cluster, as WSO2's own images set it; the default of 151 does not.
pub(crate) const MAX_CONNECTIONS_OPTION: &str = "--max-connections=1000";

/// Those of `options` that creating the data folder fixes permanently, selected by how they begin.
pub(crate) fn initialization_options<'o>(options: &[&'o str], beginnings: &[&str]) -> Vec<&'o str> {
    let is_lasting = |option: &&str| beginnings.iter().any(|beginning| option.starts_with(beginning));
    options.iter().copied().filter(is_lasting).collect()
}

/// A folder that is created once and then copied: setting up a database takes seconds, copying it a moment.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn template(name: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let templates = program::cache().map_err(io::Error::other)?.join("templates");
    let finished = templates.join(name);
    if finished.is_dir() {
        return Ok(finished);
    }
    fs::create_dir_all(&templates)?;
    // Several test processes may do this at once: each makes its own, the first one's is kept.
    let draft = tempfile::Builder::new().prefix(".draft-").tempdir_in(&templates)?;
    make(draft.path())?;
    match fs::rename(draft.path(), &finished) {
        Err(error) if !finished.is_dir() => Err(error),
        _ => Ok(finished),
    }
}

/// Copies a folder with all below it.
///
/// # Errors
/// When something cannot be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Whether this process runs as root: database servers then need an explicit option.
pub(crate) fn are_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The last lines of a log.
fn end_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n")
}
