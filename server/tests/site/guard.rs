//! A foreign page must not control the wizard, and no page of ours may execute or load foreign content.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::support::Wizard;

#[tokio::test]
async fn other_names_and_other_pages_are_refused() {
    let wizard = Wizard::new().await;
    let request = |host: &str, origin: Option<&str>| {
        let mut request = Request::post("/plans")
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.body(Body::from("preset=one-machine")).unwrap()
    };
    let rebound = wizard.send(request("evil.example:3000", Some("http://evil.example:3000"))).await;
    assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST);
    let foreign = wizard.send(request("localhost:3000", Some("https://evil.example"))).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let sandboxed = wizard.send(request("localhost:3000", Some("null"))).await;
    assert_eq!(sandboxed.status, StatusCode::FORBIDDEN);
    let own = wizard.send(request("localhost:3000", Some("http://localhost:3000"))).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_forbids_what_it_does_not_need() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for path in ["/", "/nothing", &format!("{plan}/database"), &format!("{plan}/review")] {
        let answer = wizard.get(path).await;
        assert!(answer.headers.contains("frame-ancestors 'none'"), "{path}: {}", answer.headers);
        assert!(answer.headers.contains("nosniff") && answer.headers.contains("no-store"), "{path}");
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
