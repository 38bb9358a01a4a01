//! Accepting a warning or an open task with a reason and a name, and taking that back.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::AcceptView;
use domain::acceptance::AcceptanceKey;
use domain::author::{Author, DisplayName};
use domain::draft::Acceptance;
use domain::history::journal::JournalAction;
use domain::issues::Issue;
use domain::limits::{PERSON_NAME, REASON};
use domain::step::Step;

use crate::http::error::{RequestError, plan, plan_id};
use crate::http::form::Form;
use crate::http::plan::{page, review};
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::clock;
use service::collaboration::action::PlanAction;

/// From which page one came.
#[derive(Deserialize)]
pub(crate) struct AcceptQuery {
    #[serde(default)]
    from: String,
}

/// `GET /plans/{plan}/accept/{check}`.
pub(crate) async fn ask(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path((id, check)): Path<(String, String)>,
    Query(AcceptQuery { from }): Query<AcceptQuery>,
) -> Result<Response, RequestError> {
    let key = AcceptanceKey::parse(&check).ok_or(RequestError::NotFound)?;
    page(&site, &actor, &id, key, from, false).await
}

async fn page(
    site: &AppState,
    actor: &Actor,
    id: &str,
    key: AcceptanceKey,
    from: String,
    failed: bool,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, id).await?;
    let issues = review::issues(site, &plan, &plan.validate().findings).await?;
    let is_own = |issue: &&Issue| issue.acceptance_key().is_some_and(|own| own.text() == key.text());
    let results = |issue: &Issue| match issue.checked {
        Some((outcome, _)) => format!("{}: {}", outcome.label(), issue.message()),
        None => format!("{}: {}", issue.consequence.label(), issue.message()),
    };
    let results = issues.iter().filter(is_own).map(results).collect();
    let view = AcceptView {
        assets: page::assets(),
        plan: page::head(&plan, actor),
        key,
        results,
        from,
        accepted: plan.draft.accepted.get(key.text()).cloned(),
        failed,
    };
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::accept(&view))).into_response())
}

/// `POST /plans/{plan}/accept`: accepts a warning or an open task with a reason, or takes that back.
pub(crate) async fn accept(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan_id(&id)?;
    let key = AcceptanceKey::parse(form.get("check").unwrap_or_default()).ok_or(RequestError::NotFound)?;
    // A visitor with a share link is never taken for the owner.
    let by = form.line("by", PERSON_NAME)?;
    let by = match &actor {
        Actor::Owner(_) => by,
        Actor::Visitor(_) => {
            let name = DisplayName::new(by).filter(|name| !name.is_reserved());
            Author { name, ..actor.author() }.name_with_link_mark()
        }
    };
    let acceptance = Acceptance {
        reason: form.line("reason", REASON)?,
        by,
        on: crate::http::moments::format_date_time(clock::now()).shown,
    };
    let from = form.get("from");
    // Only the page of the acceptance can show at the field what is missing; elsewhere an empty reason withdraws the
    // acceptance.
    if let (Some(from), true, None) = (from, acceptance.reason.is_empty(), form.get("take-back")) {
        return page(&site, &actor, &id, key, from.to_owned(), true).await;
    }
    site.plans
        .change(plan, &PlanAction::new(actor.author(), JournalAction::Accept).on(key.step()), |plan| {
            if acceptance.reason.is_empty() {
                plan.draft.accepted.remove(key.text());
            } else {
                plan.draft.accepted.insert(key.text().to_owned(), acceptance.clone());
            }
            Vec::new()
        })
        .await?;
    let back = match from.and_then(Step::from_slug) {
        Some(step) => format!("{}#{}", urls::step(&id, step), urls::CHECKS),
        None => urls::review(&id),
    };
    Ok(Redirect::to(&back).into_response())
}
