//! The certificate that the program makes for itself, and keeps so that browsers see the same one after a restart.
//!
//! The program creates a new one only when the old one ends soon or lacks a name.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use domain::server_credential::ServerCredential;
use render::certificates::{self, CertificateRequests, LeafRequest, SigningAuthority, inspect};
use render::keyring::{KeyRing, RsaBits};

use crate::config::Access;
use crate::net::tls_file::{self, TlsError, read};

const CERTIFICATE_FILE: &str = "tls.pem";
const KEY_FILE: &str = "tls.key";
/// A certificate that is not valid for this long is replaced at the next start, in seconds.
const MIN_VALID_SECONDS: i64 = 30 * 86_400;

/// The files of the certificate and its key in `data_dir`.
pub(super) fn load_or_create(data_dir: &Path, access: &Access, now: i64) -> Result<(PathBuf, PathBuf), TlsError> {
    let files = (data_dir.join(CERTIFICATE_FILE), data_dir.join(KEY_FILE));
    let names = names(access);
    if !is_usable(&files.0, &files.1, &names, now) {
        create(&files.0, &files.1, &names, now)?;
    }
    Ok(files)
}

/// What browsers may have in their address bar.
fn names(access: &Access) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !access.listen.is_unspecified() {
        names.push(access.listen.to_string());
    }
    names.extend(access.allowed_hosts.iter().map(|host| host.trim_matches(['[', ']']).to_owned()));
    names.dedup();
    names
}

fn is_usable(certificate: &Path, key: &Path, names: &[String], now: i64) -> bool {
    let (Ok(chain), Ok(key)) = (std::fs::read_to_string(certificate), read(key)) else { return false };
    let Ok(facts) = inspect::inspect_own(&chain, &key) else { return false };
    let ends = facts.server().map_or(0, |certificate| certificate.not_after);
    facts.key_matches == Some(true)
        && ends > now + MIN_VALID_SECONDS
        && facts.names_not_covered(names.iter().map(String::as_str)).is_empty()
}

fn create(certificate: &Path, key: &Path, names: &[String], now: i64) -> Result<(), TlsError> {
    let failed = |error: &dyn std::error::Error| TlsError::Make(error.to_string());
    let ring = KeyRing::generate(now, RsaBits::default()).map_err(|error| failed(&error))?;
    let names = names.iter().map(String::as_str);
    let requests = CertificateRequests {
        trust: SigningAuthority::SelfSigned,
        load_balancer: LeafRequest::new("wizard", "Clusterwright", names),
        nodes: Vec::new(),
        hostname: String::new(),
    };
    let made = certificates::issue(&ring, &requests).map_err(|error| failed(&error))?;
    let Some(identity) = made.load_balancer else { return Err(TlsError::Make("none was issued".to_owned())) };
    // The key first: a certificate without its key would be taken for the operator's mistake.
    let put = |path: &Path, text: &ServerCredential| {
        write(path, text).map_err(|source| TlsError::Write { path: path.to_owned(), source })
    };
    put(key, &identity.key_credential())?;
    put(certificate, &ServerCredential::new(identity.chain_pem()))
}

/// Whole or not at all, for its owner alone.
fn write(path: &Path, text: &ServerCredential) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let draft = path.with_extension("new");
    let _ = std::fs::remove_file(&draft);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(tls_file::text(text))?;
    file.sync_all()?;
    std::fs::rename(&draft, path)
}
