//! Shared by the tests of certificates and keystores: a key ring with one RSA key per test binary, and openssl and keytool
//! in a temporary folder.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use domain::secret::Secret;
use render::certificates::{CertificateRequests, CertificateSet, LeafRequest, SigningAuthority, issue};
use render::keyring::KeyRing;
use tempfile::TempDir;

/// 2026-01-01 00:00:00 UTC.
pub(crate) const MADE_AT: i64 = 1_767_225_600;

static RSA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    der.as_ref().to_vec()
});

/// A ring with the binary's RSA key; equal seeds are equal rings.
pub(crate) fn ring(seed: u8) -> KeyRing {
    KeyRing::from_parts(MADE_AT, [seed; 32], &RSA).unwrap()
}

pub(crate) fn requests(trust: SigningAuthority, nodes: &[(&str, &str)]) -> CertificateRequests {
    let hostname = "sso.example.com";
    CertificateRequests {
        trust,
        load_balancer: LeafRequest::load_balancer(hostname),
        nodes: nodes.iter().map(|(name, host)| LeafRequest::node(name, host, hostname)).collect(),
        hostname: hostname.to_owned(),
    }
}

pub(crate) fn three_nodes(trust: SigningAuthority) -> CertificateSet {
    let nodes = [("is1", "10.0.0.11"), ("is2", "is2.internal.example.com"), ("is3", "fd00::13")];
    issue(&ring(1), &requests(trust, &nodes)).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test passes the secret to the program that verifies it")]
pub(crate) fn reveal(secret: &Secret) -> String {
    secret.expose().to_owned()
}

/// A temporary folder with programs run in it.
pub(crate) struct World(TempDir);

impl World {
    /// `None`, after one line that reports it, if one of `programs` is not installed.
    pub(crate) fn with(programs: &[&str]) -> Option<Self> {
        for program in programs {
            let found = Command::new(program).arg("-help").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if found.is_err() {
                testbed::report_not_run(format!("{program} is not installed"));
                return None;
            }
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs `line`, split at blanks; returns whether it succeeded, and both outputs.
    pub(crate) fn try_run(&self, line: &str) -> (bool, String) {
        let mut words = line.split_whitespace();
        let output = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(self.path())
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// [`World::try_run`] of a program that must succeed; its output explains a failure.
    pub(crate) fn run(&self, line: &str) -> String {
        let (succeeded, text) = self.try_run(line);
        if !succeeded {
            panic!("{line}\n{text}");
        }
        text
    }
}
