//! TL-01 to TL-05: a provided certificate.

use domain::certificate::{CertificateFacts, CertificateInfo, ChainFacts, ChainOrder, KeyKind, PublicKeyFacts};
use domain::cluster::validate;
use domain::finding::Finding;
use domain::rules::ExternalFacts;
use domain::secret::Secret;

use crate::fault::{healthy, record};

/// A certificate for the plan's hostname, as `render` reads it.
fn certificate(subject: &str) -> CertificateInfo {
    CertificateInfo {
        subject: subject.to_owned(),
        issuer: "CN=login.example.com".to_owned(),
        dns_names: vec!["login.example.com".to_owned()],
        ip_addresses: Vec::new(),
        not_before: 1_700_000_000,
        not_after: 1_900_000_000,
        key: PublicKeyFacts { kind: KeyKind::Rsa, bits: 2048 },
        signature_algorithm: "sha1WithRSAEncryption".to_owned(),
        weak_signature: false,
        is_authority: false,
        is_self_signed: true,
        fingerprint: String::new(),
    }
}

/// The findings about a provided certificate after `change`; each fault is recorded.
fn findings_of_provided(fault: &str, change: impl FnOnce(&mut CertificateFacts)) -> Vec<String> {
    let chain = ChainFacts { server: 0, path: vec![0], order: ChainOrder::InOrder, issuer_outside: None };
    let certificates = vec![certificate("CN=login.example.com")];
    let mut facts = CertificateFacts { certificates, key: None, key_matches: Some(true), chain };
    change(&mut facts);
    let (mut draft, mut secrets) = healthy();
    draft.set("load_balancer.certificate", "provided");
    draft.set("load_balancer.provided_certificate", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----");
    secrets.insert("load_balancer.provided_key", Secret::new("-----BEGIN PRIVATE KEY-----"));
    let evidence = ExternalFacts { now: 1_800_000_000, provided: Some(Ok(facts)), ..ExternalFacts::default() };
    let findings = validate(&draft, &secrets, &evidence).findings;
    let line = |finding: &Finding| {
        let check = finding.check.map_or("-".to_owned(), |check| check.to_string());
        format!("{} {check} -", finding.severity)
    };
    record(fault, &findings.iter().map(line).collect::<Vec<_>>());
    let found_texts = |finding: Finding| {
        let check = finding.check.map_or("-".to_owned(), |check| check.to_string());
        format!("{} {check} {}: {}", finding.severity, finding.at, finding.what)
    };
    findings.into_iter().map(found_texts).collect()
}

/// TL-01 to TL-05 by the facts about a provided certificate.
#[test]
fn a_wrong_certificate_is_reported_by_one_check_at_its_place() {
    let pack = ["C=US, ST=CA, L=Mountain View, O=WSO2, CN=localhost", "CN=localhost,O=WSO2,OU=WSO2"];
    type Change = Box<dyn FnOnce(&mut CertificateFacts)>;
    let first =
        |change: fn(&mut CertificateInfo)| -> Change { Box::new(move |facts| change(&mut facts.certificates[0])) };
    let subject =
        |text: &'static str| -> Change { Box::new(move |facts| facts.certificates = vec![certificate(text)]) };
    let order = |order: ChainOrder| -> Change { Box::new(move |facts| facts.chain.order = order) };
    let faults: Vec<(&str, Change, &str)> = vec![
        (
            "a key of another certificate",
            Box::new(|facts| facts.key_matches = Some(false)),
            "blocks TL-01 load_balancer.provided_key: The private key does not belong",
        ),
        (
            "a chain out of order",
            order(ChainOrder::OutOfOrder { right_order: vec![1, 0] }),
            "blocks TL-02 load_balancer.provided_certificate: The certificates are in the wrong order",
        ),
        (
            "a chain with a gap",
            order(ChainOrder::Broken { at: 0 }),
            "blocks TL-02 load_balancer.provided_certificate: No certificate of the chain signed certificate 1",
        ),
        (
            "a certificate of another name",
            first(|one| one.dns_names = vec!["other.example.com".to_owned()]),
            "blocks TL-03 load_balancer.provided_certificate: The certificate is for other.example.com",
        ),
        (
            "a certificate without names",
            first(|one| one.dns_names.clear()),
            "blocks TL-03 load_balancer.provided_certificate: The certificate has no subject alternative name",
        ),
        (
            "a chain that ends at the server",
            Box::new(|facts| facts.chain.issuer_outside = Some("CN=A CA".to_owned())),
            "TL-02 load_balancer.provided_certificate: The chain ends at the server's certificate",
        ),
        (
            "a certificate that has expired",
            first(|one| one.not_after = 1_799_000_000),
            "blocks TL-04 load_balancer.provided_certificate: Certificate 1 (CN=login.example.com) expired 11 days ago",
        ),
        (
            "a certificate of tomorrow",
            first(|one| one.not_before = 1_800_050_000),
            "blocks TL-04 load_balancer.provided_certificate: Certificate 1 (CN=login.example.com) becomes valid in 1 days",
        ),
        (
            "a certificate that soon expires",
            first(|one| one.not_after = 1_800_900_000),
            "warns TL-04 load_balancer.provided_certificate: Certificate 1 (CN=login.example.com) expires in 10 days",
        ),
        ("a short key", first(|one| one.key.bits = 128), "has a key of 128 bits"),
        ("an Ed25519 key", first(|one| one.key.kind = KeyKind::Ed25519), "Ed25519"),
        ("a signature with SHA-1", first(|one| one.weak_signature = true), "is signed with sha1"),
        (pack[0], subject(pack[0]), "every WSO2 pack contains"),
        (pack[1], subject(pack[1]), "every WSO2 pack contains"),
    ];
    for (fault, change, expected) in faults {
        let found_texts = findings_of_provided(fault, change);
        assert!(found_texts.len() == 1 && found_texts[0].contains(expected), "{fault}: {found_texts:?}");
    }
    assert_eq!(findings_of_provided("a certificate that fits", |_| {}), [] as [&str; 0]);
    let of_another = subject("CN=localhost, O=Example");
    assert_eq!(findings_of_provided("a certificate of another organisation", of_another), [] as [&str; 0]);
}
