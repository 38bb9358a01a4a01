//! The node probes: the reachability matrix, how to run a probe, and the form for a report.

use domain::node_report::{ReachVerdict, ReachabilityCell, ReachabilityMatrix};
use leptos::prelude::*;
use leptos::reactive::owner::Owner;

use super::field::escaped;
use super::time::Time;
use crate::urls;
use crate::view::{Moment, ProbesView, RefusedReport};

/// The section of the probes. `takes` shows the form for reports; the review shows only the results.
#[component]
pub(crate) fn ProbePanel(plan: String, probes: ProbesView, takes: bool) -> impl IntoView {
    let ProbesView { matrix, reported_at, commands, scripts, refused } = probes;
    let has_report = reported_at.iter().any(Option::is_some);
    if !takes && !has_report {
        return ().into_any();
    }
    let table = matrix.filter(|_| has_report).map(|matrix| view! { <MatrixTable matrix reported_at=reported_at/> });
    let form = takes.then(|| view! { <SubmitReport plan=plan.clone() commands scripts refused/> });
    view! {
        <section class="probes" id=urls::PROBES aria-labelledby="probes-title">
            <h2 id="probes-title" tabindex="-1">"Node probes"</h2>
            <div id=urls::PROBE_TABLE>{table}</div>
            {form}
        </section>
    }
    .into_any()
}

/// The table as an HTML fragment, for a page that is open; empty if no probe has reported.
#[must_use]
pub fn probe_table(probes: ProbesView) -> String {
    let ProbesView { matrix, reported_at, .. } = probes;
    let has_report = reported_at.iter().any(Option::is_some);
    match matrix.filter(|_| has_report) {
        Some(matrix) => Owner::new().with(|| view! { <MatrixTable matrix reported_at=reported_at/> }.to_html()),
        None => String::new(),
    }
}

#[component]
fn MatrixTable(matrix: ReachabilityMatrix, reported_at: Vec<Option<Moment>>) -> impl IntoView {
    let names = matrix.nodes.clone();
    let rows = matrix
        .rows
        .into_iter()
        .zip(names.iter().cloned().zip(reported_at))
        .map(|(cells, (name, at))| {
            let status = match at {
                None => "no report yet".into_any(),
                Some(at) => view! { "reported at " <Time moment=at/> }.into_any(),
            };
            let cells = cells
                .into_iter()
                .zip(names.clone())
                .filter_map(|(cell, to)| cell.map(|cell| (to, cell)))
                .map(|(to, cell)| view! { <li class=class(&cell)><b>{to}": "</b>{describe_cell(&cell)}</li> })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{name}<span class="probe-said">{status}</span></th>
                    <td><ul class="probe-ways">{cells}</ul></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="plain-table probe-table">
            <caption>"Reachability between the nodes on the Hazelcast and HTTPS ports"</caption>
            <thead><tr><th scope="col">"From"</th><th scope="col">"To"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Both ports in a few words, with latency and clock difference if they are known.
fn describe_cell(cell: &ReachabilityCell) -> String {
    let mut text = if cell.hazelcast == cell.https {
        cell.hazelcast.word().to_owned()
    } else {
        format!("Hazelcast {}, HTTPS {}", cell.hazelcast.word(), cell.https.word())
    };
    if let Some(tenths) = cell.tenths {
        text = format!("{text}, {}.{} ms", tenths / 10, tenths % 10);
    }
    if let Some(ahead) = cell.ahead {
        let way = if ahead < 0 { "behind" } else { "ahead" };
        text = format!("{text}, clock {} ms {way}", ahead.unsigned_abs());
    }
    text
}

fn class(cell: &ReachabilityCell) -> &'static str {
    match (cell.hazelcast, cell.https) {
        (ReachVerdict::Met, ReachVerdict::Met) => "probe-met",
        (ReachVerdict::Unknown, ReachVerdict::Unknown) => "probe-unknown",
        _ => "probe-wrong",
    }
}

#[component]
fn SubmitReport(
    plan: String,
    commands: Vec<(String, String)>,
    scripts: Vec<(String, String)>,
    refused: Option<RefusedReport>,
) -> impl IntoView {
    let how = if commands.is_empty() {
        "Run sh probe.sh --listen --reach on all nodes within two minutes. It is read-only, needs no root and prints no secrets. Then paste each output."
    } else {
        "Run these on all nodes within two minutes. They are read-only, need no root and send no secrets. The URLs expire in two hours. If a node cannot connect to this server, paste the output of probe.sh."
    };
    let list = commands
        .into_iter()
        .map(|(name, command)| view! { <dt>{name}</dt><dd><pre tabindex="0"><code>{command}</code></pre></dd> })
        .collect_view();
    let downloads = (!scripts.is_empty()).then(|| {
        let links = scripts
            .into_iter()
            .map(|(name, href)| {
                let label = format!("probe.sh of {name}");
                view! { <li><a href=href download="probe.sh">{label}</a></li> }
            })
            .collect_view();
        view! {
            <p>"Only this machine can connect to this server. For nodes on other machines, download the script and copy it there:"</p>
            <ul class="probe-scripts">{links}</ul>
        }
    });
    view! {
        <p>{how}</p>
        <dl class="probe-commands">{list}</dl>
        {downloads}
        <PasteForm plan refused/>
    }
    .into_any()
}

/// The form for the output of a probe; it keeps a rejected output.
#[component]
fn PasteForm(plan: String, refused: Option<RefusedReport>) -> impl IntoView {
    let is_wrong = refused.is_some();
    let RefusedReport { text, problem } = refused.unwrap_or_default();
    let described_by = if is_wrong { "probe-report-hint probe-report-error" } else { "probe-report-hint" };
    view! {
        <form method="post" action=urls::reports(&plan)>
            <div class=if is_wrong { "field field-error" } else { "field" }>
                <label class="label" for=urls::PROBE_REPORT>"Output of probe.sh"</label>
                <p class="hint" id="probe-report-hint">"One complete report, from the line clusterwright-probe to the line end."</p>
                {is_wrong.then(|| view! {
                    <p class="error-message" id="probe-report-error"><span class="visually-hidden">"Error: "</span>{problem}</p>
                })}
                <textarea
                    class="w-full"
                    id=urls::PROBE_REPORT
                    name="report"
                    rows="4"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby=described_by
                    aria-invalid=is_wrong.then_some("true")
                    inner_html=escaped(&text)
                ></textarea>
            </div>
            <button class="secondary" type="submit">"Submit report"</button>
        </form>
    }
    .into_any()
}
