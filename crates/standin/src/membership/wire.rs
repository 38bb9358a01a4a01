//! The lines that members exchange: short text, one message each.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use crate::cache::CacheKind;

/// How long a line may be, with its end.
const MAX_LINE_BYTES: u64 = 512;
/// How a member introduces itself. It is not Hazelcast's protocol, so that neither takes the other for its own.
const GREETING: &str = "clusterwright-stand-in 1";

/// What a member states about itself when it connects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MemberIdentity {
    /// New at each start.
    pub(crate) uuid: String,
    pub(crate) name: String,
    /// Where it listens for other members.
    pub(crate) address: SocketAddr,
    /// When it started, in microseconds since 1970: the oldest member is the coordinator.
    pub(crate) started_at: u64,
}

impl MemberIdentity {
    pub(super) fn encode(&self) -> String {
        format!("{GREETING} {} {} {} {}\n", self.uuid, self.name, self.address, self.started_at)
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.strip_prefix(GREETING)?.split_ascii_whitespace().collect();
        let [uuid, name, address, started_at] = parts.as_slice() else { return None };
        Some(Self {
            uuid: (*uuid).to_owned(),
            name: (*name).to_owned(),
            address: address.parse().ok()?,
            started_at: started_at.parse().ok()?,
        })
    }
}

/// What a member sends after its greeting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum MemberMessage {
    /// An object has changed.
    Invalidate { kind: CacheKind, key: String },
    /// The sender is connected again after a cut.
    Rejoined,
}

impl MemberMessage {
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Invalidate { kind, key } => format!("invalidate {} {key}\n", kind.name()),
            Self::Rejoined => "rejoined\n".to_owned(),
        }
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split_ascii_whitespace().collect();
        match parts.as_slice() {
            ["invalidate", kind, key] => {
                Some(Self::Invalidate { kind: CacheKind::from_name(kind)?, key: (*key).to_owned() })
            }
            ["rejoined"] => Some(Self::Rejoined),
            _ => None,
        }
    }
}

/// The next line without its end; `None` at the end of the stream. A line that is too long or is no text is an error.
pub(super) async fn read_line(reader: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let length = reader.take(MAX_LINE_BYTES).read_until(b'\n', &mut line).await?;
    if length == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    String::from_utf8(line).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_they_are_written() {
        let identity = MemberIdentity {
            uuid: "3f0c".to_owned(),
            name: "is-1".to_owned(),
            address: ([127, 0, 0, 1], 4000).into(),
            started_at: 7,
        };
        assert_eq!(MemberIdentity::parse(&identity.encode()), Some(identity));
        assert_eq!(MemberIdentity::parse("GET / HTTP/1.1"), None);
        let changed = MemberMessage::Invalidate { kind: CacheKind::Application, key: "a-1".to_owned() };
        for message in [changed, MemberMessage::Rejoined] {
            assert_eq!(MemberMessage::parse(&message.encode()), Some(message));
        }
        for line in ["", "invalidate application", "invalidate nothing a", "invalidate user a b"] {
            assert_eq!(MemberMessage::parse(line), None, "{line:?}");
        }
    }

    #[tokio::test]
    async fn a_line_has_an_end_within_its_limit() {
        let mut lines = b"one\ntwo\n".as_slice();
        assert_eq!(read_line(&mut lines).await.unwrap().as_deref(), Some("one"));
        assert_eq!(read_line(&mut lines).await.unwrap().as_deref(), Some("two"));
        assert_eq!(read_line(&mut lines).await.unwrap(), None);
        for unreadable in [vec![b'a'; 600], b"cut".to_vec(), vec![0xff, b'\n']] {
            assert!(read_line(&mut unreadable.as_slice()).await.is_err());
        }
    }
}
