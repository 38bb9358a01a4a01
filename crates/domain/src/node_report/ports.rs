//! ND-03 to ND-05: the ports between the nodes, and what answers on them.

use super::decide::{One, ToDo as _, View};
use super::{Answer, NodeReport, Port, Reached};
use crate::check::{CheckId, CheckResult};
use crate::render_plan::ProbeNode;

/// Hazelcast and IS are made for one network: more is told (milliseconds).
pub(super) const SLOW: f64 = 5.0;

/// How both sides of every pair are looked at.
pub(super) const TOGETHER: &str = "Run it on all nodes within two minutes, so that their probes meet.";
pub(super) const TOGETHER_COMMAND: &str = "sh probe.sh --listen --reach";

/// What a connection came to, for one who reads it.
pub(super) fn words(reached: &Reached) -> String {
    let port = reached.port;
    match reached.answer {
        Answer::Token => format!("port {port} answers with its token"),
        Answer::Connected => format!("port {port} answers"),
        Answer::Tls => format!("port {port} answers with TLS"),
        Answer::Http => format!("port {port} answers with HTTP"),
        Answer::Other => format!("another program answers on port {port}"),
        Answer::OtherPlan => format!("the probe of another cluster or of an earlier plan answers on port {port}"),
        Answer::OtherNode => format!("the probe of {} answers on port {port}", reached.who),
        Answer::Closed => format!("port {port} takes the connection and closes it"),
        Answer::Mute => format!("port {port} takes the connection and says nothing"),
        Answer::Refused => format!("port {port} refuses"),
        Answer::Silent => format!("port {port} is silent"),
        Answer::Unreachable => format!("there is no way to port {port}"),
        Answer::Unresolved => "its name leads nowhere".to_owned(),
    }
}

/// What one connection means.
enum Meaning {
    Fine,
    /// Nobody listens there, so nothing is proved.
    Nobody,
    /// Another check tells it.
    Elsewhere(CheckId),
    Wrong(&'static str),
}

fn meaning(view: &View<'_>, from: &ProbeNode, to: &ProbeNode, reached: &Reached) -> Meaning {
    let there = view.report(&to.name);
    let is_running = there.is_none_or(|report| report.is_running);
    let listens = there.is_some_and(|report| report.listened.get(&reached.kind) == Some(&true));
    match (reached.answer, reached.kind) {
        (Answer::Token, _) => Meaning::Fine,
        // IS itself: HTTPS speaks TLS, and Hazelcast drops whoever does not speak its protocol.
        (Answer::Tls | Answer::Http, Port::Https) | (Answer::Closed | Answer::Mute, Port::Hazelcast)
            if is_running && !listens =>
        {
            Meaning::Fine
        }
        (Answer::Refused, _) if listens => {
            Meaning::Wrong("although its probe listened: a firewall rejects, or the address leads to another machine")
        }
        (Answer::Refused, _) if there.is_some_and(|report| report.is_running) => {
            Meaning::Wrong("although IS runs there")
        }
        (Answer::Refused, _) => Meaning::Nobody,
        (Answer::Silent, kind) if answers_back(view, from, to, kind) => Meaning::Elsewhere(CheckId::Nd04),
        (Answer::Unresolved, _) => Meaning::Elsewhere(CheckId::Nd01),
        (Answer::Silent, _) => Meaning::Wrong("a firewall drops what is sent"),
        (Answer::OtherNode, _) => Meaning::Wrong("the address leads to the wrong machine"),
        _ => Meaning::Wrong(""),
    }
}

/// Whether `to` is answered by `from`, in the other direction.
fn answers_back(view: &View<'_>, from: &ProbeNode, to: &ProbeNode, kind: Port) -> bool {
    let back = view.nodes.iter().find(|one| one.node.name == to.name).and_then(|one| one.reached);
    let reached = back.and_then(|report| report.reach(&from.name, kind, port(from, kind)));
    reached.is_some_and(|reached| !matches!(reached.answer, Answer::Silent | Answer::Unreachable | Answer::Unresolved))
}

const fn port(node: &ProbeNode, kind: Port) -> u16 {
    match kind {
        Port::Hazelcast => node.hazelcast_port,
        Port::Https => node.https_port,
        Port::Http => node.http_port,
        Port::Thrift => node.thrift_port,
        // No port of a node.
        Port::Service => 0,
    }
}

/// The other nodes a node must reach, with what came of it.
pub(super) fn pairs<'a>(
    view: &View<'a>,
    one: &One<'a>,
    report: &'a NodeReport,
) -> Vec<(&'a ProbeNode, Port, Option<&'a Reached>)> {
    let others = view.plan.nodes.iter().filter(|other| other.name != one.node.name);
    others
        .flat_map(|other| {
            [Port::Hazelcast, Port::Https].map(|kind| (other, kind, report.reach(&other.name, kind, port(other, kind))))
        })
        .collect()
}

/// The ports of a node that something else holds: IS does not run, and no probe that listened there answered another one.
fn taken(view: &View<'_>, one: &One<'_>) -> Vec<String> {
    let is_probe = |kind: Port| {
        let reaches = |other: &One<'_>| {
            let reached = other.reached.and_then(|report| report.reach(&one.node.name, kind, port(one.node, kind)));
            reached.is_some_and(|reached| reached.answer == Answer::Token)
        };
        view.nodes.iter().chain(&view.balancer).any(reaches)
    };
    let is_taken =
        |kind: &Port| one.report.ports.get(kind) == Some(&true) && !one.report.is_running && !is_probe(*kind);
    let held = [Port::Hazelcast, Port::Https, Port::Http, Port::Thrift].into_iter().filter(is_taken);
    held.map(|kind| port(one.node, kind).to_string()).collect()
}

/// ND-03.
pub(super) fn reached(view: &View<'_>) -> Vec<CheckResult> {
    let required = "the node's own ports are free or IS's, the Hazelcast and HTTPS ports of all other nodes answer";
    let look = |one: &One<'_>| {
        let taken = taken(view, one);
        let taken_ports = taken.join(", port ");
        if let (false, Some((home, None))) = (taken.is_empty(), &one.report.home) {
            return one
                .warned(format!("port {taken_ports} is in use, and there is no IS in {home}."), required)
                .to_do("If it is IS from another folder, give that to probe.sh with --home; otherwise find what listens there.")
                .command("ss -ltnp");
        }
        if !taken.is_empty() {
            let what = format!("port {taken_ports} is in use on the node itself, where IS does not run.");
            return one
                .wrong(what, required)
                .to_do("Find what listens there. An earlier probe.sh ends by itself; stop another program, or give the node another port.")
                .command("ss -ltnp");
        }
        if view.plan.nodes.len() < 2 {
            return one.passed("there is no other node.", required);
        }
        let Some(report) = one.reached else {
            return one
                .unknown("it did not reach for the other nodes.", required)
                .to_do(TOGETHER)
                .command(TOGETHER_COMMAND);
        };
        let (mut wrong, mut open, mut fine) = (Vec::new(), Vec::new(), Vec::new());
        for (other, kind, reached) in pairs(view, one, report) {
            let Some(reached) = reached else {
                open.push(format!("{}: not tried", other.name));
                continue;
            };
            let text = format!("{}: {}", other.name, words(reached));
            match meaning(view, one.node, other, reached) {
                Meaning::Fine => fine.push(text),
                Meaning::Nobody => open.push(format!("{text}, nothing listens there yet")),
                Meaning::Elsewhere(id) => open.push(format!("{text}, see {id}")),
                Meaning::Wrong("") => wrong.push((kind, text)),
                Meaning::Wrong(why) => wrong.push((kind, format!("{text}, {why}"))),
            }
        }
        if let Some((_, first)) = wrong.first() {
            let all = wrong.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
            let is_taken = first.contains("another program") || first.contains("closes") || first.contains("nothing");
            let result = one.wrong(format!("{all}."), required);
            return if is_taken {
                result.to_do("Find what listens there, and stop it or give the node another port.").command("ss -ltnp")
            } else {
                result
            };
        }
        if open.is_empty() {
            one.passed(format!("{}.", fine.join("; ")), required)
        } else {
            one.unknown(format!("{}.", open.join("; ")), required).to_do(TOGETHER).command(TOGETHER_COMMAND)
        }
    };
    view.nodes.iter().map(look).collect()
}

/// ND-04.
pub(super) fn half_way(view: &View<'_>) -> Vec<CheckResult> {
    let required = "what answers one way answers the other way too";
    let look = |one: &One<'_>| {
        let Some(report) = one.reached else {
            return one
                .unknown("it did not reach for the other nodes.", required)
                .to_do(TOGETHER)
                .command(TOGETHER_COMMAND);
        };
        let wrong: Vec<String> = pairs(view, one, report)
            .into_iter()
            .filter_map(|(other, kind, reached)| {
                let reached = reached.filter(|reached| reached.answer == Answer::Silent)?;
                answers_back(view, one.node, other, kind)
                    .then(|| format!("{}: {}, but it reaches {}", other.name, words(reached), one.node.name))
            })
            .collect();
        if wrong.is_empty() {
            one.passed("no port is open one way only.", required)
        } else {
            one.wrong(format!("{}.", wrong.join("; ")), required)
        }
    };
    view.nodes.iter().map(look).collect()
}

/// ND-05.
pub(super) fn latency(view: &View<'_>, one: &One<'_>) -> CheckResult {
    let required = "round trips of at most 5 ms, none lost";
    let Some(report) = one.reached else {
        return one
            .unknown("it did not reach for the other nodes.", required)
            .to_do(TOGETHER)
            .command(TOGETHER_COMMAND);
    };
    let (mut wrong, mut fine) = (Vec::new(), Vec::new());
    for (other, _, reached) in pairs(view, one, report) {
        let Some(reached) = reached.filter(|reached| reached.answer == Answer::Token) else { continue };
        let milliseconds = reached.milliseconds.unwrap_or(0.0);
        let text = format!("{}: {milliseconds:.1} ms on port {}", other.name, reached.port);
        if reached.lost > 0 {
            wrong.push(format!("{text}, {} of 5 answers lost", reached.lost));
        } else if milliseconds > SLOW {
            wrong.push(text);
        } else {
            fine.push(text);
        }
    }
    match (wrong.is_empty(), fine.is_empty()) {
        (false, _) => one.wrong(format!("{}.", wrong.join("; ")), required),
        (true, false) => one.passed(format!("{}.", fine.join("; ")), required),
        (true, true) if view.plan.nodes.len() < 2 => one.passed("there is no other node.", required),
        (true, true) => {
            one.unknown("no probe of another node answered.", required).to_do(TOGETHER).command(TOGETHER_COMMAND)
        }
    }
}
