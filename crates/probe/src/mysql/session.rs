//! Logged-in connections to MySQL: the only place where the database password is sent (docs/ARCHITECTURE.md, I6). The checks read,
//! except for the rolled-back row of DB-19; `prepare` writes, with [`MysqlSession::run`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::secret::Secret;
use domain::steps::{Database, DatabaseTls};
use tokio::sync::Mutex;
use tokio::time::{timeout, timeout_at};

use super::LoginError;
use super::client::{LoginRequest, MysqlClient, StatementReply};
use super::wire::WireError;
use crate::address::PinnedAddress;
use crate::budget::{BudgetExhausted, ReadBudget};
use crate::tcp;
use crate::tls::{self, KeyProof};

pub(crate) use super::client::TextRow;

/// How long a query may take. A server that does not answer in this time is not queried again in this run.
const QUERY_TIMEOUT: Duration = Duration::from_secs(4);
/// The same in a preparation, which waits for a busy server and for the end of another run.
const PREPARE_QUERY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long one statement of a script may take. A host without power never answers.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How long `COM_QUIT` may take.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

/// A logged-in connection, shared by the checks of a run.
#[derive(Debug)]
pub(crate) struct MysqlSession {
    connection: Mutex<SessionState>,
    query_timeout: Duration,
}

/// The state of the connection.
#[derive(Debug)]
enum SessionState {
    Open(MysqlClient),
    /// Every further query fails with this error.
    Closed(QueryError),
}

/// Why a query failed. The texts are clauses of a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum QueryError {
    /// The server answered with this error.
    #[error("error {0}")]
    Server(u16),
    /// No answer within this number of seconds.
    #[error("no answer within {0} s")]
    Silent(u64),
    /// The connection broke, or the server violated the protocol.
    #[error("the connection to MySQL broke")]
    Broken,
    /// The answer exceeds the budget.
    #[error("{}", BudgetExhausted)]
    TooLarge,
}

/// Why a statement of an administrator failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum StatementError {
    /// The server refused it.
    #[error("ERROR {code}: {message}")]
    Server {
        /// The error number, such as 1071.
        code: u16,
        /// The message of the server, cleaned.
        message: String,
    },
    /// The connection broke: whether the statement ran is unknown.
    #[error("the connection to MySQL broke")]
    Broken,
    /// The answer exceeds the budget: whether the statement ran is unknown.
    #[error("{}", BudgetExhausted)]
    TooLarge,
}

impl From<WireError> for StatementError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Server { code, message } => {
                let message = message.chars().filter(|letter| !letter.is_control()).take(300).collect();
                Self::Server { code, message }
            }
            WireError::Io(_) | WireError::Protocol => Self::Broken,
            WireError::TooLarge(_) => Self::TooLarge,
        }
    }
}

impl From<&WireError> for QueryError {
    fn from(error: &WireError) -> Self {
        match error {
            WireError::Server { code, .. } => Self::Server(*code),
            WireError::Io(_) | WireError::Protocol => Self::Broken,
            WireError::TooLarge(_) => Self::TooLarge,
        }
    }
}

fn timed_out() -> WireError {
    WireError::Io(std::io::ErrorKind::TimedOut.into())
}

/// Whether the plan contains the CA certificate that verifies the server.
pub(crate) const fn is_verified(database: &Database) -> bool {
    matches!((database.tls, &database.ca_certificate), (DatabaseTls::VerifyCa, Some(_)))
}

/// Logs in with the plan's account and `tls`, without a default database, by `deadline`. The bytes of the server are taken from
/// `budget`.
pub(crate) async fn login(
    to: PinnedAddress,
    database: &Database,
    tls: DatabaseTls,
    budget: &Arc<ReadBudget>,
    deadline: Instant,
) -> Result<MysqlSession, LoginError> {
    let account = (database.username.as_str(), database.password.secret());
    let session = login_as(to, account, database, tls, budget, deadline).await?;
    Ok(MysqlSession { query_timeout: QUERY_TIMEOUT, ..session })
}

/// Logs in as [`login`] does, with another account and its password, and waits longer for answers.
pub(crate) async fn login_as(
    to: PinnedAddress,
    (user, password): (&str, &Secret),
    database: &Database,
    tls: DatabaseTls,
    budget: &Arc<ReadBudget>,
    deadline: Instant,
) -> Result<MysqlSession, LoginError> {
    let config = match (tls, &database.ca_certificate) {
        (DatabaseTls::Disabled, _) => None,
        // Without a CA certificate in the plan the truststores of the nodes contain it, which are not visible from here.
        (DatabaseTls::Required, _) | (DatabaseTls::VerifyCa, None) => {
            Some(tls::any_certificate(KeyProof::OfKey).ok_or(LoginError::Tls)?)
        }
        (DatabaseTls::VerifyCa, Some(authority)) => Some(tls::issued_by(authority.as_str())?),
    };
    // PAM and LDAP need the password in clear text, which is sent only to a verified server.
    let clear_text = tls == DatabaseTls::VerifyCa && is_verified(database);
    #[expect(clippy::disallowed_methods, reason = "the connector to MySQL is where the account's password is used")]
    let login = LoginRequest { user, password: password.expose(), tls: config, clear_text };
    let stream = tcp::connect(to, deadline).await?;
    let client = MysqlClient::log_in(Box::new(stream), to, &login, Arc::clone(budget));
    match timeout_at(deadline.into(), client).await {
        Ok(client) => Ok(MysqlSession {
            connection: Mutex::new(SessionState::Open(client?)),
            query_timeout: PREPARE_QUERY_TIMEOUT,
        }),
        Err(_) => Err(LoginError::Silent),
    }
}

impl MysqlSession {
    /// All rows of a query, as text. `sql` contains only fixed text and quoted or validated names.
    pub(crate) async fn rows(&self, sql: String) -> Result<Vec<TextRow>, QueryError> {
        let mut connection = self.connection.lock().await;
        let silent = QueryError::Silent(self.query_timeout.as_secs());
        let mut client = take(&mut connection, silent)?;
        let answer = timeout(self.query_timeout, all_rows(&mut client, &sql)).await.map_err(|_| silent)?;
        put_back(&mut connection, client, answer.as_ref().err());
        answer.map_err(|error| QueryError::from(&error))
    }

    /// Runs several statements in one round trip, reports to `done` how many have ended, and returns all rows.
    ///
    /// # Errors
    /// The first error, with the number of statements that ran before it.
    pub(crate) async fn run(
        &self,
        sql: String,
        mut done: impl FnMut(usize),
    ) -> Result<Vec<TextRow>, (usize, StatementError)> {
        let mut connection = self.connection.lock().await;
        let mut client = take(&mut connection, QueryError::Broken).map_err(|_| (0, StatementError::Broken))?;
        let (mut count, mut rows) = (0, Vec::new());
        let all = async {
            timeout(STATEMENT_TIMEOUT, client.send(&sql)).await.map_err(|_| timed_out())??;
            while let Some(reply) = timeout(STATEMENT_TIMEOUT, client.next()).await.map_err(|_| timed_out())?? {
                match reply {
                    StatementReply::Row(row) => rows.push(row),
                    StatementReply::Done => {
                        count += 1;
                        done(count);
                    }
                }
            }
            Ok(())
        };
        let ended: Result<(), WireError> = all.await;
        put_back(&mut connection, client, ended.as_ref().err());
        ended.map(|()| rows).map_err(|error| (count, error.into()))
    }

    /// Ends the connection with `COM_QUIT`, so that the server does not count an aborted client.
    pub(crate) async fn close(self) {
        if let SessionState::Open(client) = self.connection.into_inner() {
            // The socket closes either way.
            let _ = timeout(QUIT_TIMEOUT, client.quit()).await;
        }
    }
}

/// Takes the connection out. It is put back after the complete answer; a query that is dropped before leaves it closed, because the
/// rest of its answer would be read as that of the next query.
fn take(connection: &mut SessionState, closed: QueryError) -> Result<MysqlClient, QueryError> {
    match std::mem::replace(connection, SessionState::Closed(closed)) {
        SessionState::Open(client) => Ok(client),
        SessionState::Closed(why) => {
            *connection = SessionState::Closed(why);
            Err(why)
        }
    }
}

/// Puts the connection back if it is still usable.
fn put_back(connection: &mut SessionState, client: MysqlClient, error: Option<&WireError>) {
    *connection = match error {
        None | Some(WireError::Server { .. }) => SessionState::Open(client),
        Some(error) => SessionState::Closed(error.into()),
    };
}

async fn all_rows(client: &mut MysqlClient, sql: &str) -> Result<Vec<TextRow>, WireError> {
    let mut rows = Vec::new();
    client.send(sql).await?;
    while let Some(reply) = client.next().await? {
        if let StatementReply::Row(row) = reply {
            rows.push(row);
        }
    }
    Ok(rows)
}
