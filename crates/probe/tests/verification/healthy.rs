//! A healthy cluster: every check passes, and nothing is left in it.

use std::time::Duration;

use domain::check::{CheckId, Outcome};
use probe::TrustAnchors;
use standin::Faults;

use crate::support::{Certificates, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_healthy_cluster_passes_and_keeps_no_test_object() {
    let Some(world) = World::with(Faults::default()).await else { return };
    let run = world.verify().await;
    run.is_healthy();
    let changes = run.of(CheckId::Vf07);
    assert_eq!(changes.len(), 5, "one result for each kind of change");
    assert!(changes.iter().all(|result| result.current.starts_with("2 of 2 nodes")), "{changes:?}");
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}

/// A node that is slow is not one that is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_node_passes() {
    let slow = Faults { slow: Some(Duration::from_millis(300)), ..Faults::default() };
    let Some(world) = World::with_second(slow).await else { return };
    world.verify().await.is_healthy();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_account_only_what_needs_none_is_checked() {
    let Some(mut world) = World::with(Faults::default()).await else { return };
    world.access.account = None;
    let run = world.verify().await;
    for result in &run.results {
        let needs_account = matches!(result.id, CheckId::Vf06 | CheckId::Vf07 | CheckId::Vf08)
            || result.subject.as_deref() == Some("Signed tokens and stored secrets");
        let expected = if needs_account { Outcome::CouldNotCheck } else { Outcome::Passed };
        assert_eq!(result.outcome, expected, "{result:?}");
    }
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}

/// The password goes to nodes that prove to belong to the cluster, and to no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_a_foreign_certificate_gets_no_password() {
    let Some(mut world) = World::with(Faults::default()).await else { return };
    world.access.authorities = TrustAnchors::given(&Certificates::new().authority);
    let run = world.verify().await;
    let result = run.of(CheckId::Vf08)[0];
    assert_eq!(result.outcome, Outcome::CouldNotCheck, "{result:?}");
    assert!(result.current.contains("was not issued by the CA of the plan, so the password is not sent"), "{result:?}");
    for node in ["is-1", "is-2"] {
        let requests = world.cluster.requests(node).unwrap();
        assert_eq!(requests.count("POST", "/scim2"), 0, "{requests:?}");
        assert!(requests.count("GET", "/oauth2/jwks") > 0, "what contains no secret is asked");
    }
}
