//! Why a preparation cannot start.

use domain::error_text::error_chain;

use crate::mysql::session::QueryError;

/// Why a preparation cannot start. The texts are sentences for people.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A step that the preparation needs is not complete.
    #[error("The {0} step is not complete.")]
    Incomplete(&'static str),
    /// The server cannot be reached: why, and what to do.
    #[error("{0}")]
    Unreachable(String),
    /// The server asks for the password in clear text, and its certificate is not verified.
    #[error(
        "The server asks for passwords in clear text, so none was sent. Use TLS with the server's CA certificate, or give \
         the administrator another authentication plugin."
    )]
    ClearText,
    /// The server is a replica or does not accept writes.
    #[error(
        "{0} Changes on a replica stop its replication. Enter the address of the primary server in the Database step."
    )]
    Replica(&'static str),
    /// The administrator cannot log in.
    #[error("The administrator {user} cannot log in")]
    LogIn {
        /// The name of the account.
        user: String,
        /// The error of the server or of the connection.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another run holds the lock of a database.
    #[error("{database}: another run is filling it and did not end within {seconds} s. Wait, then try again.")]
    Busy {
        /// The database.
        database: String,
        /// How long the lock was waited for.
        seconds: u8,
    },
    /// The databases could not be read.
    #[error("The databases cannot be inspected: {0}.")]
    Inspect(String),
}

impl PrepareError {
    /// The error with its causes and, if its text has none, the remedy, as sentences.
    #[must_use]
    pub fn message(&self) -> String {
        let what = error_chain(self);
        let what = what.trim_end_matches('.');
        match self {
            Self::LogIn { .. } => {
                format!("{what}. Check the user name, the password, and from which hosts the account may connect.")
            }
            _ => format!("{what}."),
        }
    }
}

impl From<QueryError> for PrepareError {
    fn from(error: QueryError) -> Self {
        Self::Inspect(error.to_string())
    }
}
