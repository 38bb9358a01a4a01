//! Every fault that the SQLite store distinguishes, injected for real: in the file, next to it, and in the middle of a
//! write.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment")]

mod disk;
mod file;
mod lock;
mod process;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use store::{CreateOutcome, NewPlan, OpenError, PlanChange, PlanId, SqliteStore, Store as _};
use tempfile::TempDir;

/// How long tests wait for a lock that is never released.
const SHORT: Duration = Duration::from_millis(100);

/// A separate folder for one test.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a database that contains plan 1 and is closed.
    async fn with_plan() -> Self {
        let world = Self::new();
        let store = world.open().await.unwrap();
        fill(&store).await;
        store.close().await;
        world
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("plans.db")
    }

    async fn open(&self) -> Result<SqliteStore, OpenError> {
        SqliteStore::open_with_lock_timeout(self.path(), SHORT).await
    }

    /// Opens the file like another program.
    async fn other_program(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).create_if_missing(true).connect().await.unwrap()
    }
}

/// Prints a line that the test harness does not capture: it hides the output of passing tests.
fn report(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

fn id() -> PlanId {
    PlanId::from_random([1; 16])
}

fn plan(document: &str) -> NewPlan {
    NewPlan::new(id(), "Plan", document, 1)
}

fn change(document: &str) -> PlanChange {
    PlanChange {
        title: "Plan".to_owned(),
        document: document.to_owned(),
        secrets: vec![],
        stale: vec![],
        records: vec![],
        at: 2,
    }
}

/// Creates plan 1 with a document of several pages.
async fn fill(store: &SqliteStore) {
    let created = store.create(&plan(&"content ".repeat(4_000))).await.unwrap();
    assert_eq!(created, CreateOutcome::Created { revision: 1 });
}

/// The error of an open that must fail; its advice is compared with the rules for every advice.
fn refused(path: &Path, opened: Result<SqliteStore, OpenError>) -> OpenError {
    let error = opened.err().unwrap();
    let advice = error.advice();
    assert!(advice.ends_with('.') && !advice.contains('\n'), "one sentence: {advice}");
    let place = path.parent().unwrap().display().to_string();
    assert!(advice.contains(&place) && error.to_string().contains(&place), "says where: {error} {advice}");
    error
}
