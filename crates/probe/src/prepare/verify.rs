//! Verifies that a database is complete: its schema is that of the version, whatever the scripts returned.

use domain::product::Version;
use domain::schema::{SchemaDifference, SchemaState, ScriptStepKind, diagnose};

use super::job::TargetDatabase;
use crate::list_text::{first_few, versions as version_list};
use crate::mysql::session::{MysqlSession, TextRow};
use crate::tables;

/// A database whose scripts all ran is not complete, or could not be read.
pub(super) struct IncompleteSchema {
    /// A sentence.
    pub(super) reason: String,
    /// The resulting state, and what to do.
    pub(super) aftermath: &'static str,
}

/// The number of tables of the database. `rows` are the answers to [`tables::questions`]; the rows that the scripts insert
/// are counted here.
///
/// # Errors
/// When the schema is not that of `version`, or cannot be read.
pub(super) async fn verify(
    session: &MysqlSession,
    version: Version,
    target: &TargetDatabase,
    rows: &[TextRow],
) -> Result<usize, IncompleteSchema> {
    let mut observed = tables::observed(rows);
    let steps = || target.scripts.iter().flat_map(|script| script.steps.iter().flatten());
    let is_filled = |name: &str| steps().any(|step| matches!(step.kind, ScriptStepKind::Rows(_)) && step.table == name);
    if let Some(question) = tables::count_rows(&target.name, &observed, is_filled) {
        let counted = session.rows(question).await.map_err(|error| IncompleteSchema {
            reason: format!("The tables cannot be verified: {error}."),
            aftermath: "All scripts ran to their end. Run the preparation again: it inspects and verifies the database.",
        })?;
        tables::add_counts(&mut observed, &counted);
    }
    let reason = match diagnose(version, &[target.role], &observed).state {
        SchemaState::Complete(_) => return Ok(observed.tables.len()),
        SchemaState::MadeBy { versions, .. } => {
            format!("The schema is that of IS {}, not of IS {}.", version_list(&versions), version.value())
        }
        SchemaState::Differs(changes) => {
            let changes = first_few(changes.iter().map(SchemaDifference::words));
            format!("The schema differs from that of IS {}: {changes}.", version.value())
        }
        _ => format!("The schema is not that of IS {}.", version.value()),
    };
    let aftermath = "All scripts ran to their end. Compare the version of the script pack with that of the plan.";
    Err(IncompleteSchema { reason, aftermath })
}
