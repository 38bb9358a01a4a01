//! Opens the file: inspects it before it is changed, then creates or migrates its tables.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqlitePool;
use sqlx::{Connection as _, SqliteConnection};

use super::classify::{folder_error, migrate_error, open_error};
use super::connect::{BEGIN, enable_wal, options, pool, truncate_log};
use super::identity::FileIdentity;
use super::inspect::is_new;
use super::store::SqliteStore;
use crate::OpenError;
use crate::migrations::{
    MINIMUM_MIGRATION_QUERY, SchemaMigration, SchemaState, compare_schema, latest_version, migrator,
};

/// How long to wait for a lock that another program holds, unless the caller states another time.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// The `user_version` of a file whose free pages contain nothing that versions without `secure_delete` deleted.
const REWRITTEN_USER_VERSION: i64 = 1;
/// Connections of one process that read. Reads are short; more connections only cost memory.
const MAX_READERS: u32 = 4;

const MIGRATIONS: [SchemaMigration; 5] = [
    (1, "plans", include_str!("../../migrations/sqlite/0001_plans.sql")),
    (2, "check_results", include_str!("../../migrations/sqlite/0002_check_results.sql")),
    (3, "node_reports", include_str!("../../migrations/sqlite/0003_node_reports.sql")),
    (4, "records", include_str!("../../migrations/sqlite/0004_records.sql")),
    (5, "oldest_program", include_str!("../../migrations/sqlite/0005_oldest_program.sql")),
];

impl SqliteStore {
    /// Opens the database at `path`, creates it (and its folder) where it does not exist, checks it, and migrates its
    /// tables. A file that is damaged or not ours is never changed.
    ///
    /// # Errors
    /// [`OpenError`], one variant for each thing that the operator can do something about.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with_lock_timeout(path, LOCK_TIMEOUT).await
    }

    /// As [`SqliteStore::open`], waiting at most about `lock_timeout` for a lock that another program holds, now and in
    /// every later operation.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with_lock_timeout(path: impl AsRef<Path>, lock_timeout: Duration) -> Result<Self, OpenError> {
        let path = path.as_ref();
        create_folder(path).map_err(|error| folder_error(path, error))?;
        let options = options(path, lock_timeout);
        let is_new = is_new(path, &options).await?;
        let writer = pool(1, lock_timeout, options.clone().create_if_missing(true));
        if let Err(error) = prepare(path, &writer, is_new, lock_timeout).await {
            writer.close().await;
            return Err(error);
        }
        let identity = FileIdentity::of(path).map_err(|error| folder_error(path, error))?;
        let readers = pool(MAX_READERS, lock_timeout, options);
        Ok(Self { path: path.to_owned(), identity, writer, readers })
    }
}

fn create_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Sets the file's permissions and WAL mode, and creates or migrates its tables.
async fn prepare(path: &Path, writer: &SqlitePool, is_new: bool, lock_timeout: Duration) -> Result<(), OpenError> {
    let mut connection = writer.acquire().await.map_err(|error| open_error(path, error))?;
    if is_new {
        restrict_permissions(path).map_err(|error| folder_error(path, error))?;
    }
    enable_wal(&mut connection, lock_timeout).await.map_err(|error| open_error(path, error))?;

    // One transaction around all migrations: two processes may start at once.
    let mut transaction = connection.begin_with(BEGIN).await.map_err(|error| open_error(path, error))?;
    let (applied, minimum) = applied_migrations(&mut transaction).await.map_err(|error| open_error(path, error))?;
    match compare_schema(&MIGRATIONS, &applied, minimum) {
        SchemaState::Current => {}
        SchemaState::Outdated => migrator(&MIGRATIONS)
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(|error| migrate_error(path, error))?,
        SchemaState::Newer(found) => {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: latest_version(&MIGRATIONS) });
        }
        SchemaState::Differs(migration) => return Err(OpenError::Differs { path: path.to_owned(), migration }),
    }
    transaction.commit().await.map_err(|error| open_error(path, error))?;
    // Where it fails, for lack of space or because another program reads, the next start tries again.
    let _ = rewrite_once(&mut connection, is_new).await;
    Ok(())
}

/// Files of versions without `secure_delete` contain deleted plans in their free pages: they are rewritten, once.
async fn rewrite_once(connection: &mut SqliteConnection, is_new: bool) -> Result<(), sqlx::Error> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    if found >= REWRITTEN_USER_VERSION {
        return Ok(());
    }
    if !is_new {
        sqlx::query("VACUUM").execute(&mut *connection).await?;
        truncate_log(connection).await?;
    }
    sqlx::query("PRAGMA user_version = 1").execute(connection).await.map(drop)
}

/// The migrations that were applied (version and checksum), and the earliest one that a program must know.
async fn applied_migrations(
    connection: &mut SqliteConnection,
) -> Result<(Vec<(i64, Vec<u8>)>, Option<i64>), sqlx::Error> {
    let statement = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(statement).fetch_all(&mut *connection).await?;
    let has = |name: &str| tables.iter().any(|found| found == name);
    let applied = if has("_sqlx_migrations") {
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?
    } else {
        Vec::new()
    };
    let minimum = if has("oldest_program") {
        sqlx::query_scalar(MINIMUM_MIGRATION_QUERY).fetch_one(connection).await?
    } else {
        None
    };
    Ok((applied, minimum))
}

/// Only the owner may read the file. SQLite creates its companions with the same permissions.
fn restrict_permissions(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_in_the_folder_is_built_in() {
        crate::migrations::assert_built_in(&MIGRATIONS, "sqlite");
    }
}
