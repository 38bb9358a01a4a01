//! Preparations that wait for confirmation. The planned changes are a record, so that every replica shows them and accepts
//! the confirmation; only the memory of the process that received it holds the administrator's password: any other process
//! asks for it again. The process uses the password once, or deletes it when its time is over, when a newer plan takes its
//! place, or when the process ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::rate_limit::RateLimit;
use parking_lot::{Mutex, MutexGuard};
use probe::prepare::{DatabaseAction, DatabaseAdmin, PreparationJob};
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, RecordWrite, Store, StoreError, WriteOutcome};

use crate::access::rate_limit::KeyedRateLimiter;
use crate::error::PlansError;
use crate::preparation::ScriptChanges;
use crate::preparation::messages::PlannedDatabase;
use crate::records::{Collection, Entry, Timestamp, kinds};

/// How long a plan waits for confirmation, in seconds.
pub const APPROVAL_TTL_SECONDS: u64 = 10 * 60;
/// How many passwords are in memory at once; the oldest go first.
const MAX_HELD_CREDENTIALS: usize = 50;
/// How often the databases of one plan are inspected: more than anyone mistypes a password, fewer than guessing requires. Each
/// replica counts for itself.
const INSPECTION_RATE_LIMIT: RateLimit = RateLimit::per_period(10, 60);
/// Plans whose inspections are counted.
const MAX_INSPECTED_PLANS: usize = 4096;
/// By the token of the plan that is shown: with a key that is used again, a yes to an earlier plan would count for a later
/// one.
const PREPARATIONS: Collection<PreparationPlan> = Collection::new(kinds::PREPARATION);
/// How many pending plans are inspected: one exists, or two where two people asked at the same moment.
const MAX_PENDING: u32 = 20;

/// The job that starts after the confirmation.
pub struct ApprovedJob {
    /// The server, with the administrator's account.
    pub server: DatabaseAdmin,
    /// What is to be prepared.
    pub job: PreparationJob,
    /// What was seen when the plan was made.
    pub todos: Vec<DatabaseAction>,
}

/// A plan as it is shown: no secret is in it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PreparationPlan {
    /// Identifies this plan in the confirmation.
    pub token: String,
    /// Until when a yes counts, in unix seconds.
    pub ends: u64,
    /// `host:port` of the inspected server.
    pub server: String,
    /// Each database.
    pub databases: Vec<PlannedDatabase>,
    /// The SQL of the account, with dots where its password stands.
    pub account: String,
    /// The administrator's name.
    pub user: String,
    /// The scripts of the operator's pack, by their path: for a replica that was not given the pack.
    pub scripts: BTreeMap<String, String>,
    /// How the scripts differ from WSO2's: confirmed apart.
    #[serde(default)]
    pub changes: ScriptChanges,
}

impl PreparationPlan {
    /// Whether the plan can be confirmed: no database must be left alone.
    pub fn can_be_approved(&self) -> bool {
        !self.databases.iter().any(PlannedDatabase::is_refused)
    }

    /// Whether a yes to this plan is one to `again`, which was made later.
    pub fn is_equivalent_to(&self, again: &Self) -> bool {
        (&self.server, &self.databases, &self.account, &self.changes)
            == (&again.server, &again.databases, &again.account, &again.changes)
    }
}

struct HeldCredential {
    token: String,
    ends: u64,
    go: ApprovedJob,
}

/// What waits in all plans.
#[derive(Clone)]
pub struct PendingApprovals {
    store: Arc<dyn Store>,
    memory: Arc<Mutex<HeldCredentials>>,
}

struct HeldCredentials {
    held: HashMap<PlanId, HeldCredential>,
    inspections: KeyedRateLimiter<PlanId>,
}

impl Default for HeldCredentials {
    fn default() -> Self {
        let inspections = KeyedRateLimiter::new(INSPECTION_RATE_LIMIT, MAX_INSPECTED_PLANS);
        Self { held: HashMap::new(), inspections }
    }
}

impl PendingApprovals {
    /// What waits in the plans of `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, memory: Arc::default() }
    }

    fn memory(&self) -> MutexGuard<'_, HeldCredentials> {
        self.memory.lock()
    }

    /// Whether the databases of a plan may be inspected once more.
    pub fn allow_inspection(&self, plan: PlanId, now: u64) -> bool {
        self.memory().inspections.try_acquire(plan, now).is_ok()
    }

    /// Lets a plan wait for a yes, in place of an earlier one.
    ///
    /// # Errors
    /// When it could not be kept; nothing waits then that did not wait before.
    pub async fn request_approval(
        &self,
        plan: PlanId,
        shown: &PreparationPlan,
        go: ApprovedJob,
    ) -> Result<(), PlansError> {
        self.keep(plan, shown).await?;
        if shown.can_be_approved() {
            self.hold(plan, shown, go);
        }
        Ok(())
    }

    pub(super) async fn keep(&self, plan: PlanId, shown: &PreparationPlan) -> Result<(), PlansError> {
        self.forget(plan);
        let mut writes = self.removals(plan).await?;
        let ends = Some(Timestamp::from_unix(shown.ends));
        writes.push(PREPARATIONS.put_if(shown.token.clone(), shown, ends, Expected::Absent)?);
        match self.store.write(Some(plan), &writes).await? {
            WriteOutcome::Written { .. } => Ok(()),
            WriteOutcome::Conflict { .. } | WriteOutcome::NotFound => Err(PlansError::Absent),
        }
    }

    /// What takes everything away that waits.
    async fn removals(&self, plan: PlanId) -> Result<Vec<RecordWrite>, PlansError> {
        let entries = all(self.store.as_ref(), plan).await?;
        Ok(entries.into_iter().map(|entry| PREPARATIONS.remove(entry.key)).collect())
    }

    fn hold(&self, plan: PlanId, shown: &PreparationPlan, go: ApprovedJob) {
        {
            let mut memory = self.memory();
            if memory.held.len() >= MAX_HELD_CREDENTIALS {
                let oldest = memory.held.iter().min_by_key(|(_, held)| held.ends).map(|(plan, _)| *plan);
                oldest.and_then(|plan| memory.held.remove(&plan));
            }
            memory.held.insert(plan, HeldCredential { token: shown.token.clone(), ends: shown.ends, go });
        }
        // The timer deletes it on time, also when no one returns to the page.
        let (memory, token) = (Arc::downgrade(&self.memory), shown.token.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(APPROVAL_TTL_SECONDS)).await;
            if let Some(memory) = memory.upgrade() {
                let mut memory = memory.lock();
                if memory.held.get(&plan).is_some_and(|held| held.token == token) {
                    memory.held.remove(&plan);
                }
            }
        });
    }

    /// The plan that waits for confirmation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn shown(&self, plan: PlanId, now: u64) -> Result<Option<PreparationPlan>, PlansError> {
        let entries = all(self.store.as_ref(), plan).await?;
        // What an older version kept differently does not wait.
        let read = |entry: Entry<PreparationPlan>| entry.value.filter(|shown| shown.token == entry.key);
        let waiting = entries.into_iter().filter_map(read).filter(|shown| shown.ends > now);
        Ok(waiting.max_by(|one, other| (one.ends, &one.token).cmp(&(other.ends, &other.token))))
    }

    /// Whether this process has the administrator's password for the plan with this token.
    pub fn holds(&self, plan: PlanId, token: &str) -> bool {
        self.memory().held.get(&plan).is_some_and(|held| held.token == token)
    }

    /// Gives out what is done on a yes, once, if this process has it.
    pub fn take(&self, plan: PlanId, token: &str, now: u64) -> Option<ApprovedJob> {
        let mut memory = self.memory();
        let is_this = memory.held.get(&plan).is_some_and(|held| held.token == token);
        let held = if is_this { memory.held.remove(&plan) } else { None };
        held.filter(|held| held.ends > now).map(|held| held.go)
    }

    /// Forgets what waits, and the administrator's password with it.
    ///
    /// # Errors
    /// When the database does not answer; the password is forgotten all the same.
    pub async fn withdraw(&self, plan: PlanId) -> Result<(), PlansError> {
        self.forget(plan);
        let writes = self.removals(plan).await?;
        // A plan that is gone has nothing that waits.
        let _ = self.store.write(Some(plan), &writes).await?;
        Ok(())
    }

    /// Forgets the password of a plan that is gone.
    pub fn forget(&self, plan: PlanId) {
        self.memory().held.remove(&plan);
    }
}

/// What takes a plan away on a yes, with all others that wait; it clashes where this one does not wait any more. `None`:
/// it does not now.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn redeem_writes(
    store: &dyn Store,
    plan: PlanId,
    token: &str,
) -> Result<Option<Vec<RecordWrite>>, PlansError> {
    let entries = all(store, plan).await?;
    let is_there = entries.iter().any(|entry| entry.key == token);
    let remove = |entry: Entry<PreparationPlan>| {
        let expected = if entry.key == token { Expected::Version(entry.version) } else { Expected::Any };
        PREPARATIONS.remove_if(entry.key, expected)
    };
    Ok(is_there.then(|| entries.into_iter().map(remove).collect()))
}

async fn all(store: &dyn Store, plan: PlanId) -> Result<Vec<Entry<PreparationPlan>>, StoreError> {
    PREPARATIONS.of(store, plan).first(MAX_PENDING).await
}

#[cfg(test)]
impl PreparationPlan {
    /// A plan that touches nothing.
    pub(super) fn refused(token: &str, ends: u64) -> Self {
        Self {
            token: token.to_owned(),
            ends,
            server: "db:3306".to_owned(),
            databases: vec![PlannedDatabase::refused("identity_db", "it holds data")],
            account: String::new(),
            user: "root".to_owned(),
            scripts: BTreeMap::new(),
            changes: ScriptChanges::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{empty_store, store_with_plan};

    #[tokio::test]
    async fn what_waits_is_shown_by_every_process_until_its_time_is_over_and_is_replaced() {
        let (_folder, store, plan) = store_with_plan().await;
        let (one, other) = (PendingApprovals::new(Arc::clone(&store)), PendingApprovals::new(store));
        for token in ["a", "b"] {
            one.keep(plan, &PreparationPlan::refused(token, 100)).await.unwrap();
        }
        assert_eq!(other.shown(plan, 99).await.unwrap().unwrap().token, "b", "a newer plan takes the place");
        assert!(!other.shown(plan, 99).await.unwrap().unwrap().can_be_approved());
        assert!(other.shown(plan, 100).await.unwrap().is_none(), "its time is over");
        assert!(other.take(plan, "b", 50).is_none(), "another process has the password");
        other.withdraw(plan).await.unwrap();
        assert!(one.shown(plan, 50).await.unwrap().is_none());
        let gone = one.keep(PlanId::from_random([2; 16]), &PreparationPlan::refused("a", 100)).await;
        assert!(matches!(gone, Err(PlansError::Absent)), "nothing waits in a plan that does not exist");
    }

    #[test]
    fn a_yes_counts_for_the_same_server_databases_and_account() {
        let shown = PreparationPlan::refused("a", 100);
        assert!(shown.is_equivalent_to(&PreparationPlan::refused("b", 200)));
        assert!(!shown.is_equivalent_to(&PreparationPlan { server: "other:3306".to_owned(), ..shown.clone() }));
        assert!(!shown.is_equivalent_to(&PreparationPlan { databases: Vec::new(), ..shown.clone() }));
        let changes = ScriptChanges { missing: 1, ..ScriptChanges::default() };
        assert!(!shown.is_equivalent_to(&PreparationPlan { changes, ..shown.clone() }));
        assert!(!shown.is_equivalent_to(&PreparationPlan { account: "CREATE USER x;".to_owned(), ..shown.clone() }));
    }

    #[tokio::test]
    async fn passwords_cannot_be_guessed_through_it() {
        let (_folder, store) = empty_store().await;
        let (waiting, plan) = (PendingApprovals::new(store), PlanId::from_random([1; 16]));
        assert!((0..INSPECTION_RATE_LIMIT.max()).all(|_| waiting.allow_inspection(plan, 100)));
        assert!(!waiting.allow_inspection(plan, 100 + INSPECTION_RATE_LIMIT.seconds() - 1));
        assert!(waiting.allow_inspection(PlanId::from_random([2; 16]), 100));
        assert!(waiting.allow_inspection(plan, 100 + INSPECTION_RATE_LIMIT.seconds()));
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&PREPARATIONS, None).await;
    }
}
