//! How many connections a server accepts, and for how long.

use std::time::Duration;

/// How much is borne at once, and how long.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Regular connections in all. Below the 1024 files most systems allow.
    pub connections: usize,
    /// Regular connections of one address (of one /64 with IPv6). A trusted proxy has no such limit.
    pub per_address: usize,
    /// Spare connections, for health requests alone. A further one takes the place of the oldest.
    pub spare: usize,
    /// Handshakes of one address at once; further ones are closed.
    pub handshakes: usize,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// How long the headers of a request may take, and how long a connection is kept open for the next request.
    pub headers: Duration,
    /// How long a connection may pass no byte. Streams of checks say something every few seconds.
    pub idle: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 800,
            per_address: 64,
            spare: 8,
            handshakes: 32,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(75),
        }
    }
}
