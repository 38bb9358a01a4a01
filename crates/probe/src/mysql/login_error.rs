//! Why a login to MySQL failed, told apart as far as server and protocol tell. What to do about it is said by the check.

use std::io;

use rustls::{CertificateError, Error as TlsError};

use super::greeting;
use super::wire::WireError;
use crate::tcp::ConnectError;
use crate::tls::BadAuthority;

/// Why a login failed. Holds no secret and no text of the server but the cleaned host.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum LoginError {
    /// The server answered with an error.
    #[error("error {code}")]
    Server {
        /// The error number, such as 1045.
        code: u16,
        /// The host it says we come from.
        seen_as: Option<String>,
    },
    /// The plan wants TLS and the server has none.
    #[error("the server offers no TLS")]
    NoTls,
    /// The plan has no TLS and the account or the server wants it, found by logging in with TLS.
    #[error("the server or the account takes TLS connections alone")]
    NeedsTls,
    /// The CA certificate of the plan cannot be used.
    #[error("the CA certificate of the plan cannot be read")]
    BadAuthority,
    /// The server's certificate was not accepted; half a sentence says why.
    #[error("the server's certificate {0}")]
    Certificate(&'static str),
    /// TLS itself failed, such as a server with TLS 1.1 only.
    #[error("TLS could not be set up: the server offers no version or cipher from TLS 1.2 on")]
    Tls,
    /// The account uses a way to log in that is not a password we can send.
    #[error("the account logs in with a method other than a password")]
    Plugin,
    /// The server asks for the password as it is, and the connection is not one for that.
    #[error("the server asks for the password in clear text")]
    ClearText,
    /// The connection ended in the middle.
    #[error("the connection was closed during the login")]
    Closed,
    /// Too many connections of other checks are open.
    #[error("{}", ConnectError::Busy)]
    Busy,
    /// Nothing came back.
    #[error("no answer to the login")]
    Silent,
    /// The server did not keep to the protocol.
    #[error("the server broke MySQL's protocol during the login")]
    Protocol,
}

impl From<WireError> for LoginError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Server { code, message } => Self::Server { code, seen_as: greeting::seen_as(&message) },
            WireError::Io(error) => by_io(&error),
            WireError::Protocol | WireError::TooLarge(_) => Self::Protocol,
        }
    }
}

impl From<ConnectError> for LoginError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Busy => Self::Busy,
            ConnectError::TimedOut(_) => Self::Silent,
            ConnectError::Refused | ConnectError::Unreachable | ConnectError::Other(_) => Self::Closed,
        }
    }
}

impl From<BadAuthority> for LoginError {
    fn from(_: BadAuthority) -> Self {
        Self::BadAuthority
    }
}

fn by_io(error: &io::Error) -> LoginError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        Some(TlsError::InvalidCertificate(problem)) => LoginError::Certificate(words(problem)),
        Some(_) => LoginError::Tls,
        None => LoginError::Closed,
    }
}

fn words(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::UnknownIssuer => "is not signed by the CA of the plan",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::BadSignature => "has a signature that does not fit",
        CertificateError::Revoked => "was revoked",
        CertificateError::BadEncoding => "is of an old form (X.509 version 1) or damaged",
        _ => "is not one for a server, or of an unknown form",
    }
}
