//! OpenLDAP's server, with or without TLS, with one suffix and what a test puts into it.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::absent::Unavailable;
use crate::program::{Installation, SLAPD};
use crate::server::{self, ReadyCondition, RunningServer};

/// The suffix of the directory.
pub const SUFFIX: &str = "dc=example,dc=com";
/// Who may write to it.
pub const ADMINISTRATOR: &str = "cn=admin,dc=example,dc=com";

/// A running directory server, stopped when this is dropped.
#[derive(Debug)]
pub struct DirectoryServer {
    port: u16,
    _running: RunningServer,
}

impl DirectoryServer {
    /// The port it listens on, at 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// Starts a server without TLS that holds the entries of an LDIF text. Its administrator is [`ADMINISTRATOR`] with the
/// password [`crate::ROOT_PASSWORD`].
///
/// # Errors
/// When this machine does not have it, or it does not take the entries.
pub fn slapd(ldif: &str) -> Result<DirectoryServer, Unavailable> {
    start(ldif, "", None)
}

/// The same with more lines of `slapd.conf`, such as attribute types and object classes.
///
/// # Errors
/// As [`slapd`].
pub fn slapd_with(ldif: &str, lines: &str) -> Result<DirectoryServer, Unavailable> {
    start(ldif, lines, None)
}

/// The same with TLS from the start: `certificate` is PEM, the server's own first, and `key` its key.
///
/// # Errors
/// As [`slapd`].
pub fn slapd_with_tls(ldif: &str, certificate: &str, key: &str) -> Result<DirectoryServer, Unavailable> {
    start(ldif, "", Some((certificate, key)))
}

fn start(ldif: &str, lines: &str, tls: Option<(&str, &str)>) -> Result<DirectoryServer, Unavailable> {
    let installation = SLAPD.find()?;
    let scheme = if tls.is_some() { "ldaps" } else { "ldap" };
    let prepare = |folder: &Path| fill(&installation, folder, ldif, lines, tls);
    let command = |folder: &Path, port: u16| {
        let mut command = installation.command("slapd");
        // With a debug level it stays in the foreground.
        command.args(["-d", "0", "-h"]).arg(format!("{scheme}://127.0.0.1:{port}/"));
        command.arg("-f").arg(folder.join("slapd.conf"));
        command
    };
    let (running, port) = server::start(prepare, command, ReadyCondition::Accepts)
        .map_err(|error| Unavailable::new(SLAPD.title, error))?;
    Ok(DirectoryServer { port, _running: running })
}

fn fill(
    installation: &Installation,
    folder: &Path,
    ldif: &str,
    lines: &str,
    tls: Option<(&str, &str)>,
) -> io::Result<()> {
    let data = folder.join("data");
    fs::create_dir(&data)?;
    let mut configuration = String::new();
    if let Some((certificate, key)) = tls {
        let (certificate_file, key_file) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate_file, certificate)?;
        fs::write(&key_file, key)?;
        let (certificate, key) = (certificate_file.display(), key_file.display());
        write!(configuration, "TLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\n")
            .map_err(io::Error::other)?;
    }
    for schema in ["core", "cosine", "inetorgperson"] {
        let path = installation.file("etc/ldap/schema").join(format!("{schema}.schema"));
        writeln!(configuration, "include {}", path.display()).map_err(io::Error::other)?;
    }
    write!(
        configuration,
        "{lines}\nmodulepath {}\nmoduleload back_mdb\npidfile {}\nargsfile {}\ndatabase mdb\nmaxsize 16777216\nsuffix {SUFFIX}\n\
         rootdn {ADMINISTRATOR}\nrootpw {}\ndirectory {}\n",
        installation.file("usr/lib/ldap").display(),
        folder.join("pid").display(),
        folder.join("args").display(),
        crate::ROOT_PASSWORD,
        data.display(),
    )
    .map_err(io::Error::other)?;
    let file = folder.join("slapd.conf");
    fs::write(&file, configuration)?;
    let entries = folder.join("entries.ldif");
    fs::write(&entries, ldif)?;
    // `slapadd` is the same program under another name, which the loader of unpacked programs hides.
    let output = installation.command("slapd").args(["-T", "add", "-f"]).arg(&file).arg("-l").arg(&entries).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(())
}
