//! What every page shows.

use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::step::Step;

use super::Moment;

/// The addresses of the files every page loads, with the version in their names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// The script that starts the islands.
    pub script: String,
    /// The icon of the browser's tab.
    pub icon: String,
    /// When the owner's session ends, having signed in, if they do not come again: the page lets them sign out and stay.
    pub signed_in: Option<Expiry>,
}

/// What every page of a plan says about the plan.
#[derive(Clone, Debug, Default)]
pub struct PlanHead {
    /// The plan's part of the address.
    pub id: String,
    /// What the operator calls it; may be empty.
    pub title: String,
    /// Counts the changes: a form that was loaded before another change is noticed.
    pub revision: u64,
    /// When it was last saved; `None` for a plan that was not changed yet.
    pub saved_at: Option<Moment>,
    /// Who looks, if they came by a link; otherwise it is the owner.
    pub visitor: Option<VisitorView>,
}

impl PlanHead {
    /// Whether who looks at the page may do `act`: pages show no button that would be refused.
    #[must_use]
    pub fn may(&self, act: Permission) -> bool {
        is_permitted(self.visitor.as_ref().map_or(Holder::Owner, |visitor| Holder::Link(visitor.right)), act)
    }

    /// Whether they may do it to some step.
    #[must_use]
    pub fn may_some(&self, act: fn(Step) -> Permission) -> bool {
        Step::ALL.into_iter().any(|step| self.may(act(step)))
    }

    /// The one step that is all they see.
    #[must_use]
    pub fn only_step(&self) -> Option<Step> {
        match self.visitor.as_ref()?.right {
            LinkAccess::Fill(step) => Some(step),
            _ => None,
        }
    }
}

/// Who looks at a plan by a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VisitorView {
    /// What the link gives.
    pub right: LinkAccess,
    /// What they call themselves; may be empty.
    pub name: String,
    /// When the link ends.
    pub until: Expiry,
}

/// When a session or a link ends.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expiry {
    /// The moment; with its day if that is not today.
    pub at: Moment,
    /// Whether that is within minutes.
    pub is_near: bool,
}
