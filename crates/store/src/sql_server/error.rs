//! Classifies the error codes of the drivers: what the problem is, and whether the operation may be retried.
//!
//! MySQL's numbers are those of <https://dev.mysql.com/doc/mysql-errors/9.0/en/server-error-reference.html> (MariaDB
//! shares them), PostgreSQL's codes those of <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use std::io;

use sqlx::mysql::MySqlDatabaseError;
use thiserror::Error;

use super::problem::SqlServerProblem;
use crate::Cause;
use crate::address::{SqlServerAddress, SqlServerProduct};

/// An operation that failed.
#[derive(Debug)]
pub(super) struct SqlError {
    error: sqlx::Error,
    /// Whether the transaction may have been committed in spite of the error.
    may_be_committed: bool,
}

#[derive(Debug, Error)]
#[error("the statement has {size} bytes, but the server accepts at most {max} (max_allowed_packet)")]
struct StatementTooLarge {
    size: u64,
    max: u64,
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        Self { error, may_be_committed: false }
    }
}

impl SqlError {
    /// A failed COMMIT. Where the server itself reports an error, nothing is stored; where the connection broke, nothing
    /// is known.
    pub(super) fn of_commit(error: sqlx::Error) -> Self {
        let may_be_committed = matches!(kind(&error), Kind::Lost | Kind::Other);
        Self { error, may_be_committed }
    }

    pub(super) fn too_large(size: u64, max: u64) -> Self {
        sqlx::Error::Encode(Box::new(StatementTooLarge { size, max })).into()
    }

    /// Whether nothing is stored and the next attempt may succeed.
    pub(super) fn is_retryable(&self) -> bool {
        let is_transient = matches!(kind(&self.error), Kind::Deadlock | Kind::Lost) || self.is_unique_violation();
        !self.may_be_committed && is_transient
    }

    /// Whether a row with this key exists already.
    pub(super) fn is_unique_violation(&self) -> bool {
        self.error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    /// Whether the pool had no connection to give. It does not report why.
    pub(super) fn is_pool_timeout(&self) -> bool {
        matches!(self.error, sqlx::Error::PoolTimedOut)
    }

    pub(super) fn into_cause(self) -> Cause {
        self.error.into()
    }
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unreachable,
    LoginRefused,
    NoDatabase,
    NoRights,
    ReadOnly,
    DiskFull,
    TooManyConnections,
    TooLarge,
    Tls,
    Locked,
    Damaged,
    /// The server aborted this transaction in favour of another.
    Deadlock,
    /// The connection broke.
    Lost,
    Other,
}

fn kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(database) => match database.try_downcast_ref::<MySqlDatabaseError>() {
            Some(mysql) => mysql_kind(mysql.number(), mysql.message()),
            None => postgres_kind(&database.code().unwrap_or_default(), database.message()),
        },
        sqlx::Error::Tls(_) => Kind::Tls,
        // How rustls reports a certificate that it does not trust.
        sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => Kind::Tls,
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Kind::Lost,
        sqlx::Error::PoolTimedOut => Kind::TooManyConnections,
        sqlx::Error::Encode(cause) if cause.is::<StatementTooLarge>() => Kind::TooLarge,
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => Kind::Damaged,
        _ => Kind::Other,
    }
}

fn mysql_kind(number: u16, message: &str) -> Kind {
    match number {
        1040 | 1203 | 1226 => Kind::TooManyConnections,
        1045 | 1130 | 1251 | 1698 | 1820 | 1862 | 3118 | 4151 => Kind::LoginRefused,
        1049 => Kind::NoDatabase,
        1044 | 1142 | 1143 | 1227 | 1370 => Kind::NoRights,
        1290 | 1792 | 1836 => Kind::ReadOnly,
        1021 | 1114 => Kind::DiskFull,
        // "Got error 28 from storage engine": the system's number for a full disk.
        3 | 1026 | 1030 if message.contains("28") => Kind::DiskFull,
        1153 | 1301 => Kind::TooLarge,
        1205 | 3572 => Kind::Locked,
        1213 => Kind::Deadlock,
        1053 | 1077 | 1079 | 1158..=1161 | 1184 | 1317 | 1927 | 3169 | 4031 => Kind::Lost,
        1194 | 1195 | 1712 | 1815 => Kind::Damaged,
        _ => Kind::Other,
    }
}

fn postgres_kind(code: &str, message: &str) -> Kind {
    match code {
        "53300" => Kind::TooManyConnections,
        "57P03" => Kind::Unreachable,
        "28000" | "28P01" => Kind::LoginRefused,
        "3D000" => Kind::NoDatabase,
        "42501" | "3F000" => Kind::NoRights,
        "25006" => Kind::ReadOnly,
        "53100" => Kind::DiskFull,
        "58030" if message.contains("No space left") => Kind::DiskFull,
        "54000" => Kind::TooLarge,
        "55P03" | "57014" => Kind::Locked,
        "40001" | "40P01" => Kind::Deadlock,
        "57P01" | "57P02" | "25P03" | "57P05" => Kind::Lost,
        "XX001" | "XX002" => Kind::Damaged,
        _ if code.starts_with("08") => Kind::Lost,
        _ => Kind::Other,
    }
}

/// Why no connection could be created.
pub(super) fn classify_connect(address: &SqlServerAddress, error: sqlx::Error) -> SqlServerProblem {
    match (&error, kind(&error)) {
        (sqlx::Error::Io(cause), _) if cause.kind() == io::ErrorKind::NotFound && address.authority.is_some() => {
            SqlServerProblem::Tls(error.into())
        }
        (_, Kind::Lost) => SqlServerProblem::Unreachable(error.into()),
        _ => classify(address, error.into()),
    }
}

/// Why an operation on a connection failed.
pub(super) fn classify(address: &SqlServerAddress, error: SqlError) -> SqlServerProblem {
    let SqlError { error, may_be_committed } = error;
    let kind = kind(&error);
    let cause: Cause = error.into();
    match kind {
        _ if may_be_committed => SqlServerProblem::Uncertain(cause),
        Kind::Unreachable => SqlServerProblem::Unreachable(cause),
        Kind::LoginRefused => SqlServerProblem::LoginRefused { user: address.user.clone(), source: cause },
        Kind::NoDatabase => SqlServerProblem::NoDatabase { statement: create_database(address), source: cause },
        Kind::NoRights => SqlServerProblem::NoRights { statement: grant(address), source: cause },
        Kind::ReadOnly => SqlServerProblem::ReadOnly(cause),
        Kind::DiskFull => SqlServerProblem::DiskFull(cause),
        Kind::TooManyConnections => SqlServerProblem::TooManyConnections(cause),
        Kind::TooLarge => SqlServerProblem::TooLarge(cause),
        Kind::Tls => SqlServerProblem::Tls(cause),
        Kind::Locked | Kind::Deadlock => SqlServerProblem::Busy(cause),
        Kind::Damaged => SqlServerProblem::Damaged(cause),
        Kind::Lost => SqlServerProblem::ConnectionLost(cause),
        Kind::Other => SqlServerProblem::Other(cause),
    }
}

fn create_database(address: &SqlServerAddress) -> String {
    match address.product {
        SqlServerProduct::MySql => {
            format!("CREATE DATABASE {}; {}", backticked(&address.database), grant(address))
        }
        SqlServerProduct::Postgres => {
            format!("CREATE DATABASE {} OWNER {};", quoted(&address.database), quoted(&address.user))
        }
    }
}

fn grant(address: &SqlServerAddress) -> String {
    match address.product {
        SqlServerProduct::MySql => {
            let user = address.user.replace('\\', "\\\\").replace('\'', "''");
            format!("GRANT ALL ON {}.* TO '{user}'@'%';", backticked(&address.database))
        }
        SqlServerProduct::Postgres => {
            format!("ALTER DATABASE {} OWNER TO {};", quoted(&address.database), quoted(&address.user))
        }
    }
}

fn backticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StoreAddress;

    #[test]
    fn statements_quote_names() {
        let address = |text: &str| match StoreAddress::parse(text).unwrap() {
            StoreAddress::SqlServer(address) => address,
            StoreAddress::Sqlite(_) => unreachable!("a server's address"),
        };
        let mysql = create_database(&address("mysql://o'h%60@h/a%60b"));
        assert_eq!(mysql, "CREATE DATABASE `a``b`; GRANT ALL ON `a``b`.* TO 'o''h`'@'%';");
        let postgres = create_database(&address("postgres://a%22b@h/c"));
        assert_eq!(postgres, "CREATE DATABASE \"c\" OWNER \"a\"\"b\";");
    }
}
