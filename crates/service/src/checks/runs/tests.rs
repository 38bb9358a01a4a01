//! Several replicas over one store behave as one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::check::{CheckEvent, CheckId, CheckReport, CheckState, Outcome};
use domain::sharing::LinkId;
use store::{NewPlan, PlanId, Store, WriteOutcome};

use super::plan_runs::MAX_IDLE_LOGS;
use super::record::{EVENTS, HINTS, LINK_RATE_LIMIT, OWNER_RATE_LIMIT, RUNS, records_for_change};
use super::*;
use crate::checks::results;
use crate::error::PlansError;
use crate::jobs::{LastSeenVersions, ORPHAN_TIMEOUT};
use crate::tests::{passed, store_with_plan};

struct World {
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

const EVENT_TIMEOUT: Duration = Duration::from_secs(30);
/// A silence that is just too long.
const SILENCE: Duration = ORPHAN_TIMEOUT.saturating_add(Duration::from_millis(1));

/// The plan of every world.
fn plan() -> PlanId {
    PlanId::from_random([1; 16])
}

impl World {
    async fn new() -> Self {
        let (folder, store, created) = store_with_plan().await;
        assert_eq!(created, plan());
        Self { store, _folder: folder }
    }

    fn replica(&self) -> Runs {
        Runs::new(Arc::clone(&self.store))
    }

    async fn change(&self, setting: &str) {
        let records_for_change = records_for_change(&[setting.to_owned()], 1).unwrap();
        let _written = self.store.write(Some(plan()), &records_for_change).await.unwrap();
    }
}

fn finished(run: u64) -> CheckEvent {
    CheckEvent::RunFinished { run, at: 2, cancelled: false }
}

/// Waits for the events of a run, as a page does.
async fn until(log: &PlanRuns, reached: impl Fn(&CheckReport) -> bool) -> CheckReport {
    tokio::time::timeout(EVENT_TIMEOUT, log.wait_until(reached)).await.unwrap()
}

fn state(report: &CheckReport, id: CheckId) -> Option<&CheckState> {
    report.checks.get(&id)
}

#[tokio::test]
async fn a_run_is_followed_and_stopped_from_another_replica() {
    let world = World::new().await;
    let (one, other) = (world.replica(), world.replica());
    let here = one.open(plan()).await.unwrap();
    let there = other.open(plan()).await.unwrap();
    let run = here.begin(vec![CheckId::Db01, CheckId::Db02], &RunStarter::Owner, 100).await.unwrap();
    assert!(matches!(there.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await, Err(StartRunError::Busy)));
    run.event_sink()(passed(run.number, CheckId::Db01));
    let report = until(&there, |report| matches!(state(report, CheckId::Db01), Some(CheckState::Done { .. }))).await;
    assert!(report.running);
    there.cancel().await.unwrap();
    tokio::time::timeout(EVENT_TIMEOUT, run.token.cancelled()).await.unwrap();
    run.end().await;
    let report = until(&there, |report| !report.running).await;
    assert_eq!(state(&report, CheckId::Db02), Some(&CheckState::Cancelled));
    assert!(there.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.is_ok());
}

#[tokio::test]
async fn a_replica_that_finds_another_run_waits_for_its_end() {
    let world = World::new().await;
    let (here, there) = (world.replica().open(plan()).await.unwrap(), world.replica().open(plan()).await.unwrap());
    let run = here.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap();
    assert!(!there.report().running, "nothing has told the other replica yet");
    assert!(matches!(there.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await, Err(StartRunError::Busy)));
    assert!(there.report().running);
    let waiting = tokio::spawn(async move { there.wait_until_idle(EVENT_TIMEOUT).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    run.event_sink()(finished(run.number));
    run.end().await;
    tokio::time::timeout(EVENT_TIMEOUT, waiting).await.unwrap().unwrap();
}

#[tokio::test]
async fn results_of_checks_outlive_every_replica() {
    let world = World::new().await;
    let first = world.replica().open(plan()).await.unwrap();
    let run = first.begin(vec![CheckId::Db01, CheckId::Db03], &RunStarter::Owner, 100).await.unwrap();
    let tell = run.event_sink();
    [passed(2, CheckId::Db01), passed(2, CheckId::Db03), finished(2)].into_iter().for_each(tell);
    run.end().await;
    world.change("database.host").await;
    // Of the next run alone the events are still there.
    let run = first.begin(vec![CheckId::Db03], &RunStarter::Owner, 200).await.unwrap();
    run.event_sink()(passed(3, CheckId::Db03));
    run.event_sink()(finished(3));
    run.end().await;
    for log in [first, world.replica().open(plan()).await.unwrap()] {
        log.refresh().await.unwrap();
        let report = log.report();
        assert!(!report.running && report.run == 3, "{report:?}");
        assert!(matches!(state(&report, CheckId::Db03), Some(CheckState::Done { .. })));
    }
}

#[tokio::test]
async fn a_replica_that_missed_a_run_does_not_show_what_a_change_took_away() {
    let world = World::new().await;
    let (here, there) = (world.replica().open(plan()).await.unwrap(), world.replica().open(plan()).await.unwrap());
    let run = here.begin(vec![CheckId::Db02], &RunStarter::Owner, 100).await.unwrap();
    run.event_sink()(passed(2, CheckId::Db02));
    run.event_sink()(finished(2));
    run.end().await;
    there.refresh().await.unwrap();
    let seen = Some(there.report_and_number().1);
    assert!(matches!(state(&there.report(), CheckId::Db02), Some(CheckState::Done { .. })));
    // As a save does it: the event, and in the same step the mark on what was kept.
    world.change("database.port").await;
    let stale = results::outdated_checks(&["database.port".to_owned()]);
    world.store.mark_stale(plan(), &stale).await.unwrap();
    let run = here.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap();
    run.event_sink()(finished(3));
    run.end().await;
    there.refresh().await.unwrap();
    assert_eq!(there.report(), here.report());
    assert!(matches!(state(&there.report(), CheckId::Db02), Some(CheckState::Stale { .. })));
    assert!(there.since(seen).base.is_some(), "who followed is told everything anew");
}

#[tokio::test]
async fn an_orphaned_run_is_ended_once_and_its_remaining_checks_are_named() {
    let world = World::new().await;
    let gone = world.replica().open(plan()).await.unwrap();
    let run = gone.begin(vec![CheckId::Db01, CheckId::Db02], &RunStarter::Owner, 100).await.unwrap();
    run.event_sink()(passed(run.number, CheckId::Db01));
    until(&gone, |report| matches!(state(report, CheckId::Db01), Some(CheckState::Done { .. }))).await;

    let (one, other) = (world.replica(), world.replica());
    let (mut of_one, mut of_other) = (LastSeenVersions::default(), LastSeenVersions::default());
    let now = Instant::now();
    for (runs, silence) in [(&one, &mut of_one), (&other, &mut of_other)] {
        assert_eq!(runs.reap_orphans(silence, now).await.unwrap(), []);
    }
    // The run is alive: it writes a heartbeat, and the silence begins anew.
    let version = |silence: &LastSeenVersions| silence.0[&plan()].0;
    let seen = version(&of_one);
    tokio::time::timeout(EVENT_TIMEOUT, async {
        while version(&of_one) == seen {
            assert_eq!(one.reap_orphans(&mut of_one, now).await.unwrap(), []);
        }
    })
    .await
    .unwrap();
    // Killed: nothing of it is run any more.
    std::mem::forget(run.abandon());
    let later = now + ORPHAN_TIMEOUT / 2;
    assert_eq!(one.reap_orphans(&mut of_one, later).await.unwrap(), []);
    assert_eq!(other.reap_orphans(&mut of_other, later).await.unwrap(), []);
    let lost = one.reap_orphans(&mut of_one, later + SILENCE).await.unwrap();
    assert_eq!(lost, [OrphanedRun { plan: plan(), left: vec![CheckId::Db02] }]);
    assert_eq!(other.reap_orphans(&mut of_other, later + SILENCE).await.unwrap(), []);
    let report = one.open(plan()).await.unwrap().report();
    assert!(!report.running);
    assert_eq!(state(&report, CheckId::Db02), Some(&CheckState::Cancelled));
}

/// Who wants to check again is what finds a run whose replica is gone, should nothing else.
#[tokio::test]
async fn a_run_without_a_hint_is_found_when_checks_start_again() {
    let world = World::new().await;
    let gone = world.replica().open(plan()).await.unwrap();
    std::mem::forget(gone.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap().abandon());
    let forgotten = world.store.write(None, &[HINTS.remove(plan().to_string())]).await.unwrap();
    assert!(matches!(forgotten, WriteOutcome::Written { .. }));
    let (other, mut silence, now) = (world.replica(), LastSeenVersions::default(), Instant::now());
    assert_eq!(other.reap_orphans(&mut silence, now + SILENCE).await.unwrap(), []);
    let log = other.open(plan()).await.unwrap();
    assert!(matches!(log.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await, Err(StartRunError::Busy)));
    assert_eq!(other.reap_orphans(&mut silence, now).await.unwrap(), []);
    assert_eq!(other.reap_orphans(&mut silence, now + SILENCE).await.unwrap().len(), 1);
    assert!(log.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.is_ok());
}

/// The replica was killed after it had said that a check failed, and before that was kept apart from the events.
#[tokio::test]
async fn the_last_result_of_a_check_is_kept_before_the_events_are_deleted() {
    let world = World::new().await;
    let first = world.replica().open(plan()).await.unwrap();
    let run = first.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap();
    run.event_sink()(passed(run.number, CheckId::Db01));
    run.event_sink()(finished(run.number));
    run.end().await;
    let killed = first.begin(vec![CheckId::Db01], &RunStarter::Owner, 150).await.unwrap();
    let mut failed = passed(killed.number, CheckId::Db01);
    if let CheckEvent::Finished { results, at, .. } = &mut failed {
        *at += 1;
        results.iter_mut().for_each(|result| result.outcome = Outcome::Failed);
    }
    let said = world.store.write(Some(plan()), &[EVENTS.append(&failed).unwrap()]).await.unwrap();
    assert!(matches!(said, WriteOutcome::Written { .. }));
    std::mem::forget(killed.abandon());
    let (replica, mut silence, now) = (world.replica(), LastSeenVersions::default(), Instant::now());
    assert_eq!(replica.reap_orphans(&mut silence, now).await.unwrap(), []);
    assert_eq!(replica.reap_orphans(&mut silence, now + SILENCE).await.unwrap().len(), 1);
    let next = replica.open(plan()).await.unwrap();
    let run = next.begin(vec![CheckId::Db02], &RunStarter::Owner, 200).await.unwrap();
    run.event_sink()(finished(run.number));
    run.end().await;
    let later = world.replica().open(plan()).await.unwrap().report();
    let Some(CheckState::Done { results, .. }) = state(&later, CheckId::Db01) else { panic!("{later:?}") };
    assert_eq!(results[0].outcome, Outcome::Failed, "an old green result does not come back");
}

#[tokio::test]
async fn a_plan_has_only_so_many_runs_a_minute() {
    let world = World::new().await;
    let log = world.replica().open(plan()).await.unwrap();
    for _ in 0..OWNER_RATE_LIMIT.max() {
        log.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap().end().await;
    }
    let begin = async |starter: &RunStarter, at| match log.begin(vec![CheckId::Db01], starter, at).await {
        Ok(run) => {
            run.end().await;
            true
        }
        Err(StartRunError::TooMany) => false,
        Err(error) => panic!("{error:?}"),
    };
    assert!(!begin(&RunStarter::Owner, 100 + OWNER_RATE_LIMIT.seconds() - 1).await);
    // Other starters have their own runs, and use up no one else's limit.
    let link = |id: &str| RunStarter::Link(LinkId(id.to_owned()));
    for other in [link("link1"), link("link2"), RunStarter::Probe] {
        for _ in 0..LINK_RATE_LIMIT.max() {
            assert!(begin(&other, 101).await, "{other:?}");
        }
        assert!(!begin(&other, 101).await, "{other:?}");
    }
    assert!(begin(&RunStarter::Owner, 100 + OWNER_RATE_LIMIT.seconds()).await);
    assert!(begin(&link("link1"), 101 + LINK_RATE_LIMIT.seconds()).await);
}

#[tokio::test]
async fn a_run_ends_with_its_plan() {
    let world = World::new().await;
    let log = world.replica().open(plan()).await.unwrap();
    let run = log.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await.unwrap();
    assert!(world.store.delete(plan()).await.unwrap());
    tokio::time::timeout(EVENT_TIMEOUT, run.token.cancelled()).await.unwrap();
    assert!(matches!(
        log.begin(vec![CheckId::Db01], &RunStarter::Owner, 100).await,
        Err(StartRunError::Plans(PlansError::Absent))
    ));
}

#[tokio::test]
async fn logs_without_followers_do_not_fill_the_memory() {
    let world = World::new().await;
    let runs = world.replica();
    let followed = runs.open(plan()).await.unwrap();
    for number in 0..u8::MAX {
        let id = PlanId::from_random([number; 16]);
        let _made = world.store.create(&NewPlan::new(id, "", "{}", 1)).await.unwrap();
        let _log = runs.open(id).await.unwrap();
    }
    let more = PlanId::from_random([u8::MAX; 16]);
    for _ in 0..3 {
        let _log = runs.open(more).await.unwrap();
    }
    assert!(runs.plans.lock().len() <= MAX_IDLE_LOGS, "{}", runs.plans.lock().len());
    assert!(Arc::ptr_eq(&followed, &runs.open(plan()).await.unwrap()));
}

#[tokio::test]
async fn the_stored_form_is_unchanged() {
    use crate::records::tests::assert_stored_form;
    assert_stored_form(&EVENTS, None).await;
    assert_stored_form(&RUNS, None).await;
    assert_stored_form(&HINTS, None).await;
}
