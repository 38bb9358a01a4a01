//! What is said while databases are prepared: the plan, each step of the run, and its end. The same words on the page and
//! at the command line; neither holds a password.

use domain::schema::script::statements;
use probe::prepare::{
    DatabaseAction, PreparationEvent, PreparationFailure, PreparationJob, PreparationOutcome, TargetDatabase,
};
use serde::{Deserialize, Serialize};

/// After how many statements a long script reports its progress.
const PROGRESS_INTERVAL_STATEMENTS: usize = 50;

/// What is to be done to one database.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedDatabase {
    /// Its name.
    pub database: String,
    /// What is to be done, or why nothing may be.
    pub words: String,
    /// The SQL that creates it; empty where nothing is created.
    pub sql: String,
    /// What an operator does where it is not touched; empty otherwise.
    pub remedy: String,
}

impl PlannedDatabase {
    /// One that must not be touched.
    #[cfg(test)]
    pub(super) fn refused(database: &str, words: &str) -> Self {
        let remedy = "Enter another name.".to_owned();
        Self { database: database.to_owned(), words: words.to_owned(), sql: String::new(), remedy }
    }

    /// Whether it must not be touched.
    pub fn is_refused(&self) -> bool {
        !self.remedy.is_empty()
    }
}

/// The plan in words, one database each.
pub fn describe_plan(job: &PreparationJob, plans: &[DatabaseAction]) -> Vec<PlannedDatabase> {
    job.targets.iter().zip(plans).map(|(target, plan)| planned(target, plan)).collect()
}

fn planned(target: &TargetDatabase, plan: &DatabaseAction) -> PlannedDatabase {
    let scripts = |from: usize| {
        let rest = target.scripts.iter().skip(from);
        let words = rest.map(|script| format!("{} ({} statements)", script.path, script.statements.len()));
        words.collect::<Vec<_>>().join(", ")
    };
    let mut planned = PlannedDatabase {
        database: target.name.clone(),
        words: String::new(),
        sql: String::new(),
        remedy: String::new(),
    };
    planned.words = match plan {
        DatabaseAction::Create => {
            planned.sql = format!("{};", target.create);
            format!("create the database, then run {}", scripts(0))
        }
        DatabaseAction::Resume { script: 0, statement: 0 } => format!("the database is empty; run {}", scripts(0)),
        DatabaseAction::Resume { script, statement: 0 } => {
            format!("earlier scripts are complete; run the remaining ones: {}. No script runs twice", scripts(*script))
        }
        DatabaseAction::Resume { script, statement } => {
            let next = target.scripts.get(*script);
            let path = next.map_or("", |script| script.path.as_str());
            let line = next.and_then(|script| script.statements.get(*statement)).map_or(0, |next| next.line);
            format!(
                "a script was interrupted; continue with {path}, line {line}, statement {}, to the end of {}",
                statement + 1,
                scripts(*script)
            )
        }
        DatabaseAction::Leave => "up to date, no changes".to_owned(),
        DatabaseAction::Refuse { reason, remedy } => {
            planned.remedy = (*remedy).to_owned();
            format!("skipped. {reason}")
        }
    };
    planned
}

/// The message about a step of the run; not every statement of a long script is worth a line.
pub fn describe_event(event: &PreparationEvent<'_>) -> Option<String> {
    match event {
        PreparationEvent::Created { database } => Some(format!("{database}: created")),
        PreparationEvent::Statement { database, script, done, of }
            if done == of || done % PROGRESS_INTERVAL_STATEMENTS == 0 =>
        {
            Some(format!("{database}: {script}, {done} of {of} statements"))
        }
        PreparationEvent::Statement { .. } => None,
        PreparationEvent::Verified { database, tables } => Some(format!("{database}: complete, {tables} tables")),
        PreparationEvent::Granted => Some("Account ready, privileges granted.".to_owned()),
    }
}

/// How far a run is with one database.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Bar {
    /// Its name.
    pub database: String,
    /// Statements that ran, those of earlier runs included.
    pub done: usize,
    /// Statements of all its scripts.
    pub of: usize,
    /// Whether its tables are proved to be those of the version.
    pub complete: bool,
}

/// How far each database is before a run.
pub fn bars(job: &PreparationJob, todos: &[DatabaseAction]) -> Vec<Bar> {
    let bar = |(target, todo): (&TargetDatabase, &DatabaseAction)| {
        let of = statements_before(target, target.scripts.len());
        let done = match todo {
            DatabaseAction::Create | DatabaseAction::Refuse { .. } => 0,
            DatabaseAction::Resume { script, statement } => statements_before(target, *script) + statement,
            DatabaseAction::Leave => of,
        };
        Bar { database: target.name.clone(), done, of, complete: *todo == DatabaseAction::Leave }
    };
    job.targets.iter().zip(todos).map(bar).collect()
}

/// Statements of the first `scripts` scripts of a database.
fn statements_before(target: &TargetDatabase, scripts: usize) -> usize {
    target.scripts.iter().take(scripts).map(|script| script.statements.len()).sum()
}

/// How far a database is after a step of the run; `None` where the step is none of a database's.
pub fn bar(job: &PreparationJob, event: &PreparationEvent<'_>) -> Option<Bar> {
    let target = |database: &str| job.targets.iter().find(|target| target.name == database);
    match event {
        PreparationEvent::Statement { database, script, done, .. } => {
            let target = target(database)?;
            let before = target.scripts.iter().position(|known| known.path == *script)?;
            let done = statements_before(target, before) + done;
            let of = statements_before(target, target.scripts.len());
            Some(Bar { database: target.name.clone(), done, of, complete: false })
        }
        PreparationEvent::Verified { database, .. } => {
            let target = target(database)?;
            let of = statements_before(target, target.scripts.len());
            Some(Bar { database: target.name.clone(), done: of, of, complete: true })
        }
        PreparationEvent::Created { .. } | PreparationEvent::Granted => None,
    }
}

/// Where and why it stopped, on one line.
pub fn describe_failure(failure: &PreparationFailure) -> String {
    match &failure.database {
        Some(database) => format!("{database}: {}", failure.reason),
        None => failure.reason.clone(),
    }
}

/// How it ended.
pub fn describe_result(outcome: &PreparationOutcome, job: &PreparationJob) -> String {
    if outcome.failures.is_empty() {
        return format!("All databases are complete: the schema matches IS {}.", job.version.value());
    }
    format!("{} of {} databases are complete. Nothing was dropped.", outcome.complete.len(), job.targets.len())
}

/// SQL without its comments, one statement a line.
pub fn statements_of(sql: &str) -> String {
    let lines: Vec<String> = statements(sql).into_iter().map(|statement| format!("{};", statement.sql)).collect();
    lines.join("\n")
}
