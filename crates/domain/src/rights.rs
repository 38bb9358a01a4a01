//! Who may do what with a plan: the one place that decides. It does not know who somebody is; that is the server's.
//!
//! What is not allowed here is refused: a new [`Permission`] is nobody's but the owner's until a line of [`is_permitted`] gives it away.

use serde::{Deserialize, Serialize};

use crate::step::Step;

/// What a share link gives to whoever opens it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkAccess {
    /// See everything but secrets, and change nothing.
    View,
    /// See, and leave comments.
    Comment,
    /// Change every answer, enter secrets without reading them back, run checks, and take the files without secrets.
    Edit,
    /// Fill in this one step and run its checks; nothing else of the plan is seen.
    Fill(Step),
    /// See, and take the files without secrets.
    Download,
}

impl LinkAccess {
    /// All of them.
    pub const ALL: [Self; 4 + Step::ALL.len()] = [
        Self::View,
        Self::Comment,
        Self::Edit,
        Self::Download,
        Self::Fill(Step::Product),
        Self::Fill(Step::Database),
        Self::Fill(Step::UserStore),
        Self::Fill(Step::Clustering),
        Self::Fill(Step::LoadBalancer),
    ];

    /// The right as a form names it, such as `view` or `fill-database`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::View => "view".to_owned(),
            Self::Comment => "comment".to_owned(),
            Self::Edit => "edit".to_owned(),
            Self::Download => "download".to_owned(),
            Self::Fill(step) => format!("fill-{}", step.slug()),
        }
    }

    /// The right with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.slug() == slug)
    }

    /// What it is called, in a list.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::View => "View".to_owned(),
            Self::Comment => "View and comment".to_owned(),
            Self::Edit => "Edit".to_owned(),
            Self::Download => "Download without secrets".to_owned(),
            Self::Fill(step) => format!("Fill only {}", step.title()),
        }
    }

    /// What it allows, as a sentence without its subject: `see everything but passwords and keys.`
    #[must_use]
    pub fn allows(self) -> String {
        match self {
            Self::View => "see everything but passwords and keys, and change nothing.".to_owned(),
            Self::Comment => "see everything but passwords and keys, and leave comments.".to_owned(),
            Self::Edit => {
                "change answers, enter passwords without reading them back, and run checks. The download has no passwords."
                    .to_owned()
            }
            Self::Download => "see everything, and download the files without passwords and keys.".to_owned(),
            Self::Fill(step) => format!(
                "fill in the step {} and run its checks, and see nothing else. Passwords go in and cannot be read back.",
                step.title()
            ),
        }
    }
}

/// Somebody in front of a plan.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Holder {
    /// Whose plans these are.
    Owner,
    /// Who came by a link that gives this.
    Link(LinkAccess),
}

/// One kind of thing that can be done. Routes name the one they need.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Permission {
    /// See which plans there are.
    ListPlans,
    /// Make a plan, also from a file.
    CreatePlan,
    /// Delete the plan for good.
    DeletePlan,
    /// Make, list and revoke links.
    ManageLinks,
    /// See the whole plan without secrets: review, files with secrets masked, reports of checks.
    ReadPlan,
    /// See one step with its checks, without secrets.
    ReadStep(Step),
    /// Change the answers of one step, and set or forget its secrets.
    EditStep(Step),
    /// Run, repeat and stop the checks of one step.
    RunChecks(Step),
    /// Create and fill the databases on the customer's server.
    PrepareDatabases,
    /// Say why a warning is acceptable, or take that back.
    AcceptWarning,
    /// Leave a comment on a step, or on the plan as a whole.
    Comment(Option<Step>),
    /// See who changed what, and earlier versions.
    ReadHistory,
    /// Bring an earlier version back.
    Restore,
    /// Take the files with all passwords and keys.
    DownloadWithSecrets,
    /// Bring, renew or replace the keys of the cluster.
    ManageKeys,
    /// Take the files and the plan without passwords and keys.
    DownloadWithoutSecrets,
}

impl Permission {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let whole = [
            Self::ListPlans,
            Self::CreatePlan,
            Self::DeletePlan,
            Self::ManageLinks,
            Self::ReadPlan,
            Self::PrepareDatabases,
            Self::AcceptWarning,
            Self::Comment(None),
            Self::ReadHistory,
            Self::Restore,
            Self::DownloadWithSecrets,
            Self::ManageKeys,
            Self::DownloadWithoutSecrets,
        ];
        let comment = |step| Self::Comment(Some(step));
        let of_steps: [fn(Step) -> Self; 4] = [Self::ReadStep, Self::EditStep, Self::RunChecks, comment];
        let of_steps = Step::ALL.into_iter().flat_map(|step| of_steps.map(|act| act(step)));
        whole.into_iter().chain(of_steps).collect()
    }
}

/// Whether `holder` may do `act`.
#[must_use]
pub fn is_permitted(holder: Holder, act: Permission) -> bool {
    match holder {
        Holder::Owner => true,
        Holder::Link(LinkAccess::View) => can_read_step(act),
        Holder::Link(LinkAccess::Comment) => can_read_step(act) || matches!(act, Permission::Comment(_)),
        Holder::Link(LinkAccess::Download) => can_read_step(act) || act == Permission::DownloadWithoutSecrets,
        Holder::Link(LinkAccess::Edit) => {
            can_read_step(act)
                || matches!(
                    act,
                    Permission::EditStep(_)
                        | Permission::RunChecks(_)
                        | Permission::PrepareDatabases
                        | Permission::AcceptWarning
                        | Permission::Comment(_)
                        | Permission::Restore
                        | Permission::DownloadWithoutSecrets
                )
        }
        Holder::Link(LinkAccess::Fill(mine)) => match act {
            Permission::ReadStep(step)
            | Permission::EditStep(step)
            | Permission::RunChecks(step)
            | Permission::Comment(Some(step)) => step == mine,
            Permission::PrepareDatabases => mine == Step::Database,
            _ => false,
        },
    }
}

/// What everybody may who sees the whole plan.
const fn can_read_step(act: Permission) -> bool {
    matches!(act, Permission::ReadPlan | Permission::ReadStep(_) | Permission::ReadHistory)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each right: View, Comment, Download, Edit, Fill of the act's own step (or of Database), Fill of
    /// another step. The owner may everything.
    fn table(act: Permission) -> &'static str {
        match act {
            Permission::ListPlans
            | Permission::CreatePlan
            | Permission::DeletePlan
            | Permission::ManageLinks
            | Permission::DownloadWithSecrets
            | Permission::ManageKeys => "------",
            Permission::ReadPlan | Permission::ReadHistory => "VCDE--",
            Permission::ReadStep(_) => "VCDEF-",
            Permission::EditStep(_) | Permission::RunChecks(_) | Permission::PrepareDatabases => "---EF-",
            Permission::AcceptWarning | Permission::Restore => "---E--",
            Permission::Comment(None) => "-C-E--",
            Permission::Comment(Some(_)) => "-C-EF-",
            Permission::DownloadWithoutSecrets => "--DE--",
        }
    }

    /// The step an act is about, for the columns of Fill.
    fn step_of(act: Permission) -> Step {
        match act {
            Permission::ReadStep(step)
            | Permission::EditStep(step)
            | Permission::RunChecks(step)
            | Permission::Comment(Some(step)) => step,
            _ => Step::Database,
        }
    }

    #[test]
    fn every_right_allows_what_its_table_says_and_nothing_else() {
        for act in Permission::all() {
            assert!(is_permitted(Holder::Owner, act), "the owner, {act:?}");
            for right in LinkAccess::ALL {
                let column = match right {
                    LinkAccess::View => 0,
                    LinkAccess::Comment => 1,
                    LinkAccess::Download => 2,
                    LinkAccess::Edit => 3,
                    LinkAccess::Fill(step) if step == step_of(act) => 4,
                    LinkAccess::Fill(_) => 5,
                };
                let allowed = table(act).as_bytes()[column] != b'-';
                assert_eq!(is_permitted(Holder::Link(right), act), allowed, "{right:?}, {act:?}");
            }
        }
    }

    #[test]
    fn rights_are_read_back_from_their_slugs() {
        for right in LinkAccess::ALL {
            assert_eq!(LinkAccess::from_slug(&right.slug()), Some(right));
        }
        assert_eq!((LinkAccess::from_slug("owner"), LinkAccess::from_slug("")), (None, None));
    }

    #[test]
    fn who_may_change_a_step_sees_it() {
        for right in LinkAccess::ALL {
            for step in Step::ALL {
                let holder = Holder::Link(right);
                assert!(
                    !is_permitted(holder, Permission::EditStep(step))
                        || is_permitted(holder, Permission::ReadStep(step)),
                    "{right:?}, {step:?}"
                );
            }
        }
    }
}
