//! Prepares the databases of a plan: creates them, makes the run-time account, and runs the version's scripts from the
//! operator's own pack. The only part of this crate that writes to a customer's system.
//!
//! First [`Server::plan`] says what would be done, database by database; [`Server::run`] looks again, does it if it is
//! still the same, and proves the result by the fingerprint. Nothing is ever dropped. The administrator's account lives as
//! long as [`Server`] and is neither kept nor logged.

mod runner;
mod todo;

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::inputs::Answers;
use domain::product::{DatabaseRole, Version};
use domain::schema::Step;
use domain::schema::script::{Statement, statements, step};
use domain::secret::Secret;
use domain::steps::Database;

pub use runner::{Event, Failure, Outcome};
pub use todo::{Todo, todo};

use crate::Subject;
use crate::address::{Allowed, Pinned};
use crate::checks::contents;
use crate::mysql::quote;
use crate::mysql::session::{self, Session};
use crate::shared::{Moment, Shared, deadline_from_now};
use crate::tables;

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

    /// The first statement that no script of IS for MySQL holds and that must not be sent on: where, and what.
    #[must_use]
    pub fn unfit(&self) -> Option<(usize, &str)> {
        const UNFIT: [&str; 7] = ["DELIMITER", "USE", "DROP DATABASE", "DROP SCHEMA", "SOURCE", "GRANT", "SET GLOBAL"];
        let unfit = |statement: &&Statement| {
            let upper = statement.sql.to_ascii_uppercase();
            let words = upper.split_whitespace().collect::<Vec<_>>().join(" ");
            UNFIT.iter().any(|unfit| words == *unfit || words.starts_with(&format!("{unfit} ")))
        };
        self.statements.iter().find(unfit).map(|statement| (statement.line, statement.sql.as_str()))
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
    #[error("{database}: {why}")]
    Busy {
        /// Where.
        database: String,
        /// What to do.
        why: String,
    },
    /// The databases could not be looked at.
    #[error("the databases cannot be looked at: {0}")]
    Look(String),
}

/// The server of the plan, with the administrator's account.
#[derive(Debug)]
pub struct Server {
    to: Pinned,
    database: Database,
    administrator: Administrator,
}

impl Server {
    /// Finds the plan's server and the address that answers.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn find(answers: &Answers, administrator: Administrator) -> Result<Self, PrepareError> {
        let database = answers.database.clone().ok_or(PrepareError::Incomplete("Database"))?;
        // Whoever gives an administrator account at the command line says what may be dialled; the time of day is for
        // checks of clocks alone.
        let moment = Moment { at: Instant::now(), since_1970: Duration::ZERO };
        let shared = Shared::new(Arc::new(Subject::new(answers.clone(), Allowed::default())), moment);
        let port = shared.port().await.map_err(|fault| PrepareError::Unreachable(fault.words()))?;
        Ok(Self { to: port.to, database, administrator })
    }

    /// A connection of the administrator's.
    async fn connect(&self) -> Result<Session, PrepareError> {
        let Administrator { user, password } = &self.administrator;
        session::login_as(self.to, (user, password), &self.database, self.database.tls, deadline_from_now())
            .await
            .map_err(|source| PrepareError::LogIn { user: user.clone(), source: source.into() })
    }

    /// What would be done to each database, in their order. Changes nothing.
    ///
    /// # Errors
    /// When the administrator cannot log in or the databases cannot be looked at.
    pub async fn plan(&self, job: &Job) -> Result<Vec<Todo>, PrepareError> {
        let session = self.connect().await?;
        let mut todos = Vec::new();
        for target in &job.targets {
            // Of a run that was cut off the server may still be busy with the last packet.
            let busy = |why| PrepareError::Busy { database: target.name.clone(), why };
            runner::lock(&session, &target.name).await.map_err(busy)?;
            todos.push(look(&session, job.version, target, self.database.charset.value()).await?);
        }
        session.close().await;
        Ok(todos)
    }
}

/// What is to be done to one database.
async fn look(session: &Session, version: Version, target: &Target, charset: &str) -> Result<Todo, PrepareError> {
    let failed = |error: session::QueryError| PrepareError::Look(error.to_string());
    let name = quote::text(&target.name);
    let exists = format!("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name}");
    if session.rows(exists).await.map_err(failed)?.is_empty() {
        return Ok(Todo::Create);
    }
    let objects = format!(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = {name} AND TABLE_TYPE <> 'BASE TABLE' \
         UNION ALL SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {name}"
    );
    let others = session.rows(objects).await.map_err(failed)?.len();
    let observed = contents::observe(session, &[&target.name]).await.map_err(failed)?.into_iter().next();
    let mut observed = observed.unwrap_or_default();
    // Data is data in whatever table: also those of other programs are counted.
    if let Some(question) = tables::count_rows(&target.name, &observed, |_| true) {
        tables::take_counts(&mut observed, &session.rows(question).await.map_err(failed)?);
    }
    Ok(todo(version, target, charset, &observed, others))
}
