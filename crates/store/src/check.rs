//! What is kept of a plan's live checks. Plain values; what a check said stays opaque here.

/// What a check has just said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSaid {
    /// The check's code, such as `DB-17`.
    pub check: String,
    /// How it ended, in one word.
    pub outcome: String,
    /// All that it said, as JSON without secrets.
    pub results: String,
    /// When, in unix seconds.
    pub at: i64,
}

/// A time in which a check always ended alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckSpell {
    /// The check's code.
    pub check: String,
    /// How it ended.
    pub outcome: String,
    /// When it ended so first, in unix seconds.
    pub since: i64,
    /// When it ended so last.
    pub last_at: i64,
    /// All that it said last, as JSON; empty but for the newest of a check.
    pub results: String,
    /// The setting that was changed afterwards; empty while the result counts.
    pub stale: String,
}

/// A check whose result does not count any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleCheck {
    /// The check's code.
    pub check: String,
    /// The key of the setting that changed.
    pub setting: String,
}
