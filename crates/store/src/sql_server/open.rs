//! Opens the store: connects, inspects the database, migrates its tables, and verifies that they can be written.

use sqlx::Executor as _;
use sqlx::migrate::MigrateError;

use super::connect::{CONNECT_TIMEOUT, DirectConnection, pool};
use super::connection::ConnectionRef;
use super::connection::Value::Int;
use super::error::{SqlError, classify, classify_connect};
use super::problem::SqlServerProblem;
use super::store::SqlServerStore;
use crate::OpenError;
use crate::address::{SqlServerAddress, SqlServerProduct};
use crate::migrations::{
    MINIMUM_MIGRATION_QUERY, SchemaMigration, SchemaState, compare_schema, latest_version, migrator,
};

/// How long to wait while another process migrates the tables.
const MIGRATION_LOCK_TIMEOUT_SECONDS: i64 = 120;
/// The PostgreSQL advisory lock under which tables are migrated: "CLWR", as in an SQLite file.
const MIGRATION_LOCK_ID: i64 = 0x434c_5752;

const MYSQL: [SchemaMigration; 1] = [(1, "tables", include_str!("../../migrations/mysql/0001_tables.sql"))];
const POSTGRES: [SchemaMigration; 1] = [(1, "tables", include_str!("../../migrations/postgres/0001_tables.sql"))];

impl SqlServerStore {
    /// Connects to the database and migrates its tables. Other processes that start at the same time wait.
    ///
    /// # Errors
    /// [`OpenError::SqlServer`], with what the operator has to do in its advice.
    pub async fn open(address: &SqlServerAddress) -> Result<Self, OpenError> {
        let failed = |problem| OpenError::SqlServer { database: address.to_string(), problem };
        let connecting = DirectConnection::connect(address);
        let mut connection = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(connected) => connected.map_err(|error| failed(classify_connect(address, error)))?,
            Err(elapsed) => return Err(failed(SqlServerProblem::Unreachable(elapsed.into()))),
        };
        let prepared = prepare_tables(&mut connection, address).await;
        connection.close().await;
        let max_statement_bytes = prepared.map_err(failed)?;
        Ok(Self { pool: pool(address), address: address.clone(), max_statement_bytes })
    }
}

/// Makes the tables usable, and returns the size of the largest statement that the server accepts.
async fn prepare_tables(
    connection: &mut DirectConnection,
    address: &SqlServerAddress,
) -> Result<Option<u64>, SqlServerProblem> {
    let failed = |error: sqlx::Error| classify(address, error.into());
    let migrations = migrations(address.product);
    let mut contents = inspect(connection, address.product).await.map_err(failed)?;
    if contents == Contents::Tables(SchemaState::Outdated) {
        lock_migrations(connection).await.map_err(|error| classify(address, error))?;
        // Another process may have migrated the tables while this one waited for the lock.
        contents = inspect(connection, address.product).await.map_err(failed)?;
        if contents == Contents::Tables(SchemaState::Outdated) {
            migrate(connection, migrations).await.map_err(|error| classify_migration(address, error))?;
            contents = Contents::Tables(SchemaState::Current);
        }
        unlock_migrations(connection).await.map_err(failed)?;
    }
    match contents {
        Contents::Foreign => return Err(SqlServerProblem::Foreign),
        Contents::Tables(SchemaState::Newer(found)) => {
            return Err(SqlServerProblem::Newer { found, known: latest_version(migrations) });
        }
        Contents::Tables(SchemaState::Differs(migration)) => return Err(SqlServerProblem::Differs { migration }),
        Contents::Tables(SchemaState::Current | SchemaState::Outdated) => {}
    }
    verify_writable(connection).await.map_err(failed)?;
    max_statement_bytes(connection, address.product).await.map_err(failed)
}

const fn migrations(product: SqlServerProduct) -> &'static [SchemaMigration] {
    match product {
        SqlServerProduct::MySql => &MYSQL,
        SqlServerProduct::Postgres => &POSTGRES,
    }
}

/// What the database contains.
#[derive(Debug, PartialEq, Eq)]
enum Contents {
    /// Tables of another program only.
    Foreign,
    /// Our tables, or none at all (outdated then).
    Tables(SchemaState),
}

async fn inspect(connection: &mut DirectConnection, product: SqlServerProduct) -> Result<Contents, sqlx::Error> {
    let names = match product {
        SqlServerProduct::MySql => {
            "SELECT CAST(table_name AS BINARY) FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        SqlServerProduct::Postgres => {
            // Includes tables that this user may not read; the information schema leaves them out.
            "SELECT convert_to(relname::text, 'UTF8') FROM pg_class \
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
        }
    };
    let rows = connection.as_ref().rows(names, &[]).await?;
    let names: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    let has = |name: &str| names.iter().any(|found| found == name);
    if !has("_sqlx_migrations") {
        return Ok(if names.is_empty() { Contents::Tables(SchemaState::Outdated) } else { Contents::Foreign });
    }
    // MySQL records a migration that was interrupted as not successful; it is applied again.
    let applied = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let rows = connection.as_ref().rows(applied, &[]).await?;
    let applied: Vec<(i64, Vec<u8>)> =
        rows.iter().map(|row| Ok((row.int(0)?, row.bytes(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let minimum = if has("oldest_program") {
        let rows = connection.as_ref().rows(MINIMUM_MIGRATION_QUERY, &[]).await?;
        rows.first().map(|row| row.int_or_null(0)).transpose()?.flatten()
    } else {
        None
    };
    Ok(Contents::Tables(compare_schema(migrations(product), &applied, minimum)))
}

/// Waits for the lock under which tables are migrated. It ends with the connection (MySQL) or the transaction.
async fn lock_migrations(connection: &mut DirectConnection) -> Result<(), SqlError> {
    let is_locked = match connection {
        DirectConnection::MySql(_) => {
            let statement = "SELECT GET_LOCK(CONCAT('clusterwright.', LEFT(SHA2(DATABASE(), 256), 32)), ?)";
            let rows = connection.as_ref().rows(statement, &[Int(MIGRATION_LOCK_TIMEOUT_SECONDS)]).await?;
            rows.first().map(|row| row.int_or_null(0)).transpose()? == Some(Some(1))
        }
        DirectConnection::Postgres(_) => {
            connection.run("BEGIN; SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = '150s'").await?;
            connection.as_ref().execute("SELECT pg_advisory_xact_lock(?)", &[Int(MIGRATION_LOCK_ID)]).await?;
            true
        }
    };
    if is_locked { Ok(()) } else { Err(SqlError::from(sqlx::Error::PoolTimedOut)) }
}

async fn unlock_migrations(connection: &mut DirectConnection) -> Result<(), sqlx::Error> {
    match connection {
        DirectConnection::MySql(_) => {
            let statement = "SELECT RELEASE_LOCK(CONCAT('clusterwright.', LEFT(SHA2(DATABASE(), 256), 32)))";
            connection.as_ref().rows(statement, &[]).await.map(drop)
        }
        DirectConnection::Postgres(_) => connection.run("COMMIT").await,
    }
}

async fn migrate(connection: &mut DirectConnection, migrations: &[SchemaMigration]) -> Result<(), MigrateError> {
    if let DirectConnection::MySql(mysql) = connection {
        // A migration that was applied in part before the process or the server stopped: all its statements may run again.
        let statement = "SELECT count(*) FROM information_schema.tables \
                         WHERE table_schema = DATABASE() AND table_name = '_sqlx_migrations'";
        let found = ConnectionRef::MySql(mysql).rows(statement, &[]).await?;
        if found.first().map(|row| row.int(0)).transpose()? == Some(1) {
            mysql.execute("DELETE FROM _sqlx_migrations WHERE NOT success").await?;
        }
    }
    connection.migrate(&migrator(migrations)).await
}

fn classify_migration(address: &SqlServerAddress, error: MigrateError) -> SqlServerProblem {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => classify(address, error.into()),
        MigrateError::VersionMismatch(migration) => SqlServerProblem::Differs { migration },
        other => SqlServerProblem::Other(other.into()),
    }
}

/// Finds out at start, and not at the first save, that this user may not write or that the server is read-only.
async fn verify_writable(connection: &mut DirectConnection) -> Result<(), sqlx::Error> {
    for statement in [
        "INSERT INTO record_heads (plan, kind, last_number) SELECT plan, kind, last_number FROM record_heads WHERE 1 = 0",
        "UPDATE record_heads SET last_number = 1 WHERE 1 = 0",
        "DELETE FROM record_heads WHERE 1 = 0",
    ] {
        connection.run(statement).await?;
    }
    Ok(())
}

/// MySQL's `max_allowed_packet`; PostgreSQL has no such limit that a plan could reach.
async fn max_statement_bytes(
    connection: &mut DirectConnection,
    product: SqlServerProduct,
) -> Result<Option<u64>, sqlx::Error> {
    if product == SqlServerProduct::Postgres {
        return Ok(None);
    }
    let rows = connection.as_ref().rows("SELECT CAST(@@max_allowed_packet AS SIGNED)", &[]).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.and_then(|bytes| u64::try_from(bytes).ok()))
}

#[cfg(test)]
mod tests {
    use super::{MYSQL, POSTGRES};
    use crate::migrations::assert_built_in;

    #[test]
    fn every_migration_in_the_folders_is_built_in() {
        assert_built_in(&MYSQL, "mysql");
        assert_built_in(&POSTGRES, "postgres");
    }
}
