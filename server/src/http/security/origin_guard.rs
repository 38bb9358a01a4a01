//! Which clients may use the server: browsers that requested it under one of its names, from pages of this server. Also the
//! headers of every answer.
//!
//! A foreign page must not drive the wizard: neither by posting forms (CSRF) nor by a foreign name that resolves to this
//! machine (DNS rebinding). This module does not ask who the person is.

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::security::request_context::{AllowedHosts, RequestContext};
use crate::http::url_prefix::{self, OutsidePrefix};
use crate::net::SpareConnection;
use crate::net::peer::Peer;

/// Load balancers and orchestrators ask these under any name, or none, and in clear.
const HEALTH_PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// Refuses requests that come under another name or from another page; tells the others' handlers how they came.
pub(crate) async fn check_origin(State(hosts): State<AllowedHosts>, mut request: Request, next: Next) -> Response {
    // Who asks for health knows no name and changes nothing.
    if HEALTH_PATHS.contains(&request.uri().path()) && request.method() == Method::GET {
        return with_headers(next.run(request).await);
    }
    if request.extensions().get::<SpareConnection>().is_some() {
        return with_headers(busy());
    }
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|info| info.0);
    let visit = match hosts.request_context(peer, request.uri(), request.headers()) {
        Ok(visit) => visit,
        Err(refusal) => return with_headers(refusal.into_response()),
    };
    if request.extensions().get::<OutsidePrefix>().is_some() {
        return with_headers(url_prefix::reject_outside_prefix());
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !is_same_origin(request.headers(), &visit, &hosts) && !is_share_link_form(&request) {
        return with_headers(
            (StatusCode::FORBIDDEN, "This request was sent by another site. Open the wizard and try again.\n")
                .into_response(),
        );
    }
    request.extensions_mut().insert(visit);
    with_headers(next.run(request).await)
}

/// The answer to a client when every connection is taken.
fn busy() -> Response {
    const TEXT: &str =
        "Too many connections are open, in total or from your address. Close some, or try again in a minute.\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "10")], TEXT).into_response()
}

/// Whether a changing request comes from a page of ours, or from no page at all (a command-line tool). Browsers send
/// `Origin` with every POST (Fetch standard), so its absence with `Sec-Fetch-AppState` absent too means no browser.
fn is_same_origin(headers: &HeaderMap, visit: &RequestContext, hosts: &AllowedHosts) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| hosts.is_origin(origin, visit)),
        None => headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none"),
    }
}

/// Whether the request comes from the page of a share link. Such a page keeps its address secret (`no-referrer`), so
/// browsers send `Origin: null` with its form (Fetch standard, "append a request `Origin` header"). Another header states
/// that the form is of the same origin, except where the browser came by plain http from another machine; there the token in
/// the address is what no other page knows.
fn is_share_link_form(request: &Request) -> bool {
    let headers = request.headers();
    request.uri().path().starts_with("/s/")
        && headers.get(header::ORIGIN).is_some_and(|origin| origin == "null")
        && headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// No script but our own files, no frame, no other host, nothing kept by caches, unless the answer sets these headers
/// itself.
pub(crate) fn with_headers(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_elsewhere_cannot_post() {
        let hosts = AllowedHosts::new(&[]);
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("localhost:3000"))]);
            headers.extend(
                pairs
                    .iter()
                    .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))),
            );
            headers
        };
        let ours = |pairs: &[(&'static str, &'static str)]| {
            let headers = headers(pairs);
            let visit = hosts.request_context(None, &axum::http::Uri::from_static("/"), &headers).unwrap();
            is_same_origin(&headers, &visit, &hosts)
        };
        assert!(ours(&[]), "no browser");
        assert!(ours(&[("origin", "http://localhost:3000")]));
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(!ours(&[("origin", "null")]));
        assert!(!ours(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")]));
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[("sec-fetch-site", "same-site")]));
    }
}
