//! The client: what tests ask for most, over either transport.

use super::request::{FormFile, TestRequest};

/// A way to the server.
pub trait Transport {
    /// The response, or a future of it.
    type Response;
    /// A response that is read while it arrives, or a future of it.
    type Stream;

    /// The host and port that the server is known by, as in `Host`.
    fn authority(&self) -> String;

    /// Sends a request, and reads the response to its end.
    fn send(&self, request: TestRequest) -> Self::Response;

    /// Sends a request, and leaves reading the response to the test.
    fn open(&self, request: TestRequest) -> Self::Stream;
}

/// A client of one server. Forms have an `Origin`, as those of browsers do.
#[derive(Clone, Debug)]
pub struct HttpClient<T> {
    transport: T,
}

impl<T: Transport> HttpClient<T> {
    /// A client over this transport.
    pub fn new(transport: T) -> Self {
        Self { transport }
    }

    /// The way to the server.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Sends a request as it is; only a missing `Host` is added.
    pub fn send(&self, request: TestRequest) -> T::Response {
        self.transport.send(self.with_host(request))
    }

    /// Sends a request whose response is read while it arrives.
    pub fn open(&self, request: TestRequest) -> T::Stream {
        self.transport.open(self.with_host(request))
    }

    /// A page or file.
    pub fn get(&self, path: &str) -> T::Response {
        self.get_as("", path)
    }

    /// [`Self::get`] by a person with cookies.
    pub fn get_as(&self, cookie: &str, path: &str) -> T::Response {
        self.send(TestRequest::get(path).cookie(cookie))
    }

    /// A form without files.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> T::Response {
        self.post_as("", path, fields)
    }

    /// [`Self::post`] by a person with cookies.
    pub fn post_as(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> T::Response {
        self.send(self.form(path).cookie(cookie).form(fields))
    }

    /// A form with an input for files; there may be none.
    pub fn multipart(&self, path: &str, fields: &[(&str, &str)], files: &[FormFile<'_>]) -> T::Response {
        self.multipart_as("", path, fields, files)
    }

    /// [`Self::multipart`] by a person with cookies.
    pub fn multipart_as(
        &self,
        cookie: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[FormFile<'_>],
    ) -> T::Response {
        self.send(self.form(path).cookie(cookie).multipart(fields, files))
    }

    /// A form with one file in the field `file`.
    pub fn upload(&self, path: &str, name: &str, bytes: &[u8]) -> T::Response {
        self.multipart(path, &[], &[FormFile("file", name, bytes)])
    }

    /// A page or stream that is read while it arrives.
    pub fn open_page(&self, path: &str) -> T::Stream {
        self.open_page_as("", path)
    }

    /// [`Self::open_page`] by a person with cookies.
    pub fn open_page_as(&self, cookie: &str, path: &str) -> T::Stream {
        self.open(TestRequest::get(path).cookie(cookie))
    }

    fn form(&self, path: &str) -> TestRequest {
        TestRequest::post(path).header("origin", &format!("http://{}", self.transport.authority()))
    }

    fn with_host(&self, request: TestRequest) -> TestRequest {
        if request.has_header("host") { request } else { request.header("host", &self.transport.authority()) }
    }
}
