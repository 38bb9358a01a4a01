//! The latest preparation of each plan as a record: whichever replica runs it, all show how far it is and that no second
//! one begins beside it. A run goes on whoever looks at it; one that has been silent for [`SILENT`] broke off with its
//! process, and the databases are looked at before the next.

use std::sync::Arc;
use std::time::Duration;

use domain::history::journal::Act;
use domain::step::Step;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, WriteOutcome};
use tokio::sync::mpsc;

use super::waiting::{self, Go, Shown};
use super::words;
use crate::clock;
use crate::journal::{self, By, Deed};
use crate::plans::PlansError;

/// The kind of the record, and its key.
const RUN: &str = "preparing";
const KEY: &str = "latest";
/// How often a run says that it lives.
const BEAT: Duration = Duration::from_secs(1);
/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(150);
/// After how many seconds of silence a run counts as broken off: many times [`BEAT`], as clocks of replicas differ a little.
const SILENT: u64 = 10;
/// How often the end of a run is tried to be kept, one [`BEAT`] apart, while the store does not answer.
const TRIES: u32 = 30;

/// What a run told so far.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Told {
    /// Tells this run from others.
    name: String,
    /// When it last said that it lives, in unix seconds.
    at: u64,
    /// Its lines.
    pub(crate) lines: Vec<String>,
    /// How it ended, once it did.
    pub(crate) end: Option<End>,
}

/// How a run ended.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct End {
    /// When, in unix seconds.
    pub(crate) at: u64,
    /// In one line.
    pub(crate) words: String,
    /// What stopped, and what that leaves.
    pub(crate) failures: Vec<(String, String)>,
    /// Whether all databases are complete and the account is there.
    pub(crate) complete: bool,
}

impl Told {
    /// The same, ended if it has been silent for too long.
    fn seen_at(mut self, now: u64) -> Self {
        if self.end.is_none() && now.saturating_sub(self.at) > SILENT {
            let words = "It broke off. Prepare again: the databases are looked at first.".to_owned();
            self.end = Some(End { at: self.at, words, failures: Vec::new(), complete: false });
        }
        self
    }
}

/// The runs of all plans.
#[derive(Clone)]
pub(crate) struct Preparings(Arc<dyn Store>);

impl Preparings {
    /// The runs of the plans of `store`.
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The latest run of a plan.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn latest(&self, plan: PlanId, now: u64) -> Result<Option<Told>, PlansError> {
        let told = self.read(plan).await?.and_then(|(_, told)| told);
        Ok(told.map(|told| told.seen_at(now)))
    }

    /// The version of the record, and what it says: nothing where another version of the program kept it differently.
    async fn read(&self, plan: PlanId) -> Result<Option<(i64, Option<Told>)>, PlansError> {
        let record = self.0.record(RUN, Some(plan), KEY).await?;
        Ok(record.map(|record| (record.version, serde_json::from_str(&record.body).ok())))
    }

    /// Somebody said yes to `shown`: begins a run, which the journal tells, and what waited does not any more.
    ///
    /// # Errors
    /// When the plan is gone or the database does not answer; nothing has begun then.
    pub(crate) async fn begin(&self, plan: PlanId, shown: &Shown, by: By, now: u64) -> Result<Begun, PlansError> {
        let expected = match self.read(plan).await? {
            Some((_, Some(told))) if told.clone().seen_at(now).end.is_none() => return Ok(Begun::Busy),
            Some((version, _)) => Expected::Version(version),
            None => Expected::Absent,
        };
        let Some(taken) = waiting::taken(self.0.as_ref(), plan, &shown.token).await? else { return Ok(Begun::Gone) };
        let told = Told { name: shown.token.clone(), at: now, ..Told::default() };
        let note = format!("on {} as {}", shown.server, shown.user);
        let deed = Deed { note, ..Deed::new(by, Act::Prepare).on(Step::Database) };
        let mut writes = vec![put(&told, expected)?, journal::record(&deed.act_at(now))?];
        writes.extend(taken);
        match self.0.write(Some(plan), &writes).await? {
            WriteOutcome::Written { .. } => Ok(Begun::Run(Preparing { runs: self.clone(), plan, told })),
            WriteOutcome::Clash { index: 0 } => Ok(Begun::Busy),
            WriteOutcome::Clash { .. } => Ok(Begun::Gone),
            WriteOutcome::Absent => Err(PlansError::Absent),
        }
    }
}

/// What came of a yes.
pub(crate) enum Begun {
    /// This process runs it.
    Run(Preparing),
    /// Another run goes on.
    Busy,
    /// The plan does not wait: it was withdrawn, said yes to, or another took its place.
    Gone,
}

fn put(told: &Told, expected: Expected) -> Result<RecordWrite, PlansError> {
    let body = serde_json::to_string(told)?;
    Ok(RecordWrite::Put { kind: RUN, key: KEY.to_owned(), body, expires_at: 0, expected })
}

/// A run of this process.
pub(crate) struct Preparing {
    runs: Preparings,
    plan: PlanId,
    told: Told,
}

impl Preparing {
    /// Does what was said yes to, and tells it. `before_end` is what has to be so when somebody reads that it ended.
    pub(crate) async fn run(mut self, go: Go, before_end: impl Future<Output = ()>) {
        let (say, said) = mpsc::unbounded_channel();
        let work = async {
            let say = say;
            let outcome =
                go.server.run(&go.job, &go.todos, |event| drop(words::event(&event).map(|line| say.send(line))));
            let outcome = outcome.await;
            before_end.await;
            outcome
        };
        let (outcome, ()) = tokio::join!(work, self.tell(said));
        self.told.end = Some(End {
            at: clock::now(),
            words: words::end(&outcome, &go.job),
            failures: outcome
                .failures
                .iter()
                .map(|failure| (words::failure(failure), failure.aftermath.clone()))
                .collect(),
            complete: outcome.failures.is_empty(),
        });
        for _ in 0..TRIES {
            if self.keep().await {
                return;
            }
            tokio::time::sleep(BEAT).await;
        }
        tracing::error!(plan = %self.plan, "cannot store the end of a preparation; its databases show how it ended");
    }

    /// Keeps the lines as they come, and a sign of life where none come.
    async fn tell(&mut self, mut said: mpsc::UnboundedReceiver<String>) {
        loop {
            tokio::select! {
                line = said.recv() => match line {
                    Some(line) => self.told.lines.push(line),
                    None => return,
                },
                () = tokio::time::sleep(BEAT) => {}
            }
            tokio::time::sleep(GATHER).await;
            while let Ok(line) = said.try_recv() {
                self.told.lines.push(line);
            }
            self.keep().await;
        }
    }

    /// Says whether all that was told is kept, or need not be: the plan is gone, or another run took the place.
    async fn keep(&mut self) -> bool {
        self.told.at = clock::now();
        match self.try_keep().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(plan = %self.plan, %error, "cannot store the progress of a preparation");
                false
            }
        }
    }

    async fn try_keep(&self) -> Result<(), PlansError> {
        if let Some((version, Some(told))) = self.runs.read(self.plan).await?
            && told.name == self.told.name
        {
            let _ = self.runs.0.write(Some(self.plan), &[put(&self.told, Expected::Version(version))?]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use store::{NewPlan, SqliteStore};

    use super::*;
    use crate::preparing::waiting::Waiting;

    #[tokio::test]
    async fn one_run_at_a_time_on_all_replicas_and_a_silent_one_stands_in_nobodys_way() {
        let (_folder, store, plan) = world().await;
        let (one, other) = (Preparings::new(Arc::clone(&store)), Preparings::new(Arc::clone(&store)));
        let Begun::Run(mut first) = one.begin(plan, &offer(&store, plan, "a").await, By::default(), 100).await.unwrap()
        else {
            panic!("the first run begins")
        };
        let second = offer(&store, plan, "b").await;
        assert!(matches!(other.begin(plan, &second, By::default(), 100 + SILENT).await.unwrap(), Begun::Busy));
        assert!(other.latest(plan, 100 + SILENT).await.unwrap().unwrap().end.is_none());
        let late = 100 + SILENT + 1;
        assert!(other.latest(plan, late).await.unwrap().unwrap().end.unwrap().words.starts_with("It broke off"));
        assert!(matches!(other.begin(plan, &second, By::default(), late).await.unwrap(), Begun::Run(_)));
        // The first was only slow; what it says now is about databases that another one prepares.
        first.told.lines.push("late".to_owned());
        assert!(first.keep().await);
        assert_eq!(other.latest(plan, late).await.unwrap().unwrap().lines, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_yes_after_a_no_or_to_an_earlier_plan_begins_nothing() {
        let (_folder, store, plan) = world().await;
        let (runs, waiting) = (Preparings::new(Arc::clone(&store)), Waiting::new(Arc::clone(&store)));
        let withdrawn = offer(&store, plan, "a").await;
        waiting.withdraw(plan).await.unwrap();
        assert!(matches!(runs.begin(plan, &withdrawn, By::default(), 100).await.unwrap(), Begun::Gone));
        let earlier = offer(&store, plan, "b").await;
        let later = offer(&store, plan, "c").await;
        assert!(matches!(runs.begin(plan, &earlier, By::default(), 100).await.unwrap(), Begun::Gone));
        assert!(runs.latest(plan, 100).await.unwrap().is_none(), "nothing has begun");
        assert!(matches!(runs.begin(plan, &later, By::default(), 100).await.unwrap(), Begun::Run(_)));
        assert!(waiting.shown(plan, 50).await.unwrap().is_none(), "it is used once");
        assert!(matches!(runs.begin(plan, &later, By::default(), 100 + SILENT + 1).await.unwrap(), Begun::Gone));
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_tells_nothing_and_stands_in_nobodys_way() {
        let (_folder, store, plan) = world().await;
        let runs = Preparings::new(Arc::clone(&store));
        let _ = store.write(Some(plan), &[RecordWrite::put(RUN, KEY, "of another version".to_owned())]).await.unwrap();
        assert!(runs.latest(plan, 100).await.unwrap().is_none());
        let shown = offer(&store, plan, "a").await;
        assert!(matches!(runs.begin(plan, &shown, By::default(), 100).await.unwrap(), Begun::Run(_)));
    }

    async fn world() -> (tempfile::TempDir, Arc<dyn Store>, PlanId) {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("plans.db")).await.unwrap());
        let plan = PlanId::from_random([1; 16]);
        let _created = store.create(&NewPlan::new(plan, "Plan", "{}", 1)).await.unwrap();
        (folder, store, plan)
    }

    async fn offer(store: &Arc<dyn Store>, plan: PlanId, token: &str) -> Shown {
        let shown = Shown::refused(token, 1_000);
        Waiting::new(Arc::clone(store)).keep(plan, &shown).await.unwrap();
        shown
    }
}
