//! The servers of the user store's directory, after a bind. The facts about entries are read over the first connection that was
//! accepted, as IS does. US-01 reports the faults.

use domain::check::CheckId;
use domain::steps::UserStore;
use domain::values::LdapUrl;
use futures::future::join_all;
use rustls::pki_types::CertificateDer;
use tokio::sync::Mutex;

use super::time::deadline_from_now;
use crate::address::{LookupError, NameCache, PinnedAddress};
use crate::certificate::{self, TrustAnchors, UntrustedReason};
use crate::fault::{SharedFault, Verdict};
use crate::ldap::{self, LdapConnection, LdapEntry, LdapError, SearchRequest};
use crate::tcp::{self, ConnectError};
use crate::tls::{self, TlsFailure};
use domain::sites::reported;

pub(crate) const REQUIRED: &str = "The directory answers, its certificate is trusted, and the bind account can log in.";

const TOO_LARGE: &str = "The directory sends more than was requested.";
const IDENTIFY_SERVER: &str = "Find out what listens on the address of the directory. It ignores the size limit of the search (RFC 4511, \
                               4.5.1.4).";

/// A directory that accepted the bind account.
pub(crate) struct DirectorySession {
    connection: Mutex<LdapConnection>,
    /// Sentences about the connection.
    pub(crate) description: String,
    /// Whether its certificate was issued neither by a public CA nor by that of the plan.
    pub(crate) has_unknown_issuer: bool,
}

impl DirectorySession {
    /// Searches, one search at a time, and returns the result code and the entries.
    pub(crate) async fn search(&self, search: &SearchRequest<'_>) -> Result<(u32, Vec<LdapEntry>), SharedFault> {
        let mut connection = self.connection.lock().await;
        connection.search(search, deadline_from_now()).await.map_err(|error| {
            let (what, remedy) = match error {
                LdapError::TooLarge => (TOO_LARGE, IDENTIFY_SERVER),
                _ => ("The directory stopped answering.", "Run the check again."),
            };
            SharedFault::shared_by_all(Verdict::skipped(what, "").remedy(remedy))
        })
    }
}

#[track_caller]
fn failed(current: impl Into<String>, remedy: &str) -> SharedFault {
    SharedFault::new(CheckId::Us01, Verdict::failed(current, REQUIRED).remedy(remedy))
}

/// A server of the directory.
pub(crate) struct Server {
    /// Host and port; `None` if the plan names no server.
    pub(crate) name: Option<String>,
    /// The login.
    pub(crate) login: Result<DirectorySession, SharedFault>,
}

/// Connects to every server of the directory concurrently, verifies the certificates and binds.
pub(crate) async fn log_in_everywhere(
    store: &UserStore,
    has_password: bool,
    names: &NameCache,
    public: &TrustAnchors,
) -> Vec<Server> {
    let Some(urls) = &store.connection_url else { return vec![Server { name: None, login: Err(missing()) }] };
    let servers = urls.iter().map(async |url| Server {
        name: Some(url.place()),
        login: log_in(store, url, has_password, names, public).await,
    });
    join_all(servers).await
}

fn missing() -> SharedFault {
    SharedFault::incomplete("User store", "connection URL, bind DN or bind password is missing")
}

/// Connects to a server, verifies the certificate and binds.
async fn log_in(
    store: &UserStore,
    url: &LdapUrl,
    has_password: bool,
    names: &NameCache,
    public: &TrustAnchors,
) -> Result<DirectorySession, SharedFault> {
    let name = store.connection_name.as_ref().ok_or_else(missing)?;
    let password = store.connection_password.as_ref().ok_or_else(missing)?;
    if !has_password {
        let verdict = Verdict::skipped("The bind password is missing.", REQUIRED);
        return Err(SharedFault::new(
            CheckId::Us01,
            verdict.remedy("Enter the bind password. On the command line, use --secrets FILE."),
        ));
    }
    let deadline = deadline_from_now();
    let addresses = resolve(names, url).await?;
    let connected = tcp::connect_any(&addresses, deadline).await.map_err(|errors| {
        if errors.iter().any(|(_, error)| *error == ConnectError::Busy) {
            let verdict = Verdict::skipped(tcp::describe(&errors), REQUIRED).remedy(tcp::RUN_AGAIN_LATER);
            return SharedFault::new(CheckId::Us01, verdict);
        }
        let remedy = match (url.secure, url.port) {
            (true, 636 | 3269) | (false, 389 | 3268) => {
                "Start the directory server, correct the connection URL, or allow the port in the firewall."
            }
            (true, _) => "Correct the port: ldaps:// usually uses 636. Otherwise start the directory server or allow the port in the firewall.",
            (false, _) => "Correct the port: ldap:// usually uses 389. Otherwise start the directory server or allow the port in the firewall.",
        };
        failed(tcp::describe(&errors), remedy)
    })?;
    let to = connected.to;
    let mut description = format!("{to} answers.");
    let mut has_unknown_issuer = false;
    let mut connection = if url.secure {
        // The bind password follows: the certificate counts only if the server proves that it has the private key.
        let stream = tls::handshake_with_proof(connected.stream, &url.host, deadline).await;
        let stream = stream.map_err(|error| tls_fault(error, to))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        match verify_certificate(chain, store, &url.host, public) {
            Ok(issuer) => description.push_str(issuer),
            Err(UntrustedReason::UnknownAuthority) if store.ca_certificate.is_none() => has_unknown_issuer = true,
            Err(error) => {
                return Err(failed(
                    format!("The certificate of {} {error}.", url.host),
                    "Renew the certificate of the directory, or enter a connection URL with a name in the certificate and the CA certificate of its issuer.",
                ));
            }
        }
        LdapConnection::new(stream)
    } else {
        LdapConnection::new(connected.stream)
    };
    #[expect(clippy::disallowed_methods, reason = "the connector to the directory is where the bind password is used")]
    let password = password.secret().expose();
    let code = connection.bind(name.as_str(), password, deadline).await.map_err(|error| ldap_fault(error, to))?;
    match code {
        ldap::SUCCESS => {}
        ldap::INVALID_CREDENTIALS => {
            return Err(failed(
                format!("{to} rejects the bind DN {} with this password (LDAP result 49).", name.as_str()),
                "Correct the bind DN or the bind password.",
            ));
        }
        ldap::NO_SUCH_OBJECT | ldap::INVALID_DN_SYNTAX => {
            return Err(failed(
                format!("{to} has no entry {} (LDAP result {code}).", name.as_str()),
                "Correct the bind DN. It must be a complete distinguished name.",
            ));
        }
        ldap::STRONGER_AUTH_REQUIRED | ldap::CONFIDENTIALITY_REQUIRED => {
            return Err(failed(
                format!("{to} accepts passwords only over TLS (LDAP result {code})."),
                "Use ldaps:// and the port for TLS, usually 636.",
            ));
        }
        code => {
            return Err(failed(
                format!("{to} refuses the bind account (LDAP result {code})."),
                "Look at the log of the directory. RFC 4511, appendix A, lists the result codes.",
            ));
        }
    }
    description.push_str(&format!(" {} can log in.", name.as_str()));
    if has_unknown_issuer {
        description
            .push_str(" Its certificate was not issued by a public CA, and the plan contains no CA certificate.");
    }
    Ok(DirectorySession { connection: Mutex::new(connection), description, has_unknown_issuer })
}

/// A sentence about the issuer of the certificate. The CA of the plan is tried first, then public ones: on the nodes it is imported
/// in addition to those. A certificate of an unknown issuer must also be in date and name this host.
fn verify_certificate(
    chain: &[CertificateDer<'_>],
    store: &UserStore,
    host: &str,
    public: &TrustAnchors,
) -> Result<&'static str, UntrustedReason> {
    let given = store.ca_certificate.as_ref().map(|authority| TrustAnchors::given(authority.as_str()));
    if let Some(given) = &given {
        match certificate::verify(chain, given, host) {
            Err(UntrustedReason::UnknownAuthority) => {}
            other => return other.map(|()| " Its certificate was issued by the CA of the plan."),
        }
    }
    match certificate::verify(chain, public, host) {
        Err(UntrustedReason::UnknownAuthority) => {
            certificate::verify_own(chain.first().ok_or(UntrustedReason::Other)?, host)?;
            Err(UntrustedReason::UnknownAuthority)
        }
        other if given.is_some() => {
            other.map(|()| " Its certificate was issued by a public CA, not by that of the plan.")
        }
        other => other.map(|()| " Its certificate was issued by a public CA."),
    }
}

async fn resolve(names: &NameCache, url: &LdapUrl) -> Result<Vec<PinnedAddress>, SharedFault> {
    let host = &url.host;
    let found = names.addresses(host).await.map_err(|error| match error {
        LookupError::NoSuchName => failed(
            format!("{host} {error}."),
            "Correct the connection URL, or add the name to DNS or to the hosts file of every machine.",
        ),
        LookupError::NoAnswer => SharedFault::new(
            CheckId::Us01,
            Verdict::skipped(format!("{host} {error}."), REQUIRED).remedy("Check the DNS settings of this server."),
        ),
    })?;
    let pinned: Result<Vec<PinnedAddress>, _> = found.into_iter().map(|address| names.pin(address, url.port)).collect();
    pinned.map_err(|refusal| {
        let reason = format!("{host} resolves to {refusal}. Clusterwright does not connect to it.");
        let verdict = Verdict::skipped(reason, REQUIRED);
        SharedFault::new(
            CheckId::Us01,
            verdict.remedy("Enter the address of the directory in the network of the nodes."),
        )
    })
}

fn tls_fault(error: TlsFailure, to: PinnedAddress) -> SharedFault {
    let what = match error {
        TlsFailure::Unproved => {
            return failed(
                format!("{to} sends a certificate but does not prove that it has the private key."),
                "Find out what listens on this address. The bind password was not sent.",
            );
        }
        TlsFailure::Refused => reported("supports neither TLS 1.2 nor 1.3 with a current cipher"),
        TlsFailure::Closed => reported("closes the connection when TLS starts"),
        TlsFailure::Silent => reported("does not answer when TLS starts"),
        TlsFailure::Other => reported("does not speak TLS"),
    };
    failed(format!("{to} {what}."), "Use the port for LDAP over TLS, usually 636, or ldap:// for the port without TLS.")
}

fn ldap_fault(error: LdapError, to: PinnedAddress) -> SharedFault {
    let what = match error {
        LdapError::Closed => reported("closes the connection when LDAP starts"),
        LdapError::Silent => reported("does not answer when LDAP starts"),
        LdapError::NotLdap => reported("does not speak LDAP"),
        LdapError::TooLarge => reported("sends more than the answer to a bind"),
    };
    failed(format!("{to} {what}."), "Correct the host and the port. LDAP usually listens on 389, with TLS on 636.")
}
