//! Services that misbehave, and the addresses and ports where they listen.

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::{TcpListener, TcpStream};

/// Runs a future on a separate runtime.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A loopback address that no other test uses, where every port is free.
pub(crate) fn own_loopback() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // 127.64.0.0/10: 22 bits, of which the process uses 16 and the test 6.
    let number = std::process::id() % 65_536 * 64 + NEXT.fetch_add(1, Ordering::Relaxed) % 64;
    Ipv4Addr::from_bits(0x7f40_0000 + number).to_string()
}

/// A listener on a free port of 127.0.0.1.
pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Serves each connection with `serve` until the test ends.
pub(crate) async fn serve<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> u16 {
    serve_at(("127.0.0.1", 0), serve).await
}

/// The same at a given address and port.
pub(crate) async fn serve_at<F: Future<Output = ()> + Send + 'static>(
    place: (&str, u16),
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind(place).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    port
}
