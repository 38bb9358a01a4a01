//! US-01: the directory answers, shows a certificate that the nodes accept, and lets the bind account in. The connection
//! is shared work: the checks of its entries go on with it.

use domain::check::CheckId;
use domain::secret::Secret;
use domain::steps::{StoreKind, UserStore};
use domain::values::LdapUrl;
use rustls::pki_types::CertificateDer;
use tokio::sync::Mutex;

use crate::address::{LookupError, Pinned};
use crate::certificate::{self, Authorities, Untrusted};
use crate::fault::{Fault, Verdict};
use crate::ldap::{self, Connection, Entry, NoAnswer, Search};
use crate::shared::{Shared, deadline_from_now};
use crate::tcp::{self, ConnectError};
use crate::tls::{self, NoTls};

const REQUIRED: &str = "the directory answers, its certificate is in order, and the bind account may log in";

const TOO_MUCH: &str = "the directory sends more than was asked for";
const LOOK_AT_SERVER: &str = "Find out what answers at the directory's address: it does not keep to the size limit of the search (RFC 4511, 4.5.1.4).";

/// A directory that let us in.
pub(crate) struct Directory {
    connection: Mutex<Connection>,
    said: String,
    /// Whether nobody signed its certificate whom a node trusts by what the plan says.
    unknown_authority: bool,
}

impl Directory {
    /// Searches; one at a time.
    pub(crate) async fn search(&self, search: &Search<'_>) -> Result<(u32, Vec<Entry>), Fault> {
        let mut connection = self.connection.lock().await;
        connection.search(search, deadline_from_now()).await.map_err(|error| {
            let (what, remedy) = match error {
                NoAnswer::TooMuch => (TOO_MUCH, LOOK_AT_SERVER),
                _ => ("the directory stopped answering", "Run the check again."),
            };
            Fault::of_everyone(Verdict::could_not_check(what, "").remedy(remedy))
        })
    }
}

/// The user store, if it is a directory.
pub(crate) fn asked(shared: &Shared) -> Result<Option<&UserStore>, Fault> {
    let store = shared.answers().user_store.as_ref();
    let store = store.ok_or_else(|| Fault::incomplete("User store", "a setting is missing or cannot be read"))?;
    Ok((store.kind != StoreKind::Database).then_some(store))
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![match asked(shared) {
        Err(fault) => fault.told_by(CheckId::Us01, REQUIRED),
        Ok(None) => Verdict::passed("users live in the shared database: there is no directory", REQUIRED),
        Ok(Some(_)) => match shared.directory().await {
            // The truststores of the nodes decide, which are not to be seen from here.
            Ok(directory) if directory.unknown_authority => Verdict::warned(directory.said.clone(), REQUIRED).remedy(
                "Enter the CA certificate that signed it: install.sh imports it on every node. A node whose client-truststore \
                 lacks it refuses the directory, and nobody logs in. Fine only if it is imported there by other means.",
            ),
            Ok(directory) => Verdict::passed(directory.said.clone(), REQUIRED),
            Err(fault) => fault.told_by(CheckId::Us01, REQUIRED),
        },
    }]
}

fn failed(what: impl Into<String>, remedy: &str) -> Fault {
    Fault::new(CheckId::Us01, Verdict::failed(what, REQUIRED).remedy(remedy))
}

/// Connects and logs in.
pub(crate) async fn enter(shared: &Shared) -> Result<Directory, Fault> {
    let store = asked(shared)?.ok_or_else(|| Fault::incomplete("User store", "there is no directory"))?;
    let missing = || Fault::incomplete("User store", "address, bind name or bind password is missing");
    let url = store.connection_url.as_ref().ok_or_else(missing)?;
    let name = store.connection_name.as_ref().ok_or_else(missing)?;
    let password = store.connection_password.as_ref().ok_or_else(missing)?;
    if shared.lacks_secret("user_store.connection_password") {
        let verdict = Verdict::could_not_check("the bind password is missing", REQUIRED);
        return Err(Fault::new(
            CheckId::Us01,
            verdict.remedy("Enter the bind password, on the command line with --secrets FILE."),
        ));
    }
    let deadline = deadline_from_now();
    let addresses = resolve(shared, url).await?;
    let connected = tcp::connect_any(&addresses, deadline).await.map_err(|errors| {
        let list: Vec<String> = errors.iter().map(|(to, error)| format!("{to}: {error}")).collect();
        if errors.iter().any(|(_, error)| *error == ConnectError::Busy) {
            let verdict = Verdict::could_not_check(list.join("; "), REQUIRED).remedy(tcp::RUN_AGAIN_LATER);
            return Fault::new(CheckId::Us01, verdict);
        }
        let remedy = match (url.secure, url.port) {
            (true, 636 | 3269) | (false, 389 | 3268) => {
                "Start the directory server, correct the address, or open the firewall."
            }
            (true, _) => "Correct the port: 636 is the port of ldaps://. Otherwise start the directory server or open the firewall.",
            (false, _) => "Correct the port: 389 is the port of ldap://. Otherwise start the directory server or open the firewall.",
        };
        failed(list.join("; "), remedy)
    })?;
    let to = connected.to;
    let mut said = format!("{to} answers");
    let mut unknown_authority = false;
    let mut connection = if url.secure {
        // The bind password follows: the certificate counts only where the server proves that it has the key of it.
        let stream = tls::handshake_with_proof(connected.stream, &url.host, deadline).await;
        let stream = stream.map_err(|error| no_tls(error, to))?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        match judge(chain, store, &url.host, shared.public_authorities()) {
            Ok(who) => said.push_str(who),
            Err(Untrusted::UnknownAuthority) if store.ca_certificate.is_none() => unknown_authority = true,
            Err(error) => {
                return Err(failed(
                    format!("the certificate of {} {error}", url.host),
                    "Renew the directory's certificate, or enter the address it names and the CA that signed it.",
                ));
            }
        }
        Connection::new(stream)
    } else {
        Connection::new(connected.stream)
    };
    let code = connection
        .bind(name.as_str(), reveal(password.secret()), deadline)
        .await
        .map_err(|error| no_answer(error, to))?;
    match code {
        ldap::SUCCESS => {}
        ldap::BAD_CREDENTIALS => {
            return Err(failed(
                format!("{to} does not know {} with this password (LDAP result 49)", name.as_str()),
                "Correct the bind name or the bind password.",
            ));
        }
        ldap::NO_SUCH_OBJECT | ldap::BAD_NAME => {
            return Err(failed(
                format!("{to} has no entry {} (LDAP result {code})", name.as_str()),
                "Correct the bind name: it is a whole distinguished name.",
            ));
        }
        ldap::STRONGER_AUTHENTICATION | ldap::CONFIDENTIALITY => {
            return Err(failed(
                format!("{to} takes passwords only over TLS (LDAP result {code})"),
                "Use ldaps:// and the port of TLS, usually 636.",
            ));
        }
        code => {
            return Err(failed(
                format!("{to} refuses the bind account (LDAP result {code})"),
                "Look into the directory's log: RFC 4511 appendix A lists the results.",
            ));
        }
    }
    said.push_str(&format!("; {} may log in", name.as_str()));
    if unknown_authority {
        said.push_str("; no public CA signed its certificate, and the plan names none");
    }
    Ok(Directory { connection: Mutex::new(connection), said, unknown_authority })
}

/// Who signed the certificate, as half a sentence. The CA of the plan is asked first, then public ones: on the nodes it is
/// imported beside those. Also a certificate that nobody known signed has to be in date and for this host.
fn judge(
    chain: &[CertificateDer<'_>],
    store: &UserStore,
    host: &str,
    public: &Authorities,
) -> Result<&'static str, Untrusted> {
    let given = store.ca_certificate.as_ref().map(|authority| Authorities::given(authority.as_str()));
    if let Some(given) = &given {
        match certificate::judge(chain, given, host) {
            Err(Untrusted::UnknownAuthority) => {}
            other => return other.map(|()| "; its certificate is signed by the given CA"),
        }
    }
    match certificate::judge(chain, public, host) {
        Err(Untrusted::UnknownAuthority) => {
            certificate::judge_own(chain.first().ok_or(Untrusted::Other)?, host)?;
            Err(Untrusted::UnknownAuthority)
        }
        other if given.is_some() => other.map(|()| "; a public CA signed its certificate, not the given one"),
        other => other.map(|()| "; a public CA signed its certificate"),
    }
}

async fn resolve(shared: &Shared, url: &LdapUrl) -> Result<Vec<Pinned>, Fault> {
    let host = &url.host;
    let found = shared.names.addresses(host).await.map_err(|error| match error {
        LookupError::NoSuchName => failed(
            format!("{host} {error}"),
            "Correct the address, or add the name to DNS or to the hosts file of every machine.",
        ),
        LookupError::NoAnswer => Fault::new(
            CheckId::Us01,
            Verdict::could_not_check(format!("{host} {error}"), REQUIRED).remedy("Check this machine's DNS settings."),
        ),
    })?;
    let pinned: Result<Vec<Pinned>, _> = found.into_iter().map(|address| shared.names.pin(address, url.port)).collect();
    pinned.map_err(|refusal| {
        let because = format!("{host} leads to {refusal}: Clusterwright does not connect there");
        let verdict = Verdict::could_not_check(because, REQUIRED);
        Fault::new(CheckId::Us01, verdict.remedy("Enter the directory's address in the network of the nodes."))
    })
}

fn no_tls(error: NoTls, to: Pinned) -> Fault {
    let what = match error {
        NoTls::Unproved => {
            return failed(
                format!("{to} shows a certificate and does not prove that it has the key of it"),
                "Find out what answers there. The bind password was not sent.",
            );
        }
        NoTls::Refused => "speaks TLS, but no version or cipher of today",
        NoTls::Closed => "closes the connection when TLS begins",
        NoTls::Silent => "stays silent when TLS begins",
        NoTls::Other => "does not speak TLS",
    };
    failed(format!("{to} {what}"), "Use the port of LDAP over TLS, usually 636, or ldap:// for the other one.")
}

fn no_answer(error: NoAnswer, to: Pinned) -> Fault {
    let what = match error {
        NoAnswer::Closed => "closes the connection when LDAP begins",
        NoAnswer::Silent => "stays silent when LDAP begins",
        NoAnswer::Other => "does not speak LDAP",
        NoAnswer::TooMuch => "sends more than an answer to a login",
    };
    failed(format!("{to} {what}"), "Correct host and port: LDAP listens on 389, with TLS on 636.")
}

#[expect(clippy::disallowed_methods, reason = "the connector to the directory is where the bind password is used")]
fn reveal(password: &Secret) -> &str {
    password.expose()
}
