//! One connection as HTTP/1.1: requests are handed to the site, each with who sent it.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::net::idle_timeout::IdleTimeoutStream;
use crate::net::peer::Peer;

/// What one connection may buffer, in bytes: also the longest headers of a request.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// Marks requests of a connection that found no regular slot: they get an answer about health and no other.
#[derive(Clone, Copy, Debug)]
pub struct SpareConnection;

/// Answers the requests of a connection until it ends; once `stopping` is cancelled, the one that was begun is the last.
/// Headers have `headers` time.
pub(super) async fn answer(
    stream: IdleTimeoutStream,
    peer: Peer,
    site: Router,
    headers: Duration,
    is_spare: bool,
    stopping: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        if is_spare {
            request.extensions_mut().insert(SpareConnection);
        }
        site.clone().oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(headers).max_buf_size(MAX_BUFFER_BYTES).keep_alive(!is_spare);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended with an error");
    }
}
