//! DB-01: the name of the database host leads to addresses.

use std::net::IpAddr;

use domain::check::CheckId;

use crate::address::{LookupError, Pinned};
use crate::fault::{Fault, Verdict};
use crate::shared::Shared;

const REQUIRED: &str = "a name or address that leads to the server";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![match shared.addresses().await {
        Ok(addresses) => {
            let list: Vec<String> = addresses.iter().map(|address| address.socket().ip().to_string()).collect();
            Verdict::passed(list.join(", "), REQUIRED)
        }
        Err(fault) => fault.told_by(CheckId::Db01, REQUIRED),
    }]
}

/// Resolves the host and keeps the addresses that may be dialled.
pub(crate) async fn resolve(shared: &Shared) -> Result<Vec<Pinned>, Fault> {
    let database = shared.database()?;
    let (host, port) = (database.host.as_str(), database.port.get());
    let fault = |verdict: Verdict| Fault::new(CheckId::Db01, verdict);
    let addresses = shared.names.addresses(host).await.map_err(|error| match error {
        LookupError::NoSuchName => fault(
            Verdict::failed(format!("{host} {error}"), REQUIRED)
                .remedy("Correct the database host, or add the name to DNS or to the hosts file of every machine."),
        ),
        LookupError::NoAnswer => fault(
            Verdict::could_not_check(format!("{host} {error}"), REQUIRED)
                .remedy("Check this machine's DNS settings, or enter the server's IP address."),
        ),
    })?;
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for address in addresses {
        match shared.names.pin(address, port) {
            Ok(pinned) => allowed.push(pinned),
            Err(refusal) => refused.push((address, refusal)),
        }
    }
    match refused.first() {
        Some((address, refusal)) if allowed.is_empty() => {
            let leads = if host.parse::<IpAddr>().is_ok() {
                format!("{host} is")
            } else {
                format!("{host} leads to {address},")
            };
            Err(fault(if refusal.is_no_machine() {
                Verdict::failed(format!("{leads} {refusal}"), REQUIRED)
                    .remedy("Enter the address of the database server.")
            } else {
                Verdict::could_not_check(format!("{leads} {refusal}: Clusterwright does not connect there"), REQUIRED)
                    .remedy("Enter the server's address in the network of the nodes.")
            }))
        }
        _ => Ok(allowed),
    }
}
