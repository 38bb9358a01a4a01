//! The storage engines of the plan's databases.

use domain::steps::Database;

use super::plan_databases::list_of_names;
use crate::fault::SharedFault;
use crate::mysql::session::MysqlSession;

/// The tables of one engine in one database.
pub(crate) struct EngineUsage {
    pub(crate) database: String,
    pub(crate) engine: String,
    pub(crate) tables: u64,
    pub(crate) bytes: u64,
    /// The name of one of the tables.
    pub(crate) example: String,
}

/// Reads the number and size of tables by database and engine.
pub(crate) async fn read(database: &Database, session: &MysqlSession) -> Result<Vec<EngineUsage>, SharedFault> {
    let names = list_of_names(database);
    let query = format!(
        "SELECT TABLE_SCHEMA, COALESCE(ENGINE, ''), COUNT(*), SUM(COALESCE(DATA_LENGTH, 0) + COALESCE(INDEX_LENGTH, 0)), \
         MIN(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND LOWER(TABLE_SCHEMA) IN ({names}) \
         GROUP BY TABLE_SCHEMA, COALESCE(ENGINE, '')"
    );
    let rows = session.rows(query).await?;
    let engine_use = |row: Vec<Option<String>>| match <[Option<String>; 5]>::try_from(row) {
        Ok([Some(database), Some(engine), Some(tables), bytes, Some(example)]) => Some(EngineUsage {
            database,
            engine,
            tables: tables.parse().ok()?,
            // A sum is a decimal number, possibly with the fraction zero.
            bytes: bytes.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or(0),
            example,
        }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(engine_use).collect())
}
