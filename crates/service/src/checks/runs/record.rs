//! The records of runs: the run that a plan is in, its events, and the hint that names plans with a run.

use std::collections::BTreeMap;

use domain::check::{CheckEvent, CheckId};
use domain::rate_limit::{RateLimit, RateWindow};
use domain::sharing::LinkId;
use serde::{Deserialize, Serialize};
use store::{PlanId, RecordWrite, Store, StoreError};

use crate::access::actor::Actor;
use crate::error::PlansError;
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, Entry, PlainText};

/// Appended; from the start of the latest run.
pub(super) const EVENTS: Collection<CheckEvent> = Collection::new(kinds::EVENT);
/// Under the key [`CURRENT_KEY`].
pub(super) const RUNS: Collection<RunRecord> = Collection::new(kinds::RUN);
pub(super) const CURRENT_KEY: &str = "current";
/// By plan, with an empty body: only a hint for [`crate::checks::runs::Runs::reap_orphans`].
pub(super) const HINTS: Collection<PlainText, OfProgram> = Collection::new(kinds::RUNNING);

/// The number that stands for all that was kept (see `CheckReport::restore`): runs count on from it.
pub(super) const RESTORED_RUN_NUMBER: u64 = 1;
/// The runs of one plan that its owner may start: more than anyone selects, fewer than a scan of a network needs.
pub(super) const OWNER_RATE_LIMIT: RateLimit = RateLimit::per_period(30, 60);
/// The same for each link, and for the probes of the nodes. They are counted separately, so that they leave the owner's.
pub(super) const LINK_RATE_LIMIT: RateLimit = RateLimit::per_period(10, 60);
/// Events a plan keeps in the store: those of the largest run with all changes that come meanwhile.
pub(super) const MAX_STORED_EVENTS: u32 = 1024;
/// A save whose revision is a multiple of this takes old events away.
pub(super) const TRIM_INTERVAL_REVISIONS: i64 = 64;
/// Events read at once.
pub(super) const PAGE_SIZE: u32 = 500;

/// Why no run begins.
#[derive(Debug, thiserror::Error)]
pub enum StartRunError {
    /// A run is already active.
    #[error("checks are already running")]
    Busy,
    /// The same starter began too many runs in the last minute.
    #[error("too many runs were started within a minute")]
    TooMany,
    /// The database, a stored run that cannot be read, or a plan that does not exist.
    #[error("cannot start the run")]
    Plans(#[source] PlansError),
}

impl<E: Into<PlansError>> From<E> for StartRunError {
    fn from(error: E) -> Self {
        Self::Plans(error.into())
    }
}

/// The run a plan is in, as all replicas know it. Each change of the record is a sign of life.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct RunRecord {
    /// Counts the runs of the plan, from 2.
    pub(super) run: u64,
    /// Whether the run is active.
    pub(super) running: bool,
    /// The replica that runs it.
    pub(super) by: String,
    /// Whether an actor has asked the run to stop.
    pub(super) cancel: bool,
    /// What it checks.
    pub(super) checks: Vec<CheckId>,
    /// The [`RateWindow`] of the owner, as the times of the latest starts.
    #[serde(rename = "begun")]
    pub(super) owner_starts: Vec<u64>,
    /// The same for each link, and under an empty text, which is the ID of no link, for the probes.
    #[serde(default, rename = "begun_by_others")]
    pub(super) other_starts: BTreeMap<String, Vec<u64>>,
}

/// Who begins a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RunStarter {
    /// The owner.
    Owner,
    /// Who came by this link.
    Link(LinkId),
    /// A probe of a node, whose report the run inspects.
    Probe,
}

impl From<&Actor> for RunStarter {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Owner(_) => Self::Owner,
            Actor::Visitor(visitor) => Self::Link(visitor.link.clone()),
        }
    }
}

impl RunRecord {
    /// Notes that a run begins at `at`.
    ///
    /// # Errors
    /// When the starter reached its limit.
    pub(super) fn note_start(&mut self, starter: &RunStarter, at: u64) -> Result<(), StartRunError> {
        self.other_starts.retain(|_, starts| !RateWindow::from(&starts[..]).is_unused(at, LINK_RATE_LIMIT));
        let (starts, limit) = match starter {
            RunStarter::Owner => (&mut self.owner_starts, OWNER_RATE_LIMIT),
            RunStarter::Probe => (self.other_starts.entry(String::new()).or_default(), LINK_RATE_LIMIT),
            RunStarter::Link(id) => (self.other_starts.entry(id.0.clone()).or_default(), LINK_RATE_LIMIT),
        };
        *starts = RateWindow::from(&starts[..]).try_acquire(at, limit).map_err(|_| StartRunError::TooMany)?.into();
        Ok(())
    }
}

/// Names a plan whose checks run.
pub(super) fn hint(plan: PlanId) -> Result<RecordWrite, serde_json::Error> {
    HINTS.put(plan.to_string(), &PlainText::default())
}

pub(super) fn event_number(entry: &Entry<CheckEvent>) -> Option<i64> {
    entry.number.and_then(|number| i64::try_from(number).ok())
}

/// The run a plan is in, with the version of its record; `None` before the first, and where a later program wrote it.
pub(super) async fn read_run(store: &dyn Store, plan: PlanId) -> Result<Option<(i64, RunRecord)>, StoreError> {
    let found = RUNS.of(store, plan).get(CURRENT_KEY).await?;
    Ok(found.and_then(|entry| Some((entry.version, entry.value?))))
}

/// What a save of these settings writes beside the plan: that results which depended on them do not count any more. In
/// the same step, so that no result stays green when the server is killed in between.
///
/// # Errors
/// Never; serde's word for it.
pub(crate) fn records_for_change(settings: &[String], revision: i64) -> Result<Vec<RecordWrite>, serde_json::Error> {
    if settings.is_empty() {
        return Ok(Vec::new());
    }
    let mut writes = vec![EVENTS.append(&CheckEvent::Changed { settings: settings.to_vec() })?];
    if revision % TRIM_INTERVAL_REVISIONS == 0 {
        writes.push(EVENTS.trim(MAX_STORED_EVENTS));
    }
    Ok(writes)
}
