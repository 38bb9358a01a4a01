//! Differences between tables and the facts, in words.

use super::fingerprint::Fingerprint;
use super::table::{ObservedSchema, Table, TableColumn};

/// Columns that WSO2's updates of a version's pack add: correct with and without them.
const UPDATE_COLUMNS: &[(&str, &str)] = &[("IDN_OAUTH2_DEVICE_FLOW", "SUBJECT_IDENTIFIER")];

/// One difference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SchemaDifference {
    /// An object of the scripts does not exist.
    Missing(String),
    /// An object differs from that of the scripts.
    Changed(String),
    /// A harmless object that the scripts do not create: an update of the pack may have created it.
    Extra(String),
}

impl SchemaDifference {
    /// The difference, in words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Missing(words) | Self::Changed(words) | Self::Extra(words) => words,
        }
    }

    /// Whether it is harmless.
    #[must_use]
    pub const fn is_extra(&self) -> bool {
        matches!(self, Self::Extra(_))
    }
}

/// The differences between a script's tables and those of a database. Tables that the script does not create are
/// ignored.
#[must_use]
pub fn differences(made: &Fingerprint, observed: &ObservedSchema) -> Vec<SchemaDifference> {
    let mut all = Vec::new();
    for (name, table) in &made.tables {
        match observed.tables.get(name) {
            None => all.push(SchemaDifference::Missing(format!("table {name}"))),
            Some(found) => of_table(name, table, found, &mut all),
        }
    }
    for (table, rows) in &made.rows {
        if let Some(found) = observed.rows.get(table)
            && found < rows
        {
            all.push(SchemaDifference::Missing(format!("rows of {table} ({found} of {rows})")));
        }
    }
    all
}

fn of_table(name: &str, table: &Table, found: &Table, all: &mut Vec<SchemaDifference>) {
    for (column, expected) in &table.columns {
        match found.columns.get(column) {
            None if UPDATE_COLUMNS.contains(&(name, column)) => {}
            None => all.push(SchemaDifference::Missing(format!("column {name}.{column}"))),
            Some(found) if found.kind == expected.kind => {}
            Some(found) => {
                let (now, then) = (&found.kind, &expected.kind);
                all.push(if is_wider(found, expected) {
                    SchemaDifference::Extra(format!("column {name}.{column} is {now}, wider than {then}"))
                } else {
                    SchemaDifference::Changed(format!("column {name}.{column} is {now}, not {then}"))
                });
            }
        }
    }
    let is_extra = |column: &&String| !table.columns.contains_key(*column) && !UPDATE_COLUMNS.contains(&(name, column));
    let extra = found.columns.keys().filter(is_extra);
    all.extend(extra.map(|column| SchemaDifference::Extra(format!("column {name}.{column}"))));
    for index in &table.indexes {
        // Servers name generated indexes differently, so indexes are compared by content, not by name.
        if found.indexes.iter().any(|other| other.columns == index.columns && other.unique == index.unique) {
            continue;
        }
        let of = |columns: &[String]| columns.join(", ");
        let what = if index.name == "PRIMARY" {
            format!("primary key of {name}")
        } else {
            format!("index {} on {name}", index.name)
        };
        all.push(match found.index(&index.name) {
            None => SchemaDifference::Missing(format!("{what} ({})", of(&index.columns))),
            Some(other) if other.columns == index.columns => {
                SchemaDifference::Changed(format!("{what} is {}unique", if other.unique { "" } else { "not " }))
            }
            Some(other) => SchemaDifference::Changed(format!(
                "{what} has the columns ({}), not ({})",
                of(&other.columns),
                of(&index.columns)
            )),
        });
    }
    for key in &table.foreign_keys {
        let alike = |other: &&super::ForeignKey| other.columns == key.columns && other.references == key.references;
        if !found.foreign_keys.iter().any(|other| alike(&other)) {
            let columns = key.columns.join(", ");
            all.push(SchemaDifference::Missing(format!("foreign key of {name} ({columns}) to {}", key.references)));
        }
    }
    for other in found.indexes.iter().filter(|other| other.unique) {
        if !table.indexes.iter().any(|index| index.columns == other.columns) && table.index(&other.name).is_none() {
            let columns = other.columns.join(", ");
            all.push(SchemaDifference::Changed(format!(
                "{name} has an extra unique index: {} ({columns})",
                other.name
            )));
        }
    }
}

/// Whether a text column is wider than in the scripts.
fn is_wider(found: &TableColumn, expected: &TableColumn) -> bool {
    let length = |column: &TableColumn| -> Option<u32> {
        column.kind.strip_prefix("varchar(").and_then(|rest| rest.strip_suffix(')')).and_then(|text| text.parse().ok())
    };
    matches!((length(found), length(expected)), (Some(found), Some(expected)) if found > expected)
}
