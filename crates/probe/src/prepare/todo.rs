//! What is to be done to a database, judged from what is in it. Pure; whoever looks and does it is elsewhere.

use domain::product::Version;
use domain::schema::script::{Progress, progress};
use domain::schema::{Change, Observed, State, Step, StepKind, diagnose};

use super::{Script, Target};
use crate::checks::contents::{few, versions};

/// What is to be done to a database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Todo {
    /// It is not there: create it, then run all scripts.
    Create,
    /// It is there and empty, or a script stopped in it: go on from here.
    GoOn {
        /// Which script comes next, from 0.
        script: usize,
        /// Which statement of it comes next, from 0.
        statement: usize,
    },
    /// All of it is there and fits: nothing.
    Nothing,
    /// It must not be touched: why, and what to do.
    Refuse {
        /// Why.
        why: String,
        /// What an operator does.
        remedy: &'static str,
    },
}

const OTHER_NAME: &str = "Enter the name of a new database in the plan.";
const ANEW: &str = "Let an administrator remove the database, once nobody needs it, and run this again; or enter the name of a new one.";

/// What is to be done to the database `observed`. `others` counts what is in it besides tables: views and procedures.
#[must_use]
pub fn todo(version: Version, target: &Target, charset: &str, observed: &Observed, others: usize) -> Todo {
    let refuse = |why: String, remedy| Todo::Refuse { why, remedy };
    let diagnosis = diagnose(version, &[target.role], observed);
    if !diagnosis.foreign.is_empty() {
        let names = few(diagnosis.foreign.iter().map(String::as_str));
        return refuse(format!("it holds tables that are not IS's: {names}"), OTHER_NAME);
    }
    if others > 0 {
        return refuse(format!("it holds {others} views or procedures, which IS does not make"), OTHER_NAME);
    }
    if let State::Complete(_) = diagnosis.state {
        return Todo::Nothing;
    }
    // A script that did not run at all creates tables of its own: the data of the others is no reason to keep it out.
    let is_late = matches!(diagnosis.state, State::ScriptsMissing(_));
    let rows = |name: &String| observed.rows.get(name).is_some_and(|rows| *rows > 0);
    let unknown = observed.tables.keys().any(|name| !domain::schema::is_known(name) && rows(name));
    if !is_late && (!diagnosis.data.is_empty() || unknown) {
        let names = few(diagnosis.data.iter().map(|(table, _)| table.as_str()));
        return refuse(
            format!("it holds data: {names}"),
            "Make sure whose data it is. Enter the name of a new database.",
        );
    }
    match &diagnosis.state {
        State::MadeBy { versions: makers, .. } => {
            return refuse(format!("IS {} made its tables", versions(makers)), OTHER_NAME);
        }
        State::Misplaced(found) => {
            let paths = few(found.iter().map(|(path, _)| *path));
            return refuse(format!("scripts for another database ran in it: {paths}"), ANEW);
        }
        State::HalfMade(half) if half.version != version => {
            return refuse(format!("{} of IS {} stopped in it", half.script, half.version.value()), ANEW);
        }
        _ => {}
    }
    if observed.charset != charset {
        let why = format!("its character set is {}, and the plan says {charset}", observed.charset);
        return refuse(
            why,
            "Let an administrator change it (ALTER DATABASE … CHARACTER SET) while it is empty, or change the plan.",
        );
    }
    match next(&target.scripts, observed) {
        Some((script, statement)) => Todo::GoOn { script, statement },
        None if is_late => refuse(
            "a script did not run that others came after".to_owned(),
            "Run the script that is missing by hand; DB-16 names it with the command.",
        ),
        None => {
            let why = match &diagnosis.state {
                State::Differs(changes) => {
                    format!("its tables are not those of the scripts: {}", few(changes.iter().map(Change::words)))
                }
                _ => "its tables are not the beginning of the scripts' tables".to_owned(),
            };
            refuse(why, ANEW)
        }
    }
}

/// Where to go on: if `observed` is exactly what the scripts make up to a statement, the next one.
fn next(scripts: &[Script], observed: &Observed) -> Option<(usize, usize)> {
    let mut expected = std::collections::BTreeSet::new();
    let mut found = None;
    for (at, script) in scripts.iter().enumerate() {
        // A statement that is not understood is like a DROP: nobody can say whether it ran.
        let steps: Vec<Step> = (script.steps.iter())
            .map(|step| {
                step.clone().unwrap_or(Step { kind: StepKind::Drop, table: String::new(), name: String::new() })
            })
            .collect();
        match (progress(&steps, observed), found) {
            (Progress::Complete, None) => expected.extend(steps.into_iter().map(|step| step.table)),
            (Progress::Absent, None) => found = Some((at, 0)),
            (Progress::Absent, Some(_)) => {}
            (Progress::Stopped { done }, None) => {
                // Only a DROP of a table that is not there may be sent twice.
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
