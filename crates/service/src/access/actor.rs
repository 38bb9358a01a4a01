//! The actor of a request. `domain::rights` decides what they may do; the HTTP server recognises them by `sessions`.

use domain::author::{Author, DisplayName};
use domain::rights::{Holder, LinkAccess, Permission, is_permitted};
use domain::sharing::LinkId;
use domain::step::Step;

/// An actor who uses a plan; every handler of a route that needs a permission gets one as an extension.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The owner.
    Owner(Owner),
    /// A visitor with a share link.
    Visitor(Visitor),
}

/// The owner.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Owner {
    /// The display name, if they entered one.
    pub name: Option<DisplayName>,
    /// The session of their sign-in; `None` where no sign-in is required.
    pub session: Option<OwnerSession>,
}

/// The session of a signed-in owner.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnerSession {
    /// The key of its record, which proves nothing.
    pub key: String,
    /// When it ends without another request, in Unix seconds.
    pub ends_at: u64,
}

/// A person who opened a share link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Visitor {
    /// The link.
    pub link: LinkId,
    /// What the link permits.
    pub access: LinkAccess,
    /// The display name, if they entered one.
    pub name: Option<DisplayName>,
    /// When the link ends, in Unix seconds.
    pub ends_at: u64,
}

impl Actor {
    /// The actor as the author of a change.
    #[must_use]
    pub fn author(&self) -> Author {
        match self {
            Self::Owner(owner) => Author { name: owner.name.clone(), link: None },
            Self::Visitor(visitor) => Author { name: visitor.name.clone(), link: Some(visitor.link.clone()) },
        }
    }

    /// Whether they have the permission `act`.
    #[must_use]
    pub fn may(&self, act: Permission) -> bool {
        let holder = match self {
            Self::Owner(_) => Holder::Owner,
            Self::Visitor(visitor) => Holder::Link(visitor.access),
        };
        is_permitted(holder, act)
    }

    /// The one step they see, if they see no more than that.
    #[must_use]
    pub const fn only_step(&self) -> Option<Step> {
        match self {
            Self::Visitor(Visitor { access: LinkAccess::Fill(step), .. }) => Some(*step),
            _ => None,
        }
    }
}
