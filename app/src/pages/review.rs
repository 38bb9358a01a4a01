//! Review: the issues, every answer with a link to change it, and the download.

use std::collections::BTreeSet;

use domain::check::Consequence;
use domain::draft::Draft;
use domain::issues::{Issue, Issues};
use domain::rights::Permission;
use domain::setting::Setting;
use domain::step::Step;
use domain::steps::{node_settings, settings};
use domain::topology::Topology;
use domain::value::Control;
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use crate::components::{
    CommentList, Document, ErrorLink, ErrorSummary, IssuesAndDownload, ProbePanel, ProgressList, Shell, TopologyFigure,
    document, issue_url, label_in_sentence,
};
use crate::islands::CheckPanel;
use crate::pages::keys::KeysSection;
use crate::urls;
use crate::view::{CheckPanelView, KeysSummary, PlanHead, ReviewView, WizardPage};

/// The review page.
#[must_use]
pub fn review(view: &ReviewView) -> String {
    let title = format!("Review – Step {} of {} – Cluster setup", WizardPage::Review.number(), WizardPage::COUNT);
    let title = if view.failed { format!("Error: {title}") } else { title };
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: ReviewView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let link = |issue: &Issue| ErrorLink { href: issue_url(&plan, issue), message: issue.labelled_message() };
    let errors =
        if view.failed { view.issues.open(Consequence::BlocksDownload).map(link).collect() } else { Vec::new() };
    let context = view.checks.context(&view.plan, "all", &view.draft);
    let CheckPanelView { report, last_event, .. } = view.checks.clone();
    let checks = view! { <CheckPanel context form="review-checks".to_owned() report after=last_event/> };
    let checks = checks.into_any();
    let sections = view! { <Answers head=view.plan.clone() draft=view.draft.clone() secrets=view.secrets.clone()/> };
    view! {
        <Shell head=view.plan.clone()>
            <div class="columns columns-two">
                <ProgressList plan=plan.clone() progress=view.progress.clone() current=WizardPage::Review/>
                <main id="main" tabindex="-1" class="main">
                    <ErrorSummary errors/>
                    <a class="back" href=urls::step_title(&plan, Step::LoadBalancer)>"Back"</a>
                    <h1 id=urls::TITLE tabindex="-1">"Review"</h1>
                    <p class="intro">{intro(&view.plan)}</p>
                    {view.notices.iter().map(|notice| view! { <p class="notice">{notice.clone()}</p> }).collect_view()}
                    <div id=urls::STATUS><IssuesAndDownload head=view.plan.clone() issues=view.issues.clone()/></div>
                    <div id=urls::KEYS><KeysSection head=view.plan.clone() keys=view.keys.clone()/></div>
                    <form id="review-checks" method="post" action=urls::checks(&plan)></form>
                    {checks}
                    <Reports plan=plan.clone() reads_logs=view.plan.may(Permission::DiagnoseLogs)/>
                    <ProbePanel plan=plan.clone() probes=view.probes.clone() takes=false/>
                    <h2>"Your answers"</h2>
                    <div id=urls::ANSWERS>{sections}</div>
                    <TopologyFigure topology=Topology::from_draft(&view.draft)/>
                    <CommentList plan=plan.clone() comments=view.comments.clone()/>
                    <NextSteps next=view.next.clone()/>
                </main>
            </div>
        </Shell>
    }
    .into_any()
}

/// The list and the download as an HTML fragment, for a page that is open.
#[must_use]
pub fn issues_and_download(head: PlanHead, issues: Issues) -> String {
    Owner::new().with(|| view! { <IssuesAndDownload head issues/> }.to_html())
}

/// The keys as an HTML fragment, for a page that is open.
#[must_use]
pub fn keys_of_review(head: PlanHead, keys: KeysSummary) -> String {
    Owner::new().with(|| view! { <KeysSection head keys/> }.to_html())
}

/// The answers as an HTML fragment, for a page that is open: the first download sets that the cluster runs.
#[must_use]
pub fn answers(head: PlanHead, draft: Draft, secrets: BTreeSet<String>) -> String {
    Owner::new().with(|| view! { <Answers head draft secrets/> }.to_html())
}

/// The answers of all steps.
#[component]
fn Answers(head: PlanHead, draft: Draft, secrets: BTreeSet<String>) -> impl IntoView {
    Step::ALL
        .into_iter()
        .map(|step| view! { <Section head=head.clone() step draft=draft.clone() secrets=secrets.clone()/> })
        .collect_view()
        .into_any()
}

fn intro(head: &PlanHead) -> &'static str {
    if head.may(Permission::DownloadWithSecrets) {
        "Check your answers. The download contains passwords and private keys: store it securely."
    } else {
        "All answers of the plan. For passwords and keys, you can only see whether they are set."
    }
}

/// Links to the check report, for people and for programs, and to the log doctor.
#[component]
fn Reports(plan: String, reads_logs: bool) -> impl IntoView {
    view! {
        <p class="download-links">
            "Report of all checks: "
            <a href=urls::report(&plan, "html")>"HTML"</a>
            <a href=urls::report(&plan, "txt")>"Text"</a>
            <a href=urls::report(&plan, "json")>"JSON"</a>
            <a href=urls::report(&plan, "xml")>"JUnit"</a>
        </p>
        {reads_logs.then(|| view! {
            <p>"If a node does not start or fails, " <a href=urls::logs()>"the log doctor"</a> " reads its log and names the cause."</p>
        })}
    }
    .into_any()
}

/// One step's answers.
#[component]
fn Section(head: PlanHead, step: Step, draft: Draft, secrets: BTreeSet<String>) -> impl IntoView {
    let editable = head.may(Permission::EditStep(step));
    let plan = head.id;
    let rows = settings(step)
        .iter()
        .filter(|setting| (setting.shown)(&draft))
        .map(|setting| {
            let href = format!("{}#{}", urls::step_from_review(&plan, step), setting.field_id(None));
            let missing = is_missing(setting, &draft, &secrets);
            view! {
                <div class="summary-row">
                    <dt>{setting.label}</dt>
                    <dd class=if missing { "missing" } else { "" }>{shown_answer(setting, None, &draft, &secrets)}</dd>
                    {editable.then(|| view! {
                        <dd class="summary-change">
                            <a href=href>"Change" <span class="visually-hidden">" " {label_in_sentence(setting.label)}</span></a>
                        </dd>
                    })}
                </div>
            }
        })
        .collect_view();
    let id = format!("review-{}", step.slug());
    let nodes = (step == Step::Clustering).then(|| view! { <Nodes plan=plan editable draft/> });
    view! {
        <section class="summary" aria-labelledby=id.clone()>
            <h3 id=id.clone()>{step.title()}</h3>
            <dl>{rows}</dl>
            {nodes}
        </section>
    }
    .into_any()
}

#[component]
fn Nodes(plan: String, editable: bool, draft: Draft) -> impl IntoView {
    let none = BTreeSet::new();
    let rows = (0..draft.nodes.len())
        .map(|row| {
            let cells = node_settings()
                .iter()
                .map(|setting| view! { <td>{shown_answer(setting, Some(row), &draft, &none)}</td> })
                .collect_view();
            view! { <tr>{cells}</tr> }
        })
        .collect_view();
    let href = format!("{}#clustering-nodes", urls::step_from_review(&plan, Step::Clustering));
    view! {
        <div class="summary-nodes">
            <div class="scroll" tabindex="0" role="region" aria-label="Nodes">
                <table class="plain-table">
                    <thead><tr>{node_settings().iter().map(|setting| view! { <th scope="col">{setting.label}</th> }).collect_view()}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {editable.then(|| view! {
                <p class="summary-change"><a href=href>"Change" <span class="visually-hidden">" nodes"</span></a></p>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn NextSteps(next: Vec<String>) -> impl IntoView {
    (!next.is_empty()).then(|| {
        view! {
            <section aria-labelledby="next-title">
                <h2 id="next-title">"What happens next"</h2>
                <ol class="next">{next.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ol>
            </section>
        }
    })
}

fn is_missing(setting: &Setting, draft: &Draft, secrets: &BTreeSet<String>) -> bool {
    let empty = if setting.control.is_secret() {
        !secrets.contains(setting.key)
    } else {
        draft.answer(setting, None).is_empty()
    };
    empty && setting.required
}

/// An answer as the summary shows it. Of a secret, it shows only whether it is set.
fn shown_answer(setting: &Setting, row: Option<usize>, draft: &Draft, secrets: &BTreeSet<String>) -> String {
    let absent = || if setting.required { "Missing".to_owned() } else { "Not set".to_owned() };
    let answer = draft.answer(setting, row);
    match setting.control {
        Control::Password | Control::SecretPem if secrets.contains(setting.key) => "Set".to_owned(),
        Control::Password | Control::SecretPem => absent(),
        _ if answer.is_empty() => absent(),
        Control::Choice(choices) => {
            choices.iter().find(|choice| choice.value == answer).map_or(answer, |choice| choice.label).to_owned()
        }
        Control::Pem => format!("PEM, {} lines", answer.lines().count()),
        Control::Text(_) | Control::Number(_) => answer.to_owned(),
    }
}
