//! The addresses of the database host. DB-01 reports its faults.

use std::net::IpAddr;

use domain::check::CheckId;
use domain::steps::Database;

use crate::address::{LookupError, NameCache, PinnedAddress};
use crate::fault::{SharedFault, Verdict};

pub(crate) const REQUIRED: &str = "The database host resolves to an address of the server.";

/// The addresses of the host that may be dialled.
pub(crate) async fn resolve(names: &NameCache, database: &Database) -> Result<Vec<PinnedAddress>, SharedFault> {
    let (host, port) = (database.host.as_str(), database.port.get());
    let fault = |verdict: Verdict| SharedFault::new(CheckId::Db01, verdict);
    let addresses = names.addresses(host).await.map_err(|error| match error {
        LookupError::NoSuchName => fault(
            Verdict::failed(format!("{host} {error}."), REQUIRED)
                .remedy("Correct the database host, or add the name to DNS or to the hosts file of every machine."),
        ),
        LookupError::NoAnswer => fault(
            Verdict::skipped(format!("{host} {error}."), REQUIRED)
                .remedy("Check the DNS settings of this server, or enter the IP address of the database server."),
        ),
    })?;
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for address in addresses {
        match names.pin(address, port) {
            Ok(pinned) => allowed.push(pinned),
            Err(refusal) => refused.push((address, refusal)),
        }
    }
    match refused.first() {
        Some((address, refusal)) if allowed.is_empty() => {
            let resolved = if host.parse::<IpAddr>().is_ok() {
                format!("{host} is")
            } else {
                format!("{host} resolves to {address},")
            };
            Err(fault(if refusal.is_no_machine() {
                Verdict::failed(format!("{resolved} {refusal}."), REQUIRED)
                    .remedy("Enter the address of the database server.")
            } else {
                Verdict::skipped(format!("{resolved} {refusal}. Clusterwright does not connect to it."), REQUIRED)
                    .remedy("Enter the address of the database server in the network of the nodes.")
            }))
        }
        _ => Ok(allowed),
    }
}
