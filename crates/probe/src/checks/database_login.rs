//! DB-05: the account can log in from here. Each cause has its own words.

use std::net::IpAddr;

use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use super::account_plugin;
use super::database_protocol::Greeted;
use super::sql;
use crate::certificate::{self, Untrusted};
use crate::fault::{Fault, Verdict};
use crate::mysql::certificate as server_certificate;
use crate::mysql::session::{self, Session};
use crate::mysql::{LoginError, host_pattern};
use crate::shared::{Shared, deadline_from_now};

const CHOOSE_TLS: &str = "Choose TLS for the connection security in the Database step.";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let required = shared.database().map_or_else(|_| String::new(), required);
    vec![look(shared, &required).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db05, &required))]
}

async fn look(shared: &Shared, required: &str) -> Result<Verdict, Fault> {
    let database = shared.database()?;
    shared.session().await?;
    let how = match (database.tls, &database.ca_certificate) {
        (DatabaseTls::Disabled, _) => "without TLS",
        (DatabaseTls::Required, _) => "over TLS",
        (DatabaseTls::VerifyCa, Some(_)) => "over TLS with a certificate of a known CA",
        (DatabaseTls::VerifyCa, None) => return without_authority(shared, database, required).await,
    };
    // Like the nodes, whose URL has fallbackToSystemKeyStore=false, this login shows no certificate of its own.
    Ok(Verdict::passed(format!("{} logs in {how}", database.username.as_str()), required))
}

/// The plan names no CA: the nodes know the server if a public one signed its certificate, or if somebody imported it.
async fn without_authority(shared: &Shared, database: &Database, required: &str) -> Result<Verdict, Fault> {
    let user = database.username.as_str();
    let port = shared.port().await?;
    let Some(chain) = server_certificate::chain(port.to, database.host.as_str(), deadline_from_now()).await else {
        let verdict =
            Verdict::could_not_check(format!("{user} logs in over TLS; the server showed no certificate"), required);
        return Ok(verdict.remedy("Run the check again; if it stays so, look at MySQL's error log."));
    };
    // VERIFY_CA does not compare the name.
    match certificate::judge(&chain, shared.public_authorities(), database.host.as_str()) {
        Ok(()) | Err(Untrusted::Name) => {
            return Ok(Verdict::passed(format!("{user} logs in over TLS with a certificate of a public CA"), required));
        }
        Err(Untrusted::UnknownAuthority | Untrusted::Expired | Untrusted::NotYet | Untrusted::Other) => {}
    }
    let issuer = chain.first().and_then(|server| server_certificate::read(server)).map(|facts| facts.issuer);
    let what = format!(
        "{user} logs in over TLS; {} signed the server's certificate, which is no public CA, and the plan names none",
        issuer_text(issuer.as_deref()),
    );
    Ok(Verdict::warned(what, required).remedy(format!(
        "Enter the certificate of this CA in the Database step: install.sh imports it on every node. {WHERE_IT_IS} A node whose \
         client-truststore lacks it does not start. Accept this only if it is imported there by other means."
    )))
}

/// Where the certificate of the CA is found.
const WHERE_IT_IS: &str = "MySQL keeps the CA it made for itself as ca.pem in its data folder.";

fn issuer_text(issuer: Option<&str>) -> String {
    issuer
        .filter(|name| !name.is_empty())
        .map_or_else(|| "an unnamed CA".to_owned(), |name| format!("\u{201c}{name}\u{201d}"))
}

fn required(database: &Database) -> String {
    format!("{} can log in", database.username.as_str())
}

/// Logs in once for all checks of the run.
pub(crate) async fn log_in(shared: &Shared) -> Result<Session, Fault> {
    let database = shared.database()?;
    let greeted = shared.greeted().await?;
    if shared.lacks_secret("database.password") {
        let verdict =
            Verdict::could_not_check("the account password is missing", "a login with the account of the plan");
        return Err(Fault::new(
            CheckId::Db05,
            verdict.remedy("Enter the account password, on the command line with --secrets FILE."),
        ));
    }
    let port = shared.port().await?;
    let error = match greeted {
        Greeted::Refusal { code, seen_as } => LoginError::Server { code: *code, seen_as: seen_as.clone() },
        Greeted::Welcome(greeting) if !greeting.tls && database.tls != DatabaseTls::Disabled => LoginError::NoTls,
        // Without a server that is known the password is not sent as it is, not even asked for at once.
        Greeted::Welcome(greeting) if greeting.wants_clear_text() && !session::is_known(database) => {
            if database.tls == DatabaseTls::Disabled {
                return Err(account_plugin::in_clear_text(database));
            }
            LoginError::ClearText
        }
        Greeted::Welcome(greeting) => {
            match session::login(port.to, database, database.tls, shared.budget(), shared.deadline()).await {
                Ok(session) => return Ok(session),
                Err(error @ LoginError::Server { code: 1045, .. })
                    if greeting.tls && database.tls == DatabaseTls::Disabled =>
                {
                    // An account that requires TLS, and MariaDB with require_secure_transport, say 1045 as well.
                    match session::login(port.to, database, DatabaseTls::Required, shared.budget(), shared.deadline())
                        .await
                    {
                        Ok(session) => {
                            let fault = account_plugin::without_key(&session, database).await;
                            session.close().await;
                            if let Ok(Some(fault)) = fault {
                                return Err(fault);
                            }
                            LoginError::NeedsTls
                        }
                        Err(_) => error,
                    }
                }
                Err(LoginError::Server { code: 1524, .. }) => return Err(account_plugin::is_gone(database)),
                Err(LoginError::ClearText) if database.tls == DatabaseTls::Disabled => {
                    return Err(account_plugin::in_clear_text(database));
                }
                Err(error) => error,
            }
        }
    };
    let mut verdict = verdict(&error, database, port.from);
    if matches!(error, LoginError::Certificate(_)) {
        let seen = server_certificate::of(port.to, database.host.as_str(), deadline_from_now()).await;
        let issuer = issuer_text(seen.as_ref().map(|seen| seen.issuer.as_str()));
        verdict = Verdict::failed(format!("{error}; {issuer} signed it"), required(database)).remedy(format!(
            "Enter the certificate of the CA that signed the server's, or renew the server's certificate. {WHERE_IT_IS}"
        ));
    }
    Err(Fault::new(CheckId::Db05, verdict))
}

/// Logs in once more, for work that must not share its connection with that of other checks; `required` is that of the check
/// it is for.
pub(crate) async fn again(shared: &Shared, required: &str) -> Result<Session, Fault> {
    let (database, port) = (shared.database()?, shared.port().await?);
    // Only once the login is known to work: a second wrong password may lock an account.
    shared.session().await?;
    session::login(port.to, database, database.tls, shared.budget(), deadline_from_now()).await.map_err(|error| {
        let verdict = Verdict::could_not_check(format!("a second connection does not open: {error}"), required);
        Fault::of_everyone(verdict.remedy("Run the check again; if it stays so, look at the limits of the account."))
    })
}

/// Who we are to the server: what it said, or what this machine thinks.
struct Origin {
    text: String,
    address: Option<IpAddr>,
}

impl Origin {
    fn new(seen_as: Option<&String>, from: Option<IpAddr>) -> Self {
        let own = || from.map_or_else(|| "this machine".to_owned(), |address| address.to_string());
        let address = seen_as.and_then(|host| host.parse().ok()).or(from);
        Self { text: seen_as.cloned().unwrap_or_else(own), address }
    }
}

fn verdict(error: &LoginError, database: &Database, from: Option<IpAddr>) -> Verdict {
    let required = required(database);
    let failed = |current: String| Verdict::failed(current, required.clone());
    match error {
        LoginError::Server { code, seen_as } => {
            by_code(*code, database, &Origin::new(seen_as.as_ref(), from), &required)
        }
        LoginError::NoTls => failed(format!("{error}, but the plan wants it"))
            .remedy("Set up TLS on the server (ssl_cert, ssl_key), or choose \u{201c}No TLS\u{201d} for the connection security."),
        LoginError::NeedsTls => failed(error.to_string()).remedy(CHOOSE_TLS),
        LoginError::Certificate(_) => failed(error.to_string())
            .remedy("Enter the CA certificate that signed the server's, or renew the server's certificate."),
        LoginError::BadAuthority => {
            failed(error.to_string()).remedy("Paste the database CA certificate again, whole, in PEM.")
        }
        LoginError::Tls => failed(error.to_string()).remedy("Let the server offer TLS 1.2 or 1.3 (tls_version)."),
        LoginError::Plugin => failed(error.to_string())
            .remedy("Give the account a password method that Connector/J knows. As an administrator:")
            .command(sql::select_account(database))
            .command(sql::alter_user(database)),
        LoginError::ClearText => {
            let because = format!("{error}, which is sent to no server whose certificate is not checked here");
            Verdict::could_not_check(because, required)
                .remedy("Choose \u{201c}TLS, certificate checked\u{201d} and enter the CA certificate.")
        }
        LoginError::Closed | LoginError::Silent => Verdict::could_not_check(error.to_string(), required)
            .remedy("Run the check again; if it stays so, look at MySQL's error log."),
        LoginError::Busy => {
            Verdict::could_not_check(error.to_string(), required).remedy(crate::tcp::RUN_AGAIN_LATER)
        }
        LoginError::Protocol => {
            failed(error.to_string()).remedy("Look at MySQL's error log; a proxy in between may be in the way.")
        }
    }
}

/// Numbers: MySQL's and MariaDB's lists of server errors.
fn by_code(code: u16, database: &Database, origin: &Origin, required: &str) -> Verdict {
    let (user, from) = (database.username.as_str(), &origin.text);
    let failed = |current: String| Verdict::failed(format!("error {code}: {current}"), required);
    let fits = origin.address.and_then(|address| host_pattern::lets_in(database.account_host.as_str(), address));
    match code {
        // Both are said when the account is for other machines: 1130 if no account at all may come from here.
        1045 | 1130 if fits == Some(false) => not_for_us(code, database, from, required),
        1045 => {
            failed(format!("wrong user or password for {user} from {from} (using password: YES)"))
                .remedy(format!(
                    "Correct the account or its password. If both are right, an administrator lists the accounts with the first \
                     command: an anonymous account (empty user) for {from} or its host name comes before {user}@%; drop it, or \
                     create {user} for that host. If no account {user} exists for {from}, create it with the other commands."
                ))
                .command(sql::select_account(database))
                .command(sql::create_user(database))
                .command(sql::alter_user(database))
                .command(sql::grants(database, false))
        }
        1130 => failed(format!("no account may connect from {from}"))
            .remedy(format!(
                "Make the account for {}, which includes {from}. As an administrator:",
                database.account_host.as_str()
            ))
            .command(sql::create_user(database))
            .command(sql::grants(database, false)),
        1129 => failed(format!("MySQL blocks {from} after many broken connections"))
            .remedy("Clear the list of blocked hosts, as an administrator.")
            .command("FLUSH HOSTS; -- before MySQL 8.4, and MariaDB")
            .command("TRUNCATE TABLE performance_schema.host_cache; -- MySQL from 5.6"),
        1040 => failed("all connections of the server are taken".to_owned())
            .remedy("Free connections, or raise max_connections. As an administrator:")
            .command("SHOW PROCESSLIST;")
            .command("SET GLOBAL max_connections = 1000;"),
        1203 | 1226 => failed(format!("{user} has all the connections it may have"))
            .remedy("Raise the account's limit. As an administrator:")
            .command(format!("ALTER USER {} WITH MAX_USER_CONNECTIONS 0;", sql::account(database))),
        1044 | 1049 => failed("the account's default database is missing or closed to it".to_owned())
            .remedy("Run database/create.sql and database/grants.sql as an administrator."),
        3159 | 4150 => failed("the server takes TLS connections alone (require_secure_transport)".to_owned()).remedy(CHOOSE_TLS),
        1698 => failed(format!("{user} logs in with a method other than a password, such as unix_socket"))
            .remedy("Give the account a password. As an administrator:")
            .command(sql::select_account(database))
            .command(sql::alter_user(database)),
        1251 | 2059 => failed(format!("the server cannot use the login method of {user}"))
            .remedy("Give the account a method this server has. As an administrator:")
            .command(sql::select_account(database))
            .command(sql::alter_user(database)),
        3118 | 3955 | 3957 | 4151 => failed(format!("the account {user} is locked"))
            .remedy("Unlock it. As an administrator:")
            .command(format!("ALTER USER {} ACCOUNT UNLOCK;", sql::account(database))),
        1820 | 1862 => failed(format!("the password of {user} has expired"))
            .remedy("Set it anew. As an administrator:")
            .command(sql::alter_user(database)),
        _ => failed("MySQL refuses the login".to_owned())
            .remedy("Look the number up in MySQL's list of server errors, and look at its error log."),
    }
}

/// The plan itself keeps this machine out: that is no fault of the plan.
fn not_for_us(code: u16, database: &Database, from: &str, required: &str) -> Verdict {
    let pattern = database.account_host.as_str();
    Verdict::could_not_check(
        format!("error {code} from {from}: the account is for {pattern} alone, which does not include it"),
        required,
    )
    .remedy(
        "Run the check on a machine the account is for, or let the account come from here for the time of the checks:",
    )
    .command("clusterwright check plan.toml")
    .command(format!("CREATE USER '{}'@'{from}' IDENTIFIED BY '{}';", database.username.as_str(), sql::PASSWORD))
}
