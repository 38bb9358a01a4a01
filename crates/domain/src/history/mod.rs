//! Changes of a plan: the differences between two drafts as values that can be stored, undone and redone.
//!
//! A draft consists of [`DraftPart`]s that change separately; a [`PartChange`] is one of them before and after. Any
//! older version is the newest draft with the changes since undone. [`journal`] records the authors, and
//! [`crate::merge`] merges two people's changes. Secrets are not part of a draft or a change.

pub mod journal;
pub mod lines;
mod part;
pub mod undo;

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::step::Step;

pub(crate) use part::set_part;
pub use part::{DraftPart, PartContent, Row, parts_of_either};

/// One part of a draft before and after.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PartChange {
    /// The changed part.
    pub part: DraftPart,
    /// The earlier content; `None` if nothing was entered.
    pub old: Option<PartContent>,
    /// The new content.
    pub new: Option<PartContent>,
}

impl PartChange {
    /// The inverse change.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { part: self.part.clone(), old: self.new.clone(), new: self.old.clone() }
    }

    /// Whether the change is visible. An explicit default or a visited step is not.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        !matches!(self.part, DraftPart::Visited(_))
            && self.part.effective_content(self.old.as_ref()) != self.part.effective_content(self.new.as_ref())
    }

    /// Whether `draft` still has the new content, so that undoing the change undoes nothing else.
    #[must_use]
    pub fn is_still_in(&self, draft: &Draft) -> bool {
        self.part.is_in(draft)
            && self.part.effective_content(self.part.of(draft).as_ref())
                == self.part.effective_content(self.new.as_ref())
    }
}

/// The changes from `old` to `new`.
#[must_use]
pub fn diff(old: &Draft, new: &Draft) -> Vec<PartChange> {
    let part = |part: DraftPart| {
        let (old, new) = (part.of(old), part.of(new));
        (old != new).then_some(PartChange { part, old, new })
    };
    parts_of_either(&[old, new]).into_iter().filter_map(part).collect()
}

/// Applies changes in order.
pub fn apply(draft: &mut Draft, changes: &[PartChange]) {
    for change in changes {
        set_part(draft, &change.part, change.new.as_ref());
    }
}

/// Undoes changes, the last first.
pub fn revert(draft: &mut Draft, changes: &[PartChange]) {
    for change in changes.iter().rev() {
        set_part(draft, &change.part, change.old.as_ref());
    }
}

/// Combines successive changes into one change per part; parts that end unchanged are omitted.
#[must_use]
pub fn squash<'a>(changes: impl IntoIterator<Item = &'a PartChange>) -> Vec<PartChange> {
    let mut composed: Vec<PartChange> = Vec::new();
    for change in changes {
        match composed.iter_mut().find(|earlier| earlier.part == change.part) {
            Some(earlier) => earlier.new.clone_from(&change.new),
            None => composed.push(change.clone()),
        }
    }
    composed.retain(|change| change.old != change.new);
    composed
}

/// The changes that belong to `step`.
pub fn changes_of_step(changes: &[PartChange], step: Step) -> impl Iterator<Item = &PartChange> {
    changes.iter().filter(move |change| change.part.step() == step)
}
