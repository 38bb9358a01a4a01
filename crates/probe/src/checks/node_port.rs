//! ND-02: the HTTPS port of each node is free before installation, and IS's own afterwards.

use std::time::{Duration, Instant};

use domain::steps::Node;
use futures::future::join_all;

use crate::address::Pinned;
use crate::fault::Verdict;
use crate::https::{self, Health};
use crate::service::{self, Service};
use crate::shared::{Shared, deadline_from_now};
use crate::tcp::{self, ConnectError};
use crate::tls::{self, NoTls};

const REQUIRED: &str = "free before installation, IS afterwards";
/// Time kept to name a service that does not speak TLS.
const NAMING: Duration = Duration::from_millis(1500);
/// IS's HTTPS port before the offset (carbon.xml, ServletTransportManager).
pub(super) const HTTPS_PORT: u16 = 9443;

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let Some(nodes) = &shared.answers().nodes else {
        return vec![Verdict::incomplete("Clustering", "the node table is missing or cannot be read")];
    };
    let deadline = deadline_from_now();
    let look = |node| async move {
        let started = Instant::now();
        look(shared, node, deadline).await.of(node.name.as_str()).took(started.elapsed())
    };
    join_all(nodes.iter().map(look)).await
}

async fn look(shared: &Shared, node: &Node, deadline: Instant) -> Verdict {
    let Some(host) = node.address() else { return without_address() };
    let port = HTTPS_PORT.saturating_add(node.offset.get());
    let addresses = match shared.names.addresses(host).await {
        Ok(addresses) => addresses,
        Err(error) => {
            return Verdict::could_not_check(format!("{host} {error}"), REQUIRED)
                .remedy("Check the node's address; names must resolve on every node and here.");
        }
    };
    let pinned: Result<Vec<Pinned>, _> = addresses.into_iter().map(|address| shared.names.pin(address, port)).collect();
    let pinned = match pinned {
        Ok(pinned) => pinned,
        Err(refusal) => {
            return Verdict::could_not_check(
                format!("{host} is {refusal}: Clusterwright does not connect there"),
                REQUIRED,
            )
            .remedy("Enter the address by which the other nodes reach this one.");
        }
    };
    match tcp::connect_any(&pinned, deadline).await {
        Ok(connected) => occupied(host, connected, deadline).await,
        Err(errors) => {
            let list: Vec<String> = errors.iter().map(|(to, error)| format!("{to}: {error}")).collect();
            if errors.iter().all(|(_, error)| *error == ConnectError::Refused) {
                Verdict::passed(format!("{host}:{port} is free: nothing listens, the machine answers"), REQUIRED)
            } else {
                Verdict::could_not_check(list.join("; "), REQUIRED).remedy(format!(
                    "Check that the node is on and that a firewall lets this machine reach TCP port {port}."
                ))
            }
        }
    }
}

/// Of a node whose address the platform assigns nothing is reached from here.
pub(super) fn without_address() -> Verdict {
    Verdict::could_not_check("the platform assigns the address of this node", REQUIRED)
        .remedy("Check it in the running container.")
}

async fn occupied(host: &str, connected: tcp::Connected, deadline: Instant) -> Verdict {
    let (to, port) = (connected.to, connected.to.socket().port());
    let unsure = |what: &str| {
        Verdict::warned(format!("{what} at {to}"), REQUIRED).remedy(
            "Fine if it is IS on this node. Otherwise stop that program or give the node another offset. On the node:",
        )
        .command(who_listens(port))
    };
    // What is left over names a service that does not answer in TLS.
    match tls::handshake(connected.stream, host, deadline - NAMING).await {
        Ok(stream) => match https::health(stream, host, port, deadline).await {
            Health::Well => Verdict::passed(format!("IS answers at {to} and is well"), REQUIRED),
            Health::SwitchedOff => {
                Verdict::passed(format!("IS answers at {to}; its health check is switched off"), REQUIRED)
            }
            Health::Ill => Verdict::warned(format!("IS answers at {to} and says it is not well"), REQUIRED)
                .remedy("Look at repository/logs/wso2carbon.log of this node."),
            Health::NotIs => unsure("something speaks TLS"),
        },
        Err(NoTls::Refused | NoTls::Unproved) => unsure("something speaks TLS, but not to us,"),
        Err(error @ (NoTls::Closed | NoTls::Silent | NoTls::Other)) => {
            let service = match service::name(to, deadline).await {
                Service::Closes | Service::Unknown if error == NoTls::Silent => Service::Silent,
                service => service,
            };
            Verdict::failed(format!("{service} answers at {to}, which is not IS"), REQUIRED)
                .remedy("Stop the other program, or give the node another offset. On the node:")
                .command(who_listens(port))
        }
    }
}

fn who_listens(port: u16) -> String {
    format!("sudo ss -ltnp 'sport = :{port}'")
}
