//! What the account sees of the plan's databases, read once for all checks about them.

use domain::values::DatabaseName;

use super::database_version::unanswered;
use super::sql;
use crate::fault::Fault;
use crate::shared::Shared;

/// One database as the account sees it.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) charset: String,
    pub(crate) collation: String,
    /// The most bytes of one character.
    pub(crate) widest: u8,
    /// Tables in it that the account sees.
    pub(crate) tables: u32,
}

/// Reads the plan's databases from the information schema.
pub(crate) async fn read(shared: &Shared) -> Result<Vec<Schema>, Fault> {
    let database = shared.database()?;
    let session = shared.session().await?;
    let names = sql::list_of_names(database);
    let query = format!(
        "SELECT s.SCHEMA_NAME, s.DEFAULT_CHARACTER_SET_NAME, s.DEFAULT_COLLATION_NAME, c.MAXLEN, \
         (SELECT COUNT(*) FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = s.SCHEMA_NAME) \
         FROM information_schema.SCHEMATA s LEFT JOIN information_schema.CHARACTER_SETS c \
         ON c.CHARACTER_SET_NAME = s.DEFAULT_CHARACTER_SET_NAME WHERE LOWER(s.SCHEMA_NAME) IN ({names})"
    );
    let rows = session.rows(query).await.map_err(unanswered)?;
    let schema = |row: Vec<Option<String>>| match <[Option<String>; 5]>::try_from(row) {
        Ok([Some(name), Some(charset), Some(collation), widest, tables]) => Some(Schema {
            name,
            charset: charset.to_ascii_lowercase(),
            collation,
            // A character set without an entry is taken for a wide one: it is looked at closely then.
            widest: widest.and_then(|text| text.parse().ok()).unwrap_or(4),
            tables: tables.and_then(|text| text.parse().ok()).unwrap_or(0),
        }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(schema).collect())
}

/// The schema that `name` leads to.
pub(crate) fn find<'a>(schemas: &'a [Schema], name: &DatabaseName, ignores_case: bool) -> Option<&'a Schema> {
    let exact = schemas.iter().find(|schema| schema.name == name.as_str());
    exact.or_else(|| {
        let alike = |schema: &&Schema| ignores_case && schema.name.eq_ignore_ascii_case(name.as_str());
        schemas.iter().find(alike)
    })
}
