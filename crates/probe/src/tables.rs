//! Reads the tables of databases from the information schema: the queries, and how their answers become
//! [`domain::schema::ObservedSchema`], which evaluates them.

use std::fmt::Write as _;

use domain::schema::{ForeignKey, ObservedSchema, Table, TableColumn, TableIndex, charset_name, column_type};

use crate::mysql::quote;

/// Rows of a table are counted up to this number, which is more than the scripts insert.
const MAX_COUNTED_ROWS: u32 = 1_000;

/// The queries about one database: several statements for one round trip, whose rows begin with a mark. One query for all
/// databases would make MariaDB scan every database of the server.
#[must_use]
pub fn questions(database: &str) -> String {
    let name = quote::text(database);
    format!(
        "SELECT 'S', DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name};\
         SELECT 'T', TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {name} AND TABLE_TYPE = 'BASE TABLE';\
         SELECT 'C', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = {name};\
         SELECT 'I', TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = {name} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX;\
         SELECT 'F', TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME \
         FROM information_schema.KEY_COLUMN_USAGE \
         WHERE TABLE_SCHEMA = {name} AND REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"
    )
}

/// The query for the number of rows of the tables that `wanted` selects; `None` if there are none.
#[must_use]
pub fn count_rows(database: &str, observed: &ObservedSchema, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut sql = String::new();
    for (name, table) in observed.tables.iter().filter(|(name, _)| wanted(name)) {
        let joined = if sql.is_empty() { "" } else { " UNION ALL " };
        let (text, database, table) = (quote::text(name), quote::name(database), quote::name(&table.written));
        // Writing to a `String` cannot fail.
        let _ = write!(
            sql,
            "{joined}SELECT {text}, (SELECT COUNT(*) FROM (SELECT 1 FROM {database}.{table} LIMIT {MAX_COUNTED_ROWS}) r)"
        );
    }
    (!sql.is_empty()).then_some(sql)
}

/// Adds the answer to [`count_rows`].
pub fn add_counts<'a>(observed: &mut ObservedSchema, rows: impl IntoIterator<Item = &'a Vec<Option<String>>>) {
    for row in rows {
        if let [Some(name), Some(count)] = row.as_slice()
            && let Ok(count) = count.parse()
        {
            observed.rows.insert(name.clone(), count);
        }
    }
}

/// The database that answered [`questions`] with these rows. Other rows, such as those of views, are ignored.
pub fn observed<'a>(rows: impl IntoIterator<Item = &'a Vec<Option<String>>>) -> ObservedSchema {
    let mut observed = ObservedSchema::default();
    for row in rows {
        let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
        add_row(&mut observed, &cells);
    }
    observed
}

/// The key column that MySQL adds to a table without one if `sql_generate_invisible_primary_key` is on. The name is reserved
/// for it (MySQL reference manual, "Generated Invisible Primary Keys"). It is invisible, so it is no difference.
const INVISIBLE_COLUMN: &str = "my_row_id";

fn add_row(observed: &mut ObservedSchema, cells: &[&str]) -> Option<()> {
    match cells {
        ["C", _, INVISIBLE_COLUMN, ..] | ["I", _, "PRIMARY", _, INVISIBLE_COLUMN] => return None,
        ["S", charset] => observed.charset = charset_name(charset),
        ["T", name, engine, collation] => {
            let table = Table {
                charset: Some(charset_name(collation)),
                engine: (*engine).to_owned(),
                written: (*name).to_owned(),
                ..Table::default()
            };
            observed.tables.insert(name.to_uppercase(), table);
        }
        ["C", table, name, kind, charset] => {
            let charset = (!charset.is_empty()).then(|| charset_name(charset));
            let column = TableColumn { kind: column_type(kind), charset };
            observed.tables.get_mut(&table.to_uppercase())?.columns.insert(name.to_uppercase(), column);
        }
        ["I", table, name, not_unique, column] => {
            let indexes = &mut observed.tables.get_mut(&table.to_uppercase())?.indexes;
            let (name, column) = (name.to_uppercase(), column.to_uppercase());
            match indexes.last_mut().filter(|index| index.name == name) {
                Some(index) => index.columns.push(column),
                None => indexes.push(TableIndex { name, columns: vec![column], unique: *not_unique == "0" }),
            }
        }
        ["F", table, name, column, references] => {
            let keys = &mut observed.tables.get_mut(&table.to_uppercase())?.foreign_keys;
            let (name, column) = (name.to_uppercase(), column.to_uppercase());
            match keys.last_mut().filter(|key| key.name == name) {
                Some(key) => key.columns.push(column),
                None => {
                    keys.push(ForeignKey { name, columns: vec![column], references: references.to_uppercase() });
                }
            }
        }
        _ => return None,
    }
    Some(())
}
