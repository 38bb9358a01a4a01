//! What changed in a plan: the differences between two drafts as values that can be kept, taken back and made again.
//!
//! A draft falls into [`DraftPart`]s that change on their own; a [`PartChange`] is one of them before and after. Any older
//! version is the newest draft with the changes since undone. Who changed something is said in [`journal`], and two
//! people's changes come together in [`crate::merge`]. Secrets are no part of a draft and never of a change.

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
    /// What changed.
    pub part: DraftPart,
    /// What it held; `None` where nothing was entered.
    pub old: Option<PartContent>,
    /// What it holds now.
    pub new: Option<PartContent>,
}

impl PartChange {
    /// The same backwards.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { part: self.part.clone(), old: self.new.clone(), new: self.old.clone() }
    }

    /// Whether people see a difference. Writing a default down is none, and neither is having visited a step.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        !matches!(self.part, DraftPart::Visited(_))
            && self.part.effective_content(self.old.as_ref()) != self.part.effective_content(self.new.as_ref())
    }

    /// Whether `draft` still holds what the change made of it, so that taking it back takes back nothing else.
    #[must_use]
    pub fn is_still_in(&self, draft: &Draft) -> bool {
        self.part.is_in(draft)
            && self.part.effective_content(self.part.of(draft).as_ref())
                == self.part.effective_content(self.new.as_ref())
    }
}

/// What turns `old` into `new`.
#[must_use]
pub fn diff(old: &Draft, new: &Draft) -> Vec<PartChange> {
    let part = |part: DraftPart| {
        let (old, new) = (part.of(old), part.of(new));
        (old != new).then_some(PartChange { part, old, new })
    };
    parts_of_either(&[old, new]).into_iter().filter_map(part).collect()
}

/// Makes changes in their order.
pub fn apply(draft: &mut Draft, changes: &[PartChange]) {
    for change in changes {
        set_part(draft, &change.part, change.new.as_ref());
    }
}

/// Takes changes back, the last first.
pub fn revert(draft: &mut Draft, changes: &[PartChange]) {
    for change in changes.iter().rev() {
        set_part(draft, &change.part, change.old.as_ref());
    }
}

/// Several changes one after the other, as one change of each part; what came back to where it was is left out.
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
