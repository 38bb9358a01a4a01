//! The cookies of sessions: their names, what a browser is told to keep, and what it sends back.

use std::time::Duration;

use app::urls;
use axum::http::{HeaderMap, HeaderValue, header};
use domain::limits::PERSON_NAME;

use super::SessionsError;

/// What stands before the name of a cookie that browsers take over https alone, for this host alone (RFC 6265bis section
/// 4.1.3): no other port or path of the host can plant one in its place.
const HOST_PREFIX: &str = "__Host-";
/// The same for a cookie with a path of its own: no page that came in clear can plant one.
const SECURE_PREFIX: &str = "__Secure-";
/// Cookies of one name that are looked up: somebody may have planted others before ours.
const MAX_COOKIES: usize = 8;
/// The cookie of who has signed in, without its prefix.
pub const OWNER_COOKIE: &str = "clusterwright_owner";
/// The cookie of who came by a link, without its prefix. It goes to the addresses of its plan alone.
pub const LINK_COOKIE: &str = "clusterwright_link";

/// What an owner who does not sign in calls themselves, without its prefix. It proves nothing: where no one signs in, every
/// client is the owner.
const NAME_COOKIE: &str = "clusterwright_name";
/// How long a browser keeps it: the longest that browsers allow (RFC 6265bis section 5.5).
const NAME_TTL: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// The longest token that is looked up; ours have 22 letters.
const MAX_TOKEN_CHARS: usize = 64;

/// What stands before the name of a cookie of this path.
pub(super) fn prefix(secure: bool, path: &str) -> &'static str {
    match (secure, path) {
        (false, _) => "",
        (true, "/") => HOST_PREFIX,
        (true, _) => SECURE_PREFIX,
    }
}

/// A `Set-Cookie` that takes away each cookie of the request with this name, at each of these paths.
pub(super) fn expired_cookie(
    headers: &HeaderMap,
    name: &str,
    paths: &[String],
    same_site: &str,
) -> Result<Vec<HeaderValue>, SessionsError> {
    let mut gone = Vec::new();
    for prefix in [HOST_PREFIX, SECURE_PREFIX, ""] {
        let full = format!("{prefix}{name}");
        // Without a cookie the answer still says that there is none.
        if cookies_named(headers, &full).next().is_none() && !prefix.is_empty() {
            continue;
        }
        for path in paths.iter().filter(|path| prefix != HOST_PREFIX || *path == "/") {
            gone.push(set_cookie(&full, "", path, same_site, Duration::ZERO, !prefix.is_empty())?);
        }
    }
    Ok(gone)
}

pub(super) fn set_cookie(
    name: &str,
    value: &str,
    path: &str,
    same_site: &str,
    lifetime: Duration,
    secure: bool,
) -> Result<HeaderValue, SessionsError> {
    let secure = if secure { "; Secure" } else { "" };
    let age = lifetime.as_secs();
    let text = format!("{name}={value}; Path={path}; Max-Age={age}; HttpOnly; SameSite={same_site}{secure}");
    let mut cookie = HeaderValue::from_str(&text).map_err(|_| SessionsError::Written)?;
    cookie.set_sensitive(true);
    Ok(cookie)
}

/// The tokens in the cookies with this name, at most [`MAX_COOKIES`]; otherwise as [`cookie_values`].
pub(super) fn cookies<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> impl Iterator<Item = &'a str> {
    cookie_values(headers, name, secure).into_iter().filter(|value| value.len() <= MAX_TOKEN_CHARS).take(MAX_COOKIES)
}

/// The values of the cookies with this name, those first that were set over https; for a request that came by https only
/// those.
fn cookie_values<'a>(headers: &'a HeaderMap, name: &str, secure: bool) -> Vec<&'a str> {
    let prefixes: &[&str] = if secure { &[HOST_PREFIX, SECURE_PREFIX] } else { &[HOST_PREFIX, SECURE_PREFIX, ""] };
    prefixes.iter().flat_map(|prefix| cookies_named(headers, &format!("{prefix}{name}")).collect::<Vec<_>>()).collect()
}

/// The values of the cookies with exactly this name.
fn cookies_named<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The name that the owner of a server without sign-in entered in this browser; empty where none fits.
#[must_use]
pub fn owner_name(headers: &HeaderMap, secure: bool) -> String {
    let read = |value: &str| {
        let pair = format!("name={value}");
        let (_, name) = form_urlencoded::parse(pair.as_bytes()).next()?;
        PERSON_NAME.line(name.trim()).ok().filter(|name| !name.is_empty())
    };
    cookie_values(headers, NAME_COOKIE, secure).into_iter().find_map(read).unwrap_or_default()
}

/// The `Set-Cookie` that keeps this name.
///
/// # Errors
/// When no cookie can be created from it.
pub fn owner_name_cookie(name: &str, secure: bool) -> Result<HeaderValue, SessionsError> {
    let path = urls::start();
    let value: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let cookie = format!("{}{NAME_COOKIE}", prefix(secure, &path));
    set_cookie(&cookie, &value, &path, "Strict", NAME_TTL, secure)
}
