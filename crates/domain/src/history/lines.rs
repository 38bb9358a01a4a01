//! The journal for display: changes of one person on one step within a few minutes are one line.

use super::journal::{JournalAction, JournalEntry, JournalLine, SecretAction};
use super::{PartChange, squash};

/// Maximum gap between two saves of one person on one step that form one line, in seconds.
pub const MAX_GROUP_GAP_SECONDS: u64 = 300;

/// One or several entries as one line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryGroup {
    /// The number of the first entry.
    pub first: u64,
    /// The number of the last one.
    pub last: u64,
    /// The last entry: actor, time, action, resulting version.
    pub entry: JournalEntry,
    /// The version before the first of them; 0 for none.
    pub before: u64,
    /// The combined visible changes.
    pub changes: Vec<PartChange>,
    /// The changed secrets, each once.
    pub secrets: Vec<SecretAction>,
}

/// Groups entries into lines; both are newest first.
#[must_use]
pub fn group_entries(newest_first: &[JournalLine]) -> Vec<EntryGroup> {
    let mut group_entries = Vec::new();
    let mut group: Vec<&JournalLine> = Vec::new();
    for entry in newest_first {
        if group.last().is_some_and(|later| !can_be_grouped(&entry.entry, &later.entry)) {
            group_entries.extend(line(&group));
            group.clear();
        }
        group.push(entry);
    }
    group_entries.extend(line(&group));
    group_entries
}

/// Whether two entries are saves of one person on one step within a few minutes.
pub(super) fn can_be_grouped(earlier: &JournalEntry, later: &JournalEntry) -> bool {
    let saves = |entry: &JournalEntry| entry.act == JournalAction::Save;
    saves(earlier)
        && saves(later)
        && (&earlier.by, earlier.step) == (&later.by, later.step)
        && later.at.saturating_sub(earlier.at) <= MAX_GROUP_GAP_SECONDS
}

fn line(newest_first: &[&JournalLine]) -> Option<EntryGroup> {
    let (last, first) = (newest_first.first()?, newest_first.last()?);
    let oldest_first = || newest_first.iter().rev().map(|numbered| &numbered.entry);
    let mut changes = squash(oldest_first().flat_map(|entry| &entry.changes));
    changes.retain(PartChange::is_visible);
    let mut secrets: Vec<SecretAction> = Vec::new();
    for touched in oldest_first().flat_map(|entry| &entry.secrets) {
        secrets.retain(|earlier| earlier.key != touched.key);
        secrets.push(touched.clone());
    }
    Some(EntryGroup {
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
    use crate::author::{Author, DisplayName};
    use crate::history::{DraftPart, PartContent};
    use crate::step::Step;

    fn save(number: u64, at: u64, by: &str, step: Step, old: &str, new: &str) -> JournalLine {
        let content = |text: &str| Some(PartContent::Text(text.to_owned()));
        let change =
            PartChange { part: DraftPart::Answer("database.host".to_owned()), old: content(old), new: content(new) };
        let entry = JournalEntry {
            at,
            by: Author { name: DisplayName::new(by), link: None },
            page: None,
            act: JournalAction::Save,
            step: Some(step),
            revision: number + 1,
            changes: vec![change],
            secrets: Vec::new(),
            of: Vec::new(),
            note: String::new(),
        };
        JournalLine { number, entry }
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
        let group_entries = group_entries(&entries);
        let spans: Vec<(u64, u64)> = group_entries.iter().map(|line| (line.first, line.last)).collect();
        assert_eq!(spans, [(5, 5), (4, 4), (3, 3), (1, 2)]);
        let typed = &group_entries[3];
        assert_eq!((typed.before, typed.entry.revision), (1, 3));
        assert_eq!(typed.changes.len(), 1);
        assert_eq!(typed.changes[0].new, Some(PartContent::Text("db".to_owned())));
    }

    #[test]
    fn what_came_back_to_where_it_was_changed_nothing() {
        let entries = [save(2, 1010, "Ann", Step::Database, "b", "a"), save(1, 1000, "Ann", Step::Database, "a", "b")];
        assert!(group_entries(&entries)[0].changes.is_empty());
    }
}
