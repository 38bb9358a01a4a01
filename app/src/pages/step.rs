//! A step of the wizard: the fields of its settings, the live checks, and the preview of the files.

use domain::check::{CheckId, CheckResult, CheckState, Reach};
use domain::finding::{Finding, Severity};
use domain::limits::PLAN_NAME;
use domain::rights::Permission;
use domain::setting::Setting;
use domain::step::Step;
use domain::steps::{keys, settings};
use domain::topology::Topology;
use domain::value::Control;
use leptos::prelude::*;

use crate::components::{
    CommentList, DefaultAction, Document, ErrorLink, ErrorSummary, Field, FieldView, NodeTable, Notes, PresentUsers,
    PreviewPane, ProbePanel, ProgressList, Sentence, Shell, StepActions, Time, TopologyFigure, UndoBar, condition,
    decides, document,
};
use crate::islands::{Autosave, CheckPanel, Conditions, RevealPasswords};
use crate::urls;
use crate::view::{CheckPanelView, Moment, StepView, TimedText, WizardPage, blocking};

/// The page of a step.
#[must_use]
pub fn step(view: &StepView) -> String {
    let step = view.step;
    let number = WizardPage::Step(step).number();
    let title = format!("{} – Step {number} of {} – Cluster setup", step.title(), WizardPage::COUNT);
    let is_wrong = view.failed || view.probes.refused.is_some();
    let title = if is_wrong { format!("Error: {title}") } else { title };
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: StepView) -> impl IntoView {
    let step = view.step;
    let plan = view.plan.id.clone();
    let findings: Vec<Finding> = view.findings.iter().filter(|finding| finding.at.step == step).cloned().collect();
    let fields = fields(&view, &findings);
    let of_step: Vec<Finding> =
        findings.iter().filter(|finding| target(finding, &fields, &view) == step.slug()).cloned().collect();
    let refused = view
        .probes
        .refused
        .iter()
        .map(|refused| ErrorLink { href: format!("#{}", urls::PROBE_REPORT), message: refused.problem.clone() });
    let errors = if view.failed {
        let link = |finding: &Finding| ErrorLink {
            href: format!("#{}", target(finding, &fields, &view)),
            message: finding.labelled_message(),
        };
        blocking(&findings).map(link).collect()
    } else {
        refused.collect()
    };
    let editable = view.plan.may(Permission::EditStep(step));
    let alone = view.plan.only_step().is_some();
    let nodes =
        (step == Step::Clustering).then(|| view! { <NodeTable draft=view.draft.clone() findings=findings.clone()/> });
    let drawing =
        shows_drawing(step, alone).then(|| view! { <TopologyFigure topology=Topology::from_draft(&view.draft)/> });
    let uploads = settings(step).iter().any(|setting| matches!(setting.control, Control::Pem | Control::SecretPem));
    let action = if view.return_to_review { urls::step_from_review(&plan, step) } else { urls::step(&plan, step) };
    let (back, back_text) = match (view.return_to_review, step.previous()) {
        (true, _) => (urls::review(&plan), "Back to review"),
        (false, Some(previous)) => (urls::step_title(&plan, previous), "Back"),
        (false, None) => (urls::start(), "Back to all plans"),
    };
    let to_start = !view.return_to_review && step.previous().is_none();
    let has_back_link = !alone && (!to_start || view.plan.may(Permission::ListPlans));
    let checks = has_live_checks(step).then(|| {
        let context = view.checks.context(&view.plan, step.slug(), &view.draft);
        let CheckPanelView { report, last_event, .. } = view.checks.clone();
        view! { <CheckPanel context form=step.slug().to_owned() report after=last_event/> }.into_any()
    });
    let probes = (step == Step::Clustering)
        .then(|| view! { <ProbePanel plan=plan.clone() probes=view.probes.clone() takes=editable/> });
    let saved = view.plan.saved_at.clone().map(|at| view! { "Saved " <Time moment=at/> });
    let saved = view! { <span class="saved" id="saved">{saved}</span> };
    let status = if editable {
        view! {
            <Autosave>{saved}</Autosave>
        }
        .into_any()
    } else {
        saved.into_any()
    };
    let fields = fields.into_iter().map(|field| view! { <Field field/> }).collect_view();
    let title = (step == Step::Product).then(|| view! { <PlanTitle title=view.draft.title.clone()/> });
    let answers = if editable {
        let prepare = (step == Step::Database).then(|| view! { <Prepare/> });
        view! { <DefaultAction/> {title} {fields} {nodes} {prepare} <StepActions to_review=view.return_to_review alone/> }
            .into_any()
    } else {
        let legend = format!("Answers of {} (read-only)", step.title());
        view! {
            <fieldset class="read-only" disabled>
                <legend class="visually-hidden">{legend}</legend>
                {title} {fields} {nodes}
            </fieldset>
        }
        .into_any()
    };
    let preview = (!alone).then(|| view! { <PreviewPane plan=plan.clone() preview=view.preview.clone()/> });
    let together = view.together.clone();
    let page = together.page.clone();
    view! {
        <Shell head=view.plan.clone() status=status>
            <div class=if alone { "columns columns-two" } else { "columns" }>
                <ProgressList plan=plan.clone() progress=view.progress.clone() current=WizardPage::Step(step) alone/>
                <main id="main" tabindex="-1" class="main">
                    <ErrorSummary errors/>
                    {has_back_link.then(|| view! { <a class="back" href=back>{back_text}</a> })}
                    <h1 id=urls::TITLE tabindex="-1">{step.title()}</h1>
                    <p class="intro">{intro(step)}</p>
                    {view.notices.iter().map(|notice| view! { <p class="notice">{notice.clone()}</p> }).collect_view()}
                    <PresentUsers plan=plan.clone() step together=together.clone()/>
                    <StepFindings findings=of_step/>
                    <form
                        id=step.slug()
                        class="step-form"
                        method="post"
                        action=action
                        enctype=uploads.then_some("multipart/form-data")
                        novalidate
                    >
                        <input type="hidden" name="revision" value=view.plan.revision.to_string() autocomplete="off"/>
                        <input type="hidden" name="page" value=together.page.clone() autocomplete="off"/>
                        {answers}
                    </form>
                    // After the form: Enter in a field presses its first button, which must be Continue.
                    {editable.then(|| view! {
                        <button class="secondary small" id="contested" form=step.slug() name="action" value="save" hidden>"Resolve conflict"</button>
                    })}
                    <UndoBar plan=plan.clone() step together/>
                    <CommentList plan=plan.clone() comments=view.comments.clone() page/>
                    {editable.then(|| view! { <Conditions/> <RevealPasswords/> })}
                    {checks}
                    {editable.then(|| write_tests(step, &view.checks))}
                    {probes}
                    {drawing}
                </main>
                {preview}
            </div>
        </Shell>
    }
    .into_any()
}

/// Whether the page of a step shows the drawing of the cluster. `alone` means that its reader has access to no other
/// step.
#[must_use]
pub fn shows_drawing(step: Step, alone: bool) -> bool {
    // The drawing of the load balancer step shows the nodes, which belong to another step.
    step == Step::Clustering || (step == Step::LoadBalancer && !alone)
}

fn has_live_checks(step: Step) -> bool {
    CheckId::ALL.iter().any(|id| id.step() == step && id.reach() == Reach::Server)
}

/// The checks of the step that write to the systems they check, each with a separate button, which saves the answers
/// and runs the check. The result is next to the button.
fn write_tests(step: Step, checks: &CheckPanelView) -> impl IntoView + use<> {
    let all = CheckId::ALL.iter().filter(|id| id.step() == step).filter_map(|id| Some((*id, id.writes()?)));
    all.map(|(id, writes)| {
        let code = id.code();
        let results = write_test_results(checks, id)
            .into_iter()
            .map(|text| view! { <p><Sentence text/></p> })
            .collect_view();
        view! {
            <section class="writing-check" id=urls::writing_check(code) aria-labelledby=format!("writing-{code}") tabindex="-1">
                <h3 id=format!("writing-{code}")>{id.title()} " " <a class="code" href=urls::check_page(code)>{code}</a></h3>
                <p class="hint">"This check writes data, so it does not run with the other checks. " {writes}</p>
                <button class="secondary" form=step.slug() name="action" value=format!("check.{code}")>
                    "Run write test (rolled back)"
                </button>
                <div role="status">{results}</div>
            </section>
        }
    })
    .collect_view()
}

/// The last results of a check that writes, one sentence for each.
fn write_test_results(checks: &CheckPanelView, id: CheckId) -> Vec<TimedText> {
    let only = |text: &str| vec![TimedText { before: text.to_owned(), ..TimedText::default() }];
    match checks.report.checks.get(&id) {
        None => Vec::new(),
        Some(CheckState::Waiting | CheckState::Running { .. }) => only("The check is running."),
        Some(CheckState::Cancelled) => only("The check was stopped. Run it again."),
        Some(CheckState::Stale { .. }) => {
            only("The result is outdated, because the answers have changed. Run the check again.")
        }
        Some(CheckState::Done { at, results }) => {
            let time = Moment { at: *at, shown: checks.zone.format_date_time(*at), is_dated: true };
            let line = |result: &CheckResult| {
                let remedy = result.remedy.in_one_line();
                let current = result.current.trim_end_matches('.');
                let end = if remedy.is_empty() { String::new() } else { format!(" {remedy}") };
                TimedText {
                    before: "Result of ".to_owned(),
                    at: Some(time.clone()),
                    after: format!(": {}: {current}.{end}", result.outcome.label()),
                }
            };
            results.iter().map(line).collect()
        }
    }
}

const fn intro(step: Step) -> &'static str {
    match step {
        Step::Product => "The IS version that runs on the nodes, and the layout of the machines.",
        Step::Database => {
            "The MySQL or MariaDB databases that all nodes share. Check existing databases, let Clusterwright create them, or create them later with the scripts in the download."
        }
        Step::UserStore => "Where accounts are stored, and the super admin.",
        Step::Clustering => "The nodes that run IS, and how they find each other.",
        Step::LoadBalancer => "The load balancer that clients connect to: its hostname, ports and certificate.",
        Step::Verify => "The deployed cluster: whether the nodes work as one.",
    }
}

/// The fields of the step: the visible ones, and those that a choice on this page can show.
fn fields(view: &StepView, findings: &[Finding]) -> Vec<FieldView> {
    let settings: &'static [Setting] = settings(view.step);
    let field = |setting: &'static Setting| {
        let mut field = FieldView::new(setting, None, &view.draft, view.secrets.contains(setting.key), findings);
        field.condition = condition(setting, settings, &view.draft);
        field.shown = (setting.shown)(&view.draft);
        field.decides = decides(setting, settings, &view.draft);
        field.status = view.secret_statuses.get(setting.key).cloned();
        field.read_only = !view.plan.may(Permission::EditStep(view.step));
        (field.shown || field.condition.is_some()).then_some(field)
    };
    settings.iter().filter_map(field).collect()
}

/// The id that a finding links to: its field if that is on the page, otherwise the form.
fn target(finding: &Finding, fields: &[FieldView], view: &StepView) -> String {
    let id = finding.at.field_id();
    let is_field = fields.iter().any(|field| field.id == id && field.shown);
    let is_table = view.step == Step::Clustering
        && match (&finding.at.setting, finding.at.row) {
            (Some(setting), None) => setting == keys::NODES,
            (Some(setting), Some(row)) => {
                row < view.draft.nodes.len().max(1)
                    && domain::steps::node_settings().iter().any(|column| column.key == setting)
            }
            (None, _) => false,
        };
    if is_field || is_table { id } else { view.step.slug().to_owned() }
}

/// Findings that do not belong to a single field.
#[component]
fn StepFindings(findings: Vec<Finding>) -> impl IntoView {
    let problems = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Blocks)
        .map(|finding| view! { <p class="note note-problem"><b>"Problem: "</b>{finding.message()}</p> })
        .collect_view();
    view! { {problems} <Notes findings/> }
}

/// The button for the page that creates and fills the databases. It saves the answers first.
#[component]
fn Prepare() -> impl IntoView {
    view! {
        <div class="field">
            <p class="hint">"Creates missing databases and loads the SQL scripts of your IS pack. You review the changes first."</p>
            <button class="secondary" name="action" value="prepare">"Prepare the databases"</button>
        </div>
    }
    .into_any()
}

/// The name of the plan: the only answer that is not a setting.
#[component]
fn PlanTitle(title: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="label" for="plan-title">"Name of the plan " <span class="optional">"(optional)"</span></label>
            <p class="hint" id="plan-title-hint">"Shown in the list of plans and in the runbook."</p>
            <input type="text" class="w-full" id="plan-title" name="title" value=title maxlength=PLAN_NAME.max.to_string() autocomplete="off" aria-describedby="plan-title-hint"/>
        </div>
    }
    .into_any()
}
