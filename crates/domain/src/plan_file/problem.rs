//! Problems of a plan file, as text that a terminal and a page show safely.

use std::fmt;

use super::MAX_PROBLEMS;
use crate::value::is_bidi_control;

/// One problem of a plan file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PlanFileProblem {
    /// The line, from 1; `None` for the whole file.
    pub line: Option<usize>,
    /// Problem and remedy, without secrets and control characters.
    pub message: String,
}

impl fmt::Display for PlanFileProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "line {line}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// The problems found so far: at most [`MAX_PROBLEMS`], then one line that more exist.
#[derive(Default)]
pub(super) struct ProblemList {
    found: Vec<PlanFileProblem>,
    omitted: bool,
}

impl ProblemList {
    /// Whether further problems are only counted, so that reading may stop.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MAX_PROBLEMS
    }

    pub(super) fn add(&mut self, line: Option<usize>, message: impl Into<String>) {
        if self.is_full() {
            self.omitted = true;
        } else {
            let message: String = message.into().chars().filter(|letter| is_shown(*letter)).collect();
            self.found.push(PlanFileProblem { line, message });
        }
    }

    /// All of them by line, or `Ok` if there are none.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<PlanFileProblem>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let mut found = self.found;
        found.sort();
        if self.omitted {
            let message = format!("The file has more problems than these {MAX_PROBLEMS}. Correct these first.");
            found.push(PlanFileProblem { line: None, message });
        }
        Err(found)
    }
}

fn is_shown(letter: char) -> bool {
    !letter.is_control() && !is_bidi_control(letter)
}

/// Maximum length of a name from the file in a message, in characters.
const MAX_NAME_CHARS: usize = 60;

/// A name from the file within a message: short and on one line.
pub(super) fn printable_name(name: &str) -> String {
    let mut letters = name.chars().filter(|letter| is_shown(*letter));
    let mut text: String = letters.by_ref().take(MAX_NAME_CHARS).collect();
    if letters.next().is_some() {
        text.push('…');
    }
    text
}
