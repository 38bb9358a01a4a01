//! Connections: accepted, encrypted, and bounded in number and time.

mod connection;
mod idle_timeout;
pub mod limits;
pub mod listener;
pub mod peer;
mod self_signed;
mod slots;
mod tls;
mod tls_file;

pub use connection::SpareConnection;
pub use tls::TlsSetup;
pub use tls_file::TlsError;
