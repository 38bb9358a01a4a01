//! Every fault that the SQLite store distinguishes, injected for real: in the file, next to it, in its folder, and during a
//! write.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment")]

mod disk;
mod file;
mod lock;
#[path = "../plan/mod.rs"]
mod plan;
mod process;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use store::{CreateOutcome, NewPlan, OpenError, SqliteStore, Store as _};
use tempfile::TempDir;

use plan::{change, id};

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

    /// With a database that contains the plan and is closed.
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

    /// Opens the file as another program does.
    async fn other_program(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.path()).create_if_missing(true).connect().await.unwrap()
    }
}

/// Prints a line past the test harness, which hides the output of a passing test.
fn report(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

fn new_plan(document: &str) -> NewPlan {
    NewPlan::new(id(), "Plan", document, 1)
}

/// Creates the plan with a document of several pages.
async fn fill(store: &SqliteStore) {
    let created = store.create(&new_plan(&"content ".repeat(4_000))).await.unwrap();
    assert_eq!(created, CreateOutcome::Created { revision: 1 });
}

/// The error of an open that must fail; its advice is one sentence that names the folder.
fn refused(path: &Path, opened: Result<SqliteStore, OpenError>) -> OpenError {
    let error = opened.err().unwrap();
    let advice = error.advice();
    assert!(advice.ends_with('.') && !advice.contains('\n'), "one sentence: {advice}");
    let place = path.parent().unwrap().display().to_string();
    assert!(advice.contains(&place) && error.to_string().contains(&place), "says where: {error} {advice}");
    error
}
