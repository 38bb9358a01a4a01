//! Logged-in connections to MySQL: the one door through which the database password leaves (ARCHITECTURE, I6). The
//! checks read, but for DB-19 and its row that is rolled back; `prepare` writes, through [`Session::run`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::secret::Secret;
use domain::steps::{Database, DatabaseTls};
use tokio::sync::Mutex;
use tokio::time::{timeout, timeout_at};

use super::LoginError;
use super::client::{Client, Login, Reply};
use super::wire::WireError;
use crate::address::Pinned;
use crate::budget::{Exhausted, ReadBudget};
use crate::tcp;
use crate::tls::{self, Proof};

pub(crate) use super::client::TextRow;

/// How long a question may take. A server that is silent for that long is not asked again in this run.
const PATIENCE: Duration = Duration::from_secs(4);
/// The same where databases are prepared: a busy server is waited for, and so is the end of another run.
const LONG_PATIENCE: Duration = Duration::from_secs(60);
/// How long one statement of a script may take. A machine that lost its power says nothing ever again.
const LONGEST_STATEMENT: Duration = Duration::from_secs(15 * 60);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// A logged-in connection, shared by the checks of a run.
#[derive(Debug)]
pub(crate) struct Session {
    line: Mutex<Line>,
    patience: Duration,
}

/// The connection of a session.
#[derive(Debug)]
enum Line {
    Open(Client),
    /// It is closed, and this is what every further question hears.
    Closed(QueryError),
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
    /// The answer is larger than what is read.
    #[error("{}", Exhausted)]
    TooLarge,
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
    /// The answer is larger than what is read: nobody knows whether the statement ran.
    #[error("{}", Exhausted)]
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

/// Whether the plan says by whose signature the server is known.
pub(crate) const fn is_known(database: &Database) -> bool {
    matches!((database.tls, &database.ca_certificate), (DatabaseTls::VerifyCa, Some(_)))
}

/// Logs in with the plan's account and `tls`, without choosing a database, by `deadline`. What the server says is taken from
/// `budget`.
pub(crate) async fn login(
    to: Pinned,
    database: &Database,
    tls: DatabaseTls,
    budget: &Arc<ReadBudget>,
    deadline: Instant,
) -> Result<Session, LoginError> {
    let account = (database.username.as_str(), database.password.secret());
    let session = login_as(to, account, database, tls, budget, deadline).await?;
    Ok(Session { patience: PATIENCE, ..session })
}

/// Logs in as [`login`] does, with another account and its password, and waits longer for answers.
pub(crate) async fn login_as(
    to: Pinned,
    (user, password): (&str, &Secret),
    database: &Database,
    tls: DatabaseTls,
    budget: &Arc<ReadBudget>,
    deadline: Instant,
) -> Result<Session, LoginError> {
    let config = match (tls, &database.ca_certificate) {
        (DatabaseTls::Disabled, _) => None,
        // Without a CA in the plan the nodes' truststores have it, which cannot be seen from here.
        (DatabaseTls::Required, _) | (DatabaseTls::VerifyCa, None) => {
            Some(tls::any_certificate(Proof::OfKey).ok_or(LoginError::Tls)?)
        }
        (DatabaseTls::VerifyCa, Some(authority)) => Some(tls::signed_by(authority.as_str())?),
    };
    // PAM and LDAP take the password as it is: to a server that is known it may go.
    let clear_text = tls == DatabaseTls::VerifyCa && is_known(database);
    let login = Login { user, password: reveal(password), tls: config, clear_text };
    let stream = tcp::connect(to, deadline).await?;
    let client = Client::log_in(Box::new(stream), to, &login, Arc::clone(budget));
    match timeout_at(deadline.into(), client).await {
        Ok(client) => Ok(Session { line: Mutex::new(Line::Open(client?)), patience: LONG_PATIENCE }),
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
        let mut line = self.line.lock().await;
        let silent = QueryError::Silent(self.patience.as_secs());
        let mut client = take(&mut line, silent)?;
        let answer = timeout(self.patience, all_rows(&mut client, &sql)).await.map_err(|_| silent)?;
        give_back(&mut line, client, answer.as_ref().err());
        answer.map_err(|error| QueryError::from(&error))
    }

    /// Runs several statements in one round trip, tells `done` how many ended each time one did, and gives the rows of
    /// those that ask. It stops at the first error: the count says how many ran before it.
    pub(crate) async fn run(
        &self,
        sql: String,
        mut done: impl FnMut(usize),
    ) -> Result<Vec<TextRow>, (usize, StatementError)> {
        let mut line = self.line.lock().await;
        let mut client = take(&mut line, QueryError::Broken).map_err(|_| (0, StatementError::Broken))?;
        let (mut count, mut rows) = (0, Vec::new());
        let all = async {
            timeout(LONGEST_STATEMENT, client.send(&sql)).await.map_err(|_| timed_out())??;
            while let Some(reply) = timeout(LONGEST_STATEMENT, client.next()).await.map_err(|_| timed_out())?? {
                match reply {
                    Reply::Row(row) => rows.push(row),
                    Reply::Done => {
                        count += 1;
                        done(count);
                    }
                }
            }
            Ok(())
        };
        let ended: Result<(), WireError> = all.await;
        give_back(&mut line, client, ended.as_ref().err());
        ended.map(|()| rows).map_err(|error| (count, error.into()))
    }

    /// Says goodbye, so that the server does not note an aborted client.
    pub(crate) async fn close(self) {
        if let Line::Open(client) = self.line.into_inner() {
            // The socket closes either way.
            let _ = timeout(GOODBYE, client.quit()).await;
        }
    }
}

/// Takes the connection out. It is given back with the whole answer; a question that is dropped before leaves it closed, as
/// the rest of its answer would be taken for that of the next one.
fn take(line: &mut Line, closed: QueryError) -> Result<Client, QueryError> {
    match std::mem::replace(line, Line::Closed(closed)) {
        Line::Open(client) => Ok(client),
        Line::Closed(why) => {
            *line = Line::Closed(why);
            Err(why)
        }
    }
}

/// Gives the connection back where it can be used on.
fn give_back(line: &mut Line, client: Client, error: Option<&WireError>) {
    *line = match error {
        None | Some(WireError::Server { .. }) => Line::Open(client),
        Some(error) => Line::Closed(error.into()),
    };
}

async fn all_rows(client: &mut Client, sql: &str) -> Result<Vec<TextRow>, WireError> {
    let mut rows = Vec::new();
    client.send(sql).await?;
    while let Some(reply) = client.next().await? {
        if let Reply::Row(row) = reply {
            rows.push(row);
        }
    }
    Ok(rows)
}
