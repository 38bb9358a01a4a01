//! Ports for programs that cannot choose one themselves.

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
