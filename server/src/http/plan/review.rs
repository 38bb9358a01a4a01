//! The review: all answers, everything found, and the way to the download.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use app::view::{ReviewView, WizardPage};
use domain::cluster::Validation;
use domain::finding::Finding;
use domain::inputs::ReadableAnswers;
use domain::issues::Issues;
use domain::steps::{self, MembershipScheme};
use domain::value::Value as _;

use crate::http::checks::probes_view;
use crate::http::collaboration::comments;
use crate::http::error::{RequestError, plan};
use crate::http::plan::{keys, page, progress};
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::plans::OpenPlan;

/// `GET /plans/{plan}/review`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    page(&site, &actor, &plan, &plan.validate(), false).await
}

/// Everything that stands between the plan and its cluster.
pub(crate) async fn issues(site: &AppState, plan: &OpenPlan, findings: &[Finding]) -> Result<Issues, RequestError> {
    let report = site.log(plan.id).await?.report();
    let mut findings = findings.to_vec();
    findings.extend(domain::rules::keys::missing_keys_finding(&plan.draft, plan.has_keys));
    Ok(Issues::of(&findings, &report, &plan.draft.accepted))
}

/// The page; `refused` when it answers a download that was not given.
pub(crate) async fn page(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    judgement: &Validation,
    refused: bool,
) -> Result<Response, RequestError> {
    let probes = probes_view::view(site, plan, None).await?;
    let log = site.log(plan.id).await?;
    let issues = issues(site, plan, &judgement.findings).await?;
    let view = ReviewView {
        assets: page::assets(),
        plan: page::head(plan, actor),
        progress: progress::progress_of(plan, &issues, WizardPage::Review, progress::milestones(site, plan.id).await?),
        draft: plan.draft.clone(),
        secrets: page::secrets(plan),
        failed: refused && issues.block_download(),
        issues,
        checks: page::checks(&log, actor),
        probes,
        keys: keys::facts(site, plan).await?,
        next: next(plan),
        notices: site.notices.take(plan.id, actor).await?,
        comments: comments::comments_for_page(site, actor, plan.id, None).await?,
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::review(&view))).into_response())
}

/// What happens after the download: the runbook's headlines.
fn next(plan: &OpenPlan) -> Vec<String> {
    let scheme = MembershipScheme::parse(plan.draft.text(steps::keys::CLUSTERING.scheme));
    let databases = next_of_databases(plan);
    if scheme.is_ok_and(MembershipScheme::assigns_addresses) {
        return vec![
            "Unpack the zip and read README.md: the bundle holds the configuration only.".to_owned(),
            databases,
            "Apply the files below platform/, and set NODE_IP in every container.".to_owned(),
            "Put the files below nodes/ into the image or mount them, and start one instance alone first.".to_owned(),
        ];
    }
    let first = plan.draft.nodes.first().and_then(|node| node.get("name")).map_or("the first node", String::as_str);
    vec![
        "Unpack the zip and read README.md: it is the runbook of this cluster.".to_owned(),
        databases,
        "Copy each folder below nodes/ to its machine and run install.sh there.".to_owned(),
        "Put the files below load-balancer/ in place and the lines of hosts.txt where names do not resolve.".to_owned(),
        format!("Start {first} alone and wait until it is up, then start the others one by one."),
    ]
}

/// The headline of the runbook's step for the databases: it knows those that were prepared.
fn next_of_databases(plan: &OpenPlan) -> String {
    let Some(prepared) = &plan.draft.milestones.prepared else {
        return "Create and fill the databases: database/create.sql, grants.sql and load.sh.".to_owned();
    };
    let (answers, _) = ReadableAnswers::read(&plan.draft, &plan.secrets);
    let is_current = match (&answers.product, &answers.database) {
        (Some(product), Some(database)) => prepared.is_of(product, database),
        _ => false,
    };
    prepared.next_step(is_current)
}
