//! The plan's databases, as far as the account sees them.

use domain::steps::Database;
use domain::values::DatabaseName;

use super::plan_databases::list_of_names;
use crate::fault::SharedFault;
use crate::mysql::session::MysqlSession;

/// One database as the account sees it.
#[derive(Clone, Debug)]
pub(crate) struct SchemaInfo {
    pub(crate) name: String,
    pub(crate) charset: String,
    pub(crate) collation: String,
    /// Maximum bytes of a character.
    pub(crate) max_bytes_per_char: u8,
    /// Number of tables that the account sees.
    pub(crate) tables: u32,
}

/// Reads the plan's databases from the information schema.
pub(crate) async fn read(database: &Database, session: &MysqlSession) -> Result<Vec<SchemaInfo>, SharedFault> {
    let names = list_of_names(database);
    let query = format!(
        "SELECT s.SCHEMA_NAME, s.DEFAULT_CHARACTER_SET_NAME, s.DEFAULT_COLLATION_NAME, c.MAXLEN, \
         (SELECT COUNT(*) FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = s.SCHEMA_NAME) \
         FROM information_schema.SCHEMATA s LEFT JOIN information_schema.CHARACTER_SETS c \
         ON c.CHARACTER_SET_NAME = s.DEFAULT_CHARACTER_SET_NAME WHERE LOWER(s.SCHEMA_NAME) IN ({names})"
    );
    let rows = session.rows(query).await?;
    let schema = |row: Vec<Option<String>>| match <[Option<String>; 5]>::try_from(row) {
        Ok([Some(name), Some(charset), Some(collation), max_bytes, tables]) => Some(SchemaInfo {
            name,
            charset: charset.to_ascii_lowercase(),
            collation,
            // A character set without an entry counts as a wide one.
            max_bytes_per_char: max_bytes.and_then(|text| text.parse().ok()).unwrap_or(4),
            tables: tables.and_then(|text| text.parse().ok()).unwrap_or(0),
        }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(schema).collect())
}

/// The database that the server finds under `name`.
pub(crate) fn find<'a>(schemas: &'a [SchemaInfo], name: &DatabaseName, ignores_case: bool) -> Option<&'a SchemaInfo> {
    let exact = schemas.iter().find(|schema| schema.name == name.as_str());
    exact.or_else(|| {
        let matches = |schema: &&SchemaInfo| ignores_case && schema.name.eq_ignore_ascii_case(name.as_str());
        schemas.iter().find(matches)
    })
}
