//! A toy job under the writer of all jobs: ownership, batches, interruptions.

use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};
use store::{Expected, WriteOutcome};

use super::*;
use crate::records::PlainText;
use crate::records::kinds;
use crate::tests::store_with_plan;

const LINES: Collection<PlainText> = Collection::new(kinds::COMMENT);

/// A job that adds numbers and appends a line for each report.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Sum {
    owner: u8,
    total: u32,
    at: u64,
    end: Option<String>,
    stop: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum SumReport {
    Add(u32),
    End(&'static str),
}

impl JobRecord for Sum {
    type Report = SumReport;
    /// How often `after_batch` still fails.
    type Context = Arc<AtomicU32>;
    const RECORDS: Collection<Self> = Collection::new(kinds::PREPARATION_RUN);
    const KEY: &'static str = "sum";

    fn is_active(&self) -> bool {
        self.end.is_none()
    }

    fn is_same_job(&self, stored: &Self) -> bool {
        self.owner == stored.owner
    }

    fn is_stop_requested(&self) -> bool {
        self.stop
    }

    fn apply(&mut self, batch: &[SumReport], at: u64) {
        self.at = at;
        for report in batch {
            match report {
                SumReport::Add(number) => self.total += number,
                SumReport::End(end) => self.end = Some((*end).to_owned()),
            }
        }
    }

    fn interruption(&self, _at: u64) -> SumReport {
        SumReport::End("interrupted")
    }

    fn writes(batch: &[SumReport]) -> Result<Vec<RecordWrite>, serde_json::Error> {
        batch.iter().map(|report| LINES.append(&PlainText(format!("{report:?}")))).collect()
    }

    async fn after_batch(failures: &Arc<AtomicU32>, _batch: &[SumReport]) -> Result<(), PlansError> {
        let fails = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if fails { Err(PlansError::Contended) } else { Ok(()) }
    }
}

struct World {
    store: Arc<dyn Store>,
    plan: PlanId,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let (folder, store, plan) = store_with_plan().await;
        Self { store, plan, _folder: folder }
    }

    async fn put(&self, sum: &Sum) {
        let put = Sum::RECORDS.put_if(Sum::KEY, sum, None, Expected::Any).unwrap();
        let written = self.store.write(Some(self.plan), &[put]).await.unwrap();
        assert!(matches!(written, WriteOutcome::Written { .. }));
    }

    /// The stored record with its version.
    async fn sum(&self) -> (i64, Sum) {
        let stored = Sum::RECORDS.of(self.store.as_ref(), self.plan).get(Sum::KEY).await.unwrap().unwrap();
        (stored.version, stored.value.unwrap())
    }

    async fn lines(&self) -> Vec<String> {
        let lines = LINES.of(self.store.as_ref(), self.plan).first(100).await.unwrap();
        lines.into_iter().map(|line| line.value.unwrap().0).collect()
    }

    async fn start(&self, sum: &Sum, failures: u32) -> ActiveJob<Sum> {
        self.put(sum).await;
        ActiveJob::start(Arc::clone(&self.store), self.plan, sum.clone(), Arc::new(failures.into()))
    }
}

fn of_owner(owner: u8) -> Sum {
    Sum { owner, ..Sum::default() }
}

#[test]
fn a_job_is_orphaned_after_more_than_its_timeout_without_a_new_version() {
    let (start, mut seen) = (Instant::now(), LastSeenVersions::default());
    let (one, other) = (PlanId::from_random([1; 16]), PlanId::from_random([2; 16]));
    let limit = u32::try_from(ORPHAN_TIMEOUT.as_millis()).unwrap();
    let observations = [
        (one, 5, 0, false, "seen for the first time"),
        (other, 5, 100, false, "another plan"),
        (one, 5, limit, false, "as long as it may be"),
        (one, 5, limit + 1, true, "longer"),
        (one, 5, limit + 2, false, "reported once"),
        (other, 6, limit + 101, false, "a heartbeat came"),
        (other, 6, 2 * limit + 101, false, "silence counts from the heartbeat"),
        (other, 6, 2 * limit + 102, true, "no further one came"),
    ];
    for (plan, version, at, expected, reason) in observations {
        let now = start + Duration::from_millis(at.into());
        assert_eq!(seen.is_orphaned(plan, version, now), expected, "{reason}");
    }
}

#[test]
fn a_record_becomes_what_its_batch_reports_or_is_interrupted() {
    use SumReport::{Add, End};
    let sum = |total, end: Option<&str>| Sum { total, at: 7, end: end.map(str::to_owned), ..Sum::default() };
    let table = [
        (vec![], false, sum(0, None), vec![]),
        (vec![Add(1), Add(2)], false, sum(3, None), vec![Add(1), Add(2)]),
        (vec![Add(1), End("done")], false, sum(1, Some("done")), vec![Add(1), End("done")]),
        (vec![End("done")], true, sum(0, Some("done")), vec![End("done")]),
        (vec![Add(1)], true, sum(1, Some("interrupted")), vec![Add(1), End("interrupted")]),
        (vec![], true, sum(0, Some("interrupted")), vec![End("interrupted")]),
    ];
    for (batch, has_stopped, expected, written) in table {
        let (mut record, case) = (Sum::default(), format!("{batch:?}, {has_stopped}"));
        assert_eq!(advance(&mut record, batch, has_stopped, 7), written, "{case}");
        assert_eq!(record, expected, "{case}");
    }
}

#[tokio::test]
async fn only_the_owner_of_the_active_job_replaces_its_record() {
    let world = World::new().await;
    let (store, mine) = (world.store.as_ref(), of_owner(1));
    let batch = [SumReport::Add(1)];
    assert_eq!(write(store, world.plan, None, &mine, &batch).await.unwrap(), None, "no record");
    let ended = Sum { end: Some("done".to_owned()), ..of_owner(1) };
    for (stored, may_replace) in [(ended, false), (of_owner(2), false), (of_owner(1), true)] {
        world.put(&stored).await;
        let replaced = write(store, world.plan, None, &mine, &batch).await.unwrap();
        assert_eq!(replaced, may_replace.then_some(stored.clone()), "{stored:?}");
    }
    assert_eq!(world.lines().await, ["Add(1)"], "nothing is appended without the record");
    let (version, found) = world.sum().await;
    assert!(found.at > 0, "a write is a heartbeat");
    assert!(!reap(store, world.plan, (version - 1, found.clone())).await.unwrap(), "a heartbeat came");
    assert!(reap(store, world.plan, (version, found.clone())).await.unwrap());
    assert!(!reap(store, world.plan, (version, found)).await.unwrap(), "another replica was first");
    assert_eq!(world.sum().await.1.end.unwrap(), "interrupted");
}

#[tokio::test]
async fn reports_are_stored_in_order_and_once_although_what_follows_fails() {
    let world = World::new().await;
    let job = world.start(&of_owner(1), 1).await;
    let report = job.sink();
    let count = u32::try_from(MAX_BATCH_REPORTS).unwrap() + 10;
    (0..count).for_each(|_| report(SumReport::Add(1)));
    report(SumReport::End("done"));
    job.end().await;
    let (_, sum) = world.sum().await;
    assert_eq!((sum.total, sum.end.as_deref()), (count, Some("done")));
    let lines = world.lines().await;
    assert_eq!(lines.len(), MAX_BATCH_REPORTS + 11);
    assert_eq!(lines.last().unwrap(), "End(\"done\")");
}

#[tokio::test]
async fn a_job_is_interrupted_if_its_work_stops_without_an_end() {
    let world = World::new().await;
    let job = world.start(&of_owner(1), 0).await;
    job.sink()(SumReport::Add(4));
    job.end().await;
    assert_eq!(world.lines().await, ["Add(4)", "End(\"interrupted\")"]);
    assert_eq!(world.sum().await.1.end.unwrap(), "interrupted");
}

#[tokio::test]
async fn an_owner_stops_when_asked_to_and_when_its_job_or_its_plan_is_another_or_deleted() {
    let world = World::new().await;
    let job = world.start(&of_owner(1), 0).await;
    world.put(&Sum { stop: true, ..of_owner(1) }).await;
    job.stop.cancelled().await;
    job.sink()(SumReport::End("stopped"));
    job.end().await;
    assert_eq!(world.sum().await.1.end.unwrap(), "stopped");

    let slow = world.start(&of_owner(1), 0).await;
    world.put(&of_owner(2)).await;
    slow.sink()(SumReport::Add(9));
    slow.stop.cancelled().await;
    slow.end().await;
    assert_eq!(world.sum().await.1, of_owner(2), "a slow writer writes nothing");

    let job = world.start(&of_owner(1), 0).await;
    assert!(world.store.delete(world.plan).await.unwrap());
    job.stop.cancelled().await;
}
