//! What the entries of all logs mean, collected: one group for each failure, with counts, values and excerpts.

use std::collections::{BTreeMap, HashMap};

use super::entry::{LogEntry, LogLevel, cut};
use super::failure::FailureRule;
use super::masking::shown;
use super::report::{LogDiagnosis, LogExcerpt, LogPosition, ObservedValue, UnrecognisedError};

/// Maximum number of excerpts of one failure.
const MAX_EXCERPTS: usize = 3;
/// Maximum number of values of one failure under one label.
const MAX_VALUES: usize = 3;
/// Maximum number of different unrecognised errors that are distinguished.
const MAX_UNRECOGNISED_TEXTS: usize = 500;

/// One start of a server: the number of the log and of the start in it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct RunId {
    pub(super) log: usize,
    pub(super) run: usize,
}

/// All entries of one failure.
pub(super) struct FindingGroup {
    pub(super) rule: &'static FailureRule,
    pub(super) diagnosis: LogDiagnosis,
    /// How many entries each start has, and the first line of them.
    pub(super) runs: BTreeMap<RunId, (usize, usize)>,
}

/// What the entries of all logs mean.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) groups: Vec<FindingGroup>,
    /// Errors that no rule knows, by their text without numbers.
    pub(super) unrecognised: HashMap<String, UnrecognisedError>,
    pub(super) unrecognised_count: usize,
    pub(super) healthy_count: usize,
}

impl Findings {
    /// How many entries of failures were added.
    pub(super) fn entry_count(&self) -> usize {
        self.groups.iter().map(|group| group.diagnosis.count).sum()
    }

    /// Adds an entry whose part shows a failure.
    pub(super) fn record(&mut self, rule: &'static FailureRule, run: RunId, entry: &LogEntry, part: usize) {
        let at = position(run.log, entry);
        let index = self.groups.iter().position(|group| std::ptr::eq(group.rule, rule)).unwrap_or_else(|| {
            self.groups.push(FindingGroup { rule, diagnosis: empty_diagnosis(rule, &at), runs: BTreeMap::new() });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        group.diagnosis.count += 1;
        group.diagnosis.is_warning &= entry.level == LogLevel::Warn;
        group.runs.entry(run).or_insert((0, entry.line)).0 += 1;
        group.diagnosis.last = at.clone();
        let text = entry.parts.get(part).map_or("", String::as_str);
        let mut labels = Vec::new();
        for source in rule.values {
            // What the matching part does not have may be in another one.
            let found = source.find(text).or_else(|| entry.parts.iter().find_map(|part| source.find(part)));
            // Several sources of one label are alternatives.
            if let Some((label, value)) = found
                && !labels.contains(&label)
            {
                labels.push(label);
                add_value(&mut group.diagnosis.values, ObservedValue { label, value: shown(&value) });
            }
        }
        let lines = excerpt(entry, part);
        let is_new =
            |known: &LogExcerpt| known.lines.last().map(|line| tail(line)) != lines.last().map(|line| tail(line));
        if group.diagnosis.excerpts.len() < MAX_EXCERPTS && group.diagnosis.excerpts.iter().all(is_new) {
            group.diagnosis.excerpts.push(LogExcerpt { at, lines });
        }
    }

    /// Adds an error that no rule knows.
    pub(super) fn record_unrecognised(&mut self, log: usize, entry: &LogEntry) {
        self.unrecognised_count += 1;
        let deepest = entry.parts.len() - 1;
        let key =
            format!("{} {} {}", entry.logger, without_numbers(entry.message()), without_numbers(&entry.parts[deepest]));
        if let Some(known) = self.unrecognised.get_mut(&key) {
            known.count += 1;
        } else if self.unrecognised.len() < MAX_UNRECOGNISED_TEXTS {
            let error = UnrecognisedError { count: 1, first: position(log, entry), lines: excerpt(entry, deepest) };
            self.unrecognised.insert(key, error);
        }
    }
}

/// Adds a value that is not among the known ones.
fn add_value(values: &mut Vec<ObservedValue>, value: ObservedValue) {
    let of_label = || values.iter().filter(|known| known.label == value.label);
    if of_label().count() < MAX_VALUES && !of_label().any(|known| known.value.contains(&value.value)) {
        values.push(value);
    }
}

fn empty_diagnosis(rule: &'static FailureRule, at: &LogPosition) -> LogDiagnosis {
    LogDiagnosis {
        rule,
        count: 0,
        first: at.clone(),
        last: at.clone(),
        is_current: true,
        is_warning: true,
        values: Vec::new(),
        excerpts: Vec::new(),
        symptoms: Vec::new(),
    }
}

fn position(log: usize, entry: &LogEntry) -> LogPosition {
    LogPosition { log, line: entry.line, time: entry.time.clone() }
}

/// The entry as it is shown: its first line, and the first line of the part that matters.
fn excerpt(entry: &LogEntry, part: usize) -> Vec<String> {
    let level = match entry.level {
        LogLevel::Error => "ERROR ",
        LogLevel::Warn => "WARN ",
        _ => "",
    };
    let logger = if entry.logger.is_empty() { String::new() } else { format!("{{{}}} - ", shown(&entry.logger)) };
    let time = if entry.time.is_empty() { String::new() } else { format!("[{}] ", entry.time) };
    let mut lines = vec![format!("{time}{level}{logger}{}", shown(entry.message()))];
    if part > 0
        && let Some(line) = entry.parts.get(part).and_then(|part| part.lines().next())
    {
        lines.push(shown(line));
    } else {
        // In old layouts, the exception is on the next line. Other continuation lines may be anything.
        let names_cause = |line: &&str| ["Exception", "Error:", "requirement:"].iter().any(|word| line.contains(word));
        lines.extend(entry.parts[0].lines().skip(1).filter(names_cause).take(2).map(shown));
    }
    lines
}

/// The text of an excerpt's line without its time: by it, excerpts are compared.
fn tail(line: &str) -> String {
    without_numbers(line.split_once("] ").map_or(line, |(_, tail)| tail))
}

/// A text in which every number, ID, and identity of a Java object is the same.
fn without_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(300));
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let mut rest = cut(text, 300);
    while let Some(letter) = rest.chars().next() {
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let word = &rest[..end];
        let is_identity = plain.ends_with('@') && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if word.is_empty() {
            plain.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        }
        if is_identity || word.bytes().any(|byte| byte.is_ascii_digit()) {
            if !plain.ends_with('#') {
                plain.push('#');
            }
        } else {
            plain.push_str(word);
        }
        rest = &rest[end..];
    }
    plain
}
