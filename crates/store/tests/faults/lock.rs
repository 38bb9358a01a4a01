//! Other programs, and other processes of this program, that use the same file.

use sqlx::Executor as _;
use store::{DatabaseProblem, OpenError, SaveOutcome, Store as _};

use crate::{World, change, fill, id, refused};

#[tokio::test]
async fn an_open_while_another_program_holds_the_file_reports_the_lock() {
    let world = World::with_plan().await;
    let mut other = world.other_program().await;
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await.unwrap();
    // An SQLite tool in rollback mode holds this lock on the file itself.
    let error = refused(&world.path(), world.open().await);
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    assert!(error.advice().contains("Close the program"), "{}", error.advice());

    sqlx::Connection::close(other).await.unwrap();
    let store = world.open().await.unwrap();
    assert!(store.load(id()).await.unwrap().is_some(), "usable once the lock is gone");
}

#[tokio::test]
async fn an_open_while_another_program_writes_reports_the_lock() {
    let world = World::with_plan().await;
    let mut other = world.other_program().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = refused(&world.path(), world.open().await);
    assert!(matches!(error, OpenError::Locked { .. }), "{error:?}");
    other.execute("ROLLBACK").await.unwrap();
    world.open().await.unwrap();
}

#[tokio::test]
async fn a_save_while_another_program_writes_reports_the_lock_and_works_afterwards() {
    let world = World::with_plan().await;
    let store = world.open().await.unwrap();
    let mut other = world.other_program().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    let error = store.save(id(), 1, &change("blocked")).await.unwrap_err();
    assert!(matches!(error.problem(), DatabaseProblem::Locked(_)), "{error:?}");
    assert_eq!(store.load(id()).await.unwrap().unwrap().revision, 1, "reading goes on");

    other.execute("ROLLBACK").await.unwrap();
    let outcome = store.save(id(), 1, &change("free")).await.unwrap();
    assert_eq!(outcome, SaveOutcome::Saved { revision: 2 });
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_others_saves_and_conflicts() {
    let world = World::new();
    let (one, two) = (world.open().await.unwrap(), world.open().await.unwrap());
    fill(&one).await;
    assert_eq!(two.load(id()).await.unwrap().unwrap().revision, 1);
    assert_eq!(two.save(id(), 1, &change("two")).await.unwrap(), SaveOutcome::Saved { revision: 2 });
    assert_eq!(one.save(id(), 1, &change("one")).await.unwrap(), SaveOutcome::Conflict { current: 2 });
    assert_eq!(one.load(id()).await.unwrap().unwrap().document, "two");
}
