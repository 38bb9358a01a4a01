//! The latest preparation of each plan: a job ([`crate::jobs`]) whose record holds its progress. It continues whether or not
//! any page is open. After an interruption, the next preparation inspects the databases first.

use std::sync::Arc;
use std::time::Duration;

use domain::author::Author;
use domain::history::journal::JournalAction;
use domain::step::Step;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, Store, WriteOutcome};

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::collaboration::journal_entry;
use crate::error::PlansError;
use crate::jobs::{ActiveJob, JobRecord, is_orphaned};
use crate::preparation::approval::{self, ApprovedJob, PreparationPlan};
use crate::preparation::messages::{self, Bar};
use crate::records::{Collection, kinds};

/// The messages of a run so far.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct RunStatus {
    /// Tells this run from others.
    name: String,
    /// When it last said that it lives, in unix seconds.
    at: u64,
    /// Its lines.
    pub lines: Vec<String>,
    /// The progress with each database.
    #[serde(default)]
    pub bars: Vec<Bar>,
    /// How it ended, once it did.
    pub end: Option<RunResult>,
}

/// How a run ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RunResult {
    /// When, in unix seconds.
    pub at: u64,
    /// In one line.
    pub words: String,
    /// What stopped, and what that leaves.
    pub failures: Vec<(String, String)>,
    /// Whether all databases are complete and the account exists.
    pub complete: bool,
}

/// What a run reports.
pub(crate) enum RunReport {
    Line(String),
    Bar(Bar),
    Ended(RunResult),
}

impl JobRecord for RunStatus {
    type Report = RunReport;
    type Context = ();
    const RECORDS: Collection<Self> = Collection::new(kinds::PREPARATION_RUN);
    const KEY: &'static str = "latest";

    fn is_active(&self) -> bool {
        self.end.is_none()
    }

    fn is_same_job(&self, stored: &Self) -> bool {
        self.name == stored.name
    }

    fn apply(&mut self, batch: &[RunReport], at: u64) {
        self.at = at;
        for report in batch {
            match report {
                RunReport::Line(line) => self.lines.push(line.clone()),
                RunReport::Bar(bar) => {
                    if let Some(known) = self.bars.iter_mut().find(|known| known.database == bar.database) {
                        known.clone_from(bar);
                    }
                }
                RunReport::Ended(result) => self.end = Some(result.clone()),
            }
        }
    }

    fn interruption(&self, at: u64) -> RunReport {
        let words =
            "The preparation was interrupted. Prepare again: existing databases are inspected first.".to_owned();
        RunReport::Ended(RunResult { at, words, failures: Vec::new(), complete: false })
    }
}

impl RunStatus {
    /// The same, ended if it has been silent for too long.
    fn ended_if_silent(mut self, now: u64) -> Self {
        if self.is_active() && is_orphaned(Duration::from_secs(now.saturating_sub(self.at))) {
            self.apply(&[self.interruption(self.at)], self.at);
        }
        self
    }
}

/// The runs of all plans.
#[derive(Clone)]
pub struct PreparationRuns(Arc<dyn Store>);

impl PreparationRuns {
    /// The runs of the plans of `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The latest run of a plan.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn latest(&self, plan: PlanId, now: u64) -> Result<Option<RunStatus>, PlansError> {
        let found = RunStatus::RECORDS.of(self.0.as_ref(), plan).get(RunStatus::KEY).await?;
        Ok(found.and_then(|entry| entry.value).map(|status| status.ended_if_silent(now)))
    }

    /// A person confirmed `shown`: begins a run, which the journal records, and removes the plan that waited for
    /// confirmation.
    ///
    /// # Errors
    /// When the plan is gone or the database does not answer; nothing has begun then.
    pub async fn begin(
        &self,
        plan: PlanId,
        shown: &PreparationPlan,
        by: Author,
        now: u64,
    ) -> Result<StartOutcome, PlansError> {
        let found = RunStatus::RECORDS.of(self.0.as_ref(), plan).get(RunStatus::KEY).await?;
        let expected = Expected::unchanged(found.as_ref().map(|entry| entry.version));
        // One that another version of the program stored differently is replaced.
        if found.and_then(|entry| entry.value).is_some_and(|status| status.ended_if_silent(now).is_active()) {
            return Ok(StartOutcome::Busy);
        }
        let Some(taken) = approval::redeem_writes(self.0.as_ref(), plan, &shown.token).await? else {
            return Ok(StartOutcome::NotPending);
        };
        let status = RunStatus { name: shown.token.clone(), at: now, ..RunStatus::default() };
        let note = format!("on {} as {}", shown.server, shown.user);
        let action = PlanAction { note, ..PlanAction::new(by, JournalAction::Prepare).on(Step::Database) };
        let begin = RunStatus::RECORDS.put_if(RunStatus::KEY, &status, None, expected)?;
        let mut writes = vec![begin, journal_entry::record(&action.to_entry_without_changes(now))?];
        writes.extend(taken);
        match self.0.write(Some(plan), &writes).await? {
            WriteOutcome::Written { .. } => Ok(StartOutcome::Run(PreparationRun { runs: self.clone(), plan, status })),
            WriteOutcome::Conflict { index: 0 } => Ok(StartOutcome::Busy),
            WriteOutcome::Conflict { .. } => Ok(StartOutcome::NotPending),
            WriteOutcome::NotFound => Err(PlansError::Absent),
        }
    }
}

/// What came of a yes.
pub enum StartOutcome {
    /// This process runs it.
    Run(PreparationRun),
    /// Another run is active.
    Busy,
    /// The plan does not wait: it was withdrawn, said yes to, or another took its place.
    NotPending,
}

/// A run of this process.
pub struct PreparationRun {
    runs: PreparationRuns,
    plan: PlanId,
    status: RunStatus,
}

impl PreparationRun {
    /// Performs the confirmed changes and reports them. `before_end` does what must be complete before anyone reads that
    /// the run ended; its argument states whether the databases are complete.
    pub async fn run(mut self, go: ApprovedJob, before_end: impl AsyncFnOnce(bool)) {
        self.status.bars = messages::bars(&go.job, &go.todos);
        let active = ActiveJob::start(self.runs.0, self.plan, self.status, ());
        let report = active.sink();
        let outcome = go.server.run(&go.job, &go.todos, |event| {
            let line = messages::describe_event(&event).map(RunReport::Line);
            line.into_iter().chain(messages::bar(&go.job, &event).map(RunReport::Bar)).for_each(&report);
        });
        let outcome = outcome.await;
        let complete = outcome.failures.is_empty();
        before_end(complete).await;
        let words = messages::describe_result(&outcome, &go.job);
        let failures = outcome.failures.into_iter();
        let failures = failures.map(|failure| (messages::describe_failure(&failure), failure.aftermath)).collect();
        report(RunReport::Ended(RunResult { at: clock::now(), words, failures, complete }));
        drop(report);
        active.end().await;
    }
}

#[cfg(test)]
mod tests {
    use store::RecordWrite;

    use super::*;
    use crate::jobs::ORPHAN_TIMEOUT;
    use crate::preparation::approval::PendingApprovals;
    use crate::tests::store_with_plan;

    const ORPHAN_TIMEOUT_SECONDS: u64 = ORPHAN_TIMEOUT.as_secs();

    #[tokio::test]
    async fn one_run_at_a_time_on_all_replicas_and_a_silent_one_stands_in_nobodys_way() {
        let (_folder, store, plan) = store_with_plan().await;
        let (one, other) = (PreparationRuns::new(Arc::clone(&store)), PreparationRuns::new(Arc::clone(&store)));
        let StartOutcome::Run(first) =
            one.begin(plan, &offer(&store, plan, "a").await, Author::default(), 100).await.unwrap()
        else {
            panic!("the first run begins")
        };
        let second = offer(&store, plan, "b").await;
        assert!(matches!(
            other.begin(plan, &second, Author::default(), 100 + ORPHAN_TIMEOUT_SECONDS).await.unwrap(),
            StartOutcome::Busy
        ));
        assert!(other.latest(plan, 100 + ORPHAN_TIMEOUT_SECONDS).await.unwrap().unwrap().end.is_none());
        let late = 100 + ORPHAN_TIMEOUT_SECONDS + 1;
        assert!(
            other
                .latest(plan, late)
                .await
                .unwrap()
                .unwrap()
                .end
                .unwrap()
                .words
                .starts_with("The preparation was interrupted")
        );
        assert!(matches!(other.begin(plan, &second, Author::default(), late).await.unwrap(), StartOutcome::Run(_)));
        // The first run was only slow; its reports now concern databases that another run prepares.
        let slow = ActiveJob::start(first.runs.0, first.plan, first.status, ());
        slow.sink()(RunReport::Line("late".to_owned()));
        slow.end().await;
        assert_eq!(other.latest(plan, late).await.unwrap().unwrap().lines, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_yes_after_a_no_or_to_an_earlier_plan_begins_nothing() {
        let (_folder, store, plan) = store_with_plan().await;
        let (runs, waiting) = (PreparationRuns::new(Arc::clone(&store)), PendingApprovals::new(Arc::clone(&store)));
        let withdrawn = offer(&store, plan, "a").await;
        waiting.withdraw(plan).await.unwrap();
        assert!(matches!(
            runs.begin(plan, &withdrawn, Author::default(), 100).await.unwrap(),
            StartOutcome::NotPending
        ));
        let earlier = offer(&store, plan, "b").await;
        let later = offer(&store, plan, "c").await;
        assert!(matches!(runs.begin(plan, &earlier, Author::default(), 100).await.unwrap(), StartOutcome::NotPending));
        assert!(runs.latest(plan, 100).await.unwrap().is_none(), "nothing has begun");
        assert!(matches!(runs.begin(plan, &later, Author::default(), 100).await.unwrap(), StartOutcome::Run(_)));
        assert!(waiting.shown(plan, 50).await.unwrap().is_none(), "it is used once");
        assert!(matches!(
            runs.begin(plan, &later, Author::default(), 100 + ORPHAN_TIMEOUT_SECONDS + 1).await.unwrap(),
            StartOutcome::NotPending
        ));
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_shows_nothing_and_blocks_nothing() {
        let (_folder, store, plan) = store_with_plan().await;
        let runs = PreparationRuns::new(Arc::clone(&store));
        let _ = store
            .write(
                Some(plan),
                &[RecordWrite::put(RunStatus::RECORDS.name(), RunStatus::KEY, "of another version".to_owned())],
            )
            .await
            .unwrap();
        assert!(runs.latest(plan, 100).await.unwrap().is_none());
        let shown = offer(&store, plan, "a").await;
        assert!(matches!(runs.begin(plan, &shown, Author::default(), 100).await.unwrap(), StartOutcome::Run(_)));
    }

    async fn offer(store: &Arc<dyn Store>, plan: PlanId, token: &str) -> PreparationPlan {
        let shown = PreparationPlan::refused(token, 1_000);
        PendingApprovals::new(Arc::clone(store)).keep(plan, &shown).await.unwrap();
        shown
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&RunStatus::RECORDS, None).await;
    }
}
