//! The key ring and the certificates issued from it, verified by openssl.

use crate::world::{MADE_AT, World, requests, reveal, ring, three_nodes};
use domain::certificate::{ChainOrder, KeyKind};
use domain::secret::Secret;
use proptest::prelude::*;
use render::certificates::inspect::inspect_provided;
use render::certificates::{
    CertificateError, CertificateRequests, IssuedCertificate, LeafRequest, SigningAuthority, issue, signing_fingerprint,
};
use render::keyring::{KeyRing, KeyRingError, RsaBits};

const MODES: [SigningAuthority; 3] =
    [SigningAuthority::SelfSigned, SigningAuthority::PrivateAuthority, SigningAuthority::Provided];

fn all(set: &render::certificates::CertificateSet) -> Vec<&IssuedCertificate> {
    set.authority.iter().chain(&set.load_balancer).chain(&set.nodes).chain([&set.primary]).collect()
}

fn pems(set: &render::certificates::CertificateSet) -> Vec<(String, String)> {
    all(set).into_iter().map(|identity| (identity.chain_pem(), reveal(&identity.key_pem()))).collect()
}

#[test]
fn openssl_verifies_every_certificate_of_a_private_authority() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    world.write("ca.pem", set.authority.as_ref().unwrap().certificate_pem());
    for (name, identity) in set.nodes.iter().chain(&set.load_balancer).map(|identity| ("leaf.pem", identity)) {
        world.write(name, identity.certificate_pem());
        world.run(&format!(
            "openssl verify -x509_strict -attime {MADE_AT} -purpose sslserver -verify_hostname sso.example.com -CAfile ca.pem {name}"
        ));
    }
    world.write("primary.pem", set.primary.certificate_pem());
    world.run(&format!("openssl verify -attime {MADE_AT} -check_ss_sig -CAfile primary.pem primary.pem"));
    world.run(&format!("openssl verify -x509_strict -attime {MADE_AT} -check_ss_sig -CAfile ca.pem ca.pem"));
}

#[test]
fn openssl_verifies_every_self_signed_certificate_against_itself() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let set = three_nodes(SigningAuthority::SelfSigned);
    assert!(set.authority.is_none());
    for identity in all(&set) {
        assert_eq!(identity.chain.len(), 1);
        world.write("own.pem", identity.certificate_pem());
        // The signing certificate has a separate name, which does not depend on the hostname.
        let is_signing = identity.certificate_pem() == set.primary.certificate_pem();
        let name = if is_signing { "" } else { "-verify_hostname sso.example.com" };
        world.run(&format!(
            "openssl verify -attime {MADE_AT} -check_ss_sig -purpose sslserver {name} -CAfile own.pem own.pem"
        ));
    }
}

#[test]
fn alternative_names_are_the_requested_ones() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let names = |identity: &IssuedCertificate| {
        world.write("one.pem", identity.certificate_pem());
        world.run("openssl x509 -in one.pem -noout -ext subjectAltName").lines().last().unwrap().trim().to_owned()
    };
    assert_eq!(names(set.load_balancer.as_ref().unwrap()), "DNS:sso.example.com");
    assert_eq!(
        names(&set.nodes[0]),
        "DNS:sso.example.com, DNS:is1, DNS:localhost, IP Address:10.0.0.11, IP Address:127.0.0.1"
    );
    assert_eq!(
        names(&set.nodes[1]),
        "DNS:sso.example.com, DNS:is2.internal.example.com, DNS:is2, DNS:localhost, IP Address:127.0.0.1"
    );
    assert_eq!(
        names(&set.nodes[2]),
        "DNS:sso.example.com, DNS:is3, DNS:localhost, IP Address:FD00:0:0:0:0:0:0:13, IP Address:127.0.0.1"
    );
    assert_eq!(names(&set.primary), "DNS:localhost");
}

#[test]
fn usages_and_constraints_fit_the_purpose() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let text = |identity: &IssuedCertificate| {
        world.write("one.pem", identity.certificate_pem());
        world.run("openssl x509 -in one.pem -noout -ext basicConstraints,keyUsage,extendedKeyUsage")
    };
    let authority = text(set.authority.as_ref().unwrap());
    assert!(
        authority.contains("CA:TRUE, pathlen:0") && authority.contains("Certificate Sign, CRL Sign"),
        "{authority}"
    );
    let load_balancer = text(set.load_balancer.as_ref().unwrap());
    assert!(load_balancer.contains("CA:FALSE") && load_balancer.contains("Digital Signature"), "{load_balancer}");
    assert!(!load_balancer.contains("Client Authentication"), "{load_balancer}");
    let node = text(&set.nodes[0]);
    assert!(node.contains("TLS Web Server Authentication, TLS Web Client Authentication"), "{node}");
    let primary = text(&set.primary);
    assert!(primary.contains("Key Encipherment"), "{primary}");
}

#[test]
fn times_count_from_the_ring() {
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let days = |identity: &IssuedCertificate| {
        let facts = inspect_provided(&identity.certificate_pem(), None).unwrap();
        let certificate = &facts.certificates[0];
        assert_eq!(certificate.not_before, MADE_AT - 3600);
        (certificate.not_after - certificate.not_before) / 86_400
    };
    assert_eq!(days(set.load_balancer.as_ref().unwrap()), 397);
    assert_eq!(days(&set.nodes[0]), 1095);
    assert_eq!(days(set.authority.as_ref().unwrap()), 3650);
    assert_eq!(days(&set.primary), 3650);
}

#[test]
fn the_same_ring_gives_the_same_bytes_and_another_seed_others() {
    for trust in MODES {
        let nodes = [("is1", "10.0.0.11"), ("is2", "10.0.0.12")];
        let issue = |seed| pems(&issue(&ring(seed), &requests(trust, &nodes)).unwrap());
        let first = issue(1);
        assert_eq!(first, issue(1));
        for ((certificate, key), (other_certificate, other_key)) in first.iter().zip(issue(2)) {
            assert_ne!(*certificate, other_certificate);
            // The RSA key is part of the ring, not of the seed; it is the last one.
            assert!(*key != other_key || key == &first.last().unwrap().1);
        }
    }
}

#[test]
fn adding_a_node_changes_nothing_for_the_others() {
    for trust in MODES {
        let two = pems(&issue(&ring(1), &requests(trust, &[("is1", "10.0.0.11"), ("is2", "10.0.0.12")])).unwrap());
        let nodes = [("is0", "10.0.0.10"), ("is1", "10.0.0.11"), ("is2", "10.0.0.12")];
        let three = pems(&issue(&ring(1), &requests(trust, &nodes)).unwrap());
        assert_eq!(three.len(), two.len() + 1);
        for identity in &two {
            assert!(three.contains(identity));
        }
    }
}

#[test]
fn every_key_belongs_to_its_certificate_and_every_chain_is_in_order() {
    for trust in MODES {
        let set = three_nodes(trust);
        let mut fingerprints = Vec::new();
        for identity in all(&set) {
            let facts = inspect_provided(&identity.chain_pem(), Some(&identity.key_pem())).unwrap();
            assert_eq!(facts.key_matches, Some(true), "{:?}", facts.certificates[0].subject);
            assert_eq!(facts.chain.order, ChainOrder::InOrder);
            assert_eq!(facts.chain.issuer_outside, None);
            fingerprints.push(facts.certificates[0].fingerprint.clone());
        }
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), all(&set).len());
        let primary = inspect_provided(&set.primary.certificate_pem(), None).unwrap();
        assert_eq!(primary.certificates[0].key.kind, KeyKind::Rsa);
        assert!(primary.certificates[0].is_self_signed);
    }
}

#[test]
fn another_content_has_another_serial_number() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let serial = |host: &str| {
        let set = issue(&ring(1), &requests(SigningAuthority::PrivateAuthority, &[("is1", host)])).unwrap();
        world.write("one.pem", set.nodes[0].certificate_pem());
        world.run("openssl x509 -in one.pem -noout -serial").trim().to_owned()
    };
    assert_ne!(serial("10.0.0.11"), serial("10.0.0.12"));
    // 16 bytes in hexadecimal, positive.
    let number = serial("10.0.0.11");
    let digits = number.strip_prefix("serial=").unwrap();
    assert_eq!(digits.len(), 32);
    assert!(('4'..='7').contains(&digits.chars().next().unwrap()), "{digits}");
}

#[test]
fn long_and_international_names_are_carried() {
    let Some(world) = World::with(&["openssl"]) else { return };
    let label = "a".repeat(63);
    let long = format!("{label}.{label}.example.com");
    for (hostname, common_name) in [(long.as_str(), label.as_str()), ("xn--bcher-kva.example", "xn--bcher-kva.example")]
    {
        let mut requests = requests(SigningAuthority::PrivateAuthority, &[("is1", hostname)]);
        requests.load_balancer = LeafRequest::load_balancer(hostname);
        let set = issue(&ring(1), &requests).unwrap();
        world.write("one.pem", set.load_balancer.as_ref().unwrap().certificate_pem());
        world.write("ca.pem", set.authority.as_ref().unwrap().certificate_pem());
        world.run(&format!("openssl verify -attime {MADE_AT} -verify_hostname {hostname} -CAfile ca.pem one.pem"));
        let subject = world.run("openssl x509 -in one.pem -noout -subject");
        assert_eq!(subject.trim(), format!("subject=CN = {common_name}"));
    }
    let unicode = LeafRequest::load_balancer("bücher.example");
    let refused =
        issue(&ring(1), &CertificateRequests { load_balancer: unicode, ..requests(SigningAuthority::SelfSigned, &[]) });
    assert!(matches!(refused, Err(CertificateError::Name { .. })));
}

/// The key ID of every token derives from the signing certificate's bytes: no answer of the plan may change them.
#[test]
fn the_signing_certificate_does_not_follow_the_hostname() {
    let signing = |ring: &KeyRing, hostname: &str| {
        let requests =
            CertificateRequests { hostname: hostname.to_owned(), ..requests(SigningAuthority::PrivateAuthority, &[]) };
        issue(ring, &requests).unwrap().primary.certificate_pem()
    };
    let first = ring(1);
    assert_eq!(signing(&first, "one.example.com"), signing(&first, "other.example.com"));
    assert!(first.pin_signing_name("one.example.com").is_none());
    // A ring of format 1 named it after the hostname; once the name is recorded, it does not change.
    let old = reveal(&first.to_secret().unwrap()).replace("ring\":2", "ring\":1");
    let old = KeyRing::from_secret(&Secret::new(old)).unwrap();
    assert_ne!(signing(&old, "one.example.com"), signing(&old, "other.example.com"));
    let facts = inspect_provided(&signing(&old, "one.example.com"), None).unwrap();
    assert_eq!(facts.certificates[0].subject, "CN=one.example.com");
    assert_eq!(facts.certificates[0].dns_names, ["one.example.com", "localhost"]);
    let kept = old.pin_signing_name("one.example.com").unwrap();
    assert_eq!(signing(&old, "one.example.com"), signing(&kept, "other.example.com"));
    let read = KeyRing::from_secret(&kept.to_secret().unwrap()).unwrap();
    assert_eq!(signing(&read, "other.example.com"), signing(&kept, "one.example.com"));
    let fingerprint = signing_fingerprint(&read, "other.example.com").unwrap();
    assert_eq!(
        fingerprint.replace(':', "").to_lowercase(),
        facts.certificates[0].fingerprint.replace(':', "").to_lowercase()
    );
}

#[test]
fn renewed_tls_certificates_keep_every_key_and_the_signing_certificate() {
    let later = MADE_AT + 390 * 86_400;
    let before = three_nodes(SigningAuthority::PrivateAuthority);
    let renewed = ring(1).renew_tls(later).unwrap();
    let nodes = [("is1", "10.0.0.11"), ("is2", "is2.internal.example.com"), ("is3", "fd00::13")];
    let after = issue(&renewed, &requests(SigningAuthority::PrivateAuthority, &nodes)).unwrap();
    assert_eq!(before.primary.chain, after.primary.chain);
    assert_eq!(before.authority.as_ref().unwrap().chain, after.authority.as_ref().unwrap().chain);
    assert!(renewed.is_same(&ring(1)));
    for (one, other) in pems(&before).iter().zip(pems(&after)) {
        assert_eq!(one.1, other.1, "keys stay");
    }
    let end = |identity: &IssuedCertificate| {
        inspect_provided(&identity.certificate_pem(), None).unwrap().certificates[0].not_after
    };
    assert_eq!(end(after.load_balancer.as_ref().unwrap()), later - 3600 + 397 * 86_400);
    assert_eq!(end(&after.nodes[0]), later - 3600 + 1095 * 86_400);
    assert_ne!(before.nodes[0].chain, after.nodes[0].chain);
    // The earliest expiry: no certificate outlives its CA.
    let last = ring(1).renew_tls(MADE_AT + 3600 * 86_400).unwrap();
    let set = issue(&last, &requests(SigningAuthority::PrivateAuthority, &nodes)).unwrap();
    assert_eq!(end(&set.nodes[0]), end(set.authority.as_ref().unwrap()));
    assert!(ring(1).renew_tls(MADE_AT - 1).is_err());
    let read = KeyRing::from_secret(&renewed.to_secret().unwrap()).unwrap();
    assert_eq!((read.created_at(), read.tls_issued_at()), (MADE_AT, later));
}

#[test]
fn the_ring_survives_its_text() {
    let first = ring(7);
    let text = first.to_secret().unwrap();
    let second = KeyRing::from_secret(&text).unwrap();
    assert_eq!(reveal(&text), reveal(&second.to_secret().unwrap()));
    assert_eq!(second.created_at(), MADE_AT);
    let issue =
        |ring| pems(&issue(ring, &requests(SigningAuthority::PrivateAuthority, &[("is1", "10.0.0.11")])).unwrap());
    assert_eq!(issue(&first), issue(&second));
}

#[test]
fn a_damaged_ring_is_refused_without_repeating_it() {
    let text = reveal(&ring(7).to_secret().unwrap());
    let read = |text: &str| KeyRing::from_secret(&Secret::new(text)).unwrap_err();
    assert!(matches!(read(""), KeyRingError::Read(_)));
    assert!(matches!(read("not json"), KeyRingError::Read(_)));
    assert!(matches!(read(&text.replace("ring\":2", "ring\":3")), KeyRingError::Format { found: 3 }));
    assert!(matches!(read(&text.replace("0707", "07xx")), KeyRingError::Damaged { part: "seed" }));
    assert!(matches!(read(&text.replace("\"rsa\":\"", "\"rsa\":\"%")), KeyRingError::Damaged { part: "RSA key" }));
    assert!(matches!(read(&text.replace("\"rsa\":\"", "\"rsa\":\"AAAA")), KeyRingError::ReadRsa(_)));
    assert!(matches!(read(&text.replace("\"made_at\":", "\"made_at\":-")), KeyRingError::MadeAt { .. }));
    let error = read(&text.replace("\"seed\":\"07", "\"seed\":1,\"canary\":\"07"));
    assert!(!format!("{error:?}{error}").contains("0707"), "{error:?}");
    let error = read("\"canary-value\"");
    assert!(!format!("{error:?}{error}").contains("canary"), "{error:?}");
}

#[test]
fn nothing_secret_is_in_debug_texts() {
    let ring = ring(7);
    let set = three_nodes(SigningAuthority::SelfSigned);
    let shown = format!("{ring:?} {:?}", set.primary.key());
    assert_eq!(shown, format!("KeyRing(made at {MADE_AT}, ••••) PrivateKey(••••)"));
}

#[test]
fn generated_rings_differ_and_hold_the_length_asked_for() {
    let first = KeyRing::generate(MADE_AT, RsaBits::Bits2048).unwrap();
    let second = KeyRing::generate(MADE_AT, RsaBits::Bits3072).unwrap();
    assert_ne!(reveal(&first.keystore_password()), reveal(&second.keystore_password()));
    for (ring, bits) in [(&first, 2048), (&second, 3072)] {
        let set = issue(ring, &requests(SigningAuthority::SelfSigned, &[])).unwrap();
        let facts = inspect_provided(&set.primary.certificate_pem(), Some(&set.primary.key_pem())).unwrap();
        assert_eq!((facts.certificates[0].key.bits, facts.key_matches), (bits, Some(true)));
    }
    assert!(matches!(KeyRing::generate(-1, RsaBits::Bits2048), Err(KeyRingError::MadeAt { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn derived_passwords_need_no_escaping_anywhere(seed: u8) {
        let ring = ring(seed);
        let key = reveal(&ring.encryption_key());
        prop_assert!(key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F')), "{}", key);
        let (keystore, app) = (reveal(&ring.keystore_password()), reveal(&ring.app_password()));
        prop_assert_ne!(&keystore, &app);
        for password in [keystore, app] {
            prop_assert!(password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert!(password.bytes().any(|byte| byte.is_ascii_digit()));
            prop_assert!(password.bytes().any(|byte| byte.is_ascii_uppercase()));
            prop_assert!(password.bytes().any(|byte| byte.is_ascii_lowercase()));
        }
        prop_assert_eq!(ring.app_password_hash().len(), 64);
    }
}
