//! Connections: accepted, encrypted, and bounded in number and time.

mod connection;
mod idle_timeout;
pub mod listener;
mod self_signed;
mod slots;
mod tls;

pub use connection::SpareConnection;
pub use tls::{TlsError, TlsSetup};
