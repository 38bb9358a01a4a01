//! The latest preparation of each plan as a record: whichever replica runs it, all show how far it is and that no second
//! one begins beside it. A run goes on whoever looks at it; one that has been silent for [`SILENT`] broke off with its
//! process, and the databases are looked at before the next.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, WriteOutcome};
use tokio::sync::mpsc;

use super::waiting::{Go, Waiting};
use super::words;
use crate::clock;
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
        Ok(self.read(plan).await?.map(|(_, told)| told.seen_at(now)))
    }

    async fn read(&self, plan: PlanId) -> Result<Option<(i64, Told)>, PlansError> {
        let Some(record) = self.0.record(RUN, Some(plan), KEY).await? else { return Ok(None) };
        Ok(Some((record.version, serde_json::from_str(&record.body)?)))
    }

    /// Somebody said yes: begins a run, and what waited does not any more. `None` where another run goes on.
    ///
    /// # Errors
    /// When the database does not answer; nothing has begun then.
    pub(crate) async fn begin(&self, plan: PlanId, name: &str, now: u64) -> Result<Option<Preparing>, PlansError> {
        let expected = match self.read(plan).await? {
            Some((_, told)) if told.clone().seen_at(now).end.is_none() => return Ok(None),
            Some((version, _)) => Expected::Version(version),
            None => Expected::Absent,
        };
        let told = Told { name: name.to_owned(), at: now, ..Told::default() };
        let writes = [put(&told, expected)?, Waiting::taken()];
        match self.0.write(Some(plan), &writes).await? {
            WriteOutcome::Written { .. } => Ok(Some(Preparing { runs: self.clone(), plan, told })),
            WriteOutcome::Clash { .. } => Ok(None),
            WriteOutcome::Absent => Err(PlansError::Absent),
        }
    }
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
            failures: outcome.failures.iter().map(|failure| (words::failure(failure), failure.left.clone())).collect(),
            complete: outcome.failures.is_empty(),
        });
        for _ in 0..TRIES {
            if self.keep().await {
                return;
            }
            tokio::time::sleep(BEAT).await;
        }
        tracing::error!(plan = %self.plan, "the end of a preparation could not be kept; its databases say how it ended");
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
                tracing::warn!(plan = %self.plan, %error, "what a preparation says cannot be kept now");
                false
            }
        }
    }

    async fn try_keep(&self) -> Result<(), PlansError> {
        if let Some((version, told)) = self.runs.read(self.plan).await?
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

    #[tokio::test]
    async fn one_run_at_a_time_on_all_replicas_and_a_silent_one_stands_in_nobodys_way() {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path().join("plans.db")).await.unwrap());
        let plan = PlanId::from_random([1; 16]);
        let (one, other) = (Preparings::new(Arc::clone(&store)), Preparings::new(Arc::clone(&store)));
        assert!(matches!(one.begin(plan, "a", 100).await, Err(PlansError::Absent)));
        let _created = store.create(&NewPlan::new(plan, "Plan", "{}", 1)).await.unwrap();
        let mut first = one.begin(plan, "a", 100).await.unwrap().unwrap();
        assert!(other.begin(plan, "b", 100 + SILENT).await.unwrap().is_none());
        assert!(other.latest(plan, 100 + SILENT).await.unwrap().unwrap().end.is_none());
        let late = 100 + SILENT + 1;
        assert!(other.latest(plan, late).await.unwrap().unwrap().end.unwrap().words.starts_with("It broke off"));
        assert!(other.begin(plan, "b", late).await.unwrap().is_some());
        // The first was only slow; what it says now is about databases that another one prepares.
        first.told.lines.push("late".to_owned());
        assert!(first.keep().await);
        assert_eq!(other.latest(plan, late).await.unwrap().unwrap().lines, Vec::<String>::new());
    }
}
