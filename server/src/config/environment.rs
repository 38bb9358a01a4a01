//! The only module that reads environment variables by name. The configuration reads its own with figment, and the log its
//! filter with `tracing_subscriber`.

use std::env::VarError;
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

/// Whether a variable is set.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for variables of the environment")]
pub(crate) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
}
