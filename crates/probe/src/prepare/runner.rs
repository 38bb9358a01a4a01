//! Does what was planned: databases side by side, one connection each, each in few round trips.
//!
//! Several statements go in one packet and their results come one by one, so the one that failed is known. Nobody else
//! fills a database meanwhile: see [`super::look`].

use domain::product::Version;
use domain::schema::script::statements;
use domain::secret::Secret;
use futures::future::join_all;

use super::look::{Lock, look};
use super::packets::{Place, packets};
use super::proof::{self, Unproved};
use super::{Job, PrepareError, Server, Target, Todo};
use crate::mysql::session::{Session, StatementError};
use crate::tables;

/// What MySQL says where a database that is to be created is there already (ER_DB_CREATE_EXISTS).
const EXISTS: u16 = 1007;
const CHANGED: &str = "it changed since the plan was made; run this again";

/// What happens, as it happens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A database was created.
    Created {
        /// Which.
        database: &'a str,
    },
    /// A statement of a script ran.
    Statement {
        /// Into which database.
        database: &'a str,
        /// Of which script.
        script: &'a str,
        /// How many of its statements ran.
        done: usize,
        /// How many it has.
        of: usize,
    },
    /// All scripts ran and the tables are those of the version.
    Proved {
        /// Which database.
        database: &'a str,
        /// How many tables it has.
        tables: usize,
    },
    /// The account is there with its rights.
    Granted,
}

/// Where and why it stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// The database; empty for the account.
    pub database: String,
    /// What stopped, with file, line, number and the server's error.
    pub why: String,
    /// What state that leaves, and what to do.
    pub left: String,
}

/// How a run ended.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// Databases that are complete now, proved by their tables.
    pub complete: Vec<String>,
    /// What stopped.
    pub failures: Vec<Failure>,
}

impl Server {
    /// Does what `planned` says (one a target of the job, as [`Server::plan`] gave it) and tells `events`. Databases are
    /// filled side by side; each stops at its first error, and the account is made only when all are complete.
    pub async fn run(&self, job: &Job, planned: &[Todo], events: impl Fn(Event<'_>) + Sync) -> Outcome {
        let mut outcome = Outcome::default();
        let size = |target: &Target| target.scripts.iter().map(|script| script.statements.len()).sum::<usize>();
        // The one that takes longest has a connection already.
        let largest = (0..job.targets.len()).max_by_key(|at| job.targets.get(*at).map_or(0, size));
        let mut idle = self.take_idle();
        let each = job.targets.iter().zip(planned).enumerate().map(|(at, (target, planned))| {
            let idle = if Some(at) == largest { idle.take() } else { None };
            Filling { server: self, version: job.version, target, events: &events }.fill(planned, idle)
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
                Ok(()) => events(Event::Granted),
                Err(failure) => outcome.failures.push(failure),
            }
        }
        join_all(sessions.into_iter().map(Session::close)).await;
        outcome
    }

    async fn grant(&self, grants: &Secret, session: Option<&Session>) -> Result<(), Failure> {
        let left = "The databases are complete. Put the cause right and run this again, or run database/grants.sql of the \
                    bundle as an administrator.";
        let failure = |why: String| Failure { database: String::new(), why, left: left.to_owned() };
        let sql = joined(grants);
        if sql.is_empty() {
            return Ok(());
        }
        let ran = match session {
            Some(session) => session.run(sql, |_| {}).await,
            None => {
                let session = self.connect().await.map_err(|error| failure(chain(&error)))?;
                session.run(sql, |_| {}).await
            }
        };
        // What the server says about these statements may hold the password: only its number is told.
        ran.map(drop).map_err(|(number, error)| {
            let error = match error {
                StatementError::Server { code, .. } => format!("ERROR {code}"),
                StatementError::Broken | StatementError::TooLarge => error.to_string(),
            };
            failure(format!("the account: database/grants.sql, statement {}: {error}", number + 1))
        })
    }
}

/// One database while it is filled.
struct Filling<'r, E> {
    server: &'r Server,
    version: Version,
    target: &'r Target,
    events: &'r E,
}

impl<E: Fn(Event<'_>) + Sync> Filling<'_, E> {
    /// Fills it, over the connection `idle` where there is one; gives the connection back.
    async fn fill(self, planned: &Todo, idle: Option<Session>) -> Result<Session, Failure> {
        let target = self.target;
        let untouched =
            |why: String| Failure { database: target.name.clone(), why, left: "Nothing was changed in it.".to_owned() };
        let (session, now) = self.enter(idle).await.map_err(|error| untouched(chain(&error)))?;
        if now != *planned {
            return Err(untouched(CHANGED.to_owned()));
        }
        let (from, create) = match now {
            Todo::Refuse { why, .. } => return Err(untouched(why)),
            Todo::Nothing => {
                let rows = session.rows(tables::questions(&target.name)).await;
                let rows = rows.map_err(|error| untouched(error.to_string()))?;
                return self.prove(session, &rows).await;
            }
            Todo::GoOn { script, statement } => ((script, statement), false),
            Todo::Create => ((0, 0), true),
        };
        let mut rows = Vec::new();
        let all = packets(target, from, create);
        let last = all.len().saturating_sub(1);
        for (at, packet) in all.into_iter().enumerate() {
            let mut sql = packet.sql;
            if at == last {
                // What is there now comes along with the last statements.
                sql = format!("{sql}\n;\n{}", tables::questions(&target.name));
            }
            let told = |done: usize| {
                if let Some(place) = done.checked_sub(1).and_then(|at| packet.places.get(at)) {
                    self.tell(*place);
                }
            };
            match session.run(sql, told).await {
                Ok(answer) => rows = answer,
                Err((done, error)) => {
                    let place = packet.places.get(done).copied();
                    return Err(match (place, &error) {
                        (Some(Place::Create), StatementError::Server { code: EXISTS, .. }) => {
                            untouched(CHANGED.to_owned())
                        }
                        _ => self.stopped(session, place, error).await,
                    });
                }
            }
        }
        self.prove(session, &rows).await
    }

    /// A connection that holds the lock of the database, and what is to be done there now.
    async fn enter(&self, idle: Option<Session>) -> Result<(Session, Todo), PrepareError> {
        if let Some(session) = idle {
            match self.look(&session).await {
                // It may have been closed while somebody was asked.
                Err(PrepareError::Look(_)) => {}
                looked => return looked.map(|todo| (session, todo)),
            }
        }
        let session = self.server.connect().await?;
        let todo = self.look(&session).await?;
        Ok((session, todo))
    }

    async fn look(&self, session: &Session) -> Result<Todo, PrepareError> {
        let charset = self.server.database.charset.value();
        let todos = look(session, self.version, &[self.target], charset, Lock::Keep).await?;
        todos.into_iter().next().ok_or(PrepareError::Incomplete("Database"))
    }

    fn tell(&self, place: Place) {
        let database = &self.target.name;
        match place {
            Place::Create => (self.events)(Event::Created { database }),
            Place::Choose => {}
            Place::Script { script, number } => {
                if let Some(script) = self.target.scripts.get(script) {
                    let (done, of) = (number + 1, script.statements.len());
                    (self.events)(Event::Statement { database, script: &script.path, done, of });
                }
            }
        }
    }

    /// Says where it stopped and, from a new look, what that leaves.
    async fn stopped(&self, session: Session, place: Option<Place>, error: StatementError) -> Failure {
        let (target, is_broken) = (self.target, !matches!(error, StatementError::Server { .. }));
        let at = match place {
            Some(Place::Script { script, number }) => target.scripts.get(script).map(|script| {
                let line = script.statements.get(number).map_or(0, |statement| statement.line);
                format!("{}, line {line}, statement {} of {}", script.path, number + 1, script.statements.len())
            }),
            Some(Place::Create) => Some("CREATE DATABASE".to_owned()),
            Some(Place::Choose) => Some("USE".to_owned()),
            None => Some("reading the tables after the last script".to_owned()),
        };
        let at = at.unwrap_or_default();
        let why = if is_broken { format!("{error}; no answer came to {at}") } else { format!("{at}: {error}") };
        // After an error the connection is as it was and holds the lock. Where it broke, the server may still be busy
        // with what it was sent: the new connection waits for the end of that.
        let now = match is_broken {
            false => self.look(&session).await,
            true => self.enter(None).await.map(|(_, todo)| todo),
        };
        Failure { database: target.name.clone(), why, left: self.left(now) }
    }

    fn left(&self, now: Result<Todo, PrepareError>) -> String {
        match now {
            Ok(Todo::GoOn { script: at, statement }) => {
                let next = self.target.scripts.get(at);
                let path = next.map_or("", |script| &script.path);
                let of = next.map_or(0, |script| script.statements.len());
                format!(
                    "{statement} of {of} statements of {path} ran and nothing after them. Put the cause right and run this \
                     again: it goes on from there."
                )
            }
            Ok(Todo::Nothing) => "All tables are there all the same. Run this again to make sure.".to_owned(),
            Ok(Todo::Create) => "The database is not there.".to_owned(),
            Ok(Todo::Refuse { why, remedy }) => format!("Now {why}. {remedy}"),
            Err(error) => format!(
                "What it left cannot be looked at ({}). Run this again: it looks first and says how to go on.",
                chain(&error)
            ),
        }
    }

    /// Says from the tables whether it is complete; `rows` are the answers to [`tables::questions`].
    async fn prove(&self, session: Session, rows: &[Vec<Option<String>>]) -> Result<Session, Failure> {
        match proof::prove(&session, self.version, self.target, rows).await {
            Ok(tables) => {
                (self.events)(Event::Proved { database: &self.target.name, tables });
                Ok(session)
            }
            Err(Unproved { why, left }) => {
                Err(Failure { database: self.target.name.clone(), why, left: left.to_owned() })
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the connector to MySQL gives the account its password")]
fn joined(grants: &Secret) -> String {
    let all: Vec<String> = statements(grants.expose()).into_iter().map(|statement| statement.sql).collect();
    all.join("\n;\n")
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
