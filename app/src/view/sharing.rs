//! The view models of share links: creating, listing and opening them, and visitors.

use domain::author::DisplayName;
use domain::rights::LinkAccess;
use domain::sharing::{LinkLifetime, LinkState};
use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The page of the share links of a plan.
#[derive(Clone, Debug, Default)]
pub struct ShareView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The link that was just created, which is shown only once.
    pub made: Option<CreatedLinkView>,
    /// All links, most recently created first.
    pub links: Vec<LinkRow>,
    /// The entered values.
    pub entered: LinkFormView,
    /// The errors (status 422).
    pub problems: Vec<LinkFormError>,
}

/// A link that was just created.
#[derive(Clone, Debug)]
pub struct CreatedLinkView {
    /// The complete URL.
    pub address: String,
    /// The dark squares of its QR code as an SVG path, and its width in squares; empty if it has no QR code.
    pub code: (String, u32),
    /// Its access.
    pub right: LinkAccess,
    /// When it expires.
    pub ends: Moment,
    /// Whether it requires a password.
    pub has_password: bool,
    /// Its maximum uses; `None` for unlimited.
    pub most_uses: Option<u32>,
    /// Whether only this machine can open it.
    pub is_only_here: bool,
}

/// The fields of the form for a link as entered, without the password.
#[derive(Clone, Debug, Default)]
pub struct LinkFormView {
    /// The access: `view`, `comment`, `edit`, `download` or `fill`.
    pub right: String,
    /// The step for `fill`.
    pub step: Option<Step>,
    /// The time until it expires.
    pub lifetime: LinkLifetime,
    /// The label.
    pub label: String,
    /// The maximum uses.
    pub uses: String,
    /// The name of its creator.
    pub name: String,
}

/// An error at a field.
#[derive(Clone, Debug)]
pub struct LinkFormError {
    /// The id of the field.
    pub field: &'static str,
    /// What to do.
    pub message: &'static str,
}

/// A link in the list.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// Its id.
    pub id: String,
    /// Its label; may be empty.
    pub label: String,
    /// Its access.
    pub right: LinkAccess,
    /// The name of its creator, if they entered one.
    pub made_by: Option<DisplayName>,
    /// When it was created.
    pub made_at: Moment,
    /// When it expires.
    pub ends: Moment,
    /// When it was last opened; `None` if never.
    pub used_at: Option<Moment>,
    /// The number of uses.
    pub uses: u32,
    /// Its maximum uses; `None` for unlimited.
    pub most_uses: Option<u32>,
    /// Whether it requires a password.
    pub has_password: bool,
    /// Its state.
    pub state: LinkState,
}

/// The page that a share link opens.
#[derive(Clone, Debug)]
pub struct OpenLinkView {
    /// The files that the page loads.
    pub assets: Assets,
    /// The token of the link, which is part of the URL of the page.
    pub token: String,
    /// The name of the plan; may be empty.
    pub title: String,
    /// The name of the creator of the link, if they entered one.
    pub made_by: Option<DisplayName>,
    /// Its access.
    pub right: LinkAccess,
    /// When it expires.
    pub ends: Moment,
    /// Its remaining uses; `None` for unlimited.
    pub left: Option<u32>,
    /// Whether it requires a password.
    pub has_password: bool,
    /// The entered name.
    pub name: String,
    /// Why it could not be opened.
    pub problem: Option<OpenLinkProblem>,
}

/// Why a link could not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenLinkProblem {
    /// No password was entered.
    NoPassword,
    /// The password is wrong.
    WrongPassword,
    /// Too many passwords were tried.
    TooManyTries,
    /// The name is reserved for the owner or for Clusterwright.
    Name,
}

impl OpenLinkProblem {
    /// What is wrong, and what to do.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoPassword => "Enter the link password. If you do not have it, ask the sender.",
            Self::WrongPassword => {
                "This is not the link password. Check capital letters and spaces, then enter it again."
            }
            Self::TooManyTries => "Too many attempts. Wait 15 minutes, then try again.",
            Self::Name => "This name is reserved. Enter a different name, or leave the field empty.",
        }
    }
}
