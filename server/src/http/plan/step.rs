//! The steps: showing one, and taking what was entered. Whatever was entered is saved first, also when it is wrong.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use parking_lot::Mutex;
use serde::Deserialize;

use app::urls;
use app::view::{PreviewPaneView, ProbesView, RefusedReport, StepView, WizardPage};
use app::wire::{DraftConflict, DraftSaved};
use domain::check::CheckId;
use domain::cluster::Validation;
use domain::finding::{Finding, Severity};
use domain::history::journal::JournalAction;
use domain::issues::Issues;
use domain::limits::PLAN_NAME;
use domain::step::Step;

use crate::http::checks::{probes_view, run};
use crate::http::collaboration::{comments, live};
use crate::http::error::{RequestError, plan, plan_id};
use crate::http::form::Form;
use crate::http::plan::{conflict, page, preview, progress, secret_status, step_form};
use crate::http::security::field_permission;
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::collaboration::action::{PlanAction, page_name};
use service::collaboration::merge::MergedSave;
use service::plans::{OpenPlan, SecretEdits, secret_redirect};

/// The message to a visitor who may edit one step, when that step is complete.
const STEP_COMPLETE_MESSAGE: &str =
    "Saved, and complete. You can close this page, or edit your answers until your link expires.";

/// The message to a user who presses Save: nothing else of the page changes.
const SAVED: &str = "Your answers are saved.";

/// Where a step's Continue leads.
#[derive(Deserialize)]
pub(crate) struct ReturnTo {
    #[serde(default, rename = "return")]
    to: String,
}

/// `GET /plans/{plan}/{step}`.
pub(crate) async fn show(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, slug)): Path<(String, String)>,
    Query(leads): Query<ReturnTo>,
    Extension(visit): Extension<RequestContext>,
) -> Result<Response, RequestError> {
    let step = Step::from_slug(&slug).ok_or(RequestError::NotFound)?;
    let plan = plan(&site.plans, &id).await?;
    let notices = site.notices.take(plan.id, &actor).await?;
    let probes = probes(&site, &plan, step, &visit).await?;
    page(&site, &actor, &plan, step, &leads, false, notices, probes).await
}

/// `POST /plans/{plan}/{step}`: saves, then does what the pressed button requests.
pub(crate) async fn save(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, slug)): Path<(String, String)>,
    Query(leads): Query<ReturnTo>,
    Extension(visit): Extension<RequestContext>,
    form: Form,
) -> Result<Response, RequestError> {
    let step = Step::from_slug(&slug).ok_or(RequestError::NotFound)?;
    let id = plan_id(&id)?;
    PLAN_NAME.line(form.get("title").unwrap_or_default())?;
    // A choice between two people's changes continues with the action of the form that conflicted.
    let pressed = form.get("action").unwrap_or("continue");
    let resolves = pressed == "resolve";
    let action = match (resolves, form.get("then")) {
        (true, Some("continue")) => "continue",
        (true, _) => "save",
        (false, _) => pressed,
    }
    .to_owned();
    let taken = save_form(&site, id, &form, &action, step, &actor).await?;
    let mut notices: Vec<String> = taken.notes.iter().map(Finding::message).collect();
    let to_review = leads.to == "review";
    if !taken.merged.contests.is_empty() {
        site.notices.keep(id, &actor, notices).await?;
        return Ok(conflict::page(&taken.merged, step, &actor, action == "continue", to_review));
    }
    let plan = taken.merged.plan;
    if !taken.both.is_empty() {
        notices.extend(taken.both);
        let probes = probes(&site, &plan, step, &visit).await?;
        return page(&site, &actor, &plan, step, &leads, false, notices, probes).await;
    }
    match action.as_str() {
        "continue" if plan.validate().blocking_findings().any(|finding| finding.at.step == step) => {
            let probes = probes(&site, &plan, step, &visit).await?;
            return page(&site, &actor, &plan, step, &leads, true, notices, probes).await;
        }
        "continue" if actor.only_step().is_some() => notices.push(STEP_COMPLETE_MESSAGE.to_owned()),
        "save" => notices.push(SAVED.to_owned()),
        _ => {}
    }
    site.notices.keep(id, &actor, notices).await?;
    let here = match leads.to.as_str() {
        "review" => urls::step_from_review(&id.to_string(), step),
        _ => urls::step(&id.to_string(), step),
    };
    let next = match action.as_str() {
        // Who fills in one step has no other one.
        "continue" | "back" if actor.only_step().is_some() => urls::step_title(&id.to_string(), step),
        "continue" => match (leads.to.as_str(), step.next()) {
            ("review", _) | (_, None) => format!("{}#{}", urls::review(&id.to_string()), urls::TITLE),
            (_, Some(next)) => urls::step_title(&id.to_string(), next),
        },
        "back" => match (leads.to.as_str(), step.previous()) {
            ("review", _) => urls::review(&id.to_string()),
            (_, Some(previous)) => urls::step_title(&id.to_string(), previous),
            (_, None) => urls::start(),
        },
        "prepare" => format!("{}#{}", urls::prepare(&id.to_string()), urls::TITLE),
        _ if action == "check" || action.starts_with("check.") => {
            let one: Option<CheckId> = action.strip_prefix("check.").and_then(|code| code.parse().ok());
            run::start_and_wait(&site, &actor, &plan, step, one).await?;
            // The answer of a check that writes stands beside its button.
            let place = match one.filter(|one| one.writes().is_some()) {
                Some(one) => urls::writing_check(one.code()),
                None => urls::CHECKS.to_owned(),
            };
            format!("{here}#{place}")
        }
        // The page comes back where the button was.
        _ => match action.split_once('.') {
            Some(("update" | "forget", key)) if domain::steps::setting(key).is_some() => {
                format!("{here}#{}", domain::finding::field_id(key, None))
            }
            _ if field_permission::is_node_action(&action) => format!("{here}#{}", urls::NODES),
            _ => here,
        },
    };
    Ok(Redirect::to(&next).into_response())
}

/// `POST /plans/{plan}/draft`: the same form, while it is filled.
pub(crate) async fn autosave(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let id = plan_id(&id)?;
    PLAN_NAME.line(form.get("title").unwrap_or_default())?;
    let save_action = save_action(&actor, &form, form.get("step").and_then(Step::from_slug));
    let (merged, notes) = merge_and_report(&site, id, &form, &save_action, |plan| {
        let before = plan.draft.clone();
        let (mut secrets, mut notes) = step_form::apply_draft(&mut plan.draft, &form);
        secret_redirect::drop_redirected_secrets(&actor, &before, plan, &mut secrets, &mut notes);
        (secrets, notes)
    })
    .await?;
    // A page that stays open shows its own texts; the next page reports what was not saved.
    site.notices.keep(id, &actor, notes.iter().map(Finding::message).collect()).await?;
    if !merged.contests.is_empty() {
        let message = app::pages::sentence(conflict::conflict_message(&merged.contests, &actor.author()));
        return Ok((StatusCode::CONFLICT, Json(DraftConflict { message })).into_response());
    }
    let saved_at = app::pages::time(crate::http::moments::format_time(merged.plan.updated_at));
    Ok(Json(DraftSaved { revision: merged.seen, saved_at }).into_response())
}

/// What became of a form.
struct SavedForm {
    merged: MergedSave,
    /// What was done with the answers.
    notes: Vec<Finding>,
    /// What the operator wants to see both of.
    both: Vec<String>,
}

async fn save_form(
    site: &AppState,
    id: store::PlanId,
    form: &Form,
    action: &str,
    step: Step,
    actor: &Actor,
) -> Result<SavedForm, RequestError> {
    let resolves = form.get("action") == Some("resolve");
    let both = Mutex::new(Vec::new());
    let edit = |plan: &mut OpenPlan| {
        let before = plan.draft.clone();
        let (mut secrets, mut notes) = step_form::apply(&mut plan.draft, form, action);
        if resolves {
            *both.lock() = conflict::both_values(&before, &plan.draft, form);
            conflict::apply_choice(&before, &mut plan.draft, form);
        }
        secret_redirect::drop_redirected_secrets(actor, &before, plan, &mut secrets, &mut notes);
        if let Some(setting) = action.strip_prefix("forget.") {
            secrets.push((setting.to_owned(), None));
        }
        if action == "continue" {
            plan.draft.visited.insert(step);
        }
        (secrets, notes)
    };
    let (merged, notes) = merge_and_report(site, id, form, &save_action(actor, form, Some(step)), edit).await?;
    Ok(SavedForm { merged, notes, both: both.into_inner() })
}

/// Who saves what, as the journal will tell it.
fn save_action(actor: &Actor, form: &Form, step: Option<Step>) -> PlanAction {
    let page = form.get("page").and_then(page_name);
    PlanAction { page, step, ..PlanAction::new(actor.author(), JournalAction::Save) }
}

/// Saves a form together with what others changed since it was drawn; also returns what the edit reports about its effects.
async fn merge_and_report<E>(
    site: &AppState,
    id: store::PlanId,
    form: &Form,
    save_action: &PlanAction,
    edit: E,
) -> Result<(MergedSave, Vec<Finding>), RequestError>
where
    E: Fn(&mut OpenPlan) -> (SecretEdits, Vec<Finding>) + Send + Sync,
{
    let notes = Mutex::new(Vec::new());
    let edit = |plan: &mut OpenPlan| {
        let (secrets, message) = edit(plan);
        *notes.lock() = message;
        secrets
    };
    // A number that is none was drawn by no page of ours: nothing is known of what was seen.
    let seen = form.get("revision").filter(|text| !text.is_empty()).map(|text| text.parse().unwrap_or(0));
    let merged = site.plans.merge(id, seen, save_action, edit).await?;
    Ok((merged, notes.into_inner()))
}

/// Only the step Clustering shows what the nodes say.
async fn probes(
    site: &AppState,
    plan: &OpenPlan,
    step: Step,
    visit: &RequestContext,
) -> Result<ProbesView, RequestError> {
    if step == Step::Clustering { probes_view::view(site, plan, Some(visit)).await } else { Ok(ProbesView::default()) }
}

/// The page of the step Clustering after a report that is not accepted: what was pasted stays.
pub(crate) async fn with_refused_report(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    visit: &RequestContext,
    refused: RefusedReport,
) -> Result<Response, RequestError> {
    let probes = ProbesView { refused: Some(refused), ..probes(site, plan, Step::Clustering, visit).await? };
    let leads = ReturnTo { to: String::new() };
    page(site, actor, plan, Step::Clustering, &leads, false, Vec::new(), probes).await
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that the page shows")]
async fn page(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    step: Step,
    leads: &ReturnTo,
    failed: bool,
    mut notices: Vec<String>,
    probes: ProbesView,
) -> Result<Response, RequestError> {
    let judgement = plan.validate();
    notices.extend(page::unreadable_secret_findings(plan));
    let log = site.log(plan.id).await?;
    let report = log.report();
    let issues = Issues::of(&judgement.findings, &report, &plan.draft.accepted);
    let shown = failed || plan.draft.visited.contains(&step);
    let view = StepView {
        assets: page::assets(),
        plan: page::head(plan, actor),
        progress: progress::progress_of(
            plan,
            &issues,
            WizardPage::Step(step),
            progress::milestones(site, plan.id).await?,
        ),
        step,
        draft: plan.draft.clone(),
        secrets: page::secrets(plan),
        findings: if shown { of_step(&judgement, plan, step) } else { Vec::new() },
        failed,
        notices,
        checks: page::checks(&log, actor),
        probes,
        preview: match actor.only_step() {
            Some(_) => PreviewPaneView::default(),
            None => preview::preview_pane(&judgement, &report, step),
        },
        secret_statuses: secret_status::secret_statuses(
            step,
            plan,
            &report,
            &site.plans.secret_origins(plan.id).await?,
        ),
        return_to_review: leads.to == "review",
        together: live::collaborators(site, actor, plan, step).await?,
        comments: comments::comments_for_page(site, actor, plan.id, Some(step)).await?,
    };
    let is_wrong = failed || view.probes.refused.is_some();
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::step(&view))).into_response())
}

/// What a step's fields show: its own findings, blocking ones first.
fn of_step(judgement: &Validation, plan: &OpenPlan, step: Step) -> Vec<Finding> {
    let own = judgement.findings.iter().filter(|finding| finding.at.step == step).cloned();
    let mut findings: Vec<Finding> = own.map(|finding| finding.with_acceptance(&plan.draft.accepted)).collect();
    findings.sort_by_key(|finding| finding.severity != Severity::Blocks);
    findings
}
