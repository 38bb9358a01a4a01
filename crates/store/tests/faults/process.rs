//! Other processes: killed in the middle of their writes, or writing at the same time.
//!
//! The child is this test binary again, running the same test with an environment variable that names the database.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use store::{PlanChange, SaveOutcome, SealedSecret, SecretChange, SqliteStore, Store as _};

use crate::{World, id, new_plan, report};

/// The variable that passes the database to the child.
const DATABASE: &str = "STORE_TEST_DATABASE";
/// How long the processes wait for each other's locks: far longer than needed.
const PATIENT: Duration = Duration::from_secs(60);
/// The prefix of each number that a child prints; lines of the test harness do not have it.
const ACKNOWLEDGED: &str = "acknowledged ";

fn child_database() -> Option<PathBuf> {
    env::var_os(DATABASE).map(PathBuf::from)
}

fn spawn(test: &str, database: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DATABASE, database)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Document and secret both contain the revision, so that a partial save is detected.
fn change(revision: i64) -> PlanChange {
    let sealed = format!("{revision} ").repeat(500).into_bytes();
    PlanChange {
        title: "Plan".to_owned(),
        document: format!("{revision} ").repeat(5_000),
        secrets: vec![SecretChange::Set(SealedSecret { setting: "database.password".to_owned(), sealed })],
        stale: Vec::new(),
        records: Vec::new(),
        at: revision,
    }
}

/// Saves without end, and prints each confirmed number.
async fn save_until_killed(database: &Path) {
    let store = SqliteStore::open_with_lock_timeout(database, PATIENT).await.unwrap();
    let mut revision = store.load(id()).await.unwrap().unwrap().revision;
    loop {
        let outcome = store.save(id(), revision, &change(revision + 1)).await.unwrap();
        revision += 1;
        assert_eq!(outcome, SaveOutcome::Saved { revision });
        report(&format!("{ACKNOWLEDGED}{revision}"));
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9_in_the_middle_of_many_writes() {
    if let Some(database) = child_database() {
        return save_until_killed(&database).await;
    }
    let world = World::new();
    let store = SqliteStore::open(world.path()).await.unwrap();
    let _created = store.create(&new_plan("1 ")).await.unwrap();
    store.close().await;

    let mut acknowledged = 1;
    // Killed after so many saves: right after the start, and before and after a checkpoint of the log.
    for saves in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89] {
        let mut child =
            spawn("process::what_was_acknowledged_survives_kill_9_in_the_middle_of_many_writes", &world.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(revision) = line.strip_prefix(ACKNOWLEDGED) {
                acknowledged = revision.parse().unwrap();
                seen += 1;
            }
            if seen == saves {
                // SIGKILL. The child already performs the next saves; the rest of its lines are still read.
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success() && seen >= saves, "the child ended by itself after {seen} saves");

        let store = SqliteStore::open(world.path()).await.unwrap();
        let plan = store.load(id()).await.unwrap().unwrap();
        // The save in flight may have reached the disk without being acknowledged.
        assert!([acknowledged, acknowledged + 1].contains(&plan.revision), "{acknowledged}, found {}", plan.revision);
        let expected = change(plan.revision);
        assert!(plan.document == expected.document, "document of another revision than {}", plan.revision);
        let secrets = store.secrets(id()).await.unwrap();
        assert!(
            matches!(&expected.secrets[..], [SecretChange::Set(expected)] if expected.sealed == secrets[0].sealed),
            "secret of another revision than {}",
            plan.revision
        );
        acknowledged = plan.revision;
        store.close().await;
    }
}

/// Appends `letter` to the document `times` times, and retries after each conflict.
async fn append(store: &SqliteStore, letter: char, times: usize) {
    let mut left = times;
    while left > 0 {
        let plan = store.load(id()).await.unwrap().unwrap();
        let mut next = change(plan.revision + 1);
        next.document = format!("{}{letter}", plan.document);
        if let SaveOutcome::Saved { .. } = store.save(id(), plan.revision, &next).await.unwrap() {
            left -= 1;
        }
    }
}

/// Opens the file (either process may create it), creates the plan unless it exists, and appends.
async fn open_and_append(database: &Path, letter: char) {
    let store = SqliteStore::open_with_lock_timeout(database, PATIENT).await.unwrap();
    let _created_or_exists = store.create(&new_plan("")).await.unwrap();
    append(&store, letter, 25).await;
    store.close().await;
}

#[tokio::test]
async fn two_processes_start_on_one_new_file_and_lose_no_save() {
    if let Some(database) = child_database() {
        return open_and_append(&database, 'c').await;
    }
    for _round in 0..5 {
        let world = World::new();
        let mut children: Vec<Child> = (0..2)
            .map(|_| spawn("process::two_processes_start_on_one_new_file_and_lose_no_save", &world.path()))
            .collect();
        open_and_append(&world.path(), 'p').await;
        for child in &mut children {
            assert!(child.wait().unwrap().success());
        }
        let store = SqliteStore::open(world.path()).await.unwrap();
        let plan = store.load(id()).await.unwrap().unwrap();
        assert_eq!(plan.revision, 1 + 3 * 25);
        let count = |letter| plan.document.chars().filter(|found| *found == letter).count();
        assert_eq!((count('p'), count('c')), (25, 50));
    }
}
