//! The journal as people read it: what one person did on one step within a few minutes is one line.

use super::journal::{Act, Entry, Numbered, SecretTouched};
use super::{Change, compose};

/// Two saves of one person on one step that are at most this far apart are one line, in seconds.
pub const APART: u64 = 300;

/// One or several entries as one line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// The number of the first entry.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The last entry: who, when, what, which version it led to.
    pub entry: Entry,
    /// The version before the first of them; 0 where it is none.
    pub before: u64,
    /// What all of them changed together, as far as people see it.
    pub changes: Vec<Change>,
    /// Which secrets were touched, each once.
    pub secrets: Vec<SecretTouched>,
}

/// Entries, newest first, as lines, newest first.
#[must_use]
pub fn lines(newest_first: &[Numbered]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut group: Vec<&Numbered> = Vec::new();
    for entry in newest_first {
        if group.last().is_some_and(|later| !belong_together(&entry.entry, &later.entry)) {
            lines.extend(line(&group));
            group.clear();
        }
        group.push(entry);
    }
    lines.extend(line(&group));
    lines
}

fn belong_together(earlier: &Entry, later: &Entry) -> bool {
    let saves = |entry: &Entry| entry.act == Act::Save;
    saves(earlier)
        && saves(later)
        && (&earlier.by, &earlier.via, earlier.step) == (&later.by, &later.via, later.step)
        && later.at.saturating_sub(earlier.at) <= APART
}

fn line(newest_first: &[&Numbered]) -> Option<Line> {
    let (last, first) = (newest_first.first()?, newest_first.last()?);
    let oldest_first = || newest_first.iter().rev().map(|numbered| &numbered.entry);
    let mut changes = compose(oldest_first().flat_map(|entry| &entry.changes));
    changes.retain(Change::is_seen);
    let mut secrets: Vec<SecretTouched> = Vec::new();
    for touched in oldest_first().flat_map(|entry| &entry.secrets) {
        secrets.retain(|earlier| earlier.key != touched.key);
        secrets.push(touched.clone());
    }
    Some(Line {
        first: first.number,
        last: last.number,
        entry: last.entry.clone(),
        before: if first.entry.is_version() { first.entry.revision.saturating_sub(1) } else { 0 },
        changes,
        secrets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Content, Part};
    use crate::step::Step;

    fn save(number: u64, at: u64, by: &str, step: Step, old: &str, new: &str) -> Numbered {
        let content = |text: &str| Some(Content::Text(text.to_owned()));
        let change = Change { part: Part::Answer("database.host".to_owned()), old: content(old), new: content(new) };
        let entry = Entry {
            at,
            by: by.to_owned(),
            via: String::new(),
            page: String::new(),
            act: Act::Save,
            step: Some(step),
            revision: number + 1,
            changes: vec![change],
            secrets: Vec::new(),
            of: Vec::new(),
            note: String::new(),
        };
        Numbered { number, entry }
    }

    #[test]
    fn a_word_typed_letter_by_letter_is_one_line() {
        let entries = [
            save(5, 2000, "Ann", Step::Database, "dbx", "dby"),
            save(4, 1012, "Kasun", Step::Database, "db", "dbx"),
            save(3, 1011, "Ann", Step::Product, "d", "db"),
            save(2, 1010, "Ann", Step::Database, "d", "db"),
            save(1, 1000, "Ann", Step::Database, "", "d"),
        ];
        let lines = lines(&entries);
        let spans: Vec<(u64, u64)> = lines.iter().map(|line| (line.first, line.last)).collect();
        assert_eq!(spans, [(5, 5), (4, 4), (3, 3), (1, 2)]);
        let typed = &lines[3];
        assert_eq!((typed.before, typed.entry.revision), (1, 3));
        assert_eq!(typed.changes.len(), 1);
        assert_eq!(typed.changes[0].new, Some(Content::Text("db".to_owned())));
    }

    #[test]
    fn what_came_back_to_where_it_was_changed_nothing() {
        let entries = [save(2, 1010, "Ann", Step::Database, "b", "a"), save(1, 1000, "Ann", Step::Database, "a", "b")];
        assert!(lines(&entries)[0].changes.is_empty());
    }
}
