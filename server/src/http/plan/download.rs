//! What can be taken away: the bundle and the plan file.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use domain::cluster::Validation;
use domain::finding::Severity;
use domain::history::journal::JournalAction;
use domain::milestones::Downloaded;
use domain::plan_file;
use domain::render_plan::RenderPlan;
use render::Bundle;

use crate::http::error::{RequestError, plan};
use crate::http::plan::review;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::checks::runner;
use service::collaboration::journal::WITH_SECRETS_NOTE;
use service::error::PlansError;

/// `POST /plans/{plan}/bundle`: the zip, or the review that shows what blocks it.
pub(crate) async fn bundle(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let judgement = plan.validate();
    let log = site.log(plan.id).await?;
    let report = log.report();
    let is_blocked = review::issues(&site, &plan, &judgement.findings).await?.block_download();
    let Some(cluster) = judgement.cluster.as_ref().filter(|_| !is_blocked) else {
        return review::page(&site, &actor, &plan, &judgement, true).await;
    };
    let audited = runner::audit_files(cluster)?;
    if audited.iter().any(|finding| finding.severity == Severity::Blocks) {
        let judgement = Validation { findings: audited, cluster: None };
        return review::page(&site, &actor, &plan, &judgement, true).await;
    }
    let keys = site.plans.keys_for_download(plan.id, &Downloaded::of(&cluster.inputs().load_balancer)).await?;
    let render_plan = RenderPlan::with_checks(cluster, &report);
    let name = file_name(&plan.draft.title);
    let secrets = plan.secrets;
    // Key stores take some milliseconds of hashing: not on the threads that answer others.
    let zip = tokio::task::spawn_blocking(move || Bundle::build(&render_plan, &keys, &secrets)?.zip())
        .await
        .map_err(PlansError::Background)??;
    site.plans.note(plan.id, &actor.author(), JournalAction::Download, WITH_SECRETS_NOTE).await?;
    Ok(zip_response(&name, zip))
}

/// `POST /plans/{plan}/bundle/incomplete`: the zip without passwords and keys.
pub(crate) async fn incomplete(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let judgement = plan.validate();
    let Some(cluster) = judgement.cluster.as_ref() else {
        return review::page(&site, &actor, &plan, &judgement, true).await;
    };
    let report = site.log(plan.id).await?.report();
    let zip = Bundle::without_secrets(&RenderPlan::with_checks(cluster, &report))?.zip()?;
    site.plans.note(plan.id, &actor.author(), JournalAction::Download, "without passwords and keys").await?;
    Ok(zip_response(&format!("{}-incomplete", file_name(&plan.draft.title)), zip))
}

/// A zip to save as `name.zip`.
fn zip_response(name: &str, zip: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}.zip\"");
    ([(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, disposition)], zip)
        .into_response()
}

/// `GET /plans/{plan}/plan.toml`: the plan without secrets.
pub(crate) async fn plan_file(State(site): State<AppState>, Path(id): Path<String>) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let disposition = format!("attachment; filename=\"{}.toml\"", file_name(&plan.draft.title));
    let text = plan_file::write(&plan.draft, &plan.secrets);
    Ok(([(header::CONTENT_TYPE, "application/toml".to_owned()), (header::CONTENT_DISPOSITION, disposition)], text)
        .into_response())
}

/// A file name out of the plan's title: letters, digits and dashes.
fn file_name(title: &str) -> String {
    let dashed: String = title
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).take(8).collect();
    if words.is_empty() { "clusterwright".to_owned() } else { format!("clusterwright-{}", words.join("-")) }
}

#[cfg(test)]
mod tests {
    use crate::http::plan::download::file_name;

    #[test]
    fn titles_become_plain_file_names() {
        assert_eq!(file_name("Two nodes on one machine"), "clusterwright-two-nodes-on-one-machine");
        assert_eq!(file_name("\"; rm -rf / \r\n"), "clusterwright-rm-rf");
        assert_eq!(file_name("ලංකා"), "clusterwright");
    }
}
