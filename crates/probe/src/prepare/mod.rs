//! Prepares the databases of a plan: creates them, makes the run-time account, and runs the version's scripts from the
//! operator's own pack. The only part of this crate that writes to a customer's system.
//!
//! First [`Server::plan`] says what would be done, database by database; [`Server::run`] looks again, does it if it is
//! still the same, and proves the result by the fingerprint. Nothing is ever dropped. The administrator's account lives as
//! long as [`Server`] and is neither kept nor logged.
//!
//! Round trips are counted in the tests: one login, one packet to look, one to look again under the lock, one for 64 KB of
//! statements, one for the rows of the proof, one for the account.

mod digest;
mod look;
mod packets;
mod proof;
mod runner;
mod todo;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::inputs::Answers;
use domain::product::{DatabaseRole, Version};
use domain::schema::script::{Statement, statements, step};
use domain::schema::{Step, statement};
use domain::secret::Secret;
use domain::steps::Database;

pub use digest::{digest, unreleased};
use look::Lock;
pub use runner::{Event, Failure, Outcome};
pub use todo::{Todo, todo};

use crate::Subject;
use crate::address::{Allowed, Pinned};
use crate::budget::{self, ReadBudget};
use crate::checks::database_protocol::Greeted;
use crate::mysql::session::{self, QueryError, Session};
use crate::shared::{Moment, Shared, deadline_from_now};

/// The administrator's account: used by this run alone.
#[derive(Debug)]
pub struct Administrator {
    /// Its name.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

/// A script of the operator's pack.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its path below `dbscripts`.
    pub path: String,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// What each makes; `None` where nobody can say whether it ran.
    pub steps: Vec<Option<Step>>,
}

impl Script {
    /// Reads a script's text.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Self {
        let statements = statements(text);
        let steps = statements.iter().map(|statement| step(&statement.sql)).collect();
        Self { path: path.to_owned(), statements, steps }
    }

    /// The first statement that must not run with an administrator's rights, whoever confirms it: its line, and what it is.
    /// Its text stays in the file.
    #[must_use]
    pub fn refusal(&self) -> Option<(usize, &'static str)> {
        let created = statement::created(self.steps.iter().flatten());
        self.statements.iter().find_map(|one| Some((one.line, statement::refusal(&one.sql, &created)?)))
    }
}

/// One database to prepare.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is for.
    pub role: DatabaseRole,
    /// Its name.
    pub name: String,
    /// The statement that creates it.
    pub create: String,
    /// Its scripts in order.
    pub scripts: Vec<Script>,
}

/// What is to be prepared.
#[derive(Debug)]
pub struct Job {
    /// The version of IS.
    pub version: Version,
    /// The databases.
    pub targets: Vec<Target>,
    /// The statements that make the account and give it its rights; they hold its password.
    pub grants: Secret,
}

/// Why the preparation could not begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A step of the plan that is needed is not complete.
    #[error("the {0} step is not complete")]
    Incomplete(&'static str),
    /// The server cannot be reached; the text says why and what to do.
    #[error("{0}")]
    Unreachable(String),
    /// Whoever answers wants the password as it is, and is not known to be the database server.
    #[error(
        "the server asks for passwords in clear text: nothing is sent. Let the plan use TLS with the server's CA, or give the \
         administrator another login method"
    )]
    ClearText,
    /// It does not take changes from us, or takes them over from another one.
    #[error(
        "{0}: what is made on a replica stops its replication. Enter the address of the writer in the Database step"
    )]
    Replica(&'static str),
    /// The administrator cannot log in.
    #[error("the administrator {user} cannot log in")]
    LogIn {
        /// Who.
        user: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another run is at work.
    #[error("{database}: another run is filling it and did not end within {seconds} s; wait and run this again")]
    Busy {
        /// Where.
        database: String,
        /// How long its end was waited for.
        seconds: u8,
    },
    /// The databases could not be looked at.
    #[error("the databases cannot be looked at: {0}")]
    Look(String),
}

impl From<QueryError> for PrepareError {
    fn from(error: QueryError) -> Self {
        Self::Look(error.to_string())
    }
}

/// The server of the plan, with the administrator's account.
#[derive(Debug)]
pub struct Server {
    to: Pinned,
    database: Database,
    administrator: Administrator,
    /// How much the server may say in all.
    budget: Arc<ReadBudget>,
    /// The connection that looked: the largest database is filled over it.
    idle: Mutex<Option<Session>>,
}

impl Server {
    /// Finds the plan's server and the address that answers, within what may be dialled.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn find(answers: &Answers, administrator: Administrator, allowed: Allowed) -> Result<Self, PrepareError> {
        let database = answers.database.clone().ok_or(PrepareError::Incomplete("Database"))?;
        // The time of day is for checks of clocks alone.
        let moment = Moment { at: Instant::now(), since_1970: Duration::ZERO };
        let shared = Shared::new(Arc::new(Subject::new(answers.clone(), allowed)), moment);
        let port = shared.port().await.map_err(|fault| PrepareError::Unreachable(fault.words()))?;
        if let Ok(Greeted::Welcome(greeting)) = shared.greeted().await
            && greeting.wants_clear_text()
            && !session::is_known(&database)
        {
            return Err(PrepareError::ClearText);
        }
        let budget = Arc::new(ReadBudget::new(budget::PREPARE_BYTES));
        Ok(Self { to: port.to, database, administrator, budget, idle: Mutex::new(None) })
    }

    /// A new connection of the administrator's.
    async fn connect(&self) -> Result<Session, PrepareError> {
        let Administrator { user, password } = &self.administrator;
        let (database, budget) = (&self.database, &self.budget);
        session::login_as(self.to, (user, password), database, database.tls, budget, deadline_from_now())
            .await
            .map_err(|source| PrepareError::LogIn { user: user.clone(), source: source.into() })
    }

    /// What would be done to each database, in their order. Changes nothing, and logs in once: a wrong password counts
    /// once where servers lock accounts. The connection stays open for [`Server::run`]; see [`Server::rest`].
    ///
    /// # Errors
    /// When the administrator cannot log in or the databases cannot be looked at.
    pub async fn plan(&self, job: &Job) -> Result<Vec<Todo>, PrepareError> {
        let session = self.connect().await?;
        let targets: Vec<&Target> = job.targets.iter().collect();
        let todos = look::look(&session, job.version, &targets, self.database.charset.value(), Lock::Release).await?;
        *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
        Ok(todos)
    }

    /// Closes the connection that [`Server::plan`] left open: for when somebody is asked before anything is done.
    pub async fn rest(&self) {
        if let Some(session) = self.take_idle() {
            session.close().await;
        }
    }

    fn take_idle(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
