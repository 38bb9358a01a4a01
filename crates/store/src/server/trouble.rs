//! Reads the error codes of the servers: what stands in the way, and may the work simply be done again?
//!
//! MySQL's numbers are those of <https://dev.mysql.com/doc/mysql-errors/9.0/en/server-error-reference.html> (MariaDB shares
//! them), PostgreSQL's codes those of <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use std::io;
use std::time::Duration;

use sqlx::mysql::MySqlDatabaseError;
use thiserror::Error;

use super::ServerStore;
use super::open::connect;
use crate::address::{ServerAddress, ServerProduct};
use crate::{Cause, ServerTrouble};

/// How long a look at why no connection is to be had may take.
const LOOK: Duration = Duration::from_secs(3);

/// A piece of work that failed.
#[derive(Debug)]
pub(super) struct Fault {
    error: sqlx::Error,
    /// Whether the transaction may have been kept all the same.
    maybe_kept: bool,
}

#[derive(Debug, Error)]
#[error("a statement of {length} bytes, where the server takes {longest} (max_allowed_packet)")]
struct TooLarge {
    length: u64,
    longest: u64,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self { error, maybe_kept: false }
    }
}

impl Fault {
    /// A failed commit: where the server itself refused, nothing is kept; where it went silent, nobody knows.
    pub(super) fn of_commit(error: sqlx::Error) -> Self {
        let maybe_kept = matches!(kind(&error), Kind::Lost | Kind::Other);
        Self { error, maybe_kept }
    }

    pub(super) fn too_large(length: u64, longest: u64) -> Self {
        sqlx::Error::Encode(Box::new(TooLarge { length, longest })).into()
    }

    /// Whether nothing was kept and the next try may succeed.
    pub(super) fn may_be_repeated(&self) -> bool {
        !self.maybe_kept && (matches!(kind(&self.error), Kind::Deadlock | Kind::Lost) || is_duplicate(self))
    }
}

/// Whether a row with this key was there already.
pub(super) fn is_duplicate(fault: &Fault) -> bool {
    fault.error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// The server did not answer in time.
pub(super) fn silent(late: tokio::time::error::Elapsed) -> ServerTrouble {
    ServerTrouble::Silent(late.into())
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
    /// Another one goes on in our place.
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
        // How rustls says that it does not trust a certificate.
        sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => Kind::Tls,
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Kind::Lost,
        sqlx::Error::PoolTimedOut => Kind::TooManyConnections,
        sqlx::Error::Encode(cause) if cause.is::<TooLarge>() => Kind::TooLarge,
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

impl ServerStore {
    /// Why work on the open store failed. The pool keeps to itself why it gets no connection: then one is tried here.
    pub(super) async fn explain(&self, fault: Fault) -> ServerTrouble {
        if !matches!(fault.error, sqlx::Error::PoolTimedOut) {
            return told(&self.address, fault);
        }
        match tokio::time::timeout(LOOK, connect(&self.address)).await {
            Ok(Err(error)) => refused(&self.address, error),
            Err(late) => ServerTrouble::Unreachable(late.into()),
            Ok(Ok(connection)) => {
                connection.close().await;
                ServerTrouble::Busy(fault.error.into())
            }
        }
    }
}

/// Why no connection was made.
pub(super) fn refused(address: &ServerAddress, error: sqlx::Error) -> ServerTrouble {
    match (&error, kind(&error)) {
        (sqlx::Error::Io(cause), _) if cause.kind() == io::ErrorKind::NotFound && address.authority.is_some() => {
            ServerTrouble::Tls(error.into())
        }
        (_, Kind::Lost) => ServerTrouble::Unreachable(error.into()),
        _ => told(address, error.into()),
    }
}

/// Why work failed on a connection.
pub(super) fn told(address: &ServerAddress, fault: Fault) -> ServerTrouble {
    let Fault { error, maybe_kept } = fault;
    let kind = kind(&error);
    let cause: Cause = error.into();
    match kind {
        _ if maybe_kept => ServerTrouble::Unknown(cause),
        Kind::Unreachable => ServerTrouble::Unreachable(cause),
        Kind::LoginRefused => ServerTrouble::LoginRefused { user: address.user.clone(), source: cause },
        Kind::NoDatabase => ServerTrouble::NoDatabase { statement: create_database(address), source: cause },
        Kind::NoRights => ServerTrouble::NoRights { statement: grant(address), source: cause },
        Kind::ReadOnly => ServerTrouble::ReadOnly(cause),
        Kind::DiskFull => ServerTrouble::DiskFull(cause),
        Kind::TooManyConnections => ServerTrouble::TooManyConnections(cause),
        Kind::TooLarge => ServerTrouble::TooLarge(cause),
        Kind::Tls => ServerTrouble::Tls(cause),
        Kind::Locked | Kind::Deadlock => ServerTrouble::Busy(cause),
        Kind::Damaged => ServerTrouble::Damaged(cause),
        Kind::Lost => ServerTrouble::Lost(cause),
        Kind::Other => ServerTrouble::Other(cause),
    }
}

fn create_database(address: &ServerAddress) -> String {
    match address.product {
        ServerProduct::MySql => {
            format!("CREATE DATABASE {}; {}", backticked(&address.database), grant(address))
        }
        ServerProduct::Postgres => {
            format!("CREATE DATABASE {} OWNER {};", quoted(&address.database), quoted(&address.user))
        }
    }
}

fn grant(address: &ServerAddress) -> String {
    match address.product {
        ServerProduct::MySql => {
            let user = address.user.replace('\\', "\\\\").replace('\'', "''");
            format!("GRANT ALL ON {}.* TO '{user}'@'%';", backticked(&address.database))
        }
        ServerProduct::Postgres => {
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
    fn statements_quote_what_they_name() {
        let address = |text: &str| match StoreAddress::parse(text).unwrap() {
            StoreAddress::Server(address) => address,
            StoreAddress::Sqlite(_) => unreachable!("a server's address"),
        };
        let mysql = create_database(&address("mysql://o'h%60@h/a%60b"));
        assert_eq!(mysql, "CREATE DATABASE `a``b`; GRANT ALL ON `a``b`.* TO 'o''h`'@'%';");
        let postgres = create_database(&address("postgres://a%22b@h/c"));
        assert_eq!(postgres, "CREATE DATABASE \"c\" OWNER \"a\"\"b\";");
    }
}
