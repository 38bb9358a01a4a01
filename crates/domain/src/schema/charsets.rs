//! Character sets of tables and columns that are not those the scripts give them.

use super::fingerprint::fingerprint;
use super::table::ObservedSchema;
use crate::product::{DatabaseRole, Version};

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CharsetChange {
    /// A table's own character set, which its columns mostly share.
    Table {
        /// The table as the server writes it.
        table: String,
        /// What it has.
        found: String,
        /// What the scripts give it.
        expected: String,
        /// Whether all its texts are to have that one, so that it can be converted as a whole.
        whole: bool,
    },
    /// A column in a table that is right otherwise.
    Column {
        /// Table and column.
        column: String,
        /// What it has.
        found: String,
        /// What the scripts give it.
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

/// The differences of the tables that the scripts for `roles` make. Where a script gives none, the database's own is right,
/// and so is the one `chosen` in the plan.
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
                // What the table's own difference explains is not told again.
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
