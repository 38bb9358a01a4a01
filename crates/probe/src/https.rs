//! HTTP/1.1 requests over TLS: whether IS answers, where it redirects browsers, and what its APIs report.
//!
//! [`hyper`] speaks HTTP over the stream it is given, so that only a pinned address is dialled. A body is read up to
//! [`MAX_BODY_BYTES`], inspected and dropped.

use std::time::Instant;

use futures::future::{Either, select};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::time::timeout_at;
use tokio_rustls::client::TlsStream;

use crate::tcp::{ByteStream, TcpConnection};

/// Read limit of a body. The largest that is evaluated, an application of IS, has some 10 KB.
const MAX_BODY_BYTES: usize = 64 << 10;
/// Read limit of status line and headers.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// What the health endpoint of IS reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HealthStatus {
    /// IS answers and is healthy.
    Healthy,
    /// IS answers and names a problem (status 503 with an HC code).
    Unhealthy,
    /// IS answers, but its health checks are disabled.
    Disabled,
    /// The answer is not one of IS.
    NotIs,
}

/// An answer, with its body as far as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A request without the headers that every request has.
#[derive(Clone, Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    /// A GET request.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A request without a body.
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a body.
    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }
}

impl HttpResponse {
    /// All values of a header that are text.
    pub(crate) fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.get_all(name).into_iter().filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `None` if it is none, or did not arrive completely.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Asks `GET /api/health-check/v1.0/health`, which needs no account (carbon-health-check).
pub(crate) async fn health(stream: TlsStream<TcpConnection>, host: &str, port: u16, deadline: Instant) -> HealthStatus {
    let authority = format!("{host}:{port}");
    let headers = [("accept", "application/json")];
    get(stream, &authority, "/api/health-check/v1.0/health", &headers, deadline)
        .await
        .map_or(HealthStatus::NotIs, |response| evaluate_health(&response))
}

/// Requests `path` with additional headers by `deadline`; `None` if the answer is not HTTP. A body that takes longer is cut
/// off.
pub(crate) async fn get(
    stream: impl ByteStream + 'static,
    authority: &str,
    path: &str,
    headers: &[(&'static str, &str)],
    deadline: Instant,
) -> Option<HttpResponse> {
    let request = headers.iter().fold(HttpRequest::get(path), |request, (name, value)| request.header(name, *value));
    send(stream, authority, request, deadline).await
}

/// Sends `request`; see [`get`].
pub(crate) async fn send(
    stream: impl ByteStream + 'static,
    authority: &str,
    request: HttpRequest,
    deadline: Instant,
) -> Option<HttpResponse> {
    let HttpRequest { method, path, headers, body } = request;
    let mut request =
        Request::builder().method(method).uri(path).header("host", authority).header("connection", "close");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(body))).ok()?;
    let handshake = http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(TokioIo::new(stream));
    let (mut sender, connection) = timeout_at(deadline.into(), handshake).await.ok()?.ok()?;
    // Both are large; the check that asks keeps only two pointers.
    let exchange = Box::pin(async {
        let answer = timeout_at(deadline.into(), sender.send_request(request)).await.ok()?.ok()?;
        let (head, body) = answer.into_parts();
        Some(HttpResponse {
            status: head.status.as_u16(),
            headers: head.headers,
            body: read_body(body, deadline).await,
        })
    });
    // The connection may end before the answer has been taken from it.
    match select(exchange, Box::pin(connection)).await {
        Either::Left((response, _)) => response,
        Either::Right((_, exchange)) => exchange.await,
    }
}

/// The body until its end, its limit, an error or `deadline`.
async fn read_body(body: Incoming, deadline: Instant) -> Vec<u8> {
    let mut body = Limited::new(body, MAX_BODY_BYTES);
    let mut bytes = Vec::new();
    while let Ok(Some(Ok(frame))) = timeout_at(deadline.into(), body.frame()).await {
        if let Ok(data) = frame.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    bytes
}

fn evaluate_health(response: &HttpResponse) -> HealthStatus {
    let document = response.json().unwrap_or_default();
    let is_error_of_is = |error: &Value| error["code"].as_str().is_some_and(|code| code.starts_with("HC_"));
    match (response.status, document["health"].as_array(), document["errors"].as_array()) {
        (200, Some(checks), _) if !checks.is_empty() => HealthStatus::Healthy,
        (200, Some(_), _) => HealthStatus::Disabled,
        (503, _, Some(errors)) if errors.iter().any(is_error_of_is) => HealthStatus::Unhealthy,
        _ if response.header_values("server").any(|server| server.to_ascii_lowercase().starts_with("wso2")) => {
            HealthStatus::Disabled
        }
        _ => HealthStatus::NotIs,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What becomes of `answer`, after which the server closes the connection.
    async fn received(answer: &[u8]) -> Option<HttpResponse> {
        let (client, mut server) = tokio::io::duplex(1 << 10);
        let deadline = Instant::now() + Duration::from_secs(5);
        let serve = async {
            // The client may close first.
            let _ = server.read(&mut [0; 1024]).await;
            let _ = server.write_all(answer).await;
            drop(server);
        };
        tokio::join!(get(client, "login.example.com", "/", &[], deadline), serve).0
    }

    async fn health_of(answer: &str) -> HealthStatus {
        received(answer.as_bytes()).await.map_or(HealthStatus::NotIs, |response| evaluate_health(&response))
    }

    #[tokio::test]
    async fn the_health_of_is_is_recognised() {
        let answer =
            async |status: &str, body: &str| health_of(&format!("HTTP/1.1 {status}\r\nA: b\r\n\r\n{body}")).await;
        let healthy = r#"{"health": [{"key":"jdbc/SHARED_DB.active.connection.count","value":"1"}]}"#;
        assert_eq!(answer("200 OK", healthy).await, HealthStatus::Healthy);
        assert_eq!(answer("200 OK", r#"{"health":[]}"#).await, HealthStatus::Disabled);
        assert_eq!(answer("503 No", r#"{"errors":[{"code":"HC_00001"}]}"#).await, HealthStatus::Unhealthy);
        // A text that only looks like it.
        assert_eq!(answer("200 OK", r#"<!-- "health":[{ -->"#).await, HealthStatus::NotIs);
        assert_eq!(health_of("").await, HealthStatus::NotIs);
        assert_eq!(health_of("SSH-2.0-OpenSSH_9.2\r\n").await, HealthStatus::NotIs);
        assert_eq!(
            health_of("HTTP/1.1 404 Not Found\r\nServer: WSO2 Carbon Server\r\n\r\n").await,
            HealthStatus::Disabled
        );
    }

    #[tokio::test]
    async fn chunks_are_joined_as_far_as_they_arrived() {
        let chunked = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        for (body, expected) in [
            ("4\r\nWSO2\r\n5;x=1\r\n is-1\r\n0\r\n\r\n", "WSO2 is-1"),
            ("4\r\nWSO2\r\nff\r\ncut", "WSO2cut"),
            ("zz\r\n", ""),
        ] {
            assert_eq!(received(chunked(body).as_bytes()).await.unwrap().text(), expected, "{body:?}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        let mut answer = b"HTTP/1.1 200 OK\r\nLocation: /a\r\n\r\n".to_vec();
        answer.resize(1 << 20, b'x');
        let response = received(&answer).await.unwrap();
        assert!(response.body.len() <= MAX_BODY_BYTES, "{}", response.body.len());
        assert_eq!(response.header_values("location").collect::<Vec<_>>(), ["/a"]);
        let endless_head = [b"HTTP/1.1 200 OK\r\nA: ".as_slice(), &vec![b'x'; 1 << 20]].concat();
        assert!(received(&endless_head).await.is_none());
    }

    proptest! {
        #[test]
        fn any_answer_is_read(answer: Vec<u8>, body: Vec<u8>) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                received(&answer).await;
                let answer = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &body].concat();
                prop_assert_eq!(received(&answer).await.map(|response| response.body), Some(body));
                Ok(())
            })?;
        }
    }
}
