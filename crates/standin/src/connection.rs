//! The connections of a node: accepted, encrypted, and bounded in number, size and time.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::node::NodeState;
use crate::router;

/// Connections of one node at once. Further ones wait.
const MAX_CONNECTIONS: usize = 256;
/// What a connection may buffer, in bytes: also how long the headers of a request may be.
const MAX_BUFFER_BYTES: usize = 64 * 1024;
/// How long the body of a request may be.
const MAX_BODY_BYTES: usize = 1 << 20;
/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the headers of a request may take, and how long a connection is kept open for the next request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);
/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait after a connection could not be accepted.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves a node until `stopping` is cancelled, and returns when all of its connections are closed.
pub(crate) async fn serve(node: Arc<NodeState>, listener: TcpListener, tls: TlsAcceptor, stopping: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Ends when the last connection has dropped its sender.
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = stopping.cancelled() => break,
        };
        let Some((stream, peer, slot)) = accepted else {
            sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        let (node, tls, stopping, open) = (node.clone(), tls.clone(), stopping.clone(), open.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = answer_connection(node, stream, peer, tls) => {}
                () = stopping.cancelled() => {}
            }
            drop((slot, open));
        });
    }
    drop((listener, open));
    let _ = all_closed.recv().await;
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    let (stream, peer) = listener.accept().await.ok()?;
    Some((stream, peer, slot))
}

async fn answer_connection(node: Arc<NodeState>, stream: TcpStream, peer: SocketAddr, tls: TlsAcceptor) {
    // Answers are small: they wait for no further bytes.
    let _ = stream.set_nodelay(true);
    let stream = match timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake timed out"),
    };
    let service = service_fn(move |request: Request<Incoming>| {
        let node = node.clone();
        async move { Ok::<_, Infallible>(answer_request(&node, request, peer).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(MAX_BUFFER_BYTES);
    let connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection ended with an error");
    }
}

async fn answer_request(node: &NodeState, request: Request<Incoming>, peer: SocketAddr) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let body = timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect()).await;
    let answer = match body {
        Ok(Ok(body)) => router::answer(node, &HttpCall::new(head, body.to_bytes(), peer.ip())).await,
        Ok(Err(_)) => Answer::empty(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Answer::empty(StatusCode::REQUEST_TIMEOUT),
    };
    answer.into_response()
}
