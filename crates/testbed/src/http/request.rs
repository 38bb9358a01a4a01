//! A request: its headers, the bodies that browsers send, and its bytes on a connection.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

/// Separates the parts of a form with files. The parts of tests do not contain it.
const BOUNDARY: &str = "----clusterwright-test";

/// A request. The client adds `Host` unless the test has set it.
#[derive(Clone, Debug)]
pub struct TestRequest {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A file of a form: the name of its field, the name of the file (empty where none was chosen), and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct FormFile<'a>(pub &'a str, pub &'a str, pub &'a [u8]);

impl TestRequest {
    /// A request without a body. As browsers do, it leaves the fragment of `target` out.
    ///
    /// # Panics
    /// The functions that set a header panic when its name or value is not one of HTTP.
    #[must_use]
    pub fn new(method: Method, target: &str) -> Self {
        let target = target.split('#').next().unwrap_or_default().to_owned();
        Self { method, target, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// `GET`.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    /// `POST`.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new(Method::POST, target)
    }

    /// Adds a header, also when there is one of this name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(header_name(name), header_value(value));
        self
    }

    /// Sets a header in place of all of this name.
    #[must_use]
    pub fn set_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(header_name(name), header_value(value));
        self
    }

    /// Removes all headers of this name.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// The cookies of the person who asks, as `name=value; name=value`; no header when empty.
    #[must_use]
    pub fn cookie(self, cookie: &str) -> Self {
        if cookie.is_empty() { self } else { self.set_header("cookie", cookie) }
    }

    /// A form without files.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A form as browsers send it when it has an input for files.
    #[must_use]
    pub fn multipart(self, fields: &[(&str, &str)], files: &[FormFile<'_>]) -> Self {
        let part = |name: &str, file: &str, value: &[u8]| {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            [head.as_bytes(), value, b"\r\n"].concat()
        };
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(part(name, "", value.as_bytes()));
        }
        for FormFile(field, name, bytes) in files {
            body.extend(part(field, &format!("; filename=\"{name}\""), bytes));
        }
        body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
        self.body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }

    /// A body with its type and length.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.set_header("content-type", content_type).set_header("content-length", &length)
    }

    /// Whether the test has set a header of this name.
    #[must_use]
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The bytes that a connection carries (RFC 9112). A request that has no `Connection` header asks the server to close.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        let mut line = |name: &str, value: &[u8]| head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        for (name, value) in &self.headers {
            line(name.as_str(), value.as_bytes());
        }
        if !self.has_header("connection") {
            line("connection", b"close");
        }
        if self.method == Method::POST && !self.has_header("content-length") {
            line("content-length", b"0");
        }
        [&head, b"\r\n".as_slice(), &self.body].concat()
    }

    /// The request for axum.
    #[must_use]
    pub fn into_axum(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.target).body(Body::from(self.body)).unwrap();
        *request.headers_mut() = self.headers;
        request
    }

    /// The request for axum with another body, such as one that never ends.
    #[must_use]
    pub fn with_body(self, body: Body) -> Request<Body> {
        self.into_axum().map(|_| body)
    }
}

fn header_name(name: &str) -> HeaderName {
    HeaderName::from_bytes(name.as_bytes()).unwrap()
}

fn header_value(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(request: &TestRequest) -> String {
        String::from_utf8(request.to_bytes()).unwrap()
    }

    #[test]
    fn a_form_has_its_type_and_length() {
        let request = TestRequest::post("/plans#top").header("host", "localhost").form(&[("title", "a b&c")]);
        assert_eq!(
            text(&request),
            "POST /plans HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: 13\r\nconnection: close\r\n\r\ntitle=a+b%26c"
        );
        assert!(text(&TestRequest::post("/logout")).contains("content-length: 0\r\n"));
        assert!(!text(&TestRequest::get("/").cookie("")).contains("cookie"));
    }

    #[test]
    fn a_header_is_added_or_set() {
        let request = TestRequest::get("/").header("host", "a").header("host", "b");
        assert_eq!(text(&request).matches("host: ").count(), 2);
        assert_eq!(text(&request.clone().set_header("host", "c")).matches("host: ").count(), 1);
        assert_eq!(text(&request.without_header("host")).matches("host: ").count(), 0);
    }

    #[test]
    fn a_form_with_a_file_has_a_part_for_each() {
        let request = TestRequest::post("/open").multipart(&[("a", "1")], &[FormFile("file", "x.zip", b"PK")]);
        let text = text(&request);
        assert_eq!(text.matches("Content-Disposition: form-data; name=").count(), 2);
        assert!(
            text.contains("name=\"file\"; filename=\"x.zip\"\r\n\r\nPK\r\n") && text.ends_with("test--\r\n"),
            "{text}"
        );
    }
}
