//! All rules in turn.

use super::{
    CA_CERTIFICATE_SETTINGS, ExternalFacts, certificate, clustering, database, load_balancer, nodes, secrets,
    user_store,
};
use crate::finding::Finding;
use crate::inputs::ReadableAnswers;
use crate::step::Step;

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
