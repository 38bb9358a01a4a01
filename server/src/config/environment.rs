//! The only module that reads environment variables by name. clap reads those of flags, and `tracing_subscriber` the filter of
//! the log.

use std::env::VarError;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use domain::server_credential::ServerCredential;

/// The text of a variable.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads texts of the environment")]
pub(crate) fn text(name: &str) -> Result<String, VarError> {
    std::env::var(name)
}

/// A credential of this program; `None` where the variable is not set, or is not UTF-8.
pub(crate) fn credential(name: &str) -> Option<ServerCredential> {
    text(name).ok().map(ServerCredential::new)
}

/// The path in a variable; `None` where it is not set or empty.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads paths of the environment")]
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The text of a variable, which may not be UTF-8; `None` where it is not set.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads secrets of the environment")]
pub(crate) fn os_text(name: impl AsRef<OsStr>) -> Option<OsString> {
    std::env::var_os(name)
}
