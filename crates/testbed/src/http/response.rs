//! A response, and reading one from the bytes of a connection (RFC 9112).
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// A response that has arrived completely.
#[derive(Clone, Debug)]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers as text: sorted lines of `name: value`.
    pub head: String,
    /// Where a redirect leads; empty for other responses.
    pub location: String,
    /// The cookie that was set, as a browser sends it back; empty if none was set.
    pub cookie: String,
    /// The same cookie with its attributes, as the server sent it.
    pub set_cookie: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl TestResponse {
    /// A response with these parts.
    ///
    /// # Panics
    /// When `Location` or `Set-Cookie` is not ASCII.
    #[must_use]
    pub fn new(status: StatusCode, headers: &HeaderMap, bytes: Vec<u8>) -> Self {
        let text = |name: HeaderName| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let set_cookie = text(header::SET_COOKIE);
        let cookie = set_cookie.split(';').next().unwrap_or_default().to_owned();
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
        };
        let mut lines: Vec<String> = headers.iter().map(line).collect();
        lines.sort();
        Self { status, head: lines.concat(), location: text(header::LOCATION), cookie, set_cookie, bytes }
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The path of the plan that a redirect opens, such as `/plans/abc`.
    #[must_use]
    pub fn plan(&self) -> String {
        self.location.split("/product").next().unwrap_or_default().to_owned()
    }
}

/// The parts of a response before its body.
#[derive(Clone, Debug)]
struct ParsedHead {
    status: StatusCode,
    headers: HeaderMap,
    /// Where the body begins.
    length: usize,
}

/// Reads one response from the bytes of a connection, in whatever pieces they arrive.
#[derive(Clone, Debug, Default)]
pub struct ResponseParser {
    received: Vec<u8>,
    head: Option<ParsedHead>,
}

impl ResponseParser {
    /// Takes the next bytes.
    ///
    /// # Panics
    /// When they do not begin as an HTTP response does.
    pub fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
        if self.head.is_none() {
            self.head = self
                .received
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .map(|end| parse_head(&self.received, end));
        }
    }

    /// The status line and the headers as the server sent them, once they have arrived.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.head.as_ref().map(|head| String::from_utf8_lossy(&self.received[..head.length]).into_owned())
    }

    /// The body as far as it has arrived, without the framing of chunks.
    #[must_use]
    pub fn arrived(&self) -> Vec<u8> {
        self.head.as_ref().map_or_else(Vec::new, |head| self.body(head).0)
    }

    /// The response if it is complete by its length or its last chunk.
    #[must_use]
    pub fn complete(&self) -> Option<TestResponse> {
        let head = self.head.as_ref()?;
        let (body, is_complete) = self.body(head);
        is_complete.then(|| TestResponse::new(head.status, &head.headers, body))
    }

    /// The response of a connection that the server has closed; `None` if a part of it is missing.
    #[must_use]
    pub fn closed(&self) -> Option<TestResponse> {
        let head = self.head.as_ref()?;
        let ends_with_connection = !is_chunked(&head.headers) && !head.headers.contains_key(header::CONTENT_LENGTH);
        let body = || self.received[head.length..].to_vec();
        if ends_with_connection { Some(TestResponse::new(head.status, &head.headers, body())) } else { self.complete() }
    }

    /// The body as far as it has arrived, and whether that is all of it.
    fn body(&self, head: &ParsedHead) -> (Vec<u8>, bool) {
        let rest = &self.received[head.length..];
        if is_chunked(&head.headers) {
            return without_chunks(rest);
        }
        let is_without = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let length = head.headers.get(header::CONTENT_LENGTH).map(|length| length.to_str().unwrap().parse().unwrap());
        let is_complete = is_without || length.is_some_and(|length: usize| rest.len() >= length);
        (rest.to_vec(), is_complete)
    }
}

fn is_chunked(headers: &HeaderMap) -> bool {
    headers.get(header::TRANSFER_ENCODING).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"chunked"))
}

fn parse_head(received: &[u8], end: usize) -> ParsedHead {
    let text = std::str::from_utf8(&received[..end]).unwrap();
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap().strip_prefix("HTTP/1.1 ").and_then(|line| line.get(..3)).unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.parse::<HeaderName>().unwrap(), value.trim().parse::<HeaderValue>().unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.map(header) {
        headers.append(name, value);
    }
    ParsedHead { status: status.parse().unwrap(), headers, length: end + 4 }
}

/// The contents of the chunks that have arrived (RFC 9112, 7.1), and whether the last one has.
fn without_chunks(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size =
            std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap();
        let begin = end + 2;
        if size == 0 {
            return (body, rest.len() >= begin + 2);
        }
        body.extend_from_slice(&rest[begin..rest.len().min(begin + size)]);
        let Some(next) = rest.get(begin + size + 2..) else { break };
        rest = next;
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parser(text: &str) -> ResponseParser {
        let mut parser = ResponseParser::default();
        // In the smallest pieces.
        text.as_bytes().chunks(1).for_each(|byte| parser.push(byte));
        parser
    }

    #[test]
    fn a_response_ends_by_its_length() {
        let text = "HTTP/1.1 303 See Other\r\nlocation: /plans/abc/product#title\r\nset-cookie: a=b; Path=/\r\n\
                    content-length: 5\r\n\r\nhello";
        let response = parser(text).complete().unwrap();
        assert_eq!((response.status, response.text().as_str()), (StatusCode::SEE_OTHER, "hello"));
        assert_eq!((response.plan().as_str(), response.cookie.as_str()), ("/plans/abc", "a=b"));
        assert!(response.head.contains("content-length: 5\n") && response.set_cookie.ends_with("Path=/"));
        let cut = parser(&text[..text.len() - 1]);
        assert!(cut.complete().is_none() && cut.closed().is_none());
        assert_eq!(cut.arrived(), b"hell");
    }

    #[test]
    fn a_response_ends_by_its_last_chunk() {
        let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n, everyone\r\n0\r\n\r\n";
        assert_eq!(parser(text).complete().unwrap().text(), "hello, everyone");
        for cut in 1..text.len() - text.find("5\r\n").unwrap() {
            let parser = parser(&text[..text.len() - cut]);
            assert!(parser.complete().is_none() && parser.closed().is_none(), "{cut}");
            assert!("hello, everyone".as_bytes().starts_with(&parser.arrived()), "{cut}");
        }
    }

    #[test]
    fn a_response_without_a_length_ends_with_the_connection() {
        let parser = parser("HTTP/1.1 200 OK\r\n\r\nhello");
        assert!(parser.complete().is_none());
        assert_eq!(parser.closed().unwrap().text(), "hello");
    }
}
