//! Who may reach the server and how: what the keys mean together. Pure; the caller that serves reads the files.
//!
//! On loopback, under no name but this machine's, no login is required. Any wider access requires a login and a connection
//! that no third party can read: TLS of this server or of a named proxy.

use std::net::IpAddr;
use std::path::PathBuf;

use domain::server_credential::ServerCredential;
use probe::address::Network;
use zeroize::Zeroizing;

/// The shortest access token that is taken: 128 bits in base64.
pub const MIN_TOKEN_CHARS: usize = 22;
/// The longest: what people still paste.
pub const MAX_TOKEN_CHARS: usize = 200;

/// How the server encrypts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// With a certificate that the program makes once and keeps in the data folder.
    SelfMade,
    /// With the operator's.
    Given {
        /// The certificate and those above it, PEM.
        certificate: PathBuf,
        /// Its private key, PEM.
        key: PathBuf,
    },
}

/// Networks of the configuration.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Networks(pub Vec<Network>);

impl Networks {
    /// Whether an address lies in one of them.
    #[must_use]
    pub fn hold(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whether none is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Who may reach the server and how.
#[derive(Clone, Debug)]
pub struct Access {
    /// The address it listens on; unspecified for all of the machine.
    pub listen: IpAddr,
    /// Further host names under which a browser may reach it, in small letters.
    pub allowed_hosts: Vec<String>,
    /// The proxies whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Networks,
    /// How it encrypts.
    pub tls: Tls,
    /// The access token, where the configuration sets it.
    pub token: Option<ServerCredential>,
    /// The token that a client on another machine must present to read `/metrics`.
    pub metrics_token: Option<ServerCredential>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            listen: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            allowed_hosts: Vec::new(),
            trusted_proxies: Networks::default(),
            tls: Tls::Off,
            token: None,
            metrics_token: None,
        }
    }
}

impl Access {
    /// Whether other machines reach the port itself.
    #[must_use]
    pub fn is_reachable_from_elsewhere(&self) -> bool {
        !self.listen.is_loopback()
    }

    /// Whether a login is required: as soon as a client that is not on this machine may reach the server, by its address, by
    /// a name that resolves to it or by a proxy, or where a token is set.
    #[must_use]
    pub fn needs_login(&self) -> bool {
        self.is_reachable_from_elsewhere()
            || !self.allowed_hosts.is_empty()
            || !self.trusted_proxies.is_empty()
            || self.token.is_some()
    }
}

/// What `tls` may say.
pub(super) const TLS_VALUES: [&str; 3] = ["auto", "on", "off"];

/// What the keys about TLS mean for this address.
pub(super) fn tls(
    choice: &str,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    listen: IpAddr,
    trusted_proxies: &Networks,
    problems: &mut Vec<String>,
) -> Tls {
    let mut problem = |text: &str| {
        problems.push(text.to_owned());
        Tls::Off
    };
    match (choice, certificate, key) {
        ("off", None, None) if !listen.is_loopback() && trusted_proxies.is_empty() => problem(
            "tls is off, but other machines can connect to the address in listen and read the traffic. Remove tls to use a \
             generated certificate, set tls_certificate and tls_key, or name the proxy that terminates TLS in trusted_proxies.",
        ),
        ("off", None, None) => Tls::Off,
        ("off", ..) => {
            problem("tls is off, but tls_certificate or tls_key is set. Remove tls, or remove the certificate and key.")
        }
        (_, Some(certificate), Some(key)) => Tls::Given { certificate, key },
        (_, Some(_), None) => {
            problem("tls_certificate is set, but tls_key is not. Set tls_key to the file of its private key.")
        }
        (_, None, Some(_)) => {
            problem("tls_key is set, but tls_certificate is not. Set tls_certificate to the file of its certificate.")
        }
        ("on", None, None) => Tls::SelfMade,
        (_, None, None) if listen.is_loopback() => Tls::Off,
        (_, None, None) => Tls::SelfMade,
    }
}

/// A name under which browsers come: as it stands in an address, without scheme and port.
pub(super) fn host(text: &str) -> Result<String, String> {
    let host = text.trim().to_ascii_lowercase();
    let is_name = !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        });
    let is_v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    if is_name || is_v6 {
        return Ok(host);
    }
    Err(format!("{text:?} is not a host name. Write the name without https:// and without a port."))
}

/// The path under which a proxy shows the program, with a slash before and none after it; empty for none.
pub(super) fn prefix(text: &str) -> Result<String, String> {
    let inner = text.trim().trim_matches('/');
    if inner.is_empty() {
        return Ok(String::new());
    }
    let fits = |segment: &str| {
        !segment.is_empty()
            && segment.bytes().any(|byte| byte != b'.')
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
    };
    if inner.len() <= 100 && inner.split('/').all(fits) {
        return Ok(format!("/{inner}"));
    }
    Err(format!("{text:?} is not a path. Use letters, digits, - and _, such as /clusterwright."))
}

/// A token as the operator passes it to the program: long enough that it cannot be guessed.
pub(super) fn token(key: &str, mut text: Zeroizing<String>, problems: &mut Vec<String>) -> Option<ServerCredential> {
    let length = text.len();
    let fits =
        (MIN_TOKEN_CHARS..=MAX_TOKEN_CHARS).contains(&length) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        return Some(ServerCredential::new(std::mem::take(&mut *text)));
    }
    problems.push(format!(
        "{key} must have {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} visible ASCII characters. Use the output of `openssl rand -base64 24`."
    ));
    None
}
