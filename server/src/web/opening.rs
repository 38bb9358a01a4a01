//! Opening a share link, and leaving again. Looking at a link (GET) counts, sets and changes nothing; the button does.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{OpeningProblem, OpeningView};
use domain::history::journal::Act;
use domain::rights::Right;

use super::failure::{Failure, plan_id};
use super::form::Form;
use super::sharing::told;
use super::{Site, Visit, answers, views};
use crate::clock;
use crate::journal::{By, is_reserved};
use crate::sessions::Visitor;
use crate::sharing::{Found, Opening};

/// What every answer below `/s/` carries: the address is a secret.
pub(super) async fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /s/{token}`.
pub(super) async fn show(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, Failure> {
    match site.links.find(&token).await? {
        Some(found) => page(&site, StatusCode::OK, token, found, String::new(), None).await,
        None => Ok(gone(None)),
    }
}

/// `POST /s/{token}`.
pub(super) async fn open(
    State(site): State<Site>,
    Path(token): Path<String>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let name = answers::title(form.get("name").unwrap_or_default().trim());
    if is_reserved(&name) {
        let Some(found) = site.links.find(&token).await? else { return Ok(gone(None)) };
        return page(&site, StatusCode::UNPROCESSABLE_ENTITY, token, found, name, Some(OpeningProblem::Name)).await;
    }
    let found = match site.links.open(&token, form.get("password").unwrap_or_default()).await? {
        Opening::Opened(found) => found,
        Opening::Gone => return Ok(gone(None)),
        Opening::WrongPassword(found) => {
            let is_empty = form.get("password").is_none_or(str::is_empty);
            let problem = Some(if is_empty { OpeningProblem::NoPassword } else { OpeningProblem::WrongPassword });
            return page(&site, StatusCode::UNPROCESSABLE_ENTITY, token, found, name, problem).await;
        }
        Opening::Later(found) => {
            let problem = Some(OpeningProblem::TooManyTries);
            return page(&site, StatusCode::TOO_MANY_REQUESTS, token, found, name, problem).await;
        }
    };
    let lifetime = Duration::from_secs(found.link.ends_at.saturating_sub(clock::now()));
    let plan = found.plan.to_string();
    let to = match found.link.right {
        Right::Fill(step) => urls::step(&plan, step),
        Right::View | Right::Comment | Right::Edit | Right::Download => urls::review(&plan),
    };
    let by = By { name: name.clone(), via: found.id.clone(), page: String::new() };
    site.plans.note(found.plan, &by, Act::OpenLink, &told(&found.link)).await?;
    let visitor = Visitor { plan, link: found.id, name };
    // What this browser had before, planted or not, is over.
    let _ = site.sessions.end_visit(&headers, found.plan).await?;
    let cookie = site.sessions.begin_visit(visitor, lifetime, visit.by_https(&headers)).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `POST /plans/{plan}/leave`.
pub(super) async fn leave(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let gone = site.sessions.end_visit(&headers, plan_id(&id)?).await?;
    let gone = gone.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(gone), Redirect::to(&urls::start())).into_response())
}

async fn page(
    site: &Site,
    status: StatusCode,
    token: String,
    found: Found,
    name: String,
    problem: Option<OpeningProblem>,
) -> Result<Response, Failure> {
    let Some(plan) = site.plans.listed(found.plan).await? else { return Ok(gone(None)) };
    let link = found.link;
    let view = OpeningView {
        assets: views::assets(),
        token,
        title: plan.title,
        made_by: link.made_by,
        right: link.right,
        ends: clock::day_and_time(link.ends_at),
        left: link.most_uses.map(|most| most.saturating_sub(link.uses)),
        has_password: link.password.is_some(),
        name,
        problem,
    };
    Ok((status, Html(app::pages::opening(&view))).into_response())
}

/// The page of every link that cannot be opened: nobody learns why, nor whether there ever was one. `plan` is for who
/// came by a link that has ended since, and may leave.
pub(super) fn gone(plan: Option<&str>) -> Response {
    (StatusCode::NOT_FOUND, Html(app::pages::gone(views::assets(), plan))).into_response()
}
