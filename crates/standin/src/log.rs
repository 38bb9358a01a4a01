//! The log of a node: in memory, and in a file if one is given, in the layout of `wso2carbon.log`.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use parking_lot::Mutex;

use crate::clock;
use crate::error::StandInError;
use crate::options::LogSink;

/// How many lines stay in memory.
const MAX_LINES: usize = 10_000;

/// The lines of one node.
#[derive(Default)]
pub(crate) struct NodeLog {
    lines: Mutex<VecDeque<String>>,
    file: Option<Mutex<File>>,
    sink: Option<LogSink>,
}

impl NodeLog {
    /// A log that also appends to a file and reports to a sink, if they are given.
    pub(crate) fn open(file: Option<&Path>, sink: Option<LogSink>) -> Result<Self, StandInError> {
        let open = |path: &Path| {
            let opened = OpenOptions::new().create(true).append(true).open(path);
            opened.map(Mutex::new).map_err(|source| StandInError::LogFile { path: path.to_owned(), source })
        };
        Ok(Self { lines: Mutex::default(), file: file.map(open).transpose()?, sink })
    }

    /// Adds a line of level INFO, from the class that writes it in IS.
    pub(crate) fn info(&self, class: &str, text: &str) {
        let now = clock::timestamp();
        let (time, millis) = (now.strftime("%Y-%m-%d %H:%M:%S"), now.subsec_millisecond());
        let line = format!("TID: [-1234] [] [{time},{millis:03}] []  INFO {{{class}}} - {text}");
        if let Some(file) = &self.file
            && let Err(error) = writeln!(file.lock(), "{line}")
        {
            tracing::warn!(%error, "a line of the stand-in's log is not in its file");
        }
        if let Some(sink) = &self.sink {
            sink(&line);
        }
        let mut lines = self.lines.lock();
        if lines.len() >= MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// The lines in memory, the oldest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_line_has_the_layout_of_wso2carbon_log_in_memory_in_the_file_and_for_the_sink() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wso2carbon.log");
        let received = Arc::new(Mutex::new(Vec::new()));
        let sink: LogSink = {
            let received = received.clone();
            Arc::new(move |line| received.lock().push(line.to_owned()))
        };
        let log = NodeLog::open(Some(&path), Some(sink)).unwrap();
        log.info("org.example.Class", "a text");
        let [line] = log.lines().try_into().unwrap();
        // TID: [-1234] [] [2026-11-29 06:16:19,225] []  INFO {org.example.Class} - a text
        assert!(line.starts_with("TID: [-1234] [] [20") && line.ends_with("] []  INFO {org.example.Class} - a text"));
        assert_eq!(line.split(['[', ']']).nth(5).map(str::len), Some("2026-11-29 06:16:19,225".len()), "{line}");
        assert_eq!(std::fs::read_to_string(path).unwrap(), format!("{line}\n"));
        assert_eq!(*received.lock(), [line]);
    }
}
