//! Why a login to the database failed, and what to do about it.

use std::net::IpAddr;

use domain::steps::Database;

use super::remedy_sql;
use crate::fault::Verdict;
use crate::mysql::{LoginError, host_pattern};
use domain::sites::reported;

const CHOOSE_TLS: &str = "Choose TLS as the connection security in the Database step.";
/// Where an operator finds the CA certificate.
pub(crate) const CA_LOCATION: &str = "MySQL stores the CA that it generated as ca.pem in its data directory.";

/// The issuer of a certificate, as a sentence names it.
pub(crate) fn issuer_text(issuer: Option<&str>) -> String {
    issuer
        .filter(|name| !name.is_empty())
        .map_or_else(|| "an unnamed CA".to_owned(), |name| format!("\u{201c}{name}\u{201d}"))
}

/// What DB-05 requires.
pub(crate) fn required(database: &Database) -> String {
    format!("{} can log in.", database.username.as_str())
}

/// A login error as a sentence.
pub(super) fn describe(error: &LoginError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The host that the server sees: as it reported, or the local address.
struct ConnectionOrigin {
    text: String,
    address: Option<IpAddr>,
}

impl ConnectionOrigin {
    fn new(seen_as: Option<&String>, from: Option<IpAddr>) -> Self {
        let own = || from.map_or_else(|| "this server".to_owned(), |address| address.to_string());
        let address = seen_as.and_then(|host| host.parse().ok()).or(from);
        Self { text: seen_as.cloned().unwrap_or_else(own), address }
    }
}

pub(super) fn verdict(error: &LoginError, database: &Database, from: Option<IpAddr>) -> Verdict {
    let required = required(database);
    let failed = |current: String| Verdict::failed(current, required.clone());
    match error {
        LoginError::Server { code, seen_as } => {
            by_code(*code, database, &ConnectionOrigin::new(seen_as.as_ref(), from), &required)
        }
        LoginError::NoTls => failed(reported("The server does not offer TLS, but the plan requires it.")).remedy(
            "Enable TLS on the server (ssl_cert, ssl_key), or choose \u{201c}No TLS\u{201d} as the connection security.",
        ),
        LoginError::NeedsTls => failed(reported(describe(error))).remedy(CHOOSE_TLS),
        LoginError::Certificate(_) => failed(reported(describe(error)))
            .remedy("Enter the certificate of the CA that issued the server certificate, or renew the server certificate."),
        LoginError::BadAuthority => {
            failed(reported(describe(error))).remedy("Paste the complete database CA certificate in PEM format.")
        }
        LoginError::Tls => failed(reported(describe(error))).remedy("Enable TLS 1.2 or 1.3 on the server (tls_version)."),
        LoginError::Plugin => failed(reported(describe(error)))
            .remedy("Give the account an authentication plugin that Connector/J supports. As an administrator, run:")
            .command(remedy_sql::select_account(database))
            .command(remedy_sql::alter_user(database)),
        LoginError::ClearText => {
            let reason = format!("{} It is sent only to a server whose certificate was verified.", describe(error));
            Verdict::skipped(reason, required)
                .remedy("Choose \u{201c}TLS, certificate verified\u{201d} and enter the CA certificate.")
        }
        LoginError::Closed | LoginError::Silent => Verdict::skipped(describe(error), required)
            .remedy("Run the check again. If it fails again, look at MySQL's error log."),
        LoginError::Busy => {
            Verdict::skipped(describe(error), required).remedy(crate::tcp::RUN_AGAIN_LATER)
        }
        LoginError::Protocol => {
            failed(reported(describe(error))).remedy("Look at MySQL's error log. A proxy in between may cause this.")
        }
    }
}

/// By error number; source: the lists of server errors of MySQL and MariaDB.
fn by_code(code: u16, database: &Database, client: &ConnectionOrigin, required: &str) -> Verdict {
    let (user, from) = (database.username.as_str(), &client.text);
    let failed = |current: String| Verdict::failed(format!("Error {code}: {current}."), required);
    let is_included = client.address.and_then(|address| host_pattern::matches(database.account_host.as_str(), address));
    match code {
        // Both are possible when the account is for other hosts: 1130 if no account at all may connect from here.
        1045 | 1130 if is_included == Some(false) => other_host(code, database, from, required),
        1045 => {
            failed(reported(format!("wrong user or password for {user} from {from} (using password: YES)")))
                .remedy(format!(
                    "Correct the account or its password. If both are correct, list the accounts with the first statement, as an \
                     administrator. An anonymous account (empty user) for {from} or its host name takes precedence over {user}@%: \
                     drop it, or create {user} for that host. If no account {user} matches {from}, create it with the other \
                     statements."
                ))
                .command(remedy_sql::select_account(database))
                .command(remedy_sql::create_user(database))
                .command(remedy_sql::alter_user(database))
                .command(remedy_sql::grants(database, false))
        }
        1130 => failed(reported(format!("no account may connect from {from}")))
            .remedy(format!(
                "Create the account for {}, which includes {from}. As an administrator, run:",
                database.account_host.as_str()
            ))
            .command(remedy_sql::create_user(database))
            .command(remedy_sql::grants(database, false)),
        1129 => failed(reported(format!("MySQL blocks {from} after many interrupted connections")))
            .remedy("Clear the list of blocked hosts. As an administrator, run:")
            .command("FLUSH HOSTS; -- before MySQL 8.4, and MariaDB")
            .command("TRUNCATE TABLE performance_schema.host_cache; -- MySQL from 5.6"),
        1040 => failed(reported("all connections of the server are in use"))
            .remedy("Close connections, or increase max_connections. As an administrator, run:")
            .command("SHOW PROCESSLIST;")
            .command("SET GLOBAL max_connections = 1000;"),
        1203 | 1226 => failed(reported(format!("{user} has reached its connection limit")))
            .remedy("Increase the limit of the account. As an administrator, run:")
            .command(format!("ALTER USER {} WITH MAX_USER_CONNECTIONS 0;", remedy_sql::account(database))),
        1044 | 1049 => failed(reported("the default database of the account does not exist, or the account has no privilege on it"))
            .remedy("Run database/create.sql and database/grants.sql as an administrator."),
        3159 | 4150 => failed(reported("the server requires TLS (require_secure_transport)")).remedy(CHOOSE_TLS),
        1698 => failed(reported(format!("{user} does not log in with a password, but for example with unix_socket")))
            .remedy("Give the account a password. As an administrator, run:")
            .command(remedy_sql::select_account(database))
            .command(remedy_sql::alter_user(database)),
        1251 | 2059 => failed(reported(format!("the server cannot load the authentication plugin of {user}")))
            .remedy("Give the account a plugin of this server. As an administrator, run:")
            .command(remedy_sql::select_account(database))
            .command(remedy_sql::alter_user(database)),
        3118 | 3955 | 3957 | 4151 => failed(reported(format!("the account {user} is locked")))
            .remedy("Unlock it. As an administrator, run:")
            .command(format!("ALTER USER {} ACCOUNT UNLOCK;", remedy_sql::account(database))),
        1820 | 1862 => failed(reported(format!("the password of {user} has expired")))
            .remedy("Set a new password. As an administrator, run:")
            .command(remedy_sql::alter_user(database)),
        _ => failed(reported("MySQL refuses the login"))
            .remedy("Look up the number in MySQL's list of server errors, and look at its error log."),
    }
}

/// The account of the plan does not include this server: that is no fault of the plan.
fn other_host(code: u16, database: &Database, from: &str, required: &str) -> Verdict {
    let pattern = database.account_host.as_str();
    Verdict::skipped(
        format!("Error {code} from {from}: the account is limited to {pattern}, which does not include this server."),
        required,
    )
    .remedy(
        "Run the check on a host that the account includes, or create an account for this server until the checks are done:",
    )
    .command("clusterwright check plan.toml")
    .command(format!(
        "CREATE USER '{}'@'{from}' IDENTIFIED BY '{}';",
        database.username.as_str(),
        remedy_sql::PASSWORD_PLACEHOLDER
    ))
}
