//! One entry of a log: what a logger printed at once, with the causes of its exception.

/// Maximum length of the text of one part, in bytes.
const MAX_PART_BYTES: usize = 6_000;
/// Maximum number of parts of an entry: its message and its causes.
const MAX_PARTS: usize = 24;
/// Maximum number of stack frames that are kept.
const MAX_FRAMES: usize = 60;

/// How severe an entry is, from its own level.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum LogLevel {
    Debug,
    Info,
    /// A line without a level: output of a script, of Java, or a part of an entry whose beginning is missing.
    Output,
    Warn,
    /// ERROR, FATAL and SEVERE.
    Error,
}

impl LogLevel {
    /// The level with this name in any of the layouts.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "TRACE" | "DEBUG" | "FINE" | "FINER" | "FINEST" => Self::Debug,
            "INFO" | "NOTICE" | "CONFIG" => Self::Info,
            "WARN" | "WARNING" => Self::Warn,
            "ERROR" | "FATAL" | "SEVERE" | "CRIT" | "ALERT" | "EMERG" => Self::Error,
            _ => return None,
        })
    }
}

/// One entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LogEntry {
    /// The number of its first line, from 1.
    pub(super) line: usize,
    /// The time as printed; empty where the layout has none.
    pub(super) time: String,
    pub(super) level: LogLevel,
    /// The class that printed it, or `nginx`; empty where the layout has none.
    pub(super) logger: String,
    /// The message with its continuation lines, then one part for each `Caused by:`, the outermost first.
    pub(super) parts: Vec<String>,
    /// The first stack frames, one a line.
    pub(super) frames: String,
    frame_count: usize,
    /// Whether it belongs to a request of a client.
    pub(super) is_request: bool,
}

impl LogEntry {
    pub(super) fn new(line: usize, time: &str, level: LogLevel, logger: &str, message: &str) -> Self {
        let mut entry = Self {
            line,
            time: time.to_owned(),
            level,
            logger: logger.to_owned(),
            parts: vec![String::new()],
            frames: String::new(),
            frame_count: 0,
            is_request: false,
        };
        entry.append(message);
        entry
    }

    /// The message: the first line of the first part.
    pub(super) fn message(&self) -> &str {
        self.parts.first().and_then(|part| part.lines().next()).unwrap_or_default()
    }

    /// Adds a line to the last part.
    pub(super) fn append(&mut self, text: &str) {
        let Some(part) = self.parts.last_mut() else { return };
        let room = MAX_PART_BYTES.saturating_sub(part.len());
        if room == 0 {
            return;
        }
        if !part.is_empty() {
            part.push('\n');
        }
        part.push_str(cut(text, room));
    }

    /// Adds a cause. Of very many, the outermost is kept and the deepest ones are.
    pub(super) fn add_cause(&mut self, text: &str) {
        if self.parts.len() == MAX_PARTS {
            self.parts.remove(1);
        }
        self.parts.push(String::new());
        self.append(text);
    }

    pub(super) fn add_frame(&mut self, frame: &str) {
        if self.frame_count < MAX_FRAMES {
            self.frame_count += 1;
            self.frames.push_str(cut(frame, 300));
            self.frames.push('\n');
        }
    }
}

/// The beginning of a text, at most `bytes` long and not within a character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stays_bounded_and_keeps_its_deepest_cause() {
        let mut entry = LogEntry::new(1, "", LogLevel::Error, "", "message");
        for number in 0..1000 {
            entry.add_cause(&format!("Caused by: {number}"));
            entry.add_frame("at a.b.C(D.java:1)");
        }
        assert_eq!(entry.parts.len(), MAX_PARTS);
        assert_eq!((entry.message(), entry.parts.last().unwrap().as_str()), ("message", "Caused by: 999"));
        assert_eq!(entry.frames.lines().count(), MAX_FRAMES);
        entry.append(&"ü".repeat(MAX_PART_BYTES));
        assert!(entry.parts.last().unwrap().len() <= MAX_PART_BYTES + 1);
    }
}
