//! What machines ask: whether the process lives, whether it can work, and what it has counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::server_credential::ServerCredential;
use store::RecordWrite;
use subtle::ConstantTimeEq as _;

use crate::http::metrics::{Gauges, MAX_COUNTED_SESSIONS};
use crate::http::security::request_context::RequestContext;
use crate::http::state::AppState;
use service::access::sessions::SESSIONS;
use service::clock;
use service::random_token::{hash, hash_of};
use service::records::{Timestamp, kinds};

/// On an answer that the store could not give.
#[derive(Clone, Copy)]
pub(crate) struct StoreUnavailable;

/// Who may read the counters from elsewhere: whoever shows this token.
#[derive(Clone)]
pub struct MetricsToken([u8; 32]);

impl MetricsToken {
    /// The token of the configuration.
    #[must_use]
    pub fn of(token: &ServerCredential) -> Self {
        Self(hash_of(token))
    }
}

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
    if let Err(advice) = site.saves.possible(&site).await {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("Plans cannot be saved. {advice}\n")).into_response();
    }
    if !site.plans.vault().is_present() {
        let text = "The vault's key file is missing. Restore it from a backup: without it, secrets cannot be opened after a restart.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    "ok\n".into_response()
}

/// Whether a save was possible lately: who asks often does not write each time.
#[derive(Clone, Default)]
pub(crate) struct SaveProbe(Arc<tokio::sync::Mutex<Option<SaveProbeResult>>>);

/// When a save was tried, and what to do where it failed.
type SaveProbeResult = (Instant, Result<(), String>);

/// How long it is believed that saves are possible, and that they are not.
const SAVE_CHECK_TTL: [Duration; 2] = [Duration::from_secs(30), Duration::from_secs(2)];
/// What is written to find out: the kind and key of a fact, and as much as a small plan has, in bytes.
const SAVE_CHECK: [&str; 2] = [kinds::FACT.name(), "save-check"];
const SAVE_CHECK_BYTES: usize = 16 * 1024;

impl SaveProbe {
    /// Whether one is, or what to do about it.
    async fn possible(&self, site: &AppState) -> Result<(), String> {
        let mut known = self.0.lock().await;
        if let Some((at, found)) = known.as_ref()
            && at.elapsed() < SAVE_CHECK_TTL[usize::from(found.is_err())]
        {
            return found.clone();
        }
        let [kind, key] = SAVE_CHECK;
        let write = RecordWrite::put(kind, key, "x".repeat(SAVE_CHECK_BYTES));
        let found = site.plans.store().write(None, &[write]).await.map(drop).map_err(|error| {
            tracing::error!(%error, "cannot save plans");
            error.advice()
        });
        *known = Some((Instant::now(), found.clone()));
        found
    }
}

/// `GET /metrics`: for this machine, and for whoever shows the token.
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
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn shows_token(site: &AppState, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match (&site.metrics_token, shown.and_then(|value| value.strip_prefix("Bearer "))) {
        (Some(MetricsToken(right)), Some(shown)) => hash(shown.trim()).ct_eq(right).into(),
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
