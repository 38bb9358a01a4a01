//! Logged-in connections to MySQL: the one door through which the database password leaves (DESIGN I6). Built from options,
//! never from a URL. The checks read, but for DB-19 and its row that is rolled back; `prepare` writes, through
//! [`Session::run`].

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use domain::secret::Secret;
use domain::steps::{Database, DatabaseTls};
use futures::{FutureExt, StreamExt};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Either, Row};
use tokio::sync::Mutex;
use tokio::time::{timeout, timeout_at};

use super::LoginError;
use crate::address::Pinned;

/// One row of an answer, every value as text; `None` is NULL.
pub(crate) type TextRow = Vec<Option<String>>;

/// How long a question may take. A server that is silent for that long is not asked again in this run.
const PATIENCE: Duration = Duration::from_secs(4);
/// The same where databases are prepared: a busy server is waited for, and so is the end of another run.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// How long one statement of a script may take. A machine that lost its power says nothing ever again.
const LONGEST_STATEMENT: Duration = Duration::from_secs(15 * 60);

fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// A logged-in connection, shared by the checks of a run.
#[derive(Debug)]
pub(crate) struct Session {
    /// `None` once the server was silent.
    connection: Mutex<Option<MySqlConnection>>,
    patience: Duration,
}

/// Why a query gave nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum QueryError {
    /// The server answered with this error.
    #[error("error {0}")]
    Server(u16),
    /// Nothing came back.
    #[error("no answer within {0} s")]
    Silent(u64),
    /// The connection broke, or the answer could not be read.
    #[error("the connection to MySQL broke")]
    Broken,
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        match LoginError::from(error) {
            LoginError::Server { code, .. } => Self::Server(code),
            _ => Self::Broken,
        }
    }
}

/// Why a statement of an administrator did not run.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum StatementError {
    /// The server refused it.
    #[error("ERROR {code}: {message}")]
    Server {
        /// The error number, such as 1071.
        code: u16,
        /// What the server says, cleaned.
        message: String,
    },
    /// The connection broke: nobody knows whether the statement ran.
    #[error("the connection to MySQL broke")]
    Broken,
}

impl From<sqlx::Error> for StatementError {
    fn from(error: sqlx::Error) -> Self {
        let error = match &error {
            sqlx::Error::Database(error) => error.try_downcast_ref::<MySqlDatabaseError>(),
            _ => None,
        };
        error.map_or(Self::Broken, |error| Self::Server {
            code: error.number(),
            message: error.message().chars().filter(|letter| !letter.is_control()).take(300).collect(),
        })
    }
}

/// Whether the plan says by whose signature the server is known.
pub(crate) const fn is_known(database: &Database) -> bool {
    matches!((database.tls, &database.ca_certificate), (DatabaseTls::VerifyCa, Some(_)))
}

/// Logs in with the plan's account and `tls`, without choosing a database, by `deadline`.
pub(crate) async fn login(
    to: Pinned,
    database: &Database,
    tls: DatabaseTls,
    deadline: Instant,
) -> Result<Session, LoginError> {
    let account = (database.username.as_str(), database.password.secret());
    let session = login_as(to, account, database, tls, deadline).await?;
    Ok(Session { patience: PATIENCE, ..session })
}

/// Logs in as [`login`] does, with another account and its password, and waits longer for answers.
pub(crate) async fn login_as(
    to: Pinned,
    (user, password): (&str, &Secret),
    database: &Database,
    tls: DatabaseTls,
    deadline: Instant,
) -> Result<Session, LoginError> {
    let mut options = MySqlConnectOptions::new()
        .host(&to.socket().ip().to_string())
        .port(to.socket().port())
        .username(user)
        .password(reveal(password))
        // Settings of the session would each cost a round trip and are not needed to read.
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
        .disable_statement_logging();
    options = match (tls, &database.ca_certificate) {
        (DatabaseTls::Disabled, _) => options.ssl_mode(MySqlSslMode::Disabled),
        (DatabaseTls::Required, _) => options.ssl_mode(MySqlSslMode::Required),
        // Without a CA in the plan the nodes' truststores have it, which cannot be seen from here.
        (DatabaseTls::VerifyCa, None) => options.ssl_mode(MySqlSslMode::Required),
        (DatabaseTls::VerifyCa, Some(authority)) => {
            let options =
                options.ssl_mode(MySqlSslMode::VerifyCa).ssl_ca_from_pem(authority.as_str().as_bytes().to_vec());
            // PAM and LDAP take the password as it is: to this server it may go.
            options.enable_cleartext_plugin(true)
        }
    };
    // The client library trusts the lengths in a server's packets and panics where they lie: that is the server's fault.
    let login = AssertUnwindSafe(options.connect()).catch_unwind();
    match timeout_at(deadline.into(), login).await {
        Ok(Ok(Ok(connection))) => Ok(Session { connection: Mutex::new(Some(connection)), patience: LONG_PATIENCE }),
        Ok(Ok(Err(error))) => Err(error.into()),
        Ok(Err(_panic)) => Err(LoginError::Protocol),
        Err(_) => Err(LoginError::Silent),
    }
}

#[expect(clippy::disallowed_methods, reason = "the connector to MySQL is where the account's password is used")]
fn reveal(password: &Secret) -> &str {
    password.expose()
}

impl Session {
    /// All rows of a query, as text. `sql` holds nothing but our own words and names of type `DatabaseName`.
    pub(crate) async fn rows(&self, sql: String) -> Result<Vec<TextRow>, QueryError> {
        let mut connection = self.connection.lock().await;
        let open = connection.as_mut().ok_or(QueryError::Silent(self.patience.as_secs()))?;
        let query = AssertUnwindSafe(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *open)).catch_unwind();
        let Ok(answer) = timeout(self.patience, query).await else {
            *connection = None;
            return Err(QueryError::Silent(self.patience.as_secs()));
        };
        let rows = answer.map_err(|_panic| QueryError::Broken)??;
        Ok(rows.iter().map(text).collect())
    }

    /// Runs several statements in one round trip, tells `done` how many ended each time one did, and gives the rows of
    /// those that ask. It stops at the first error: the count says how many ran before it.
    pub(crate) async fn run(
        &self,
        sql: String,
        mut done: impl FnMut(usize),
    ) -> Result<Vec<TextRow>, (usize, StatementError)> {
        let mut connection = self.connection.lock().await;
        let open = connection.as_mut().ok_or((0, StatementError::Broken))?;
        let (mut count, mut rows) = (0, Vec::new());
        let all = async {
            let mut results = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(&mut *open);
            while let Some(result) = timeout(LONGEST_STATEMENT, results.next()).await.map_err(|_| timed_out())? {
                match result? {
                    Either::Right(row) => rows.push(text(&row)),
                    Either::Left(_) => {
                        count += 1;
                        done(count);
                    }
                }
            }
            Ok::<(), sqlx::Error>(())
        };
        let ended = AssertUnwindSafe(all).catch_unwind().await;
        match ended {
            Ok(Ok(())) => Ok(rows),
            Ok(Err(error)) => {
                if matches!(error, sqlx::Error::Io(_)) {
                    *connection = None;
                }
                Err((count, error.into()))
            }
            Err(_panic) => Err((count, StatementError::Broken)),
        }
    }

    /// Says goodbye, so that the server does not note an aborted client.
    pub(crate) async fn close(self) {
        if let Some(connection) = self.connection.into_inner() {
            // The socket closes either way.
            let _ = connection.close().await;
        }
    }
}

/// Servers disagree about the types of their own tables (VARCHAR, VARBINARY, TEXT); the text is the same.
fn text(row: &sqlx::mysql::MySqlRow) -> TextRow {
    (0..row.len()).map(|at| row.try_get_unchecked::<Option<String>, _>(at).ok().flatten()).collect()
}
