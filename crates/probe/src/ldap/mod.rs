//! A client for LDAP directories: bind and search over a given stream.
//!
//! The crate `ldap3` (0.12.1) is not used because it does not limit what a directory may send: it buffers a message of any stated
//! length, queues entries without a bound, parses nested elements recursively without a depth limit, and panics on incomplete
//! messages. This client counts bytes and values before it keeps them (`tests/bounds`).

mod ber;
mod message;
mod schema;

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout_at;
use zeroize::Zeroizing;

use crate::tcp::ByteStream;

pub(crate) use message::{LdapEntry, Scope, SearchFilter, SearchRequest};
use message::{LdapMessage, ValueBudget};
pub(crate) use schema::names;

/// Size limit of a message. An entry with a photograph that was not requested fits, and so does the subschema of a large
/// directory: 60 KB with OpenLDAP, some 300 KB with 1,500 attribute types.
const MAX_MESSAGE_BYTES: usize = 512 << 10;
/// Read limit of the answer to one request: two hundred entries with a name and an ID need about 40 KiB.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Limit of the values that are kept of one search.
const MAX_VALUES: usize = 10_000;

/// Result codes (RFC 4511, appendix A) that are distinguished.
pub(crate) const SUCCESS: u32 = 0;
pub(crate) const TIME_LIMIT_EXCEEDED: u32 = 3;
pub(crate) const SIZE_LIMIT_EXCEEDED: u32 = 4;
pub(crate) const STRONGER_AUTH_REQUIRED: u32 = 8;
pub(crate) const ADMIN_LIMIT_EXCEEDED: u32 = 11;
pub(crate) const CONFIDENTIALITY_REQUIRED: u32 = 13;
pub(crate) const NO_SUCH_OBJECT: u32 = 32;
pub(crate) const INVALID_DN_SYNTAX: u32 = 34;
pub(crate) const INVALID_CREDENTIALS: u32 = 49;
pub(crate) const BUSY: u32 = 51;
pub(crate) const UNAVAILABLE: u32 = 52;

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LdapError {
    /// It closed the connection.
    Closed,
    /// It did not answer in time.
    Silent,
    /// It does not speak LDAP.
    NotLdap,
    /// It sends more than was requested. Nothing more is read from it.
    TooLarge,
}

/// A connection to a directory.
pub(crate) struct LdapConnection {
    stream: Box<dyn ByteStream>,
    received: Vec<u8>,
    last: u32,
    /// Why the last answer was not read to its end: what follows belongs to no request, and every later request fails for the
    /// same reason.
    ended: Option<LdapError>,
}

impl LdapConnection {
    pub(crate) fn new(stream: impl ByteStream + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new(), last: 0, ended: None }
    }

    /// Binds with a password and returns the result code.
    pub(crate) async fn bind(&mut self, name: &str, password: &str, deadline: Instant) -> Result<u32, LdapError> {
        let id = self.next_id()?;
        // It holds the password.
        let request = Zeroizing::new(message::bind(id, name, password));
        let (code, _) = self.exchange(&request, &[], 0, deadline).await?;
        Ok(code)
    }

    /// Searches and returns the result code and the entries.
    ///
    /// # Errors
    /// [`LdapError::TooLarge`] if the directory sends more entries than [`SearchRequest::max_entries`].
    pub(crate) async fn search(
        &mut self,
        search: &SearchRequest<'_>,
        deadline: Instant,
    ) -> Result<(u32, Vec<LdapEntry>), LdapError> {
        let request = message::search(self.next_id()?, search);
        // Servers stop behind the last entry that was asked for; one more is borne.
        let max_entries = usize::try_from(search.max_entries).unwrap_or(usize::MAX).saturating_add(1);
        self.exchange(&request, search.attributes, max_entries, deadline).await
    }

    /// The ID of the next request.
    fn next_id(&mut self) -> Result<u32, LdapError> {
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
        max_entries: usize,
        deadline: Instant,
    ) -> Result<(u32, Vec<LdapEntry>), LdapError> {
        // A request that is dropped before its answer leaves the connection closed.
        self.ended = Some(LdapError::Closed);
        let answer = self.read_answer(request, wanted, max_entries, deadline).await;
        self.ended = answer.as_ref().err().copied();
        answer
    }

    async fn read_answer(
        &mut self,
        request: &[u8],
        wanted: &[&str],
        max_entries: usize,
        deadline: Instant,
    ) -> Result<(u32, Vec<LdapEntry>), LdapError> {
        let mut bytes = MAX_ANSWER_BYTES;
        let mut values = ValueBudget(MAX_VALUES);
        self.send(request, deadline).await?;
        let mut entries = Vec::new();
        loop {
            let message = self.next(&mut bytes, deadline).await?;
            match message::answer(&message, wanted, &mut values).ok_or(LdapError::NotLdap)? {
                LdapMessage::Done(code) => return Ok((code, entries)),
                LdapMessage::Entry(_) if entries.len() >= max_entries => return Err(LdapError::TooLarge),
                LdapMessage::Entry(entry) => entries.push(entry),
                LdapMessage::TooManyValues => return Err(LdapError::TooLarge),
                LdapMessage::Other => {}
            }
        }
    }

    async fn send(&mut self, request: &[u8], deadline: Instant) -> Result<(), LdapError> {
        match timeout_at(deadline.into(), self.stream.write_all(request)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(LdapError::Closed),
            Err(_) => Err(LdapError::Silent),
        }
    }

    /// The next message, whose size is taken from `left`.
    async fn next(&mut self, left: &mut usize, deadline: Instant) -> Result<Vec<u8>, LdapError> {
        loop {
            if let Some((tag, start, length)) = ber::head(&self.received) {
                if tag != ber::SEQUENCE {
                    return Err(LdapError::NotLdap);
                }
                if length > MAX_MESSAGE_BYTES {
                    return Err(LdapError::TooLarge);
                }
                let whole = start + length;
                if self.received.len() >= whole {
                    *left = left.checked_sub(whole).ok_or(LdapError::TooLarge)?;
                    let rest = self.received.split_off(whole);
                    return Ok(std::mem::replace(&mut self.received, rest));
                }
            }
            let mut buffer = [0; 4096];
            match timeout_at(deadline.into(), self.stream.read(&mut buffer)).await {
                Ok(Ok(0) | Err(_)) => return Err(LdapError::Closed),
                Ok(Ok(count)) => self.received.extend_from_slice(&buffer[..count]),
                Err(_) => return Err(LdapError::Silent),
            }
        }
    }
}
