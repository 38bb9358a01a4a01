//! The view models: everything a page shows, as plain data. The server fills them; they hold no secret.

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

/// Where a step stands.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum StepStatus {
    /// Answers are missing, and nobody saved it yet. It can be opened.
    #[default]
    NotStarted,
    /// It is the page that is open, and something of it is left to do.
    InProgress,
    /// Its answers are complete, and no check of it failed. Of the review: the bundle was downloaded.
    Completed,
    /// Its answers are complete; checks left so many open tasks.
    OpenTasks(usize),
    /// So many problems block the download.
    Problems(usize),
    /// It cannot be opened yet, because of this.
    Unavailable(String),
}

/// Where the steps stand: what the list at the left shows.
#[derive(Clone, Debug, Default)]
pub struct WizardProgress {
    /// The states of [`Step::ALL`], in that order.
    pub steps: [StepStatus; Step::ALL.len()],
    /// The review's state.
    pub review: StepStatus,
}

/// A page within the walk: a step, or the review after the last one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WizardPage {
    /// A step.
    Step(Step),
    /// The review.
    Review,
}

impl WizardPage {
    /// How many there are.
    pub const COUNT: usize = Step::ALL.len() + 1;

    /// All of them, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        Step::ALL.into_iter().map(Self::Step).chain([Self::Review])
    }

    /// What the page is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Step(step) => step.title(),
            Self::Review => "Review",
        }
    }

    /// Its place in the walk, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        Self::all().position(|stop| stop == self).map_or(Self::COUNT, |index| index + 1)
    }

    /// Where it is.
    #[must_use]
    pub fn url(self, plan: &str) -> String {
        match self {
            Self::Step(step) => crate::urls::step(plan, step),
            Self::Review => crate::urls::review(plan),
        }
    }
}

/// The check panel: what is known, and from where the stream goes on.
#[derive(Clone, Debug, Default)]
pub struct CheckPanelView {
    /// All of the plan's checks; a step shows its own.
    pub report: CheckReport,
    /// The id of the last event that is in the report; empty before the first.
    pub last_event: String,
    /// The server's clocks.
    pub zone: UtcOffset,
    /// The day there, counted from that of 1970's first.
    pub today: i64,
}

impl CheckPanelView {
    /// What the panel of the page `scope` (a step's slug, or `all`) tells beside the report.
    pub(crate) fn context(&self, plan: &PlanHead, scope: &str, draft: &Draft) -> CheckContext {
        let only = Step::from_slug(scope);
        let here = |key: &str| only.is_none() || AcceptanceKey::parse(key).is_some_and(|key| Some(key.step()) == only);
        let accepted = draft.accepted.iter().filter(|(code, _)| here(code));
        CheckContext {
            plan: plan.id.clone(),
            scope: scope.to_owned(),
            ahead: self.zone.ahead,
            today: self.today,
            accepted: accepted.map(|(code, why)| (code.clone(), why.to_string())).collect(),
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
    /// The check; without one, all.
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
    /// What it says now: outcome, subject and current value as one line each.
    pub says: Vec<String>,
    /// The page it leads back to: a step's slug, or `all` for the review.
    pub from: String,
    /// Why it was accepted already.
    pub accepted: Option<Acceptance>,
    /// Whether this answers a form without a reason (status 422).
    pub failed: bool,
}

/// The preview beside a step.
#[derive(Clone, Debug, Default)]
pub struct PreviewPaneView {
    /// The files that belong to the step, as paths in the bundle.
    pub files: Vec<String>,
    /// The one that is shown first.
    pub shown: Option<PreviewFile>,
    /// What is missing before there can be files; empty if there are some.
    pub missing: String,
}

/// What the probes of the nodes said, and how to run them.
#[derive(Clone, Debug, Default)]
pub struct ProbesView {
    /// Who reaches whom; `None` for fewer than two nodes, or before they are complete.
    pub matrix: Option<ReachabilityMatrix>,
    /// When each node's probe spoke last; `None` if it never did.
    pub said_at: Vec<Option<Moment>>,
    /// What to run on each node, by its name. Empty where the nodes cannot reach this server.
    pub commands: Vec<(String, String)>,
    /// Where each node's probe.sh is downloaded, by its name: where only this machine opens the server's address.
    pub scripts: Vec<(String, String)>,
    /// A report that was pasted and is not accepted (status 422).
    pub refused: Option<RefusedReport>,
}

/// A report that is not accepted.
#[derive(Clone, Debug, Default)]
pub struct RefusedReport {
    /// What was pasted.
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
    /// Where the steps stand.
    pub progress: WizardProgress,
    /// The step.
    pub step: Step,
    /// All answers, as they were entered.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// What is told of each of them: `Set by DBA, 12:04, works from 3 of 3 nodes.`
    pub told: BTreeMap<String, Said>,
    /// What the fields show. Leave it empty for a step that was not answered yet.
    pub findings: Vec<Finding>,
    /// Whether this answers a Continue that failed (status 422): shows the error summary.
    pub failed: bool,
    /// What was done with the answers, such as a JDBC URL that was split. Shown above the form.
    pub notices: Vec<String>,
    /// The live checks.
    pub checks: CheckPanelView,
    /// What the nodes' probes said; shown on the step Clustering.
    pub probes: ProbesView,
    /// The files.
    pub preview: PreviewPaneView,
    /// Whether Continue leads back to the review.
    pub return_to_review: bool,
    /// Who else is here, and what can be taken back.
    pub together: Collaborators,
    /// What people wrote about the step.
    pub comments: CommentsView,
}

/// The review.
#[derive(Clone, Debug)]
pub struct ReviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// Where the steps stand.
    pub progress: WizardProgress,
    /// All answers, and the warnings that were accepted.
    pub draft: Draft,
    /// The keys of the secrets that are set.
    pub secrets: BTreeSet<String>,
    /// Everything that stands between the plan and its cluster.
    pub issues: Issues,
    /// Whether this answers a download that was refused (status 422): shows the error summary.
    pub failed: bool,
    /// The live checks.
    pub checks: CheckPanelView,
    /// What the nodes' probes said.
    pub probes: ProbesView,
    /// What the runbook begins with, one sentence a step; shown as what happens next.
    pub next: Vec<String>,
    /// What was done with the answers of the step before, such as an address that was taken apart.
    pub notices: Vec<String>,
    /// What people wrote about the plan and its steps.
    pub comments: CommentsView,
    /// The keys of the cluster.
    pub keys: KeysSummary,
}

/// The keys of a plan as pages show them.
#[derive(Clone, Debug, Default)]
pub struct KeysSummary {
    /// Whether the plan says that its cluster runs.
    pub is_running: bool,
    /// What is known of the keys; `None` where the plan has none.
    pub kept: Option<SavedKeys>,
}

/// Keys that a plan has.
#[derive(Clone, Debug)]
pub struct SavedKeys {
    /// SHA-256 fingerprint of the signing certificate.
    pub fingerprint: String,
    /// When they were created.
    pub made: Moment,
    /// Each certificate with the day it expires, and whether that is less than 30 days away or past.
    pub expiries: Vec<(String, String, bool)>,
}

/// The page about the keys.
#[derive(Clone, Debug)]
pub struct KeysView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// What is known of the keys.
    pub keys: KeysSummary,
    /// What was wrong with the last action: the id of its field, and what to do.
    pub problem: Option<(&'static str, String)>,
    /// What the last action did.
    pub notices: Vec<String>,
}

/// The files of the bundle, and one of them.
#[derive(Clone, Debug)]
pub struct PreviewView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
    /// Every file with what it is for.
    pub files: Vec<FileEntry>,
    /// The one that is shown.
    pub shown: Option<PreviewFile>,
    /// What is missing before there can be files; empty if there are some.
    pub missing: String,
}

/// A file of the bundle in a list.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Its path in the bundle.
    pub path: String,
    /// What it is for.
    pub purpose: String,
    /// Whether it can be shown; key stores and keys cannot.
    pub shown: bool,
}

/// The start page.
#[derive(Clone, Debug, Default)]
pub struct StartView {
    /// The files it loads.
    pub assets: Assets,
    /// The plans kept here, newest change first.
    pub plans: Vec<PlanEntry>,
    /// Whether there are more plans than these.
    pub more: bool,
    /// Why an opened file was not taken (status 422).
    pub problems: Vec<OpenProblem>,
    /// The name of that file.
    pub file: String,
}

/// A plan in the list of the start page.
#[derive(Clone, Debug, Default)]
pub struct PlanEntry {
    /// The plan's part of the address.
    pub id: String,
    /// What the operator calls it; may be empty.
    pub title: String,
    /// When it was changed.
    pub changed: Moment,
    /// A few words about it: `IS 7.3.0, 3 nodes`.
    pub about: String,
    /// The step where it goes on; `None` leads to the review.
    pub open: Option<Step>,
    /// Whether its answers can be read: otherwise it can only be deleted.
    pub readable: bool,
}

/// A problem of a file that was opened.
#[derive(Clone, Debug, Default)]
pub struct OpenProblem {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is the case and what to do.
    pub message: String,
}

/// A plan that is about to be deleted.
#[derive(Clone, Debug, Default)]
pub struct DeleteView {
    /// The files it loads.
    pub assets: Assets,
    /// The plan.
    pub plan: PlanHead,
}

/// A page that could not be shown: not found, refused, or a fault of ours.
#[derive(Clone, Debug, Default)]
pub struct MessageView {
    /// The files it loads.
    pub assets: Assets,
    /// What is the case, in a few words.
    pub title: String,
    /// What to do next.
    pub text: String,
    /// What to name when asking for help; empty if nobody needs to.
    pub incident: String,
}

/// What the table `setting → finding` gives to one field.
pub(crate) fn at_field<'a>(
    findings: &'a [Finding],
    setting: &'a Setting,
    row: Option<usize>,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |finding| finding.at.row == row && finding.at.setting.as_deref() == Some(setting.key))
}

/// The findings that stop the download.
pub(crate) fn blocking(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Blocks)
}
