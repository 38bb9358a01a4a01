//! The report of a plan's checks, in every format and with its content security policy.

use axum::http::StatusCode;

use crate::support::Wizard;

#[tokio::test]
async fn a_report_is_there_in_every_format_and_runs_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.host", "localhost")]).await;
    wizard.run_checks(&plan, &[("id", "DB-01")]).await;
    for (extension, kind, holds) in [
        ("txt", "text/plain", "passed          DB-01"),
        ("json", "application/json", "\"id\": \"DB-01\""),
        ("xml", "application/xml", "<testsuites "),
        ("html", "text/html", "</html>"),
    ] {
        let answer = wizard.get(&format!("{plan}/report.{extension}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{extension}");
        let text = answer.text();
        assert!(text.contains(holds) && text.contains("DB-02"), "{extension}: {text}");
        assert!(answer.head.contains(kind) && answer.head.contains("style-src 'sha256-"), "{}", answer.head);
        assert!(!answer.head.contains("script-src"), "{}", answer.head);
        assert!(!text.contains("canary"), "{extension}");
    }
    let none = plan.replace(&plan[plan.len() - 4..], "0000");
    assert_eq!(wizard.get(&format!("{none}/report.txt")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(wizard.get(&format!("{plan}/report.exe")).await.status, StatusCode::NOT_FOUND);
}
