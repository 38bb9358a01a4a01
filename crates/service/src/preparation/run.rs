//! The latest preparation of each plan as a record: one replica runs it, all replicas show its progress, and none begins a
//! second one at the same time. A run continues whether or not any page is open; a run that has been silent for
//! [`ORPHAN_TIMEOUT_SECONDS`] broke off with its process, and the next run inspects the databases first.

use std::sync::Arc;
use std::time::Duration;

use domain::history::journal::JournalAction;
use domain::step::Step;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, WriteOutcome};
use tokio::sync::mpsc;

use crate::clock;
use crate::collaboration::action::{Author, PlanAction};
use crate::collaboration::journal_entry;
use crate::error::PlansError;
use crate::preparation::approval::{self, ApprovedJob, PreparationPlan};
use crate::preparation::messages::{self, Bar};
use crate::records::{Collection, kinds};

/// Under one key.
const PREPARATION_RUNS: Collection<RunStatus> = Collection::new(kinds::PREPARATION_RUN);
const CURRENT_KEY: &str = "latest";
/// How often a run writes a heartbeat.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);
/// How long lines are gathered.
const BATCH_INTERVAL: Duration = Duration::from_millis(150);
/// After how many seconds of silence a run counts as broken off: many times [`HEARTBEAT_INTERVAL`], as clocks of replicas differ a little.
const ORPHAN_TIMEOUT_SECONDS: u64 = 10;
/// How often the end of a run is tried to be kept, one [`HEARTBEAT_INTERVAL`] apart, while the store does not answer.
const MAX_ATTEMPTS: u32 = 30;

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

impl RunStatus {
    /// The same, ended if it has been silent for too long.
    fn ended_if_silent(mut self, now: u64) -> Self {
        if self.end.is_none() && now.saturating_sub(self.at) > ORPHAN_TIMEOUT_SECONDS {
            let words =
                "The preparation was interrupted. Prepare again: existing databases are inspected first.".to_owned();
            self.end = Some(RunResult { at: self.at, words, failures: Vec::new(), complete: false });
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
        let status = self.read(plan).await?.and_then(|(_, status)| status);
        Ok(status.map(|status| status.ended_if_silent(now)))
    }

    /// The version of the record and its content: nothing where another version of the program stored it differently.
    async fn read(&self, plan: PlanId) -> Result<Option<(i64, Option<RunStatus>)>, PlansError> {
        let found = PREPARATION_RUNS.of(self.0.as_ref(), plan).get(CURRENT_KEY).await?;
        Ok(found.map(|entry| (entry.version, entry.value)))
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
        let expected = match self.read(plan).await? {
            Some((_, Some(status))) if status.clone().ended_if_silent(now).end.is_none() => {
                return Ok(StartOutcome::Busy);
            }
            Some((version, _)) => Expected::Version(version),
            None => Expected::Absent,
        };
        let Some(taken) = approval::redeem_writes(self.0.as_ref(), plan, &shown.token).await? else {
            return Ok(StartOutcome::NotPending);
        };
        let status = RunStatus { name: shown.token.clone(), at: now, ..RunStatus::default() };
        let note = format!("on {} as {}", shown.server, shown.user);
        let action = PlanAction { note, ..PlanAction::new(by, JournalAction::Prepare).on(Step::Database) };
        let mut writes = vec![put(&status, expected)?, journal_entry::record(&action.to_entry_without_changes(now))?];
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

fn put(status: &RunStatus, expected: Expected) -> Result<RecordWrite, PlansError> {
    Ok(PREPARATION_RUNS.put_if(CURRENT_KEY, status, None, expected)?)
}

/// A step that was done.
struct Done {
    /// What is said of it, where it is worth a line.
    line: Option<String>,
    /// How far its database is.
    bar: Option<Bar>,
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
        let (sender, steps) = mpsc::unbounded_channel();
        self.status.bars = messages::bars(&go.job, &go.todos);
        let work = async {
            let sender = sender;
            let outcome = go.server.run(&go.job, &go.todos, |event| {
                let done = Done { line: messages::describe_event(&event), bar: messages::bar(&go.job, &event) };
                drop(sender.send(done));
            });
            let outcome = outcome.await;
            before_end(outcome.failures.is_empty()).await;
            outcome
        };
        let (outcome, ()) = tokio::join!(work, self.persist_progress(steps));
        self.status.end = Some(RunResult {
            at: clock::now(),
            words: messages::describe_result(&outcome, &go.job),
            failures: outcome
                .failures
                .iter()
                .map(|failure| (messages::describe_failure(failure), failure.aftermath.clone()))
                .collect(),
            complete: outcome.failures.is_empty(),
        });
        for _ in 0..MAX_ATTEMPTS {
            if self.keep().await {
                return;
            }
            tokio::time::sleep(HEARTBEAT_INTERVAL).await;
        }
        tracing::error!(plan = %self.plan, "cannot store the end of a preparation; its databases show how it ended");
    }

    /// Keeps the lines as they come, and a sign of life where none come.
    async fn persist_progress(&mut self, mut steps: mpsc::UnboundedReceiver<Done>) {
        loop {
            tokio::select! {
                done = steps.recv() => match done {
                    Some(done) => self.note(done),
                    None => return,
                },
                () = tokio::time::sleep(HEARTBEAT_INTERVAL) => {}
            }
            tokio::time::sleep(BATCH_INTERVAL).await;
            while let Ok(done) = steps.try_recv() {
                self.note(done);
            }
            self.keep().await;
        }
    }

    fn note(&mut self, Done { line, bar }: Done) {
        self.status.lines.extend(line);
        if let Some(bar) = bar
            && let Some(known) = self.status.bars.iter_mut().find(|known| known.database == bar.database)
        {
            *known = bar;
        }
    }

    /// Returns whether all messages are stored, or need not be: the plan was deleted, or another run took the place.
    async fn keep(&mut self) -> bool {
        self.status.at = clock::now();
        match self.try_keep().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(plan = %self.plan, %error, "cannot store the progress of a preparation");
                false
            }
        }
    }

    async fn try_keep(&self) -> Result<(), PlansError> {
        if let Some((version, Some(status))) = self.runs.read(self.plan).await?
            && status.name == self.status.name
        {
            let _ = self.runs.0.write(Some(self.plan), &[put(&self.status, Expected::Version(version))?]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preparation::approval::PendingApprovals;
    use crate::tests::store_with_plan;

    #[tokio::test]
    async fn one_run_at_a_time_on_all_replicas_and_a_silent_one_stands_in_nobodys_way() {
        let (_folder, store, plan) = store_with_plan().await;
        let (one, other) = (PreparationRuns::new(Arc::clone(&store)), PreparationRuns::new(Arc::clone(&store)));
        let StartOutcome::Run(mut first) =
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
        first.status.lines.push("late".to_owned());
        assert!(first.keep().await);
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
                &[RecordWrite::put(PREPARATION_RUNS.name(), CURRENT_KEY, "of another version".to_owned())],
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
        assert_stored_form(&PREPARATION_RUNS, None).await;
    }
}
