//! Accepting the warning of a check with a reason and a name, and taking that back.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::AcceptView;
use domain::check::{CheckId, CheckResult, CheckState, Outcome};
use domain::draft::Acceptance;
use domain::history::journal::Act;
use domain::step::Step;

use super::asking::Asking;
use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use super::{Site, answers, views};
use crate::clock;
use crate::journal::Deed;
use crate::person::Person;

/// From which page one came.
#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    from: String,
}

/// `GET /plans/{plan}/accept/{check}`.
pub(super) async fn ask(
    State(site): State<Site>,
    Extension(person): Extension<Person>,
    Path((id, check)): Path<(String, String)>,
    Query(From { from }): Query<From>,
) -> Result<Response, Failure> {
    let check = check.parse().map_err(|_| Failure::NotFound)?;
    page(&site, &person, &id, check, from, false).await
}

async fn page(
    site: &Site,
    person: &Person,
    id: &str,
    check: CheckId,
    from: String,
    failed: bool,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, id).await?;
    let report = site.log(plan.id).await?.report();
    let says = |result: &CheckResult| {
        let subject = result.subject.as_ref().map_or_else(String::new, |subject| format!(" ({subject})"));
        format!("{}{subject}: {}", result.outcome.label(), result.current)
    };
    let says = match report.checks.get(&check) {
        Some(CheckState::Done { results, .. }) => {
            results.iter().filter(|result| result.outcome != Outcome::Passed).map(says).collect()
        }
        _ => Vec::new(),
    };
    let view = AcceptView {
        assets: views::assets(),
        plan: views::head(&plan, person),
        check,
        says,
        from,
        accepted: plan.draft.accepted.get(check.code()).cloned(),
        failed,
    };
    let status = if failed { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Html(app::pages::accept(&view))).into_response())
}

/// `POST /plans/{plan}/accept`: accepts a warning with a reason, or takes that back.
pub(super) async fn accept(
    State(site): State<Site>,
    asking: Asking,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan_id(&id)?;
    let check: CheckId = form.get("check").unwrap_or_default().parse().map_err(|_| Failure::NotFound)?;
    let line = |name: &str, longest: usize| answers::words(form.get(name).unwrap_or_default().trim(), longest);
    let acceptance =
        Acceptance { reason: line("reason", 500), by: line("by", 100), on: clock::day_and_time(clock::now()) };
    let from = form.get("from");
    // Only the page that asks can say at the field what is missing; elsewhere an empty reason takes back.
    if let (Some(from), true, None) = (from, acceptance.reason.is_empty(), form.get("take-back")) {
        return page(&site, &asking.person, &id, check, from.to_owned(), true).await;
    }
    site.plans
        .change(plan, &Deed::new(asking.by, Act::Accept).on(check.step()), |plan| {
            if acceptance.reason.is_empty() {
                plan.draft.accepted.remove(check.code());
            } else {
                plan.draft.accepted.insert(check.code().to_owned(), acceptance.clone());
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
