//! Ports of this machine: free for a program, closed to clients, or open without an answer.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A TCP port of 127.0.0.1 that is currently free. Another program may take it first, so the caller must be ready to
/// request another one.
///
/// # Errors
/// When the system has none.
pub fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A port of 127.0.0.1 where nothing listens: connections are refused.
///
/// # Panics
/// When the system has none.
#[must_use]
pub fn closed() -> u16 {
    free().unwrap()
}

/// A port of 127.0.0.1 that accepts connections and never sends anything, as long as the listener exists.
///
/// # Panics
/// When the system has none.
#[must_use]
pub fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}
