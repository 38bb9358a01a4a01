//! A healthy cluster: every check passes, and nothing is left in it.

use std::time::Duration;

use domain::check::{CheckId, Outcome};
use probe::TrustAnchors;
use standin::Faults;

use crate::support::{Certificates, HOSTNAME, World, self_signed};

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
        let needs_account = matches!(result.id, CheckId::Vf06 | CheckId::Vf07 | CheckId::Vf08 | CheckId::Vf15);
        let expected = if needs_account { Outcome::CouldNotCheck } else { Outcome::Passed };
        assert_eq!(result.outcome, expected, "{result:?}");
    }
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}

/// The password goes to nodes that prove to belong to the cluster, and to no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_with_a_foreign_certificate_gets_no_password() {
    use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa};
    let trusted = TrustAnchors::given(&Certificates::new().authority);
    let foreign = [
        Certificates::new(),
        self_signed(&[HOSTNAME], |_| {}),
        // TLS clients reject these before they look for an issuer.
        self_signed(&[], |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        self_signed(&[], |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
    ];
    for (number, certificates) in foreign.iter().enumerate() {
        let Some(mut world) = World::new(certificates, [Faults::default(), Faults::default()]).await else { return };
        world.access.node_authorities = trusted.clone();
        world.access.balancer_authorities = trusted.clone();
        let run = world.verify_only(&[CheckId::Vf02, CheckId::Vf06, CheckId::Vf07, CheckId::Vf08]).await;
        for result in run.of(CheckId::Vf08) {
            assert_eq!(result.outcome, Outcome::CouldNotCheck, "{number}: {result:?}");
            assert!(result.current.contains("so the password is not sent"), "{number}: {result:?}");
        }
        for node in ["is-1", "is-2"] {
            let requests = world.cluster.requests(node).unwrap();
            let secret = ["/scim2", "/api/server", "/oauth2/token", "/commonauth"];
            let sent: usize = secret.iter().map(|path| requests.count("POST", path)).sum();
            assert_eq!(sent + requests.count("GET", "/scim2"), 0, "{number}: {requests:?}");
            assert!(requests.count("GET", "/oauth2/jwks") > 0, "{number}: what contains no secret is asked");
        }
    }
}

/// A CA of the load balancer that many use proves no node, and a certificate of the right CA for another name proves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_authority_of_the_load_balancer_proves_no_node() {
    let Some(mut world) = World::with(Faults::default()).await else { return };
    world.access.node_authorities = TrustAnchors::given(&Certificates::new().authority);
    let run = world.verify_only(&[CheckId::Vf08]).await;
    assert!(run.of(CheckId::Vf08).iter().all(|result| result.outcome == Outcome::CouldNotCheck));
    let other = Certificates::for_name("login.example.org");
    let Some(world) = World::new(&other, [Faults::default(), Faults::default()]).await else { return };
    let run = world.verify_only(&[CheckId::Vf08]).await;
    let result = run.of(CheckId::Vf08)[0];
    assert!(result.current.contains("does not name this host, so the password is not sent"), "{result:?}");
}
