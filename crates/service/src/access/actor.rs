//! Who a request comes from. What they may do is `domain::rights`' to decide; how they are recognised, `sessions`'.

use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::step::Step;

/// An actor who uses a plan; every handler of a route that needs a permission gets one as an extension.
#[derive(Clone, Debug)]
pub struct Actor {
    /// What they hold.
    pub holder: Holder,
    /// What they call themselves; empty if they did not say.
    pub name: String,
    /// The id of the link they came by; empty for the owner.
    pub via: String,
    /// When their session or their link ends, in unix seconds; `None` for who needs neither.
    pub until: Option<u64>,
    /// The key of the owner's session; empty where no sign-in is required, and for visitors.
    pub session: String,
}

impl Actor {
    /// The owner, who need not say who they are.
    #[must_use]
    pub fn owner(name: &str) -> Self {
        Self { holder: Holder::Owner, name: name.to_owned(), via: String::new(), until: None, session: String::new() }
    }

    /// Whether they may do `act`.
    #[must_use]
    pub fn may(&self, act: Permission) -> bool {
        is_permitted(self.holder, act)
    }

    /// Whether they may do it to some step.
    #[must_use]
    pub fn may_some(&self, act: fn(Step) -> Permission) -> bool {
        Step::ALL.into_iter().any(|step| self.may(act(step)))
    }

    /// The one step they see, if they see no more than that.
    #[must_use]
    pub const fn only_step(&self) -> Option<Step> {
        match self.holder {
            Holder::Link(LinkAccess::Fill(step)) => Some(step),
            _ => None,
        }
    }
}
