//! The permissions of actors on a plan, decided only here. The server identifies the actors.
//!
//! Everything else is rejected: a new [`Permission`] belongs to the owner only, until a line of [`is_permitted`] grants
//! it.

use serde::{Deserialize, Serialize};

use crate::step::Step;

/// What a share link permits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkAccess {
    /// View everything except secrets, and change nothing.
    View,
    /// View and comment.
    Comment,
    /// Change every answer, set secrets without viewing them, run checks, and download the files without secrets.
    Edit,
    /// Edit this one step and run its checks; the rest of the plan is hidden.
    Fill(Step),
    /// View, and download the files without secrets.
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

    /// The value in forms, such as `view` or `fill-database`.
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

    /// The access with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.slug() == slug)
    }

    /// The name in lists.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::View => "View".to_owned(),
            Self::Comment => "View and comment".to_owned(),
            Self::Edit => "Edit".to_owned(),
            Self::Download => "Download without secrets".to_owned(),
            Self::Fill(step) => format!("Edit only {}", step.title()),
        }
    }

    /// What it permits, as a sentence without a subject: `view everything except passwords and keys.`
    #[must_use]
    pub fn allows(self) -> String {
        match self {
            Self::View => "view everything except passwords and keys, and change nothing.".to_owned(),
            Self::Comment => "view everything except passwords and keys, and comment.".to_owned(),
            Self::Edit => {
                "change answers, set passwords without viewing them, and run checks. The download contains no passwords."
                    .to_owned()
            }
            Self::Download => "view everything, and download the files without passwords and keys.".to_owned(),
            Self::Fill(step) => format!(
                "edit the step {} and run its checks, and view nothing else. Passwords can be set but not viewed.",
                step.title()
            ),
        }
    }
}

/// An actor with access to a plan.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Holder {
    /// The owner.
    Owner,
    /// A visitor with a link of this access.
    Link(LinkAccess),
}

/// One kind of operation on a plan. Each route names the one it needs.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Permission {
    /// List all plans.
    ListPlans,
    /// Let the log doctor read logs. No plan is concerned.
    DiagnoseLogs,
    /// Create a plan, also from a file.
    CreatePlan,
    /// Delete the plan permanently.
    DeletePlan,
    /// Create, list and revoke share links.
    ManageLinks,
    /// View the whole plan without secrets: review, files with masked secrets, reports of checks.
    ReadPlan,
    /// View one step with its checks, without secrets.
    ReadStep(Step),
    /// Change the answers of one step, and set or remove its secrets.
    EditStep(Step),
    /// Run, repeat and stop the checks of one step.
    RunChecks(Step),
    /// Prepare the databases on the database server.
    PrepareDatabases,
    /// Accept a warning or an open task, or withdraw the acceptance.
    AcceptWarning,
    /// Leave a comment on a step, or on the plan as a whole.
    Comment(Option<Step>),
    /// View the history and earlier versions.
    ReadHistory,
    /// Restore an earlier version.
    Restore,
    /// Download the files with all passwords and keys.
    DownloadWithSecrets,
    /// Upload, renew or replace the keys of the cluster.
    ManageKeys,
    /// Download the files and the plan without passwords and keys.
    DownloadWithoutSecrets,
}

impl Permission {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let whole = [
            Self::ListPlans,
            Self::DiagnoseLogs,
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

/// Whether `holder` has the permission `act`.
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
                        | Permission::RunChecks(
                            Step::Product | Step::Database | Step::UserStore | Step::Clustering | Step::LoadBalancer
                        )
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

/// Permissions of every actor that may view the whole plan.
const fn can_read_step(act: Permission) -> bool {
    matches!(act, Permission::ReadPlan | Permission::ReadStep(_) | Permission::ReadHistory)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each access: View, Comment, Download, Edit, Fill of the permission's step (or of Database), Fill
    /// of another step. The owner has every permission.
    fn table(act: Permission) -> &'static str {
        match act {
            Permission::ListPlans
            | Permission::DiagnoseLogs
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

    /// The step of a permission, for the columns of Fill.
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
    fn every_access_permits_what_its_table_lists_and_nothing_else() {
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
    fn an_actor_that_may_change_a_step_may_read_it() {
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
