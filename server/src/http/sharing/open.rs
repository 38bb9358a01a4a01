//! Opening a share link, and leaving again. Looking at a link (GET) counts, sets and changes nothing; the button does.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};

use app::urls;
use app::view::{OpenLinkProblem, OpenLinkView};
use domain::author::{Author, DisplayName};
use domain::history::journal::JournalAction;
use domain::limits::PERSON_NAME;
use domain::rights::LinkAccess;

use crate::http::error::{RequestError, plan_id};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::security::cookies;
use crate::http::security::request_context::RequestContext;
use crate::http::sharing::links::describe_link;
use crate::http::state::AppState;
use service::access::sessions::VisitorSession;
use service::clock;
use service::sharing::{FoundLink, OpenOutcome};

/// What every answer below `/s/` carries: the address is a secret.
pub(crate) async fn with_private_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// `GET /s/{token}`.
pub(crate) async fn show(State(site): State<AppState>, Path(token): Path<String>) -> Result<Response, RequestError> {
    match site.links.find(&token).await? {
        Some(found) => page(&site, StatusCode::OK, token, found, None, None).await,
        None => Ok(unavailable_page(None)),
    }
}

/// `POST /s/{token}`.
pub(crate) async fn open(
    State(site): State<AppState>,
    Path(token): Path<String>,
    Extension(visit): Extension<RequestContext>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, RequestError> {
    let name = DisplayName::new(form.line("name", PERSON_NAME)?);
    if name.as_ref().is_some_and(DisplayName::is_reserved) {
        let Some(found) = site.links.find(&token).await? else { return Ok(unavailable_page(None)) };
        return page(&site, StatusCode::UNPROCESSABLE_ENTITY, token, found, name, Some(OpenLinkProblem::Name)).await;
    }
    let found = match site.links.open(&token, form.get("password").unwrap_or_default()).await? {
        OpenOutcome::Opened(found) => found,
        OpenOutcome::Unavailable => return Ok(unavailable_page(None)),
        OpenOutcome::WrongPassword(found) => {
            let is_empty = form.get("password").is_none_or(str::is_empty);
            let problem = Some(if is_empty { OpenLinkProblem::NoPassword } else { OpenLinkProblem::WrongPassword });
            return page(&site, StatusCode::UNPROCESSABLE_ENTITY, token, found, name, problem).await;
        }
        OpenOutcome::Later(found) => {
            let problem = Some(OpenLinkProblem::TooManyTries);
            return page(&site, StatusCode::TOO_MANY_REQUESTS, token, found, name, problem).await;
        }
    };
    let lifetime = Duration::from_secs(found.link.ends_at.saturating_sub(clock::now()));
    let plan = found.plan.to_string();
    let to = match found.link.right {
        LinkAccess::Fill(step) => urls::step(&plan, step),
        LinkAccess::View | LinkAccess::Comment | LinkAccess::Edit | LinkAccess::Download => urls::review(&plan),
    };
    let by = Author { name: name.clone(), link: Some(found.id.clone()) };
    site.plans.note(found.plan, &by, JournalAction::OpenLink, &describe_link(&found.link)).await?;
    let visitor = VisitorSession { plan, link: found.id, name };
    // What this browser had before, planted or not, is over.
    site.sessions.end(cookies::visitor_tokens(&headers, false)).await?;
    let session = site.sessions.create_visitor(visitor, lifetime).await?;
    let cookie = cookies::visitor_session(&session, found.plan, lifetime, visit.by_https(&headers))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response())
}

/// `POST /plans/{plan}/leave`.
pub(crate) async fn leave(
    State(site): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    let plan = plan_id(&id)?;
    site.sessions.end(cookies::visitor_tokens(&headers, false)).await?;
    let expired = cookies::expired_visitor(&headers, plan)?.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(expired), Redirect::to(&urls::start())).into_response())
}

async fn page(
    site: &AppState,
    status: StatusCode,
    token: String,
    found: FoundLink,
    name: Option<DisplayName>,
    problem: Option<OpenLinkProblem>,
) -> Result<Response, RequestError> {
    let Some(plan) = site.plans.listed(found.plan).await? else { return Ok(unavailable_page(None)) };
    let link = found.link;
    let view = OpenLinkView {
        assets: page::assets(),
        token,
        title: plan.title,
        made_by: link.made_by,
        right: link.right,
        ends: crate::http::moments::format_date_time(link.ends_at),
        left: link.most_uses.map(|most| most.saturating_sub(link.uses)),
        has_password: link.password.is_some(),
        name: name.map_or_else(String::new, |name| name.to_string()),
        problem,
    };
    Ok((status, Html(app::pages::open_link(&view))).into_response())
}

/// The page of every link that cannot be opened: it reveals neither the reason nor whether the link ever existed. `plan` is
/// for a visitor whose link has ended since, and who may leave.
pub(crate) fn unavailable_page(plan: Option<&str>) -> Response {
    (StatusCode::NOT_FOUND, Html(app::pages::link_unavailable(page::assets(), plan))).into_response()
}
