//! What every page shows.

use domain::author::DisplayName;
use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::step::Step;

use super::Moment;

/// The URLs of the files that every page loads, with the version in their names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// The script that starts the islands.
    pub script: String,
    /// The icon of the browser's tab.
    pub icon: String,
    /// When the session of the signed-in owner ends without another request. The page offers to sign out and to stay
    /// signed in.
    pub signed_in: Option<Expiry>,
}

/// The plan on each of its pages.
#[derive(Clone, Debug, Default)]
pub struct PlanHead {
    /// The id of the plan in URLs.
    pub id: String,
    /// The name of the plan; may be empty.
    pub title: String,
    /// The revision, by which the server detects a form that was loaded before another change.
    pub revision: u64,
    /// When it was last saved; `None` for a plan that has not been changed.
    pub saved_at: Option<Moment>,
    /// The visitor; `None` for the owner.
    pub visitor: Option<VisitorView>,
}

impl PlanHead {
    /// Whether the actor has the permission `act`: pages show no button that the server would reject.
    #[must_use]
    pub fn may(&self, act: Permission) -> bool {
        is_permitted(self.visitor.as_ref().map_or(Holder::Owner, |visitor| Holder::Link(visitor.right)), act)
    }

    /// Whether the actor has the permission for at least one step.
    #[must_use]
    pub fn may_some(&self, act: fn(Step) -> Permission) -> bool {
        Step::ALL.into_iter().any(|step| self.may(act(step)))
    }

    /// The only step that the visitor has access to, if the link permits only one.
    #[must_use]
    pub fn only_step(&self) -> Option<Step> {
        match self.visitor.as_ref()?.right {
            LinkAccess::Fill(step) => Some(step),
            _ => None,
        }
    }
}

/// A person who opened a share link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VisitorView {
    /// The access of the link.
    pub right: LinkAccess,
    /// The name of the visitor, if they entered one.
    pub name: Option<DisplayName>,
    /// When the link expires.
    pub until: Expiry,
}

/// When a session or a link ends.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Expiry {
    /// The time, with the day if that is not today.
    pub at: Moment,
    /// Whether it is a few minutes away.
    pub is_near: bool,
}
