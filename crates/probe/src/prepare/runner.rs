//! Does what was planned: databases side by side, one connection each, each script in few round trips.
//!
//! Several statements go in one packet and their results come one by one, so the one that failed is known. A lock of the
//! server's, held by the connection, keeps two runs apart, also where the first was killed and the server is still busy with
//! its last packet.

use domain::product::Version;
use domain::schema::script::statements;
use domain::schema::{Change, State, diagnose};
use domain::secret::Secret;
use futures::future::join_all;

use super::{Job, PrepareError, Script, Server, Target, Todo, look};
use crate::checks::contents;
use crate::mysql::quote;
use crate::mysql::session::{Session, StatementError};

/// The most bytes of statements in one packet: few round trips, and little that a server still does after its client is
/// gone. Every `max_allowed_packet` that servers come with is larger.
const PACKET: usize = 16 << 10;
/// How long a run waits for the end of another one, in seconds.
const LOCK_WAIT: u8 = 10;

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
        let each =
            job.targets.iter().zip(planned).map(|(target, planned)| self.fill(job.version, target, planned, &events));
        for (target, result) in job.targets.iter().zip(join_all(each).await) {
            match result {
                Ok(()) => outcome.complete.push(target.name.clone()),
                Err(failure) => outcome.failures.push(failure),
            }
        }
        if outcome.failures.is_empty() {
            match self.grant(&job.grants).await {
                Ok(()) => events(Event::Granted),
                Err(failure) => outcome.failures.push(failure),
            }
        }
        outcome
    }

    async fn fill(
        &self,
        version: Version,
        target: &Target,
        planned: &Todo,
        events: &(impl Fn(Event<'_>) + Sync),
    ) -> Result<(), Failure> {
        let untouched =
            |why: String| Failure { database: target.name.clone(), why, left: "Nothing was changed in it.".to_owned() };
        let unable = |error: PrepareError| untouched(chain(&error));
        let session = self.connect().await.map_err(unable)?;
        lock(&session, &target.name).await.map_err(untouched)?;
        let charset = self.database.charset.value();
        let now = look(&session, version, target, charset).await.map_err(unable)?;
        if now != *planned {
            return Err(untouched("it changed since the plan was made; run this again".to_owned()));
        }
        let (from_script, from_statement) = match now {
            Todo::Nothing => return prove(&session, version, target, events).await,
            Todo::Refuse { why, .. } => return Err(untouched(why)),
            Todo::GoOn { script, statement } => (script, statement),
            Todo::Create => {
                let create = target.create.clone();
                session.run(create, |_| {}).await.map_err(|(_, error)| untouched(error.to_string()))?;
                events(Event::Created { database: &target.name });
                (0, 0)
            }
        };
        let result = session.run(format!("USE {}", quote::name(&target.name)), |_| {}).await;
        result.map_err(|(_, error)| untouched(error.to_string()))?;
        for (at, script) in target.scripts.iter().enumerate().skip(from_script) {
            let from = if at == from_script { from_statement } else { 0 };
            if let Err((number, error)) = run_script(&session, &target.name, script, from, events).await {
                return Err(self.stopped(version, target, script, number, &error).await);
            }
        }
        prove(&session, version, target, events).await
    }

    /// Says where a script stopped and, from a new look, what that leaves.
    async fn stopped(
        &self,
        version: Version,
        target: &Target,
        script: &Script,
        number: usize,
        error: &StatementError,
    ) -> Failure {
        let line = script.statements.get(number).map_or(0, |statement| statement.line);
        let why =
            format!("{}, line {line}, statement {} of {}: {error}", script.path, number + 1, script.statements.len());
        let now = match self.connect().await {
            Ok(session) => look(&session, version, target, self.database.charset.value()).await,
            Err(error) => Err(error),
        };
        let left = match now {
            Ok(Todo::GoOn { script: at, statement }) => {
                let next = target.scripts.get(at);
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
        };
        Failure { database: target.name.clone(), why, left }
    }

    async fn grant(&self, grants: &Secret) -> Result<(), Failure> {
        let left = "The databases are complete. Put the cause right and run this again, or run database/grants.sql of the \
                    bundle as an administrator.";
        let failure = |why: String| Failure { database: String::new(), why, left: left.to_owned() };
        let sql = joined(grants);
        if sql.is_empty() {
            return Ok(());
        }
        let session = self.connect().await.map_err(|error| failure(chain(&error)))?;
        let ran = session.run(sql, |_| {}).await;
        // What the server says about these statements may hold the password: only its number is told.
        ran.map_err(|(number, error)| {
            let error = match error {
                StatementError::Server { code, .. } => format!("ERROR {code}"),
                StatementError::Broken => error.to_string(),
            };
            failure(format!("the account: database/grants.sql, statement {}: {error}", number + 1))
        })?;
        session.close().await;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the connector to MySQL gives the account its password")]
fn joined(grants: &Secret) -> String {
    let all: Vec<String> = statements(grants.expose()).into_iter().map(|statement| statement.sql).collect();
    all.join("\n;\n")
}

/// Waits for the end of any other run on this database and keeps others away until the session ends.
pub(super) async fn lock(session: &Session, database: &str) -> Result<(), String> {
    let name = quote::text(&format!("clusterwright {database}").chars().take(64).collect::<String>());
    let rows =
        session.rows(format!("SELECT GET_LOCK({name}, {LOCK_WAIT})")).await.map_err(|error| error.to_string())?;
    match rows.first().and_then(|row| row.first()) {
        Some(Some(got)) if got == "1" => Ok(()),
        _ => Err(format!("another run is filling it and did not end within {LOCK_WAIT} s; wait and run this again")),
    }
}

/// Runs a script from a statement on; an error comes with the number of the statement, from 0.
async fn run_script(
    session: &Session,
    database: &str,
    script: &Script,
    from: usize,
    events: &(impl Fn(Event<'_>) + Sync),
) -> Result<(), (usize, StatementError)> {
    let of = script.statements.len();
    let mut at = from;
    while at < of {
        let mut packet = String::new();
        let mut count = 0;
        for statement in &script.statements[at..] {
            if count > 0 && packet.len() + statement.sql.len() > PACKET {
                break;
            }
            packet.push_str(&statement.sql);
            // A line of its own: the statement may end with a comment.
            packet.push_str("\n;\n");
            count += 1;
        }
        let told = |done| events(Event::Statement { database, script: &script.path, done: at + done, of });
        session.run(packet, told).await.map_err(|(done, error)| (at + done, error))?;
        at += count;
    }
    Ok(())
}

/// Reads the tables and says whether they are those of the version: exit codes are not believed.
async fn prove(
    session: &Session,
    version: Version,
    target: &Target,
    events: &(impl Fn(Event<'_>) + Sync),
) -> Result<(), Failure> {
    let failure = |why: String| Failure {
        database: target.name.clone(),
        why,
        left: "All its scripts ran to their end. Compare the pack's version with the plan's.".to_owned(),
    };
    let observed = contents::observe(session, &[&target.name]).await.map_err(|error| failure(error.to_string()))?;
    let observed = observed.into_iter().next().unwrap_or_default();
    match diagnose(version, &[target.role], &observed).state {
        State::Complete(_) => {
            events(Event::Proved { database: &target.name, tables: observed.tables.len() });
            Ok(())
        }
        State::MadeBy { versions, .. } => {
            let made_by = contents::versions(&versions);
            Err(failure(format!("its tables are those of IS {made_by}, not of {}", version.value())))
        }
        State::Differs(changes) => {
            let changes = contents::few(changes.iter().map(Change::words));
            Err(failure(format!("its tables differ from IS {}: {changes}", version.value())))
        }
        _ => Err(failure(format!("its tables are not those of IS {}", version.value()))),
    }
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
