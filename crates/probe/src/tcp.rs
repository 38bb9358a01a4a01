//! TCP connections: only to a [`PinnedAddress`], each with a deadline, and a limited number at once. No other module dials.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout_at;

use crate::address::PinnedAddress;

/// Limit of open connections and attempts of all runs together. Each is an open file, of which most systems allow a process
/// 1024. A run against a cluster of sixteen nodes that do not answer needs about eighty.
pub(crate) const MAX_OPEN_CONNECTIONS: usize = 192;

static CONNECTION_PERMITS: Semaphore = Semaphore::const_new(MAX_OPEN_CONNECTIONS);

/// An open TCP connection, which counts among [`MAX_OPEN_CONNECTIONS`] until it is dropped.
#[derive(Debug)]
pub(crate) struct TcpConnection {
    stream: TcpStream,
    _permit: SemaphorePermit<'static>,
}

impl TcpConnection {
    /// The address of this machine that the connection uses.
    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }
}

impl AsyncRead for TcpConnection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TcpConnection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Bytes both ways, encrypted or not.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Why no connection opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The host is up, but nothing listens on the port.
    #[error("connection refused: the host is up, but nothing listens on this port")]
    Refused,
    /// No answer within this time.
    #[error("no answer within {:.1} s: the host is down, or a firewall drops the packets", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The operating system has no route.
    #[error("unreachable: this server has no route to the host")]
    Unreachable,
    /// [`MAX_OPEN_CONNECTIONS`] are open.
    #[error("Clusterwright has reached its limit of {MAX_OPEN_CONNECTIONS} open connections")]
    Busy,
    /// Another error, for example a rule of the local firewall.
    #[error("this server cannot open the connection ({0})")]
    Other(io::ErrorKind),
}

/// What to do about [`ConnectError::Busy`].
pub(crate) const RUN_AGAIN_LATER: &str = "Run the check again when the checks of other plans have finished.";

impl From<io::ErrorKind> for ConnectError {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::Unreachable,
            other => Self::Other(other),
        }
    }
}

/// Opens a connection by `deadline`. At the limit it waits until another one closes.
#[expect(clippy::disallowed_methods, reason = "this is the one place that dials, and only pinned addresses (I10)")]
pub(crate) async fn connect(to: PinnedAddress, deadline: Instant) -> Result<TcpConnection, ConnectError> {
    // The semaphore is never closed.
    let Ok(Ok(permit)) = timeout_at(deadline.into(), CONNECTION_PERMITS.acquire()).await else {
        return Err(ConnectError::Busy);
    };
    let started = Instant::now();
    match timeout_at(deadline.into(), TcpStream::connect(to.socket())).await {
        Ok(Ok(stream)) => {
            // Small packets in both directions: delayed sending costs 40 ms each. Without it the probe is only slower.
            let _ = stream.set_nodelay(true);
            Ok(TcpConnection { stream, _permit: permit })
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(ConnectError::TimedOut(started.elapsed())),
        Ok(Err(error)) => Err(error.kind().into()),
        Err(_) => Err(ConnectError::TimedOut(started.elapsed())),
    }
}

/// An open connection.
pub(crate) struct ConnectedStream {
    pub(crate) stream: TcpConnection,
    pub(crate) to: PinnedAddress,
    /// How long it took to open.
    pub(crate) took: Duration,
}

/// Opens a connection to the first of `addresses` that answers; all are tried at once, as a name with several addresses
/// would otherwise take several time limits.
///
/// # Errors
/// One for each address.
pub(crate) async fn connect_any(
    addresses: &[PinnedAddress],
    deadline: Instant,
) -> Result<ConnectedStream, Vec<(PinnedAddress, ConnectError)>> {
    let started = Instant::now();
    let mut attempts: FuturesUnordered<_> =
        addresses.iter().map(|to| async move { (*to, connect(*to, deadline).await) }).collect();
    let mut errors = Vec::new();
    while let Some((to, attempt)) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(ConnectedStream { stream, to, took: started.elapsed() }),
            Err(error) => errors.push((to, error)),
        }
    }
    Err(errors)
}

/// The attempts of [`connect_any`] as a sentence.
pub(crate) fn describe(errors: &[(PinnedAddress, ConnectError)]) -> String {
    let all: Vec<String> = errors.iter().map(|(to, error)| format!("{to}: {error}")).collect();
    format!("{}.", all.join("; "))
}

/// How a read ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FirstReadOutcome {
    /// Bytes arrived.
    Bytes,
    /// The connection ended.
    Closed,
    /// Nothing arrived in time.
    Silent,
}

/// Appends what arrives next to `bytes`, at most 1 KB.
pub(crate) async fn read_some(stream: &mut TcpConnection, bytes: &mut Vec<u8>, deadline: Instant) -> FirstReadOutcome {
    let mut buffer = [0; 1024];
    match timeout_at(deadline.into(), stream.read(&mut buffer)).await {
        Ok(Ok(0) | Err(_)) => FirstReadOutcome::Closed,
        Ok(Ok(count)) => {
            bytes.extend_from_slice(&buffer[..count]);
            FirstReadOutcome::Bytes
        }
        Err(_) => FirstReadOutcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_number_of_open_connections_is_limited() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let to = crate::address::AllowedNetworks::default().pin(address.ip(), address.port()).unwrap();
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                held.push(stream);
            }
        });
        let soon = || Instant::now() + Duration::from_millis(300);
        let mut open = Vec::new();
        for _ in 0..MAX_OPEN_CONNECTIONS {
            open.push(connect(to, Instant::now() + Duration::from_secs(10)).await.unwrap());
        }
        assert_eq!(connect(to, soon()).await.map(drop), Err(ConnectError::Busy));
        // One that closes makes room for the next.
        let (waiting, ()) = tokio::join!(connect(to, Instant::now() + Duration::from_secs(10)), async {
            tokio::task::yield_now().await;
            drop(open.pop());
        });
        assert!(waiting.is_ok());
    }

    #[test]
    fn refused_and_unreachable_have_separate_texts() {
        let text = |kind: io::ErrorKind| ConnectError::from(kind).to_string();
        assert!(text(io::ErrorKind::ConnectionRefused).starts_with("connection refused"));
        assert!(text(io::ErrorKind::HostUnreachable).starts_with("unreachable"));
        assert!(text(io::ErrorKind::NetworkUnreachable).starts_with("unreachable"));
        assert!(text(io::ErrorKind::PermissionDenied).starts_with("this server cannot open"));
    }
}
