//! Check your answers: what stands in the way, every answer with a link to change it, and the download.

use std::collections::{BTreeMap, BTreeSet};

use domain::draft::{Acceptance, Draft};
use domain::finding::{Finding, Severity};
use domain::rights::Act;
use domain::setting::Setting;
use domain::step::Step;
use domain::steps::{node_settings, settings};
use domain::topology::Topology;
use domain::value::Control;
use leptos::prelude::*;

use crate::components::{
    CommentList, Document, ErrorLink, ErrorSummary, ProbePanel, ProgressList, Shell, TopologyFigure, document,
    in_sentence,
};
use crate::islands::CheckPanel;
use crate::urls;
use crate::view::{Checks, PlanHead, ReviewView, Stop, blocking};

/// The review page.
#[must_use]
pub fn review(view: &ReviewView) -> String {
    let title = format!("Review – Step {} of {} – Cluster setup", Stop::COUNT, Stop::COUNT);
    let title = if view.failed { format!("Error: {title}") } else { title };
    document(Document { title, assets: view.assets.clone() }, || body(view.clone()))
}

fn body(view: ReviewView) -> impl IntoView {
    let plan = view.plan.id.clone();
    let link = |finding: &Finding| ErrorLink { href: field_url(&plan, finding), message: finding.message() };
    let errors = if view.failed { blocking(&view.findings).map(link).collect() } else { Vec::new() };
    let context = view.checks.context(&view.plan, "all", &view.draft);
    let Checks { report, last_event, .. } = view.checks.clone();
    let checks = view! { <CheckPanel context form="review-checks".to_owned() report after=last_event/> };
    let checks = checks.into_any();
    let sections = Step::ALL
        .into_iter()
        .map(|step| view! { <Section head=view.plan.clone() step draft=view.draft.clone() secrets=view.secrets.clone()/> })
        .collect_view();
    view! {
        <Shell head=view.plan.clone()>
            <div class="columns columns-two">
                <ProgressList plan=plan.clone() progress=view.progress.clone() current=Stop::Review/>
                <main id="main" class="main">
                    <ErrorSummary errors/>
                    <a class="back" href=urls::step_title(&plan, Step::LoadBalancer)>"Back"</a>
                    <h1 id=urls::TITLE tabindex="-1">"Review"</h1>
                    <p class="intro">{intro(&view.plan)}</p>
                    {view.notices.iter().map(|notice| view! { <p class="notice">{notice.clone()}</p> }).collect_view()}
                    <InTheWay head=view.plan.clone() findings=view.findings.clone() accepted=view.draft.accepted.clone()/>
                    <Download head=view.plan.clone() blockers=blocking(&view.findings).count()/>
                    <form id="review-checks" method="post" action=urls::checks(&plan)></form>
                    {checks}
                    <Reports plan=plan.clone()/>
                    <ProbePanel plan=plan.clone() probes=view.probes.clone() takes=false/>
                    <h2>"Your answers"</h2>
                    {sections}
                    <TopologyFigure topology=Topology::from_draft(&view.draft)/>
                    <CommentList plan=plan.clone() comments=view.comments.clone()/>
                    <Next next=view.next.clone()/>
                </main>
            </div>
        </Shell>
    }
    .into_any()
}

/// What one does here.
fn intro(head: &PlanHead) -> &'static str {
    if head.may(Act::DownloadWithSecrets) {
        "Check your answers. The download holds the passwords and keys: keep it as safe as them."
    } else {
        "All answers of the plan. Passwords and keys are not shown, only whether they are set."
    }
}

/// Problems, warnings and notes of the whole plan.
#[component]
fn InTheWay(head: PlanHead, findings: Vec<Finding>, accepted: BTreeMap<String, Acceptance>) -> impl IntoView {
    if findings.is_empty() {
        return view! { <p class="all-clear">"Nothing stands in the way of the download."</p> }.into_any();
    }
    let items = findings
        .into_iter()
        .enumerate()
        .map(|(index, finding)| {
            let code = finding.check.map(|check| check.to_string());
            let reason = code.as_ref().and_then(|code| accepted.get(code)).cloned();
            view! { <FindingItem head=head.clone() finding index reason/> }
        })
        .collect_view();
    view! {
        <section aria-labelledby="findings-title">
            <h2 id="findings-title">"Problems and warnings"</h2>
            <ul class="findings">{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn FindingItem(head: PlanHead, finding: Finding, index: usize, reason: Option<Acceptance>) -> impl IntoView {
    let (class, word) = match (finding.severity, &reason) {
        (Severity::Blocks, _) => ("finding finding-problem", "Problem"),
        (_, Some(_)) => ("finding finding-accepted", "Accepted warning"),
        (Severity::Warns, None) => ("finding finding-warning", "Warning"),
        (Severity::Notes, _) => ("finding", "Note"),
    };
    let code = finding.check.map(|check| check.to_string());
    let href = field_url(&head.id, &finding);
    let place = place_name(&finding);
    let acceptance = match (&code, finding.severity) {
        (Some(code), severity) if head.may(Act::AcceptWarning) && (severity == Severity::Warns || reason.is_some()) => {
            Some(view! { <AcceptWarning plan=head.id code=code.clone() index reason/> })
        }
        _ => None,
    };
    view! {
        <li class=class>
            <p>
                <b class="finding-word">{word}</b>
                " "
                {finding.message()}
                {(!finding.why.is_empty()).then(|| format!(" {}", finding.why))}
                {code.map(|code| (urls::check_page(&code), code)).map(|(href, code)| view! { " " <a class="code" href=href>{code}</a> })}
            </p>
            <p class="finding-link"><a href=href>"Go to " {place}</a></p>
            {acceptance}
        </li>
    }
    .into_any()
}

/// Accepting a warning takes a tick and a reason; both are printed in the runbook.
#[component]
fn AcceptWarning(plan: String, code: String, index: usize, reason: Option<Acceptance>) -> impl IntoView {
    let id = format!("accept-{index}");
    let action = urls::accept(&plan);
    match reason {
        Some(reason) => view! {
            <p class="accepted">"Accepted because: " {reason.to_string()}</p>
            <form method="post" action=action>
                <input type="hidden" name="check" value=code.clone()/>
                <input type="hidden" name="reason" value=""/>
                <button class="secondary small">"Take back" <span class="visually-hidden">" the acceptance of " {code}</span></button>
            </form>
        }
        .into_any(),
        None => view! {
            <details class="acceptance">
                <summary>"Accept this warning"</summary>
                <form method="post" action=action novalidate>
                    <input type="hidden" name="check" value=code.clone()/>
                    <label class="label" for=id.clone()>"Why it is acceptable"</label>
                    <p class="hint" id=format!("{id}-hint")>"Printed in the runbook with the warning."</p>
                    <input type="text" class="w-full" id=id.clone() name="reason" maxlength="300" autocomplete="off" aria-describedby=format!("{id}-hint")/>
                    <label class="label" for=format!("{id}-by")>"Your name"</label>
                    <input type="text" id=format!("{id}-by") name="by" maxlength="100" autocomplete="name"/>
                    <button class="secondary small">"Accept" <span class="visually-hidden">" " {code}</span></button>
                </form>
            </details>
        }
        .into_any(),
    }
}

#[component]
fn Download(head: PlanHead, blockers: usize) -> impl IntoView {
    let plan = head.id.clone();
    let complete = head.may(Act::DownloadWithSecrets);
    let incomplete = head.may(Act::DownloadWithoutSecrets);
    let words = match blockers {
        0 => String::new(),
        1 => "1 problem has to be solved first.".to_owned(),
        count => format!("{count} problems have to be solved first."),
    };
    view! {
        <div class="download">
            {complete.then(|| view! {
                <form method="post" action=urls::bundle(&plan)>
                    <button class="primary" aria-describedby=(blockers > 0).then_some("download-blocked")>"Download configuration"</button>
                </form>
            })}
            {incomplete.then(|| view! {
                <form method="post" action=urls::incomplete_bundle(&plan)>
                    <button class=if complete { "secondary" } else { "primary" }>"Download without secrets"</button>
                </form>
            })}
            <p class="download-links">
                <a href=urls::preview(&plan)>"Look at the files"</a>
                {incomplete.then(|| view! { <a href=urls::plan_file(&plan) download="plan.toml">"Download plan"</a> })}
                <a href=urls::history(&plan)>"History of changes"</a>
            </p>
            {(complete && blockers > 0).then(|| view! { <p class="download-blocked" id="download-blocked">{words}</p> })}
        </div>
    }
    .into_any()
}

/// The report of the checks, to be kept or read by programs.
#[component]
fn Reports(plan: String) -> impl IntoView {
    view! {
        <p class="download-links">
            "Report of all checks: "
            <a href=urls::report(&plan, "html")>"HTML"</a>
            <a href=urls::report(&plan, "txt")>"Text"</a>
            <a href=urls::report(&plan, "json")>"JSON"</a>
            <a href=urls::report(&plan, "xml")>"JUnit"</a>
        </p>
    }
    .into_any()
}

/// One step's answers.
#[component]
fn Section(head: PlanHead, step: Step, draft: Draft, secrets: BTreeSet<String>) -> impl IntoView {
    let editable = head.may(Act::EditStep(step));
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
                            <a href=href>"Change" <span class="visually-hidden">" " {in_sentence(setting.label)}</span></a>
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
fn Next(next: Vec<String>) -> impl IntoView {
    (!next.is_empty()).then(|| {
        view! {
            <section aria-labelledby="next-title">
                <h2 id="next-title">"What happens next"</h2>
                <ol class="next">{next.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ol>
            </section>
        }
    })
}

/// The page and field a finding is about, with the way back to the review.
fn field_url(plan: &str, finding: &Finding) -> String {
    format!("{}#{}", urls::step_from_review(plan, finding.at.step), finding.at.field_id())
}

/// `Database: database host`, `Clustering: address of node 2`.
fn place_name(finding: &Finding) -> String {
    let step = finding.at.step.title();
    let setting = finding.at.setting.as_deref().and_then(domain::steps::setting);
    match (setting, finding.at.row) {
        (Some(setting), Some(row)) => format!("{step}: {} of node {}", in_sentence(setting.label), row + 1),
        (Some(setting), None) => format!("{step}: {}", in_sentence(setting.label)),
        (None, _) => step.to_owned(),
    }
}

fn is_missing(setting: &Setting, draft: &Draft, secrets: &BTreeSet<String>) -> bool {
    let empty = if setting.control.is_secret() {
        !secrets.contains(setting.key)
    } else {
        draft.answer(setting, None).is_empty()
    };
    empty && setting.required
}

/// An answer as the summary shows it. A secret is only ever set or missing.
fn shown_answer(setting: &Setting, row: Option<usize>, draft: &Draft, secrets: &BTreeSet<String>) -> String {
    let absent = || if setting.required { "Missing".to_owned() } else { "Not given".to_owned() };
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
