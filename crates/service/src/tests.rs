//! Shared by the unit tests of this crate: stores, vaults, links and events.

use std::path::Path;
use std::sync::Arc;

use domain::check::{CheckEvent, CheckId, CheckResult, Outcome, Remedy};
use domain::rights::LinkAccess;
use domain::server_credential::ServerCredential;
use store::{CreateOutcome, NewPlan, PlanId, SqliteStore, Store};
use tempfile::TempDir;

use crate::sharing::NewLink;
use crate::vault::Vault;

/// A vault whose key consists of these two hexadecimal digits. It leaves no file.
pub(crate) fn vault(digits: &str) -> Vault {
    Vault::open(Path::new("/nowhere"), Some(&ServerCredential::new(digits.repeat(32)))).unwrap()
}

/// A store without plans, and the folder of its file.
pub(crate) async fn empty_store() -> (TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
    (folder, Arc::new(store))
}

/// A store with one plan, whose document is empty.
pub(crate) async fn store_with_plan() -> (TempDir, Arc<dyn Store>, PlanId) {
    let (folder, store) = empty_store().await;
    let plan = PlanId::from_random([1; 16]);
    let created = store.create(&NewPlan::new(plan, "Plan", "{}", 1)).await.unwrap();
    assert!(matches!(created, CreateOutcome::Created { .. }));
    (folder, store, plan)
}

/// A share link without a password that is valid for an hour.
pub(crate) fn new_link(right: LinkAccess) -> NewLink {
    NewLink { right, seconds: 3600, label: String::new(), made_by: None, password: None, most_uses: None }
}

/// The event that a check of run `run` passed.
pub(crate) fn passed(run: u64, id: CheckId) -> CheckEvent {
    let (current, required, remedy) = (String::new(), String::new(), Remedy::default());
    let result = CheckResult {
        id,
        subject: None,
        outcome: Outcome::Passed,
        current,
        required,
        remedy,
        took_ms: 1,
        from_node: false,
        expires_at: None,
    };
    CheckEvent::Finished { run, id, at: 1, results: vec![result] }
}
