//! What several answers mean together: the rules that need no network. One file a family, one function a check.
//!
//! What a single answer must be is decided by its type in [`crate::values`]; what generated files must be, in
//! [`crate::audit`].

mod certificate;
mod clustering;
mod database;
pub mod keys;
pub(crate) mod load_balancer;
mod nodes;
mod secrets;
mod user_store;

pub use certificate::is_pack_certificate;

use std::collections::BTreeMap;

use crate::certificate::{CertificateFacts, PemProblem};
use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation};
use crate::inputs::ReadableAnswers;
use crate::sites;
use crate::step::Step;
use crate::steps::keys::{DATABASE, USER_STORE};

/// What the rules need to know and cannot find out themselves.
#[derive(Clone, Debug, Default)]
pub struct ExternalFacts {
    /// The time, in unix seconds.
    pub now: u64,
    /// What the provided certificate and key turned out to be; `None` if none was provided.
    pub provided: Option<Result<CertificateFacts, Vec<PemProblem>>>,
    /// What the CA certificates turned out to be, by their settings ([`CA_CERTIFICATE_SETTINGS`]); those that were given.
    pub authorities: BTreeMap<&'static str, Result<CertificateFacts, Vec<PemProblem>>>,
}

/// The settings that take a CA certificate, which goes into every node's truststore.
pub const CA_CERTIFICATE_SETTINGS: [&str; 2] = [DATABASE.ca_certificate, USER_STORE.ca_certificate];

/// Applies every rule to the steps that could be read.
#[must_use]
pub fn apply(answers: &ReadableAnswers, evidence: &ExternalFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = answers.product.as_ref().map(|product| product.version);
    if let Some(database) = &answers.database {
        findings.extend(database::check_databases(database, version, answers.nodes.as_deref()));
        if database.ca_certificate.is_some() {
            findings.extend(certificate::authority(CA_CERTIFICATE_SETTINGS[0], Step::Database, evidence));
        }
    }
    if let Some(clustering) = &answers.clustering {
        findings.extend(clustering::check_membership(clustering, version));
    }
    if let Some(store) = &answers.user_store {
        findings.extend(user_store::check_user_store(store));
        if store.ca_certificate.is_some() {
            findings.extend(certificate::authority(CA_CERTIFICATE_SETTINGS[1], Step::UserStore, evidence));
        }
    }
    if let Some(nodes) = &answers.nodes {
        findings.extend(nodes::check_nodes(nodes, answers.clustering.as_ref(), version));
        findings.extend(answers.clustering.as_ref().and_then(|clustering| clustering::ports(clustering, nodes)));
    }
    if let Some(balancer) = &answers.load_balancer {
        findings.extend(load_balancer::check_load_balancer(balancer, answers.nodes.as_deref(), version));
        findings.extend(certificate::check_certificates(balancer, evidence));
    }
    findings.extend(secrets::check_secrets(answers));
    findings
}

/// A finding of `check`, with the check's own severity, reason and, where `remedy` is empty, its remedy.
#[track_caller]
pub(crate) fn found(
    check: CheckId,
    at: FindingLocation,
    what: impl Into<String>,
    remedy: impl Into<String>,
) -> Finding {
    sites::seen();
    let spec = check.spec();
    let remedy: String = remedy.into();
    Finding {
        severity: spec.severity,
        check: Some(check),
        at,
        what: what.into(),
        why: spec.proves.to_owned(),
        remedy: if remedy.is_empty() { spec.remedy.to_owned() } else { remedy },
    }
}
