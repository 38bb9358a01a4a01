//! What lies under an error of a store.

/// The driver's or the system's own error, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
