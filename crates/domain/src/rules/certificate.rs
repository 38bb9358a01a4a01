//! TL-01 to TL-05: the certificate an operator provides, and the CA certificates of other servers. `render` parses
//! them; this module validates them.

use super::ExternalFacts;
use crate::certificate::{CertificateFacts, ChainOrder, KeyKind, MIN_VALID_SECONDS, PemField, PemProblem};
use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::sites::reported;
use crate::step::Step;
use crate::steps::{CertificateSource, LoadBalancer, keys};

/// A day, in seconds.
const SECONDS_PER_DAY: i64 = 86_400;

pub(super) fn check_certificates(balancer: &LoadBalancer, evidence: &ExternalFacts) -> Vec<Finding> {
    if balancer.certificate != CertificateSource::Provided {
        return Vec::new();
    }
    let chain = || FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.provided_certificate);
    let key = || FindingLocation::setting(Step::LoadBalancer, keys::LOAD_BALANCER.provided_key);
    let facts = match &evidence.provided {
        None => return Vec::new(),
        Some(Ok(facts)) => facts,
        Some(Err(problems)) => {
            let at = |problem: &PemProblem| if problem.field == PemField::Key { key() } else { chain() };
            return problems.iter().map(|problem| unreadable(problem, at(problem))).collect();
        }
    };
    let mut findings = Vec::new();
    if facts.key_matches == Some(false) {
        findings.push(found(CheckId::Tl01, key(), "The private key does not belong to the certificate.", ""));
    }
    findings.extend(order(facts).map(|(what, remedy)| found(CheckId::Tl02, chain(), what, remedy)));
    for name in facts.names_not_covered([balancer.hostname.as_str()]) {
        let known = facts.server().map(|certificate| certificate.dns_names.join(", ")).unwrap_or_default();
        let what = if known.is_empty() {
            reported(format!("The certificate has no subject alternative name, so it does not cover {name}."))
        } else {
            reported(format!("The certificate is for {known}, not for {name}."))
        };
        findings.push(found(CheckId::Tl03, chain(), what, ""));
    }
    if facts.certificates.iter().any(|certificate| is_pack_certificate(&certificate.subject)) {
        findings.push(found(CheckId::Tl05, chain(), "This is the certificate that every WSO2 pack contains.", ""));
    }
    let now = i64::try_from(evidence.now).unwrap_or(i64::MAX);
    findings.extend(
        strength(facts, now)
            .into_iter()
            .map(|(severity, what, remedy)| Finding { severity, ..found(CheckId::Tl04, chain(), what, remedy) }),
    );
    findings
}

fn unreadable(problem: &PemProblem, at: FindingLocation) -> Finding {
    Finding {
        severity: Severity::Blocks,
        check: None,
        at,
        what: problem.description(),
        why: String::new(),
        remedy: problem.remedy().to_owned(),
    }
}

/// A CA certificate of another server: every certificate in it must be one, because keytool imports each on every node.
pub(super) fn authority(setting: &'static str, step: Step, evidence: &ExternalFacts) -> Vec<Finding> {
    let at = || FindingLocation::setting(step, setting);
    match evidence.authorities.get(setting) {
        None => Vec::new(),
        Some(Err(problems)) => problems.iter().map(|problem| unreadable(problem, at())).collect(),
        Some(Ok(facts)) => {
            let now = i64::try_from(evidence.now).unwrap_or(i64::MAX);
            let ended = facts.certificates.iter().filter(|certificate| certificate.not_after < now);
            ended
                .map(|certificate| Finding {
                    severity: Severity::Warns,
                    check: None,
                    at: at(),
                    what: format!(
                        "{} expired {} days ago.",
                        certificate.subject,
                        (now - certificate.not_after) / SECONDS_PER_DAY
                    ),
                    why: "The nodes do not trust the certificates it signed.".to_owned(),
                    remedy: "Paste the current CA certificate.".to_owned(),
                })
                .collect()
        }
    }
}

/// Whether a subject is that of the certificates in WSO2's packs, whose keys are public: `CN=localhost` with `O=WSO2`,
/// in any order and with any other parts (wso2carbon.jks and .p12 of all versions).
#[must_use]
pub fn is_pack_certificate(subject: &str) -> bool {
    let has =
        |part: &str| subject.split([',', '+']).any(|piece| piece.trim().replace(" = ", "=").eq_ignore_ascii_case(part));
    has("CN=localhost") && has("O=WSO2")
}

/// What is wrong with the order, and what to do.
fn order(facts: &CertificateFacts) -> Option<(String, String)> {
    match &facts.chain.order {
        ChainOrder::OutOfOrder { right_order } => {
            let order: Vec<String> = right_order.iter().map(|position| (position + 1).to_string()).collect();
            Some((
                reported("The certificates are in the wrong order."),
                format!("Paste them in this order: {}.", order.join(", ")),
            ))
        }
        ChainOrder::Broken { at } => Some((
            reported(format!("No certificate of the chain signed certificate {}.", at + 1)),
            "Add the missing CA certificate, or remove those that do not belong to the chain.".to_owned(),
        )),
        ChainOrder::InOrder | ChainOrder::NotEvaluated { .. } => facts.missing_issuer().map(|issuer| {
            (reported("The chain ends at the server's certificate."), format!("Add the certificate of {issuer}."))
        }),
    }
}

/// Dates, key sizes and signatures of the certificates on the path.
fn strength(facts: &CertificateFacts, now: i64) -> Vec<(Severity, String, String)> {
    let mut found = Vec::new();
    for position in &facts.chain.path {
        let Some(certificate) = facts.certificates.get(*position) else { continue };
        let name = format!("Certificate {} ({})", position + 1, certificate.subject);
        let blocks = |what: String, remedy: &str| (Severity::Blocks, what, remedy.to_owned());
        if now > certificate.not_after {
            found.push(blocks(
                reported(format!("{name} expired {} days ago.", (now - certificate.not_after) / SECONDS_PER_DAY)),
                "Renew it.",
            ));
        } else if now < certificate.not_before {
            let days = (certificate.not_before - now) / SECONDS_PER_DAY + 1;
            found.push(blocks(
                reported(format!("{name} becomes valid in {days} days.")),
                "Use a certificate that is valid now, or correct the clock.",
            ));
        } else if certificate.not_after - now < MIN_VALID_SECONDS {
            let days = (certificate.not_after - now) / SECONDS_PER_DAY;
            found.push((
                Severity::Warns,
                reported(format!("{name} expires in {days} days.")),
                "Renew it soon.".to_owned(),
            ));
        }
        let least = match certificate.key.kind {
            KeyKind::Rsa => 2048,
            KeyKind::Ecdsa => 256,
            KeyKind::Ed25519 => 0,
            KeyKind::Other(_) => u32::MAX,
        };
        if certificate.key.bits < least {
            let what = reported(format!("{name} has a key of {} bits.", certificate.key.bits));
            found.push(blocks(what, "Use RSA with at least 2048 bits, or ECDSA P-256."));
        }
        if certificate.key.kind == KeyKind::Ed25519 {
            let what = reported(format!("{name} has an Ed25519 key, which browsers and Java before 15 cannot use."));
            found.push(blocks(what, "Use RSA with at least 2048 bits, or ECDSA P-256."));
        }
        // Clients do not verify the signature of a root. The server's own certificate is rejected, even if self-signed.
        if certificate.weak_signature && (!certificate.is_self_signed || *position == facts.chain.server) {
            let what = reported(format!("{name} is signed with {}.", certificate.signature_algorithm));
            found.push(blocks(what, "Use a certificate signed with SHA-256."));
        }
    }
    found
}
