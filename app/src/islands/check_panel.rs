//! The live checks of a step, or of the whole plan: a button, one line that says how far they are, and the results.
//!
//! Drawn by the server from the report as it is; in the browser the report goes on with the events of the stream.

use domain::check::{CheckEvent, CheckId, CheckReport, CheckState, Consequence, Outcome};
use domain::step::Step;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventSource, MessageEvent, UrlSearchParams};

use super::browser;
use super::check_table::{checks_of, count, open_results, results, row_id};
use super::copy::copy_text;
use super::standing;
use crate::urls;
use crate::wire::{CheckContext, RATE_LIMITED, REPORT_EVENT};

/// The id of the element that holds the results.
const RESULTS: &str = "check-results";

/// The panel.
#[island]
pub fn CheckPanel(
    /// Where it stands, and what rows tell beside the report.
    context: CheckContext,
    /// The id of the form whose buttons these are.
    form: String,
    /// What is known.
    report: CheckReport,
    /// The id of the last event in `report`.
    after: String,
) -> impl IntoView {
    let CheckContext { plan, scope, may_run, .. } = context.clone();
    let step = Step::from_slug(&scope);
    let (name, value) = if step.is_some() { ("action", "check") } else { ("step", "all") };
    // Where there are results, changes to the answers arrive on the stream too and take results away.
    let going_on = report.run > 0;
    let report = RwSignal::new(report);
    let starting = RwSignal::new(false);
    // Too many runs began within a minute: this one did not.
    let refused = RwSignal::new(false);
    let stream = StoredValue::new_local(None::<EventSource>);
    let events = urls::check_events(&plan, &after);
    let standing = standing::StatusRefresh::new(urls::plan_status(&plan, &scope));
    let open = move || {
        if stream.with_value(Option::is_none) {
            stream.set_value(subscribe(&events, report, starting, standing.clone()));
        }
    };
    // Where probes of the nodes are waited for, the first of them begins a run.
    if browser::IN_BROWSER && (going_on || browser::element(urls::PROBE_TABLE).is_some()) {
        open();
    }

    // Commands stand in the results, and on Review in the list above the panel too.
    if browser::IN_BROWSER
        && let Some(document) = browser::document()
    {
        browser::listen(&document, "click", |event| copy(&event));
    }

    // One handler for every button that starts checks: what a form would send says which.
    let start = {
        let (url, form, scope) = (urls::checks(&plan), form.clone(), scope.clone());
        move |event: leptos::ev::MouseEvent| {
            let Some((field, wanted)) = requested_checks(&event, &scope) else { return };
            event.prevent_default();
            if starting.get_untracked() || report.with_untracked(|report| report.running) {
                return;
            }
            starting.set(true);
            refused.set(false);
            // The row whose button it was may move away; without JavaScript the page comes back here too.
            if field == "id"
                && let Some(panel) = browser::element(urls::CHECKS)
            {
                browser::focus(&panel);
            }
            let (url, form, open) = (url.clone(), form.clone(), open.clone());
            spawn_local(async move {
                if let Some(form) = browser::form(&form) {
                    browser::wait_until_saved(&form).await;
                }
                open();
                let Ok(body) = UrlSearchParams::new() else { return };
                body.append(field, &wanted);
                let answer = browser::post(&url, &body, false).await;
                refused.set(answer.as_ref().is_some_and(|(status, _)| *status == HTTP_TOO_MANY_REQUESTS));
                if answer.is_none_or(|(status, _)| status >= 400) {
                    starting.set(false);
                }
            });
        }
    };
    let cancel_url = urls::cancel_checks(&plan);
    let cancel = {
        let url = cancel_url.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            let url = url.clone();
            spawn_local(async move {
                if let Ok(body) = UrlSearchParams::new() {
                    browser::post(&url, &body, false).await;
                }
            });
        }
    };
    let runs = move || starting.get() || report.with(|report| report.running);
    let drawn = {
        let (form, context) = (form.clone(), context.clone());
        move |report: &CheckReport| results(report, step, &form, &context)
    };
    let at_first = report.with_untracked(&drawn);
    if browser::IN_BROWSER {
        let last = StoredValue::new(at_first.clone());
        Effect::new(move |_| {
            let html = report.with(&drawn);
            if last.with_value(|last| *last != html)
                && let Some(place) = browser::element(RESULTS)
            {
                browser::redraw(&place, &html);
                last.set_value(html);
            }
        });
    }
    view! {
        <section class="checks" id=urls::CHECKS aria-labelledby="checks-title" tabindex="-1" on:click=start>
            <h2 id="checks-title">"Live checks"</h2>
            <p class="hint">{describe(step)}</p>
            <div class="actions">
                {may_run.then(|| view! {
                    <button class="secondary" form=form name=name value=value>
                        {if step == Some(Step::Database) { "Test connection" } else { "Run checks" }}
                    </button>
                    <form method="post" action=cancel_url on:submit=cancel hidden=move || !runs()>
                        <button class="secondary">"Cancel"</button>
                    </form>
                })}
                <p class="check-summary" role="status">{move || match refused.get() {
                    true => RATE_LIMITED.to_owned(),
                    false => summary(&report.read(), step, starting.get()),
                }}</p>
            </div>
            <progress
                class="check-progress"
                aria-labelledby="checks-title"
                hidden=move || !runs()
                value=move || report.read().progress().0.to_string()
                max=move || report.read().progress().1.max(1).to_string()
            ></progress>
            {move || running(&report.read(), step).map(|text| view! { <p class="check-running">{text}</p> })}
            {move || verdict(&report.read(), step, &context).map(|Verdict { consequence, text, href, label }| view! {
                <p class=verdict_class(consequence) role="alert">{text} " " <a href=href>{label}</a></p>
            })}
            <div class="check-results" id=RESULTS inner_html=at_first></div>
        </section>
    }
}

/// Copies the command beside the button that was pressed, and says so there.
fn copy(event: &web_sys::Event) {
    let pressed = || event.target()?.dyn_into::<Element>().ok()?.closest("button[data-copy]").ok()?;
    let Some(button) = pressed() else { return };
    let near = |selector: &str| button.closest(".command").ok()??.query_selector(selector).ok()?;
    if let (Some(command), Some(said)) = (near("code"), near("[role=status]")) {
        let text = command.text_content().unwrap_or_default();
        spawn_local(copy_text(text, move |words| said.set_text_content(Some(words))));
    }
}

/// What a press on a button of the panel starts: the field and the value of the request. Other buttons start nothing.
fn requested_checks(event: &leptos::ev::MouseEvent, scope: &str) -> Option<(&'static str, String)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let button = target.closest("button[name]").ok()??;
    let value = button.get_attribute("value")?;
    match (button.get_attribute("name")?.as_str(), value.strip_prefix("check.")) {
        ("action", Some(code)) => Some(("id", code.to_owned())),
        ("action", None) => Some(("step", scope.to_owned())),
        ("step", _) => Some(("step", value)),
        ("id", _) => Some(("id", value)),
        _ => None,
    }
}

/// Opens the stream; every event goes into the report. The browser connects again by itself; where the log does not go
/// on from what it saw, it is told a whole report first.
fn subscribe(
    url: &str,
    report: RwSignal<CheckReport>,
    starting: RwSignal<bool>,
    standing: standing::StatusRefresh,
) -> Option<EventSource> {
    let source = EventSource::new(url).ok()?;
    let refresh = standing.clone();
    browser::listen(&source, REPORT_EVENT, move |event| {
        if let Some(whole) = data(&event).and_then(|data| serde_json::from_str::<CheckReport>(&data).ok()) {
            report.set(whole);
            refresh.ask();
        }
    });
    browser::listen(&source, "message", move |event| {
        if let Some(event) = data(&event).and_then(|data| serde_json::from_str::<CheckEvent>(&data).ok()) {
            match event {
                CheckEvent::RunStarted { .. } => starting.set(false),
                CheckEvent::Started { .. } => {}
                CheckEvent::Finished { .. } | CheckEvent::Changed { .. } => standing.ask(),
                CheckEvent::RunFinished { .. } => {
                    standing.ask();
                    spawn_local(async {
                        redraw_probes().await;
                    });
                }
            }
            report.update(|report| report.apply(&event));
        }
    });
    Some(source)
}

/// Fetches the table of the nodes' probes anew, where the page has one: a report that arrives begins a run.
async fn redraw_probes() -> Option<()> {
    let place = browser::element(urls::PROBE_TABLE)?;
    let html = browser::get(&urls::probe_table(&browser::plan()?)).await?;
    browser::redraw(&place, &html);
    Some(())
}

fn data(event: &web_sys::Event) -> Option<String> {
    event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string())
}

/// What the button will look at.
const fn describe(step: Option<Step>) -> &'static str {
    match step {
        Some(Step::Database) => "Against your MySQL server, from this machine. Nothing is written.",
        Some(Step::Clustering) => "Against your nodes, from this machine. Nothing is written.",
        Some(_) => "Over the network, from this machine. Nothing is written.",
        None => "All checks over the network, from this machine. Nothing is written.",
    }
}

/// The status of the answer that means [`RATE_LIMITED`].
const HTTP_TOO_MANY_REQUESTS: u16 = 429;

/// One line on the checks of this page; a run of another page is not its business.
fn summary(report: &CheckReport, step: Option<Step>, starting: bool) -> String {
    if starting {
        return "Checks are starting".to_owned();
    }
    if report.running && checks_of(report, step).any(|(id, _)| report.current.contains(&id)) {
        let (done, all) = report.progress();
        return format!("{done} of {all} checks done");
    }
    let parts: Vec<String> = [
        (Some(Outcome::Passed), "passed"),
        (Some(Outcome::Failed), "failed"),
        (Some(Outcome::Warned), "with a warning"),
        (Some(Outcome::CouldNotCheck), "could not be checked"),
        (None, "to check again"),
    ]
    .into_iter()
    .map(|(outcome, words)| (count(report, step, outcome), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if parts.is_empty() { "Nothing checked yet".to_owned() } else { parts.join(", ") }
}

/// What runs now. The style sheet shows it after a second.
fn running(report: &CheckReport, step: Option<Step>) -> Option<String> {
    checks_of(report, step).find_map(|(id, state)| match state {
        CheckState::Running { waits_for } if report.running => Some(format!("{}: waiting for {waits_for}", id.title())),
        _ => None,
    })
}

/// What the results mean for the download.
struct Verdict {
    /// The worst that follows from any of them.
    consequence: Consequence,
    text: String,
    /// Where the first result stands that has this consequence.
    href: String,
    /// The words of the link to it.
    label: &'static str,
}

/// What the checks of this page mean for the download; `None` while they run, and where nothing is left to do.
fn verdict(report: &CheckReport, step: Option<Step>, context: &CheckContext) -> Option<Verdict> {
    if report.running {
        return None;
    }
    let open = |consequence| open_results(report, step, context, consequence);
    let link = |id: CheckId| format!("#{}", row_id(id));
    if let (problems, Some(first)) = open(Consequence::BlocksDownload) {
        let (subject, verb) = if problems == 1 { ("problem", "blocks") } else { ("problems", "block") };
        return Some(Verdict {
            consequence: Consequence::BlocksDownload,
            text: format!("{problems} {subject} {verb} the download. Correct the answers."),
            href: link(first),
            label: "Go to first problem",
        });
    }
    let (tasks, first) = open(Consequence::OpenTask);
    let text = match tasks {
        1 => "1 open task. It does not block the download: the runbook lists it at its step.".to_owned(),
        count => format!("{count} open tasks. They do not block the download: the runbook lists them at their steps."),
    };
    Some(Verdict { consequence: Consequence::OpenTask, text, href: link(first?), label: "Go to first open task" })
}

/// Red is for what blocks the download.
const fn verdict_class(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::BlocksDownload => "check-verdict",
        _ => "check-verdict check-verdict-task",
    }
}
