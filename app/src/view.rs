//! The view models: the content of pages as plain data. The server fills them; they contain no secrets.

mod access;
mod comments;
mod history;
mod moment;
mod prepare;
mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use domain::acceptance::AcceptanceKey;
use domain::check::{CheckId, CheckReport};
use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, Severity};
use domain::issues::Issues;
use domain::moment::UtcOffset;
use domain::node_report::ReachabilityMatrix;
use domain::rights::Permission;
use domain::setting::Setting;
use domain::step::Step;

use crate::wire::{CheckContext, PreviewFile};
pub use access::{AccountView, Expiry, LoginView};
pub use comments::{CommentLine, CommentView, CommentsView};
pub use history::{
    ChangeNotice, ChangeView, Collaborators, ConflictChoice, ConflictSubjectView, ConflictView, HistoryLine,
    HistoryView, UndoRequest, VersionComparison,
};
pub use moment::{Moment, Said};
pub use prepare::{
    PrepareBar, PrepareChanges, PrepareDatabase, PrepareEnd, PrepareForm, PreparePlan, PrepareStage, PrepareView,
};
pub use sharing::{
    CreatedLinkView, LinkFormError, LinkFormView, LinkRow, OpenLinkProblem, OpenLinkView, ShareView, VisitorView,
};

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

/// The status of a step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum StepStatus {
    /// Answers are missing, and it has not been saved. It can be opened.
    #[default]
    NotStarted,
    /// It is the current page, and is not completed.
    InProgress,
    /// Its answers are complete, and none of its checks failed. For the review: the bundle was downloaded.
    Completed,
    /// Its answers are complete, and its checks found this number of open tasks.
    OpenTasks(usize),
    /// This number of problems blocks the download.
    Problems(usize),
    /// It cannot be opened, for this reason.
    Unavailable(String),
}

/// The status of all steps, as the list at the left shows it.
#[derive(Clone, Debug, Default)]
pub struct WizardProgress {
    /// The status of each of [`Step::ALL`], in that order.
    pub steps: [StepStatus; Step::ALL.len()],
    /// The status of the review.
    pub review: StepStatus,
}

/// A page of the wizard: a step, or the review after the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WizardPage {
    /// A step.
    Step(Step),
    /// The review.
    Review,
}

impl WizardPage {
    /// The number of pages.
    pub const COUNT: usize = Step::ALL.len() + 1;

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Step::ALL.into_iter().map(Self::Step).chain([Self::Review])
    }

    /// The title of the page.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step(step) => step.title(),
            Self::Review => "Review",
        }
    }

    /// Its position in the wizard, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::all().position(|stop| stop == self).map_or(Self::COUNT, |index| index + 1)
    }

    /// Its URL.
    #[must_use]
    pub fn url(self, plan: &str) -> String {
        match self {
            Self::Step(step) => crate::urls::step(plan, step),
            Self::Review => crate::urls::review(plan),
        }
    }
}

/// The check panel: the current report, and where the stream continues.
#[derive(Clone, Debug, Default)]
pub struct CheckPanelView {
    /// All checks of the plan; a step shows only its own.
    pub report: CheckReport,
    /// The id of the last event in the report; empty before the first.
    pub last_event: String,
    /// The server's time zone.
    pub zone: UtcOffset,
    /// The current day in that time zone, in days since 1 January 1970.
    pub today: i64,
}

impl CheckPanelView {
    /// What the panel of the page `scope` (a step's slug, or `all`) shows in addition to the report.
    pub(crate) fn context(&self, plan: &PlanHead, scope: &str, draft: &Draft) -> CheckContext {
        let only = Step::from_slug(scope);
        let is_of_page =
            |key: &str| only.is_none() || AcceptanceKey::parse(key).is_some_and(|key| Some(key.step()) == only);
        let accepted = draft.accepted.iter().filter(|(code, _)| is_of_page(code));
        CheckContext {
            plan: plan.id.clone(),
            scope: scope.to_owned(),
            ahead: self.zone.ahead,
            today: self.today,
            accepted: accepted.map(|(code, acceptance)| (code.clone(), acceptance.to_string())).collect(),
            may_run: plan.may_some(Permission::RunChecks),
            may_accept: plan.may(Permission::AcceptWarning),
        }
    }
}

/// The documentation of checks: of all, or of one.
#[derive(Clone, Debug, Default)]
pub struct CheckDocView {
    /// The files it loads.
    pub assets: Assets,
    /// The check; `None` for all.
    pub check: Option<CheckId>,
}

/// The page that accepts a warning or an open task.
#[derive(Clone, Debug)]
pub struct AcceptView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What the acceptance is about.
    pub key: AcceptanceKey,
    /// The current results: outcome, subject and current value, one line each.
    pub says: Vec<String>,
    /// The page to return to: a step's slug, or `all` for the review.
    pub from: String,
    /// The existing acceptance.
    pub accepted: Option<Acceptance>,
    /// Whether this is the response to a form without a reason (status 422).
    pub failed: bool,
}

/// The preview next to a step.
#[derive(Clone, Debug, Default)]
pub struct PreviewPaneView {
    /// The files that depend on the step, as paths in the bundle.
    pub files: Vec<String>,
    /// The one that is shown first.
    pub shown: Option<PreviewFile>,
    /// What is missing to generate files; empty if there are files.
    pub missing: String,
}

/// The reports of the node probes, and how to run probes.
#[derive(Clone, Debug, Default)]
pub struct ProbesView {
    /// The reachability matrix; `None` for fewer than two nodes, or if the answers of the nodes are not complete.
    pub matrix: Option<ReachabilityMatrix>,
    /// When the probe of each node last reported; `None` if it never did.
    pub said_at: Vec<Option<Moment>>,
    /// The command for each node, by its name. Empty if the nodes cannot connect to this server.
    pub commands: Vec<(String, String)>,
    /// The URL of the probe.sh of each node, by its name, if only this machine can connect to the server.
    pub scripts: Vec<(String, String)>,
    /// A pasted report that was rejected (status 422).
    pub refused: Option<RefusedReport>,
}

/// A rejected report.
#[derive(Clone, Debug, Default)]
pub struct RefusedReport {
    /// The pasted text.
    pub text: String,
    /// Why, and what to do.
    pub problem: String,
}

/// A step's page.
#[derive(Clone, Debug)]
pub struct StepView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The status of all steps.
    pub progress: WizardProgress,
    /// The step.
    pub step: Step,
    /// All answers as entered.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// The status of each of them: `Set by DBA, 12:04, works from 3 of 3 nodes.`
    pub told: BTreeMap<String, Said>,
    /// The findings at the fields. Leave it empty for a step without answers.
    pub findings: Vec<Finding>,
    /// Whether this is the response to a Continue that failed (status 422). It shows the error summary.
    pub failed: bool,
    /// Notices about the answers, such as a JDBC URL that was split. Shown above the form.
    pub notices: Vec<String>,
    /// The live checks.
    pub checks: CheckPanelView,
    /// The node probes, shown on the step Clustering.
    pub probes: ProbesView,
    /// The files.
    pub preview: PreviewPaneView,
    /// Whether Continue returns to the review.
    pub return_to_review: bool,
    /// Other people on the plan, and whether changes can be undone.
    pub together: Collaborators,
    /// The comments on the step.
    pub comments: CommentsView,
}

/// The review.
#[derive(Clone, Debug)]
pub struct ReviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The status of all steps.
    pub progress: WizardProgress,
    /// All answers and acceptances.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// The issues of the plan.
    pub issues: Issues,
    /// Whether this is the response to a blocked download (status 422). It shows the error summary.
    pub failed: bool,
    /// The live checks.
    pub checks: CheckPanelView,
    /// The node probes.
    pub probes: ProbesView,
    /// The first steps of the runbook, one sentence each; shown as what happens next.
    pub next: Vec<String>,
    /// Notices about the answers of the previous step, such as an address that was split.
    pub notices: Vec<String>,
    /// The comments on the plan and its steps.
    pub comments: CommentsView,
    /// The keys of the cluster.
    pub keys: KeysSummary,
}

/// The keys of a plan as pages show them.
#[derive(Clone, Debug, Default)]
pub struct KeysSummary {
    /// Whether the cluster of the plan already runs.
    pub is_running: bool,
    /// The keys; `None` if the plan has none.
    pub kept: Option<SavedKeys>,
}

/// The keys of a plan.
#[derive(Clone, Debug)]
pub struct SavedKeys {
    /// The SHA-256 fingerprint of the signing certificate.
    pub fingerprint: String,
    /// When they were created.
    pub made: Moment,
    /// Each certificate with its expiry date, and whether that is less than 30 days away or past.
    pub expiries: Vec<(String, String, bool)>,
}

/// The page about the keys.
#[derive(Clone, Debug)]
pub struct KeysView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// The keys.
    pub keys: KeysSummary,
    /// The error of the last action: the id of its field, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// The result of the last action.
    pub notices: Vec<String>,
}

/// The files of the bundle, and one of them.
#[derive(Clone, Debug)]
pub struct PreviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// All files.
    pub files: Vec<FileEntry>,
    /// The one that is shown.
    pub shown: Option<PreviewFile>,
    /// What is missing to generate files; empty if there are files.
    pub missing: String,
}

/// A file of the bundle in a list.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// Its purpose.
    pub purpose: String,
    /// Whether it can be shown; keystores and keys cannot.
    pub shown: bool,
}

/// The start page.
#[derive(Clone, Debug, Default)]
pub struct StartView {
    /// The files it loads.
    pub assets: Assets,
    /// The saved plans, most recently changed first.
    pub plans: Vec<PlanEntry>,
    /// Whether more plans exist than these.
    pub more: bool,
    /// Why a file was rejected (status 422).
    pub problems: Vec<OpenProblem>,
    /// The name of that file.
    pub file: String,
}

/// A plan in the list of the start page.
#[derive(Clone, Debug, Default)]
pub struct PlanEntry {
    /// The id of the plan in URLs.
    pub id: String,
    /// The name of the plan; may be empty.
    pub title: String,
    /// When it was changed.
    pub changed: Moment,
    /// A short description: `IS 7.3.0, 3 nodes`.
    pub about: String,
    /// The step at which to continue; `None` for the review.
    pub open: Option<Step>,
    /// Whether its answers can be read; otherwise it can only be deleted.
    pub readable: bool,
}

/// A problem of a file that was opened.
#[derive(Clone, Debug, Default)]
pub struct OpenProblem {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The confirmation before a plan is deleted.
#[derive(Clone, Debug, Default)]
pub struct DeleteView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
}

/// The page of an error: not found, forbidden, or an internal error.
#[derive(Clone, Debug, Default)]
pub struct MessageView {
    /// The files it loads.
    pub assets: Assets,
    /// What happened, in a few words.
    pub title: String,
    /// What to do next.
    pub text: String,
    /// The incident number to search for in the log; empty for an error without one.
    pub incident: String,
}

/// The findings of one field.
pub(crate) fn at_field<'a>(
    findings: &'a [Finding],
    setting: &'a Setting,
    row: Option<usize>,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |finding| finding.at.row == row && finding.at.setting.as_deref() == Some(setting.key))
}

/// The findings that block the download.
pub(crate) fn blocking(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Blocks)
}
