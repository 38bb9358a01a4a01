//! Verifies a deployed cluster: the checks of reach [`domain::check::Reach::Cluster`].
//!
//! `cluster` sends requests to the load balancer and the nodes, `api` knows IS's APIs, `objects` creates and removes test objects.
//! The other modules evaluate one check each. Passwords, tokens and cookies are sent only to endpoints whose certificate proves that
//! they belong to the cluster.

mod access;
mod api;
mod browser;
mod cluster;
mod coherence;
mod encode;
mod endpoint;
mod expiry;
mod failure;
mod health;
mod identity;
mod login;
mod names;
mod objects;
mod poll;
mod public_urls;
mod users;

use std::time::Duration;

use domain::check::ClusterCheck;
use tokio::time::timeout;

pub use access::{ClusterAccess, ClusterAddress, LOAD_BALANCER_NAME, VerificationAccount};

use crate::facts::Facts;
use crate::fault::Verdict;
use cluster::Cluster;
use objects::Workshop;

/// How long the removal of test objects may take at the end of a run, also of a cancelled one.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(20);

/// What a check waits for, shown while it runs.
pub(crate) const fn waits_for(check: ClusterCheck) -> &'static str {
    match check {
        ClusterCheck::Vf01 => "the health checks of the nodes",
        ClusterCheck::Vf02 => "discovery, keys and pages of load balancer and nodes",
        ClusterCheck::Vf03 => "redirects of load balancer and nodes",
        ClusterCheck::Vf04 => "the signing keys of the nodes",
        ClusterCheck::Vf06 => "logins that change the node",
        ClusterCheck::Vf07 => "changes of one node on the others",
        ClusterCheck::Vf08 => "users of one node on the others",
        ClusterCheck::Vf14 => "the certificates of load balancer and nodes",
        ClusterCheck::Vf15 => "tokens and stored secrets of one node on the others",
    }
}

/// Evaluates one check.
pub(crate) async fn evaluate(check: ClusterCheck, facts: &Facts) -> Vec<Verdict> {
    let cluster = match Cluster::of(facts) {
        Ok(cluster) => cluster,
        Err(verdict) => return vec![*verdict],
    };
    let required = check.id().title();
    let workshop = || {
        let account = cluster.account(required)?;
        Ok::<_, Box<Verdict>>(Workshop::new(&cluster, account, facts.test_objects(), facts.run_began()))
    };
    match check {
        ClusterCheck::Vf01 => health::check(&cluster).await,
        ClusterCheck::Vf02 => public_urls::check(&cluster).await,
        ClusterCheck::Vf03 => public_urls::check_redirects(&cluster).await,
        ClusterCheck::Vf04 => vec![identity::check_keys(&cluster).await],
        ClusterCheck::Vf06 => match workshop() {
            Ok(workshop) => login::check(&workshop).await,
            Err(verdict) => vec![*verdict],
        },
        ClusterCheck::Vf07 => match workshop() {
            Ok(workshop) => coherence::check(&workshop).await,
            Err(verdict) => vec![*verdict],
        },
        ClusterCheck::Vf08 => match workshop() {
            Ok(workshop) => users::check(&workshop).await,
            Err(verdict) => vec![*verdict],
        },
        ClusterCheck::Vf14 => expiry::check(&cluster).await,
        ClusterCheck::Vf15 => match workshop() {
            Ok(workshop) => identity::check_objects(&workshop).await,
            Err(verdict) => vec![*verdict],
        },
    }
}

/// Removes the test objects of this run, and those that interrupted runs left. What cannot be removed now, the next run removes.
pub(crate) async fn clean_up(facts: &Facts) {
    let Ok(cluster) = Cluster::of(facts) else { return };
    let Ok(account) = cluster.account("") else { return };
    let workshop = Workshop::new(&cluster, account, facts.test_objects(), facts.run_began());
    let removal = async {
        workshop.remove_noted().await;
        workshop.remove_listed().await;
    };
    let _ = timeout(REMOVAL_TIMEOUT, removal).await;
}
