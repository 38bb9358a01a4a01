//! A directory as far as checks need it: connect to a pinned address, bind, search.
//!
//! An own client of two hundred lines, because the well-kept crate for it takes its address as a URL and resolves it
//! itself, and brings a parser and a second way of TLS along.

mod ber;
mod message;

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use crate::tcp::Stream;

use message::{Answer, Left};
pub(crate) use message::{Entry, Filter, Search};

/// The largest message taken, in bytes. An entry of a user with a photograph that nobody asked for fits.
const MAX_MESSAGE_BYTES: usize = 256 << 10;
/// The most that is read in answer to one request, in bytes: two hundred entries with a name and an id take about 40 KiB.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// The most values kept of the entries of one search.
const MAX_VALUES: usize = 10_000;

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
    /// It says more than was asked for. Nothing more is read from it.
    TooMuch,
}

/// A connection to a directory.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    received: Vec<u8>,
    last: u32,
    /// Why the last answer was not read to its end: what comes after that belongs to no request, and every later request
    /// ends for the same reason.
    ended: Option<NoAnswer>,
}

impl Connection {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new(), last: 0, ended: None }
    }

    /// Logs in and gives the result code.
    pub(crate) async fn bind(&mut self, name: &str, password: &str, deadline: Instant) -> Result<u32, NoAnswer> {
        let id = self.begin()?;
        // It holds the password.
        let request = Zeroizing::new(message::bind(id, name, password));
        let (code, _) = self.exchange(&request, &[], 0, deadline).await?;
        Ok(code)
    }

    /// Searches, and gives the result code and the entries.
    ///
    /// # Errors
    /// [`NoAnswer::TooMuch`] where the directory sends more entries than [`Search::most`] says.
    pub(crate) async fn search(
        &mut self,
        search: &Search<'_>,
        deadline: Instant,
    ) -> Result<(u32, Vec<Entry>), NoAnswer> {
        let request = message::search(self.begin()?, search);
        // Servers stop behind the last entry that was asked for; one more is borne.
        let most = usize::try_from(search.most).unwrap_or(usize::MAX).saturating_add(1);
        self.exchange(&request, search.attributes, most, deadline).await
    }

    /// The number of the next request.
    fn begin(&mut self) -> Result<u32, NoAnswer> {
        if let Some(reason) = self.ended {
            return Err(reason);
        }
        self.last += 1;
        Ok(self.last)
    }

    async fn exchange(
        &mut self,
        request: &[u8],
        wanted: &[&str],
        most: usize,
        deadline: Instant,
    ) -> Result<(u32, Vec<Entry>), NoAnswer> {
        // A request that is dropped half-way leaves the connection closed.
        self.ended = Some(NoAnswer::Closed);
        let answer = self.read_answer(request, wanted, most, deadline).await;
        self.ended = answer.as_ref().err().copied();
        answer
    }

    async fn read_answer(
        &mut self,
        request: &[u8],
        wanted: &[&str],
        most: usize,
        deadline: Instant,
    ) -> Result<(u32, Vec<Entry>), NoAnswer> {
        let mut bytes = MAX_ANSWER_BYTES;
        let mut values = Left(MAX_VALUES);
        self.send(request, deadline).await?;
        let mut entries = Vec::new();
        loop {
            let message = self.next(&mut bytes, deadline).await?;
            match message::answer(&message, wanted, &mut values).ok_or(NoAnswer::Other)? {
                Answer::Done(code) => return Ok((code, entries)),
                Answer::Entry(_) if entries.len() >= most => return Err(NoAnswer::TooMuch),
                Answer::Entry(entry) => entries.push(entry),
                Answer::TooMuch => return Err(NoAnswer::TooMuch),
                Answer::Other => {}
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

    /// The next message, which is taken from `left`.
    async fn next(&mut self, left: &mut usize, deadline: Instant) -> Result<Vec<u8>, NoAnswer> {
        loop {
            if let Some((tag, start, length)) = ber::head(&self.received) {
                if tag != ber::SEQUENCE {
                    return Err(NoAnswer::Other);
                }
                if length > MAX_MESSAGE_BYTES {
                    return Err(NoAnswer::TooMuch);
                }
                let whole = start + length;
                if self.received.len() >= whole {
                    *left = left.checked_sub(whole).ok_or(NoAnswer::TooMuch)?;
                    let rest = self.received.split_off(whole);
                    return Ok(std::mem::replace(&mut self.received, rest));
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
