//! Records: small documents of a kind that only the caller understands.
//!
//! The journal, share links, sessions and events of checks are kinds of records, each written by one module of the
//! caller. A new kind needs no new table, so programs of two versions can use one database. Bodies stay opaque here.

use std::collections::BTreeMap;

use crate::plan_id::PlanId;

/// The width of a number in a key: keys are compared as texts.
const KEY_DIGITS: usize = 20;

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Unique within its plan and kind: the caller's own key, or the number that [`RecordWrite::Append`] assigned.
    pub key: String,
    /// Increased by each change, from 1.
    pub version: i64,
    /// When it may be deleted, in unix seconds; 0 for never. Until [`crate::Store::prune`] it is still returned.
    pub expires_at: i64,
    /// Contains no secret that is not sealed.
    pub body: String,
}

impl Record {
    /// The number of an appended record; `None` where the key is the caller's own.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.key.parse().ok().filter(|_| self.key.len() == KEY_DIGITS)
    }
}

/// The key of the record that was appended with this number. Keys sort like the numbers.
#[must_use]
pub fn number_key(number: i64) -> String {
    format!("{number:0KEY_DIGITS$}")
}

/// One change of the records. Several are written all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordWrite {
    /// Adds a record under the next number of its plan and kind: from 1, without gaps, never reused.
    Append {
        /// The kind.
        kind: &'static str,
        /// See [`Record::body`].
        body: String,
        /// See [`Record::expires_at`].
        expires_at: i64,
    },
    /// Stores a record under a key, in place of an earlier one.
    Put {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: String,
        /// See [`Record::body`].
        body: String,
        /// See [`Record::expires_at`].
        expires_at: i64,
        /// The condition under which it is stored.
        expected: Expected,
    },
    /// Deletes a record.
    Remove {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: String,
        /// The condition under which it is deleted.
        expected: Expected,
    },
    /// Deletes all but the last `keep` appended records of a kind. Their numbers are not reused.
    Trim {
        /// The kind.
        kind: &'static str,
        /// How many records stay.
        keep: u32,
    },
}

impl RecordWrite {
    /// Appends a record that never expires.
    #[must_use]
    pub fn append(kind: &'static str, body: String) -> Self {
        Self::Append { kind, body, expires_at: 0 }
    }

    /// Stores a record that never expires, unconditionally.
    #[must_use]
    pub fn put(kind: &'static str, key: impl Into<String>, body: String) -> Self {
        Self::Put { kind, key: key.into(), body, expires_at: 0, expected: Expected::Any }
    }

    /// Deletes a record if it exists.
    #[must_use]
    pub fn remove(kind: &'static str, key: impl Into<String>) -> Self {
        Self::Remove { kind, key: key.into(), expected: Expected::Any }
    }
}

/// The condition under which a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None: it is written in any case.
    Any,
    /// No record has this key.
    Absent,
    /// The record has this version.
    Version(i64),
}

impl Expected {
    /// That a record is as it was found: at a version, or absent.
    #[must_use]
    pub fn unchanged(found: Option<i64>) -> Self {
        found.map_or(Self::Absent, Self::Version)
    }

    /// Whether a record at version `found` meets the condition; `None` where it does not exist.
    pub(crate) fn is_met_by(self, found: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => found.is_none(),
            Self::Version(version) => found == Some(version),
        }
    }
}

/// The outcome of [`crate::Store::write`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum WriteOutcome {
    /// All writes are stored.
    Written {
        /// The numbers of the appended records, in the order of the writes.
        numbers: Vec<i64>,
    },
    /// A record did not meet its [`Expected`]; nothing is stored.
    Conflict {
        /// The index of the first such write, from 0.
        index: usize,
    },
    /// The plan does not exist; nothing is stored.
    NotFound,
}

/// A page of the records of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The key before the first record of the page; `None` begins at the first record, or backwards at the last.
    pub after: Option<String>,
    /// The maximum number of records.
    pub limit: u32,
    /// Whether keys descend.
    pub backwards: bool,
}

impl Scan {
    /// At most `limit` appended records in ascending order, those after `number`.
    #[must_use]
    pub fn after_number(number: i64, limit: u32) -> Self {
        Self { after: Some(number_key(number)), limit, backwards: false }
    }

    /// At most `limit` records by ascending key, from the first.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit, backwards: false }
    }

    /// At most `limit` records by descending key, from the last.
    #[must_use]
    pub fn last(limit: u32) -> Self {
        Self { after: None, limit, backwards: true }
    }
}

/// How far a plan has advanced, to detect changes without reading them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceNumbers {
    /// Of the plan.
    pub revision: i64,
    /// The last number of each kind of appended records.
    pub last: BTreeMap<String, i64>,
}

impl SequenceNumbers {
    /// The last number of a kind; 0 while nothing was appended.
    #[must_use]
    pub fn last_of(&self, kind: &str) -> i64 {
        self.last.get(kind).copied().unwrap_or_default()
    }
}

/// The column `plan` of records: empty for those of the whole program.
pub(crate) fn owner(plan: Option<PlanId>) -> String {
    plan.map_or_else(String::new, |plan| plan.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_keys() {
        let keys: Vec<String> = [1, 2, 9, 10, 11, 100, i64::MAX].map(number_key).to_vec();
        assert!(keys.is_sorted());
        let record = |key: &str| Record { key: key.to_owned(), version: 1, expires_at: 0, body: String::new() };
        assert_eq!(record(&number_key(42)).number(), Some(42));
        assert_eq!((record("42").number(), record("current").number()), (None, None));
    }
}
