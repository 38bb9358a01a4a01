//! Carries out the plan: databases in parallel, one connection each, each in few round trips.
//!
//! One packet holds several statements and their results arrive one by one, so the failed one is known. No other run fills a
//! database at the same time: see [`super::inspect`].

use domain::error_text::error_chain;
use domain::product::Version;
use domain::schema::script::statements;
use domain::secret::Secret;
use futures::future::join_all;

use super::database_plan::DatabaseAction;
use super::error::PrepareError;
use super::inspect::{LockMode, inspect};
use super::job::{PreparationJob, TargetDatabase};
use super::packets::{StatementPosition, packets};
use super::server::DatabaseAdmin;
use super::verify::{self, IncompleteSchema};
use crate::mysql::session::{MysqlSession, StatementError, TextRow};
use crate::tables;

/// MySQL: the database to create exists already.
const ER_DB_CREATE_EXISTS: u16 = 1007;
const CHANGED: &str = "The database has changed since it was inspected. Run the preparation again.";

/// Progress of a run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PreparationEvent<'a> {
    /// A database was created.
    Created {
        /// Its name.
        database: &'a str,
    },
    /// A statement of a script ran.
    Statement {
        /// The database it ran in.
        database: &'a str,
        /// The path of its script below `dbscripts`.
        script: &'a str,
        /// The number of statements of the script that ran, this one included.
        done: usize,
        /// The number of statements of the script.
        of: usize,
    },
    /// All scripts ran and the tables are those of the version.
    Verified {
        /// Its name.
        database: &'a str,
        /// The number of its tables.
        tables: usize,
    },
    /// The account exists and has its privileges.
    Granted,
}

/// Where and why a run stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreparationFailure {
    /// The database; `None` for the account.
    pub database: Option<String>,
    /// A sentence with file, line, statement number and the server's error.
    pub reason: String,
    /// The resulting state, and what to do.
    pub aftermath: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PreparationOutcome {
    /// Databases that are complete, verified by their tables.
    pub complete: Vec<String>,
    /// One for each database that is not complete, or one for the account.
    pub failures: Vec<PreparationFailure>,
}

impl DatabaseAdmin {
    /// Carries out `planned`, one for each target of the job as [`DatabaseAdmin::plan`] returned them, and reports to `events`.
    /// Databases are filled in parallel; each stops at its first error, and the account is created only when all are complete.
    pub async fn run(
        &self,
        job: &PreparationJob,
        planned: &[DatabaseAction],
        events: impl Fn(PreparationEvent<'_>) + Sync,
    ) -> PreparationOutcome {
        let mut outcome = PreparationOutcome::default();
        let size = |target: &TargetDatabase| target.scripts.iter().map(|script| script.statements.len()).sum::<usize>();
        // The one that takes most time uses the open connection.
        let slowest = (0..job.targets.len()).max_by_key(|at| job.targets.get(*at).map_or(0, size));
        let mut idle = self.take_idle();
        let each = job.targets.iter().zip(planned).enumerate().map(|(at, (target, planned))| {
            let idle = if Some(at) == slowest { idle.take() } else { None };
            DatabaseFill { server: self, version: job.version, target, events: &events }.fill(planned, idle)
        });
        let mut sessions = Vec::new();
        for (target, result) in job.targets.iter().zip(join_all(each).await) {
            match result {
                Ok(session) => {
                    outcome.complete.push(target.name.clone());
                    sessions.push(session);
                }
                Err(failure) => outcome.failures.push(failure),
            }
        }
        if outcome.failures.is_empty() {
            match self.grant(&job.grants, sessions.first()).await {
                Ok(()) => events(PreparationEvent::Granted),
                Err(failure) => outcome.failures.push(failure),
            }
        }
        join_all(sessions.into_iter().map(MysqlSession::close)).await;
        outcome
    }

    async fn grant(&self, grants: &Secret, session: Option<&MysqlSession>) -> Result<(), PreparationFailure> {
        let aftermath = "The databases are complete. Fix the cause and run the preparation again, or run database/grants.sql of \
                         the bundle as an administrator.";
        let failure = |reason: String| PreparationFailure { database: None, reason, aftermath: aftermath.to_owned() };
        let sql = packet_of(grants);
        if sql.is_empty() {
            return Ok(());
        }
        let ran = match session {
            Some(session) => session.run(sql, |_| {}).await,
            None => {
                let session = self.connect().await.map_err(|error| failure(sentence(&error_chain(&error))))?;
                session.run(sql, |_| {}).await
            }
        };
        // The server's message about these statements may hold the password: only its number is reported.
        ran.map(drop).map_err(|(number, error)| {
            let error = match error {
                StatementError::Server { code, .. } => format!("ERROR {code}"),
                StatementError::Broken | StatementError::TooLarge => error.to_string(),
            };
            failure(format!("Statement {} of database/grants.sql failed: {error}.", number + 1))
        })
    }
}

/// The work on one database.
struct DatabaseFill<'r, E> {
    server: &'r DatabaseAdmin,
    version: Version,
    target: &'r TargetDatabase,
    events: &'r E,
}

impl<E: Fn(PreparationEvent<'_>) + Sync> DatabaseFill<'_, E> {
    /// Fills it, over the connection `idle` if there is one, and returns the connection.
    async fn fill(
        self,
        planned: &DatabaseAction,
        idle: Option<MysqlSession>,
    ) -> Result<MysqlSession, PreparationFailure> {
        let target = self.target;
        let untouched = |reason: String| PreparationFailure {
            database: Some(target.name.clone()),
            reason,
            aftermath: "The database was not changed.".to_owned(),
        };
        let (session, now) = self.enter(idle).await.map_err(|error| untouched(sentence(&error_chain(&error))))?;
        if now != *planned {
            return Err(untouched(CHANGED.to_owned()));
        }
        let (from, create) = match now {
            DatabaseAction::Refuse { reason, .. } => return Err(untouched(reason)),
            DatabaseAction::Leave => {
                let rows = session.rows(tables::questions(&target.name)).await;
                let rows = rows.map_err(|error| untouched(sentence(&error.to_string())))?;
                return self.verify(session, &rows).await;
            }
            DatabaseAction::Resume { script, statement } => ((script, statement), false),
            DatabaseAction::Create => ((0, 0), true),
        };
        let mut rows = Vec::new();
        let all = packets(target, from, create);
        let last = all.len().saturating_sub(1);
        for (at, packet) in all.into_iter().enumerate() {
            let mut sql = packet.sql;
            if at == last {
                // The questions about the tables need no round trip of their own.
                sql = format!("{sql}\n;\n{}", tables::questions(&target.name));
            }
            let report = |done: usize| {
                if let Some(position) = done.checked_sub(1).and_then(|at| packet.positions.get(at)) {
                    self.report(*position);
                }
            };
            match session.run(sql, report).await {
                Ok(answer) => rows = answer,
                Err((done, error)) => {
                    let position = packet.positions.get(done).copied();
                    return Err(match (position, &error) {
                        (Some(StatementPosition::Create), StatementError::Server { code: ER_DB_CREATE_EXISTS, .. }) => {
                            untouched(CHANGED.to_owned())
                        }
                        _ => self.stopped(session, position, error).await,
                    });
                }
            }
        }
        self.verify(session, &rows).await
    }

    /// A connection that holds the lock of the database, and the plan for it as it is now.
    async fn enter(&self, idle: Option<MysqlSession>) -> Result<(MysqlSession, DatabaseAction), PrepareError> {
        if let Some(session) = idle {
            match self.inspect(&session).await {
                // The server may have closed it before the preparation was confirmed.
                Err(PrepareError::Inspect(_)) => {}
                inspected => return inspected.map(|plan| (session, plan)),
            }
        }
        let session = self.server.connect().await?;
        let plan = self.inspect(&session).await?;
        Ok((session, plan))
    }

    async fn inspect(&self, session: &MysqlSession) -> Result<DatabaseAction, PrepareError> {
        let charset = self.server.database.charset.value();
        let plans = inspect(session, self.version, &[self.target], charset, LockMode::Keep).await?;
        plans.into_iter().next().ok_or(PrepareError::Incomplete("Database"))
    }

    fn report(&self, position: StatementPosition) {
        let database = &self.target.name;
        match position {
            StatementPosition::Create => (self.events)(PreparationEvent::Created { database }),
            StatementPosition::Use => {}
            StatementPosition::Script { script, number } => {
                if let Some(script) = self.target.scripts.get(script) {
                    let (done, of) = (number + 1, script.statements.len());
                    (self.events)(PreparationEvent::Statement { database, script: &script.path, done, of });
                }
            }
        }
    }

    /// Where it stopped and, from a new inspection, the resulting state.
    async fn stopped(
        &self,
        session: MysqlSession,
        position: Option<StatementPosition>,
        error: StatementError,
    ) -> PreparationFailure {
        let (target, is_broken) = (self.target, !matches!(error, StatementError::Server { .. }));
        let at = match position {
            Some(StatementPosition::Script { script, number }) => target.scripts.get(script).map(|script| {
                let line = script.statements.get(number).map_or(0, |statement| statement.line);
                format!("{}, line {line}, statement {} of {}", script.path, number + 1, script.statements.len())
            }),
            Some(StatementPosition::Create) => Some("CREATE DATABASE".to_owned()),
            Some(StatementPosition::Use) => Some("USE".to_owned()),
            None => Some("the list of tables after the last script".to_owned()),
        };
        let at = at.unwrap_or_default();
        let reason = if is_broken { format!("{error}, with no answer to {at}.") } else { format!("{at}: {error}.") };
        // After an error the connection still holds the lock. If it broke, the server may still execute what it received:
        // the new connection waits for the end of that.
        let now = match is_broken {
            false => self.inspect(&session).await,
            true => self.enter(None).await.map(|(_, plan)| plan),
        };
        PreparationFailure { database: Some(target.name.clone()), reason, aftermath: aftermath(target, now) }
    }

    /// Verifies from the tables that it is complete; `rows` are the answers to [`tables::questions`].
    async fn verify(&self, session: MysqlSession, rows: &[TextRow]) -> Result<MysqlSession, PreparationFailure> {
        match verify::verify(&session, self.version, self.target, rows).await {
            Ok(tables) => {
                (self.events)(PreparationEvent::Verified { database: &self.target.name, tables });
                Ok(session)
            }
            Err(IncompleteSchema { reason, aftermath }) => Err(PreparationFailure {
                database: Some(self.target.name.clone()),
                reason,
                aftermath: aftermath.to_owned(),
            }),
        }
    }
}

/// The state that a failure left, from the plan that now fits the database.
fn aftermath(target: &TargetDatabase, now: Result<DatabaseAction, PrepareError>) -> String {
    match now {
        Ok(DatabaseAction::Resume { script: at, statement }) => {
            let next = target.scripts.get(at);
            let path = next.map_or("", |script| &script.path);
            let of = next.map_or(0, |script| script.statements.len());
            format!(
                "{statement} of {of} statements of {path} ran, and nothing after them. Fix the cause and run the preparation \
                 again: it resumes there."
            )
        }
        Ok(DatabaseAction::Leave) => {
            "All tables exist nevertheless. Run the preparation again to verify them.".to_owned()
        }
        Ok(DatabaseAction::Create) => "The database was not created.".to_owned(),
        Ok(DatabaseAction::Refuse { reason, remedy }) => format!("{reason} {remedy}"),
        Err(error) => format!(
            "The resulting state is unknown: {} Run the preparation again: it inspects the database first.",
            sentence(&error_chain(&error))
        ),
    }
}

#[expect(clippy::disallowed_methods, reason = "the connector to MySQL gives the account its password")]
fn packet_of(grants: &Secret) -> String {
    let all: Vec<String> = statements(grants.expose()).into_iter().map(|statement| statement.sql).collect();
    all.join("\n;\n")
}

/// The text with a full stop at its end.
fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}
