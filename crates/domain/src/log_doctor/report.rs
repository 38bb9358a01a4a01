//! What the log doctor reports.

use serde::Serialize;

use super::facts::LogFacts;
use super::failure::FailureRule;
use super::reading::LogGap;

/// A place in one of the logs.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LogPosition {
    /// The number of the log, from 0, in the order given.
    pub log: usize,
    /// The line, from 1.
    pub line: usize,
    /// The time as the log has it; may be empty.
    pub time: String,
}

/// Lines that prove a failure, with masked secrets.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LogExcerpt {
    /// Where the entry begins.
    pub at: LogPosition,
    /// The first line of the entry, and the cause in it that shows the failure.
    pub lines: Vec<String>,
}

/// A value from the log that helps to find the place.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct ObservedValue {
    /// What it is, such as `Host`.
    pub label: &'static str,
    /// The value, with masked secrets.
    pub value: String,
}

/// Entries that another failure explains.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FoldedSymptom {
    /// The code of the rule.
    pub code: &'static str,
    /// What happened.
    pub title: &'static str,
    /// How often.
    pub count: usize,
}

/// One failure that the logs show.
#[derive(Clone, Debug, Serialize)]
pub struct LogDiagnosis {
    /// The failure: cause, check and remedy.
    #[serde(flatten)]
    pub rule: &'static FailureRule,
    /// How many entries show it.
    pub count: usize,
    /// The first of them.
    pub first: LogPosition,
    /// The last of them.
    pub last: LogPosition,
    /// Whether no later start of the server finished: it may be repaired otherwise.
    pub is_current: bool,
    /// Whether all of them are warnings.
    pub is_warning: bool,
    /// Values from these entries.
    pub values: Vec<ObservedValue>,
    /// Some of these entries.
    pub excerpts: Vec<LogExcerpt>,
    /// What it explains.
    pub symptoms: Vec<FoldedSymptom>,
}

/// An error that no rule knows, with all entries of the same text.
#[derive(Clone, Debug, Serialize)]
pub struct UnrecognisedError {
    /// How many entries have this text, numbers aside.
    pub count: usize,
    /// The first of them.
    pub first: LogPosition,
    /// Its first line, and its deepest cause, with masked secrets.
    pub lines: Vec<String>,
}

/// What the logs show.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LogReport {
    /// The failures: those that still matter first, then the worst, then the earliest.
    pub diagnoses: Vec<LogDiagnosis>,
    /// Errors that no rule knows, the most frequent first; at most [`MAX_UNRECOGNISED`].
    pub unrecognised: Vec<UnrecognisedError>,
    /// How many entries these and further ones are.
    pub unrecognised_count: usize,
    /// How many warnings and errors a healthy server prints, too.
    pub healthy_count: usize,
    /// What each log tells about the node and its cluster, in the order given.
    pub logs: Vec<LogFacts>,
}

/// Maximum number of different unrecognised errors that are listed.
pub const MAX_UNRECOGNISED: usize = 20;

impl LogReport {
    /// Whether the logs show no failure.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.diagnoses.is_empty()
    }

    /// Whether nothing of the logs could be used.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.diagnoses.is_empty() && self.logs.iter().all(|log| log.gaps.iter().any(LogGap::is_whole))
    }

    /// Whether the logs were read, belong to a server that runs or was stopped, and show no error.
    #[must_use]
    pub fn is_all_clear(&self) -> bool {
        let is_complete = |log: &LogFacts| log.gaps.is_empty() && !log.ends_within_start();
        self.is_healthy() && self.unrecognised_count == 0 && !self.logs.is_empty() && self.logs.iter().all(is_complete)
    }

    /// What could not be read, and starts whose end is not in their log: one sentence each.
    #[must_use]
    pub fn reservations(&self) -> Vec<String> {
        let of_log = |log: &LogFacts| -> Vec<String> {
            let name = Some(log.name.as_str()).filter(|_| self.logs.len() > 1);
            let gaps = log.gaps.iter().map(|gap| gap.describe(name));
            let start = (log.ends_within_start() && self.is_healthy()).then(|| {
                let name = name.unwrap_or("The log");
                format!("{name} ends before the server started: it does not show that the node runs.")
            });
            gaps.chain(start).collect()
        };
        self.logs.iter().flat_map(of_log).collect()
    }

    /// The result in a few sentences.
    #[must_use]
    pub fn verdict(&self) -> String {
        let reservations = self.reservations().join(" ");
        if self.is_unreadable() {
            let is_empty = reservations.is_empty();
            return if is_empty { "No log was given.".to_owned() } else { reservations };
        }
        let current = self.diagnoses.iter().filter(|one| one.is_current).count();
        let past = self.diagnoses.len() - current;
        let failures = |count: usize| if count == 1 { "1 failure".to_owned() } else { format!("{count} failures") };
        let result = match (current, past) {
            (0, 0) if self.unrecognised_count > 0 => "No known failure. Some errors are not recognised.".to_owned(),
            (0, 0) if !reservations.is_empty() => "No failure in the lines that were read.".to_owned(),
            (0, 0) => "No failure.".to_owned(),
            (0, past) => format!("{}, before the last start of the server.", failures(past)),
            (current, 0) => format!("{}.", failures(current)),
            (current, past) => {
                format!("{}, and {} before the last start of the server.", failures(current), failures(past))
            }
        };
        if reservations.is_empty() { result } else { format!("{result} {reservations}") }
    }
}
