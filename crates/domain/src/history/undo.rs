//! Undo and redo, of one part or of the last change of a step.
//!
//! An undo is a change like any other, with an entry in the append-only journal. A part that was changed again since is
//! not undone: that would undo someone else's work.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{JournalAction, JournalLine};
use super::lines::can_be_grouped;
use super::{DraftPart, PartChange, squash};
use crate::draft::Draft;
use crate::step::Step;

/// Changes that undo or redo others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reversal {
    /// [`JournalAction::Undo`] or [`JournalAction::Redo`].
    pub act: JournalAction,
    /// The numbers of the undone or redone entries.
    pub of: Vec<u64>,
    /// The changes to apply.
    pub changes: Vec<PartChange>,
}

/// Undoes the changes of `part` by entries (newest first, one line of the history). `None` if the draft no longer has
/// their content.
#[must_use]
pub fn undo_part(draft: &Draft, newest_first: &[JournalLine], part: &DraftPart) -> Option<Reversal> {
    let touching = |entry: &&JournalLine| entry.entry.changes.iter().any(|change| change.part == *part);
    let entries: Vec<&JournalLine> = newest_first.iter().filter(touching).collect();
    reversal(draft, &entries, &BTreeSet::from([part]))
}

/// Undoes the last effective change of `step`: the changes of one person in the same parts, in small steps or at once.
#[must_use]
pub fn undo_last_of_step(draft: &Draft, newest_first: &[JournalLine], step: Step) -> Option<Reversal> {
    let reverted = reverted(newest_first);
    let mut group: Vec<&JournalLine> = Vec::new();
    let mut parts: BTreeSet<&DraftPart> = BTreeSet::new();
    for numbered in newest_first.iter().filter(|numbered| numbered.entry.act != JournalAction::Undo) {
        let open = |covered| open_parts(draft, numbered, step, &reverted, covered);
        let goes_on = group.last().is_some_and(|later| can_be_grouped(&numbered.entry, &later.entry));
        if goes_on && open(true) == parts {
            group.push(numbered);
            continue;
        }
        // A change that was typed and removed again leaves nothing to undo: the change before it counts.
        if let Some(found) = reversal(draft, &group, &parts) {
            return Some(found);
        }
        parts = open(false);
        group = if parts.is_empty() { Vec::new() } else { vec![numbered] };
    }
    reversal(draft, &group, &parts)
}

/// Redoes the last undo on `step`, unless something else was changed there since.
#[must_use]
pub fn redo_last_of_step(draft: &Draft, newest_first: &[JournalLine], step: Step) -> Option<Reversal> {
    let reverted = reverted(newest_first);
    for numbered in newest_first {
        let parts = open_parts(draft, numbered, step, &reverted, false);
        match numbered.entry.act {
            JournalAction::Undo if !parts.is_empty() => return reversal(draft, &[numbered], &parts),
            // Undone and redone, in turn.
            JournalAction::Undo | JournalAction::Redo => {}
            _ if parts.is_empty() => {}
            _ => return None,
        }
    }
    None
}

/// The parts of each entry that were undone since.
fn reverted(entries: &[JournalLine]) -> BTreeMap<u64, BTreeSet<&DraftPart>> {
    let mut reverted: BTreeMap<u64, BTreeSet<&DraftPart>> = BTreeMap::new();
    for numbered in
        entries.iter().filter(|numbered| matches!(numbered.entry.act, JournalAction::Undo | JournalAction::Redo))
    {
        for of in &numbered.entry.of {
            reverted.entry(*of).or_default().extend(numbered.entry.changes.iter().map(|change| &change.part));
        }
    }
    reverted
}

/// The parts of `step` that an entry changed, that are not undone and, unless it is `covered` by later ones, that still
/// have its content.
fn open_parts<'a>(
    draft: &Draft,
    numbered: &'a JournalLine,
    step: Step,
    reverted: &BTreeMap<u64, BTreeSet<&DraftPart>>,
    covered: bool,
) -> BTreeSet<&'a DraftPart> {
    let reverted_parts = reverted.get(&numbered.number);
    super::changes_of_step(&numbered.entry.changes, step)
        .filter(|change| change.is_visible() && !reverted_parts.is_some_and(|parts| parts.contains(&change.part)))
        .filter(|change| covered || change.is_still_in(draft))
        .map(|change| &change.part)
        .collect()
}

fn reversal(draft: &Draft, newest_first: &[&JournalLine], parts: &BTreeSet<&DraftPart>) -> Option<Reversal> {
    let oldest_first = newest_first.iter().rev().flat_map(|numbered| &numbered.entry.changes);
    let changes = squash(oldest_first.filter(|change| parts.contains(&change.part)));
    let stands = !changes.is_empty() && changes.iter().all(|change| change.is_visible() && change.is_still_in(draft));
    let is_redo = newest_first.iter().all(|numbered| numbered.entry.act == JournalAction::Undo);
    let inverse = |change: &PartChange| PartChange { old: change.part.of(draft), ..change.inverse() };
    stands.then(|| Reversal {
        act: if is_redo { JournalAction::Redo } else { JournalAction::Undo },
        of: newest_first.iter().map(|numbered| numbered.number).collect(),
        changes: changes.iter().map(inverse).collect(),
    })
}
