//! Packets of MySQL's protocol: a length of three bytes, a number, and the payload. What comes in is bounded before it is
//! allocated, whatever length a server states.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

use crate::budget::{Exhausted, ReadBudget};
use crate::tcp::Stream;

/// The largest packet that is taken, in bytes. The longest row that is asked for is the text of a grant.
const MAX_PACKET_BYTES: usize = 1 << 20;
/// A payload of this length goes on in the next packet.
const FULL: usize = 0xff_ff_ff;
/// What a packet costs besides its payload: the allocations that keep it.
const PACKET_COST: usize = 64;
/// The most that is reserved before a byte of a packet came.
const RESERVED: usize = 4096;
/// Read from the connection at once.
const READ_AHEAD: usize = 8192;

/// Why a conversation with a MySQL server ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// The server answered with an error; the connection can be used on.
    #[error("error {code}")]
    Server {
        /// The error number, such as 1045.
        code: u16,
        /// What the server says about it, as it says it.
        message: String,
    },
    /// The connection broke, or TLS did.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// The server does not keep to the protocol.
    #[error("the server broke MySQL's protocol")]
    Protocol,
    /// The answer is larger than what is read.
    #[error(transparent)]
    TooLarge(#[from] Exhausted),
}

/// A connection without its packets: the stream, what may still be read, and the number of the next packet.
pub(super) type Bare = (Box<dyn Stream>, Arc<ReadBudget>, u8);

/// A connection, packet by packet.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    /// The number of the next packet.
    sequence: u8,
    budget: Arc<ReadBudget>,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, budget: Arc<ReadBudget>) -> Self {
        Self { stream: BufReader::with_capacity(READ_AHEAD, stream), sequence: 0, budget }
    }

    /// The connection itself, to be encrypted. A server that said anything more already is none to go on with: the words
    /// would count as said inside TLS.
    pub(super) fn into_stream(self) -> Result<Bare, WireError> {
        match self.stream.buffer().is_empty() {
            true => Ok((self.stream.into_inner(), self.budget, self.sequence)),
            false => Err(WireError::Protocol),
        }
    }

    /// Goes on counting packets from `sequence`.
    pub(super) const fn counting_from(mut self, sequence: u8) -> Self {
        self.sequence = sequence;
        self
    }

    /// What rows cost that are kept.
    pub(super) fn keep(&self, bytes: usize) -> Result<(), WireError> {
        Ok(self.budget.take(bytes)?)
    }

    /// The payload of the next packet, at least one byte; errors of the server are an `Err`.
    pub(super) async fn read(&mut self) -> Result<Vec<u8>, WireError> {
        let mut header = [0; 4];
        self.stream.read_exact(&mut header).await?;
        let [a, b, c, sequence] = header;
        let length = usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16;
        self.sequence = sequence.wrapping_add(1);
        if length == 0 {
            return Err(WireError::Protocol);
        }
        if length > MAX_PACKET_BYTES {
            return Err(Exhausted.into());
        }
        self.budget.take(length + PACKET_COST)?;
        let mut payload = Vec::with_capacity(length.min(RESERVED));
        let mut rest = (&mut self.stream).take(length as u64);
        rest.read_to_end(&mut payload).await?;
        if payload.len() < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match payload.split_first() {
            Some((0xff, error)) => Err(server_error(error)),
            _ => Ok(payload),
        }
    }

    /// Sends a payload in as many packets as it needs.
    pub(super) async fn write(&mut self, payload: &[u8]) -> Result<(), WireError> {
        let mut packets = Vec::with_capacity(payload.len() + 4);
        let mut rest = payload;
        loop {
            let (now, later) = rest.split_at(rest.len().min(FULL));
            // At most three bytes.
            let length = u32::try_from(now.len()).unwrap_or_default().to_le_bytes();
            packets.extend_from_slice(&length[..3]);
            packets.push(self.sequence);
            packets.extend_from_slice(now);
            self.sequence = self.sequence.wrapping_add(1);
            // A full packet is followed by another, if need be by one without a byte.
            if now.len() < FULL {
                break;
            }
            rest = later;
        }
        let sent = self.stream.get_mut().write_all(&packets).await;
        // It may hold a password.
        packets.fill(0);
        sent?;
        Ok(self.stream.get_mut().flush().await?)
    }

    /// Sends a command: the first packet of an exchange.
    pub(super) async fn command(&mut self, code: u8, text: &[u8]) -> Result<(), WireError> {
        self.sequence = 0;
        self.write(&[&[code], text].concat()).await
    }

    /// Ends the connection with the goodbye that servers expect.
    pub(super) async fn quit(mut self) {
        const COM_QUIT: u8 = 1;
        // The socket closes either way.
        let _ = self.command(COM_QUIT, &[]).await;
        let _ = self.stream.get_mut().shutdown().await;
    }
}

/// Error packets: number, then `#` and five letters of SQLSTATE from version 4.1 on, then the text.
fn server_error(body: &[u8]) -> WireError {
    let Some((code, rest)) = body.split_first_chunk::<2>() else { return WireError::Protocol };
    let text = if rest.first() == Some(&b'#') { rest.get(6..).unwrap_or_default() } else { rest };
    // Servers say at most 512 bytes.
    let text = text.get(..1024).unwrap_or(text);
    WireError::Server { code: u16::from_le_bytes(*code), message: String::from_utf8_lossy(text).into_owned() }
}

/// Takes a number of MySQL's variable length off `bytes`; `None` where there is none. NULL (0xfb) is no number.
pub(super) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first()?;
    let count = match first {
        0..=0xfa => {
            *bytes = rest;
            return Some(u64::from(*first));
        }
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(count)?;
    *bytes = rest;
    Some(number.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// Takes a cell of a row off `bytes`: `Some(None)` for NULL, `None` where there is none.
pub(super) fn take_cell<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    if let Some((0xfb, rest)) = bytes.split_first() {
        *bytes = rest;
        return Some(None);
    }
    let length = usize::try_from(take_number(bytes)?).ok()?;
    let (cell, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Some(cell))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_four_lengths() {
        for (bytes, number) in [
            (&[250][..], Some(250)),
            (&[0xfb][..], None),
            (&[0xfc, 1, 2][..], Some(0x201)),
            (&[0xfd, 1, 2, 3][..], Some(0x3_0201)),
            (&[0xfe, 1, 0, 0, 0, 0, 0, 0, 0x80][..], Some(0x8000_0000_0000_0001)),
            (&[0xfe, 1][..], None),
            (&[0xff][..], None),
            (&[][..], None),
        ] {
            assert_eq!(take_number(&mut &*bytes), number, "{bytes:?}");
        }
    }

    #[test]
    fn an_error_is_read_with_and_without_sqlstate() {
        for body in [&b"\x15\x04#28000Access denied"[..], b"\x15\x04Access denied"] {
            let WireError::Server { code, message } = server_error(body) else { panic!() };
            assert_eq!((code, message.as_str()), (1045, "Access denied"));
        }
        assert!(matches!(server_error(b"\x15"), WireError::Protocol));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while take_cell(&mut rest).is_some() {}
            server_error(&bytes);
        }
    }
}
