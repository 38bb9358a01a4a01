//! The cookies of sessions: their names and attributes, and the tokens in the cookies that a browser sends.

use std::time::Duration;

use app::urls;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, CookieBuilder, SameSite};
use domain::author::DisplayName;
use domain::limits::PERSON_NAME;
use domain::server_credential::ServerCredential;
use service::access::sessions::OWNER_SESSION_TTL;
use store::PlanId;
use thiserror::Error;

/// The prefix of a cookie that browsers accept over HTTPS only, for this host only (RFC 6265bis section 4.1.3): no other
/// port or path of the host can plant one in its place.
const HOST_PREFIX: &str = "__Host-";
/// The same for a cookie with its own path: no page that was loaded without TLS can plant one.
const SECURE_PREFIX: &str = "__Secure-";
/// Cookies of one name that are looked up: others may have been planted before ours.
const MAX_COOKIES: usize = 8;
/// The cookie of the signed-in owner, without its prefix.
pub(crate) const OWNER_COOKIE: &str = "clusterwright_owner";
/// The cookie of a visitor, without its prefix. Browsers send it to the addresses of its plan only.
pub(crate) const LINK_COOKIE: &str = "clusterwright_link";

/// The name of an owner who does not sign in, without its prefix. It proves nothing: where no one signs in, every client is
/// the owner.
const NAME_COOKIE: &str = "clusterwright_name";
/// How long a browser keeps it: the maximum that browsers allow (RFC 6265bis section 5.5).
const NAME_TTL: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The longest token that is looked up; ours have 22 characters.
const MAX_TOKEN_CHARS: usize = 64;

/// A cookie cannot be written as a header.
#[derive(Debug, Error)]
#[error("a cookie is no header value")]
pub(crate) struct CookieError;

/// The `Set-Cookie` of a new session of the owner. `secure`: the browser used HTTPS.
///
/// # Errors
/// When the cookie is no header value.
#[expect(clippy::disallowed_methods, reason = "the browser gets the token in its cookie")]
pub(crate) fn owner_session(token: &ServerCredential, secure: bool) -> Result<HeaderValue, CookieError> {
    // Strict: no other page opens the wizard with the owner's rights.
    set_cookie(OWNER_COOKIE, token.reveal(), &urls::start(), SameSite::Strict, OWNER_SESSION_TTL, secure)
}

/// The `Set-Cookie` of a new session of a visitor of `plan`.
///
/// # Errors
/// When the cookie is no header value.
#[expect(clippy::disallowed_methods, reason = "the browser gets the token in its cookie")]
pub(crate) fn visitor_session(
    token: &ServerCredential,
    plan: PlanId,
    lifetime: Duration,
    secure: bool,
) -> Result<HeaderValue, CookieError> {
    let path = urls::plan(&plan.to_string());
    // Lax: a visitor who follows a link in a mail to the plan stays a visitor. No GET request changes anything.
    set_cookie(LINK_COOKIE, token.reveal(), &path, SameSite::Lax, lifetime, secure)
}

/// The tokens in the cookies of the owner's sessions. `secure`: the request used HTTPS, and then only a cookie that was set
/// over HTTPS counts.
pub(crate) fn owner_tokens(headers: &HeaderMap, secure: bool) -> Vec<&str> {
    tokens(headers, OWNER_COOKIE, secure)
}

/// The same for visitors.
pub(crate) fn visitor_tokens(headers: &HeaderMap, secure: bool) -> Vec<&str> {
    tokens(headers, LINK_COOKIE, secure)
}

/// Each `Set-Cookie` that deletes the owner's cookies of this request.
///
/// # Errors
/// When a cookie is no header value.
pub(crate) fn expired_owner(headers: &HeaderMap) -> Result<Vec<HeaderValue>, CookieError> {
    expired(headers, OWNER_COOKIE, &[urls::start()], SameSite::Strict)
}

/// Each `Set-Cookie` that deletes the visitor's cookies of this request, also one that was planted for the whole host.
///
/// # Errors
/// When a cookie is no header value.
pub(crate) fn expired_visitor(headers: &HeaderMap, plan: PlanId) -> Result<Vec<HeaderValue>, CookieError> {
    let own = urls::plan(&plan.to_string());
    expired(headers, LINK_COOKIE, &[own, "/plans".to_owned(), "/".to_owned()], SameSite::Lax)
}

/// The name that the owner of a server without sign-in entered in this browser; `None` where no valid one was sent.
#[must_use]
pub(crate) fn owner_name(headers: &HeaderMap, secure: bool) -> Option<DisplayName> {
    let read = |value: &str| {
        let pair = format!("name={value}");
        let (_, name) = form_urlencoded::parse(pair.as_bytes()).next()?;
        PERSON_NAME.line(name.trim()).ok().and_then(DisplayName::new)
    };
    values(headers, NAME_COOKIE, secure).into_iter().find_map(read)
}

/// The `Set-Cookie` that stores this name.
///
/// # Errors
/// When the cookie is no header value.
pub(crate) fn owner_name_cookie(name: &str, secure: bool) -> Result<HeaderValue, CookieError> {
    let value: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    set_cookie(NAME_COOKIE, &value, &urls::start(), SameSite::Strict, NAME_TTL, secure)
}

/// The prefix of the name of a cookie with this path.
fn prefix(secure: bool, path: &str) -> &'static str {
    match (secure, path) {
        (false, _) => "",
        (true, "/") => HOST_PREFIX,
        (true, _) => SECURE_PREFIX,
    }
}

fn set_cookie(
    name: &str,
    value: &str,
    path: &str,
    same_site: SameSite,
    lifetime: Duration,
    secure: bool,
) -> Result<HeaderValue, CookieError> {
    let name = format!("{}{name}", prefix(secure, path));
    header_value(build(&name, value, path, same_site, secure), lifetime)
}

fn build<'a>(name: &'a str, value: &'a str, path: &'a str, same_site: SameSite, secure: bool) -> CookieBuilder<'a> {
    Cookie::build((name, value)).path(path).http_only(true).same_site(same_site).secure(secure)
}

fn header_value(cookie: CookieBuilder<'_>, lifetime: Duration) -> Result<HeaderValue, CookieError> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let cookie = cookie.max_age(cookie::time::Duration::seconds(seconds)).build();
    let mut value = HeaderValue::from_str(&cookie.to_string()).map_err(|_| CookieError)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A `Set-Cookie` that deletes each cookie of the request with this name, at each of these paths.
fn expired(
    headers: &HeaderMap,
    name: &str,
    paths: &[String],
    same_site: SameSite,
) -> Result<Vec<HeaderValue>, CookieError> {
    let mut expired = Vec::new();
    for prefix in [HOST_PREFIX, SECURE_PREFIX, ""] {
        let full = format!("{prefix}{name}");
        // A request without a cookie still gets one `Set-Cookie` that deletes it.
        if named(headers, &full).next().is_none() && !prefix.is_empty() {
            continue;
        }
        for path in paths.iter().filter(|path| prefix != HOST_PREFIX || *path == "/") {
            expired.push(header_value(build(&full, "", path, same_site, !prefix.is_empty()), Duration::ZERO)?);
        }
    }
    Ok(expired)
}

/// The tokens in the cookies with this name, at most [`MAX_COOKIES`]; otherwise as [`values`].
fn tokens<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> Vec<&'a str> {
    let fits = |value: &&str| value.len() <= MAX_TOKEN_CHARS;
    values(headers, name, secure).into_iter().filter(fits).take(MAX_COOKIES).collect()
}

/// The values of the cookies with this name, first those that were set over HTTPS; for a request over HTTPS only those.
fn values<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> Vec<&'a str> {
    let prefixes: &[&str] = if secure { &[HOST_PREFIX, SECURE_PREFIX] } else { &[HOST_PREFIX, SECURE_PREFIX, ""] };
    prefixes.iter().flat_map(|prefix| named(headers, &format!("{prefix}{name}")).collect::<Vec<_>>()).collect()
}

/// The values of the cookies with exactly this name.
fn named<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(move |cookie| cookie.name() == name)
        .filter_map(|cookie| cookie.value_raw())
}

#[cfg(test)]
mod tests;
