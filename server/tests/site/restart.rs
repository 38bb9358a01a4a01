//! What was entered survives a restart; with another vault key secrets count as missing, and it is said.

use axum::http::StatusCode;

use crate::support::{VAULT_KEY, Wizard};

#[tokio::test]
async fn a_restart_loses_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.walk(&plan, &[]).await;
    let before = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let folder = std::mem::replace(&mut { wizard }.folder, tempfile::tempdir().unwrap());
    let wizard = Wizard::over(folder, VAULT_KEY).await;
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
