//! LB-05: the client's address in a node's access log.
//!
//! The check sends a request with a forged address to a path that no other line has ([`marker_path`]); probe.sh
//! searches the log for it. The node of the request is unknown, so any node's line decides for all: they are behind one
//! load balancer.

use std::net::IpAddr;

use super::context::{NodeView, ReportContext, WithRemedy as _, format_time_utc};
use crate::check::{CheckId, CheckResult, Outcome, Remedy};

/// The forged address of the request, from a network for documentation (RFC 5737).
pub const FORGED_ADDRESS: &str = "203.0.113.66";

/// The path of a request that was sent at `moment` (Unix seconds) for the plan with this fingerprint.
#[must_use]
pub fn marker_path(plan: &str, moment: u64) -> String {
    format!("/clusterwright/{plan}/{moment}")
}

const REQUIRED: &str = "a client that forges X-Forwarded-For is logged with its own address";
const OVERWRITE: &str = "Configure the load balancer to set X-Forwarded-For to the client's address and to remove the client's headers, as in the generated file.";

/// Without a probe, because the platform assigns the addresses of the nodes.
pub(super) fn not_looked_up(id: CheckId) -> CheckResult {
    CheckResult {
        id,
        subject: None,
        outcome: Outcome::CouldNotCheck,
        current: "Not checked: no probe runs in a container to find the forged address in an access log.".to_owned(),
        required: REQUIRED.to_owned(),
        remedy: Remedy {
            text: format!(
                "Send a request with X-Forwarded-For: {FORGED_ADDRESS} and find it in a container's access log."
            ),
            commands: Vec::new(),
        },
        took_ms: 0,
        from_node: false,
        expires_at: None,
    }
}

/// The result from the line of the newest request; skipped if no probe found one.
pub(super) fn evaluate_client_address(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let newest = |one: &NodeView<'_>| one.report.access_log.iter().max_by_key(|(moment, _)| *moment).cloned();
    let found = view.nodes.iter().filter_map(|one| Some((one, newest(one)?)));
    let Some((one, (moment, addresses))) = found.max_by_key(|(_, (moment, _))| *moment) else {
        return vec![CheckResult {
            id: view.id,
            subject: None,
            outcome: Outcome::CouldNotCheck,
            current: "Not checked: no probe has found the request with a forged address in an access log.".to_owned(),
            required: REQUIRED.to_owned(),
            remedy: Remedy {
                text: "Run this check while IS runs, wait 15 s, run probe.sh on every node and submit the reports."
                    .to_owned(),
                commands: Vec::new(),
            },
            took_ms: 0,
            from_node: false,
            expires_at: None,
        }];
    };
    let asked = format!("the access log contains the request of {}", format_time_utc(moment));
    vec![match evaluate_address(&addresses) {
        LoggedAddress::Forged => {
            one.failed(format!("{asked} with the forged address {FORGED_ADDRESS}."), REQUIRED).to_do(OVERWRITE)
        }
        LoggedAddress::Several => one.failed(format!("{asked} with several addresses."), REQUIRED).to_do(OVERWRITE),
        LoggedAddress::Missing => one
            .failed(format!("{asked} without X-Forwarded-For: IS does not receive client addresses."), REQUIRED)
            .to_do(OVERWRITE),
        LoggedAddress::Own(address) => one.passed(format!("{asked} with the address {address}."), REQUIRED),
        LoggedAddress::OtherPattern => one
            .unknown(format!("{asked}, but in a pattern without X-Forwarded-For."), REQUIRED)
            .to_do("Use the generated deployment.toml, whose [http_access_log] pattern begins with X-Forwarded-For."),
    }]
}

/// The text before the time in a line of the log.
enum LoggedAddress {
    Forged,
    Several,
    Missing,
    Own(IpAddr),
    OtherPattern,
}

/// The generated pattern begins with X-Forwarded-For and the peer address; IS's default with the peer address, a user
/// and another user.
fn evaluate_address(addresses: &str) -> LoggedAddress {
    let words: Vec<&str> = addresses.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if words.contains(&FORGED_ADDRESS) {
        return LoggedAddress::Forged;
    }
    match words.as_slice() {
        ["-", peer] if peer.parse::<IpAddr>().is_ok() => LoggedAddress::Missing,
        [client, peer] => match (client.parse(), peer.parse::<IpAddr>()) {
            (Ok(client), Ok(_)) => LoggedAddress::Own(client),
            _ => LoggedAddress::OtherPattern,
        },
        [_, _, ..] if words.iter().all(|word| word.parse::<IpAddr>().is_ok()) => LoggedAddress::Several,
        _ => LoggedAddress::OtherPattern,
    }
}
