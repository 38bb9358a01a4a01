//! Reads a log into entries, one after the other. The text is untrusted: lines, entries and their number are bounded, and
//! lines that no layout explains become entries of their own or part of the entry before them.

mod encoding;
mod json;
mod layout;
mod prefix;

use std::collections::VecDeque;

use super::entry::{LogEntry, LogLevel};

pub(super) use encoding::decode;

/// Maximum number of entries of one log; what follows is not read.
const MAX_ENTRIES: usize = 400_000;

/// The entries of a log.
pub(super) struct LogEntries<'a> {
    lines: std::str::Lines<'a>,
    number: usize,
    current: Option<LogEntry>,
    ready: VecDeque<LogEntry>,
    count: usize,
    /// How many lines have a known layout.
    pub(super) known_lines: usize,
    /// How many of these have a layout that other programs do not write.
    pub(super) own_lines: usize,
    /// How many lines continue an entry beyond what one has: they are probably none of IS.
    pub(super) stray_lines: usize,
    continued: usize,
}

/// How many lines other than stack frames an entry has at most: a thread dump or a banner.
const MAX_CONTINUED_LINES: usize = 40;

impl<'a> LogEntries<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            lines: text.lines(),
            number: 0,
            current: None,
            ready: VecDeque::new(),
            count: 0,
            known_lines: 0,
            own_lines: 0,
            stray_lines: 0,
            continued: 0,
        }
    }

    /// Whether the log has more entries than are read.
    pub(super) const fn is_cut(&self) -> bool {
        self.count > MAX_ENTRIES
    }

    /// The number of the last line that was read.
    pub(super) const fn line(&self) -> usize {
        self.number
    }

    fn begin(&mut self, entry: LogEntry) {
        self.known_lines += usize::from(entry.level != LogLevel::Output);
        self.continued = 0;
        self.ready.extend(self.current.replace(entry));
    }

    fn read(&mut self, line: &str) {
        let line = encoding::clean_line(line);
        match json::json_line(&line) {
            // Escapes in texts of JSON may stand for control characters.
            Some(json::JsonLine::Container(lines)) => {
                lines.lines().for_each(|line| self.read_plain(&encoding::clean_line(line)));
            }
            Some(json::JsonLine::Entry { time, level, logger, message, details }) => {
                let level = LogLevel::from_word(&level).unwrap_or(LogLevel::Output);
                let [time, logger] = [time, logger].map(|text| encoding::clean_line(&text));
                let mut lines = message.lines().chain(details.lines()).map(encoding::clean_line);
                let first = lines.next().unwrap_or_default();
                let lower = logger.to_ascii_lowercase();
                self.own_lines += usize::from(["wso2", "carbon", "hazelcast"].iter().any(|name| lower.contains(name)));
                self.begin(LogEntry::new(self.number, &time, level, &logger, &first));
                lines.for_each(|line| self.continuation(&line));
            }
            None => self.read_plain(&line),
        }
    }

    fn read_plain(&mut self, line: &str) {
        let (time, line) = prefix::strip_prefixes(line);
        match layout::header(line, time) {
            Some(layout::Header { time, level, logger, message, is_own, is_request }) => {
                self.own_lines += usize::from(is_own);
                let mut entry = LogEntry::new(self.number, time, level, logger, message);
                entry.is_request = is_request;
                self.begin(entry);
            }
            None => self.continuation(line),
        }
    }

    /// A line that begins no entry by its layout: a stack frame, a cause, more of the message, or output of a program.
    fn continuation(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() || text.starts_with("```") {
            return;
        }
        let Some(entry) = &mut self.current else { return self.begin(self.output(text)) };
        if is_frame(text) {
            entry.add_frame(text);
        } else if let Some(cause) = text.find("Caused by: ").filter(|at| *at < 40).map(|at| &text[at..]) {
            entry.add_cause(cause);
        } else if begins_output(text)
            || (entry.level == LogLevel::Output && !line.starts_with([' ', '\t']) && entry.parts.len() == 1)
            || (entry.level <= LogLevel::Info && names_exception(text))
        {
            let output = self.output(text);
            self.stray_lines += usize::from(!begins_output(text) && !names_exception(text));
            self.begin(output);
        } else {
            entry.append(text);
            self.continued += 1;
            self.stray_lines += usize::from(self.continued > MAX_CONTINUED_LINES);
        }
    }

    fn output(&self, text: &str) -> LogEntry {
        LogEntry::new(self.number, "", LogLevel::Output, "", text)
    }
}

impl Iterator for LogEntries<'_> {
    type Item = LogEntry;

    fn next(&mut self) -> Option<LogEntry> {
        while self.ready.is_empty() && self.count < MAX_ENTRIES {
            let Some(line) = self.lines.next() else {
                self.ready.extend(self.current.take());
                break;
            };
            self.number += 1;
            self.read(line);
        }
        self.count += 1;
        self.ready.pop_front()
    }
}

/// A line of a stack trace, which says nothing about the cause by itself.
fn is_frame(text: &str) -> bool {
    let is_more = || text.starts_with("...") && (text.contains(" more") || text.contains("omitted"));
    (text.starts_with("at ") && text.contains('(')) || is_more() || text.starts_with("~[")
}

/// Output of scripts and of Java itself, which is no part of the entry before it.
fn begins_output(text: &str) -> bool {
    const BEGINNINGS: [&str; 16] = [
        "JAVA_HOME environment",
        "CARBON_HOME environment",
        "Using Java memory",
        "Starting WSO2 Carbon (in",
        "Error: ",
        "Error occurred during initialization",
        "Error opening zip file",
        "Exception in thread",
        "Unrecognized VM option",
        "OpenJDK 64-Bit Server VM",
        "Java HotSpot(TM)",
        "# There is insufficient memory",
        "# A fatal error has been detected",
        "Process is already running",
        "Terminating due to java.lang",
        "You must set the JAVA_HOME",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

/// Whether the text begins with the name of an exception, such as `java.lang.OutOfMemoryError: Java heap space`.
fn names_exception(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or_default();
    name.contains('.')
        && ["Exception", "Error", "Fault"].iter().any(|ending| name.ends_with(ending))
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._$".contains(letter))
}

#[cfg(test)]
mod tests;
