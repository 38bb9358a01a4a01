//! The ports of nodes: reserved before the first node starts, so that all nodes know all addresses, and refused until the
//! node listens.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
const MAX_WAITING_CONNECTIONS: u32 = 1024;

/// A port that belongs to a node and refuses connections.
pub(crate) struct ReservedPort(TcpSocket);

impl ReservedPort {
    /// Reserves a port; 0 for any that is free.
    #[expect(clippy::disallowed_methods, reason = "the socket only listens")]
    pub(crate) fn reserve(address: IpAddr, port: u16) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A node that starts again soon takes the port that its closed connections still have.
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::new(address, port))?;
        Ok(Self(socket))
    }

    /// The address with the port that was reserved.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Accepts connections from now on.
    pub(crate) fn listen(self) -> io::Result<TcpListener> {
        self.0.listen(MAX_WAITING_CONNECTIONS)
    }
}
