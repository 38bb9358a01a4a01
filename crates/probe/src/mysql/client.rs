//! A client for MySQL: login with a password, statements as text, rows as text. One packet holds several statements, and their
//! results arrive one by one.
//!
//! Client libraries are not used because they allocate the lengths that a server states: see
//! docs/adr/0019-a-mysql-client-with-bounds.md.

use std::sync::Arc;

use rustls::ClientConfig;

use super::LoginError;
use super::auth::{self, AuthPlugin};
use super::greeting::{self, HandshakeData};
use super::wire::{PacketStream, WireError, take_cell, take_number};
use crate::address::PinnedAddress;
use crate::budget::ReadBudget;
use crate::tcp::ByteStream;
use crate::tls;

/// One row of an answer, every value as text; `None` is NULL, or not UTF-8.
pub(crate) type TextRow = Vec<Option<String>>;

/// Limit of the columns of a result: that of a table (MySQL reference manual, "Limits on Table Column Count").
const MAX_COLUMNS: u64 = 4096;
/// Limit of the packets of a login, of which MySQL needs at most five.
const MAX_LOGIN_PACKETS: usize = 16;
/// Length of the random bytes that a server sends for the proof of the password.
const SCRAMBLE_LENGTH: usize = 20;
/// Memory of a row besides its cells.
const ROW_BYTES: usize = 64;
/// Memory of a cell besides its text: the `Option<String>`.
const CELL_BYTES: usize = 24;
/// Memory of the allocation of a text besides its bytes.
const ALLOCATION_BYTES: usize = 32;
/// `utf8mb4_general_ci`.
const CHARSET: u8 = 45;
/// The maximum packet size that the client states. Only servers that send data in pieces use it.
const MAX_PACKET_BYTES: u32 = 1 << 24;
const COM_QUERY: u8 = 3;

/// Capabilities (MySQL internals, "Capabilities Flags").
mod flag {
    pub(super) const LONG_PASSWORD: u32 = 1;
    pub(super) const PROTOCOL_41: u32 = 0x200;
    pub(super) const SSL: u32 = 0x800;
    pub(super) const TRANSACTIONS: u32 = 0x2000;
    pub(super) const SECURE_CONNECTION: u32 = 0x8000;
    pub(super) const MULTI_STATEMENTS: u32 = 0x1_0000;
    pub(super) const MULTI_RESULTS: u32 = 0x2_0000;
    pub(super) const PLUGIN_AUTH: u32 = 0x8_0000;
    /// What the client requests if the server supports it: neither local files, compression nor a default database.
    pub(super) const REQUESTED: u32 =
        LONG_PASSWORD | PROTOCOL_41 | TRANSACTIONS | SECURE_CONNECTION | MULTI_STATEMENTS | MULTI_RESULTS | PLUGIN_AUTH;
}
/// Status flag of OK and EOF packets (`SERVER_MORE_RESULTS_EXISTS`): another result follows.
const MORE_RESULTS: u16 = 8;

/// The account, and how it logs in.
pub(super) struct LoginRequest<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a str,
    /// `None` without TLS.
    pub(super) tls: Option<Arc<ClientConfig>>,
    /// Whether the password may be sent in clear text, over TLS, to a plugin that requires it (PAM, LDAP).
    pub(super) clear_text: bool,
}

/// Part of the answer to statements.
#[derive(Debug)]
pub(crate) enum StatementReply {
    /// A row of the current result.
    Row(TextRow),
    /// A statement ended.
    Done,
}

/// What the server sends next.
#[derive(Clone, Copy, Debug)]
enum ReplyState {
    /// Nothing: it waits for a command.
    Nothing,
    /// The beginning of a result.
    Result,
    /// Rows with this number of cells, or their end.
    Rows(usize),
}

/// A logged-in connection.
pub(crate) struct MysqlClient {
    wire: PacketStream,
    expected: ReplyState,
}

impl std::fmt::Debug for MysqlClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Client").field("expected", &self.expected).finish_non_exhaustive()
    }
}

impl MysqlClient {
    /// Logs in over `stream`, which is connected to `to`.
    pub(super) async fn log_in(
        stream: Box<dyn ByteStream>,
        to: PinnedAddress,
        login: &LoginRequest<'_>,
        budget: Arc<ReadBudget>,
    ) -> Result<Self, LoginError> {
        let mut wire = PacketStream::new(stream, budget);
        let first = wire.read().await?;
        let server = greeting::handshake(&first).ok_or(LoginError::Protocol)?;
        let mut flags = flag::REQUESTED & server.capabilities | flag::PROTOCOL_41;
        if let Some(config) = &login.tls {
            if server.capabilities & flag::SSL == 0 {
                return Err(LoginError::NoTls);
            }
            flags |= flag::SSL;
            wire.write(&head(flags)).await?;
            let (stream, budget, sequence) = wire.into_stream()?;
            let host = to.socket().ip().to_string();
            let stream = tls::connect(stream, &host, Arc::clone(config)).await.map_err(WireError::Io)?;
            wire = PacketStream::new(Box::new(stream), budget).counting_from(sequence);
        }
        authenticate(&mut wire, &server, login, flags).await?;
        Ok(Self { wire, expected: ReplyState::Nothing })
    }

    /// Sends statements, separated by semicolons. [`MysqlClient::next`] returns their answers.
    pub(super) async fn send(&mut self, statements: &str) -> Result<(), WireError> {
        self.wire.command(COM_QUERY, statements.as_bytes()).await?;
        self.expected = ReplyState::Result;
        Ok(())
    }

    /// The next part of the answer; `None` after the end of the last statement. An error of the server ends all statements.
    pub(super) async fn next(&mut self) -> Result<Option<StatementReply>, WireError> {
        loop {
            if matches!(self.expected, ReplyState::Nothing) {
                return Ok(None);
            }
            let packet = match self.wire.read().await {
                Ok(packet) => packet,
                Err(error) => {
                    self.expected = ReplyState::Nothing;
                    return Err(error);
                }
            };
            match (self.expected, packet.first()) {
                (ReplyState::Result, Some(0)) => return self.ended(ok_status(&packet)),
                (ReplyState::Result, _) => self.expected = ReplyState::Rows(self.columns(&packet).await?),
                (ReplyState::Rows(_), Some(0xfe)) if is_end(&packet) => return self.ended(end_status(&packet)),
                (ReplyState::Rows(columns), _) => return Ok(Some(StatementReply::Row(self.row(&packet, columns)?))),
                (ReplyState::Nothing, _) => return Ok(None),
            }
        }
    }

    /// Ends the connection with `COM_QUIT`.
    pub(super) async fn quit(self) {
        self.wire.quit().await;
    }

    fn ended(&mut self, status: Option<u16>) -> Result<Option<StatementReply>, WireError> {
        let status = status.ok_or(WireError::Protocol)?;
        self.expected = if status & MORE_RESULTS == 0 { ReplyState::Nothing } else { ReplyState::Result };
        Ok(Some(StatementReply::Done))
    }

    /// Skips the descriptions of the columns, which the query determines.
    async fn columns(&mut self, packet: &[u8]) -> Result<usize, WireError> {
        // A server that requests a local file (0xfb) gets none.
        let count = take_number(&mut &*packet).filter(|count| (1..=MAX_COLUMNS).contains(count));
        let count = count.ok_or(WireError::Protocol)?;
        for _ in 0..count {
            self.wire.read().await?;
        }
        match is_end(&self.wire.read().await?) {
            true => usize::try_from(count).map_err(|_| WireError::Protocol),
            false => Err(WireError::Protocol),
        }
    }

    fn row(&self, packet: &[u8], columns: usize) -> Result<TextRow, WireError> {
        // The text itself was counted when it arrived.
        self.wire.keep(ROW_BYTES + columns * (CELL_BYTES + ALLOCATION_BYTES))?;
        let mut rest = packet;
        let mut row = Vec::with_capacity(columns);
        for _ in 0..columns {
            let cell = take_cell(&mut rest).ok_or(WireError::Protocol)?;
            row.push(cell.and_then(|cell| String::from_utf8(cell.to_vec()).ok()));
        }
        Ok(row)
    }
}

/// Proves the password with the plugin that the server finally requests.
async fn authenticate(
    wire: &mut PacketStream,
    server: &HandshakeData,
    login: &LoginRequest<'_>,
    flags: u32,
) -> Result<(), LoginError> {
    // An unknown plugin may be the default of the server and not that of the account: the server then requests another one.
    let mut plugin = AuthPlugin::named(&server.plugin).unwrap_or(AuthPlugin::Native);
    let mut scramble = server.scramble.clone();
    let proof = prove(plugin, &scramble, login)?;
    let mut response = head(flags);
    response.extend_from_slice(login.user.split('\0').next().unwrap_or_default().as_bytes());
    response.push(0);
    // The length is one byte; longer clear-text passwords are not supported.
    response.push(u8::try_from(proof.len()).map_err(|_| LoginError::Plugin)?);
    response.extend_from_slice(&proof);
    if flags & flag::PLUGIN_AUTH != 0 {
        response.extend_from_slice(plugin.name().as_bytes());
        response.push(0);
    }
    let sent = wire.write(&response).await;
    response.fill(0);
    sent?;
    for _ in 0..MAX_LOGIN_PACKETS {
        let packet = wire.read().await?;
        match (packet.first(), packet.get(1..).unwrap_or_default()) {
            (Some(0), _) => return Ok(()),
            // Servers before 4.1 send one byte and mean a plugin that is no longer supported.
            (Some(0xfe), []) => return Err(LoginError::Plugin),
            (Some(0xfe), asked) => {
                let mut parts = asked.splitn(2, |byte| *byte == 0);
                plugin = AuthPlugin::named(parts.next().unwrap_or_default()).ok_or(LoginError::Plugin)?;
                scramble = parts.next().unwrap_or_default().get(..SCRAMBLE_LENGTH).unwrap_or_default().to_vec();
                wire.write(&prove(plugin, &scramble, login)?).await?;
            }
            // The server has cached the password. The next packet completes the login.
            (Some(1), [3]) if plugin == AuthPlugin::CachingSha2 => {}
            (Some(1), [4]) if plugin == AuthPlugin::CachingSha2 => match &login.tls {
                Some(_) => wire.write(&auth::clear_text(login.password)).await?,
                None => wire.write(&[plugin.key_request()]).await?,
            },
            // The RSA key of a server that is not authenticated: the plan does not use TLS, and Connector/J accepts this key too.
            (Some(1), key) if matches!(plugin, AuthPlugin::CachingSha2 | AuthPlugin::Sha256) && login.tls.is_none() => {
                let sealed = auth::encrypted(login.password, &scramble, key).ok_or(LoginError::Protocol)?;
                wire.write(&sealed).await?;
            }
            _ => return Err(LoginError::Protocol),
        }
    }
    Err(LoginError::Protocol)
}

/// The first response of a plugin.
fn prove(
    plugin: AuthPlugin,
    scramble: &[u8],
    login: &LoginRequest<'_>,
) -> Result<zeroize::Zeroizing<Vec<u8>>, LoginError> {
    let needs_scramble = plugin != AuthPlugin::ClearText;
    if needs_scramble && scramble.len() != SCRAMBLE_LENGTH {
        return Err(LoginError::Protocol);
    }
    match plugin {
        AuthPlugin::Native => Ok(auth::native(login.password, scramble).into()),
        AuthPlugin::CachingSha2 => Ok(auth::caching_sha2(login.password, scramble).into()),
        AuthPlugin::Sha256 if login.tls.is_some() => Ok(auth::clear_text(login.password)),
        AuthPlugin::Sha256 => Ok(vec![plugin.key_request()].into()),
        AuthPlugin::ClearText if login.clear_text && login.tls.is_some() => Ok(auth::clear_text(login.password)),
        AuthPlugin::ClearText => Err(LoginError::ClearText),
    }
}

/// The start of a login, which is also the request for TLS: capabilities, maximum packet size, character set, 23 zeros.
fn head(flags: u32) -> Vec<u8> {
    let mut head = flags.to_le_bytes().to_vec();
    head.extend(MAX_PACKET_BYTES.to_le_bytes());
    head.push(CHARSET);
    head.resize(32, 0);
    head
}

fn is_end(packet: &[u8]) -> bool {
    packet.first() == Some(&0xfe) && packet.len() < 9
}

/// Status of an EOF packet: 0xfe, warnings (2), status (2).
fn end_status(packet: &[u8]) -> Option<u16> {
    packet.get(3..5)?.first_chunk::<2>().map(|status| u16::from_le_bytes(*status))
}

/// Status of an OK packet: 0, rows, last id, status (2).
fn ok_status(packet: &[u8]) -> Option<u16> {
    let mut rest = packet.get(1..)?;
    take_number(&mut rest)?;
    take_number(&mut rest)?;
    rest.first_chunk::<2>().map(|status| u16::from_le_bytes(*status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_begins_with_32_bytes() {
        assert_eq!(head(flag::REQUESTED).len(), 32);
    }

    #[test]
    fn the_status_is_found() {
        assert_eq!(ok_status(&[0, 1, 0xfc, 2, 3, 8, 0, 0, 0]), Some(MORE_RESULTS));
        assert_eq!(end_status(&[0xfe, 0, 0, 2, 0]), Some(2));
        assert_eq!((ok_status(&[0]), end_status(&[0xfe])), (None, None));
    }
}
