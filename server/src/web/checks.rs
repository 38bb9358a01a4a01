//! Live checks over HTTP: starting, stopping, and following as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use futures::Stream;
use serde::Deserialize;

use app::urls;
use domain::check::CheckId;
use domain::step::Step;

use super::Site;
use super::failure::{Failure, plan, plan_id};
use super::form::Form;
use crate::checking;
use crate::plans::OpenPlan;
use crate::runs::Busy;

/// How long a page without JavaScript waits for its checks: a little more than any check may take.
const PATIENCE: Duration = Duration::from_millis(6500);

/// `POST /plans/{plan}/checks`.
pub(super) async fn begin(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let step = form.get("step").and_then(Step::from_slug);
    let named: Vec<CheckId> = form.all("id").filter_map(|code| code.parse().ok()).collect();
    let checks = if named.is_empty() { checking::of_step(step) } else { named };
    let started = start(&site, &plan, checks);
    let wants_json = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    if wants_json {
        return Ok(match started {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(Busy) => StatusCode::CONFLICT.into_response(),
        });
    }
    site.runs.of(plan.id).settled(PATIENCE).await;
    let page = step.map_or_else(|| urls::review(&id), |step| urls::step(&id, step));
    Ok(Redirect::to(&format!("{page}#{}", urls::CHECKS)).into_response())
}

/// Starts the checks of a step and waits for them, for a page without JavaScript.
pub(super) async fn begin_step(site: &Site, plan: &OpenPlan, step: Option<Step>) {
    // While a run goes on, its results are what the page shows.
    let _ = start(site, plan, checking::of_step(step));
    site.runs.of(plan.id).settled(PATIENCE).await;
}

fn start(site: &Site, plan: &OpenPlan, checks: Vec<CheckId>) -> Result<(), Busy> {
    let runs = site.runs.of(plan.id);
    let (run, token) = runs.begin()?;
    let plan = plan.clone();
    // The run goes on when the page is left; only cancelling stops it.
    tokio::spawn(async move {
        let log = std::sync::Arc::clone(&runs);
        checking::run(&plan.draft, &plan.secrets, checks, run, move |event| log.push(event), token).await;
        runs.end();
    });
    Ok(())
}

/// `POST /plans/{plan}/checks/cancel`.
pub(super) async fn cancel(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let plan_id = plan_id(&id)?;
    site.runs.of(plan_id).cancel();
    site.runs.of(plan_id).settled(PATIENCE).await;
    let back = headers.get(header::REFERER).and_then(|referer| referer.to_str().ok()).and_then(path_of);
    Ok(Redirect::to(&back.unwrap_or_else(|| urls::review(&id))).into_response())
}

/// The path of an address, so that a redirect cannot lead to another host.
fn path_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with("plans/").then(|| format!("/{path}#{}", urls::CHECKS))
}

/// From where a stream goes on.
#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: usize,
}

/// `GET /plans/{plan}/checks/events`: every event after the one the browser saw last, and then as they come.
pub(super) async fn events(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let plan = plan(&site.plans, &id).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let seen: usize = last.unwrap_or(after.after);
    let runs = site.runs.of(plan.id);
    // A log that is shorter than what was seen is a new one: the server was restarted.
    let seen = if seen > runs.since(0).len() { 0 } else { seen };
    let stopping = site.stopping.clone();
    let stream = futures::stream::unfold((runs, seen, Vec::new().into_iter()), move |(runs, mut seen, mut batch)| {
        let stopping = stopping.clone();
        async move {
            loop {
                if let Some((number, event)) = batch.next() {
                    seen = number;
                    let Ok(data) = serde_json::to_string(&event) else { continue };
                    return Some((Ok(Event::default().id(number.to_string()).data(data)), (runs, seen, batch)));
                }
                tokio::select! {
                    () = runs.more_than(seen) => {}
                    () = stopping.cancelled() => return None,
                }
                batch = runs.since(seen).into_iter();
            }
        }
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn going_back_stays_here() {
        assert_eq!(path_of("http://localhost:3000/plans/x/database?a#b").as_deref(), Some("/plans/x/database#checks"));
        assert_eq!(path_of("https://evil.example//plans/x"), None);
        assert_eq!(path_of("nonsense"), None);
    }
}
