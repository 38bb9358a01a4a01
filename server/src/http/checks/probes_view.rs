//! What pages show of the probes of the nodes.

use app::urls;
use app::view::ProbesView;
use domain::inputs::ReadableAnswers;
use domain::node_report::ReachabilityMatrix;
use domain::render_plan::ProbePlan;
use domain::server_credential::ServerCredential;

use crate::http::error::RequestError;
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::clock;
use service::error::PlansError;
use service::plans::OpenPlan;

/// The answers that a probe of the plan needs.
pub(crate) fn probe_answers(plan: &OpenPlan) -> ReadableAnswers {
    ReadableAnswers::read(&plan.draft, &plan.secrets).0
}

/// What the probes said, without how to run them.
pub(crate) async fn report_received_message(
    site: &AppState,
    plan: &OpenPlan,
    probe_answers: &ReadableAnswers,
) -> Result<ProbesView, RequestError> {
    let matrix = ReachabilityMatrix::of(probe_answers, &site.plans.reports(plan.id).await?);
    let shown = |at: &Option<u64>| at.map(crate::http::moments::format_time);
    let reported_at = matrix.iter().flat_map(|matrix| &matrix.reported_at).map(shown).collect();
    Ok(ProbesView { matrix, reported_at, ..ProbesView::default() })
}

/// What pages show. Nodes fetch from this server only where it answers under a name that is not of this machine alone.
pub(crate) async fn view(
    site: &AppState,
    plan: &OpenPlan,
    visit: Option<&RequestContext>,
) -> Result<ProbesView, RequestError> {
    let probe_answers = probe_answers(plan);
    let origin = visit.map_or_else(String::new, RequestContext::origin);
    let is_here = visit.is_none_or(RequestContext::names_this_machine);
    let on_one_machine = probe_answers.nodes.iter().flatten().all(domain::steps::ClusterNode::is_loopback);
    let is_reached = !is_here || on_one_machine;
    // A page that only shows what was said needs no address, and one on a full disk is shown without.
    let token = match visit.filter(|_| is_reached) {
        Some(_) => match site.probe_tokens.token(plan.id, clock::now()).await {
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
    let nodes: Vec<String> =
        ProbePlan::of(&probe_answers).into_iter().flat_map(|probes| probes.nodes).map(|node| node.name).collect();
    let commands = match &token {
        Some(token) => nodes.iter().map(|node| (node.clone(), command(node, token))).collect(),
        None => Vec::new(),
    };
    let script = |node: String| {
        let href = urls::probe_script(&plan.id.to_string(), &node);
        (node, href)
    };
    let scripts = if is_here { nodes.into_iter().map(script).collect() } else { Vec::new() };
    Ok(ProbesView { commands, scripts, ..report_received_message(site, plan, &probe_answers).await? })
}
