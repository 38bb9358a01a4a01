//! How the scripts of an operator's pack differ from those that WSO2 released with the version: a person reads the differences
//! and confirms them before they run with an administrator's rights.

use std::collections::BTreeSet;

use domain::product::Version;
use domain::schema::statement::{better_match, count_missing};
use probe::prepare::{TargetDatabase, digest, unreleased};
use serde::{Deserialize, Serialize};

/// The most statements that a person is asked to read. A pack at the latest update level differs in fewer than 40.
const MAX_CHANGED_STATEMENTS: usize = 200;

/// The differences. Statements of WSO2's hold no secret.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScriptChanges {
    /// Statements that WSO2 did not release with the version.
    pub added: Vec<ChangedStatement>,
    /// How many statements of WSO2's the scripts lack.
    pub missing: usize,
}

/// A statement that WSO2 did not release with the version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ChangedStatement {
    /// Its script and line: `identity/mysql.sql:120`.
    pub place: String,
    /// Its text.
    pub sql: String,
}

impl ScriptChanges {
    /// Whether the scripts are WSO2's, statement by statement.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.missing == 0
    }

    /// In one sentence.
    pub fn summary(&self, version: &str) -> String {
        let count = |count: usize| if count == 1 { "1 statement".to_owned() } else { format!("{count} statements") };
        let added = format!("{} that WSO2 did not release with IS {version}", count(self.added.len()));
        match (self.added.is_empty(), self.missing) {
            (false, 0) => format!("The scripts contain {added}."),
            (false, lacking) => format!("The scripts contain {added}, and lack {}.", count(lacking)),
            (true, lacking) => format!("The scripts lack {} that WSO2 released with IS {version}.", count(lacking)),
        }
    }
}

/// Compares the scripts of all databases with the released ones.
///
/// # Errors
/// Where they are scripts of another version, or differ in more statements than a person reads: what to do.
pub(super) fn compare_with_released(version: Version, targets: &[TargetDatabase]) -> Result<ScriptChanges, String> {
    let scripts = || targets.iter().flat_map(|target| &target.scripts);
    let digests: BTreeSet<String> =
        scripts().flat_map(|script| &script.statements).map(|statement| digest(&statement.sql)).collect();
    let own = version.value();
    if let Some(other) = better_match(version, &digests) {
        let other = other.value();
        return Err(format!(
            "These are the scripts of IS {other}, but the plan is for IS {own}. Give the scripts of IS {own}, or choose IS {other} \
             in the Product step."
        ));
    }
    let added: Vec<ChangedStatement> = scripts()
        .flat_map(|script| {
            unreleased(version, &script.statements).into_iter().map(move |statement| (script, statement))
        })
        .map(|(script, statement)| ChangedStatement {
            place: format!("{}:{}", script.path, statement.line),
            sql: statement.sql.clone(),
        })
        .collect();
    if added.len() > MAX_CHANGED_STATEMENTS {
        return Err(format!(
            "{} statements differ from the scripts that WSO2 released with IS {own}. Give the dbscripts folder of a pack of IS {own}.",
            added.len()
        ));
    }
    Ok(ScriptChanges { added, missing: count_missing(version, &digests) })
}
