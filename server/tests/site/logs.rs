//! The log doctor's page: paste, upload, what it shows, and what it refuses.

use axum::http::StatusCode;

use testbed::html;
use testbed::http::FormFile;

use crate::support::Wizard;

const REFUSED: &str = "TID: [] [] [2025-01-02 03:04:05,678] [] ERROR {a.DefaultRealm} - Failed org.postgresql.util.PSQLException: Connection to db.example.com:5432 refused.\n";

async fn paste(wizard: &Wizard, text: &str) -> String {
    let answer = wizard.multipart("/logs", &[("text", text)], &[FormFile("file", "", b"")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text()
}

#[tokio::test]
async fn pasted_lines_give_cause_check_remedy_and_the_lines_that_prove_it() {
    let wizard = Wizard::new().await;
    let page = paste(&wizard, REFUSED).await;
    for part in [
        "No database server listens at the configured address",
        "Cause",
        "Remedy",
        "nc -vz DATABASE_HOST DATABASE_PORT",
        "href=\"/checks/DB-02\"",
        "db.example.com:5432",
        "line 1",
        "1 failure.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn uploaded_logs_of_several_nodes_are_read_together() {
    let wizard = Wizard::new().await;
    let node = |host: &str| {
        let entry =
            |message: &str| format!("[2025-01-02 03:04:05,678] [] INFO {{a.HazelcastClusteringAgent}} - {message}\n");
        entry(&format!("Local member: [6a66] - Host:{host}, Remote Host:null, Port: 4000"))
            + &entry("Elected this member [6a66] as the Coordinator node")
    };
    let (first, second) = (node("192.0.2.11"), node("192.0.2.12"));
    let answer =
        wizard.multipart("/logs", &[("text", &first)], &[FormFile("file", "is-2.log", second.as_bytes())]).await;
    let page = answer.text();
    assert!(page.contains("Each node forms a cluster alone") && page.contains("is-2.log"), "{page}");
    let alone = wizard.upload("/logs", "is-1.log", first.as_bytes()).await.text();
    assert!(alone.contains("No failure.") && alone.contains("192.0.2.11:4000"), "{alone}");
}

#[tokio::test]
async fn markup_and_secrets_of_a_log_reach_no_page() {
    let wizard = Wizard::new().await;
    let hostile = "<script>alert(1)</script>";
    let text = format!(
        "[2025-01-02 03:04:05,678] [] ERROR {{{hostile}}} - {hostile} password=S3cr3t-canary\n\
         [2025-01-02 03:04:05,678] [] ERROR {{a.B}} - No suitable driver found for jdbc:{hostile}?password=S3cr3t-canary\n"
    );
    let page = paste(&wizard, &text).await;
    assert!(!page.contains(hostile) && !page.contains("S3cr3t-canary"), "{page}");
    assert!(page.contains("&lt;script&gt;") && page.contains("••••"), "{page}");
    assert!(html::text(&page).contains("Errors that are not recognised"));
    // Nothing of it is in the data folder either.
    for entry in std::fs::read_dir(wizard.database()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(13).any(|part| part == b"S3cr3t-canary"));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_a_reason_at_its_field() {
    let wizard = Wizard::new().await;
    let empty = wizard.multipart("/logs", &[("text", "  \n")], &[FormFile("file", "", b"")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("href=\"#log-text\"") && empty.text().contains("Paste lines of a log"));
    let packed = wizard.upload("/logs", "old.log.gz", b"\x1f\x8b\x08 packed").await;
    assert_eq!(packed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(packed.text().contains("old.log.gz is compressed"));
    let large = vec![b'a'; (16 << 20) + 1];
    let answer = wizard.upload("/logs", "large.log", &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("at most 16 MB"), "{}", html::text(&answer.text()));
    let larger = vec![b'a'; (32 << 20) + 1];
    let answer = wizard.upload("/logs", "larger.log", &larger).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text().contains("more than 32 MB"), "{}", html::text(&answer.text()));
    let started = "[2025-01-02 03:04:05,678] [] INFO {a.B} - WSO2 Carbon started in 58 sec\n";
    assert!(paste(&wizard, started).await.contains("all-clear"));
    let answer = wizard.multipart("/logs", &[("text", started)], &[FormFile("file", "is-2.log", b"")]).await;
    let page = answer.text();
    assert!(page.contains("is-2.log is empty.") && !page.contains("all-clear"), "{page}");
    let other = paste(&wizard, "a text that is no log").await;
    assert!(other.contains("No line has the layout of a log"), "{other}");
}

#[tokio::test]
async fn start_and_review_link_to_the_log_doctor() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for path in ["/".to_owned(), format!("{plan}/review")] {
        assert!(wizard.get(&path).await.text().contains("href=\"/logs\""), "{path}");
    }
    let form = wizard.get("/logs").await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text().contains("enctype=\"multipart/form-data\"") && !form.text().contains("result-title"));
}
