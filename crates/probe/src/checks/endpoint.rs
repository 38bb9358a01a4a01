//! The HTTPS endpoints of the cluster, load balancer and nodes, and how the checks reach them.

use std::time::Instant;

use domain::ports::HTTPS_PORT;
use domain::steps::{ClusterNode, LoadBalancer};
use tokio_rustls::client::TlsStream;

use crate::address::PinnedAddress;
use crate::facts::Facts;
use crate::fault::Verdict;
use crate::https::{self, HttpResponse};
use crate::tcp::{self, ConnectError, ConnectedStream, TcpConnection};
use crate::tls;

/// Paths of IS that answer with a redirect.
pub(super) const REDIRECTING_PATHS: [&str; 3] = ["/carbon", "/console", "/myaccount"];
/// The remedy while the endpoint does not answer yet.
pub(super) const CHECK_LATER: &str = "Run the check again when the load balancer and the nodes are running.";

/// An address to connect to, and the name sent as SNI and Host.
pub(super) struct Endpoint<'a> {
    pub(super) host: &'a str,
    pub(super) name: &'a str,
    pub(super) port: u16,
}

impl<'a> Endpoint<'a> {
    /// The load balancer, as clients reach it.
    pub(super) fn of_load_balancer(balancer: &'a LoadBalancer) -> Self {
        let name = balancer.hostname.as_str();
        let host = balancer.address.as_ref().map_or(name, |address| address.as_str());
        Self { host, name, port: balancer.https_port.get() }
    }

    /// The HTTPS port of a node; `None` if the platform assigns its address.
    pub(super) fn of_node(node: &'a ClusterNode) -> Option<Self> {
        let host = node.address()?;
        Some(Self { host, name: host, port: HTTPS_PORT.saturating_add(node.offset.get()) })
    }

    /// Host and port as clients write them in a URL.
    pub(super) fn authority(&self) -> String {
        if self.port == 443 { self.name.to_owned() } else { format!("{}:{}", self.name, self.port) }
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// A sentence with the reason.
    pub(super) async fn connect(&self, facts: &Facts, deadline: Instant) -> Result<ConnectedStream, String> {
        let (host, port) = (self.host, self.port);
        let found = facts.names.addresses(host).await.map_err(|error| format!("{host} {error}."))?;
        let pinned: Result<Vec<PinnedAddress>, _> =
            found.into_iter().map(|found| facts.names.pin(found, port)).collect();
        let pinned = pinned.map_err(|refusal| format!("{host} is {refusal}. Clusterwright does not connect to it."))?;
        tcp::connect_any(&pinned, deadline).await.map_err(|errors| {
            if errors.iter().all(|(_, error)| *error == ConnectError::Refused) {
                return format!("Nothing listens on {host}:{port} yet.");
            }
            tcp::describe(&errors)
        })
    }

    /// Opens a TLS connection.
    ///
    /// # Errors
    /// A sentence with the reason.
    pub(super) async fn connect_tls(
        &self,
        facts: &Facts,
        deadline: Instant,
    ) -> Result<(PinnedAddress, TlsStream<TcpConnection>), String> {
        let connected = self.connect(facts, deadline).await?;
        let to = connected.to;
        let stream = tls::handshake(connected.stream, self.name, deadline).await;
        Ok((to, stream.map_err(|_| format!("The TLS handshake with {to} fails."))?))
    }

    /// Requests `path` with additional headers, on a separate connection.
    ///
    /// # Errors
    /// A sentence with the reason; also where the load balancer reaches no node.
    pub(super) async fn get(
        &self,
        facts: &Facts,
        path: &str,
        headers: &[(&'static str, &str)],
        deadline: Instant,
    ) -> Result<HttpResponse, String> {
        let (to, stream) = self.connect_tls(facts, deadline).await?;
        let response = https::get(stream, &self.authority(), path, headers, deadline).await;
        let response = response.ok_or_else(|| format!("{to} does not answer in HTTP."))?;
        match response.status {
            502..=504 => {
                Err(format!("{to} answers with status {}: no node is running behind it yet.", response.status))
            }
            _ => Ok(response),
        }
    }
}

/// The result for a node whose address the platform assigns.
pub(super) fn without_address(required: &str) -> Verdict {
    Verdict::skipped("The platform assigns the address of this node.", required)
        .remedy("Check it in the running container.")
}
