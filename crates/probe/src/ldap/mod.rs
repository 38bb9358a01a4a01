//! A directory as far as checks need it: connect to a pinned address, bind, search.
//!
//! An own client of two hundred lines, because the well-kept crate for it takes its address as a URL and resolves it
//! itself, and brings a parser and a second way of TLS along.

mod ber;
mod message;

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout_at;

pub(crate) use message::{Entry, Filter, Search};

/// The largest message taken, in bytes. An entry of a user with its photograph fits.
const LARGEST: usize = 1 << 20;

/// Result codes (RFC 4511 appendix A) that are told apart.
pub(crate) const SUCCESS: u32 = 0;
pub(crate) const TIME_LIMIT: u32 = 3;
pub(crate) const SIZE_LIMIT: u32 = 4;
pub(crate) const STRONGER_AUTHENTICATION: u32 = 8;
pub(crate) const ADMINISTRATIVE_LIMIT: u32 = 11;
pub(crate) const CONFIDENTIALITY: u32 = 13;
pub(crate) const NO_SUCH_OBJECT: u32 = 32;
pub(crate) const BAD_NAME: u32 = 34;
pub(crate) const BAD_CREDENTIALS: u32 = 49;
pub(crate) const BUSY: u32 = 51;
pub(crate) const UNAVAILABLE: u32 = 52;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoAnswer {
    /// It closed the connection.
    Closed,
    /// It said nothing in time.
    Silent,
    /// It speaks something else.
    Other,
}

/// Bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to a directory.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
    last: u32,
}

impl Connection {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new(), last: 0 }
    }

    /// Logs in and gives the result code.
    pub(crate) async fn bind(&mut self, name: &str, password: &str, deadline: Instant) -> Result<u32, NoAnswer> {
        self.last += 1;
        let request = message::bind(self.last, name, password);
        self.send(&request, deadline).await?;
        loop {
            if let message::Answer::Done(code) = self.next(deadline).await? {
                return Ok(code);
            }
        }
    }

    /// Searches, and gives the result code and the entries.
    pub(crate) async fn search(
        &mut self,
        search: &Search<'_>,
        deadline: Instant,
    ) -> Result<(u32, Vec<Entry>), NoAnswer> {
        self.last += 1;
        let request = message::search(self.last, search);
        self.send(&request, deadline).await?;
        let mut entries = Vec::new();
        loop {
            match self.next(deadline).await? {
                message::Answer::Done(code) => return Ok((code, entries)),
                message::Answer::Entry(entry) => entries.push(entry),
                message::Answer::Other => {}
            }
        }
    }

    async fn send(&mut self, request: &[u8], deadline: Instant) -> Result<(), NoAnswer> {
        match timeout_at(deadline.into(), self.stream.write_all(request)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(NoAnswer::Closed),
            Err(_) => Err(NoAnswer::Silent),
        }
    }

    /// The next message.
    async fn next(&mut self, deadline: Instant) -> Result<message::Answer, NoAnswer> {
        loop {
            if let Some((tag, start, length)) = ber::head(&self.received) {
                if tag != ber::SEQUENCE || length > LARGEST {
                    return Err(NoAnswer::Other);
                }
                if self.received.len() >= start + length {
                    let message: Vec<u8> = self.received.drain(..start + length).collect();
                    return message::answer(&message).ok_or(NoAnswer::Other);
                }
            }
            let mut buffer = [0; 4096];
            match timeout_at(deadline.into(), self.stream.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => return Err(NoAnswer::Closed),
                Ok(Ok(count)) => self.received.extend_from_slice(&buffer[..count]),
                Err(_) => return Err(NoAnswer::Silent),
            }
        }
    }
}
