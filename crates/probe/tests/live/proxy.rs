//! A proxy in front of a real server: it counts and delays round trips, and cuts connections.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;

use crate::support::serve;

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
    way: Way,
}

/// What all connections of a proxy share.
#[derive(Clone)]
struct Way {
    delay: Duration,
    /// The first connection over which the client sent this number of bytes is cut, and no other.
    cut_after: Option<usize>,
    is_cut: Arc<AtomicBool>,
    talks: Arc<Mutex<Vec<Talk>>>,
}

/// What both directions of one connection share.
#[derive(Clone)]
struct Talk {
    turns: Arc<AtomicUsize>,
    server_spoke: Arc<AtomicBool>,
    end: Arc<watch::Sender<bool>>,
}

impl Proxy {
    /// A proxy to `port` of 127.0.0.1 that adds `delay` to every round trip.
    pub(crate) async fn slow(port: u16, delay: Duration) -> Self {
        Self::start(port, delay, None).await
    }

    /// A proxy that cuts the first connection over which a client sends more than `after` bytes; others remain.
    pub(crate) async fn cutting(port: u16, after: usize) -> Self {
        Self::start(port, Duration::ZERO, Some(after)).await
    }

    async fn start(to: u16, delay: Duration, cut_after: Option<usize>) -> Self {
        let way = Way { delay, cut_after, is_cut: Arc::default(), talks: Arc::default() };
        let shared = way.clone();
        let port = serve(move |client| {
            // MySQL sends first, so what the client then sends ends no round trip.
            let talk = Talk { turns: Arc::default(), server_spoke: Arc::default(), end: Arc::default() };
            shared.talks.lock().unwrap().push(talk.clone());
            let way = shared.clone();
            async move {
                client.set_nodelay(true).unwrap();
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
                server.set_nodelay(true).unwrap();
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = server.into_split();
                tokio::join!(
                    hand_on(client_reads, server_writes, Side::Client, &way, &talk),
                    hand_on(server_reads, client_writes, Side::Server, &way, &talk),
                );
            }
        })
        .await;
        Self { port, way }
    }

    /// How often a client waited for the server, for each connection, since the last call.
    pub(crate) fn take_turns(&self) -> Vec<usize> {
        let talks = std::mem::take(&mut *self.way.talks.lock().unwrap());
        talks.iter().map(|talk| talk.turns.load(Ordering::Relaxed)).collect()
    }

    /// Cuts all current connections, once; later ones remain.
    pub(crate) fn cut_once(&self) {
        if !self.way.is_cut.swap(true, Ordering::Relaxed) {
            self.way.talks.lock().unwrap().iter().for_each(|talk| talk.end.send_modify(|end| *end = true));
        }
    }

    /// Whether a connection was cut.
    pub(crate) fn has_cut(&self) -> bool {
        self.way.is_cut.load(Ordering::Relaxed)
    }
}

/// The sender.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
}

/// Forwards bytes in order, each with a delay.
async fn hand_on(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, side: Side, way: &Way, talk: &Talk) {
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let (delay, mut end) = (way.delay / 2, talk.end.subscribe());
    let read = async move {
        let (mut bytes, mut sum) = (vec![0; 64 * 1024], 0);
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            match side {
                Side::Server => talk.server_spoke.store(true, Ordering::Relaxed),
                Side::Client if talk.server_spoke.swap(false, Ordering::Relaxed) => {
                    talk.turns.fetch_add(1, Ordering::Relaxed);
                }
                Side::Client => {}
            }
            sum += count;
            let is_over = side == Side::Client && way.cut_after.is_some_and(|after| sum > after);
            if is_over && !way.is_cut.swap(true, Ordering::Relaxed) {
                talk.end.send_replace(true);
                break;
            }
            if send.send((Instant::now() + delay, bytes[..count].to_vec())).is_err() {
                break;
            }
        }
    };
    let write = async move {
        while let Some((at, bytes)) = receive.recv().await {
            tokio::time::sleep_until(at.into()).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // The other side may already be closed.
        let _ = to.shutdown().await;
    };
    tokio::select! {
        _ = async { tokio::join!(read, write) } => {}
        _ = end.wait_for(|end| *end) => {}
    }
}
