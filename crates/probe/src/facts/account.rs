//! How the account logs in, as the server reports it, and the faults of its authentication plugin, which DB-07 and DB-22 report.

use domain::check::CheckId;
use domain::steps::Database;

use super::remedy_sql;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::account::MysqlAccount;
use crate::mysql::session::MysqlSession;

pub(crate) const REQUIRED_FOR_TLS: &str = "The authentication plugin works with the connection security.";
pub(crate) const REQUIRED_ON_SERVER: &str = "The server has the authentication plugin of the account.";

/// Reads the plan's account, which needs no privilege. The hash of the password is not kept.
pub(crate) async fn read(session: &MysqlSession) -> Result<MysqlAccount, SharedFault> {
    let rows = session.rows("SHOW CREATE USER CURRENT_USER()".to_owned()).await?;
    let statement = rows.first().and_then(|row| row.first()?.as_deref());
    statement.and_then(MysqlAccount::parse).ok_or_else(|| {
        let verdict = Verdict::skipped("The server does not report how the account logs in.", REQUIRED_FOR_TLS);
        SharedFault::shared_by_all(verdict.remedy("Read the account as an administrator."))
    })
}

/// The status variable with the RSA key that a plugin needs for a password without TLS.
pub(crate) fn key_of(plugin: &str) -> Option<&'static str> {
    match plugin {
        "caching_sha2_password" => Some("Caching_sha2_password_rsa_public_key"),
        "sha256_password" => Some("Rsa_public_key"),
        _ => None,
    }
}

/// The fault of an account whose plugin needs an RSA key that the server does not have.
pub(crate) async fn without_key(
    session: &MysqlSession,
    database: &Database,
) -> Result<Option<SharedFault>, SharedFault> {
    let plugin = read(session).await?.plugin;
    let Some(name) = key_of(&plugin) else { return Ok(None) };
    let rows = session.rows(format!("SHOW GLOBAL STATUS LIKE '{name}'")).await?;
    let Some(key) = rows.first().and_then(|row| row.get(1)?.as_deref()) else { return Ok(None) };
    if !key.trim().is_empty() {
        return Ok(None);
    }
    let current = format!(
        "The account uses {plugin} without TLS, but the server has no RSA key. A login works only while the password is in the \
         server's cache."
    );
    let verdict = Verdict::failed(current, REQUIRED_FOR_TLS)
        .remedy(
            "Choose TLS as the connection security, or create the keys in the data directory of the server, then restart it. On \
             the database host, run:",
        )
        .command("openssl genrsa -out private_key.pem 2048 && openssl rsa -in private_key.pem -pubout -out public_key.pem")
        .command(remedy_sql::select_account(database));
    Ok(Some(SharedFault::new(CheckId::Db07, verdict)))
}

/// The fault of an account whose password the server requests in clear text, without TLS in the plan.
pub(crate) fn in_clear_text(database: &Database) -> SharedFault {
    let current =
        "The server asks for the password in clear text (PAM or LDAP), which Connector/J sends only over TLS.";
    let verdict = Verdict::failed(current, REQUIRED_FOR_TLS)
        .remedy("Choose TLS in the Database step, or give the account a MySQL password. As an administrator, run:")
        .command(remedy_sql::alter_user(database));
    SharedFault::new(CheckId::Db07, verdict)
}

/// The fault of error 1524: the server does not have the plugin of the account.
pub(crate) fn plugin_missing(database: &Database) -> SharedFault {
    let current = "Error 1524: the server does not have the authentication plugin of the account. MySQL 9, for example, has no \
         mysql_native_password.";
    let verdict = Verdict::failed(current, REQUIRED_ON_SERVER)
        .remedy("Set the password again with the default plugin of the server. As an administrator, run:")
        .command(remedy_sql::select_account(database))
        .command(remedy_sql::alter_user(database));
    SharedFault::new(CheckId::Db22, verdict)
}
