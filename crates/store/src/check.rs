//! The results of a plan's checks as they are stored. Plain values; the details of a result stay opaque here.

/// The outcome of a check that has just run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOutcome {
    /// The check's code, such as `DB-17`.
    pub check: String,
    /// How it ended, as a code that the caller defines.
    pub outcome: String,
    /// All results of the check as JSON, without secrets.
    pub results: String,
    /// When it ended, in unix seconds.
    pub at: i64,
}

/// A period in which every run of a check had the same outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomePeriod {
    /// The check's code.
    pub check: String,
    /// How each run ended.
    pub outcome: String,
    /// The first run with this outcome, in unix seconds.
    pub since: i64,
    /// The last run with this outcome, in unix seconds.
    pub last_at: i64,
    /// The results of the last run, as JSON; `None` for all periods but the newest of a check.
    pub results: Option<String>,
    /// The setting whose change outdated the result; `None` while the result is valid.
    pub stale: Option<String>,
}

/// A check whose last result is outdated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleCheck {
    /// The check's code.
    pub check: String,
    /// The key of the setting that changed, such as `database.host`.
    pub setting: String,
}

/// A column in which an empty text means that there is no value.
pub(crate) fn not_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
