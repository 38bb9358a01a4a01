//! Classifies SQLite's result codes into the problems that an operator can solve.
//!
//! Codes are those of <https://www.sqlite.org/rescode.html>; the low byte is the primary code.

use std::io;
use std::path::Path;

use sqlx::migrate::MigrateError;

use crate::{DatabaseProblem, OpenError};

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const PROTOCOL: i32 = 15;
const AUTH: i32 = 23;
const NOTADB: i32 = 26;
const PERM: i32 = 3;
/// The shared-memory file cannot grow: how SQLite reports a full disk there.
const IOERR_SHMSIZE: i32 = 4874;
/// A read-only connection found a write-ahead log or journal of a killed process, and may not recover it.
const READONLY_RECOVERY: i32 = 264;
const READONLY_ROLLBACK: i32 = 776;
const READONLY_CANTINIT: i32 = 1288;

/// The extended result code, where SQLite gave one.
fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether another connection holds the lock, so that waiting may help.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED | PROTOCOL))
}

/// Whether only a connection that may write can read the file, after recovering its log.
pub(super) fn needs_recovery(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code, READONLY_RECOVERY | READONLY_ROLLBACK | READONLY_CANTINIT))
}

/// Why an operation on the open store failed.
pub(super) fn classify(error: sqlx::Error) -> DatabaseProblem {
    match (&error, code(&error)) {
        (_, Some(IOERR_SHMSIZE)) => DatabaseProblem::DiskFull(error.into()),
        (_, Some(code)) => match code & 0xff {
            BUSY | LOCKED | PROTOCOL => DatabaseProblem::Locked(error.into()),
            FULL => DatabaseProblem::DiskFull(error.into()),
            CORRUPT | NOTADB => DatabaseProblem::Damaged(error.into()),
            READONLY | CANTOPEN | PERM | AUTH => DatabaseProblem::NotWritable(error.into()),
            _ => DatabaseProblem::Other(error.into()),
        },
        (sqlx::Error::Io(cause), _) if cause.kind() == io::ErrorKind::NotFound => DatabaseProblem::FileMissing,
        // The one connection that writes stayed in use: it waits for another program's lock.
        (sqlx::Error::PoolTimedOut, _) => DatabaseProblem::Locked(error.into()),
        (sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }, _) => DatabaseProblem::Damaged(error.into()),
        _ => DatabaseProblem::Other(error.into()),
    }
}

/// Why the database at `path` cannot be opened.
pub(super) fn open_error(path: &Path, error: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    if code(&error).is_some_and(|code| code & 0xff == NOTADB) {
        return OpenError::NotADatabase { path, source: error.into() };
    }
    match classify(error) {
        DatabaseProblem::Locked(source) => OpenError::Locked { path, source },
        DatabaseProblem::DiskFull(source) => OpenError::DiskFull { path, source },
        DatabaseProblem::Damaged(cause) => OpenError::Damaged { path, found: cause.to_string() },
        DatabaseProblem::NotWritable(source) => OpenError::NotWritable { path, source },
        DatabaseProblem::FileMissing => OpenError::Failed { path, source: "the file was moved or deleted".into() },
        DatabaseProblem::Other(source) => OpenError::Failed { path, source },
        other => OpenError::Failed { path, source: other.into() },
    }
}

/// Why the folder of the database at `path` cannot be created or read.
pub(super) fn folder_error(path: &Path, error: io::Error) -> OpenError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::DiskFull { path, source: error.into() },
        _ => OpenError::NotWritable { path, source: error.into() },
    }
}

/// Why the tables of the database at `path` cannot be migrated.
pub(super) fn migrate_error(path: &Path, error: MigrateError) -> OpenError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => open_error(path, error),
        MigrateError::VersionMismatch(migration) => OpenError::Differs { path: path.to_owned(), migration },
        other => OpenError::Failed { path: path.to_owned(), source: other.into() },
    }
}
