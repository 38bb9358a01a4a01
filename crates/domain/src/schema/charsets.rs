//! Character sets of tables and columns that differ from those of the scripts.

use super::fingerprint::fingerprint;
use super::table::ObservedSchema;
use crate::product::{DatabaseRole, Version};

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CharsetChange {
    /// The character set of a table, which most of its columns share.
    Table {
        /// The table, in the server's spelling.
        table: String,
        /// The actual character set.
        found: String,
        /// The character set of the scripts.
        expected: String,
        /// Whether all its text columns should have that one, so that the whole table can be converted.
        whole: bool,
    },
    /// A column of a table with the correct character set.
    Column {
        /// Table and column.
        column: String,
        /// The actual character set.
        found: String,
        /// The character set of the scripts.
        expected: String,
    },
}

impl CharsetChange {
    /// The difference in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Table { table, found, expected, .. } => format!("table {table} is {found}, not {expected}"),
            Self::Column { column, found, expected } => format!("column {column} is {found}, not {expected}"),
        }
    }
}

/// The differences of the tables that the scripts for `roles` create. If a script sets none, that of the database is
/// correct, and so is the one `chosen` in the plan.
#[must_use]
pub fn charset_differences(
    version: Version,
    roles: &[DatabaseRole],
    observed: &ObservedSchema,
    chosen: &str,
) -> Vec<CharsetChange> {
    let mut all = Vec::new();
    for script in version.scripts().into_iter().filter(|script| roles.contains(&script.database)) {
        for (name, table) in &fingerprint(version, script.path).tables {
            let Some(found) = observed.tables.get(name) else { continue };
            let fits = |expected: Option<&String>, found: &str| match expected {
                Some(expected) => expected == found,
                None => found == observed.charset || found == chosen,
            };
            let named = |expected: Option<&String>| expected.map_or(&*observed.charset, String::as_str).to_owned();
            let of_table = table.charset.as_ref();
            let has = found.charset.as_deref().unwrap_or_default();
            let is_right = fits(of_table, has);
            if !is_right {
                all.push(CharsetChange::Table {
                    table: found.written.clone(),
                    found: has.to_owned(),
                    expected: named(of_table),
                    whole: table.columns.values().all(|column| column.charset.is_none()),
                });
            }
            for (column, expected) in &table.columns {
                let Some(has_column) = found.columns.get(column).and_then(|column| column.charset.as_deref()) else {
                    continue;
                };
                let of_column = expected.charset.as_ref().or(of_table);
                // Differences that the table's difference explains are not repeated.
                if !fits(of_column, has_column) && (is_right || has_column != has) {
                    all.push(CharsetChange::Column {
                        column: format!("{}.{column}", found.written),
                        found: has_column.to_owned(),
                        expected: named(of_column),
                    });
                }
            }
        }
    }
    all
}
