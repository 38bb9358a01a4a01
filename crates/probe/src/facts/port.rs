//! The open TCP port of the database server. DB-02 reports its faults.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use domain::check::CheckId;

use crate::address::PinnedAddress;
use crate::fault::{SharedFault, Verdict};
use crate::tcp::{self, ConnectError, TcpConnection};

pub(crate) const REQUIRED: &str = "A TCP connection opens.";

/// The port that answered. Its connection is used once, to receive the greeting.
pub(crate) struct OpenPort {
    pub(crate) to: PinnedAddress,
    /// The local address of the connection.
    pub(crate) from: Option<IpAddr>,
    pub(crate) stream: Mutex<Option<TcpConnection>>,
    pub(crate) took: Duration,
}

/// Connects to the first address that answers.
pub(crate) async fn connect(addresses: &[PinnedAddress], deadline: Instant) -> Result<OpenPort, SharedFault> {
    match tcp::connect_any(addresses, deadline).await {
        Ok(connected) => Ok(OpenPort {
            to: connected.to,
            from: connected.stream.local_addr().ok().map(|address| address.ip().to_canonical()),
            stream: Mutex::new(Some(connected.stream)),
            took: connected.took,
        }),
        Err(errors) => {
            // The limit of open connections is no fault of the server.
            let is_busy = errors.iter().any(|(_, error)| *error == ConnectError::Busy);
            let text = tcp::describe(&errors);
            let verdict = if is_busy { Verdict::skipped(text, REQUIRED) } else { Verdict::failed(text, REQUIRED) };
            let port = addresses.first().map_or(0, |to| to.socket().port());
            Err(SharedFault::new(CheckId::Db02, with_remedy(verdict, errors.first().map(|(_, error)| *error), port)))
        }
    }
}

fn with_remedy(verdict: Verdict, error: Option<ConnectError>, port: u16) -> Verdict {
    match error {
        Some(ConnectError::Refused) => verdict
            .remedy("Start MySQL, correct the port, or let MySQL listen on this address (bind_address). On the database host, run:")
            .command(format!("ss -ltn 'sport = :{port}'")),
        Some(ConnectError::TimedOut(_)) => verdict
            .remedy(format!("Check that the host is running, and allow TCP port {port} in the firewalls between this server and the database.")),
        Some(ConnectError::Unreachable) => {
            verdict.remedy("Correct the database host, or add a route from this server to its network.")
        }
        Some(ConnectError::Busy) => verdict.remedy(tcp::RUN_AGAIN_LATER),
        Some(ConnectError::Other(_)) | None => {
            verdict.remedy("Check the firewall and the network settings of this server.")
        }
    }
}
