//! Inspects a file that exists through a connection that may not write, so that a damaged or foreign one stays as it is,
//! byte for byte.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::classify::{needs_recovery, open_error};
use crate::OpenError;

/// Marks the file as ours, see the first migration.
const APPLICATION_ID: i64 = 0x434c_5752;
/// The header of every SQLite file, in bytes.
const HEADER_LENGTH: u64 = 100;

/// Whether the file is new: it does not exist, or is empty. A file with content is inspected.
///
/// # Errors
/// [`OpenError`] where the file is not a database of ours that is complete.
pub(super) async fn is_new(path: &Path, options: &SqliteConnectOptions) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Err(_) => Ok(true),
        Ok(found) if found.len() == 0 => {
            refuse_truncated(path)?;
            Ok(true)
        }
        Ok(found) if !found.is_file() => {
            Err(OpenError::NotWritable { path: path.to_owned(), source: "it is not a file".into() })
        }
        // SQLite considers a file of one byte empty, and would overwrite it.
        Ok(found) if found.len() < HEADER_LENGTH => {
            let source = "it is shorter than the header of a database".into();
            Err(OpenError::NotADatabase { path: path.to_owned(), source })
        }
        Ok(_) => {
            inspect(path, options).await?;
            Ok(false)
        }
    }
}

/// An empty file is a new database, unless its write-ahead log has content: then the database was truncated, and SQLite
/// would discard the log.
fn refuse_truncated(path: &Path) -> Result<(), OpenError> {
    if companion_has_content(path, "-wal") {
        let found = "the file is empty, but its write-ahead log is not".to_owned();
        return Err(OpenError::Damaged { path: path.to_owned(), found });
    }
    Ok(())
}

fn companion_has_content(path: &Path, ending: &str) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push(ending);
    fs::metadata(PathBuf::from(beside)).is_ok_and(|found| found.len() > 0)
}

/// SQLite does not notice when only a part of the last page is missing. With a log, the page may be in there: a full disk
/// or a killed process interrupted its move into the file, and SQLite completes that.
fn is_last_page_incomplete(path: &Path, page_size: u64) -> bool {
    // The log first: a complete file whose log has just been moved into it must not appear truncated.
    let has_log = ["-wal", "-journal"].iter().any(|ending| companion_has_content(path, ending));
    let length = fs::metadata(path).map_or(0, |found| found.len());
    !has_log && !length.is_multiple_of(page_size.max(1))
}

/// Verifies that a file is SQLite's, ours and undamaged, without changing it.
async fn inspect(path: &Path, options: &SqliteConnectOptions) -> Result<(), OpenError> {
    match inspect_with(path, &options.clone().read_only(true)).await {
        // A killed process left a log: the file is sound, but only a connection that may write can recover it.
        Err(InspectError::Sqlite(error)) if needs_recovery(&error) => inspect_with(path, options).await,
        inspected => inspected,
    }
    .map_err(|error| match error {
        InspectError::Sqlite(error) => open_error(path, error),
        InspectError::Unusable(error) => error,
    })
}

enum InspectError {
    Sqlite(sqlx::Error),
    Unusable(OpenError),
}

impl From<sqlx::Error> for InspectError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlite(error)
    }
}

async fn inspect_with(path: &Path, options: &SqliteConnectOptions) -> Result<(), InspectError> {
    let mut connection = options.connect().await?;
    let inspected = inspect_on(path, &mut connection).await;
    let closed = connection.close().await;
    inspected.and(closed.map_err(InspectError::from))
}

async fn inspect_on(path: &Path, connection: &mut SqliteConnection) -> Result<(), InspectError> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
    let is_blank = application == 0 && tables == 0;
    if application != APPLICATION_ID && !is_blank {
        return Err(InspectError::Unusable(OpenError::Foreign { path: path.to_owned() }));
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *connection).await?;
    if found != "ok" {
        return Err(InspectError::Unusable(OpenError::Damaged { path: path.to_owned(), found }));
    }
    let page_size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *connection).await?;
    if is_last_page_incomplete(path, page_size.unsigned_abs()) {
        let found = "a part of its last page is missing".to_owned();
        return Err(InspectError::Unusable(OpenError::Damaged { path: path.to_owned(), found }));
    }
    Ok(())
}
