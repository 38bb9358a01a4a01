//! Test objects are removed after a cancelled run, and those of a killed run by the next one.

use std::time::Duration;

use standin::Faults;
use tokio_util::sync::CancellationToken;

use crate::support::{World, account, now};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_removes_its_test_objects() {
    // Changes never arrive: the run polls for seconds.
    let Some(world) = World::with(Faults { clustering_off: true, ..Faults::default() }).await else { return };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watch = async {
        for _ in 0..200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if world.test_objects().len() >= 8 {
                break;
            }
        }
        stop.cancel();
    };
    let (run, ()) = tokio::join!(world.run(cancel, now()), watch);
    assert!(run.results.len() < 20, "the run was cancelled");
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_run_removes_what_a_killed_run_left() {
    let Some(mut world) = World::with(Faults { clustering_off: true, ..Faults::default() }).await else { return };
    // A process that is killed drops its run: nothing is removed then.
    let killed = tokio::time::timeout(Duration::from_secs(3), world.verify()).await;
    assert!(killed.is_err(), "the run was still polling");
    let left = world.test_objects();
    assert!(!left.is_empty());
    world.access.account = Some(account("3a4b"));
    // A run at the same time keeps its objects; they are left over a quarter of an hour later.
    let _ = world.verify().await;
    assert_eq!(world.test_objects(), left);
    let _ = world.run(CancellationToken::new(), now() + Duration::from_secs(3600)).await;
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}
