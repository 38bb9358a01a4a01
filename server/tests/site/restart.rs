//! What was entered survives a restart; with another vault key secrets count as missing, and it is said.

use axum::http::StatusCode;

use crate::support::{VAULT_KEY, Wizard};

/// Stops the wizard and starts another over what it left.
async fn restarted(mut wizard: Wizard) -> Wizard {
    let folder = std::mem::replace(&mut wizard.folder, tempfile::tempdir().unwrap());
    Wizard::over(folder, VAULT_KEY).await
}

#[tokio::test]
async fn a_restart_loses_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.walk(&plan, &[]).await;
    let before = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let wizard = restarted(wizard).await;
    let after = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(after.status, StatusCode::OK);
    assert_eq!(before.bytes, after.bytes, "plan, secrets and keys are as before");
}

#[tokio::test]
async fn with_another_key_secrets_are_missing_and_it_is_said() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.walk(&plan, &[]).await;
    let folder = std::mem::replace(&mut { wizard }.folder, tempfile::tempdir().unwrap());
    let wizard = Wizard::over(folder, &VAULT_KEY.replace("00", "ff")).await;
    let page = wizard.get(&format!("{plan}/database")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("sealed with another vault key"), "{}", page.text());
    let refused = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_failed_check_is_known_after_a_restart_too() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.walk(&plan, &[("database.port", &closed_port())]).await;
    wizard.post(&format!("{plan}/checks"), &[("id", "DB-01"), ("id", "DB-02")]).await;
    let wizard = restarted(wizard).await;
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("check-DB-02") && page.contains("failed"), "the failure is not forgotten: {page}");
    let bundle = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(bundle.status, StatusCode::OK, "it is an open task and blocks nothing");

    // Another address takes the result away; that is not forgotten either.
    wizard.post(&format!("{plan}/database"), &[("database.port", "1"), ("action", "save")]).await;
    let wizard = restarted(wizard).await;
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("Not checked since you changed"), "{page}");
    assert_eq!(wizard.post(&format!("{plan}/bundle"), &[]).await.status, StatusCode::OK);
}

/// A port of this machine that nothing listens on.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}
