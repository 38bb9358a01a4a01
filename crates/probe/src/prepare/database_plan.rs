//! What a preparation will do with one database, decided from the tables in it. Pure: [`super::inspect`] reads them and
//! [`super::fill`] carries it out.

use domain::product::Version;
use domain::schema::script::{ScriptProgress, script_progress};
use domain::schema::{ObservedSchema, SchemaDifference, SchemaState, ScriptStep, ScriptStepKind, diagnose};

use super::job::{PackScript, TargetDatabase};
use crate::list_text::{first_few, versions};

/// What a preparation will do with one database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DatabaseAction {
    /// It does not exist: create it, then run all scripts.
    Create,
    /// It is empty, or its scripts ran up to a statement: run the rest.
    Resume {
        /// Index of the next script.
        script: usize,
        /// Index of the next statement of that script.
        statement: usize,
    },
    /// Its schema is complete: do nothing.
    Leave,
    /// It must not be changed.
    Refuse {
        /// A sentence for people.
        reason: String,
        /// What an operator does about it.
        remedy: &'static str,
    },
}

const USE_NEW_NAME: &str = "Enter the name of a new database in the Database step.";
const DROP_FIRST: &str = "If the database is not needed, ask an administrator to drop it, then run the preparation again. Otherwise \
                          enter the name of a new database in the Database step.";

/// What to do with the database `observed`; `others` is the number of its views, procedures and functions.
#[must_use]
pub fn plan_database(
    version: Version,
    target: &TargetDatabase,
    charset: &str,
    observed: &ObservedSchema,
    others: usize,
) -> DatabaseAction {
    let refuse = |reason: String, remedy| DatabaseAction::Refuse { reason, remedy };
    let diagnosis = diagnose(version, &[target.role], observed);
    if !diagnosis.foreign.is_empty() {
        let names = first_few(diagnosis.foreign.iter().map(String::as_str));
        return refuse(format!("It holds tables that IS does not create: {names}."), USE_NEW_NAME);
    }
    if others > 0 {
        return refuse(format!("It holds {others} views or procedures, which IS does not create."), USE_NEW_NAME);
    }
    if let SchemaState::Complete(_) = diagnosis.state {
        return DatabaseAction::Leave;
    }
    // A script that did not run at all creates separate tables: data in the other tables does not forbid it.
    let is_late = matches!(diagnosis.state, SchemaState::ScriptsMissing(_));
    let rows = |name: &String| observed.rows.get(name).is_some_and(|rows| *rows > 0);
    let unknown = observed.tables.keys().any(|name| !domain::schema::is_known_table(name) && rows(name));
    if !is_late && (!diagnosis.data.is_empty() || unknown) {
        let names = first_few(diagnosis.data.iter().map(|(table, _)| table.as_str()));
        return refuse(
            format!("It holds data: {names}."),
            "Find out which application uses it, and enter the name of a new database in the Database step.",
        );
    }
    match &diagnosis.state {
        SchemaState::MadeBy { versions: makers, .. } => {
            return refuse(format!("IS {} created its schema.", versions(makers)), USE_NEW_NAME);
        }
        SchemaState::Misplaced(found) => {
            let paths = first_few(found.iter().map(|(path, _)| *path));
            return refuse(format!("Scripts for another database ran in it: {paths}."), DROP_FIRST);
        }
        SchemaState::HalfMade(half) if half.version != version => {
            return refuse(format!("{} of IS {} stopped in it.", half.script, half.version.value()), DROP_FIRST);
        }
        _ => {}
    }
    if observed.charset != charset {
        let reason = format!("Its character set is {}, but the plan requires {charset}.", observed.charset);
        return refuse(
            reason,
            "While it is empty, ask an administrator to run ALTER DATABASE … CHARACTER SET. Or change the character set in the Database step.",
        );
    }
    match next(&target.scripts, observed) {
        Some((script, statement)) => DatabaseAction::Resume { script, statement },
        None if is_late => refuse(
            "An earlier script did not run, but later ones did.".to_owned(),
            "Run the missing script by hand. DB-16 names it with the command.",
        ),
        None => {
            let reason = match &diagnosis.state {
                SchemaState::Differs(changes) => {
                    format!(
                        "Its tables differ from those of the scripts: {}.",
                        first_few(changes.iter().map(SchemaDifference::words))
                    )
                }
                _ => "Its tables are not those that the scripts create first.".to_owned(),
            };
            refuse(reason, DROP_FIRST)
        }
    }
}

/// Script and statement to resume at, if `observed` is exactly what the scripts create up to a statement.
fn next(scripts: &[PackScript], observed: &ObservedSchema) -> Option<(usize, usize)> {
    let mut expected = std::collections::BTreeSet::new();
    let mut found = None;
    for (at, script) in scripts.iter().enumerate() {
        // A statement that is not understood is like a DROP: its effect cannot be observed.
        let steps: Vec<ScriptStep> = (script.steps.iter())
            .map(|step| {
                step.clone().unwrap_or(ScriptStep {
                    kind: ScriptStepKind::Drop,
                    table: String::new(),
                    name: String::new(),
                })
            })
            .collect();
        match (script_progress(&steps, observed), found) {
            (ScriptProgress::Complete, None) => expected.extend(steps.into_iter().map(|step| step.table)),
            (ScriptProgress::Absent, None) => found = Some((at, 0)),
            (ScriptProgress::Absent, Some(_)) => {}
            (ScriptProgress::Stopped { done }, None) => {
                // Only a DROP of a table that does not exist may be sent twice.
                let skipped = script.steps[done..].iter().take_while(|step| step.is_none()).count();
                if skipped > 0 {
                    return None;
                }
                expected.extend(steps[..done].iter().map(|step| step.table.clone()));
                found = Some((at, done));
            }
            _ => return None,
        }
    }
    observed.tables.keys().all(|name| expected.contains(name)).then_some(found).flatten()
}
