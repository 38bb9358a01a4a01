//! Requests to axum's router in this process.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::client::Transport;
use super::event::{ArrivedEvents, ServerEvent};
use super::request::TestRequest;
use super::response::TestResponse;

/// What the router is known by, as on the machine of a developer.
const AUTHORITY: &str = "localhost:3000";
/// How long a stream may say nothing of what the test waits for.
const STREAM_TIMEOUT: Duration = Duration::from_secs(60);

/// A future of a test, which may run on any thread.
type TestFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A router.
#[derive(Clone, Debug)]
pub struct RouterTransport(Router);

impl RouterTransport {
    /// The way to `router`.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self(router)
    }

    /// Sends a request of axum's, for bodies that [`TestRequest`] does not have.
    pub fn send_raw(&self, request: Request<Body>) -> TestFuture<TestResponse> {
        let router = self.0.clone();
        Box::pin(async move {
            let (head, body) = router.oneshot(request).await.unwrap().into_parts();
            let bytes = body.collect().await.unwrap().to_bytes().to_vec();
            TestResponse::new(head.status, &head.headers, bytes)
        })
    }
}

impl Transport for RouterTransport {
    type Response = TestFuture<TestResponse>;
    type Stream = TestFuture<RouterStream>;

    fn authority(&self) -> String {
        AUTHORITY.to_owned()
    }

    fn send(&self, request: TestRequest) -> Self::Response {
        self.send_raw(request.into_axum())
    }

    fn open(&self, request: TestRequest) -> Self::Stream {
        let response = self.0.clone().oneshot(request.into_axum());
        Box::pin(async move {
            let (head, body) = response.await.unwrap().into_parts();
            RouterStream { status: head.status, body, arrived: ArrivedEvents::default() }
        })
    }
}

/// A response of a router, read while it arrives.
#[derive(Debug)]
pub struct RouterStream {
    status: StatusCode,
    body: Body,
    arrived: ArrivedEvents,
}

impl RouterStream {
    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What has been read.
    #[must_use]
    pub fn text(&self) -> &str {
        self.arrived.text()
    }

    /// The next piece, as the server sends it; `None` at the end.
    pub async fn next_piece(&mut self) -> Option<String> {
        loop {
            // A response that breaks ends here too.
            let frame = self.body.frame().await?.ok()?;
            if let Ok(bytes) = frame.into_data() {
                self.arrived.push(&bytes);
                return Some(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }

    /// Reads until `wanted` has arrived, in the line that an earlier call has found or after it.
    ///
    /// # Panics
    /// When the stream ends before, or when that takes longer than a minute.
    pub async fn read_until(&mut self, wanted: &str) {
        self.read_until_any(&[wanted]).await;
    }

    /// Reads until one of `wanted` has arrived.
    ///
    /// # Panics
    /// As [`Self::read_until`].
    pub async fn read_until_any(&mut self, wanted: &[&str]) {
        let read = async {
            loop {
                if self.arrived.find(wanted) {
                    return true;
                }
                if self.next_piece().await.is_none() {
                    return false;
                }
            }
        };
        let is_found = tokio::time::timeout(STREAM_TIMEOUT, read).await.unwrap_or_default();
        assert!(is_found, "{wanted:?} did not arrive: {}", self.text());
    }

    /// The next event with data.
    ///
    /// # Panics
    /// As [`Self::read_until`].
    pub async fn next_event(&mut self) -> ServerEvent {
        let read = async {
            loop {
                if let Some(event) = self.arrived.take() {
                    return Some(event);
                }
                self.next_piece().await?;
            }
        };
        let event = tokio::time::timeout(STREAM_TIMEOUT, read).await.ok().flatten();
        assert!(event.is_some(), "no further event arrived: {}", self.text());
        event.unwrap_or_default()
    }

    /// Reads until the server ends the stream.
    ///
    /// # Panics
    /// When that takes longer than `limit`.
    pub async fn read_to_end(&mut self, limit: Duration) {
        let read = async { while self.next_piece().await.is_some() {} };
        let ended = tokio::time::timeout(limit, read).await;
        assert!(ended.is_ok(), "the stream does not end: {}", self.text());
    }
}
