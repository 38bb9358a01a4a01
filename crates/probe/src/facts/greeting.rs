//! What the database server sends first. DB-03 reports its faults.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use domain::check::CheckId;

use super::port::Port;
use crate::address::Pinned;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting::{self, First, Greeting};
use crate::service::{self, Service};
use crate::tcp::{self, FirstRead};

pub(crate) const REQUIRED: &str = "The service speaks MySQL's protocol.";

/// How long to wait for MySQL before other services are tried. It sends the first bytes; slow reverse lookups delay them.
const GREETING_TIMEOUT: Duration = Duration::from_millis(1200);
/// How long to identify another service.
const IDENTIFY_TIMEOUT: Duration = Duration::from_millis(1500);

/// The first packet of MySQL.
pub(crate) enum Greeted {
    /// A greeting.
    Welcome(Greeting),
    /// An error instead.
    Refusal { code: u16, seen_as: Option<String> },
}

/// Receives the first bytes of the service, and identifies one that waits for its client.
pub(crate) async fn greet(port: &Port, deadline: Instant) -> Result<Greeted, Fault> {
    let stream = port.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
    // An earlier attempt that was dropped in the middle has used the connection up.
    let mut stream = match stream {
        Some(stream) => stream,
        None => match tcp::connect(port.to, deadline).await {
            Ok(stream) => stream,
            Err(_) => return Err(not_mysql(port.to, Service::Closes)),
        },
    };
    let mut bytes = Vec::new();
    let mut is_identified = false;
    loop {
        match greeting::read(&bytes) {
            First::Greeting(greeting) => return Ok(Greeted::Welcome(greeting)),
            First::Refusal { code, seen_as } => return Ok(Greeted::Refusal { code, seen_as }),
            First::Other(service) => return Err(not_mysql(port.to, service)),
            First::Incomplete => {}
        }
        let until = if is_identified { deadline } else { deadline.min(Instant::now() + GREETING_TIMEOUT) };
        match tcp::read_some(&mut stream, &mut bytes, until).await {
            FirstRead::Bytes => {}
            FirstRead::Closed if bytes.is_empty() => return Err(not_mysql(port.to, Service::Closes)),
            FirstRead::Closed => return Err(not_mysql(port.to, Service::Unknown)),
            FirstRead::Silent if is_identified => return Err(not_mysql(port.to, Service::Silent)),
            FirstRead::Silent => {
                is_identified = true;
                match service::identify_silent(port.to, deadline.min(Instant::now() + IDENTIFY_TIMEOUT)).await {
                    Service::Silent | Service::Closes | Service::Unknown | Service::MySql => {}
                    named => return Err(not_mysql(port.to, named)),
                }
            }
        }
    }
}

fn not_mysql(to: Pinned, service: Service) -> Fault {
    let port = to.socket().port();
    let verdict = Verdict::failed(format!("{to} is used by {service}, not by MySQL."), REQUIRED);
    Fault::new(
        CheckId::Db03,
        match service {
            Service::MySqlX => verdict.remedy("Enter the port of the classic protocol, usually 3306."),
            Service::Silent => verdict.remedy(format!(
                "Find out what listens on port {port}. If it is MySQL, it hangs: look at its error log and check for slow reverse \
                 lookups (skip_name_resolve)."
            )),
            Service::Closes => verdict.remedy(format!(
                "Find out what listens on port {port}. A proxy without a database server behind it does this."
            )),
            _ => verdict.remedy("Correct the host and the port. MySQL usually listens on 3306."),
        },
    )
}
