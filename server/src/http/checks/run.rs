//! Live checks over HTTP: starting, stopping, and following as server-sent events.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use futures::Stream;
use serde::Deserialize;

use app::urls;
use app::view::CheckDocView;
use domain::check::{CheckEvent, CheckId, Reach};
use domain::history::journal::JournalAction;
use domain::rights;
use domain::step::Step;
use probe::verification::ClusterAccess;
use store::PlanId;
use tokio_util::sync::CancellationToken;

use crate::http::error::{RequestError, plan};
use crate::http::form::Form;
use crate::http::plan::page;
use crate::http::security::access_watch::AccessWatch;
use crate::http::state::AppState;
use service::access::actor::Actor;
use service::checks::runner;
use service::checks::runner::{CheckSelection, RunContext};
use service::checks::runs::{PlanRuns, RunStarter, StartRunError};
use service::clock;
use service::plans::OpenPlan;

/// How long a page without JavaScript waits for its checks: a little more than any check may take.
pub(crate) const NO_SCRIPT_WAIT_TIMEOUT: Duration = Duration::from_millis(6500);

/// `POST /plans/{plan}/checks`.
pub(crate) async fn start_from_form(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let step = form.get("step").and_then(Step::from_slug);
    // A request that names a check that writes comes from a button whose text states what the check writes.
    let named: Vec<CheckId> = form.all("id").filter_map(|code| code.parse().ok()).collect();
    let mut checks = if named.is_empty() { of_step(&site, plan.id, step).await? } else { named };
    checks.retain(|check| may_start(&actor, *check));
    if checks.is_empty() && (step.is_some() || form.get("id").is_some()) {
        return Err(RequestError::Refused);
    }
    let log = site.log(plan.id).await?;
    let count = checks.len();
    let started = start(&site, plan.id, &log, checks, &RunStarter::from(&actor)).await;
    if started.is_ok() {
        note_start(&site, plan.id, &actor, step, count).await?;
    }
    let wants_json = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    if wants_json {
        return Ok(match started {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(StartRunError::Busy) => StatusCode::CONFLICT.into_response(),
            Err(StartRunError::TooMany) => StatusCode::TOO_MANY_REQUESTS.into_response(),
            Err(error) => return Err(error.into()),
        });
    }
    ignore_busy(started)?;
    log.wait_until_idle(NO_SCRIPT_WAIT_TIMEOUT).await;
    let page = step.map_or_else(|| urls::review(&id), |step| urls::step(&id, step));
    // The review has a button for each step and is what comes back.
    let back = came_from(&headers).unwrap_or_else(|| format!("{page}#{}", urls::CHECKS));
    Ok(Redirect::to(&back).into_response())
}

/// Whether a button may start this check. Those of the deployed cluster need an account, so that only the Verify page starts them.
fn may_start(actor: &Actor, check: CheckId) -> bool {
    check.reach() != Reach::Cluster && actor.may(rights::Permission::RunChecks(check.step()))
}

/// The journal tells who started how many checks.
async fn note_start(
    site: &AppState,
    id: PlanId,
    actor: &Actor,
    step: Option<Step>,
    count: usize,
) -> Result<(), RequestError> {
    let place = step.map_or_else(String::new, |step| format!(" of {}", step.title()));
    let note = if count == 1 { format!("1 check{place}") } else { format!("{count} checks{place}") };
    Ok(site.plans.note(id, &actor.author(), JournalAction::StartChecks, &note).await?)
}

/// Starts the checks of a step, or one of them, and waits for them, for a page without JavaScript.
pub(crate) async fn start_and_wait(
    site: &AppState,
    actor: &Actor,
    plan: &OpenPlan,
    step: Step,
    one: Option<CheckId>,
) -> Result<(), RequestError> {
    let log = site.log(plan.id).await?;
    // While a run is active, the page shows its results.
    let checks = match one {
        Some(one) => vec![one],
        None => of_step(site, plan.id, Some(step)).await?,
    };
    if !checks.iter().all(|check| may_start(actor, *check)) {
        return Err(RequestError::Refused);
    }
    let count = checks.len();
    let started = start(site, plan.id, &log, checks, &RunStarter::from(actor)).await;
    if started.is_ok() {
        note_start(site, plan.id, actor, Some(step), count).await?;
    }
    if matches!(started, Err(StartRunError::TooMany)) {
        // The entered answers are saved: the page is shown again with a note about it.
        let note = vec![app::wire::RATE_LIMITED.to_owned()];
        return Ok(site.notices.keep(plan.id, actor, note).await?);
    }
    ignore_busy(started)?;
    log.wait_until_idle(NO_SCRIPT_WAIT_TIMEOUT).await;
    Ok(())
}

/// Nodes are checked once a probe has sent a report: until then the page explains how to run the probe.
async fn of_step(site: &AppState, id: PlanId, step: Option<Step>) -> Result<Vec<CheckId>, RequestError> {
    let nodes = !site.plans.reports(id).await?.is_empty();
    Ok(runner::checks_of_step(step, CheckSelection { nodes, writes: false, cluster: false }))
}

/// Checks of the answers that the nodes add to. US-01 is not among them: nothing is dialled because a report came.
const CHECKS_ADDING_NODE_REPORTS: [CheckId; 2] = [CheckId::Cl05, CheckId::Cl07];

/// Decides again what the reports of the node probes mean. While a run is active, the next run does it.
pub(crate) async fn start_node_checks(site: &AppState, id: PlanId) -> Result<(), RequestError> {
    let checks = CheckId::ALL
        .iter()
        .copied()
        .filter(|id| id.reach() == Reach::Node || CHECKS_ADDING_NODE_REPORTS.contains(id))
        .collect();
    let checks: Vec<CheckId> = checks;
    let log = site.log(id).await?;
    match start(site, id, &log, checks.clone(), &RunStarter::Probe).await {
        // The report is kept, and the next run evaluates it.
        Err(StartRunError::TooMany) => Ok(()),
        Err(StartRunError::Busy) => {
            // Probes that wait for each other end together: the later report is evaluated after the active run.
            let site = site.clone();
            tokio::spawn(async move {
                log.wait_until_idle(RUN_END_TIMEOUT).await;
                if let Err(error) = start(&site, id, &log, checks, &RunStarter::Probe).await {
                    tracing::debug!(%error, "a node report is evaluated with the next run");
                }
            });
            Ok(())
        }
        started => Ok(started?),
    }
}

/// How long a node report waits for the end of a run: a verification takes the longest, and removes its test objects at the end.
const RUN_END_TIMEOUT: Duration = Duration::from_secs(180);

/// While a run is active, a second one is not needed: the page shows the results of the first.
pub(crate) fn ignore_busy(started: Result<(), StartRunError>) -> Result<(), RequestError> {
    match started {
        Ok(()) | Err(StartRunError::Busy) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Starts a run of `checks`, which continues in the background.
pub(crate) async fn start(
    site: &AppState,
    id: PlanId,
    log: &Arc<PlanRuns>,
    checks: Vec<CheckId>,
    starter: &RunStarter,
) -> Result<(), StartRunError> {
    start_run(site, id, log, checks, starter, None).await
}

/// Starts a verification of the deployed cluster, which continues in the background.
pub(crate) async fn start_against_cluster(
    site: &AppState,
    id: PlanId,
    log: &Arc<PlanRuns>,
    checks: Vec<CheckId>,
    starter: &RunStarter,
    cluster: ClusterAccess,
) -> Result<(), StartRunError> {
    start_run(site, id, log, checks, starter, Some(cluster)).await
}

async fn start_run(
    site: &AppState,
    id: PlanId,
    log: &Arc<PlanRuns>,
    checks: Vec<CheckId>,
    starter: &RunStarter,
    cluster: Option<ClusterAccess>,
) -> Result<(), StartRunError> {
    // A form may name one check many times.
    let checks: Vec<CheckId> = checks.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let running = log.begin(checks.clone(), starter, clock::now()).await?;
    let (plans, allowed) = (site.plans.clone(), site.allowed.clone());
    // The run continues when the user leaves the page; only cancelling stops it.
    tokio::spawn(async move {
        // Read after the run began, so that every later change takes results away.
        let plan = match plans.open(id).await {
            Ok(Some(plan)) => plan,
            Ok(None) => return,
            Err(error) => return tracing::error!(%error, "cannot read the answers to check"),
        };
        let reports = match plans.reports(id).await {
            Ok(reports) => reports,
            Err(error) => return tracing::error!(%error, "cannot read the node reports"),
        };
        let sink = running.event_sink();
        let on_event = move |event: CheckEvent| {
            // That the run started is in the log already.
            if !matches!(event, CheckEvent::RunStarted { .. }) {
                sink(event);
            }
        };
        let keys = if runner::needs_keys(&checks) { plans.keys(id).await.ok().flatten() } else { None };
        let surroundings = RunContext { reports: &reports, keys, allowed, cluster };
        let (number, token) = (running.number, running.token.clone());
        runner::run(&plan.draft, &plan.secrets, surroundings, checks, number, on_event, token).await;
        running.end().await;
    });
    Ok(())
}

/// `GET /checks`: every check, described.
pub(crate) async fn list() -> Html<String> {
    Html(app::pages::checks(&CheckDocView { assets: page::assets(), check: None }))
}

/// `GET /checks/{check}`: what one check proves.
pub(crate) async fn page(Path(code): Path<String>) -> Result<Html<String>, RequestError> {
    let check = code.parse().map_err(|_| RequestError::NotFound)?;
    Ok(Html(app::pages::checks(&CheckDocView { assets: page::assets(), check: Some(check) })))
}

/// `POST /plans/{plan}/checks/cancel`.
pub(crate) async fn cancel(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let runs = site.log(plan.id).await?;
    // A run is stopped as a whole: by who may run all of it.
    if !runs.report().current.iter().all(|check| actor.may(rights::Permission::RunChecks(check.step()))) {
        return Err(RequestError::Refused);
    }
    runs.cancel().await?;
    runs.wait_until_idle(NO_SCRIPT_WAIT_TIMEOUT).await;
    Ok(Redirect::to(&came_from(&headers).unwrap_or_else(|| urls::review(&id))).into_response())
}

/// The checks on the page a request came from.
fn came_from(headers: &HeaderMap) -> Option<String> {
    headers.get(header::REFERER).and_then(|referer| referer.to_str().ok()).and_then(path_of)
}

/// The path of an address, so that a redirect cannot lead to another host.
fn path_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = format!("/{path}");
    urls::strip_prefix(&path)?.starts_with("/plans/").then(|| format!("{path}#{}", urls::CHECKS))
}

/// The event from which a stream continues.
#[derive(Deserialize)]
pub(crate) struct EventsQuery {
    #[serde(default)]
    after: String,
}

/// `GET /plans/{plan}/checks/events`: every event after the one the browser saw last, and then as they come.
pub(crate) async fn events(
    State(site): State<AppState>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Query(after): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, RequestError> {
    let plan = plan(&site.plans, &id).await?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or(&after.after);
    let runs = site.log(plan.id).await?;
    let (seen, only) = (runs.number(last), actor.only_step());
    let still = AccessWatch::new(&site, plan.id, &actor);
    let start = RunEventStream { seen, only, batch: VecDeque::new(), runs, still, stopping: site.stopping.clone() };
    let stream = futures::stream::unfold(start, |mut following| async move {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// A client that follows a log.
struct RunEventStream {
    runs: Arc<PlanRuns>,
    /// The last event they saw; `None` if it is not known here.
    seen: Option<i64>,
    /// The one step whose checks they see, if they see no more.
    only: Option<Step>,
    batch: VecDeque<Event>,
    still: AccessWatch,
    stopping: CancellationToken,
}

impl RunEventStream {
    /// The next event as it is sent; `None` when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.batch.pop_front() {
                return Some(event);
            }
            if let Some(seen) = self.seen {
                tokio::select! {
                    () = self.runs.wait_for_events_after(seen) => {}
                    () = self.still.over() => return None,
                    () = self.stopping.cancelled() => return None,
                }
            }
            let unseen = self.runs.since(self.seen);
            self.seen = Some(unseen.end);
            if let Some((number, report)) = unseen.base {
                let report = match self.only {
                    Some(step) => report.only(step),
                    None => report,
                };
                let whole = serde_json::to_string(&report).ok();
                self.batch.extend(whole.map(|data| self.event(number, data).event(app::wire::REPORT_EVENT)));
            }
            for (number, event) in unseen.events {
                let event = match self.only {
                    Some(step) => event.only(step),
                    None => Some(event),
                };
                let data = event.and_then(|event| serde_json::to_string(&event).ok());
                self.batch.extend(data.map(|data| self.event(number, data)));
            }
        }
    }

    fn event(&self, number: i64, data: String) -> Event {
        Event::default().id(number.to_string()).data(data)
    }
}

#[cfg(test)]
mod tests {
    use crate::http::checks::run::path_of;

    #[test]
    fn going_back_stays_here() {
        assert_eq!(path_of("http://localhost:3000/plans/x/database?a#b").as_deref(), Some("/plans/x/database#checks"));
        assert_eq!(path_of("https://evil.example//plans/x"), None);
        assert_eq!(path_of("nonsense"), None);
    }
}
