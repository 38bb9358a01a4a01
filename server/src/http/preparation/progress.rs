//! The page of an active preparation, sent line by line and therefore not compressed. So it updates without JavaScript and
//! without loading itself again, on any replica.

use std::convert::Infallible;
use std::time::Duration;

use app::view::{PrepareBar, PrepareView};
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use store::PlanId;
use tokio_util::sync::CancellationToken;

use crate::http::preparation::run_view::{self, ended};
use crate::http::security::access_watch::AccessWatch;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::clock;
use service::preparation::run::{PreparationRuns, RunStatus};

/// How often a page that grows asks how far the run is: it may be another replica's.
const POLL_INTERVAL: Duration = Duration::from_millis(300);

/// The page of an active run: every line when it arrives, then the end.
pub(super) fn progress_page(site: &AppState, plan: PlanId, actor: &Actor, view: &PrepareView) -> Response {
    let [before, between, after] = app::pages::prepare_running(view);
    let reading = ProgressStream {
        runs: site.preparings.clone(),
        plan,
        stopping: site.stopping.clone(),
        still: AccessWatch::new(site, plan, actor),
        seen: 0,
        bars: Vec::new(),
        before: Some(before),
        rest: Some((between, after)),
    };
    let stream = futures::stream::unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), reading))
    });
    let html = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A proxy in front must not collect the lines.
    let at_once = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([html, at_once], Body::from_stream(stream)).into_response()
}

/// A client that follows the run.
struct ProgressStream {
    runs: PreparationRuns,
    plan: PlanId,
    stopping: CancellationToken,
    still: AccessWatch,
    seen: usize,
    bars: Vec<PrepareBar>,
    before: Option<String>,
    rest: Option<(String, String)>,
}

impl ProgressStream {
    /// The next piece of the page; `None` after the last.
    async fn next(&mut self) -> Option<String> {
        if let Some(before) = self.before.take() {
            return Some(before);
        }
        self.rest.as_ref()?;
        loop {
            // Without the database no news is available; the page explains how to check again.
            let status = self.runs.latest(self.plan, clock::now()).await.ok().flatten();
            let Some(RunStatus { lines, bars, end, .. }) = status else {
                let (between, after) = self.rest.take()?;
                return Some(format!("{between}{after}"));
            };
            let bars = run_view::bars(&bars);
            let lines = lines.get(self.seen..).unwrap_or_default();
            let is_news = !lines.is_empty() || self.bars != bars;
            let new = if is_news { app::pages::prepare_piece(lines, &bars) } else { String::new() };
            self.seen += lines.len();
            self.bars = bars;
            if let Some(end) = end {
                let (between, after) = self.rest.take()?;
                let end = app::pages::prepare_end(&self.plan.to_string(), &ended(&end, self.bars.clone()));
                return Some(format!("{new}{between}{end}{after}"));
            }
            if !new.is_empty() {
                return Some(new);
            }
            tokio::select! {
                () = tokio::time::sleep(POLL_INTERVAL) => continue,
                () = self.still.over() => {}
                () = self.stopping.cancelled() => {}
            }
            let (between, after) = self.rest.take()?;
            return Some(format!("{between}{after}"));
        }
    }
}
