//! Packets of MySQL's protocol: three bytes of length, a sequence number and the payload. Lengths that a server states are limited
//! before anything is allocated.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

use crate::budget::{BudgetExhausted, ReadBudget};
use crate::tcp::ByteStream;

/// Size limit of a packet. The longest requested row is the text of a grant.
const MAX_PACKET_BYTES: usize = 1 << 20;
/// A payload of this length continues in the next packet.
const MAX_PAYLOAD_BYTES: usize = 0xff_ff_ff;
/// Memory of a packet besides its payload.
const PACKET_OVERHEAD_BYTES: usize = 64;
/// Limit of the memory that is reserved before the bytes of a packet arrive.
const MAX_RESERVED_BYTES: usize = 4096;
/// Size of the read buffer.
const READ_BUFFER_BYTES: usize = 8192;

/// Why a conversation with a MySQL server ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// The server answered with an error. The connection remains usable.
    #[error("error {code}")]
    Server {
        /// The error number, such as 1045.
        code: u16,
        /// The message of the server, not cleaned.
        message: String,
    },
    /// The connection broke, or TLS did.
    #[error("the connection broke")]
    Io(#[from] io::Error),
    /// The server violates the protocol.
    #[error("the server violated MySQL's protocol")]
    Protocol,
    /// The answer exceeds the budget.
    #[error(transparent)]
    TooLarge(#[from] BudgetExhausted),
}

/// The parts of a [`PacketStream`]: stream, budget, and the next sequence number.
pub(super) type WireParts = (Box<dyn ByteStream>, Arc<ReadBudget>, u8);

/// A connection, packet by packet.
pub(super) struct PacketStream {
    stream: BufReader<Box<dyn ByteStream>>,
    /// The sequence number of the next packet.
    sequence: u8,
    budget: Arc<ReadBudget>,
}

impl PacketStream {
    pub(super) fn new(stream: Box<dyn ByteStream>, budget: Arc<ReadBudget>) -> Self {
        Self { stream: BufReader::with_capacity(READ_BUFFER_BYTES, stream), sequence: 0, budget }
    }

    /// The stream, to be encrypted.
    ///
    /// # Errors
    /// If the server has sent more bytes, which would otherwise be read as part of the encrypted connection.
    pub(super) fn into_stream(self) -> Result<WireParts, WireError> {
        match self.stream.buffer().is_empty() {
            true => Ok((self.stream.into_inner(), self.budget, self.sequence)),
            false => Err(WireError::Protocol),
        }
    }

    /// Continues with this sequence number.
    pub(super) const fn counting_from(mut self, sequence: u8) -> Self {
        self.sequence = sequence;
        self
    }

    /// Takes the memory of a row from the budget.
    pub(super) fn keep(&self, bytes: usize) -> Result<(), WireError> {
        Ok(self.budget.take(bytes)?)
    }

    /// The payload of the next packet, at least one byte. Error packets are an `Err`.
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
            return Err(BudgetExhausted.into());
        }
        self.budget.take(length + PACKET_OVERHEAD_BYTES)?;
        let mut payload = Vec::with_capacity(length.min(MAX_RESERVED_BYTES));
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
            let (now, later) = rest.split_at(rest.len().min(MAX_PAYLOAD_BYTES));
            // At most three bytes.
            let length = u32::try_from(now.len()).unwrap_or_default().to_le_bytes();
            packets.extend_from_slice(&length[..3]);
            packets.push(self.sequence);
            packets.extend_from_slice(now);
            self.sequence = self.sequence.wrapping_add(1);
            // A full packet is followed by another one, which may be empty.
            if now.len() < MAX_PAYLOAD_BYTES {
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

    /// Ends the connection with `COM_QUIT`.
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
    // Servers send at most 512 bytes.
    let text = text.get(..1024).unwrap_or(text);
    WireError::Server { code: u16::from_le_bytes(*code), message: String::from_utf8_lossy(text).into_owned() }
}

/// Takes a length-encoded integer off `bytes`; `None` if there is none. NULL (0xfb) is not a number.
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

/// Takes a cell of a row off `bytes`: `Some(None)` for NULL, `None` if there is none.
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
