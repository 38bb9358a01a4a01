//! Connections to the file: their options, the pools, and the write-ahead log.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};

use super::classify::is_locked;

/// Acquires the write lock at once: a transaction that reads first may be refused it later.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
/// Between two attempts to switch to WAL mode: SQLite does not wait for that lock by itself.
const WAL_RETRY_INTERVAL: Duration = Duration::from_millis(20);

pub(super) fn options(path: &Path, lock_timeout: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Plans name hosts and accounts: deleted and overwritten values do not stay in the file's free pages.
        .pragma("secure_delete", "ON")
        .busy_timeout(lock_timeout)
}

pub(super) fn pool(max_connections: u32, lock_timeout: Duration, options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(max_connections)
        // Longer than the wait for a lock, so that the lock is what is reported.
        .acquire_timeout(lock_timeout * 2)
        // A connection to a file does not go stale.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // On a full disk SQLite ends the transaction by itself, which sqlx does not notice: such a connection could never
        // begin another one. It is closed, and the next operation gets a new one. The ping completes a pending rollback.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_lazy_with(options)
}

/// Switches the file to WAL mode, and waits for the lock that this needs.
pub(super) async fn enable_wal(connection: &mut SqliteConnection, lock_timeout: Duration) -> Result<(), sqlx::Error> {
    let deadline = tokio::time::Instant::now() + lock_timeout;
    loop {
        // Where the file system does not support it, SQLite keeps its rollback journal: slower, and as safe.
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await {
            Err(error) if is_locked(&error) && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(WAL_RETRY_INTERVAL).await
            }
            switched => return switched.map(drop),
        }
    }
}

/// Moves the write-ahead log into the file and truncates it. Returns whether it did: a reader of another program may
/// prevent it.
pub(super) async fn truncate_log(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    Ok(busy == 0)
}
