//! What stands in the way of a database on a server, and what the operator does about it.

use thiserror::Error;

use crate::Cause;

/// Why a database on a server cannot be opened, read or written. But for [`ServerTrouble::Unknown`] and
/// [`ServerTrouble::Silent`], nothing of what was to be written is kept.
#[derive(Debug, Error)]
pub enum ServerTrouble {
    /// No connection is made.
    #[error("the database server does not answer")]
    Unreachable(#[source] Cause),
    /// The user or the password is not what the server knows.
    #[error("the database server rejects the login of {user}")]
    LoginRefused {
        /// The user.
        user: String,
        /// The server's words.
        #[source]
        source: Cause,
    },
    /// There is no such database.
    #[error("the database does not exist")]
    NoDatabase {
        /// What makes it.
        statement: String,
        /// The server's words.
        #[source]
        source: Cause,
    },
    /// The user may not do what is needed.
    #[error("the database user lacks privileges")]
    NoRights {
        /// What gives them.
        statement: String,
        /// The server's words.
        #[source]
        source: Cause,
    },
    /// The server takes no changes.
    #[error("the database is read-only")]
    ReadOnly(#[source] Cause),
    /// The server's disk is full.
    #[error("the database server has no space left")]
    DiskFull(#[source] Cause),
    /// The server takes no more connections.
    #[error("the database server has too many connections")]
    TooManyConnections(#[source] Cause),
    /// A value is larger than the server takes.
    #[error("the plan is larger than the database server accepts in one statement")]
    TooLarge(#[source] Cause),
    /// The encrypted connection is not made.
    #[error("cannot establish an encrypted connection to the database server")]
    Tls(#[source] Cause),
    /// Others keep what is needed for themselves, longer than we wait.
    #[error("the database is busy")]
    Busy(#[source] Cause),
    /// What is read makes no sense.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// The connection broke, each time it was tried.
    #[error("the connection to the database server was lost")]
    Lost(#[source] Cause),
    /// The connection broke in the moment in which the change was kept, or was not.
    #[error("the connection to the database server was lost while the change was being saved")]
    Unknown(#[source] Cause),
    /// There was no answer in time.
    #[error("the database server did not answer in time")]
    Silent(#[source] Cause),
    /// The database holds the tables of other software.
    #[error("the database contains tables of another program")]
    Foreign,
    /// A later version of Clusterwright has changed the tables.
    #[error(
        "the database was written by a newer Clusterwright: its tables have version {found}, but this program supports {known}"
    )]
    Newer {
        /// The migration this program does not know.
        found: i64,
        /// The last migration it knows.
        known: i64,
    },
    /// The tables were made by a build whose migrations differ from this one's.
    #[error("the database was written by another build of Clusterwright: step {step} of its tables differs")]
    Differs {
        /// The migration that differs.
        step: i64,
    },
    /// Anything else.
    #[error("the database server reports an error")]
    Other(#[source] Cause),
}

impl ServerTrouble {
    /// One sentence: what the person does now.
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
            Self::Lost(_) => "Try again; the change was not saved.",
            Self::Unknown(_) | Self::Silent(_) => {
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
