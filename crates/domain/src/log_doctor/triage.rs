//! What one entry means: a failure with the part that shows it, a line of a healthy server, or an error that is not known.

use super::entry::{LogEntry, LogLevel};
use super::failure::FailureRule;
use super::noise;
use super::pattern::SearchedEntry;
use super::rules;

/// The meaning of one entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum EntryMeaning {
    /// Neither a warning nor an error, or a warning that is not known.
    Nothing,
    /// A line of a healthy server.
    Healthy,
    /// The start waits for a service; only a failure if it is not followed by the end of the start.
    Waiting,
    /// The part with this number shows the failure.
    Failure(&'static FailureRule, usize),
    /// An error that no rule knows.
    Unrecognised,
}

/// Evaluates an entry: causes before symptoms, and the deepest cause first.
pub(super) fn evaluate(entry: &LogEntry, may_be_first_start: bool) -> EntryMeaning {
    if entry.level <= LogLevel::Info {
        return EntryMeaning::Nothing;
    }
    let searched = SearchedEntry::at(entry, may_be_first_start);
    if noise::is_healthy(&searched) {
        return EntryMeaning::Healthy;
    }
    if is_waiting(entry.message()) {
        return EntryMeaning::Waiting;
    }
    for is_symptom in [false, true] {
        for part in (0..searched.len()).rev() {
            let mut candidates = rules::all().filter(|rule| rule.is_symptom() == is_symptom);
            if let Some(rule) = candidates.find(|rule| rule.pattern.matches(&searched, part)) {
                return EntryMeaning::Failure(rule, part);
            }
        }
    }
    match entry.level {
        LogLevel::Error if noise::is_client_error(&searched) => EntryMeaning::Healthy,
        LogLevel::Error => EntryMeaning::Unrecognised,
        _ => EntryMeaning::Nothing,
    }
}

/// Lines that the server prints every minute while its start waits.
fn is_waiting(message: &str) -> bool {
    message.starts_with("Waiting for required ") || message.starts_with("Carbon initialization is delayed")
}
