//! The view models of share links: making and listing them, opening one, and who came by one.

use domain::rights::LinkAccess;
use domain::sharing::{LinkLifetime, LinkState};
use domain::step::Step;

use super::{Assets, Moment, PlanHead};

/// The page of a plan's links.
#[derive(Clone, Debug, Default)]
pub struct ShareView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The link that was just made: the only time it is shown.
    pub made: Option<CreatedLinkView>,
    /// All links, the last made first.
    pub links: Vec<LinkRow>,
    /// What was entered.
    pub entered: LinkFormView,
    /// What is wrong with it (status 422).
    pub problems: Vec<LinkFormError>,
}

/// A link that was just made.
#[derive(Clone, Debug)]
pub struct CreatedLinkView {
    /// The whole address.
    pub address: String,
    /// The dark squares of its QR code as an SVG path, and how many squares the code is wide; empty if it has none.
    pub code: (String, u32),
    /// What it gives.
    pub right: LinkAccess,
    /// When it ends.
    pub ends: Moment,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// How often it can be opened, if that is bounded.
    pub most_uses: Option<u32>,
    /// Whether only this machine can open it.
    pub is_only_here: bool,
}

/// The fields of the form that makes a link, as they were entered. The password is not among them.
#[derive(Clone, Debug, Default)]
pub struct LinkFormView {
    /// What it shall give: `view`, `comment`, `edit`, `download` or `fill`.
    pub right: String,
    /// The step for `fill`.
    pub step: Option<Step>,
    /// How long it shall live.
    pub lifetime: LinkLifetime,
    /// What it is called.
    pub label: String,
    /// How often it may be opened.
    pub uses: String,
    /// Who makes it.
    pub name: String,
}

/// A field that is wrong.
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
    /// What its maker calls it; may be empty.
    pub label: String,
    /// What it gives.
    pub right: LinkAccess,
    /// Who made it; empty if they did not say.
    pub made_by: String,
    /// When.
    pub made_at: Moment,
    /// When it ends.
    pub ends: Moment,
    /// When it was last opened; `None` if it never was.
    pub used_at: Option<Moment>,
    /// How often it was opened.
    pub uses: u32,
    /// How often it may be.
    pub most_uses: Option<u32>,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// Whether it can still be opened.
    pub state: LinkState,
}

/// The page that a link leads to.
#[derive(Clone, Debug)]
pub struct OpenLinkView {
    /// The files it loads.
    pub assets: Assets,
    /// The link's token: it is in the page's own address.
    pub token: String,
    /// What the plan is called; may be empty.
    pub title: String,
    /// Who made the link; may be empty.
    pub made_by: String,
    /// What it gives.
    pub right: LinkAccess,
    /// When it ends.
    pub ends: Moment,
    /// How often it can still be opened, if that is bounded.
    pub left: Option<u32>,
    /// Whether it asks for a password.
    pub has_password: bool,
    /// The name that was entered.
    pub name: String,
    /// Why it was not opened.
    pub problem: Option<OpenLinkProblem>,
}

/// Why a link was not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenLinkProblem {
    /// No password was entered.
    NoPassword,
    /// The password is another.
    WrongPassword,
    /// Too many passwords were tried.
    TooManyTries,
    /// The name is the owner's or the program's.
    Name,
}

impl OpenLinkProblem {
    /// What is the case and what to do.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoPassword => "Enter the password that came with the link",
            Self::WrongPassword => {
                "That is not the password of this link. Check capital letters and blanks, then enter it again"
            }
            Self::TooManyTries => "Too many tries. Wait 15 minutes and try again",
            Self::Name => "That name is the owner's or the program's. Enter your own, or leave it empty",
        }
    }
}
