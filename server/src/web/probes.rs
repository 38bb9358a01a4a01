//! The probes of the nodes: their script, what they send, and what is pasted. What a report means is `domain`'s.
//! Where they come from is said in [`super::doors`].

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::Probes;
use domain::history::journal::Act;
use domain::inputs::Answers;
use domain::node_report::{self, Matrix, NodeReport, Role};
use domain::render_plan::ProbePlan;
use domain::step::Step;

use super::asking::Asking;
use super::failure::{Failure, plan};
use super::form::Form;
use super::{Site, Visit, checks};
use crate::clock;
use crate::journal::By;
use crate::plans::{OpenPlan, PlansError};

/// A line for whoever runs curl.
fn told(status: StatusCode, text: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

fn answers(plan: &OpenPlan) -> Answers {
    Answers::read(&plan.draft, &plan.secrets).0
}

/// `GET /probes/{token}/{node}`: probe.sh of one node.
pub(super) async fn script(
    State(site): State<Site>,
    Path((token, node)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = match site.doors.enter(&token, clock::now()).await? {
        Ok(id) => id,
        Err((status, text)) => return Ok(told(status, text)),
    };
    let plan = site.plans.open(id).await?.ok_or(Failure::NotFound)?;
    Ok(match script_of(&plan, &node)? {
        Some(text) => ([(header::CONTENT_TYPE, SHELL_SCRIPT)], text).into_response(),
        None => told(
            StatusCode::NOT_FOUND,
            "The plan has no such node, or its steps Product and Clustering are not complete.",
        ),
    })
}

/// `GET /plans/{plan}/probes/{node}`: the same as a download, for nodes that cannot open this server's address.
pub(super) async fn download(
    State(site): State<Site>,
    Path((id, node)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let text = script_of(&plan, &node)?.ok_or(Failure::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, SHELL_SCRIPT), (header::CONTENT_DISPOSITION, "attachment; filename=\"probe.sh\"")];
    Ok((headers, text).into_response())
}

const SHELL_SCRIPT: &str = "text/x-shellscript; charset=utf-8";

/// probe.sh of a node; `None` where the plan has no such node, or is not complete.
fn script_of(plan: &OpenPlan, node: &str) -> Result<Option<String>, Failure> {
    let Some(probes) = ProbePlan::of(&answers(plan)) else { return Ok(None) };
    let row = probes.nodes.iter().position(|known| known.name == node);
    Ok(row.map(|row| render::probe_script(&probes, row)).transpose()?)
}

/// `POST /probes/{token}/{node}`: what that probe says.
pub(super) async fn take(
    State(site): State<Site>,
    Path((token, node)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Failure> {
    let id = match site.doors.enter(&token, clock::now()).await? {
        Ok(id) => id,
        Err((status, text)) => return Ok(told(status, text)),
    };
    let plan = site.plans.open(id).await?.ok_or(Failure::NotFound)?;
    let text = String::from_utf8_lossy(&body);
    Ok(match keep(&site, &plan, None, &text).await? {
        Ok(report) if report.role == Role::Node && report.node != node => {
            told(StatusCode::OK, &format!("Taken, as the report of {}.", report.node))
        }
        Ok(_) => told(StatusCode::OK, "The report has arrived."),
        Err(why) => told(StatusCode::UNPROCESSABLE_ENTITY, &why),
    })
}

/// `POST /plans/{plan}/reports`: a report that was pasted.
pub(super) async fn paste(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let text = form.get("report").unwrap_or_default();
    let notice = match keep(&site, &plan, Some(asking.by.clone()), text).await? {
        Ok(report) => format!("The report of {} is taken.", report.node),
        Err(why) => why,
    };
    site.notices.keep(plan.id, &asking.by.via, vec![notice]).await?;
    Ok(Redirect::to(&format!("{}#{}", urls::step(&id, Step::Clustering), urls::PROBES)).into_response())
}

/// Keeps a report, which somebody hands in or else the probe itself, and decides anew what it tells; or says why it is
/// not taken.
async fn keep(site: &Site, plan: &OpenPlan, by: Option<By>, text: &str) -> Result<Result<NodeReport, String>, Failure> {
    let report = match node_report::read(text) {
        Ok(report) => report,
        Err(problem) => return Ok(Err(problem.message().to_owned())),
    };
    let probes = ProbePlan::of(&answers(plan));
    let fits = probes
        .is_some_and(|probes| probes.plan == report.plan && probes.nodes.iter().any(|node| node.name == report.node));
    if !fits {
        return Ok(Err(
            "This report is of other nodes than the plan has now. Run the probe.sh of the plan as it is.".to_owned()
        ));
    }
    site.plans.keep_report(plan.id, &report, text).await?;
    let by = by.unwrap_or_else(|| By { name: format!("Probe of {}", report.node), ..By::default() });
    site.plans.note(plan.id, &by, Act::Report, &report.node).await?;
    checks::begin_nodes(site, plan.id).await?;
    Ok(Ok(report))
}

/// `GET /plans/{plan}/probes`: the table of what the probes said, for a page that is there already.
pub(super) async fn table(State(site): State<Site>, Path(id): Path<String>) -> Result<Html<String>, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let said = said(&site, &plan, &answers(&plan)).await?;
    Ok(Html(app::pages::probe_table(said)))
}

/// What the probes said, without how to run them.
async fn said(site: &Site, plan: &OpenPlan, answers: &Answers) -> Result<Probes, Failure> {
    let matrix = Matrix::of(answers, &site.plans.reports(plan.id).await?);
    let shown = |at: &Option<u64>| at.map_or_else(String::new, clock::hour_and_minute);
    let said_at = matrix.iter().flat_map(|matrix| &matrix.said_at).map(shown).collect();
    Ok(Probes { matrix, said_at, ..Probes::default() })
}

/// What pages show. Nodes fetch from this server only where it answers under a name that is not of this machine alone.
pub(super) async fn view(site: &Site, plan: &OpenPlan, visit: Option<&Visit>) -> Result<Probes, Failure> {
    let answers = answers(plan);
    let origin = visit.map_or_else(String::new, Visit::origin);
    let is_here = visit.is_none_or(Visit::names_this_machine);
    let on_one_machine = answers.nodes.iter().flatten().all(domain::steps::Node::is_loopback);
    let is_reached = !is_here || on_one_machine;
    // A page that only shows what was said needs no address, and one on a full disk is shown without.
    let token = match visit.filter(|_| is_reached) {
        Some(_) => match site.doors.token(plan.id, clock::now()).await {
            Ok(token) => Some(token),
            Err(PlansError::Store(error)) => {
                tracing::warn!(%error, "cannot store a probe token, so the page shows no probe URL");
                None
            }
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let command = |node: &str, token: &str| {
        let address = format!("{origin}{}", urls::probe(token, node));
        format!("curl -fsS {address} -o probe.sh && sh probe.sh --listen --reach --send {address}")
    };
    let nodes: Vec<String> =
        ProbePlan::of(&answers).into_iter().flat_map(|probes| probes.nodes).map(|node| node.name).collect();
    let commands = match &token {
        Some(token) => nodes.iter().map(|node| (node.clone(), command(node, token))).collect(),
        None => Vec::new(),
    };
    let script = |node: String| {
        let href = urls::probe_script(&plan.id.to_string(), &node);
        (node, href)
    };
    let scripts = if is_here { nodes.into_iter().map(script).collect() } else { Vec::new() };
    Ok(Probes { commands, scripts, ..said(site, plan, &answers).await? })
}
