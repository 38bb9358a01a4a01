//! Why a login to MySQL failed, as far as server and protocol report it. The texts are parts of a sentence; the check adds what to
//! do.

use std::io;

use rustls::{CertificateError, Error as TlsError};

use super::greeting;
use super::wire::WireError;
use crate::tcp::ConnectError;
use crate::tls::AuthorityError;

/// Why a login failed. Contains no secret, and of the server's texts only the cleaned host.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum LoginError {
    /// The server answered with an error.
    #[error("error {code}")]
    Server {
        /// The error number, such as 1045.
        code: u16,
        /// The host from which the server sees the connection.
        seen_as: Option<String>,
    },
    /// The plan requires TLS, which the server does not offer.
    #[error("the server does not offer TLS")]
    NoTls,
    /// The account or the server requires TLS, which the plan does not use. Found by a login with TLS.
    #[error("the server or the account requires TLS")]
    NeedsTls,
    /// The CA certificate of the plan cannot be used.
    #[error("the CA certificate of the plan cannot be read")]
    BadAuthority,
    /// The server certificate was rejected, with the predicate of a sentence as reason.
    #[error("the server certificate {0}")]
    Certificate(&'static str),
    /// TLS itself failed, for example with a server that supports only TLS 1.1.
    #[error("the TLS handshake failed: the server offers neither TLS 1.2 nor 1.3 with a current cipher")]
    Tls,
    /// The authentication plugin of the account is not supported.
    #[error("the account uses an authentication plugin without a password")]
    Plugin,
    /// The server requires the password in clear text, which this connection does not permit.
    #[error("the server asks for the password in clear text")]
    ClearText,
    /// The connection ended.
    #[error("the connection was closed during the login")]
    Closed,
    /// Too many connections of other checks are open.
    #[error("{}", ConnectError::Busy)]
    Busy,
    /// No answer arrived in time.
    #[error("the server did not answer the login")]
    Silent,
    /// The server violated the protocol.
    #[error("the server violated MySQL's protocol during the login")]
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

impl From<AuthorityError> for LoginError {
    fn from(_: AuthorityError) -> Self {
        Self::BadAuthority
    }
}

fn by_io(error: &io::Error) -> LoginError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        Some(TlsError::InvalidCertificate(problem)) => LoginError::Certificate(describe(problem)),
        Some(_) => LoginError::Tls,
        None => LoginError::Closed,
    }
}

fn describe(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::UnknownIssuer => "was not issued by the CA of the plan",
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::BadSignature => "has a wrong signature",
        CertificateError::Revoked => "was revoked",
        CertificateError::BadEncoding => "is an X.509 version 1 certificate or damaged",
        _ => "is not a server certificate, or of an unknown form",
    }
}
