//! Which process a number belongs to: numbers are used again, so a process is known by its number and its start.

use std::fs;
use std::io;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// How often the end of a process is awaited, and for how long in all.
const END_POLL_INTERVAL: Duration = Duration::from_millis(20);
const MAX_END_POLLS: u32 = 250;

/// A process that runs, or ran.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProcessIdentity {
    /// Its number.
    pub id: u32,
    /// When it was started, as the system writes it, with letters and digits only.
    start: String,
}

impl ProcessIdentity {
    /// The process that has this number now; `None` if no process has it, or only a finished one.
    #[must_use]
    pub fn of(id: u32) -> Option<Self> {
        let start = match fs::read_to_string(format!("/proc/{id}/stat")) {
            Ok(text) => start_in_stat(&text)?.to_owned(),
            // Without /proc: systems other than Linux.
            Err(_) => start_by_ps(id)?,
        };
        Some(Self { id, start })
    }

    /// Whether it still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        Self::of(self.id).as_ref() == Some(self)
    }

    /// Number and start, from which [`Self::parse`] reads it.
    pub(crate) fn write(&self) -> String {
        format!("{}-{}", self.id, self.start)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (id, start) = text.split_once('-')?;
        let is_start = !start.is_empty() && start.chars().all(|letter| letter.is_ascii_alphanumeric());
        Some(Self { id: id.parse().ok()?, start: is_start.then(|| start.to_owned())? })
    }

    /// Sends a signal, if it still runs.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let id = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        match id.filter(|_| self.is_running()) {
            Some(id) => kill_process(id, signal).map_err(io::Error::from),
            None => Ok(()),
        }
    }

    /// Kills it, if it still runs, and waits up to 5 s for its end.
    pub(crate) fn kill(&self) -> io::Result<()> {
        self.signal(Signal::KILL)?;
        for _ in 0..MAX_END_POLLS {
            if !self.is_running() {
                return Ok(());
            }
            sleep(END_POLL_INTERVAL);
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("process {} does not end", self.id)))
    }
}

/// The start of a process in `/proc/PID/stat`: field 22. The name before it is in parentheses and may contain anything.
fn start_in_stat(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    // Z and X: it has ended, and its parent has not asked for its result.
    let state = fields.next()?;
    if matches!(state, "Z" | "X") { None } else { fields.nth(18) }
}

fn start_by_ps(id: u32) -> Option<String> {
    let output = Command::new("ps").args(["-o", "stat=,lstart=", "-p", &id.to_string()]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (state, start) = text.trim().split_once(' ')?;
    let start: String = start.chars().filter(char::is_ascii_alphanumeric).collect();
    (!state.starts_with('Z') && !start.is_empty()).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_number_and_start() {
        let own = ProcessIdentity::of(std::process::id()).unwrap();
        assert!(own.is_running());
        assert_eq!(ProcessIdentity::parse(&own.write()), Some(own.clone()));
        let former = ProcessIdentity { start: "1".to_owned(), ..own };
        assert!(!former.is_running(), "another process had the number before");
        former.kill().unwrap();
        for text in ["", "12", "12-", "x-1", "12-../3", "-12-3"] {
            assert_eq!(ProcessIdentity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_process_that_was_killed_does_not_run_before_its_parent_has_asked() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let identity = ProcessIdentity::of(child.id()).unwrap();
        identity.kill().unwrap();
        assert!(!identity.is_running());
        child.wait().unwrap();
    }

    #[test]
    fn the_name_in_stat_may_contain_parentheses_and_spaces() {
        let fields = "1 1 1 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 9 9";
        assert_eq!(start_in_stat(&format!("12 (a) R (b) S {fields}")), Some("4711"));
        assert_eq!(start_in_stat(&format!("12 (a) Z {fields}")), None);
    }
}
