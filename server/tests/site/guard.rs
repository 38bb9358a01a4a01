//! Pages of other sites cannot send forms to the wizard, and its pages run and load only its own files.

use axum::http::StatusCode;
use testbed::http::TestRequest;

use crate::support::Wizard;

#[tokio::test]
async fn other_names_and_other_pages_are_refused() {
    let wizard = Wizard::new().await;
    let request = |host: &str| TestRequest::post("/plans").header("host", host).form(&[("preset", "one-machine")]);
    let from = |host: &str, origin: &str| request(host).header("origin", origin);
    let rebound = wizard.send(from("evil.example:3000", "http://evil.example:3000")).await;
    assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST);
    let foreign = wizard.send(from("localhost:3000", "https://evil.example")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let sandboxed = wizard.send(from("localhost:3000", "null")).await;
    assert_eq!(sandboxed.status, StatusCode::FORBIDDEN);
    let own = wizard.send(from("localhost:3000", "http://localhost:3000")).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    let tool = wizard.send(request("localhost:3000")).await;
    assert_eq!(tool.status, StatusCode::SEE_OTHER, "a command-line tool sends no origin");
}

#[tokio::test]
async fn every_answer_forbids_what_it_does_not_need() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for path in ["/", "/nothing", &format!("{plan}/database"), &format!("{plan}/review")] {
        let answer = wizard.get(path).await;
        assert!(answer.head.contains("frame-ancestors 'none'"), "{path}: {}", answer.head);
        assert!(answer.head.contains("nosniff") && answer.head.contains("no-store"), "{path}");
        let text = answer.text();
        assert!(!text.contains(" style=\"") && !text.contains("<style"), "{path} has an inline style");
        for script in text.split("<script").skip(1) {
            assert!(
                script.starts_with(" type=\"module\" src=")
                    || script.starts_with(" src=")
                    || script.contains("src=\"/assets/"),
                "{path}: {script:.80}"
            );
        }
        assert!(!text.contains("http://") || !text.contains("src=\"http"), "{path} loads from elsewhere");
    }
}

#[tokio::test]
async fn bodies_are_limited() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let huge = "x".repeat(2 * 1024 * 1024);
    let answer = wizard.post(&format!("{plan}/database"), &[("database.host", &huge)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
