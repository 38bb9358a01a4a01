//! What machines ask: whether the process lives, whether it can work, and what it has counted.

use std::time::Instant;

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::StoreUnavailable;
use crate::http::metrics::{CONTENT_TYPE, Gauges, MAX_COUNTED_SESSIONS};
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::access::sessions::SESSIONS;
use service::clock;
use service::records::Timestamp;

/// `GET /healthz`: the process lives.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: plans can be read and saved, and secrets opened.
pub(crate) async fn readyz(State(site): State<AppState>) -> Response {
    if let Err(error) = site.plans.store().health().await {
        tracing::error!(%error, "the store is unavailable");
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", error.advice())).into_response();
    }
    if let Err(advice) = site.saves.check(&site.plans).await {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("Plans cannot be saved. {advice}\n")).into_response();
    }
    if !site.plans.vault().is_present() {
        let text = "The vault's key file is missing. Restore it from a backup: without it, secrets cannot be opened after a restart.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    "ok\n".into_response()
}

/// `GET /metrics`: for this machine, and for every client that presents the token.
pub(crate) async fn metrics(
    State(site): State<AppState>,
    Extension(visit): Extension<RequestContext>,
    headers: HeaderMap,
) -> Response {
    if !visit.is_local && !shows_token(&site, &headers) {
        let text = "Metrics are available only on this machine. From other machines, send the metrics_token of the configuration as Authorization: Bearer.\n";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], text).into_response();
    }
    let now = clock::now();
    let plans = match site.metrics.plans(now) {
        Some(plans) => Some(plans),
        None => count_plans(&site, now).await,
    };
    let sessions = SESSIONS.all(site.plans.store().as_ref()).first(MAX_COUNTED_SESSIONS).await.ok();
    let sessions = sessions
        .map(|found| found.iter().filter(|entry| entry.expires_at > Some(Timestamp::from_unix(now))).count() as u64);
    let text = site.metrics.text(&Gauges { plans, sessions, runs: site.runs.running() });
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

fn shows_token(site: &AppState, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match (&site.metrics_token, shown.and_then(|value| value.strip_prefix("Bearer "))) {
        (Some(token), Some(shown)) => token.is_same(shown.trim()),
        _ => false,
    }
}

async fn count_plans(site: &AppState, now: u64) -> Option<u64> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = site.plans.store().plan_ids(after, 5000).await.ok()?;
        let Some(last) = page.last() else { break };
        count += page.len() as u64;
        after = Some(*last);
    }
    site.metrics.keep_plans(count, now);
    Some(count)
}

/// Counts every request that matched a route, and those that matched none together.
pub(crate) async fn count(State(site): State<AppState>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    if response.extensions().get::<StoreUnavailable>().is_some() {
        site.metrics.store_error();
    }
    site.metrics.request(method.as_str(), &route, response.status().as_u16(), begun.elapsed());
    response
}
