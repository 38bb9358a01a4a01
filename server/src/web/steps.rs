//! The steps: showing one, and taking what was entered. Whatever was entered is saved first, also when it is wrong.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::Deserialize;

use app::urls;
use app::view::{Probes, StepView};
use app::wire::Saved;
use domain::cluster::Judgement;
use domain::finding::{Finding, Severity};
use domain::step::Step;

use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, answers, checks, preview, probes, views};
use crate::clock;
use crate::person::Person;
use crate::plans::{OpenPlan, SecretEdits};

/// Where a step's Continue leads.
#[derive(Deserialize)]
pub(super) struct Leads {
    #[serde(default, rename = "return")]
    to: String,
}

/// `GET /plans/{plan}/{step}`.
pub(super) async fn show(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path((id, slug)): Path<(String, String)>,
    Query(leads): Query<Leads>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let step = Step::from_slug(&slug).ok_or(Failure::NotFound)?;
    let plan = plan(&site.plans, &id).await?;
    let notices = site.notices.take(plan.id, "").await?;
    let probes = probes(&site, &plan, step, &headers).await?;
    page(&site, &person, &plan, step, &leads, false, notices, probes).await
}

/// `POST /plans/{plan}/{step}`: saves, then does what the pressed button says.
pub(super) async fn save(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path((id, slug)): Path<(String, String)>,
    Query(leads): Query<Leads>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let step = Step::from_slug(&slug).ok_or(Failure::NotFound)?;
    let id = plan_id(&id)?;
    let action = form.get("action").unwrap_or("continue").to_owned();
    let (plan, notes) = take(&site, id, &form, &action, step).await?;
    let notices: Vec<String> = notes.iter().map(Finding::message).collect();
    let here = match leads.to.as_str() {
        "review" => urls::step_from_review(&id.to_string(), step),
        _ => urls::step(&id.to_string(), step),
    };
    match action.as_str() {
        "continue" => {
            let judgement = plan.judge();
            if judgement.blocking().any(|finding| finding.at.step == step) {
                let probes = probes(&site, &plan, step, &headers).await?;
                return page(&site, &person, &plan, step, &leads, true, notices, probes).await;
            }
            site.notices.keep(id, "", notices).await?;
            let next = match (leads.to.as_str(), step.next()) {
                ("review", _) | (_, None) => format!("{}#{}", urls::review(&id.to_string()), urls::TITLE),
                (_, Some(next)) => urls::step_title(&id.to_string(), next),
            };
            Ok(Redirect::to(&next).into_response())
        }
        _ if action == "check" || action.starts_with("check.") => {
            site.notices.keep(id, "", notices).await?;
            let one = action.strip_prefix("check.").and_then(|code| code.parse().ok());
            checks::begin_here(&site, &plan, step, one).await?;
            Ok(Redirect::to(&format!("{here}#{}", urls::CHECKS)).into_response())
        }
        "back" => {
            site.notices.keep(id, "", notices).await?;
            let back = match (leads.to.as_str(), step.previous()) {
                ("review", _) => urls::review(&id.to_string()),
                (_, Some(previous)) => urls::step_title(&id.to_string(), previous),
                (_, None) => urls::start(),
            };
            Ok(Redirect::to(&back).into_response())
        }
        _ => {
            site.notices.keep(id, "", notices).await?;
            // The page comes back where the button was.
            let place = match action.split_once('.') {
                Some(("update" | "forget", key)) if domain::steps::setting(key).is_some() => {
                    format!("#{}", domain::finding::field_id(key, None))
                }
                _ if answers::is_node_action(&action) => format!("#{}", urls::NODES),
                _ => String::new(),
            };
            Ok(Redirect::to(&format!("{here}{place}")).into_response())
        }
    }
}

/// `POST /plans/{plan}/draft`: the same form, while it is filled.
pub(super) async fn autosave(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Json<Saved>, Failure> {
    let id = plan_id(&id)?;
    let (plan, notes) = change_and_tell(&site, id, |plan| answers::take_as_typed(&mut plan.draft, &form)).await?;
    // The page that types on shows its own texts; the next one says what was not kept.
    site.notices.keep(id, "", notes.iter().map(Finding::message).collect()).await?;
    Ok(Json(Saved {
        revision: u64::try_from(plan.revision).unwrap_or_default(),
        saved_at: clock::hour_and_minute(plan.updated_at),
    }))
}

async fn take(
    site: &Site,
    id: store::PlanId,
    form: &Form,
    action: &str,
    step: Step,
) -> Result<(OpenPlan, Vec<Finding>), Failure> {
    let edit = |plan: &mut OpenPlan| {
        let (mut secrets, notes) = answers::take(&mut plan.draft, form, action);
        if let Some(setting) = action.strip_prefix("forget.") {
            secrets.push((setting.to_owned(), None));
        }
        if action == "continue" {
            plan.draft.visited.insert(step);
        }
        (secrets, notes)
    };
    change_and_tell(site, id, edit).await
}

/// Saves a change, with what the edit says about what it did.
async fn change_and_tell<E>(site: &Site, id: store::PlanId, edit: E) -> Result<(OpenPlan, Vec<Finding>), Failure>
where
    E: Fn(&mut OpenPlan) -> (SecretEdits, Vec<Finding>) + Send + Sync,
{
    let notes = std::sync::Mutex::new(Vec::new());
    let edit = |plan: &mut OpenPlan| {
        let (secrets, said) = edit(plan);
        *notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = said;
        secrets
    };
    let plan = site.plans.change(id, edit).await?;
    Ok((plan, notes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)))
}

/// Only the step Clustering shows what the nodes say.
async fn probes(site: &Site, plan: &OpenPlan, step: Step, headers: &HeaderMap) -> Result<Probes, Failure> {
    if step == Step::Clustering { probes::view(site, plan, headers).await } else { Ok(Probes::default()) }
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that the page shows")]
async fn page(
    site: &Site,
    person: &Person,
    plan: &OpenPlan,
    step: Step,
    leads: &Leads,
    failed: bool,
    mut notices: Vec<String>,
    probes: Probes,
) -> Result<Response, Failure> {
    let judgement = plan.judge();
    notices.extend(views::sealed_elsewhere(plan));
    let shown = failed || plan.draft.visited.contains(&step);
    let view = StepView {
        assets: views::assets(),
        plan: views::head(plan, person),
        progress: views::progress(plan, &judgement.findings),
        step,
        draft: plan.draft.clone(),
        secrets: views::secrets(plan),
        findings: if shown { of_step(&judgement, step) } else { Vec::new() },
        failed,
        notices,
        checks: views::checks(&*site.log(plan.id).await?),
        probes,
        preview: preview::beside(&judgement, step),
        return_to_review: leads.to == "review",
    };
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::step(&view))).into_response())
}

/// What a step's fields show: its own findings, blocking ones first.
fn of_step(judgement: &Judgement, step: Step) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        judgement.findings.iter().filter(|finding| finding.at.step == step).cloned().collect();
    findings.sort_by_key(|finding| finding.severity != Severity::Blocks);
    findings
}
