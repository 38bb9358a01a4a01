//! DB-02: the database's TCP port answers. Refused, silent and unreachable have words of their own.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use domain::check::CheckId;

use crate::address::Pinned;
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;
use crate::tcp::{self, ConnectError, TcpConnection};

const REQUIRED: &str = "a TCP connection opens";

/// The port that answered. Its connection is used once, to hear the greeting.
pub(crate) struct Port {
    pub(crate) to: Pinned,
    /// The address we come from, as this machine sees it.
    pub(crate) from: Option<IpAddr>,
    pub(crate) stream: Mutex<Option<TcpConnection>>,
    took: Duration,
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.port().await {
        Ok(port) => {
            let milliseconds = port.took.as_secs_f64() * 1000.0;
            Verdict::passed(format!("{} answers in {milliseconds:.1} ms", port.to), REQUIRED)
        }
        Err(fault) => fault.told_by(CheckId::Db02, REQUIRED),
    }]
}

/// Connects to the first address that answers.
pub(crate) async fn connect(shared: &Shared) -> Result<Port, Fault> {
    let addresses = shared.addresses().await?;
    match tcp::connect_any(addresses, shared.deadline()).await {
        Ok(connected) => Ok(Port {
            to: connected.to,
            from: connected.stream.local_addr().ok().map(|address| address.ip().to_canonical()),
            stream: Mutex::new(Some(connected.stream)),
            took: connected.took,
        }),
        Err(errors) => {
            let list: Vec<String> = errors.iter().map(|(to, error)| format!("{to}: {error}")).collect();
            // That we open no more connections is no fault of the server.
            let is_busy = errors.iter().any(|(_, error)| *error == ConnectError::Busy);
            let verdict = if is_busy { Verdict::could_not_check } else { Verdict::failed }(list.join("; "), REQUIRED);
            let port = addresses.first().map_or(0, |to| to.socket().port());
            Err(Fault::new(CheckId::Db02, advise(verdict, errors.first().map(|(_, error)| *error), port)))
        }
    }
}

fn advise(verdict: Verdict, error: Option<ConnectError>, port: u16) -> Verdict {
    match error {
        Some(ConnectError::Refused) => verdict
            .remedy("Start MySQL, correct the port, or let MySQL listen on this address (bind_address). On the database machine:")
            .command(format!("ss -ltn 'sport = :{port}'")),
        Some(ConnectError::TimedOut(_)) => verdict
            .remedy(format!("Check that the machine is on, and open TCP port {port} in the firewalls between here and there.")),
        Some(ConnectError::Unreachable) => {
            verdict.remedy("Correct the host, or give this machine a route to that network.")
        }
        Some(ConnectError::Busy) => verdict.remedy(tcp::RUN_AGAIN_LATER),
        Some(ConnectError::Other(_)) | None => {
            verdict.remedy("Look at this machine's own firewall and network settings.")
        }
    }
}
