//! Who may talk to the server: browsers on this machine, from pages of this server. Also the headers of every answer.
//!
//! A page elsewhere must not drive the wizard: neither by posting forms (CSRF) nor by a name of its own that leads to
//! 127.0.0.1 (DNS rebinding).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The host names under which the server answers.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// The names of this machine, where nobody stands between.
    own: Vec<String>,
    /// Those of the configuration, which may be a proxy's that speaks TLS.
    more: Vec<String>,
}

impl AllowedHosts {
    /// The names of this machine, and `more` from the configuration.
    #[must_use]
    pub fn new(more: &[String]) -> Self {
        Self {
            own: ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec(),
            more: more.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// Whether a `Host` header, with or without port, names this server.
    #[must_use]
    pub fn has(&self, authority: &str) -> bool {
        let host = host_of(authority);
        self.own.contains(&host) || self.more.contains(&host)
    }

    /// Whether a page of this origin came from `authority`: the server itself speaks no TLS.
    fn is_origin(&self, origin: &str, authority: &str) -> bool {
        origin.split_once("://").is_some_and(|(scheme, from)| {
            let spoken = scheme == "http" || (scheme == "https" && self.more.contains(&host_of(authority)));
            spoken && from.eq_ignore_ascii_case(authority)
        })
    }
}

/// The name in small letters, without a port.
fn host_of(authority: &str) -> String {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
    .to_ascii_lowercase()
}

/// Refuses requests that come under another name or from another page.
pub(super) async fn guard(State(hosts): State<AllowedHosts>, request: Request, next: Next) -> Response {
    let refuse = |status: StatusCode, text: &'static str| with_headers((status, text).into_response());
    let headers = request.headers();
    let Some(host) = text(headers, header::HOST).filter(|host| hosts.has(host)) else {
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "Clusterwright answers only under the names of this machine. Open http://localhost and its port.\n",
        );
    };
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !is_same_origin(headers, host, &hosts) {
        return refuse(
            StatusCode::FORBIDDEN,
            "This request came from another page. Open the wizard itself and try again.\n",
        );
    }
    with_headers(next.run(request).await)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a changing request comes from a page of ours, or from no page at all (a command-line tool). Browsers send
/// `Origin` with every POST (Fetch standard), so its absence with `Sec-Fetch-Site` absent too means no browser.
fn is_same_origin(headers: &HeaderMap, host: &str, hosts: &AllowedHosts) -> bool {
    match text(headers, header::ORIGIN) {
        Some(origin) => hosts.is_origin(origin, host),
        None => headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none"),
    }
}

/// No script but our own files, no frame, no other host, nothing kept by caches, unless the answer says so.
fn with_headers(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let hosts = AllowedHosts::new(&["wizard.internal".to_owned()]);
        for host in ["localhost:3000", "127.0.0.1", "[::1]:3000", "LOCALHOST", "wizard.internal:80"] {
            assert!(hosts.has(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:3000", "127.0.0.1.nip.io", "", "localhost:x"] {
            assert!(!hosts.has(host), "{host}");
        }
    }

    #[test]
    fn a_page_elsewhere_cannot_post() {
        let hosts = AllowedHosts::new(&["wizard.internal".to_owned()]);
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            is_same_origin(&headers, "localhost:3000", &hosts)
        };
        assert!(hosts.is_origin("https://wizard.internal", "wizard.internal"), "behind a proxy that speaks TLS");
        assert!(!with("origin", "https://localhost:3000"), "another scheme is another origin");
        assert!(!with("origin", "ftp://localhost:3000"));
        assert!(with("origin", "http://localhost:3000"));
        assert!(!with("origin", "http://localhost:4000"));
        assert!(!with("origin", "https://evil.example"));
        assert!(!with("origin", "null"));
        assert!(!with("sec-fetch-site", "cross-site"));
        assert!(with("sec-fetch-site", "same-origin"));
        assert!(is_same_origin(&HeaderMap::new(), "localhost:3000", &hosts));
    }
}
