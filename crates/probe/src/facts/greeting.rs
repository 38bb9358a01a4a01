//! What the database server sends first. DB-03 reports its faults.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use domain::check::CheckId;

use super::port::OpenPort;
use crate::address::PinnedAddress;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::greeting::{self, FirstPacket, ServerGreeting};
use crate::service::{self, DetectedService};
use crate::tcp::{self, FirstReadOutcome};

pub(crate) const REQUIRED: &str = "The service speaks MySQL's protocol.";

/// How long to wait for MySQL before other services are tried. It sends the first bytes; slow reverse lookups delay them.
const GREETING_TIMEOUT: Duration = Duration::from_millis(1200);
/// How long to identify another service.
const IDENTIFY_TIMEOUT: Duration = Duration::from_millis(1500);

/// The first packet of MySQL.
pub(crate) enum ServerReply {
    /// A greeting.
    Welcome(ServerGreeting),
    /// An error instead.
    Refusal { code: u16, seen_as: Option<String> },
}

/// Receives the first bytes of the service, and identifies one that waits for its client.
pub(crate) async fn greet(port: &OpenPort, deadline: Instant) -> Result<ServerReply, SharedFault> {
    let stream = port.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
    // An earlier attempt that was dropped in the middle has used the connection up.
    let mut stream = match stream {
        Some(stream) => stream,
        None => match tcp::connect(port.to, deadline).await {
            Ok(stream) => stream,
            // No fault: it needs a check that gave up within its own connection, and a server that stops at that moment.
            Err(_) => return Err(not_mysql(port.to, DetectedService::Closes)),
        },
    };
    let mut bytes = Vec::new();
    let mut is_identified = false;
    loop {
        match greeting::read(&bytes) {
            FirstPacket::Greeting(greeting) => return Ok(ServerReply::Welcome(greeting)),
            FirstPacket::Refusal { code, seen_as } => return Ok(ServerReply::Refusal { code, seen_as }),
            FirstPacket::Other(service) => return Err(not_mysql(port.to, service)),
            FirstPacket::Incomplete => {}
        }
        let until = if is_identified { deadline } else { deadline.min(Instant::now() + GREETING_TIMEOUT) };
        match tcp::read_some(&mut stream, &mut bytes, until).await {
            FirstReadOutcome::Bytes => {}
            FirstReadOutcome::Closed if bytes.is_empty() => return Err(not_mysql(port.to, DetectedService::Closes)),
            FirstReadOutcome::Closed => return Err(not_mysql(port.to, DetectedService::Unknown)),
            FirstReadOutcome::Silent if is_identified => return Err(not_mysql(port.to, DetectedService::Silent)),
            FirstReadOutcome::Silent => {
                is_identified = true;
                match service::identify_silent(port.to, deadline.min(Instant::now() + IDENTIFY_TIMEOUT)).await {
                    DetectedService::Silent
                    | DetectedService::Closes
                    | DetectedService::Unknown
                    | DetectedService::MySql => {}
                    named => return Err(not_mysql(port.to, named)),
                }
            }
        }
    }
}

#[track_caller]
fn not_mysql(to: PinnedAddress, service: DetectedService) -> SharedFault {
    let port = to.socket().port();
    let verdict = Verdict::failed(format!("{to} is used by {service}, not by MySQL."), REQUIRED);
    SharedFault::new(
        CheckId::Db03,
        match service {
            DetectedService::MySqlX => verdict.remedy("Enter the port of the classic protocol, usually 3306."),
            DetectedService::Silent => verdict.remedy(format!(
                "Find out what listens on port {port}. If it is MySQL, it hangs: look at its error log and check for slow reverse \
                 lookups (skip_name_resolve)."
            )),
            DetectedService::Closes => verdict.remedy(format!(
                "Find out what listens on port {port}. A proxy without a database server behind it does this."
            )),
            _ => verdict.remedy("Correct the host and the port. MySQL usually listens on 3306."),
        },
    )
}
