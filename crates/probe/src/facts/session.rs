//! The login with the plan's account. DB-05 reports its faults; DB-07 and DB-22 those of the authentication plugin.

use std::sync::Arc;
use std::time::Instant;

use domain::check::CheckId;
use domain::steps::{Database, DatabaseTls};

use super::account;
use super::greeting::ServerReply;
use super::login_fault::{self, CA_LOCATION};
use super::port::OpenPort;
use super::time::deadline_from_now;
use crate::budget::ReadBudget;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::LoginError;
use crate::mysql::certificate as server_certificate;
use crate::mysql::session::{self, MysqlSession};

/// The password is not in the answers: nothing is sent.
pub(crate) fn without_password() -> SharedFault {
    let verdict = Verdict::skipped("The account password is missing.", "The account of the plan can log in.");
    SharedFault::new(
        CheckId::Db05,
        verdict.remedy("Enter the account password. On the command line, use --secrets FILE."),
    )
}

/// Logs in.
pub(crate) async fn log_in(
    database: &Database,
    port: &OpenPort,
    greeted: &ServerReply,
    budget: &Arc<ReadBudget>,
    deadline: Instant,
) -> Result<MysqlSession, SharedFault> {
    let error = match greeted {
        ServerReply::Refusal { code, seen_as } => LoginError::Server { code: *code, seen_as: seen_as.clone() },
        ServerReply::Welcome(greeting) if !greeting.tls && database.tls != DatabaseTls::Disabled => LoginError::NoTls,
        // The password is not sent in clear text to a server whose certificate is not verified.
        ServerReply::Welcome(greeting) if greeting.wants_clear_text() && !session::is_verified(database) => {
            if database.tls == DatabaseTls::Disabled {
                return Err(account::in_clear_text(database));
            }
            LoginError::ClearText
        }
        ServerReply::Welcome(greeting) => {
            match session::login(port.to, database, database.tls, budget, deadline).await {
                Ok(session) => return Ok(session),
                Err(error @ LoginError::Server { code: 1045, .. })
                    if greeting.tls && database.tls == DatabaseTls::Disabled =>
                {
                    // Accounts that require TLS, and MariaDB with require_secure_transport, cause 1045 as well.
                    match session::login(port.to, database, DatabaseTls::Required, budget, deadline).await {
                        Ok(session) => {
                            let fault = account::without_key(&session, database).await;
                            session.close().await;
                            if let Ok(Some(fault)) = fault {
                                return Err(fault);
                            }
                            LoginError::NeedsTls
                        }
                        Err(_) => error,
                    }
                }
                Err(LoginError::Server { code: 1524, .. }) => return Err(account::plugin_missing(database)),
                Err(LoginError::ClearText) if database.tls == DatabaseTls::Disabled => {
                    return Err(account::in_clear_text(database));
                }
                Err(error) => error,
            }
        }
    };
    let mut verdict = login_fault::verdict(&error, database, port.from);
    if matches!(error, LoginError::Certificate(_)) {
        let seen = server_certificate::of(port.to, database.host.as_str(), deadline_from_now()).await;
        let issuer = login_fault::issuer_text(seen.as_ref().map(|seen| seen.issuer.as_str()));
        verdict = Verdict::failed(format!("{} Its issuer is {issuer}.", login_fault::describe(&error)), login_fault::required(database)).remedy(format!(
            "Enter the certificate of the CA that issued the server certificate, or renew the server certificate. {CA_LOCATION}"
        ));
    }
    Err(SharedFault::new(CheckId::Db05, verdict))
}

/// Logs in on another connection; `required` is that of the check that needs it.
pub(crate) async fn log_in_again(
    database: &Database,
    port: &OpenPort,
    budget: &Arc<ReadBudget>,
    required: &str,
) -> Result<MysqlSession, SharedFault> {
    session::login(port.to, database, database.tls, budget, deadline_from_now()).await.map_err(|error| {
        let verdict = Verdict::skipped(format!("A second connection cannot be opened: {error}."), required);
        SharedFault::shared_by_all(
            verdict.remedy("Run the check again. If it fails again, check the connection limits of the account."),
        )
    })
}
