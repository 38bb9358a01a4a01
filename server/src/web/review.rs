//! The review: all answers, everything found, and the way to the download.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use app::view::ReviewView;
use domain::cluster::Judgement;
use domain::finding::{Finding, Severity, sort};

use super::failure::{Failure, plan};
use super::{Site, comments, probes, views};
use crate::person::Person;
use crate::plans::OpenPlan;
use crate::runs::PlanRuns;

/// `GET /plans/{plan}/review`.
pub(super) async fn show(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    page(&site, &person, &plan, &plan.judge(), false).await
}

/// Everything that is found, by rules and by live checks.
pub(super) fn findings(log: &PlanRuns, plan: &OpenPlan, judgement: &Judgement) -> Vec<Finding> {
    let mut findings = judgement.findings.clone();
    findings.extend(log.report().findings(&plan.draft.accepted));
    sort(&mut findings);
    findings
}

/// The page; `refused` when it answers a download that was not given.
pub(super) async fn page(
    site: &Site,
    person: &Person,
    plan: &OpenPlan,
    judgement: &Judgement,
    refused: bool,
) -> Result<Response, Failure> {
    let probes = probes::view(site, plan, None).await?;
    let log = site.log(plan.id).await?;
    let findings = findings(&log, plan, judgement);
    let view = ReviewView {
        assets: views::assets(),
        plan: views::head(plan, person),
        progress: views::progress(plan, &judgement.findings),
        draft: plan.draft.clone(),
        secrets: views::secrets(plan),
        failed: refused && findings.iter().any(|finding| finding.severity == Severity::Blocks),
        findings,
        checks: views::checks(&log, person),
        probes,
        next: next(plan),
        notices: site.notices.take(plan.id, &person.via).await?,
        comments: comments::beside(site, person, plan.id, None).await?,
    };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::review(&view))).into_response())
}

/// What happens after the download: the runbook's headlines.
fn next(plan: &OpenPlan) -> Vec<String> {
    let first = plan.draft.nodes.first().and_then(|node| node.get("name")).map_or("the first node", String::as_str);
    vec![
        "Unpack the zip and read README.md: it is the runbook of this cluster.".to_owned(),
        "Create and fill the databases: database/create.sql, grants.sql and load.sh.".to_owned(),
        "Copy each folder below nodes/ to its machine and run install.sh there.".to_owned(),
        "Put the files below load-balancer/ in place and the lines of hosts.txt where names do not resolve.".to_owned(),
        format!("Start {first} alone and wait until it is up, then start the others one by one."),
    ]
}
