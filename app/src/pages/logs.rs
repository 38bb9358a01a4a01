//! The log doctor: a form for logs, and the failures that they show with cause, check, remedy and the lines that prove
//! them.

use domain::check::CheckId;
use domain::log_doctor::{
    FailureImpact, FoldedSymptom, LogDiagnosis, LogExcerpt, LogFacts, LogPosition, LogReport, MemberEventKind,
    ObservedValue, UnrecognisedError,
};
use leptos::prelude::*;

use crate::components::{Document, ErrorLink, ErrorSummary, FieldError, Shell, described, document};
use crate::islands::CopyText;
use crate::urls;
use crate::view::LogsView;

/// How many starts and member events are listed.
const MAX_LISTED_EVENTS: usize = 10;

/// The page.
#[must_use]
pub fn logs(view: &LogsView) -> String {
    let error = if view.problem.is_some() { "Error: " } else { "" };
    document(Document { title: format!("{error}Log doctor – Cluster setup"), assets: view.assets.clone() }, || {
        body(view.clone())
    })
}

fn body(view: LogsView) -> impl IntoView {
    let errors = view.problem.iter().map(ErrorLink::to_field).collect();
    let has_report = view.report.is_some();
    view! {
        <Shell>
            <main id="main" tabindex="-1" class="main main-alone">
                <ErrorSummary errors/>
                <a class="back" href=urls::start()>"Start"</a>
                <h1 id=urls::TITLE tabindex="-1">"Log doctor"</h1>
                <p class="intro">
                    "Names the failures in logs of IS nodes and load balancers, with cause, check and remedy. The logs are not stored, and passwords in them are masked."
                </p>
                {view.report.map(|report| view! { <Result report/> })}
                {has_report.then(|| view! { <h2>"Read other logs"</h2> })}
                <Form problem=view.problem/>
            </main>
        </Shell>
    }
    .into_any()
}

#[component]
fn Form(problem: Option<(&'static str, String)>) -> impl IntoView {
    let error_at = |field: &str| problem.clone().filter(|(at, _)| *at == field).map(|(_, message)| message);
    let (text_error, file_error) = (error_at("log-text"), error_at("log-file"));
    let class = |error: &Option<String>| if error.is_some() { "field field-error" } else { "field" };
    let (text_is_wrong, text_described_by) = described("log-text", text_error.is_some());
    let (file_is_wrong, file_described_by) = described("log-file", file_error.is_some());
    view! {
        <form class="accept-form" method="post" action=urls::logs() enctype="multipart/form-data" novalidate>
            <div class=class(&text_error)>
                <label class="label" for="log-text">"Log lines"</label>
                <p class="hint" id="log-text-hint">
                    "From wso2carbon.log, the console, docker logs or kubectl logs, the start script, or the error log of NGINX. Include the lines that begin with “Caused by”."
                </p>
                <FieldError id="log-text" message=text_error.clone()/>
                <textarea
                    class="w-full"
                    id="log-text"
                    name="text"
                    rows="10"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby=text_described_by
                    aria-invalid=text_is_wrong
                ></textarea>
            </div>
            <div class=class(&file_error)>
                <label class="label" for="log-file">"Log files " <span class="optional">"(optional)"</span></label>
                <p class="hint" id="log-file-hint">
                    "Such as repository/logs/wso2carbon.log, up to 16 MB each. With one file of each node, nodes that do not see each other are found, too. You can also drop files here."
                </p>
                <FieldError id="log-file" message=file_error.clone()/>
                <input
                    class="drop-zone"
                    type="file"
                    id="log-file"
                    name="file"
                    multiple=true
                    accept=".log,.txt,.out,text/plain"
                    aria-describedby=file_described_by
                    aria-invalid=file_is_wrong
                />
            </div>
            <button class="primary">"Find failures"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Result(report: LogReport) -> impl IntoView {
    // Only logs that were read and have no error are green.
    let class = match (report.is_all_clear(), report.is_healthy()) {
        (true, _) => "all-clear",
        (false, false) => "note note-problem",
        (false, true) => "note note-warning",
    };
    let names: Vec<String> = report.logs.iter().map(|log| log.name.clone()).collect();
    let verdict = report.verdict();
    let healthy = healthy_text(report.healthy_count);
    let items = report
        .diagnoses
        .into_iter()
        .enumerate()
        .map(|(index, diagnosis)| view! { <Diagnosed diagnosis index names=names.clone()/> })
        .collect_view();
    view! {
        <section class="log-result" aria-labelledby="result-title">
            <h2 id="result-title">"Result"</h2>
            <p class=class role="status">{verdict}</p>
            <ol class="findings">{items}</ol>
            {healthy.map(|text| view! { <p class="hint">{text}</p> })}
        </section>
        <Unrecognised errors=report.unrecognised count=report.unrecognised_count names=names.clone()/>
        <Facts logs=report.logs/>
    }
    .into_any()
}

/// What is stated about lines of a healthy server; nothing if none exist.
fn healthy_text(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("One warning or error is normal for a healthy server.".to_owned()),
        _ => Some(format!("{count} warnings and errors are normal for a healthy server.")),
    }
}

/// One failure.
#[component]
fn Diagnosed(diagnosis: LogDiagnosis, index: usize, names: Vec<String>) -> impl IntoView {
    let rule = diagnosis.rule;
    let class = match rule.impact {
        FailureImpact::Start | FailureImpact::Function => "finding finding-problem",
        FailureImpact::Request => "finding finding-warning",
    };
    let past = (!diagnosis.is_current).then_some("Not since the last start of the server. ");
    let about = format!("{} · {} · {}", rule.impact.title(), rule.area.title(), occurrences(&diagnosis, &names));
    let values = diagnosis
        .values
        .into_iter()
        .map(|ObservedValue { label, value }| row(label, view! { <code>{value}</code> }.into_any()))
        .collect_view();
    let checks = rule.checks.iter().map(|check| check_link(*check)).collect_view();
    let commands = rule.commands.iter().map(|command| command_block(command)).collect_view();
    let id = format!("diagnosis-{index}");
    view! {
        <li class=class>
            <h3 id=id.clone()>{rule.title}</h3>
            <p class="hint">{past}{about}</p>
            <dl aria-labelledby=id>
                {row("Cause", view! { {rule.cause} }.into_any())}
                {row("Check", view! { {rule.check} " " {checks} }.into_any())}
                {row("Remedy", view! { {rule.remedy} {commands} }.into_any())}
                {values}
                {(!diagnosis.symptoms.is_empty()).then(|| row("Explains", symptoms(diagnosis.symptoms)))}
            </dl>
            <Excerpts excerpts=diagnosis.excerpts names/>
        </li>
    }
    .into_any()
}

fn row(label: &'static str, content: AnyView) -> AnyView {
    view! { <div class="summary-row"><dt>{label}</dt><dd>{content}</dd></div> }.into_any()
}

fn check_link(check: CheckId) -> AnyView {
    view! { <a class="code" href=urls::check_page(check.code()) title=check.title()>{check.code()}</a> " " }.into_any()
}

fn command_block(command: &str) -> AnyView {
    view! {
        <div class="command">
            <pre tabindex="0" role="group" aria-label="Command"><code>{command.to_owned()}</code></pre>
            <CopyText text=command.to_owned() label="the command".to_owned()/>
        </div>
    }
    .into_any()
}

fn symptoms(symptoms: Vec<FoldedSymptom>) -> AnyView {
    let items = symptoms
        .into_iter()
        .map(|FoldedSymptom { title, count, .. }| view! { <li>{title} " (" {count} ")"</li> })
        .collect_view();
    view! { <ul class="plain-list">{items}</ul> }.into_any()
}

/// How often a failure occurs, and where: `3 entries, lines 12 to 480`.
fn occurrences(diagnosis: &LogDiagnosis, names: &[String]) -> String {
    let LogDiagnosis { count, first, last, .. } = diagnosis;
    match (count, first.log == last.log) {
        (1, _) => position(first, names),
        (_, true) => format!("{count} entries, {} to {}", position(first, names), last.line),
        (_, false) => format!("{count} entries, {} to {}", position(first, names), position(last, names)),
    }
}

/// A place, with the name of the log if several were read.
fn position(at: &LogPosition, names: &[String]) -> String {
    match names.get(at.log).filter(|_| names.len() > 1) {
        Some(name) => format!("{name} line {}", at.line),
        None => format!("line {}", at.line),
    }
}

/// The lines that prove a failure.
#[component]
fn Excerpts(excerpts: Vec<LogExcerpt>, names: Vec<String>) -> impl IntoView {
    let items = excerpts
        .into_iter()
        .map(|LogExcerpt { at, lines }| view! { <LogLines at=position(&at, &names) lines/> })
        .collect_view();
    view! { <details open><summary>"Log lines"</summary>{items}</details> }.into_any()
}

#[component]
fn LogLines(at: String, lines: Vec<String>) -> impl IntoView {
    let label = format!("Log, {at}");
    view! { <pre class="log-lines" tabindex="0" role="group" aria-label=label><code>{lines.join("\n")}</code></pre> }
        .into_any()
}

/// Errors that no rule knows: listed, but no failures.
#[component]
fn Unrecognised(errors: Vec<UnrecognisedError>, count: usize, names: Vec<String>) -> impl IntoView {
    (count > 0).then(|| {
        let listed: usize = errors.iter().map(|error| error.count).sum();
        let items = errors
            .into_iter()
            .map(|UnrecognisedError { count, first, lines }| {
                let times = if count == 1 { String::new() } else { format!("{count} times, first in ") };
                let at = position(&first, &names);
                view! { <li><p class="hint">{times}{at.clone()}</p><LogLines at lines/></li> }
            })
            .collect_view();
        let more = count.saturating_sub(listed);
        view! {
            <section class="log-result" aria-labelledby="unrecognised-title">
                <h2 id="unrecognised-title">"Errors that are not recognised"</h2>
                <p>"These may be harmless, or a failure that the log doctor does not know. Start with the earliest one."</p>
                <ul class="findings">{items}</ul>
                {(more > 0).then(|| view! { <p class="hint">{format!("{more} more entries are not listed.")}</p> })}
            </section>
        }
    })
}

/// What each log tells about its node and the cluster.
#[component]
fn Facts(logs: Vec<LogFacts>) -> impl IntoView {
    let items: Vec<AnyView> = logs.into_iter().filter(|log| log.known_lines > 0).map(facts_of_log).collect();
    (!items.is_empty()).then(|| {
        view! {
            <section class="log-result" aria-labelledby="facts-title">
                <h2 id="facts-title">"Servers in the logs"</h2>
                {items}
            </section>
        }
    })
}

fn facts_of_log(log: LogFacts) -> AnyView {
    let is_clustered = log.is_clustered();
    let list = |items: Vec<String>| {
        let items = items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
        view! { <ul class="plain-list">{items}</ul> }.into_any()
    };
    let starts: Vec<String> = log
        .starts
        .iter()
        .rev()
        .take(MAX_LISTED_EVENTS)
        .map(|start| {
            let end =
                start.seconds.map_or("its end is not in the log".to_owned(), |seconds| format!("took {seconds} s"));
            format!("Line {}: {} {end}", start.line, start.time)
        })
        .collect();
    let events: Vec<String> = log
        .member_events
        .iter()
        .rev()
        .take(MAX_LISTED_EVENTS)
        .map(|event| {
            let what = match event.kind {
                MemberEventKind::Joined => "joined",
                MemberEventKind::Left => "left",
                MemberEventKind::Elected => "became the coordinator",
            };
            format!("Line {}: {} {} {what}", event.line, event.time, event.member)
        })
        .collect();
    let text = |value: String| view! { {value} }.into_any();
    let rows = [
        Some(row("Lines", text(log.lines.to_string()))),
        (!log.versions.is_empty()).then(|| row("Version", text(log.versions.join(", ")))),
        (!starts.is_empty()).then(|| row("Starts", list(starts))),
        log.local_member.map(|member| row("This node", text(member))),
        (!log.configured_members.is_empty()).then(|| row("Member list", text(log.configured_members.join(", ")))),
        (!events.is_empty()).then(|| row("Members", list(events))),
        is_clustered.then(|| {
            row("Reading it", text("The first node of a cluster becomes the coordinator at its start. A node that joins later does not, and only nodes that already run log “joined”.".to_owned()))
        }),
    ];
    view! { <h3>{log.name}</h3><dl>{rows.into_iter().flatten().collect_view()}</dl> }.into_any()
}
