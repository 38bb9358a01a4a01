//! Connections before they are requests: accepted, encrypted, bounded in number and time. What is answered is `web`'s.
//!
//! A handshake runs beside the others and never holds up the next connection. Whoever says nothing is let go.

mod certificate;
mod stream;
mod tls;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use stream::Stream;
pub use tls::{TlsError, TlsSetup};

/// How much is borne at once, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections in all; further ones wait before they are accepted. Below the 1024 files most systems allow.
    pub connections: usize,
    /// Handshakes of one address at once; further ones are closed.
    pub handshakes: usize,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// How long a connection may pass no byte. Streams of checks say something every few seconds.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 800, handshakes: 32, handshake: Duration::from_secs(10), idle: Duration::from_secs(75) }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// Its address, perhaps a proxy's.
    pub address: SocketAddr,
    /// Whether the connection itself is encrypted.
    pub tls: bool,
}

/// Hands out connections that are ready for requests.
pub struct Doorway {
    local: SocketAddr,
    ready: mpsc::Receiver<(Stream, Peer)>,
}

impl Doorway {
    /// Accepts from `listener` until `stopping` is cancelled; with TLS where `tls` is given.
    ///
    /// # Errors
    /// When the system does not say where the listener listens.
    pub fn open(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        limits: Limits,
        stopping: CancellationToken,
    ) -> io::Result<Self> {
        let local = listener.local_addr()?;
        let (give, ready) = mpsc::channel(16);
        let porter = Porter { tls, limits, shaking: Shaking::default(), give };
        tokio::spawn(async move {
            tokio::select! {
                () = porter.work(listener) => {}
                () = stopping.cancelled() => {}
            }
        });
        Ok(Self { local, ready })
    }
}

impl Listener for Doorway {
    type Io = Stream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Stream, Peer) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The program stops: nobody comes any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { address: self.local, tls: false })
    }
}

impl Connected<IncomingStream<'_, Doorway>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Doorway>) -> Self {
        *stream.remote_addr()
    }
}

/// Accepts, and sends each connection off on its own.
struct Porter {
    tls: Option<TlsAcceptor>,
    limits: Limits,
    shaking: Shaking,
    give: mpsc::Sender<(Stream, Peer)>,
}

impl Porter {
    async fn work(self, listener: TcpListener) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        while let Ok(place) = Arc::clone(&room).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, from)) => self.take(stream, from, place).await,
                Err(error) => {
                    // Out of files, or the other end was quick to leave: the next moment is another.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn take(&self, stream: TcpStream, from: SocketAddr, place: OwnedSemaphorePermit) {
        // Pages and events are small: they wait for no further bytes.
        let _ = stream.set_nodelay(true);
        let idle = self.limits.idle;
        let Some(tls) = &self.tls else {
            let peer = Peer { address: from, tls: false };
            let _ = self.give.send((Stream::plain(stream, idle, place), peer)).await;
            return;
        };
        let Some(turn) = self.shaking.begin(from.ip(), self.limits.handshakes) else { return };
        let (tls, give, limit) = (tls.clone(), self.give.clone(), self.limits.handshake);
        tokio::spawn(async move {
            let shaken = timeout(limit, shake(tls, stream)).await;
            drop(turn);
            match shaken {
                Ok(Ok(Some(stream))) => {
                    let peer = Peer { address: from, tls: true };
                    let _ = give.send((Stream::tls(stream, idle, place), peer)).await;
                }
                Ok(Ok(None)) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            }
        });
    }
}

/// The handshake; `None` for somebody who speaks HTTP without TLS, who is told so.
async fn shake(
    tls: TlsAcceptor,
    mut stream: TcpStream,
) -> io::Result<Option<tokio_rustls::server::TlsStream<TcpStream>>> {
    let mut first = [0];
    // A TLS record begins with 22; a request with the letters of its method.
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
        const TOLD: &str = "This port speaks TLS. Open the same address with https:// in front.\n";
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{TOLD}",
            TOLD.len()
        );
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // What was sent is read, or the answer would be lost in a reset.
        let mut rest = [0; 1024];
        for _ in 0..64 {
            if tokio::io::AsyncReadExt::read(&mut stream, &mut rest).await? == 0 {
                break;
            }
        }
        return Ok(None);
    }
    tls.accept(stream).await.map(Some)
}

/// How many handshakes run, by address.
#[derive(Clone, Default)]
struct Shaking(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Shaking {
    fn begin(&self, from: IpAddr, most: usize) -> Option<Turn> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Turn { shaking: self.clone(), from })
    }
}

/// A handshake that runs; counted until it is dropped.
struct Turn {
    shaking: Shaking,
    from: IpAddr,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.shaking.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                running.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests;
