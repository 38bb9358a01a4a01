//! Signing in with the access token, signing out, and the name that others see. Only where the configuration asks for it.

use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use app::urls;
use app::view::{AccountView, LoginView};
use domain::author::DisplayName;
use domain::limits::{PERSON_NAME, TooLong};

use crate::http::error::RequestError;
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::security::cookies;
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::clock;

/// The address that the client requested before the login.
#[derive(Default, Deserialize)]
pub(crate) struct ReturnQuery {
    #[serde(default)]
    to: String,
}

/// `GET /login`.
pub(crate) async fn show(State(site): State<AppState>, Query(query): Query<ReturnQuery>) -> Response {
    if site.login.is_none() {
        return Redirect::to(&urls::start()).into_response();
    }
    page(StatusCode::OK, own_path(&query.to), String::new(), None)
}

fn page(status: StatusCode, to: String, name: String, problem: Option<String>) -> Response {
    let view = LoginView { assets: page::assets(), to, name, problem };
    (status, Html(app::pages::login(&view))).into_response()
}

/// `POST /login`.
pub(crate) async fn sign_in(
    State(site): State<AppState>,
    Extension(visit): Extension<RequestContext>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, RequestError> {
    let Some(login) = &site.login else { return Ok(Redirect::to(&urls::start()).into_response()) };
    let to = own_path(form.get("to").unwrap_or_default());
    let name = person_name(form.get("name").unwrap_or_default())?;
    // Who pastes often brings a blank or a line end along.
    let token = form.get("token").unwrap_or_default().trim();
    if token.is_empty() {
        let problem = "Enter the access token".to_owned();
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, to, name, Some(problem)));
    }
    if let Err(seconds) = login.attempts.take(visit.client, clock::now()) {
        let problem = format!("Too many attempts. Wait {seconds} seconds and try again.");
        let mut response = page(StatusCode::TOO_MANY_REQUESTS, to, name, Some(problem));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let Some(mark) = login.token.check(token).await? else {
        tracing::warn!(client = %visit.client, "sign-in with a wrong access token");
        let problem = "This is not the access token. Copy the complete token as it was printed.".to_owned();
        return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, to, name, Some(problem)));
    };
    login.attempts.reset(visit.client);
    // The previous sessions of this browser end, whatever set their cookies.
    site.sessions.end(cookies::owner_tokens(&headers, false)).await?;
    let session = site.sessions.create_owner(DisplayName::new(name), &mark.0).await?;
    let cookie = cookies::owner_session(&session, visit.by_https(&headers))?;
    tracing::info!(client = %visit.client, "owner signed in");
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to(&to)).into_response())
}

/// `POST /logout`.
pub(crate) async fn sign_out(State(site): State<AppState>, headers: HeaderMap) -> Result<Response, RequestError> {
    site.sessions.end(cookies::owner_tokens(&headers, false)).await?;
    let expired = cookies::expired_owner(&headers)?;
    let to = if site.login.is_some() { urls::login() } else { urls::start() };
    let expired = expired.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    Ok((AppendHeaders(expired), Redirect::to(&to)).into_response())
}

/// `GET /account`.
pub(crate) async fn account(State(site): State<AppState>, Extension(actor): Extension<Actor>) -> Response {
    let name = actor.author().name.map_or_else(String::new, |name| name.to_string());
    let view = AccountView { assets: page::assets(), name, signs_in: site.login.is_some() };
    Html(app::pages::account(&view)).into_response()
}

/// `POST /account`: changes the name. It belongs to the session, and where no login is required, to the browser.
pub(crate) async fn rename(
    State(site): State<AppState>,
    Extension(visit): Extension<RequestContext>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, RequestError> {
    let name = person_name(form.get("name").unwrap_or_default())?;
    let back = Redirect::to(&urls::account());
    if site.login.is_none() {
        let cookie = cookies::owner_name_cookie(&name, visit.by_https(&headers))?;
        return Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), back).into_response());
    }
    site.sessions.rename_owner(cookies::owner_tokens(&headers, false), DisplayName::new(name)).await?;
    Ok(back.into_response())
}

/// A name as it is shown: on one line.
fn person_name(text: &str) -> Result<String, TooLong> {
    let visible: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    PERSON_NAME.line(&visible.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A path of this program, or its start page: a redirect must not lead to anybody else.
fn own_path(to: &str) -> String {
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let inner = urls::strip_prefix(to).unwrap_or_default();
    let leads_away = inner.starts_with("//") || to.starts_with("//");
    let is_page = !inner.starts_with("/login") && !inner.starts_with("/logout");
    if is_plain && !inner.is_empty() && !leads_away && is_page { to.to_owned() } else { urls::start() }
}

/// The answer to a client that is not signed in: a browser gets the login and then the requested page; a program gets the
/// status.
pub(crate) fn redirect_to_login(request: &Request, refused: Response) -> Response {
    let wants_page =
        request.headers().get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    if request.method() != Method::GET || !wants_page {
        return refused;
    }
    let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    Redirect::to(&urls::login_returning_to(&own_path(&urls::with_prefix(path)))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_returns_to_pages_of_the_program_alone() {
        for path in ["/", "/plans/7f3k/database?return=review#title", "/checks"] {
            assert_eq!(own_path(path), path);
        }
        for path in [
            "",
            "plans",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/ä",
            "/\t/evil.example",
            "/login",
            "/login?to=/",
            "/logout",
        ] {
            assert_eq!(own_path(path), "/", "{path:?}");
        }
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(person_name("  Kasun \r\n\t Perera\u{0} "), Ok("Kasun Perera".to_owned()));
        assert!(person_name(&"x".repeat(200)).is_err());
    }
}
