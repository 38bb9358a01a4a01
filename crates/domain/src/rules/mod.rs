//! The rules about several answers that need no network: one file per family, one function per check.
//!
//! [`crate::values`] validates single answers, [`crate::audit`] the generated files. [`crate::audit`].

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

/// Facts that the rules need as input.
#[derive(Clone, Debug, Default)]
pub struct ExternalFacts {
    /// The time, in Unix seconds.
    pub now: u64,
    /// The facts of the provided certificate and key, or their problems; `None` if none was provided.
    pub provided: Option<Result<CertificateFacts, Vec<PemProblem>>>,
    /// The facts or problems of the provided CA certificates, by setting ([`CA_CERTIFICATE_SETTINGS`]).
    pub authorities: BTreeMap<&'static str, Result<CertificateFacts, Vec<PemProblem>>>,
}

/// The settings that contain a CA certificate for every node's truststore.
pub const CA_CERTIFICATE_SETTINGS: [&str; 2] = [DATABASE.ca_certificate, USER_STORE.ca_certificate];

/// Applies every rule to the readable steps.
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

/// A finding of `check`, with the check's severity, reason and, if `remedy` is empty, its remedy.
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
