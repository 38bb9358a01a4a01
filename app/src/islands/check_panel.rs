//! The live checks of a step, or of the whole plan: a button, a status line, and the results.
//!
//! The server renders the current report; in the browser, the events of the stream update it.

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
    /// The plan, and what rows show in addition to the report.
    context: CheckContext,
    /// The id of the form that the buttons belong to.
    form: String,
    /// The current report.
    report: CheckReport,
    /// The id of the last event in `report`.
    after: String,
) -> impl IntoView {
    let CheckContext { plan, scope, may_run, .. } = context.clone();
    let step = Step::from_slug(&scope);
    let (name, value) = if step.is_some() { ("action", "check") } else { ("step", "all") };
    // If results exist, the stream also reports changed answers, which make results outdated.
    let has_run = report.run > 0;
    let report = RwSignal::new(report);
    let starting = RwSignal::new(false);
    // The server started no run: too many runs started within a minute.
    let refused = RwSignal::new(false);
    let stream = StoredValue::new_local(None::<EventSource>);
    let events = urls::check_events(&plan, &after);
    let standing = standing::StatusRefresh::new(urls::plan_status(&plan, &scope));
    if browser::IN_BROWSER {
        refresh_after_downloads(&standing);
    }
    let open = move || {
        if stream.with_value(Option::is_none) {
            stream.set_value(subscribe(&events, report, starting, standing.clone()));
        }
    };
    // The first report of a node probe starts a run.
    if browser::IN_BROWSER && (has_run || browser::element(urls::PROBE_TABLE).is_some()) {
        open();
    }

    // The results contain commands, and on Review also the list above the panel.
    if browser::IN_BROWSER
        && let Some(document) = browser::document()
    {
        browser::listen(&document, "click", |event| copy(&event));
    }

    // One handler for every button that starts checks: the field that a form would send names the checks.
    let start = {
        let (url, form, scope) = (urls::checks(&plan), form.clone(), scope.clone());
        move |event: leptos::ev::MouseEvent| {
            let Some((field, value)) = requested_checks(&event, &scope) else { return };
            event.prevent_default();
            if starting.get_untracked() || report.with_untracked(|report| report.running) {
                return;
            }
            starting.set(true);
            refused.set(false);
            // The row of the button may move. Without JavaScript, the page also returns to the panel.
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
                body.append(field, &value);
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
    let is_running = move || starting.get() || report.with(|report| report.running);
    let render = {
        let (form, context) = (form.clone(), context.clone());
        move |report: &CheckReport| results(report, step, &form, &context)
    };
    let initial = report.with_untracked(&render);
    if browser::IN_BROWSER {
        let last = StoredValue::new(initial.clone());
        Effect::new(move |_| {
            let html = report.with(&render);
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
                    {(step != Some(Step::Verify)).then(|| view! {
                        <button class="secondary" form=form name=name value=value>
                            {if step == Some(Step::Database) { "Test connection" } else { "Run checks" }}
                        </button>
                    })}
                    <form method="post" action=cancel_url on:submit=cancel hidden=move || !is_running()>
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
                hidden=move || !is_running()
                value=move || report.read().progress().0.to_string()
                max=move || report.read().progress().1.max(1).to_string()
            ></progress>
            {move || running(&report.read(), step).map(|text| view! { <p class="check-running">{text}</p> })}
            {move || verdict(&report.read(), step, &context).map(|Verdict { consequence, text, href, label }| view! {
                <p class=verdict_class(consequence) role="alert">{text} " " <a href=href>{label}</a></p>
            })}
            <div class="check-results" id=RESULTS inner_html=initial></div>
        </section>
    }
}

/// Copies the command next to the pressed button, and reports the result there.
fn copy(event: &web_sys::Event) {
    let find_button = || event.target()?.dyn_into::<Element>().ok()?.closest("button[data-copy]").ok()?;
    let Some(button) = find_button() else { return };
    let find = |selector: &str| button.closest(".command").ok()??.query_selector(selector).ok()?;
    if let (Some(command), Some(status)) = (find("code"), find("[role=status]")) {
        let text = command.text_content().unwrap_or_default();
        spawn_local(copy_text(text, move |message| status.set_text_content(Some(message))));
    }
}

/// The field and the value of the request that a button of the panel sends; `None` for other buttons.
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

/// Opens the stream, whose events update the report. The browser reconnects by itself; if the log does not continue
/// after the last received event, the stream starts with a complete report.
fn subscribe(
    url: &str,
    report: RwSignal<CheckReport>,
    starting: RwSignal<bool>,
    standing: standing::StatusRefresh,
) -> Option<EventSource> {
    let source = EventSource::new(url).ok()?;
    let refresh = standing.clone();
    browser::listen(&source, REPORT_EVENT, move |event| {
        if let Some(sent) = data(&event).and_then(|data| serde_json::from_str::<CheckReport>(&data).ok()) {
            report.set(sent);
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

/// Fetches the table of the node probes again, if the page has one: a new report starts a run.
async fn redraw_probes() -> Option<()> {
    let place = browser::element(urls::PROBE_TABLE)?;
    let html = browser::get(&urls::probe_table(&browser::plan()?)).await?;
    browser::redraw(&place, &html);
    Some(())
}

fn data(event: &web_sys::Event) -> Option<String> {
    event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string())
}

/// What the button checks.
const fn describe(step: Option<Step>) -> &'static str {
    match step {
        Some(Step::Database) => "Connects from this server to your database server. Read-only.",
        Some(Step::Clustering) => "Connects from this server to your nodes. Read-only.",
        Some(Step::Verify) => "Results of the last verification.",
        Some(_) => "Connects from this server over the network. Read-only.",
        None => "All checks that connect from this server. Read-only.",
    }
}

/// The status of a response that means [`RATE_LIMITED`].
const HTTP_TOO_MANY_REQUESTS: u16 = 429;

/// One line about the checks of this page; it ignores a run of another page.
fn summary(report: &CheckReport, step: Option<Step>, starting: bool) -> String {
    if starting {
        return "Starting checks".to_owned();
    }
    if report.running && checks_of(report, step).any(|(id, _)| report.current.contains(&id)) {
        let (done, all) = report.progress();
        return format!("{done} of {all} checks done");
    }
    let parts: Vec<String> = [
        (Some(Outcome::Passed), "passed"),
        (Some(Outcome::Failed), "failed"),
        (Some(Outcome::Warned), "with a warning"),
        (Some(Outcome::CouldNotCheck), "skipped"),
        (None, "to check again"),
    ]
    .into_iter()
    .map(|(outcome, words)| (count(report, step, outcome), words))
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{count} {words}"))
    .collect();
    if parts.is_empty() { "Not run yet".to_owned() } else { parts.join(", ") }
}

/// The running check. The style sheet shows it after a second.
fn running(report: &CheckReport, step: Option<Step>) -> Option<String> {
    checks_of(report, step).find_map(|(id, state)| match state {
        CheckState::Running { waits_for } if report.running => Some(format!("{}: waiting for {waits_for}", id.title())),
        _ => None,
    })
}

/// When the page is refreshed after a form was sent, in milliseconds: a download leaves the page open, and may have created keys.
const DOWNLOAD_DELAYS_MS: [i32; 2] = [1000, 4000];

fn refresh_after_downloads(standing: &standing::StatusRefresh) {
    let Some(document) = browser::document() else { return };
    let standing = standing.clone();
    browser::listen(&document, "submit", move |_| {
        let standing = standing.clone();
        spawn_local(async move {
            for delay in DOWNLOAD_DELAYS_MS {
                browser::sleep(delay).await;
                standing.ask();
            }
        });
    });
}

/// The consequence of the results for the download.
struct Verdict {
    /// The worst consequence of any result.
    consequence: Consequence,
    text: String,
    /// The link to the first result with this consequence.
    href: String,
    /// The text of the link.
    label: &'static str,
}

/// The consequence of the checks of this page; `None` while they run, and if nothing remains to be done.
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
        1 => "1 open task. It does not block the download. The runbook lists it.".to_owned(),
        count => format!("{count} open tasks. They do not block the download. The runbook lists them."),
    };
    Some(Verdict { consequence: Consequence::OpenTask, text, href: link(first?), label: "Go to first open task" })
}

/// Only a blocked download is red.
const fn verdict_class(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::BlocksDownload => "check-verdict",
        _ => "check-verdict check-verdict-task",
    }
}
