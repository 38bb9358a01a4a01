//! DB-18: tables and columns have the character set that the scripts give them: their own where a script says one, that of
//! the database elsewhere.

use domain::check::CheckId;
use domain::schema::{CharsetChange, State, charset_differences};

use super::contents::{because, each, few, version};
use crate::fault::{Fault, Verdict};
use crate::mysql::quote;
use crate::shared::Shared;

const REQUIRED: &str = "the character sets that the scripts give";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db18, REQUIRED)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let version = version(shared)?;
    let chosen = shared.database()?.charset.value();
    each(shared, REQUIRED, |contents, found, _| {
        match found.state() {
            State::Empty => return Verdict::passed("empty", REQUIRED),
            State::MadeBy { .. } => return because("DB-15", "another version made it", REQUIRED),
            State::Misplaced(_) => return because("DB-16", "scripts ran into the wrong database", REQUIRED),
            _ => {}
        }
        let changes = charset_differences(version, &contents.roles, &found.observed, chosen);
        if changes.is_empty() {
            return Verdict::passed("as the scripts give them", REQUIRED);
        }
        let words: Vec<String> = changes.iter().map(CharsetChange::words).collect();
        let verdict = Verdict::warned(few(words.iter().map(String::as_str)), REQUIRED).remedy(
            "Texts of different character sets cannot be compared by index, and long keys may not fit. With IS stopped and a \
             backup made, an administrator converts them:",
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
