//! The probes of the nodes: their script, what they send, and what is pasted. What a report means is `domain`'s.
//! Where they come from is said in [`service::checks::probe_tokens`].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{ProbesView, RefusedReport};
use domain::history::journal::JournalAction;
use domain::inputs::ReadableAnswers;
use domain::node_report::{self, MachineRole, NodeReport, ReachabilityMatrix};
use domain::render_plan::ProbePlan;
use domain::server_credential::ServerCredential;
use domain::step::Step;

use crate::http::checks::run;
use crate::http::error::{RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::step;
use crate::http::security::actor_extractor::RequestActor;
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::checks::probe_tokens::ProbeTokenRejection;
use service::clock;
use service::collaboration::action::Author;
use service::error::PlansError;
use service::plans::OpenPlan;

/// A line for whoever runs curl.
fn rejection_message(status: StatusCode, text: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

fn is_reachable_by_nodes(plan: &OpenPlan) -> ReadableAnswers {
    ReadableAnswers::read(&plan.draft, &plan.secrets).0
}

/// `GET /probes/{token}/{node}`: probe.sh of one node.
pub(crate) async fn script(
    State(site): State<AppState>,
    Path((token, node)): Path<(String, String)>,
) -> Result<Response, RequestError> {
    let id = match site.doors.enter(&token, clock::now()).await? {
        Ok(id) => id,
        Err(rejection) => return Ok(reject_token(rejection)),
    };
    let plan = site.plans.open(id).await?.ok_or(RequestError::NotFound)?;
    Ok(match script_of(&plan, &node)? {
        Some(text) => ([(header::CONTENT_TYPE, SHELL_SCRIPT)], text).into_response(),
        None => rejection_message(
            StatusCode::NOT_FOUND,
            "The plan has no such node, or its steps Product and Clustering are not complete.",
        ),
    })
}

/// `GET /plans/{plan}/probes/{node}`: the same as a download, for nodes that cannot open this server's address.
pub(crate) async fn download(
    State(site): State<AppState>,
    Path((id, node)): Path<(String, String)>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let text = script_of(&plan, &node)?.ok_or(RequestError::NotFound)?;
    let headers =
        [(header::CONTENT_TYPE, SHELL_SCRIPT), (header::CONTENT_DISPOSITION, "attachment; filename=\"probe.sh\"")];
    Ok((headers, text).into_response())
}

const SHELL_SCRIPT: &str = "text/x-shellscript; charset=utf-8";

/// probe.sh of a node; `None` where the plan has no such node, or is not complete.
fn script_of(plan: &OpenPlan, node: &str) -> Result<Option<String>, RequestError> {
    let Some(probes) = ProbePlan::of(&is_reachable_by_nodes(plan)) else { return Ok(None) };
    let row = probes.nodes.iter().position(|known| known.name == node);
    Ok(row.map(|row| render::probe_script(&probes, row)).transpose()?)
}

/// `POST /probes/{token}/{node}`: what that probe says.
pub(crate) async fn receive_report(
    State(site): State<AppState>,
    Path((token, node)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, RequestError> {
    let id = match site.doors.enter(&token, clock::now()).await? {
        Ok(id) => id,
        Err(rejection) => return Ok(reject_token(rejection)),
    };
    let plan = site.plans.open(id).await?.ok_or(RequestError::NotFound)?;
    let text = String::from_utf8_lossy(&body);
    Ok(match keep(&site, &plan, None, &text).await? {
        Ok(report) if report.role == MachineRole::Node && report.node != node => {
            rejection_message(StatusCode::OK, &format!("Report received. It is the report of {}.", report.node))
        }
        Ok(_) => rejection_message(StatusCode::OK, "Report received."),
        Err(why) => rejection_message(StatusCode::UNPROCESSABLE_ENTITY, &why),
    })
}

/// `POST /plans/{plan}/reports`: a report that was pasted.
pub(crate) async fn paste(
    State(site): State<AppState>,
    asking: RequestActor,
    Path(id): Path<String>,
    Extension(visit): Extension<RequestContext>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let text = form.get("report").unwrap_or_default();
    let report = match keep(&site, &plan, Some(asking.by.clone()), text).await? {
        Ok(report) => report,
        Err(problem) => {
            let refused = RefusedReport { text: text.to_owned(), problem };
            return step::with_refused_report(&site, &asking, &plan, &visit, refused).await;
        }
    };
    // The notice stands at the top of the page.
    site.notices.keep(plan.id, &asking.by.via, vec![format!("The report of {} is saved.", report.node)]).await?;
    Ok(Redirect::to(&urls::step_title(&id, Step::Clustering)).into_response())
}

/// `GET /plans/{plan}/reports`: where the page after a refused report is loaded again.
pub(crate) async fn form(Path(id): Path<String>) -> Redirect {
    Redirect::to(&format!("{}#{}", urls::step(&id, Step::Clustering), urls::PROBES))
}

/// Keeps a report, which somebody hands in or else the probe itself, and decides anew what it tells; or says why it is
/// not taken.
async fn keep(
    site: &AppState,
    plan: &OpenPlan,
    by: Option<Author>,
    text: &str,
) -> Result<Result<NodeReport, String>, RequestError> {
    let report = match node_report::parse(text) {
        Ok(report) => report,
        Err(problem) => return Ok(Err(problem.message().to_owned())),
    };
    let probes = ProbePlan::of(&is_reachable_by_nodes(plan));
    let fits = probes
        .is_some_and(|probes| probes.plan == report.plan && probes.nodes.iter().any(|node| node.name == report.node));
    if !fits {
        return Ok(Err(
            "The nodes of the plan have changed since this probe.sh was created. Run the current probe.sh of the plan."
                .to_owned(),
        ));
    }
    site.plans.save_report(plan.id, &report, text).await?;
    let by = by.unwrap_or_else(|| Author { name: format!("Probe of {}", report.node), ..Author::default() });
    site.plans.note(plan.id, &by, JournalAction::Report, &report.node).await?;
    run::start_node_checks(site, plan.id).await?;
    Ok(Ok(report))
}

/// `GET /plans/{plan}/probes`: the table of what the probes said, for a page that is there already.
pub(crate) async fn table(State(site): State<AppState>, Path(id): Path<String>) -> Result<Html<String>, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let report_received_message = report_received_message(&site, &plan, &is_reachable_by_nodes(&plan)).await?;
    Ok(Html(app::pages::probe_table(report_received_message)))
}

/// What the probes said, without how to run them.
async fn report_received_message(
    site: &AppState,
    plan: &OpenPlan,
    is_reachable_by_nodes: &ReadableAnswers,
) -> Result<ProbesView, RequestError> {
    let matrix = ReachabilityMatrix::of(is_reachable_by_nodes, &site.plans.reports(plan.id).await?);
    let shown = |at: &Option<u64>| at.map(crate::http::moments::format_time);
    let said_at = matrix.iter().flat_map(|matrix| &matrix.said_at).map(shown).collect();
    Ok(ProbesView { matrix, said_at, ..ProbesView::default() })
}

/// What pages show. Nodes fetch from this server only where it answers under a name that is not of this machine alone.
pub(crate) async fn view(
    site: &AppState,
    plan: &OpenPlan,
    visit: Option<&RequestContext>,
) -> Result<ProbesView, RequestError> {
    let is_reachable_by_nodes = is_reachable_by_nodes(plan);
    let origin = visit.map_or_else(String::new, RequestContext::origin);
    let is_here = visit.is_none_or(RequestContext::names_this_machine);
    let on_one_machine = is_reachable_by_nodes.nodes.iter().flatten().all(domain::steps::ClusterNode::is_loopback);
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
    let command = |node: &str, token: &ServerCredential| {
        #[expect(clippy::disallowed_methods, reason = "the page shows the probe URLs to copy")]
        let address = format!("{origin}{}", urls::probe(token.reveal(), node));
        format!("curl -fsS {address} -o probe.sh && sh probe.sh --listen --reach --send {address}")
    };
    let nodes: Vec<String> = ProbePlan::of(&is_reachable_by_nodes)
        .into_iter()
        .flat_map(|probes| probes.nodes)
        .map(|node| node.name)
        .collect();
    let commands = match &token {
        Some(token) => nodes.iter().map(|node| (node.clone(), command(node, token))).collect(),
        None => Vec::new(),
    };
    let script = |node: String| {
        let href = urls::probe_script(&plan.id.to_string(), &node);
        (node, href)
    };
    let scripts = if is_here { nodes.into_iter().map(script).collect() } else { Vec::new() };
    Ok(ProbesView { commands, scripts, ..report_received_message(site, plan, &is_reachable_by_nodes).await? })
}

/// The answer to a probe URL that is rejected, for curl.
fn reject_token(rejection: ProbeTokenRejection) -> Response {
    let (status, text) = match rejection {
        ProbeTokenRejection::Expired => (
            StatusCode::NOT_FOUND,
            "This probe URL has expired or does not exist. Copy a new one from the Clustering step.",
        ),
        ProbeTokenRejection::Exhausted => (
            StatusCode::TOO_MANY_REQUESTS,
            "This probe URL has reached its maximum number of uses. Copy a new one from the Clustering step.",
        ),
    };
    rejection_message(status, text)
}
