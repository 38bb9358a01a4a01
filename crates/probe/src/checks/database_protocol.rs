//! DB-03: what answers at the port is MySQL. What else answers is named.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use domain::check::CheckId;

use crate::address::Pinned;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting::{self, First, Greeting};
use crate::service::{self, Service};
use crate::shared::Shared;
use crate::tcp::{self, FirstRead};

const REQUIRED: &str = "MySQL's protocol";

/// How long MySQL is waited for before others are thought of. It speaks first; slow reverse lookups delay it.
const PATIENCE: Duration = Duration::from_millis(1200);
/// How long others get to answer our questions.
const ASKING: Duration = Duration::from_millis(1500);

/// How MySQL received us.
pub(crate) enum Greeted {
    /// With a greeting.
    Welcome(Greeting),
    /// With an error in its place.
    Refusal { code: u16, seen_as: Option<String> },
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.greeted().await {
        Ok(Greeted::Welcome(greeting)) => {
            let tls = if greeting.tls { "offers TLS" } else { "no TLS" };
            Verdict::passed(format!("MySQL's protocol, version {}, {tls}", greeting.version), REQUIRED)
        }
        Ok(Greeted::Refusal { code, .. }) => {
            Verdict::passed(format!("MySQL's protocol; it refuses us with error {code}"), REQUIRED)
        }
        Err(fault) => fault.told_by(CheckId::Db03, REQUIRED),
    }]
}

/// Hears what the service says first; one that waits for its client is asked who it is.
pub(crate) async fn greet(shared: &Shared) -> Result<Greeted, Fault> {
    let port = shared.port().await?;
    let stream = port.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
    // An earlier attempt that was dropped in the middle has used the connection up.
    let mut stream = match stream {
        Some(stream) => stream,
        None => match tcp::connect(port.to, shared.deadline()).await {
            Ok(stream) => stream,
            Err(_) => return Err(not_mysql(port.to, Service::Closes)),
        },
    };
    let mut bytes = Vec::new();
    let mut asked = false;
    loop {
        match greeting::read(&bytes) {
            First::Greeting(greeting) => return Ok(Greeted::Welcome(greeting)),
            First::Refusal { code, seen_as } => return Ok(Greeted::Refusal { code, seen_as }),
            First::Other(service) => return Err(not_mysql(port.to, service)),
            First::Incomplete => {}
        }
        let until = if asked { shared.deadline() } else { shared.deadline().min(Instant::now() + PATIENCE) };
        match tcp::read_some(&mut stream, &mut bytes, until).await {
            FirstRead::Bytes => {}
            FirstRead::Closed if bytes.is_empty() => return Err(not_mysql(port.to, Service::Closes)),
            FirstRead::Closed => return Err(not_mysql(port.to, Service::Unknown)),
            FirstRead::Silent if asked => return Err(not_mysql(port.to, Service::Silent)),
            FirstRead::Silent => {
                asked = true;
                match service::ask(port.to, shared.deadline().min(Instant::now() + ASKING)).await {
                    Service::Silent | Service::Closes | Service::Unknown | Service::MySql => {}
                    named => return Err(not_mysql(port.to, named)),
                }
            }
        }
    }
}

fn not_mysql(to: Pinned, service: Service) -> Fault {
    let port = to.socket().port();
    let verdict = Verdict::failed(format!("{service} answers at {to}"), REQUIRED);
    Fault::new(
        CheckId::Db03,
        match service {
            Service::MySqlX => verdict.remedy("Enter the port of the classic protocol, usually 3306."),
            Service::Silent => verdict.remedy(format!(
                "Find out what listens on port {port}; if it is MySQL, it hangs: look at its log, and at slow reverse lookups \
                 (skip_name_resolve)."
            )),
            Service::Closes => verdict.remedy(format!(
                "Find out what listens on port {port}: a proxy without a server behind it does this."
            )),
            _ => verdict.remedy("Correct host and port: MySQL usually listens on 3306."),
        },
    )
}
