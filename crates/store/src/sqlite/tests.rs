//! The file itself: a full database, and what stays in it of deleted plans.

use std::path::{Path, PathBuf};

use super::SqliteStore;
use crate::{DatabaseProblem, NewPlan, PlanChange, PlanId, RecordWrite, SaveOutcome, Store as _};

/// What a full disk does, on every machine; `tests/faults/disk.rs` fills a real one where mounts are allowed.
#[tokio::test]
async fn a_full_database_refuses_the_whole_save_and_accepts_it_once_space_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("plans.db")).await.unwrap();
    let id = PlanId::from_random([1; 16]);
    let plan = NewPlan::new(id, "", "small", 1);
    let _created = store.create(&plan).await.unwrap();
    // Of the one writing connection; the connection that takes its place after the failure has no such limit.
    sqlx::query("PRAGMA max_page_count = 20").execute(&store.writer).await.unwrap();

    let large = PlanChange::new("", "large".repeat(100_000), 2);
    let error = store.save(id, 1, &large).await.unwrap_err();
    assert!(matches!(error.problem(), DatabaseProblem::DiskFull(_)), "{error:?}");
    assert_eq!(store.load(id).await.unwrap().unwrap().document, "small");

    assert_eq!(store.save(id, 1, &large).await.unwrap(), SaveOutcome::Saved { revision: 2 });
    assert_eq!(store.load(id).await.unwrap().unwrap().document, large.document);
}

/// The names of the store's files that hold `marker`.
fn holding(folder: &Path, marker: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
    };
    files.filter(holds).map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn a_deleted_plan_is_in_no_byte_of_the_files() {
    const MARKER: &str = "host-canary.example.com";
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("plans.db")).await.unwrap();
    for number in 0..3 {
        let id = PlanId::from_random([number; 16]);
        let text = if number == 1 { MARKER } else { "other" };
        // Over several pages, which a plan of usual size does not need.
        let plan = NewPlan {
            records: vec![RecordWrite::append("journal", text.repeat(2_000))],
            ..NewPlan::new(id, text, text.repeat(1_000), 1)
        };
        let _created = store.create(&plan).await.unwrap();
        let change = PlanChange::new(text, "short", 2);
        let _saved = store.save(id, 1, &change).await.unwrap();
    }
    assert!(!holding(folder.path(), MARKER).is_empty(), "the test looks where it is");
    assert!(store.delete(PlanId::from_random([1; 16])).await.unwrap());
    assert_eq!(holding(folder.path(), MARKER), [""; 0], "while the store is open");
    store.close().await;
    assert_eq!(holding(folder.path(), MARKER), [""; 0]);
}

#[tokio::test]
async fn plans_that_an_earlier_version_deleted_are_removed_at_the_first_start() {
    use sqlx::{ConnectOptions as _, Connection as _};
    const MARKER: &str = "host-canary.example.com";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plans.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let id = PlanId::from_random([1; 16]);
    let _created = store.create(&NewPlan::new(id, "", MARKER.repeat(1_000), 1)).await.unwrap();
    let kept = PlanId::from_random([2; 16]);
    let _created = store.create(&NewPlan::new(kept, "", "kept", 1)).await.unwrap();
    store.close().await;
    // As versions without `secure_delete` did.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).pragma("secure_delete", "OFF");
    let mut earlier = options.connect().await.unwrap();
    for statement in ["DELETE FROM plans WHERE document <> 'kept'", "PRAGMA user_version = 0"] {
        sqlx::query(statement).execute(&mut earlier).await.unwrap();
    }
    earlier.close().await.unwrap();
    assert!(!holding(folder.path(), MARKER).is_empty(), "free pages keep it");
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(holding(folder.path(), MARKER), [""; 0]);
    assert_eq!(store.load(kept).await.unwrap().unwrap().document, "kept");
}
