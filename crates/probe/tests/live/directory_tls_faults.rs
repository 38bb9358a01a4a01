//! The certificates of a directory: US-02 against OpenLDAP's server, and against servers that impersonate it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::check::CheckId;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
use testbed::{TestAuthority, TestCertificate};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion, version};

use crate::directory_faults::{CHECKS, ENTRIES, NAME, directory, plan};
use crate::support::{serve, wait};

#[test]
fn the_certificate_of_a_directory_is_evaluated_as_the_nodes_will() {
    let ours = TestAuthority::new();
    let run = |authority: &str, TestCertificate { certificate, key }: TestCertificate| {
        let server = testbed::or_report(testbed::slapd_with_tls(ENTRIES, &certificate, &key))?;
        let mut plan = plan("ldaps", NAME, server.port());
        plan.set("user_store.ca_certificate", authority);
        Some(wait(plan.run(&CHECKS)))
    };
    let Some(healthy) = run(ours.pem(), ours.issue(&[NAME], |_| {})) else { return };
    healthy.is_healthy();
    let expired = ours.issue(&[NAME], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    run(ours.pem(), expired).unwrap().fails_alone(CheckId::Us01, "has expired");
    let later = ours.issue(&[NAME], |params| params.not_before = date_time_ymd(2090, 1, 1));
    run(ours.pem(), later).unwrap().fails_alone(CheckId::Us01, "is not valid yet");
    let other_name = ours.issue(&["other.example.com"], |_| {});
    run(ours.pem(), other_name).unwrap().fails_alone(CheckId::Us01, "does not name this host");
    let strangers = TestAuthority::new().issue(&[NAME], |_| {});
    run(ours.pem(), strangers).unwrap().fails_alone(CheckId::Us01, "was not issued by the CA of the plan");
    // Without a CA in the plan the truststores of the nodes decide; the check reports what it can verify.
    run("", ours.issue(&[NAME], |_| {})).unwrap().warns_alone(CheckId::Us01, "was not issued by a public CA");
    let ended = ours.issue(&[NAME], |params| params.not_after = date_time_ymd(2021, 1, 1));
    run("", ended).unwrap().fails_alone(CheckId::Us01, "has expired");
    let early = ours.issue(&[NAME], |params| params.not_before = date_time_ymd(2090, 1, 1));
    run("", early).unwrap().fails_alone(CheckId::Us01, "is not valid yet");
    let elsewhere = ours.issue(&["elsewhere.example.com"], |_| {});
    run("", elsewhere).unwrap().fails_alone(CheckId::Us01, "does not name this host");
    // As `openssl req -x509` creates one: a CA itself, which a truststore accepts.
    let own = |change: &dyn Fn(&mut CertificateParams)| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        TestCertificate { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    };
    let self_signed = own(&|_| {});
    run(&self_signed.certificate.clone(), self_signed).unwrap().is_healthy();
    run("", own(&|_| {})).unwrap().warns_alone(CheckId::Us01, "was not issued by a public CA");
    let old = own(&|params| params.not_after = date_time_ymd(2021, 1, 1));
    run(&old.certificate.clone(), old).unwrap().fails_alone(CheckId::Us01, "has expired");
    run(ours.pem(), own(&|_| {})).unwrap().fails_alone(CheckId::Us01, "was not issued by the CA of the plan");
    // TLS to a port without it, and LDAP to a port with TLS.
    let Some(plain) = directory() else { return };
    wait(plan("ldaps", NAME, plain.port()).run(&CHECKS)).fails_alone(CheckId::Us01, "when TLS starts");
    let issued = ours.issue(&[NAME], |_| {});
    let server = testbed::slapd_with_tls(ENTRIES, &issued.certificate, &issued.key).unwrap();
    wait(plan("ldap", NAME, server.port()).run(&CHECKS)).fails_alone(CheckId::Us01, "when LDAP starts");
}

/// A certificate of X.509 version 1 for [`NAME`], whose key does not exist any more.
const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBHzCBxgIBATAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBsZGFwLmV4YW1wbGUu
Y29tMCAXDTI2MTEyOTE0MDMwNFoYDzIxMjYxMTA1MTQwMzA0WjAbMRkwFwYDVQQD
DBBsZGFwLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKpLH
phlWgqRbOSKr5fWXUTbkGKbcgrmt8kYZT1IveqjgtoRL9otlB17odF2v19BDABUt
rFZxbjlBTan1RDVbfjAKBggqhkjOPQQDAgNIADBFAiEAk/RDWDgI2b3WdvQ/nBod
AcAwjz2JIoKRhqa/S2IxE6UCIBNXctPP+O1D5RKl+kBhRkVepGteYfXdaiWP+8cp
hASY
-----END CERTIFICATE-----
";

/// A server that sends the certificate of the directory, which every client can fetch, but does not have its key, receives no
/// password: neither in TLS 1.2 nor in 1.3, nor with a certificate of X.509 version 1, which another parser reads.
#[test]
fn a_certificate_without_its_key_gets_no_password() {
    let ours = TestAuthority::new();
    let issued = ours.issue(&[NAME], |_| {});
    let newest = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap();
    let oldest = CertificateDer::from_pem_slice(VERSION_1.as_bytes()).unwrap();
    for version in [&version::TLS12, &version::TLS13] {
        for certificate in [&newest, &oldest] {
            let acceptor = acceptor_with_stolen(certificate.clone(), version);
            wait(gets_no_password(acceptor, ours.pem()));
        }
    }
}

async fn gets_no_password(acceptor: TlsAcceptor, authority: &str) {
    let heard = Arc::new(AtomicBool::new(false));
    let listened = Arc::clone(&heard);
    let port = serve(move |stream| {
        let (acceptor, heard) = (acceptor.clone(), Arc::clone(&listened));
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            if matches!(stream.read(&mut [0; 512]).await, Ok(1..)) {
                heard.store(true, Ordering::SeqCst);
            }
        }
    })
    .await;
    let mut plan = plan("ldaps", NAME, port);
    plan.set("user_store.ca_certificate", authority);
    plan.run(&CHECKS).await.fails_alone(CheckId::Us01, "does not prove that it has the private key");
    assert!(!heard.load(Ordering::SeqCst), "the bind password went out");
}

/// TLS of one version with this certificate and a key that does not belong to it.
fn acceptor_with_stolen(
    certificate: CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(KeyPair::generate().unwrap().serialize_der()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let resolver = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_cert_resolver(Arc::new(resolver))))
}

/// `openssl x509 -req` creates certificates of X.509 version 1, whose host is the common name; Java accepts both.
#[test]
fn a_directory_with_a_certificate_of_version_1_is_evaluated_as_java_does() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str| {
        let mut command = std::process::Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{arguments}\n{}", String::from_utf8_lossy(&output.stderr));
    };
    if std::process::Command::new("openssl").arg("version").output().is_err() {
        return testbed::report_not_run("openssl cannot be had here");
    }
    for name in ["ca", "stranger"] {
        openssl(&format!(
            "req -x509 -nodes -newkey rsa:2048 -days 365 -subj /CN=CA -keyout {name}-key.pem -out {name}.pem"
        ));
    }
    let text = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
    let run = |host: &str, authority: &str| {
        openssl(&format!("req -nodes -newkey rsa:2048 -subj /CN={host} -keyout key.pem -out request.pem"));
        openssl("x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial 1 -days 365 -out cert.pem");
        let server = testbed::or_report(testbed::slapd_with_tls(ENTRIES, &text("cert.pem"), &text("key.pem")))?;
        let mut plan = plan("ldaps", NAME, server.port());
        plan.set("user_store.ca_certificate", authority);
        Some(wait(plan.run(&CHECKS)))
    };
    let Some(healthy) = run(NAME, &text("ca.pem")) else { return };
    healthy.is_healthy();
    run("other.example.com", &text("ca.pem")).unwrap().fails_alone(CheckId::Us01, "does not name this host");
    run(NAME, &text("stranger.pem")).unwrap().fails_alone(CheckId::Us01, "was not issued by the CA of the plan");
}

/// A plan does not need to contain a public CA; it needs to contain a private one.
#[test]
fn a_directory_with_certificate_a_public_ca_signed_needs_no_ca_in_the_plan() {
    let (public, other) = (TestAuthority::new(), TestAuthority::new());
    let run = |given: Option<&TestAuthority>, TestCertificate { certificate, key }: TestCertificate| {
        let server = testbed::or_report(testbed::slapd_with_tls(ENTRIES, &certificate, &key))?;
        let mut plan = plan("ldaps", NAME, server.port());
        plan.public_authority(public.pem());
        if let Some(given) = given {
            plan.set("user_store.ca_certificate", given.pem());
        }
        Some(wait(plan.run(&CHECKS)))
    };
    let Some(trusted) = run(None, public.issue(&[NAME], |_| {})) else { return };
    trusted.is_healthy();
    let output = &trusted.of(CheckId::Us01).current;
    assert!(output.contains("Its certificate was issued by a public CA."), "{output}");
    // The nodes trust it too, in addition to the CA of the plan.
    let next_to = run(Some(&other), public.issue(&[NAME], |_| {})).unwrap();
    next_to.is_healthy();
    let output = &next_to.of(CheckId::Us01).current;
    assert!(output.contains("issued by a public CA, not by that of the plan"), "{output}");
    let unknown = run(None, other.issue(&[NAME], |_| {})).unwrap();
    unknown.warns_alone(CheckId::Us01, "was not issued by a public CA, and the plan contains no CA certificate");
    let ended = public.issue(&[NAME], |params| params.not_after = date_time_ymd(2021, 1, 1));
    run(None, ended).unwrap().fails_alone(CheckId::Us01, "has expired");
    let elsewhere = public.issue(&["elsewhere.example.com"], |_| {});
    run(None, elsewhere).unwrap().fails_alone(CheckId::Us01, "does not name this host");
    let unknown_issuer = TestAuthority::new().issue(&[NAME], |_| {});
    run(Some(&other), unknown_issuer).unwrap().fails_alone(CheckId::Us01, "was not issued by the CA of the plan");
}
