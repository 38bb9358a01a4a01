//! Proves that a database is complete: its tables are those of the version, whatever exit codes said.

use domain::product::Version;
use domain::schema::{Change, State, StepKind, diagnose};

use super::Target;
use crate::checks::contents;
use crate::mysql::session::Session;
use crate::tables;

/// A database whose scripts all ran is not complete, or nobody can say.
pub(super) struct Unproved {
    /// What is wrong.
    pub(super) why: String,
    /// What an operator does.
    pub(super) left: &'static str,
}

/// How many tables the database has, or what is wrong with them. `rows` are the answers to [`tables::questions`]; the rows
/// that the scripts bring are counted here.
pub(super) async fn prove(
    session: &Session,
    version: Version,
    target: &Target,
    rows: &[Vec<Option<String>>],
) -> Result<usize, Unproved> {
    let mut observed = tables::observed(rows);
    let steps = || target.scripts.iter().flat_map(|script| script.steps.iter().flatten());
    let brings = |name: &str| steps().any(|step| matches!(step.kind, StepKind::Rows(_)) && step.table == name);
    if let Some(question) = tables::count_rows(&target.name, &observed, brings) {
        let counted = session.rows(question).await.map_err(|error| Unproved {
            why: format!("its tables cannot be proved: {error}"),
            left: "All its scripts ran to their end. Run this again: it looks first and proves them.",
        })?;
        tables::take_counts(&mut observed, &counted);
    }
    let why = match diagnose(version, &[target.role], &observed).state {
        State::Complete(_) => return Ok(observed.tables.len()),
        State::MadeBy { versions, .. } => {
            let made_by = contents::versions(&versions);
            format!("its tables are those of IS {made_by}, not of {}", version.value())
        }
        State::Differs(changes) => {
            let changes = contents::few(changes.iter().map(Change::words));
            format!("its tables differ from IS {}: {changes}", version.value())
        }
        _ => format!("its tables are not those of IS {}", version.value()),
    };
    Err(Unproved { why, left: "All its scripts ran to their end. Compare the pack's version with the plan's." })
}
