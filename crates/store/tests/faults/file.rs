//! Faults of the database file. Each time the file must stay unchanged, byte for byte.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use sqlx::Executor as _;
use store::{DatabaseProblem, OpenError, Store as _};

use crate::{World, change, fill, id, refused};

/// Opens the file at the test's path, which must fail and change nothing in the folder.
async fn refused_untouched(world: &World) -> OpenError {
    let before = contents(world);
    let error = refused(&world.path(), world.open().await);
    assert_eq!(contents(world), before, "{error}");
    error
}

/// The files in the folder by name, without SQLite's shared memory, which contains no data.
fn contents(world: &World) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(name, content)| !(name.ends_with("-shm") || name.ends_with("-wal") && content.is_empty()))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_new_file_is_private_and_a_restart_keeps_it() {
    let world = World::new();
    let store = world.open().await.unwrap();
    fill(&store).await;
    for entry in fs::read_dir(world.folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    let before = store.load(id()).await.unwrap();
    store.close().await;
    assert_eq!(world.open().await.unwrap().load(id()).await.unwrap(), before);
}

#[tokio::test]
async fn a_file_of_garbage_is_not_a_database() {
    for garbage in [&b"x"[..], b"not a database\n", &[0; 5000], &b"SQLite format 4\0 or so ".repeat(300)] {
        let world = World::new();
        fs::write(world.path(), garbage).unwrap();
        let error = refused_untouched(&world).await;
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    let world = World::new();
    let mut other = world.other_program().await;
    other.execute("CREATE TABLE bookmarks (url TEXT)").await.unwrap();
    sqlx::Connection::close(other).await.unwrap();
    let error = refused_untouched(&world).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
}

#[tokio::test]
async fn a_truncated_file_is_damaged_wherever_it_is_cut() {
    let whole = fs::read(World::with_plan().await.path()).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 8, "{pages}");
    for length in (1..pages).map(|page| page * 4096).chain([5000, whole.len() - 1]) {
        let world = World::new();
        fs::write(world.path(), &whole[..length]).unwrap();
        let error = refused_untouched(&world).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "cut to {length}: {error:?}");
        assert!(error.advice().contains("backup"), "{}", error.advice());
    }
}

#[tokio::test]
async fn an_overwritten_page_of_a_table_is_damage() {
    let whole = fs::read(World::with_plan().await.path()).unwrap();
    // The first pages contain the roots of the tables; overflow pages of a document contain data without a checksum.
    for page in [1, 2, 3, 4] {
        let world = World::new();
        let mut damaged = whole.clone();
        damaged[page * 4096..][..4096].fill(0x5a);
        fs::write(world.path(), damaged).unwrap();
        let error = refused_untouched(&world).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "page {page}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_cut_to_nothing_with_a_log_is_damage_and_the_log_is_kept() {
    let source = World::new();
    let store = source.open().await.unwrap();
    fill(&store).await;
    let log = fs::read(source.folder.path().join("plans.db-wal")).unwrap();
    assert!(!log.is_empty());

    let world = World::new();
    fs::write(world.path(), "").unwrap();
    fs::write(world.folder.path().join("plans.db-wal"), log).unwrap();
    let error = refused_untouched(&world).await;
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

/// A folder with a database whose page `page` is overwritten, and a log with the last save, as after a kill.
async fn damaged_next_to_its_log(page: usize) -> World {
    let source = World::with_plan().await;
    let store = source.open().await.unwrap();
    let _saved = store.save(id(), 1, &change("in the log")).await.unwrap();
    let mut damaged = fs::read(source.path()).unwrap();
    damaged[page * 4096..][..4096].fill(0x5a);

    let world = World::new();
    fs::write(world.path(), damaged).unwrap();
    fs::copy(source.folder.path().join("plans.db-wal"), world.folder.path().join("plans.db-wal")).unwrap();
    world
}

#[tokio::test]
async fn damage_next_to_a_log_leaves_both_as_they_are() {
    // The second page belongs to the list of migrations, which a save does not change: the log has no copy of it.
    let world = damaged_next_to_its_log(1).await;
    let error = refused_untouched(&world).await;
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn damage_that_the_log_makes_good_loses_nothing() {
    // Every save writes the first page, so the log has it.
    let world = damaged_next_to_its_log(0).await;
    let store = world.open().await.unwrap();
    assert_eq!(store.load(id()).await.unwrap().unwrap().document, "in the log");
}

/// Applies a migration that this program does not know, as a newer one does; it requires programs that know `oldest`.
async fn taken_further(world: &World, oldest: i64) {
    let mut newer = world.other_program().await;
    newer
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9000, 'from the future', TRUE, x'00', 1); CREATE TABLE from_the_future (a INTEGER);",
        )
        .await
        .unwrap();
    sqlx::query("UPDATE oldest_program SET step = ?1").bind(oldest).execute(&mut newer).await.unwrap();
    sqlx::Connection::close(newer).await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_named_as_such() {
    let world = World::with_plan().await;
    taken_further(&world, 9000).await;
    let error = refused(&world.path(), world.open().await);
    assert!(matches!(error, OpenError::Newer { found: 9000, known: 5, .. }), "{error:?}");
}

#[tokio::test]
async fn a_newer_database_that_allows_older_programs_is_used() {
    let world = World::with_plan().await;
    taken_further(&world, 5).await;
    let store = world.open().await.unwrap();
    let _saved = store.save(id(), 1, &change("by the older one")).await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_differing_build_is_named_as_such() {
    let world = World::with_plan().await;
    let mut other = world.other_program().await;
    other.execute("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await.unwrap();
    sqlx::Connection::close(other).await.unwrap();
    let error = refused(&world.path(), world.open().await);
    assert!(matches!(error, OpenError::Differs { migration: 1, .. }), "{error:?}");
}

#[tokio::test]
async fn a_save_into_a_file_that_was_moved_away_is_not_acknowledged() {
    let world = World::with_plan().await;
    let store = world.open().await.unwrap();
    fs::rename(world.path(), world.folder.path().join("elsewhere.db")).unwrap();
    let error = store.save(id(), 1, &change("lost")).await.unwrap_err();
    assert!(matches!(error.problem(), DatabaseProblem::FileMissing), "{error:?}");
    assert!(error.advice().contains("move the database file back"), "{}", error.advice());
    let error = store.health().await.unwrap_err();
    assert!(matches!(error.problem(), DatabaseProblem::FileMissing), "{error:?}");

    fs::rename(world.folder.path().join("elsewhere.db"), world.path()).unwrap();
    store.health().await.unwrap();
    let _saved = store.save(id(), 1, &change("kept")).await.unwrap();
}
