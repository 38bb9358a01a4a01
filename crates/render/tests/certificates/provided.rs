//! What an operator may provide, created with openssl: each fault of TL-01 to TL-04 as a fact, and each unreadable text.

use crate::world::{MADE_AT, World, reveal, three_nodes};
use domain::certificate::{CertificateFacts, ChainOrder, KeyKind, PemDefect, PemField, PemProblem};
use domain::secret::Secret;
use proptest::prelude::*;
use render::certificates::SigningAuthority;
use render::certificates::inspect::inspect_provided;

/// The certificates of a root, an intermediate and a server, as openssl creates them.
struct Authority {
    world: World,
}

impl Authority {
    fn new() -> Option<Self> {
        let world = World::with(&["openssl"])?;
        world.write("ca.ext", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n");
        world.write(
            "server.ext",
            "basicConstraints=CA:FALSE\nsubjectAltName=DNS:SSO.example.com,DNS:*.nodes.example.com,IP:10.0.0.1,IP:fd00::1\n",
        );
        let authority = Self { world };
        authority.request("root", "ec -pkeyopt ec_paramgen_curve:P-256");
        authority
            .world
            .run("openssl x509 -req -in root.csr -signkey root.key -days 3650 -extfile ca.ext -out root.pem");
        authority.issue("intermediate", "ec -pkeyopt ec_paramgen_curve:P-384", "root", "-days 1000 -extfile ca.ext");
        authority.issue("server", "rsa:2048", "intermediate", "-days 100 -extfile server.ext");
        Some(authority)
    }

    fn request(&self, name: &str, key: &str) {
        self.world
            .run(&format!("openssl req -newkey {key} -nodes -keyout {name}.key -subj /CN={name} -out {name}.csr"));
    }

    fn issue(&self, name: &str, key: &str, issuer: &str, options: &str) {
        self.request(name, key);
        self.world.run(&format!(
            "openssl x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial {options} -out {name}.pem"
        ));
    }

    fn chain(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.world.read(&format!("{name}.pem"))).collect()
    }

    fn key(&self, name: &str) -> Secret {
        Secret::new(self.world.read(&format!("{name}.key")))
    }

    fn facts(&self, names: &[&str], key: &str) -> CertificateFacts {
        inspect_provided(&self.chain(names), Some(&self.key(key))).unwrap()
    }
}

#[test]
fn a_good_chain_gives_all_facts() {
    let Some(authority) = Authority::new() else { return };
    let facts = authority.facts(&["server", "intermediate", "root"], "server");
    assert_eq!(facts.key_matches, Some(true));
    assert_eq!(facts.chain.order, ChainOrder::InOrder);
    assert_eq!(facts.chain.issuer_outside, None);
    assert_eq!(facts.missing_issuer(), None);
    let server = facts.server().unwrap();
    assert_eq!((server.subject.as_str(), server.issuer.as_str()), ("CN=server", "CN=intermediate"));
    assert_eq!(server.dns_names, ["sso.example.com", "*.nodes.example.com"]);
    assert_eq!(server.ip_addresses, ["10.0.0.1".parse::<std::net::IpAddr>().unwrap(), "fd00::1".parse().unwrap()]);
    assert_eq!((&server.key.kind, server.key.bits), (&KeyKind::Rsa, 2048));
    assert_eq!(server.signature_algorithm, "ecdsa-with-SHA256");
    assert_eq!(server.not_after - server.not_before, 100 * 86_400);
    assert!(!server.weak_signature && !server.is_authority && !server.is_self_signed);
    let fingerprint = authority.world.run("openssl x509 -in server.pem -noout -fingerprint -sha256");
    assert_eq!(fingerprint.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase(), server.fingerprint);
    assert_eq!(facts.certificates[1].key.bits, 384);
    assert!(facts.certificates[2].is_self_signed && facts.certificates[2].is_authority);
}

#[test]
fn tl_01_the_key_of_another_certificate() {
    let Some(authority) = Authority::new() else { return };
    authority.issue("other", "rsa:2048", "intermediate", "-extfile server.ext");
    authority.issue("curve", "ec -pkeyopt ec_paramgen_curve:P-256", "intermediate", "-extfile server.ext");
    for key in ["other", "curve"] {
        assert_eq!(authority.facts(&["server", "intermediate"], key).key_matches, Some(false), "{key}");
    }
    let without_key = inspect_provided(&authority.chain(&["server"]), None).unwrap();
    assert_eq!((without_key.key_matches, without_key.key), (None, None));
}

#[test]
fn tl_02_the_chain_out_of_order() {
    let Some(authority) = Authority::new() else { return };
    for (given, right) in [
        (vec!["root", "intermediate", "server"], vec![2, 1, 0]),
        (vec!["server", "root", "intermediate"], vec![0, 2, 1]),
        (vec!["intermediate", "server"], vec![1, 0]),
        (vec!["server", "intermediate", "intermediate"], vec![0, 1]),
    ] {
        let facts = authority.facts(&given, "server");
        assert_eq!(facts.chain.order, ChainOrder::OutOfOrder { right_order: right }, "{given:?}");
        assert_eq!(facts.key_matches, Some(true));
        assert_eq!(facts.server().unwrap().subject, "CN=server");
    }
}

#[test]
fn tl_02_a_missing_intermediate() {
    let Some(authority) = Authority::new() else { return };
    let with_gap = authority.facts(&["server", "root"], "server");
    assert_eq!(with_gap.chain.order, ChainOrder::Broken { at: 0 });
    assert_eq!(with_gap.missing_issuer(), Some("CN=intermediate"));
    let alone = authority.facts(&["server"], "server");
    assert_eq!(alone.chain.order, ChainOrder::InOrder);
    assert_eq!(alone.missing_issuer(), Some("CN=intermediate"));
    // The root may be absent: clients have it.
    let without_root = authority.facts(&["server", "intermediate"], "server");
    assert_eq!(without_root.chain.issuer_outside.as_deref(), Some("CN=root"));
    assert_eq!(without_root.missing_issuer(), None);
}

#[test]
fn tl_02_signatures_are_verified_and_not_only_names() {
    let Some(authority) = Authority::new() else { return };
    // An intermediate with the same name and another key.
    let genuine = authority.chain(&["server"]);
    authority.issue("intermediate", "ec -pkeyopt ec_paramgen_curve:P-384", "root", "-days 1000 -extfile ca.ext");
    let facts = inspect_provided(&(genuine + &authority.chain(&["intermediate", "root"])), None).unwrap();
    assert_eq!(facts.chain.order, ChainOrder::Broken { at: 0 });
}

#[test]
fn tl_03_wrong_names() {
    let Some(authority) = Authority::new() else { return };
    let facts = authority.facts(&["server", "intermediate"], "server");
    assert_eq!(
        facts.names_not_covered(["sso.example.com", "is1.nodes.example.com", "10.0.0.1", "10.0.0.2", "localhost"]),
        ["10.0.0.2", "localhost"]
    );
    // A common name alone covers nothing.
    authority.issue("bare", "rsa:2048", "intermediate", "-days 10");
    assert_eq!(authority.facts(&["bare"], "bare").names_not_covered(["bare"]), ["bare"]);
}

#[test]
fn tl_04_expired_and_not_yet_valid() {
    let set = three_nodes(SigningAuthority::PrivateAuthority);
    let facts = inspect_provided(&set.load_balancer.unwrap().chain_pem(), None).unwrap();
    let server = facts.server().unwrap();
    assert!(server.not_before > MADE_AT - 3601 && server.not_after < MADE_AT + 398 * 86_400);
    let Some(authority) = Authority::new() else { return };
    authority.request("past", "rsa:2048");
    authority.world.write("index.txt", "");
    authority.world.write("serial", "01\n");
    authority.world.write(
        "ca.conf",
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n\
         policy=any\n[any]\ncommonName=supplied\n",
    );
    for (name, from, to, expected) in [
        ("past", "20200101000000Z", "20210101000000Z", (1_577_836_800, 1_609_459_200)),
        ("future", "20600101000000Z", "20610101000000Z", (2_840_140_800, 2_871_763_200)),
    ] {
        authority.world.run(&format!(
            "openssl ca -batch -config ca.conf -in past.csr -cert root.pem -keyfile root.key -startdate {from} -enddate {to} \
             -notext -out {name}.pem"
        ));
        authority.world.write("index.txt", "");
        let facts = inspect_provided(&authority.chain(&[name]), None).unwrap();
        assert_eq!((facts.certificates[0].not_before, facts.certificates[0].not_after), expected, "{name}");
    }
}

#[test]
fn tl_04_weak_signatures_and_short_keys() {
    let Some(authority) = Authority::new() else { return };
    authority.request("rsa-root", "rsa:2048");
    authority.world.run("openssl x509 -req -in rsa-root.csr -signkey rsa-root.key -extfile ca.ext -out rsa-root.pem");
    for (name, issuer, digest, algorithm) in [
        ("sha1-rsa", "rsa-root", "sha1", "sha1WithRSAEncryption"),
        ("sha1-ecdsa", "root", "sha1", "ecdsa-with-SHA1"),
        ("md5-rsa", "rsa-root", "md5", "md5WithRSAEncryption"),
    ] {
        authority.issue(name, "rsa:2048", issuer, &format!("-extfile server.ext -{digest}"));
        let facts = authority.facts(&[name, issuer], name);
        assert!(facts.certificates[0].weak_signature, "{name}");
        assert!(!facts.certificates[1].weak_signature, "{name}");
        assert_eq!(facts.certificates[0].signature_algorithm.to_lowercase(), algorithm.to_lowercase(), "{name}");
        let judged = if name == "sha1-rsa" { ChainOrder::InOrder } else { ChainOrder::NotEvaluated { at: 0 } };
        assert_eq!(facts.chain.order, judged, "{name}");
    }
    authority.world.run("openssl req -new -x509 -md5 -key rsa-root.key -subj /CN=old-root -out old-root.pem");
    let facts = authority.facts(&["old-root"], "rsa-root");
    assert!(facts.certificates[0].is_self_signed && facts.certificates[0].weak_signature);
    assert_eq!((facts.chain.order, facts.chain.issuer_outside), (ChainOrder::InOrder, None));
    authority.world.run("openssl genrsa -out short.key 1024");
    authority.world.run("openssl req -new -x509 -key short.key -subj /CN=short -out short.pem");
    let facts = authority.facts(&["short"], "short");
    assert_eq!((facts.certificates[0].key.bits, facts.key_matches), (1024, Some(true)));
    assert!(facts.certificates[0].is_self_signed);
    assert_eq!(facts.chain.issuer_outside, None);
    authority.issue("below-short", "rsa:2048", "short", "-extfile server.ext -sha384");
    let facts = authority.facts(&["below-short", "short"], "below-short");
    assert_eq!(facts.chain.order, ChainOrder::NotEvaluated { at: 0 });
}

#[test]
fn rsa_pss_chains_are_verified_and_evaluated_by_their_digest() {
    let Some(authority) = Authority::new() else { return };
    authority.request("rsa-root", "rsa:2048");
    authority.world.run("openssl x509 -req -in rsa-root.csr -signkey rsa-root.key -extfile ca.ext -out rsa-root.pem");
    for (name, options, weak, order) in [
        ("usual", "-sha256 -sigopt rsa_pss_saltlen:digest", false, ChainOrder::InOrder),
        ("long-salt", "-sha256 -sigopt rsa_pss_saltlen:100", false, ChainOrder::NotEvaluated { at: 0 }),
        ("sha1", "-sha1 -sigopt rsa_pss_saltlen:digest", true, ChainOrder::NotEvaluated { at: 0 }),
    ] {
        let options = format!("-extfile server.ext -sigopt rsa_padding_mode:pss {options}");
        authority.issue(name, "rsa:2048", "rsa-root", &options);
        let facts = authority.facts(&[name, "rsa-root"], name);
        assert_eq!((facts.certificates[0].weak_signature, facts.chain.order), (weak, order), "{name}");
    }
}

#[test]
fn keys_are_read_in_every_usual_form() {
    let Some(authority) = Authority::new() else { return };
    let world = &authority.world;
    for (name, key, kind, bits) in [
        ("rsa", "rsa:2048", KeyKind::Rsa, 2048),
        ("p256", "ec -pkeyopt ec_paramgen_curve:P-256", KeyKind::Ecdsa, 256),
        ("p384", "ec -pkeyopt ec_paramgen_curve:P-384", KeyKind::Ecdsa, 384),
        ("ed25519", "ed25519", KeyKind::Ed25519, 256),
    ] {
        authority.issue(name, key, "root", "-extfile server.ext");
        let mut forms = vec![world.read(&format!("{name}.key"))];
        if name != "ed25519" {
            // PKCS#1 for RSA, SEC1 for curves.
            world.run(&format!("openssl pkey -in {name}.key -traditional -out {name}-traditional.key"));
            let traditional = world.read(&format!("{name}-traditional.key"));
            assert!(traditional.contains("RSA PRIVATE KEY") || traditional.contains("EC PRIVATE KEY"), "{name}");
            forms.push(traditional.replace('\n', "\r\n"));
            forms.push(traditional);
        }
        for form in forms {
            let facts = inspect_provided(&authority.chain(&[name]), Some(&Secret::new(form))).unwrap();
            let key = facts.key.unwrap();
            assert_eq!((facts.key_matches, &key.kind, key.bits), (Some(true), &kind, bits), "{name}");
            assert_eq!(facts.certificates[0].key, key);
        }
    }
    // With the curve's name in front, as openssl ecparam writes it.
    world.run("openssl ecparam -name prime256v1 -genkey -out param.key");
    assert!(world.read("param.key").contains("EC PARAMETERS"));
    let facts = authority.facts(&["p256"], "param");
    assert_eq!(facts.key_matches, Some(false));
}

#[test]
fn every_unreadable_text_is_named() {
    let Some(authority) = Authority::new() else { return };
    let world = &authority.world;
    world.run("openssl pkey -in server.key -aes256 -passout pass:secret -out encrypted.key");
    world.run("openssl pkey -in server.key -traditional -aes256 -passout pass:secret -out encrypted-traditional.key");
    world.run("openssl genpkey -algorithm x25519 -out x25519.key");
    let server = authority.chain(&["server"]);
    let key = reveal(&authority.key("server"));
    let request = world.read("server.csr");
    let cut = |text: &str| text[..text.len() / 2].to_owned();
    let mangled = server.replacen("MII", "M!I", 1);
    let swapped = server.replace("END CERTIFICATE", "END PRIVATE KEY");
    let other_content = server.replacen("MII", "AAA", 1);

    let chain = |text: &str| inspect_provided(text, None).unwrap_err();
    let fault = |text: &str| -> PemDefect {
        let problems = chain(text);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, PemField::Chain);
        problems[0].fault.clone()
    };
    assert_eq!(fault(""), PemDefect::NothingFound);
    assert_eq!(fault("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), PemDefect::NothingFound);
    assert_eq!(fault(&key), PemDefect::KeyNotCertificate { block: 1 });
    assert_eq!(fault(&(server.clone() + &key)), PemDefect::KeyNotCertificate { block: 2 });
    assert_eq!(fault(&world.read("encrypted.key")), PemDefect::KeyNotCertificate { block: 1 });
    assert_eq!(fault(&request), PemDefect::OtherKind { block: 1, label: "CERTIFICATE REQUEST".into() });
    assert_eq!(fault(&(server.clone() + "some text\n")), PemDefect::TrailingText { line: server.lines().count() + 1 });
    assert_eq!(fault(&server.repeat(17)), PemDefect::TooMany { limit: 16 });
    for (text, block) in [
        (cut(&server), 1),
        (server.clone() + &cut(&server), 2),
        (cut(&server) + "\n" + &server, 1),
        (mangled, 1),
        (swapped, 1),
        (other_content, 1),
        (server.replace("-----BEGIN CERTIFICATE-----", "----BEGIN CERTIFICATE----"), 1),
        (server.replace("-----END CERTIFICATE-----", "-----END CERTIFICATE----"), 1),
    ] {
        assert!(matches!(fault(&text), PemDefect::Unreadable { block: at, .. } if at == block), "{text}");
    }
    // Text before and between blocks is what openssl itself writes.
    let described = world.run("openssl x509 -in server.pem -text");
    assert!(described.starts_with("Certificate:"));
    assert_eq!(
        inspect_provided(&(described + &authority.chain(&["intermediate"])), None).unwrap().certificates.len(),
        2
    );

    let key_fault = |text: &str| -> PemDefect {
        let problems = inspect_provided(&server, Some(&Secret::new(text))).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].field, PemField::Key);
        problems[0].fault.clone()
    };
    assert_eq!(key_fault("x"), PemDefect::NothingFound);
    assert_eq!(key_fault(&world.read("encrypted.key")), PemDefect::EncryptedKey);
    assert_eq!(key_fault(&world.read("encrypted-traditional.key")), PemDefect::EncryptedKey);
    assert_eq!(key_fault(&server), PemDefect::CertificateNotKey { block: 1 });
    assert_eq!(key_fault(&(key.clone() + &key)), PemDefect::SeveralKeys);
    assert!(matches!(key_fault(&request), PemDefect::OtherKind { block: 1, .. }));
    assert!(matches!(key_fault(&world.read("x25519.key")), PemDefect::OtherKind { block: 1, .. }));
    assert!(matches!(key_fault(&cut(&key)), PemDefect::Unreadable { block: 1, .. }));
    assert!(matches!(key_fault(&key.replacen("MII", "AAA", 1)), PemDefect::Unreadable { block: 1, .. }));

    // Both texts are validated at once, and the problems name them.
    let both = inspect_provided("", Some(&Secret::new(""))).unwrap_err();
    assert_eq!(both.iter().map(|problem| problem.field).collect::<Vec<_>>(), [PemField::Chain, PemField::Key]);
    for PemProblem { field, fault } in both {
        let problem = PemProblem { field, fault };
        assert!(problem.description().ends_with('.') && problem.remedy().ends_with('.'));
    }
}

proptest! {
    #[test]
    fn any_bytes_in_a_block_are_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..200), flip in 0..900_usize) {
        use base64::Engine as _;
        let text = |label: &str, der: &[u8]| {
            let body = base64::prelude::BASE64_STANDARD.encode(der);
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        let mut certificate = three_nodes(SigningAuthority::SelfSigned).primary.chain.remove(0);
        let place = flip % certificate.len();
        certificate[place] ^= 0x55;
        for der in [&content, &certificate] {
            for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
                let _ = inspect_provided(&text("CERTIFICATE", der), Some(&Secret::new(text(label, der))));
            }
        }
    }
}
