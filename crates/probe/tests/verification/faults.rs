//! The faults of real clusters (docs/verification.md), each reported by exactly one check.

use std::time::Duration;

use domain::check::{CheckId, Outcome};
use domain::secret::Secret;
use standin::Faults;

use crate::support::{Certificates, World};

/// Runs a verification against a cluster whose nodes, or whose second node, have a fault.
async fn expect(faults: Faults, of_both: bool, expected: &str, words: &str) {
    let world = if of_both { World::with(faults).await } else { World::with_second(faults).await };
    let Some(world) = world else { return };
    world.verify().await.only(expected, words);
    assert_eq!(world.test_objects(), [] as [&str; 0], "test objects are removed after a failure too");
}

macro_rules! fault {
    ($name:ident: $faults:expr, both: $both:literal, $expected:literal, $words:literal) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            expect($faults, $both, $expected, $words).await;
        }
    };
}

fn none() -> Faults {
    Faults::default()
}

fault!(clustering_switched_off: Faults { clustering_off: true, ..none() }, both: true, "failed VF-07", "still accepts the revoked token");
fault!(another_symmetric_key: Faults { other_symmetric_key: true, ..none() }, both: false, "failed VF-15", "cannot read a secret that is-1 stored");
fault!(another_key_store: Faults { other_key_store: true, ..none() }, both: false, "failed VF-04", "is-2 publishes other keys than is-1");
fault!(a_database_of_its_own: Faults { own_database: true, ..none() }, both: false, "failed VF-08", "is-2 does not find the user that is-1 created");
fault!(no_proxy_port: Faults { no_proxy_port: true, ..none() }, both: true, "failed VF-02", ":9443");
fault!(an_unhealthy_node: Faults { unhealthy: true, ..none() }, both: false, "failed VF-01", "HC_00001");
fault!(a_health_check_that_is_switched_off: Faults { health_disabled: true, ..none() }, both: false, "warned VF-01", "switched off");
fault!(a_database_that_is_down: Faults { database_down: true, ..none() }, both: true, "failed VF-01", "The health check reports");
fault!(redirects_to_a_node: Faults { node_address_in_redirects: true, ..none() }, both: false, "failed VF-03", "127.0.0.1");
fault!(users_that_cannot_be_created: Faults { status_500_on_scim: true, ..none() }, both: true, "failed VF-08", "status 500");

/// Other checks are parallel requests too, so that in a whole verification one health check alone may fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fail_when_they_are_opened() {
    let Some(world) = World::with_second(Faults { sick_under_parallel_load: true, ..none() }).await else { return };
    world.verify_only(&[CheckId::Vf01]).await.only("failed VF-01", "of 16 parallel health checks");
    world.verify().await.only("failed VF-01", "report");
}

/// The port at which the load balancer is reached, as in a rehearsal, is not one for clients.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn urls_with_the_port_at_which_the_load_balancer_is_reached() {
    let Some(mut world) = World::with(none()).await else { return };
    world.set_planned_port(443);
    world.verify().await.only("failed VF-02", "instead of https://login.example.test.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_with_a_port() {
    let faults = Faults { issuer_with_443: true, ..none() };
    let Some(world) = World::behind_443([faults.clone(), faults]).await else { return };
    world.verify().await.only("warned VF-02", ":443");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_expires_soon() {
    let Some(world) = World::new(&Certificates::until(20), [none(), none()]).await else { return };
    world.verify().await.only("warned VF-14", "expires in 20 days");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_run() {
    let Some(world) = World::with(none()).await else { return };
    world.cluster.stop_node("is-2").await.unwrap();
    world.verify().await.only("failed VF-01", "is-2 does not accept a connection");
}

/// IS answers 401 to wrong passwords; nothing is wrong with the cluster.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_no_fault_of_the_cluster() {
    let Some(mut world) = World::with(none()).await else { return };
    if let Some(account) = &mut world.access.account {
        account.password = Secret::new("wrong");
    }
    let run = world.verify().await;
    let failed: Vec<_> = run.results.iter().filter(|result| result.outcome == Outcome::Failed).collect();
    assert_eq!(failed, [] as [&domain::check::CheckResult; 0]);
    let result = run.of(CheckId::Vf08)[0];
    assert!(result.remedy.text.contains("Correct the user name or password"), "{result:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_has_expired() {
    let Some(world) = World::new(&Certificates::until(-2), [none(), none()]).await else { return };
    world.verify().await.only("failed VF-14", "has expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_arrive_late() {
    let Some(world) = World::with_delay(Duration::from_millis(2200)).await else { return };
    world.verify().await.only("warned VF-07", "became visible late");
}
