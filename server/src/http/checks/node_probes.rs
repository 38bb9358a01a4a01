//! The probes of the nodes: their script, what they send, and what is pasted. What a report means is `domain`'s.
//! Where they come from is said in [`service::checks::probe_tokens`].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::RefusedReport;
use domain::author::Author;
use domain::history::journal::JournalAction;
use domain::node_report::{self, MachineRole, NodeReport};
use domain::render_plan::ProbePlan;
use domain::step::Step;

use crate::http::checks::probes_view::{probe_answers, report_received_message};
use crate::http::checks::run;
use crate::http::error::{RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::step;
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::checks::probe_tokens::ProbeTokenRejection;
use service::clock;
use service::plans::OpenPlan;

/// A one-line answer for the person who runs curl.
fn rejection_message(status: StatusCode, text: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{text}\n")).into_response()
}

/// `GET /probes/{token}/{node}`: probe.sh of one node.
pub(crate) async fn script(
    State(site): State<AppState>,
    Path((token, node)): Path<(String, String)>,
) -> Result<Response, RequestError> {
    let id = match site.probe_tokens.enter(&token, clock::now()).await? {
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
    let Some(probes) = ProbePlan::of(&probe_answers(plan)) else { return Ok(None) };
    let row = probes.nodes.iter().position(|known| known.name == node);
    Ok(row.map(|row| render::probe_script(&probes, row)).transpose()?)
}

/// `POST /probes/{token}/{node}`: receives the report of that probe.
pub(crate) async fn receive_report(
    State(site): State<AppState>,
    Path((token, node)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, RequestError> {
    let id = match site.probe_tokens.enter(&token, clock::now()).await? {
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
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Extension(visit): Extension<RequestContext>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let text = form.get("report").unwrap_or_default();
    let report = match keep(&site, &plan, Some(actor.author()), text).await? {
        Ok(report) => report,
        Err(problem) => {
            let refused = RefusedReport { text: text.to_owned(), problem };
            return step::with_refused_report(&site, &actor, &plan, &visit, refused).await;
        }
    };
    // The notice stands at the top of the page.
    site.notices.keep(plan.id, &actor, vec![format!("The report of {} is saved.", report.node)]).await?;
    Ok(Redirect::to(&urls::step_title(&id, Step::Clustering)).into_response())
}

/// `GET /plans/{plan}/reports`: where the page after a refused report is loaded again.
pub(crate) async fn form(Path(id): Path<String>) -> Redirect {
    Redirect::to(&format!("{}#{}", urls::step(&id, Step::Clustering), urls::PROBES))
}

/// Stores a report, which a person uploads or the probe sends, and decides again what it means; or returns why it is
/// rejected.
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
    let probes = ProbePlan::of(&probe_answers(plan));
    let fits = probes
        .is_some_and(|probes| probes.plan == report.plan && probes.nodes.iter().any(|node| node.name == report.node));
    if !fits {
        return Ok(Err(
            "The nodes of the plan have changed since this probe.sh was created. Run the current probe.sh of the plan."
                .to_owned(),
        ));
    }
    site.plans.save_report(plan.id, &report, text).await?;
    let by = by.unwrap_or_else(|| Author::probe(&report.node));
    site.plans.note(plan.id, &by, JournalAction::Report, &report.node).await?;
    run::start_node_checks(site, plan.id).await?;
    Ok(Ok(report))
}

/// `GET /plans/{plan}/probes`: the table of what the probes reported, for a page that is already open.
pub(crate) async fn table(State(site): State<AppState>, Path(id): Path<String>) -> Result<Html<String>, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let report_received_message = report_received_message(&site, &plan, &probe_answers(&plan)).await?;
    Ok(Html(app::pages::probe_table(report_received_message)))
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
