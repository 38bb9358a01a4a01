//! Reads SQLite's result codes: which of the troubles an operator can end is this one?
//!
//! Codes are those of <https://www.sqlite.org/rescode.html>; the low byte is the primary code.

use std::io;
use std::path::Path;

use sqlx::migrate::MigrateError;

use crate::{OpenError, Trouble};

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
/// The shared-memory file beside the database cannot be made longer: SQLite's word for a full disk there.
const IOERR_SHMSIZE: i32 = 4874;
/// A read-only connection found a write-ahead log or journal of a process that was killed, and may not tidy up.
const READONLY_RECOVERY: i32 = 264;
const READONLY_ROLLBACK: i32 = 776;
const READONLY_CANTINIT: i32 = 1288;

/// The extended result code, where SQLite gave one.
fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether somebody else holds the lock, so that waiting may help.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code & 0xff, BUSY | LOCKED | PROTOCOL))
}

/// Whether the file is sound as far as seen, but needs a connection that may write to be read.
pub(super) fn needs_writing(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code, READONLY_RECOVERY | READONLY_ROLLBACK | READONLY_CANTINIT))
}

/// Why an operation on the open store failed.
pub(super) fn trouble(error: sqlx::Error) -> Trouble {
    match (&error, code(&error)) {
        (_, Some(IOERR_SHMSIZE)) => Trouble::DiskFull(error.into()),
        (_, Some(code)) => match code & 0xff {
            BUSY | LOCKED | PROTOCOL => Trouble::Locked(error.into()),
            FULL => Trouble::DiskFull(error.into()),
            CORRUPT | NOTADB => Trouble::Damaged(error.into()),
            READONLY | CANTOPEN | PERM | AUTH => Trouble::NotWritable(error.into()),
            _ => Trouble::Other(error.into()),
        },
        (sqlx::Error::Io(cause), _) if cause.kind() == io::ErrorKind::NotFound => Trouble::Gone,
        // The one writing connection stayed in use: its user waits for another program's lock.
        (sqlx::Error::PoolTimedOut, _) => Trouble::Locked(error.into()),
        (sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }, _) => Trouble::Damaged(error.into()),
        _ => Trouble::Other(error.into()),
    }
}

/// Why the database at `path` cannot be opened.
pub(super) fn open_error(path: &Path, error: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    if code(&error).is_some_and(|code| code & 0xff == NOTADB) {
        return OpenError::NotADatabase { path, source: error.into() };
    }
    match trouble(error) {
        Trouble::Locked(source) => OpenError::Locked { path, source },
        Trouble::DiskFull(source) => OpenError::DiskFull { path, source },
        Trouble::Damaged(cause) => OpenError::Damaged { path, found: cause.to_string() },
        Trouble::NotWritable(source) => OpenError::NotWritable { path, source },
        Trouble::Gone => OpenError::Failed { path, source: "the file is gone".into() },
        Trouble::Other(source) => OpenError::Failed { path, source },
        other => OpenError::Failed { path, source: other.into() },
    }
}

/// Why the folder of the database at `path` cannot be made or read.
pub(super) fn folder_error(path: &Path, error: io::Error) -> OpenError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::DiskFull { path, source: error.into() },
        _ => OpenError::NotWritable { path, source: error.into() },
    }
}

/// Why the tables of the database at `path` cannot be brought up to date.
pub(super) fn migrate_error(path: &Path, error: MigrateError) -> OpenError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => open_error(path, error),
        MigrateError::VersionMismatch(step) => OpenError::Differs { path: path.to_owned(), step },
        other => OpenError::Failed { path: path.to_owned(), source: other.into() },
    }
}
