//! ND-03 to ND-05: the ports between the nodes, and the programs that answer on them.

use super::context::{NodeView, ReportContext, WithRemedy as _};
use super::{ConnectionOutcome, ConnectionResult, NodeReport, ProbedPort};
use crate::check::{CheckId, CheckResult};
use crate::render_plan::ProbeNode;
use crate::sites::reported;

/// Maximum round trip between nodes in one network (milliseconds).
pub(super) const MAX_LATENCY_MS: f64 = 5.0;

/// The remedy that tests both directions of every pair.
pub(super) const RUN_ON_ALL_NODES: &str =
    "Run it on all nodes within two minutes, so that their probes run at the same time.";
pub(super) const RUN_ON_ALL_NODES_COMMAND: &str = "sh probe.sh --listen --reach";

/// The outcome of a connection, for texts.
pub(super) fn describe(reached: &ConnectionResult) -> String {
    let port = reached.port;
    match reached.answer {
        ConnectionOutcome::Token => format!("port {port} answers with its token"),
        ConnectionOutcome::Connected => format!("port {port} answers"),
        ConnectionOutcome::Tls => format!("port {port} answers with TLS"),
        ConnectionOutcome::Http => format!("port {port} answers with HTTP"),
        ConnectionOutcome::Other => format!("another program answers on port {port}"),
        ConnectionOutcome::OtherPlan => {
            format!("the probe of another cluster or of an earlier plan answers on port {port}")
        }
        ConnectionOutcome::OtherNode => format!("the probe of {} answers on port {port}", reached.answered_by),
        ConnectionOutcome::Closed => format!("port {port} accepts the connection and closes it"),
        ConnectionOutcome::Mute => format!("port {port} accepts the connection and sends nothing"),
        ConnectionOutcome::Refused => format!("port {port} refuses"),
        ConnectionOutcome::Silent => format!("port {port} is silent"),
        ConnectionOutcome::Unreachable => format!("port {port} is unreachable"),
        ConnectionOutcome::Unresolved => "its name does not resolve".to_owned(),
    }
}

/// The verdict on one connection.
enum PortVerdict {
    Fine,
    /// No program listens there, so nothing is proved.
    NoListener,
    /// Another check reports it.
    Elsewhere(CheckId),
    Wrong(String),
}

fn port_verdict(view: &ReportContext<'_>, from: &ProbeNode, to: &ProbeNode, reached: &ConnectionResult) -> PortVerdict {
    let there = view.report(&to.name);
    let is_running = there.is_none_or(|report| report.is_running);
    let listens = there.is_some_and(|report| report.listened.get(&reached.kind) == Some(&true));
    match (reached.answer, reached.kind) {
        (ConnectionOutcome::Token, _) => PortVerdict::Fine,
        // IS itself: HTTPS uses TLS, and Hazelcast drops connections that do not use its protocol.
        (ConnectionOutcome::Tls | ConnectionOutcome::Http, ProbedPort::Https)
        | (ConnectionOutcome::Closed | ConnectionOutcome::Mute, ProbedPort::Hazelcast)
            if is_running && !listens =>
        {
            PortVerdict::Fine
        }
        (ConnectionOutcome::Refused, _) if listens => PortVerdict::Wrong(reported(
            "although its probe listened: a firewall rejects it, or the address belongs to another machine",
        )),
        (ConnectionOutcome::Refused, _) if there.is_some_and(|report| report.is_running) => {
            PortVerdict::Wrong(reported("although IS runs there"))
        }
        (ConnectionOutcome::Refused, _) => PortVerdict::NoListener,
        (ConnectionOutcome::Silent, kind) if is_reachable_back(view, from, to, kind) => {
            PortVerdict::Elsewhere(CheckId::Nd04)
        }
        (ConnectionOutcome::Unresolved, _) => PortVerdict::Elsewhere(CheckId::Nd01),
        (ConnectionOutcome::Silent, _) => PortVerdict::Wrong(reported("a firewall drops packets")),
        (ConnectionOutcome::OtherNode, _) => PortVerdict::Wrong(reported("the address belongs to the wrong machine")),
        _ => PortVerdict::Wrong(reported("")),
    }
}

/// Whether `from` answers `to`, in the other direction.
fn is_reachable_back(view: &ReportContext<'_>, from: &ProbeNode, to: &ProbeNode, kind: ProbedPort) -> bool {
    let back = view.nodes.iter().find(|one| one.node.name == to.name).and_then(|one| one.reached);
    let reached = back.and_then(|report| report.reach(&from.name, kind, port(from, kind)));
    reached.is_some_and(|reached| {
        !matches!(
            reached.answer,
            ConnectionOutcome::Silent | ConnectionOutcome::Unreachable | ConnectionOutcome::Unresolved
        )
    })
}

fn port(node: &ProbeNode, kind: ProbedPort) -> u16 {
    match kind {
        ProbedPort::Hazelcast => node.hazelcast_port,
        ProbedPort::Https => node.https_port,
        ProbedPort::Http => node.http_port,
        ProbedPort::Thrift => node.thrift_port,
        ProbedPort::EmbeddedLdap => node.ldap_port.unwrap_or(0),
        // Not a port of a node.
        ProbedPort::Service => 0,
    }
}

/// The other nodes that a node must reach, with the outcome.
pub(super) fn pairs<'a>(
    view: &ReportContext<'a>,
    one: &NodeView<'a>,
    report: &'a NodeReport,
) -> Vec<(&'a ProbeNode, ProbedPort, Option<&'a ConnectionResult>)> {
    let others = view.plan.nodes.iter().filter(|other| other.name != one.node.name);
    others
        .flat_map(|other| {
            [ProbedPort::Hazelcast, ProbedPort::Https]
                .map(|kind| (other, kind, report.reach(&other.name, kind, port(other, kind))))
        })
        .collect()
}

/// The ports of a node that another program uses: IS does not run, and no listening probe answered another node there.
fn is_port_in_use(view: &ReportContext<'_>, one: &NodeView<'_>) -> Vec<String> {
    let is_probe = |kind: ProbedPort| {
        let reaches = |other: &NodeView<'_>| {
            let reached = other.reached.and_then(|report| report.reach(&one.node.name, kind, port(one.node, kind)));
            reached.is_some_and(|reached| reached.answer == ConnectionOutcome::Token)
        };
        view.nodes.iter().chain(&view.balancer).any(reaches)
    };
    let is_taken =
        |kind: &ProbedPort| one.report.ports.get(kind) == Some(&true) && !one.report.is_running && !is_probe(*kind);
    let held =
        [ProbedPort::Hazelcast, ProbedPort::Https, ProbedPort::Http, ProbedPort::Thrift, ProbedPort::EmbeddedLdap]
            .into_iter()
            .filter(is_taken);
    held.map(|kind| port(one.node, kind).to_string()).collect()
}

/// ND-03.
pub(super) fn evaluate_reach(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required =
        "the node's own ports are free or used by IS, and the Hazelcast and HTTPS ports of all other nodes answer";
    let look = |one: &NodeView<'_>| {
        let is_port_in_use = is_port_in_use(view, one);
        let taken_ports = is_port_in_use.join(", port ");
        if let (false, Some((home, None))) = (is_port_in_use.is_empty(), &one.report.home) {
            return one
                .warned(format!("port {taken_ports} is in use, and {home} contains no IS."), required)
                .to_do("If IS runs from another folder, pass that to probe.sh with --home; otherwise find the program that listens there.")
                .command("ss -ltnp");
        }
        if !is_port_in_use.is_empty() {
            let what = format!("port {taken_ports} is in use on the node itself, where IS does not run.");
            return one
                .failed(what, required)
                .to_do("Find the program that listens there. An earlier probe.sh ends by itself; stop another program, or give the node another port.")
                .command("ss -ltnp");
        }
        if view.plan.nodes.len() < 2 {
            return one.passed("no other node exists.", required);
        }
        let Some(report) = one.reached else {
            return one
                .unknown("connections to the other nodes were not tested.", required)
                .to_do(RUN_ON_ALL_NODES)
                .command(RUN_ON_ALL_NODES_COMMAND);
        };
        let (mut wrong, mut open, mut fine) = (Vec::new(), Vec::new(), Vec::new());
        for (other, kind, reached) in pairs(view, one, report) {
            let Some(reached) = reached else {
                open.push(format!("{}: not tested", other.name));
                continue;
            };
            let text = format!("{}: {}", other.name, describe(reached));
            match port_verdict(view, one.node, other, reached) {
                PortVerdict::Fine => fine.push(text),
                PortVerdict::NoListener => open.push(format!("{text}, nothing listens on it yet")),
                PortVerdict::Elsewhere(id) => open.push(format!("{text}, see {id}")),
                PortVerdict::Wrong(why) if why.is_empty() => wrong.push((kind, text)),
                PortVerdict::Wrong(why) => wrong.push((kind, format!("{text}, {why}"))),
            }
        }
        if let Some((_, first)) = wrong.first() {
            let all = wrong.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
            let is_taken = first.contains("another program") || first.contains("closes") || first.contains("nothing");
            let result = one.failed(format!("{all}."), required);
            return if is_taken {
                result
                    .to_do("Find the program that listens there, and stop it or give the node another port.")
                    .command("ss -ltnp")
            } else {
                result
            };
        }
        if open.is_empty() {
            one.passed(format!("{}.", fine.join("; ")), required)
        } else {
            one.unknown(format!("{}.", open.join("; ")), required)
                .to_do(RUN_ON_ALL_NODES)
                .command(RUN_ON_ALL_NODES_COMMAND)
        }
    };
    view.nodes.iter().map(look).collect()
}

/// ND-04.
pub(super) fn evaluate_one_way_ports(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "ports that answer in one direction answer in the other";
    let look = |one: &NodeView<'_>| {
        let Some(report) = one.reached else {
            return one
                .unknown("connections to the other nodes were not tested.", required)
                .to_do(RUN_ON_ALL_NODES)
                .command(RUN_ON_ALL_NODES_COMMAND);
        };
        let wrong: Vec<String> = pairs(view, one, report)
            .into_iter()
            .filter_map(|(other, kind, reached)| {
                let reached = reached.filter(|reached| reached.answer == ConnectionOutcome::Silent)?;
                is_reachable_back(view, one.node, other, kind)
                    .then(|| format!("{}: {}, but it reaches {}", other.name, describe(reached), one.node.name))
            })
            .collect();
        if wrong.is_empty() {
            one.passed("no port is open in only one direction.", required)
        } else {
            one.failed(format!("{}.", wrong.join("; ")), required)
        }
    };
    view.nodes.iter().map(look).collect()
}

/// ND-05.
pub(super) fn evaluate_latency(view: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "round trips of at most 5 ms, none lost";
    let Some(report) = one.reached else {
        return one
            .unknown("connections to the other nodes were not tested.", required)
            .to_do(RUN_ON_ALL_NODES)
            .command(RUN_ON_ALL_NODES_COMMAND);
    };
    let (mut wrong, mut fine) = (Vec::new(), Vec::new());
    for (other, _, reached) in pairs(view, one, report) {
        let Some(reached) = reached.filter(|reached| reached.answer == ConnectionOutcome::Token) else { continue };
        let milliseconds = reached.milliseconds.unwrap_or(0.0);
        let text = format!("{}: {milliseconds:.1} ms on port {}", other.name, reached.port);
        if reached.lost > 0 {
            wrong.push(reported(format!("{text}, {} of 5 answers lost", reached.lost)));
        } else if milliseconds > MAX_LATENCY_MS {
            wrong.push(reported(text));
        } else {
            fine.push(text);
        }
    }
    match (wrong.is_empty(), fine.is_empty()) {
        (false, _) => one.failed(format!("{}.", wrong.join("; ")), required),
        (true, false) => one.passed(format!("{}.", fine.join("; ")), required),
        (true, true) if view.plan.nodes.len() < 2 => one.passed("no other node exists.", required),
        (true, true) => one
            .unknown("no probe of another node answered.", required)
            .to_do(RUN_ON_ALL_NODES)
            .command(RUN_ON_ALL_NODES_COMMAND),
    }
}
