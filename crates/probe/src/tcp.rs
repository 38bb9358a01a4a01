//! TCP connections: only to [`Pinned`] addresses, each with an end in time, and only so many at once. Nothing else dials.

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

/// How many connections of all runs are open at once, and how many attempts go on: each is an open file, of which most systems
/// allow a process 1024. A run against a cluster of sixteen nodes that are all silent needs about eighty.
pub(crate) const MAX_OPEN_CONNECTIONS: usize = 192;

static PLACES: Semaphore = Semaphore::const_new(MAX_OPEN_CONNECTIONS);

/// An open TCP connection, which counts among [`MAX_OPEN_CONNECTIONS`] until it is dropped.
#[derive(Debug)]
pub(crate) struct TcpConnection {
    stream: TcpStream,
    _place: SemaphorePermit<'static>,
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
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

use crate::address::Pinned;

/// Why no connection opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The machine answers, and nothing listens there.
    #[error("connection refused: the machine answers, but nothing listens there")]
    Refused,
    /// Nothing came back.
    #[error("no answer within {:.1} s: the machine is off, or a firewall drops the packets", .0.as_secs_f32())]
    TimedOut(Duration),
    /// There is no way there.
    #[error("unreachable: this machine has no route there")]
    Unreachable,
    /// Too many connections of other checks are open.
    #[error("Clusterwright has {MAX_OPEN_CONNECTIONS} connections open, the most it opens at once")]
    Busy,
    /// Something else, such as a rule of this machine's own firewall.
    #[error("this machine cannot open the connection ({0})")]
    Other(io::ErrorKind),
}

/// What to do about [`ConnectError::Busy`].
pub(crate) const RUN_AGAIN_LATER: &str = "Run the check again when the checks of other plans have ended.";

impl From<io::ErrorKind> for ConnectError {
    fn from(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::Unreachable,
            other => Self::Other(other),
        }
    }
}

/// Opens a connection by `deadline`; where too many are open it waits for one to close.
pub(crate) async fn connect(to: Pinned, deadline: Instant) -> Result<TcpConnection, ConnectError> {
    // The semaphore is never closed.
    let Ok(Ok(place)) = timeout_at(deadline.into(), PLACES.acquire()).await else { return Err(ConnectError::Busy) };
    let started = Instant::now();
    match timeout_at(deadline.into(), TcpStream::connect(to.socket())).await {
        Ok(Ok(stream)) => {
            // Small packets back and forth; waiting to fill one costs 40 ms each. Without it the probe is only slower.
            let _ = stream.set_nodelay(true);
            Ok(TcpConnection { stream, _place: place })
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(ConnectError::TimedOut(started.elapsed())),
        Ok(Err(error)) => Err(error.kind().into()),
        Err(_) => Err(ConnectError::TimedOut(started.elapsed())),
    }
}

/// An open connection, and how long it took to open.
pub(crate) struct Connected {
    pub(crate) stream: TcpConnection,
    pub(crate) to: Pinned,
    pub(crate) took: Duration,
}

/// Opens a connection to the first of `addresses` that answers; all are tried at once, as a name with several addresses
/// would otherwise take several time limits.
///
/// # Errors
/// What each address said.
pub(crate) async fn connect_any(
    addresses: &[Pinned],
    deadline: Instant,
) -> Result<Connected, Vec<(Pinned, ConnectError)>> {
    let started = Instant::now();
    let mut attempts: FuturesUnordered<_> =
        addresses.iter().map(|to| async move { (*to, connect(*to, deadline).await) }).collect();
    let mut errors = Vec::new();
    while let Some((to, attempt)) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(Connected { stream, to, took: started.elapsed() }),
            Err(error) => errors.push((to, error)),
        }
    }
    Err(errors)
}

/// How a first read ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FirstRead {
    /// Something came.
    Bytes,
    /// The other side closed without a word.
    Closed,
    /// Nothing came in time.
    Silent,
}

/// Appends what arrives next to `bytes`, at most 1 KB.
pub(crate) async fn read_some(stream: &mut TcpConnection, bytes: &mut Vec<u8>, deadline: Instant) -> FirstRead {
    let mut buffer = [0; 1024];
    match timeout_at(deadline.into(), stream.read(&mut buffer)).await {
        Ok(Ok(0) | Err(_)) => FirstRead::Closed,
        Ok(Ok(count)) => {
            bytes.extend_from_slice(&buffer[..count]);
            FirstRead::Bytes
        }
        Err(_) => FirstRead::Silent,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                sources(&entry.path(), found);
            } else {
                found.push(entry.path());
            }
        }
    }

    /// ARCHITECTURE, I10: every connection goes to a pinned address.
    #[test]
    fn nothing_else_dials() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        sources(&folder, &mut files);
        let dials = |word: &str, allowed: &str| {
            for file in files.iter().filter(|file| !file.ends_with(allowed)) {
                let text = fs::read_to_string(file).unwrap();
                assert!(!text.contains(word), "{} holds {word}", file.display());
            }
        };
        dials(&["TcpStream", "::connect("].concat(), "tcp.rs");
        dials(&["TcpSocket", "::"].concat(), "tcp.rs");
        dials(&["UdpSocket", "::"].concat(), "tcp.rs");
        // A client library dials by itself, and allocates what a server tells it.
        dials(&["sq", "lx"].concat(), "tcp.rs");
        dials(&["lookup", "_host"].concat(), "address.rs");
    }

    #[tokio::test]
    async fn so_many_connections_are_open_at_once_and_no_more() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let to = crate::address::Allowed::default().pin(address.ip(), address.port()).unwrap();
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
        // One that closes makes room for who waits.
        let (waiting, ()) = tokio::join!(connect(to, Instant::now() + Duration::from_secs(10)), async {
            tokio::task::yield_now().await;
            drop(open.pop());
        });
        assert!(waiting.is_ok());
    }

    #[test]
    fn refused_and_unreachable_have_words_of_their_own() {
        let words = |kind: io::ErrorKind| ConnectError::from(kind).to_string();
        assert!(words(io::ErrorKind::ConnectionRefused).starts_with("connection refused"));
        assert!(words(io::ErrorKind::HostUnreachable).starts_with("unreachable"));
        assert!(words(io::ErrorKind::NetworkUnreachable).starts_with("unreachable"));
        assert!(words(io::ErrorKind::PermissionDenied).starts_with("this machine cannot open"));
    }
}
