//! DB-18: tables and columns have the character set that the scripts give them: the one that a script names, or that of the
//! database.

use domain::check::CheckId;
use domain::schema::{CharsetChange, SchemaState, charset_differences};

use super::table_contents::{blocked_by, each};
use crate::facts::Facts;
use crate::fault::{SharedFault, Verdict};
use crate::list_text::first_few;
use crate::mysql::quote;

const REQUIRED: &str = "Tables and columns have the character sets of the scripts.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    look(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db18, REQUIRED)])
}

async fn look(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let version = facts.version()?;
    let chosen = facts.database()?.charset.value();
    each(facts, REQUIRED, |contents, found, _| {
        match found.state() {
            SchemaState::Empty => return Verdict::passed("The database is empty.", REQUIRED),
            SchemaState::MadeBy { .. } => return blocked_by("DB-15", "The schema was created by another IS version.", REQUIRED),
            SchemaState::Misplaced(_) => return blocked_by("DB-16", "Scripts ran in the wrong database.", REQUIRED),
            _ => {}
        }
        let changes = charset_differences(version, &contents.roles, &found.observed, chosen);
        if changes.is_empty() {
            return Verdict::passed("All character sets are those of the scripts.", REQUIRED);
        }
        let texts: Vec<String> = changes.iter().map(CharsetChange::words).collect();
        let verdict = Verdict::warned(format!("{}.", first_few(texts.iter().map(String::as_str))), REQUIRED).remedy(
            "Columns with different character sets cannot be compared through an index, and long keys may not fit. Stop IS, make a \
             backup and convert the tables. As an administrator, run:",
        );
        let tables = changes.iter().filter_map(|change| match change {
            CharsetChange::Table { table, expected, whole: true, .. } => Some((table, expected)),
            _ => None,
        });
        tables.take(5).fold(verdict, |verdict, (table, expected)| {
            let (database, table) = (quote::name(&contents.name), quote::name(table));
            verdict.command(format!(
                "SET SESSION foreign_key_checks = 0; ALTER TABLE {database}.{table} CONVERT TO CHARACTER SET {expected};"
            ))
        })
    })
    .await
}
