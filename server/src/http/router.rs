//! The router: built from the table of routes, with what is decided before and after every handler.

use app::urls;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware;
use tower_http::compression::CompressionLayer;

use super::security::request_context::AllowedHosts;
use super::security::{authorization, origin_guard};
use super::state::AppState;
use super::{error, health, routes, url_prefix};

/// The largest form, in bytes: every field at its longest, with some PEM texts.
const MAX_FORM_BYTES: usize = 1024 * 1024;

/// The whole site.
pub fn router(site: AppState, hosts: AllowedHosts) -> Router {
    let pages = with_authorization(routes::table(), site.clone())
        .layer(middleware::from_fn_with_state(hosts, origin_guard::check_origin))
        .layer(middleware::from_fn_with_state(site, health::count));
    url_prefix::nest_under_prefix(urls::prefix(), pages)
}

/// Every method and path that is answered, such as `/plans/{plan}/review`; for tests.
#[must_use]
pub fn addresses() -> Vec<(Method, &'static str)> {
    routes::table().into_iter().map(|route| (route.method, route.path)).collect()
}

/// The routes of `table`, each with the authorization that it requires.
pub(crate) fn with_authorization(table: Vec<routes::Route>, site: AppState) -> Router {
    let admission = authorization::Authorization::of(
        table.iter().map(|route| (route.path, route.method.clone(), route.needs)),
        site.clone(),
    );
    let (as_they_are, pages): (Vec<_>, Vec<_>) =
        table.into_iter().partition(|route| routes::UNCOMPRESSED.contains(&route.path));
    let add = |router: Router<AppState>, route: routes::Route| router.route(route.path, route.answers);
    let pages = pages
        .into_iter()
        .fold(Router::new(), add)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES))
        .layer(CompressionLayer::new().br(true).gzip(true).quality(tower_http::CompressionLevel::Precise(6)));
    as_they_are
        .into_iter()
        .fold(pages, add)
        .fallback(error::not_found)
        .layer(middleware::from_fn_with_state(admission, authorization::authorize))
        .with_state(site)
}
