//! Places without write permission, and full disks.
//!
//! Root may write anywhere, so a real read-only place and a real small disk are mounts, created in the mount namespace
//! of a child process, which runs the same test again. If that is not permitted, the test reports so in one line.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use store::{DatabaseProblem, OpenError, SaveOutcome, SqliteStore, Store as _};

use crate::{SHORT, World, change, fill, id, new_plan, refused, report};

/// The variable that passes the mounted folder to the child.
const MOUNT: &str = "STORE_TEST_MOUNT";
/// The child's exit code where mounts are not permitted; a failing test has another one.
const NO_MOUNTS: i32 = 75;

#[tokio::test]
async fn a_path_below_a_regular_file_cannot_be_written() {
    let world = World::new();
    let blocker = world.folder.path().join("file");
    fs::write(&blocker, "").unwrap();
    for path in [blocker.join("plans.db"), blocker.join("deeper/plans.db")] {
        let error = refused(&path, SqliteStore::open_with_lock_timeout(&path, SHORT).await);
        assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
    }
    assert_eq!(fs::read(&blocker).unwrap(), b"");
}

#[tokio::test]
async fn a_folder_in_the_files_place_cannot_be_written() {
    let world = World::new();
    fs::create_dir(world.path()).unwrap();
    let error = refused(&world.path(), world.open().await);
    assert!(matches!(error, OpenError::NotWritable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_read_only_file_system_cannot_be_written() {
    let Some(folder) = mounted() else {
        let world = World::with_plan().await;
        let folder = world.folder.path().display();
        return run_mounted(
            "disk::a_read_only_file_system_cannot_be_written",
            &world,
            &[&format!("mount --bind '{folder}' '{folder}'"), &format!("mount -o remount,bind,ro '{folder}'")],
        );
    };
    for name in ["plans.db", "new.db", "new/plans.db"] {
        let path = folder.join(name);
        let error = refused(&path, SqliteStore::open_with_lock_timeout(&path, SHORT).await);
        assert!(matches!(error, OpenError::NotWritable { .. }), "{name}: {error:?}");
        assert!(error.advice().contains("write permission for"), "{}", error.advice());
    }
}

#[tokio::test]
async fn a_full_disk_refuses_the_save_and_keeps_what_was_there() {
    let Some(folder) = mounted() else {
        let world = World::new();
        return run_mounted(
            "disk::a_full_disk_refuses_the_save_and_keeps_what_was_there",
            &world,
            &[&small_disk(&world)],
        );
    };
    let path = folder.join("plans.db");
    let store = SqliteStore::open_with_lock_timeout(&path, SHORT).await.unwrap();
    fill(&store).await;

    let mut revision = 1;
    let error = loop {
        match store.save(id(), revision, &change(&format!("{revision} ").repeat(20_000))).await {
            Ok(outcome) => {
                revision += 1;
                assert_eq!(outcome, SaveOutcome::Saved { revision });
                // SQLite truncates the log at each checkpoint, so another file has to fill the disk.
                let _full = fs::write(folder.join(format!("ballast-{revision}")), vec![0; 64 * 1024]);
            }
            Err(error) => break error,
        }
        assert!(revision < 1_000, "the disk never filled up");
    };
    assert!(matches!(error.problem(), DatabaseProblem::DiskFull(_)), "{error:?}");
    assert!(error.advice().contains("Free space"), "{}", error.advice());
    assert_eq!(store.load(id()).await.unwrap().unwrap().revision, revision, "the last acknowledged save is there");

    for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.file_name().unwrap().to_str().unwrap().starts_with("ballast") {
            fs::remove_file(entry).unwrap();
        }
    }
    let outcome = store.save(id(), revision, &change("space again")).await.unwrap();
    assert_eq!(outcome, SaveOutcome::Saved { revision: revision + 1 });
    store.close().await;
    let again = SqliteStore::open_with_lock_timeout(&path, SHORT).await.unwrap();
    assert_eq!(again.load(id()).await.unwrap().unwrap().document, "space again");
}

#[tokio::test]
async fn a_full_disk_refuses_the_first_start_and_the_next_one_works() {
    let Some(folder) = mounted() else {
        let world = World::new();
        return run_mounted(
            "disk::a_full_disk_refuses_the_first_start_and_the_next_one_works",
            &world,
            &[&small_disk(&world)],
        );
    };
    let (path, ballast) = (folder.join("plans.db"), folder.join("ballast"));
    let _full = fs::write(&ballast, vec![0; 1024 * 1024]);
    let error = refused(&path, SqliteStore::open_with_lock_timeout(&path, SHORT).await);
    assert!(matches!(error, OpenError::DiskFull { .. }), "{error:?}");

    fs::remove_file(ballast).unwrap();
    let store = SqliteStore::open_with_lock_timeout(&path, SHORT).await.unwrap();
    let _created = store.create(&new_plan("{}")).await.unwrap();
}

fn small_disk(world: &World) -> String {
    format!("mount -t tmpfs -o size=512k tmpfs '{}'", world.folder.path().display())
}

/// The mounted folder, in the child process.
fn mounted() -> Option<PathBuf> {
    env::var_os(MOUNT).map(PathBuf::from)
}

/// Runs `test` again in a child that sees the mounts that `commands` create on the test's folder. They end with it.
fn run_mounted(test: &str, world: &World, commands: &[&str]) {
    let mounts = commands.join(" && ");
    let script = format!("{{ {mounts}; }} || exit {NO_MOUNTS}; exec \"$0\" --exact {test} --nocapture");
    let ran = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .arg(env::current_exe().unwrap())
        .env(MOUNT, world.folder.path())
        .stdin(Stdio::null())
        .output();
    let reason = match ran {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains("1 passed"), "{said}");
            return;
        }
        Ok(output) => {
            let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let allowed = output.status.code() != Some(NO_MOUNTS) && !complaint.starts_with("unshare:");
            assert!(!allowed, "{test} failed in the mounted folder:\n{said}\n{complaint}");
            complaint.trim().to_owned()
        }
        Err(error) => format!("unshare cannot be started: {error}"),
    };
    report(&format!("{test} did not run, mounts are not allowed here ({reason})"));
}
