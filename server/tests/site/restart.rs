//! Entered answers survive a restart; with another vault key secrets count as missing, and the page reports it.

use axum::http::StatusCode;
use store::{PlanChange, PlanId, SaveOutcome, SealedSecret, SecretChange, SqliteStore, Store as _};

use testbed::plan::DATABASE_PASSWORD;

use crate::support::{VAULT_KEY, Wizard, closed_port};

/// Stops the wizard and starts another one over its data.
async fn restarted(mut wizard: Wizard) -> Wizard {
    let folder = std::mem::replace(&mut wizard.folder, tempfile::tempdir().unwrap());
    Wizard::over(folder, VAULT_KEY).await
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let before = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let wizard = restarted(wizard).await;
    let after = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(after.status, StatusCode::OK);
    assert_eq!(before.bytes, after.bytes, "plan, secrets and keys are as before");
}

#[tokio::test]
async fn with_another_key_secrets_are_missing_and_reported() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let folder = std::mem::replace(&mut { wizard }.folder, tempfile::tempdir().unwrap());
    let wizard = Wizard::over(folder, &VAULT_KEY.replace("00", "ff")).await;
    let page = wizard.get(&format!("{plan}/database")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("sealed with another vault key"), "{}", page.text());
    let refused = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// An attacker who can write the database, but has no key of the vault, may move sealed secrets.
#[tokio::test]
async fn a_secret_that_was_moved_in_the_database_is_not_reported_as_a_matter_of_the_key() {
    let wizard = Wizard::new().await;
    let (from, to) = (wizard.plan().await, wizard.plan().await);
    for (plan, password) in [(&from, DATABASE_PASSWORD), (&to, "Db-canary-2")] {
        let fields = [("database.password", password), ("action", "save")];
        assert_eq!(wizard.post(&format!("{plan}/database"), &fields).await.status, StatusCode::SEE_OTHER);
    }
    let store = SqliteStore::open(wizard.database().join("clusterwright.db")).await.unwrap();
    let id = |plan: &str| plan.trim_start_matches("/plans/").parse::<PlanId>().unwrap();
    let moved = store.secrets(id(&from)).await.unwrap().remove(0);
    let kept = store.load(id(&to)).await.unwrap().unwrap();
    let change = PlanChange {
        title: kept.title,
        document: kept.document,
        secrets: vec![SecretChange::Set(SealedSecret { setting: moved.setting, sealed: moved.sealed })],
        stale: Vec::new(),
        records: Vec::new(),
        at: kept.updated_at,
    };
    let saved = store.save(id(&to), kept.revision, &change).await.unwrap();
    assert!(matches!(saved, SaveOutcome::Saved { .. }));

    let page = wizard.get(&format!("{to}/database")).await.text();
    let words = "These secrets were changed in the database, or moved there from another place, and count as missing";
    assert!(page.contains(words) && page.contains("Account password"), "{page}");
    assert!(!page.contains("another vault key") && !page.contains("Db-canary"), "{page}");
}

#[tokio::test]
async fn a_failed_check_is_known_after_a_restart_too() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    wizard.run_checks(&plan, &[("id", "DB-01"), ("id", "DB-02")]).await;
    let wizard = restarted(wizard).await;
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("check-DB-02") && page.contains("failed"), "the failure is stored: {page}");
    let bundle = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(bundle.status, StatusCode::OK, "it is an open task and blocks nothing");

    // Another address makes the result outdated; that is stored too.
    wizard.post(&format!("{plan}/database"), &[("database.port", "1"), ("action", "save")]).await;
    let wizard = restarted(wizard).await;
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("Outdated since you changed"), "{page}");
    assert_eq!(wizard.post(&format!("{plan}/bundle"), &[]).await.status, StatusCode::OK);
}
