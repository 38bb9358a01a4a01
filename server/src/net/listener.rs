//! Connections before they are requests: accepted, encrypted, bounded in number and time. What is answered is `web`'s.
//!
//! A connection that finds no regular slot gets one of a few spare ones: it may ask for `/healthz` and `/readyz`, so that
//! an orchestrator does not restart a server that is only busy. A handshake runs beside the others and never holds up the
//! next connection; the server closes a connection that does not finish a handshake or the headers of a request in time.

use crate::net::limits::ConnectionLimits;
use crate::net::peer::Peer;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::net::connection;
use crate::net::idle_timeout::IdleTimeoutStream;
use crate::net::slots::{ConnectionSlot, ConnectionSlots};

use crate::config::Networks;

/// What is served, and within which limits.
#[derive(Clone)]
pub struct HttpServer {
    site: Router,
    tls: Option<TlsAcceptor>,
    limits: ConnectionLimits,
    slots: ConnectionSlots,
}

impl HttpServer {
    /// A server of `site`, with TLS where `tls` is given. Connections of `trusted_proxies` bring many people each.
    #[must_use]
    pub fn new(site: Router, tls: Option<TlsAcceptor>, limits: ConnectionLimits, trusted_proxies: Networks) -> Self {
        Self { site, tls, limits, slots: ConnectionSlots::new(limits, trusted_proxies) }
    }

    /// Answers at `listener` until `stopping` is cancelled, and then until the requests that were begun are answered.
    pub async fn serve(self, listener: TcpListener, stopping: CancellationToken) {
        // Ends when the last connection has dropped its sender.
        let (open, mut all_closed) = mpsc::channel::<()>(1);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stopping.cancelled() => break,
            };
            match accepted {
                Ok((stream, from)) => {
                    let slot = self.slots.take(from.ip());
                    let connection = self.clone().connection(stream, from, slot, stopping.clone());
                    let open = open.clone();
                    tokio::spawn(async move {
                        connection.await;
                        drop(open);
                    });
                }
                Err(error) => {
                    // Out of files, or the other end was quick to leave: the next moment is another.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop((listener, open));
        let _ = all_closed.recv().await;
    }

    async fn connection(self, stream: TcpStream, from: SocketAddr, slot: ConnectionSlot, stopping: CancellationToken) {
        let is_spare = slot.is_spare();
        let answering = async {
            // Pages and events are small: they wait for no further bytes.
            let _ = stream.set_nodelay(true);
            let Some(stream) = self.encrypted(stream, from, is_spare).await else { return };
            let peer = Peer { address: from, tls: self.tls.is_some() };
            connection::answer(stream, peer, self.site, self.limits.headers, is_spare, stopping).await;
        };
        tokio::select! {
            () = answering => {}
            () = slot.displaced() => tracing::debug!(%from, "closing an idle connection for a newer one"),
        }
    }

    /// The connection, encrypted where the server does that; `None` for one that is closed.
    async fn encrypted(&self, stream: TcpStream, from: SocketAddr, is_spare: bool) -> Option<IdleTimeoutStream> {
        let Some(tls) = &self.tls else { return Some(IdleTimeoutStream::plain(stream, self.limits.idle)) };
        // Spare connections are few as it is.
        let turn = if is_spare { None } else { Some(self.slots.acquire_handshake(from.ip())?) };
        let shaken = timeout(self.limits.handshake, handshake(tls.clone(), stream)).await;
        drop(turn);
        match shaken {
            Ok(Ok(Some(stream))) => return Some(IdleTimeoutStream::tls(stream, self.limits.idle)),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake timed out"),
        }
        None
    }
}

/// The handshake; `None` for a client that speaks HTTP without TLS, which receives an error message.
async fn handshake(
    tls: TlsAcceptor,
    mut stream: TcpStream,
) -> io::Result<Option<tokio_rustls::server::TlsStream<TcpStream>>> {
    let mut first = [0];
    // A TLS record begins with 22; a request with the letters of its method.
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
        const PLAIN_HTTP_ANSWER: &str = "This port requires TLS. Use the same URL with https://.\n";
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{PLAIN_HTTP_ANSWER}",
            PLAIN_HTTP_ANSWER.len()
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

#[cfg(test)]
mod tests;
