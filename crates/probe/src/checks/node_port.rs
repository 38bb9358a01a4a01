//! ND-02: the HTTPS port of each node is free before installation, and used by IS afterwards.

use std::time::{Duration, Instant};

use domain::steps::ClusterNode;
use futures::future::join_all;

use super::endpoint::{Endpoint, without_address};
use crate::address::Pinned;
use crate::facts::Facts;
use crate::facts::time::deadline_from_now;
use crate::fault::Verdict;
use crate::https::{self, Health};
use crate::service::{self, Service};
use crate::tcp::{self, ConnectError};
use crate::tls::{self, NoTls};

const REQUIRED: &str = "The port is free before installation and used by IS afterwards.";
/// Time reserved to identify a service that does not speak TLS.
const IDENTIFY_TIMEOUT: Duration = Duration::from_millis(1500);

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(nodes) = &facts.answers().nodes else {
        return vec![Verdict::incomplete("Clustering", "the node table is missing or cannot be read")];
    };
    let deadline = deadline_from_now();
    let of_node = |node| async move {
        let started = Instant::now();
        evaluate(facts, node, deadline).await.subject(node.name.as_str()).took(started.elapsed())
    };
    join_all(nodes.iter().map(of_node)).await
}

async fn evaluate(facts: &Facts, node: &ClusterNode, deadline: Instant) -> Verdict {
    let Some(Endpoint { host, port, .. }) = Endpoint::of_node(node) else { return without_address(REQUIRED) };
    let addresses = match facts.names.addresses(host).await {
        Ok(addresses) => addresses,
        Err(error) => {
            return Verdict::could_not_check(format!("{host} {error}."), REQUIRED)
                .remedy("Correct the address of the node. Its name must resolve on every node and on this server.");
        }
    };
    let pinned: Result<Vec<Pinned>, _> = addresses.into_iter().map(|address| facts.names.pin(address, port)).collect();
    let pinned = match pinned {
        Ok(pinned) => pinned,
        Err(refusal) => {
            let current = format!("{host} is {refusal}. Clusterwright does not connect to it.");
            return Verdict::could_not_check(current, REQUIRED)
                .remedy("Enter the address at which the other nodes reach this node.");
        }
    };
    match tcp::connect_any(&pinned, deadline).await {
        Ok(connected) => evaluate_service(host, connected, deadline).await,
        Err(errors) if errors.iter().all(|(_, error)| *error == ConnectError::Refused) => {
            Verdict::passed(format!("Port {port} of {host} is free. The host is up."), REQUIRED)
        }
        Err(errors) => Verdict::could_not_check(tcp::describe(&errors), REQUIRED).remedy(format!(
            "Check that the node is running and that firewalls allow TCP port {port} from this server."
        )),
    }
}

async fn evaluate_service(host: &str, connected: tcp::Connected, deadline: Instant) -> Verdict {
    let (to, port) = (connected.to, connected.to.socket().port());
    let unknown = |what: &str| {
        Verdict::warned(format!("{what} listens on {to}."), REQUIRED)
            .remedy(
                "If it is IS on this node, nothing has to be done. Otherwise stop that program or give the node another port \
                 offset. On the node, run:",
            )
            .command(listening_process(port))
    };
    // The rest of the time identifies a service that does not answer in TLS.
    match tls::handshake(connected.stream, host, deadline - IDENTIFY_TIMEOUT).await {
        Ok(stream) => match https::health(stream, host, port, deadline).await {
            Health::Healthy => Verdict::passed(format!("IS answers at {to} and is healthy."), REQUIRED),
            Health::Disabled => Verdict::passed(format!("IS answers at {to}. Its health check is disabled."), REQUIRED),
            Health::Unhealthy => {
                Verdict::warned(format!("IS answers at {to} and reports that it is unhealthy."), REQUIRED)
                    .remedy("Look at repository/logs/wso2carbon.log of this node.")
            }
            Health::NotIs => unknown("A TLS server that is not recognised as IS"),
        },
        Err(NoTls::Refused | NoTls::Unproved) => unknown("A TLS server that refuses the handshake"),
        Err(error @ (NoTls::Closed | NoTls::Silent | NoTls::Other)) => {
            let service = match service::identify(to, deadline).await {
                Service::Closes | Service::Unknown if error == NoTls::Silent => Service::Silent,
                service => service,
            };
            Verdict::failed(format!("Port {port} of {host} is used by {service}, not by IS."), REQUIRED)
                .remedy("Stop the other program, or give the node another port offset. On the node, run:")
                .command(listening_process(port))
        }
    }
}

/// The command that names the process that listens on `port`.
fn listening_process(port: u16) -> String {
    format!("sudo ss -ltnp 'sport = :{port}'")
}
