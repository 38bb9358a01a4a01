//! The other end of a connection.

use std::net::SocketAddr;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// Its address, perhaps a proxy's.
    pub address: SocketAddr,
    /// Whether the connection itself is encrypted.
    pub tls: bool,
}
