//! A machine that drops all packets.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address that drops packets, as behind a firewall: a listener that never accepts, with a full queue.
pub(crate) struct DeadHost {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl DeadHost {
    /// `None`, after a line that reports it, if the system does not drop.
    pub(crate) async fn new() -> Option<Self> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        while queue.len() < 64 {
            match tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
                Ok(stream) => queue.push(stream.unwrap()),
                Err(_) => return Some(Self { address, _listener: listener, _queue: queue }),
            }
        }
        testbed::report_not_run("this system does not drop connections to a full queue");
        None
    }
}
