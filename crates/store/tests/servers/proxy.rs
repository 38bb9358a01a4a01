//! A stand-in for the network between store and server, which breaks where the test requires it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where a connection breaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before a packet that contains this reaches the server.
    Before(&'static str),
    /// After the server has answered a packet that contains this; the answer is lost.
    After(&'static str),
}

/// A proxy for one server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    left: Arc<AtomicU32>,
}

impl Proxy {
    /// Passes everything on until [`Self::cut`] is called.
    pub(crate) async fn to(server: u16, cut: Cut) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicU32::new(0));
        let cuts = Arc::clone(&left);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await else { continue };
                tokio::spawn(carry(client, server, cut, Arc::clone(&cuts)));
            }
        });
        Self { port, left }
    }

    /// Cuts the next `times` connections at that place.
    pub(crate) fn cut(&self, times: u32) {
        self.left.store(times, Ordering::SeqCst);
    }

    /// How many cuts remain.
    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, cut: Cut, left: Arc<AtomicU32>) {
    let (mut from_client, mut from_server) = (vec![0; 65_536], vec![0; 65_536]);
    let mut answer_is_lost = false;
    loop {
        tokio::select! {
            read = client.read(&mut from_client) => {
                let Ok(length @ 1..) = read else { return };
                // READ COMMITTED, which each new connection sets, is no COMMIT.
                let text = String::from_utf8_lossy(&from_client[..length]).replace("COMMITTED", "");
                let (Cut::Before(sign) | Cut::After(sign)) = cut;
                let take = |left: u32| left.checked_sub(1);
                if text.contains(sign) && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok() {
                    match cut {
                        Cut::Before(_) => return,
                        Cut::After(_) => answer_is_lost = true,
                    }
                }
                if server.write_all(&from_client[..length]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut from_server) => {
                let Ok(length @ 1..) = read else { return };
                if answer_is_lost || client.write_all(&from_server[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
