//! Requests over TCP, each over a separate connection.
#![expect(clippy::unwrap_used, reason = "a test's helper fails the test")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::client::{HttpClient, Transport};
use super::event::{ArrivedEvents, ServerEvent};
use super::exchange::exchange;
use super::request::TestRequest;
use super::response::{ResponseParser, TestResponse};

/// How long a server may be silent.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A server on this machine.
#[derive(Clone, Copy, Debug)]
pub struct TcpTransport {
    address: SocketAddr,
}

impl HttpClient<TcpTransport> {
    /// A client of the server at this port of 127.0.0.1, known as `localhost`.
    #[must_use]
    pub fn of_port(port: u16) -> Self {
        Self::new(TcpTransport { address: (Ipv4Addr::LOCALHOST, port).into() })
    }

    /// A connection to the server, for what is no whole request.
    ///
    /// # Panics
    /// When the server does not accept it.
    #[must_use]
    pub fn connect(&self) -> TcpStream {
        self.transport().connect()
    }
}

impl TcpTransport {
    fn connect(self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
        stream
    }
}

impl Transport for TcpTransport {
    type Response = TestResponse;
    type Stream = TcpResponseStream;

    fn authority(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    fn send(&self, request: TestRequest) -> TestResponse {
        exchange(self.connect(), &request).unwrap()
    }

    fn open(&self, request: TestRequest) -> TcpResponseStream {
        let mut stream = self.connect();
        stream.write_all(&request.to_bytes()).unwrap();
        TcpResponseStream { stream, parser: ResponseParser::default(), arrived: ArrivedEvents::default() }
    }
}

/// A response over TCP, read while it arrives. The connection closes when this is dropped.
#[derive(Debug)]
pub struct TcpResponseStream {
    stream: TcpStream,
    parser: ResponseParser,
    arrived: ArrivedEvents,
}

impl TcpResponseStream {
    /// What has been read of the body.
    #[must_use]
    pub fn text(&self) -> &str {
        self.arrived.text()
    }

    /// Reads on; `false` at the end, or when the server is silent for a minute.
    fn read(&mut self) -> bool {
        let before = self.parser.arrived().len();
        let mut buffer = [0; 16 * 1024];
        let Ok(count @ 1..) = self.stream.read(&mut buffer) else { return false };
        self.parser.push(&buffer[..count]);
        self.arrived.push(&self.parser.arrived()[before..]);
        true
    }

    /// Reads until `wanted` has arrived, in the line that an earlier call has found or after it. Returns the text from
    /// that earlier line on.
    ///
    /// # Panics
    /// When the stream ends before, or is silent for a minute.
    pub fn read_until(&mut self, wanted: &str) -> String {
        let begin = self.text().len() - self.arrived.since_found().len();
        while !self.arrived.find(&[wanted]) {
            let has_read = self.read();
            assert!(has_read, "{wanted} did not arrive: {}", self.text());
        }
        self.text()[begin..].to_owned()
    }

    /// The next event with data.
    ///
    /// # Panics
    /// As [`Self::read_until`].
    pub fn next_event(&mut self) -> ServerEvent {
        loop {
            if let Some(event) = self.arrived.take() {
                return event;
            }
            let has_read = self.read();
            assert!(has_read, "no further event arrived: {}", self.text());
        }
    }

    /// Reads until the head of the response has arrived: its status line and headers.
    ///
    /// # Panics
    /// As [`Self::read_until`].
    pub fn head(&mut self) -> String {
        loop {
            if let Some(head) = self.parser.head() {
                return head;
            }
            let has_read = self.read();
            assert!(has_read, "no head of a response arrived");
        }
    }
}
