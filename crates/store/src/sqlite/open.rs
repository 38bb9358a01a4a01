//! Opens the file: looks before it touches, then brings the tables up to date.
//!
//! A file that exists is first read through a connection that may not write, so that a damaged or foreign one stays as
//! it is, byte for byte. Only then is it opened for writing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::trouble::{folder_error, is_locked, migrate_error, needs_writing, open_error};
use super::{BEGIN, SqliteStore};
use crate::OpenError;
use crate::migrations::{OLDEST, Step, Tables, judge, known, migrator};

/// Marks the file as ours, see the first migration.
const APPLICATION_ID: i64 = 0x434c_5752;
/// The `user_version` of a file in which nothing is left of what versions without `secure_delete` deleted.
const REWRITTEN: i64 = 1;
/// Readers of one process. SQLite reads are short; more only cost memory.
const READERS: u32 = 4;
/// The length of the header of every SQLite file, in bytes.
const HEADER: u64 = 100;
/// How often the switch to WAL is tried again: SQLite does not wait for that lock by itself.
const RETRY: Duration = Duration::from_millis(20);

const STEPS: [Step; 5] = [
    (1, "plans", include_str!("../../migrations/sqlite/0001_plans.sql")),
    (2, "check_results", include_str!("../../migrations/sqlite/0002_check_results.sql")),
    (3, "node_reports", include_str!("../../migrations/sqlite/0003_node_reports.sql")),
    (4, "records", include_str!("../../migrations/sqlite/0004_records.sql")),
    (5, "oldest_program", include_str!("../../migrations/sqlite/0005_oldest_program.sql")),
];

/// See [`SqliteStore::open_within`].
pub(super) async fn open(path: &Path, patience: Duration) -> Result<SqliteStore, OpenError> {
    make_folder(path).map_err(|error| folder_error(path, error))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Plans name hosts and accounts: what is deleted or written over is not left in the file's free pages.
        .pragma("secure_delete", "ON")
        .busy_timeout(patience);

    let is_new = match fs::metadata(path) {
        Err(_) => true,
        Ok(found) if found.len() == 0 => {
            refuse_lost_log(path)?;
            true
        }
        Ok(found) if !found.is_file() => {
            return Err(OpenError::NotWritable { path: path.to_owned(), source: "it is not a file".into() });
        }
        // SQLite takes a file of one byte for an empty one, and would write over it.
        Ok(found) if found.len() < HEADER => {
            let source = "it is shorter than the header of a database".into();
            return Err(OpenError::NotADatabase { path: path.to_owned(), source });
        }
        Ok(_) => {
            inspect(path, &options).await?;
            false
        }
    };

    let writer = pool(1, patience, options.clone().create_if_missing(true));
    if let Err(error) = prepare(path, &writer, is_new, patience).await {
        writer.close().await;
        return Err(error);
    }
    let identity = Identity::of(path).map_err(|error| folder_error(path, error))?;
    Ok(SqliteStore { path: path.to_owned(), identity, writer, readers: pool(READERS, patience, options) })
}

fn pool(connections: u32, patience: Duration, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(connections)
        // Longer than one user's wait for a lock, so that the lock is what gets reported.
        .acquire_timeout(patience * 2)
        // A connection to a file does not go stale.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // On a full disk SQLite ends the transaction by itself, which sqlx does not notice: such a connection could never
        // begin another one. It is closed, and the next user gets a new one. The ping lets a pending rollback go first.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_lazy_with(options)
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// An empty file is a new database, unless a write-ahead log with content lies beside it: then the database was cut off,
/// and SQLite would throw the log away.
fn refuse_lost_log(path: &Path) -> Result<(), OpenError> {
    if has_content_beside(path, "-wal") {
        let found = "the file is empty, but its write-ahead log is not".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), found });
    }
    Ok(())
}

fn has_content_beside(path: &Path, ending: &str) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    fs::metadata(PathBuf::from(beside)).is_ok_and(|found| found.len() > 0)
}

/// SQLite does not notice when only a part of the last page is missing. With a log beside it, the page may be there:
/// a full disk or a killed process stopped its move into the file, and SQLite finishes that.
fn is_cut_within_a_page(path: &Path, page_size: u64) -> bool {
    // The log first: a whole file whose log has just been moved into it must not look cut.
    let has_log = ["-wal", "-journal"].iter().any(|ending| has_content_beside(path, ending));
    let length = fs::metadata(path).map_or(0, |found| found.len());
    !has_log && !length.is_multiple_of(page_size.max(1))
}

/// Looks at a file that exists: is it SQLite's, is it ours, is it whole?
async fn inspect(path: &Path, options: &SqliteConnectOptions) -> Result<(), OpenError> {
    match look(path, &options.clone().read_only(true)).await {
        // Left behind by a killed process: sound, but only a writer may tidy up.
        Err(Look::Sqlite(error)) if needs_writing(&error) => look(path, options).await,
        looked => looked,
    }
    .map_err(|look| match look {
        Look::Sqlite(error) => open_error(path, error),
        Look::Refused(error) => error,
    })
}

enum Look {
    Sqlite(sqlx::Error),
    Refused(OpenError),
}

impl From<sqlx::Error> for Look {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error)
    }
}

async fn look(path: &Path, options: &SqliteConnectOptions) -> Result<(), Look> {
    let mut connection = options.connect().await?;
    let found = look_with(path, &mut connection).await;
    let closed = connection.close().await;
    found.and(closed.map_err(Look::from))
}

async fn look_with(path: &Path, connection: &mut SqliteConnection) -> Result<(), Look> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
    let is_blank = application == 0 && tables == 0;
    if application != APPLICATION_ID && !is_blank {
        return Err(Look::Refused(OpenError::Foreign { path: path.to_owned() }));
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *connection).await?;
    if found != "ok" {
        return Err(Look::Refused(OpenError::Damaged { path: path.to_owned(), found }));
    }
    let page_size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await?;
    if is_cut_within_a_page(path, page_size.unsigned_abs()) {
        let found = "a part of its last page is missing".to_owned();
        return Err(Look::Refused(OpenError::Damaged { path: path.to_owned(), found }));
    }
    Ok(())
}

/// Makes the file usable: rights, WAL mode, tables.
async fn prepare(path: &Path, writer: &SqlitePool, is_new: bool, patience: Duration) -> Result<(), OpenError> {
    let mut connection = writer.acquire().await.map_err(|error| open_error(path, error))?;
    if is_new {
        keep_private(path).map_err(|error| folder_error(path, error))?;
    }
    write_ahead(&mut connection, patience).await.map_err(|error| open_error(path, error))?;

    // One transaction around all of them: two processes may start at once.
    let mut transaction = connection.begin_with(BEGIN).await.map_err(|error| open_error(path, error))?;
    let (taken, oldest) = taken(&mut transaction).await.map_err(|error| open_error(path, error))?;
    match judge(&STEPS, &taken, oldest) {
        Tables::Current => {}
        Tables::Old => migrator(&STEPS)
            .run_direct(None, &mut *transaction, false)
            .await
            .map_err(|error| migrate_error(path, error))?,
        Tables::Newer(found) => {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: known(&STEPS) });
        }
        Tables::Differs(step) => return Err(OpenError::Differs { path: path.to_owned(), step }),
    }
    transaction.commit().await.map_err(|error| open_error(path, error))?;
    // Where it fails, for want of space or because another program reads, the next start tries again.
    let _ = rewrite_once(&mut connection, is_new).await;
    Ok(())
}

/// Files of versions before [`REWRITTEN`] hold deleted plans in their free pages: they are written anew, once.
async fn rewrite_once(connection: &mut SqliteConnection, is_new: bool) -> Result<(), sqlx::Error> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    if found >= REWRITTEN {
        return Ok(());
    }
    if !is_new {
        sqlx::query("VACUUM").execute(&mut *connection).await?;
        cut_log(connection).await?;
    }
    sqlx::query("PRAGMA user_version = 1").execute(connection).await.map(drop)
}

/// Moves the write-ahead log into the file and cuts it to nothing. Says whether it did: a reader of another program may
/// stand in the way.
pub(super) async fn cut_log(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(busy == 0)
}

/// The steps that were taken, and the oldest that a program must know to use the tables.
async fn taken(connection: &mut SqliteConnection) -> Result<(Vec<(i64, Vec<u8>)>, Option<i64>), sqlx::Error> {
    let statement = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let tables: Vec<String> = sqlx::query_scalar(statement).fetch_all(&mut *connection).await?;
    let has = |name: &str| tables.iter().any(|found| found == name);
    let taken = if has("_sqlx_migrations") {
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?
    } else {
        Vec::new()
    };
    let oldest = if has("oldest_program") { sqlx::query_scalar(OLDEST).fetch_one(connection).await? } else { None };
    Ok((taken, oldest))
}

/// Switches to WAL and waits for the lock that this takes; the mode stays in the file.
async fn write_ahead(connection: &mut SqliteConnection, patience: Duration) -> Result<(), sqlx::Error> {
    let end = tokio::time::Instant::now() + patience;
    loop {
        // Where the file system cannot do it, SQLite stays with a rollback journal: slower, and as safe.
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
            Err(error) if is_locked(&error) && tokio::time::Instant::now() < end => tokio::time::sleep(RETRY).await,
            switched => return switched.map(drop),
        }
    }
}

/// Only the owner may read the file; what SQLite puts beside it gets the same rights.
fn keep_private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Tells the file that was opened from another one put in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let found = fs::metadata(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            Ok(Self { device_and_inode: (found.dev(), found.ino()) })
        }
        #[cfg(not(unix))]
        {
            drop(found);
            Ok(Self {})
        }
    }

    /// Fails with `NotFound` unless `path` still leads to the file that was opened.
    pub(super) fn check(&self, path: &Path) -> std::io::Result<()> {
        if Self::of(path).is_ok_and(|found| found == *self) { Ok(()) } else { Err(std::io::ErrorKind::NotFound.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_in_the_folder_is_built_in() {
        crate::migrations::assert_built_in(&STEPS, "sqlite");
    }
}
