//! The path prefix under which a proxy may publish the program, such as `/clusterwright`.

use app::urls;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};

/// What is asked of the process itself: also without the prefix.
const UNPREFIXED_PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The site under the path that a proxy passes on unchanged; everything else is not the program's. The path is taken off
/// before routes are looked up, so that no route and no table of routes knows of it.
pub(crate) fn nest_under_prefix(prefix: &str, site: Router) -> Router {
    if prefix.is_empty() {
        return site;
    }
    Router::new().fallback_service(site).layer(middleware::map_request(without_prefix))
}

/// Marks a request for an address outside the prefix. It is refused once its host is checked, with the headers of every
/// answer.
#[derive(Clone, Copy)]
pub(crate) struct OutsidePrefix;

async fn without_prefix(mut request: Request) -> Request {
    let uri = request.uri();
    // What asks whether the process lives comes past the proxy.
    if UNPREFIXED_PATHS.contains(&uri.path()) {
        return request;
    }
    let rest = if uri.path() == urls::prefix() { Some("/") } else { urls::strip_prefix(uri.path()) };
    let rest = rest.and_then(|path| match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok(),
        None => path.parse().ok(),
    });
    let rewritten = rest.and_then(|rest| {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(rest);
        Uri::from_parts(parts).ok()
    });
    match rewritten {
        Some(uri) => *request.uri_mut() = uri,
        None => {
            request.extensions_mut().insert(OutsidePrefix);
        }
    }
    request
}

/// What a proxy's maker reads who takes the prefix off.
pub(crate) fn reject_outside_prefix() -> Response {
    let text = format!(
        "Clusterwright is published under {}. Configure the proxy to pass on the path unchanged.\n",
        urls::start()
    );
    (StatusCode::NOT_FOUND, text).into_response()
}
