//! A history that reaches its limit: the oldest entries are deleted, the plan stays complete, and the page reports it.

use axum::http::StatusCode;
use service::collaboration::retention::MAX_JOURNAL_BYTES;

use crate::support::{Wizard, journal};
use crate::together::Page;

#[tokio::test]
async fn the_oldest_lines_go_and_the_plan_stays() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let early = Page::open(&wizard, &plan, "database").await;
    let first = [("database.host", "first.example.com"), ("action", "save")];
    assert_eq!(wizard.post(&format!("{plan}/database"), &first).await.status, StatusCode::SEE_OTHER);
    let whole = wizard.get(&format!("{plan}/history")).await.text();
    assert!(!whole.contains("Earlier entries were deleted"), "{whole}");

    // Each entry has the old and the new text, more than a megabyte together.
    for turn in 0..=MAX_JOURNAL_BYTES / (1024 * 1024) + 4 {
        let text = format!("{turn}{}", "x".repeat(600 * 1024));
        let fields = [("database.ca_certificate", text.as_str()), ("action", "save")];
        assert_eq!(wizard.post(&format!("{plan}/database"), &fields).await.status, StatusCode::SEE_OTHER, "{turn}");
    }
    let lines = journal(&wizard, &plan).await;
    assert!(lines[0]["number"].as_u64() > Some(2), "the oldest are deleted: {}", lines[0]["number"]);
    let kept: usize = lines.iter().map(|line| line.to_string().len()).sum();
    assert!(kept < MAX_JOURNAL_BYTES + 4 * 1024 * 1024, "{kept}");

    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("first.example.com"), "the answer of the deleted entry stays");
    let cut = wizard.get(&format!("{plan}/history")).await.text();
    assert!(cut.contains("Earlier entries were deleted") && !cut.contains("Older changes"), "the page reports it");
    let compared = wizard.get(&format!("{plan}/history?from=1&to=3")).await;
    assert!(compared.text().contains("There is no version 1."));
    let restored = wizard.post(&format!("{plan}/history/restore"), &[("revision", "1")]).await;
    assert_eq!(restored.status, StatusCode::NOT_FOUND);
    // The version of an old page is deleted, so its form cannot be merged: the page asks, and nothing is overwritten.
    let asked = early.save(&[("database.host", "early.example.com")]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(wizard.get(&format!("{plan}/database")).await.text().contains("first.example.com"));
}
