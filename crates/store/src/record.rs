//! Records: small texts beside a plan, of a kind that only the caller understands.
//!
//! Who did what, share links, sessions, events of checks: each is a kind of record, written by one module of the server.
//! A new kind needs no new table, so programs of two versions can work on one database. What a record says stays opaque.

use std::collections::BTreeMap;

use crate::PlanId;

/// The width of a number as a key: keys are compared as texts.
const DIGITS: usize = 20;

/// A record as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which of its kind: the caller's own key, or the number that [`RecordWrite::Append`] gave it.
    pub key: String,
    /// Counts its changes, from 1.
    pub version: i64,
    /// From when on it may be deleted, in unix seconds; 0 for never. Until [`crate::Store::prune`] it is still found.
    pub expires_at: i64,
    /// What it says. Holds no secret in clear.
    pub body: String,
}

impl Record {
    /// The number of an appended record; `None` where the key is the caller's own.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.key.parse().ok().filter(|_| self.key.len() == DIGITS)
    }
}

/// The key of the record that was appended with this number.
#[must_use]
pub fn number_key(number: i64) -> String {
    format!("{number:0DIGITS$}")
}

/// One change of a record. Several are written all or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordWrite {
    /// Adds a record under the next number of its plan and kind: from 1, without gaps, never used again.
    Append {
        /// The kind.
        kind: &'static str,
        /// What it says.
        body: String,
        /// See [`Record::expires_at`].
        expires_at: i64,
    },
    /// Keeps a record under a key.
    Put {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: String,
        /// What it says from now on.
        body: String,
        /// See [`Record::expires_at`].
        expires_at: i64,
        /// What must be there for it to be kept.
        expected: Expected,
    },
    /// Deletes a record.
    Remove {
        /// The kind.
        kind: &'static str,
        /// The key.
        key: String,
        /// What must be there for it to be deleted.
        expected: Expected,
    },
    /// Deletes all but the last `keep` appended records of a kind. Numbers go on.
    Trim {
        /// The kind.
        kind: &'static str,
        /// How many stay.
        keep: u32,
    },
}

impl RecordWrite {
    /// Adds a record that stays.
    #[must_use]
    pub fn append(kind: &'static str, body: String) -> Self {
        Self::Append { kind, body, expires_at: 0 }
    }

    /// Keeps a record that stays, whatever was there.
    #[must_use]
    pub fn put(kind: &'static str, key: impl Into<String>, body: String) -> Self {
        Self::Put { kind, key: key.into(), body, expires_at: 0, expected: Expected::Any }
    }

    /// Deletes a record, if it is there.
    #[must_use]
    pub fn remove(kind: &'static str, key: impl Into<String>) -> Self {
        Self::Remove { kind, key: key.into(), expected: Expected::Any }
    }
}

/// What must be there for a record to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anything or nothing.
    Any,
    /// Nothing.
    Absent,
    /// The record at this version.
    Version(i64),
}

impl Expected {
    /// Whether a record at version `found` (`None`: there is none) is what is expected.
    pub(crate) fn fits(self, found: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => found.is_none(),
            Self::Version(version) => found == Some(version),
        }
    }
}

/// What came of writing records.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum WriteOutcome {
    /// All are written.
    Written {
        /// The numbers of those that were appended, in their order.
        numbers: Vec<i64>,
    },
    /// Somebody else changed one of them first; nothing is written.
    Clash {
        /// Which write found something else than it expected, from 0.
        index: usize,
    },
    /// There is no such plan (any more); nothing is written.
    Absent,
}

/// Which records of a kind are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The key where it begins, itself left out; empty: at the first, or at the last where it goes backwards.
    pub after: String,
    /// How many at most.
    pub limit: u32,
    /// Whether the greatest key comes first.
    pub backwards: bool,
}

impl Scan {
    /// At most `limit` records by rising key, those after the number `number`.
    #[must_use]
    pub fn after_number(number: i64, limit: u32) -> Self {
        Self { after: number_key(number), limit, backwards: false }
    }

    /// At most `limit` records by rising key, from the first.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { after: String::new(), limit, backwards: false }
    }

    /// At most `limit` records by falling key, from the last.
    #[must_use]
    pub fn last(limit: u32) -> Self {
        Self { after: String::new(), limit, backwards: true }
    }
}

/// How far a plan has come: what somebody asks who follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads {
    /// The plan's revision.
    pub revision: i64,
    /// The last number of each kind that was ever appended to.
    pub last: BTreeMap<String, i64>,
}

impl Heads {
    /// The last number of a kind; 0 while nothing was appended.
    #[must_use]
    pub fn of(&self, kind: &str) -> i64 {
        self.last.get(kind).copied().unwrap_or_default()
    }
}

/// Of whom records are: of a plan, or of the program as a whole.
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
