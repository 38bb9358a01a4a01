//! DB-07 and DB-22: the plug-in that checks the account's password works with the chosen connection security, and the
//! server has it.

use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use super::database_version::unanswered;
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::account::Account;
use crate::mysql::session::Session;
use crate::shared::Shared;

const FITS: &str = "a plug-in that works with the connection security";
const THERE: &str = "a plug-in the server has";

/// Asks for our own account. No right is needed for that, and the hash of the password stays in the answer.
pub(crate) async fn read(shared: &Shared) -> Result<Account, Fault> {
    read_over(shared.session().await?).await
}

async fn read_over(session: &Session) -> Result<Account, Fault> {
    let rows = session.rows("SHOW CREATE USER CURRENT_USER()".to_owned()).await.map_err(unanswered)?;
    let statement = rows.first().and_then(|row| row.first()?.as_deref());
    statement.and_then(Account::read).ok_or_else(|| {
        let verdict = Verdict::could_not_check("the server does not tell how the account logs in", FITS);
        Fault::of_everyone(verdict.remedy("Look at it as an administrator."))
    })
}

pub(crate) async fn fits_security(shared: &Shared) -> Vec<Verdict> {
    vec![look(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db07, FITS))]
}

async fn look(shared: &Shared) -> Result<Verdict, Fault> {
    let database = shared.database()?;
    let session = shared.session().await?;
    let account = shared.account().await?;
    if database.tls != DatabaseTls::Disabled {
        return Ok(Verdict::passed(format!("{} over TLS", account.plugin), FITS));
    }
    if let Some(fault) = without_key(session, database).await? {
        return Err(fault);
    }
    let how = if key_of(&account.plugin).is_some() {
        " without TLS: Connector/J fetches the server's public key (allowPublicKeyRetrieval=true)"
    } else {
        " without TLS"
    };
    Ok(Verdict::passed(format!("{}{how}", account.plugin), FITS))
}

/// The status variable that holds the RSA key with which a plug-in gets the password without TLS.
fn key_of(plugin: &str) -> Option<&'static str> {
    match plugin {
        "caching_sha2_password" => Some("Caching_sha2_password_rsa_public_key"),
        "sha256_password" => Some("Rsa_public_key"),
        _ => None,
    }
}

/// The fault of an account whose plug-in wants an RSA key that the server does not have, seen over any session of it.
pub(crate) async fn without_key(session: &Session, database: &Database) -> Result<Option<Fault>, Fault> {
    let plugin = read_over(session).await?.plugin;
    let Some(name) = key_of(&plugin) else { return Ok(None) };
    let rows = session.rows(format!("SHOW GLOBAL STATUS LIKE '{name}'")).await.map_err(unanswered)?;
    let Some(key) = rows.first().and_then(|row| row.get(1)?.as_deref()) else { return Ok(None) };
    if !key.trim().is_empty() {
        return Ok(None);
    }
    let current = format!(
        "{plugin} without TLS, and the server has no RSA key: a login works only while its password is in the server's cache"
    );
    let verdict = Verdict::failed(current, FITS)
        .remedy(
            "Choose TLS for the connection security, or give the server its keys: on its machine, in its data folder, then \
             restart it:",
        )
        .command("openssl genrsa -out private_key.pem 2048 && openssl rsa -in private_key.pem -pubout -out public_key.pem")
        .command(sql::select_account(database));
    Ok(Some(Fault::new(CheckId::Db07, verdict)))
}

/// The fault of a login that the server wants in clear text, where the plan has no TLS.
pub(crate) fn in_clear_text(database: &Database) -> Fault {
    let current =
        "the server asks for the password in clear text (PAM or LDAP), which Connector/J sends over TLS alone";
    let verdict = Verdict::failed(current, FITS)
        .remedy("Choose TLS in the Database step, or give the account a password of its own. As an administrator:")
        .command(sql::alter_user(database));
    Fault::new(CheckId::Db07, verdict)
}

pub(crate) async fn is_there(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.account().await {
        Ok(account) if account.plugin == "mysql_native_password" => {
            Verdict::passed("mysql_native_password, which MySQL 9 no longer has and MariaDB keeps", THERE)
        }
        Ok(account) => Verdict::passed(account.plugin.clone(), THERE),
        Err(fault) => fault.told_by(CheckId::Db22, THERE),
    }]
}

/// The fault of error 1524: the account was made for a plug-in that this server does not have (any more).
pub(crate) fn is_gone(database: &Database) -> Fault {
    let current =
        "error 1524: the server does not have the plug-in of the account, as MySQL 9 without mysql_native_password";
    let verdict = Verdict::failed(current, THERE)
        .remedy("Set the password anew with the server's own plug-in. As an administrator:")
        .command(sql::select_account(database))
        .command(sql::alter_user(database));
    Fault::new(CheckId::Db22, verdict)
}
