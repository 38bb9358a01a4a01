//! Why a database on a server cannot be used, and what the operator does about it.

use thiserror::Error;

use crate::Cause;

/// Why a database on a server cannot be opened, read or written. Except for [`SqlServerProblem::Uncertain`] and
/// [`SqlServerProblem::TimedOut`], nothing of the failed operation is stored.
#[derive(Debug, Error)]
pub enum SqlServerProblem {
    /// The connection cannot be created: the host does not resolve, refuses, or does not answer within 5 seconds.
    #[error("the database server does not answer")]
    Unreachable(#[source] Cause),
    /// The server does not know the user, or the password is wrong.
    #[error("the database server rejects the login of {user}")]
    LoginRefused {
        /// The user in the store's address.
        user: String,
        /// The server's error.
        #[source]
        source: Cause,
    },
    /// The server has no database of this name.
    #[error("the database does not exist")]
    NoDatabase {
        /// SQL that creates it, for the administrator.
        statement: String,
        /// The server's error.
        #[source]
        source: Cause,
    },
    /// The user lacks a privilege.
    #[error("the database user lacks privileges")]
    NoRights {
        /// SQL that grants the privileges, for the administrator.
        statement: String,
        /// The server's error.
        #[source]
        source: Cause,
    },
    /// The server is a replica, or set to read-only.
    #[error("the database is read-only")]
    ReadOnly(#[source] Cause),
    /// The disk of the server is full.
    #[error("the database server has no space left")]
    DiskFull(#[source] Cause),
    /// The server or its account has reached its maximum of connections.
    #[error("the database server has too many connections")]
    TooManyConnections(#[source] Cause),
    /// A statement is larger than `max_allowed_packet`.
    #[error("the plan is larger than the database server accepts in one statement")]
    TooLarge(#[source] Cause),
    /// TLS is required and not offered, or the certificate is not trusted.
    #[error("cannot establish an encrypted connection to the database server")]
    Tls(#[source] Cause),
    /// Other transactions hold the locks or the connections for longer than we wait.
    #[error("the database is busy")]
    Busy(#[source] Cause),
    /// Stored values cannot be decoded, or the server reports corruption.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// The connection broke in every attempt.
    #[error("the connection to the database server was lost")]
    ConnectionLost(#[source] Cause),
    /// The connection broke during COMMIT: the change is stored, or it is not.
    #[error("the connection to the database server was lost while the change was being saved")]
    Uncertain(#[source] Cause),
    /// The operation did not finish within 30 seconds.
    #[error("the database server did not answer in time")]
    TimedOut(#[source] Cause),
    /// The database contains tables of other software only.
    #[error("the database contains tables of another program")]
    Foreign,
    /// A later version of Clusterwright has migrated the tables.
    #[error(
        "the database was written by a newer Clusterwright: its tables have version {found}, but this program supports {known}"
    )]
    Newer {
        /// A migration that this version does not know.
        found: i64,
        /// The last migration that this version knows.
        known: i64,
    },
    /// The tables were created by a build whose migrations differ from this one's.
    #[error("the database was written by another build of Clusterwright: migration {migration} of its tables differs")]
    Differs {
        /// The migration that differs.
        migration: i64,
    },
    /// Any other error of the server.
    #[error("the database server reports an error")]
    Other(#[source] Cause),
}

impl SqlServerProblem {
    /// One sentence: what the operator does next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Unreachable(_) => {
                "Start the database server or correct the connection to it (host, port, firewall), then try again; saved changes are kept."
            }
            Self::LoginRefused { .. } => {
                "Correct the user in the store's address, or its password in CLUSTERWRIGHT_STORE_PASSWORD, then start Clusterwright again."
            }
            Self::NoDatabase { statement, .. } => {
                return format!("Run this as the administrator of the database server, then start Clusterwright again: {statement}");
            }
            Self::NoRights { statement, .. } => {
                return format!("Run this as the administrator of the database server, then try again: {statement}");
            }
            Self::ReadOnly(_) => {
                "Use a writable server in the store's address (this one is a replica or read-only), or turn off its read-only mode, then try again; saved changes are kept."
            }
            Self::DiskFull(_) => {
                "Free space on the disk of the database server, then try again; saved changes are kept."
            }
            Self::TooManyConnections(_) => {
                "Increase the server's limit (max_connections), or reduce connections= in the store's address, then try again."
            }
            Self::TooLarge(_) => {
                "Increase max_allowed_packet on the database server to 64M, then start Clusterwright again; saved changes are kept."
            }
            Self::Tls(_) => {
                "Correct sslmode and sslrootcert in the store's address, or the certificate of the database server, then start Clusterwright again."
            }
            Self::Busy(_) => {
                "Try again in a moment. If the problem persists, end the program that locks rows in the database (a backup, a client with an open transaction)."
            }
            Self::Damaged(_) => {
                "Stop Clusterwright, and ask the database administrator to check the database or restore a backup."
            }
            Self::ConnectionLost(_) => "Try again; the change was not saved.",
            Self::Uncertain(_) | Self::TimedOut(_) => {
                "Reload the page: it shows whether the last change was saved. If not, enter it again."
            }
            Self::Foreign => {
                "Use a dedicated database for Clusterwright in the store's address; the existing one was not changed."
            }
            Self::Newer { .. } | Self::Differs { .. } => {
                "Start the Clusterwright version that last used the database, or use another database."
            }
            Self::Other(_) => "Try again. If the problem persists, read the cause in Clusterwright's log.",
        }
        .to_owned()
    }
}
