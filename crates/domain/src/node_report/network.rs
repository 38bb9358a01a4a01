//! ND-01, ND-06, ND-18, DB-06 and LB-02: names, clocks, the database and the load balancer, from the machines' point of
//! view.

use std::net::IpAddr;

use super::context::{NodeView, ReportContext, WithRemedy as _, majority};
use super::ports::{RUN_ON_ALL_NODES, RUN_ON_ALL_NODES_COMMAND, describe, pairs};
use super::{ConnectionOutcome, ConnectionResult, DatabaseLogin, NodeReport, ProbedPort};
use crate::check::{CheckResult, Outcome};
use crate::jdbc;
use crate::render_plan::ProbeNode;
use crate::sites::reported;

/// Times in tokens and SAML answers are compared to the second (milliseconds).
const MAX_CLOCK_SKEW_MS: i64 = 1000;

fn shown(addresses: &[IpAddr]) -> String {
    if addresses.is_empty() {
        return "nothing".to_owned();
    }
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// ND-01: all names except the hostname, which resolves to a different address on each node (ND-18).
pub(super) fn evaluate_names(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "every name resolves to the same addresses on every machine";
    let hostname = view.answers.load_balancer.as_ref().map_or("", |balancer| balancer.hostname.as_str());
    let names: Vec<&str> = view.plan.names.iter().map(String::as_str).filter(|name| *name != hostname).collect();
    let machines = || view.nodes.iter().chain(&view.balancer);
    let look = |one: &NodeView<'_>| {
        let mut wrong = Vec::new();
        let mut fine = Vec::new();
        let mut is_unknown = false;
        for name in &names {
            let Some(Some(own)) = one.report.names.get(*name) else {
                is_unknown = true;
                continue;
            };
            let all: Vec<&Vec<IpAddr>> = machines()
                .filter_map(|other| other.report.names.get(*name)?.as_ref())
                .filter(|list| !list.is_empty())
                .collect();
            let is_own_machine = own.iter().any(IpAddr::is_loopback);
            match majority(&all) {
                _ if own.is_empty() => wrong.push(reported(format!("{name} does not resolve"))),
                _ if is_own_machine && !view.is_one_machine() => {
                    wrong.push(reported(format!("{name} resolves to {}, which is each machine itself", shown(own))))
                }
                Some(other) if *other != own => {
                    wrong.push(reported(format!(
                        "{name} resolves to {}, on other machines to {}",
                        shown(own),
                        shown(other)
                    )));
                }
                _ => fine.push(format!("{name} resolves to {}", shown(own))),
            }
        }
        match (wrong.is_empty(), is_unknown) {
            (false, _) => one.failed(format!("{}.", wrong.join("; ")), required),
            (true, true) => one
                .unknown("the machine has no command to resolve names, or the name is new in the plan.", required)
                .to_do("Run the current probe.sh on it, or compare manually: getent hosts NAME."),
            (true, false) if names.is_empty() => one.passed("the plan contains only addresses.", required),
            (true, false) => one.passed(format!("{}.", fine.join("; ")), required),
        }
    };
    machines().map(look).collect()
}

/// ND-06.
pub(super) fn evaluate_clocks(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "clocks at most 1 s apart, synchronised by NTP";
    let look = |one: &NodeView<'_>| {
        let others = || view.plan.nodes.iter().filter(|other| other.name != one.node.name);
        let seen: Vec<(&str, i64)> = (one.reached.iter())
            .flat_map(|report| pairs(view, one, report))
            .filter_map(|(other, _, reached)| Some((other.name.as_str(), reached?.ahead?)))
            .collect();
        // The node that connected to the other compared both clocks.
        let is_compared = |other: &ProbeNode| {
            let met = |from: &NodeReport, to: &str| {
                from.reached.iter().any(|reached| reached.to == to && reached.ahead.is_some())
            };
            let theirs = view.nodes.iter().find(|theirs| theirs.node.name == other.name);
            one.reached.is_some_and(|report| met(report, &other.name))
                || theirs.and_then(|theirs| theirs.reached).is_some_and(|report| met(report, &one.node.name))
        };
        let alone: Vec<&str> = others().filter(|other| !is_compared(other)).map(|other| other.name.as_str()).collect();
        let mut apart: Vec<String> = (seen.iter())
            .filter(|(_, ahead)| ahead.unsigned_abs() > MAX_CLOCK_SKEW_MS.unsigned_abs())
            .map(|(name, ahead)| {
                let way = if *ahead > 0 { "ahead" } else { "behind" };
                let tenths = ahead.unsigned_abs() / 100;
                format!("the clock of {name} is {}.{} s {way}", tenths / 10, tenths % 10)
            })
            .collect();
        apart.dedup();
        if !apart.is_empty() {
            return one.failed(format!("{}.", apart.join("; ")), required).command("timedatectl set-ntp true");
        }
        let most = seen.iter().map(|(_, ahead)| ahead.unsigned_abs()).max();
        let compared = match (alone.is_empty(), most) {
            (false, _) => format!("the clock was not compared with {}", alone.join(", ")),
            (true, Some(most)) => format!("it differs from other nodes by at most {most} ms"),
            (true, None) if others().next().is_none() => "no other node exists".to_owned(),
            (true, None) => "other nodes compared their clocks with it".to_owned(),
        };
        let kept = match one.report.ntp {
            Some(true) => "NTP synchronises the clock",
            Some(false) => "NTP does not synchronise the clock",
            None => "whether NTP synchronises the clock is not known",
        };
        let what = format!("{kept}; {compared}.");
        if one.report.ntp == Some(false) {
            one.warned(what, required).command("timedatectl set-ntp true")
        } else if alone.is_empty() {
            one.passed(what, required)
        } else {
            // NTP follows its source, which may differ between nodes.
            one.unknown(what, required).to_do(RUN_ON_ALL_NODES).command(RUN_ON_ALL_NODES_COMMAND)
        }
    };
    view.nodes.iter().map(look).collect()
}

/// ND-18.
pub(super) fn evaluate_hosts_files(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let Some(balancer) = &view.answers.load_balancer else {
        return view
            .nodes
            .iter()
            .map(|one| one.unknown("the plan has no hostname yet.", "").to_do("Complete the step Load balancer."))
            .collect();
    };
    let hostname = balancer.hostname.as_str();
    let required = if view.is_one_machine() {
        format!("{hostname} resolves to this machine, on which all nodes run: 127.0.0.1 is correct here")
    } else {
        format!("{hostname} resolves to the node itself or to the load balancer, not to 127.0.0.1")
    };
    let front = balancer.address.as_ref().and_then(|address| address.address()).map(IpAddr::V4);
    let look = |one: &NodeView<'_>| {
        let line = |one: &NodeView<'_>| {
            let address = if one.node.host.parse::<IpAddr>().is_ok() { one.node.host.as_str() } else { "ADDRESS" };
            format!("echo '{address} {hostname}' | sudo tee -a /etc/hosts")
        };
        let Some(Some(found)) = one.report.names.get(hostname) else {
            return one
                .unknown(format!("no data about {hostname}."), &required)
                .to_do("Run the current probe.sh, or check manually: getent hosts NAME.");
        };
        let is_known =
            |address: &IpAddr| front.is_none() || front == Some(*address) || one.report.addresses.contains(address);
        if found.is_empty() {
            return one.failed(format!("{hostname} does not resolve."), &required).command(line(one));
        }
        if found.iter().any(IpAddr::is_loopback) && !view.is_one_machine() {
            return one.failed(format!("{hostname} resolves to {}.", shown(found)), &required);
        }
        if !found.iter().all(is_known) {
            return one.failed(
                format!("{hostname} resolves to {}, which is neither the node nor the load balancer.", shown(found)),
                &required,
            );
        }
        one.passed(format!("{hostname} resolves to {}.", shown(found)), &required)
    };
    view.nodes.iter().map(look).collect()
}

/// The connection to the plan's database, if the script is for it: data about another database does not count.
pub(super) fn database_reached<'a>(view: &ReportContext<'_>, one: &NodeView<'a>) -> Option<&'a ConnectionResult> {
    let plan = view.plan;
    let asked = [plan.database_host.clone(), plan.database_port.to_string(), plan.database_account.clone()];
    let is_its = one.report.database.as_ref() == Some(&asked);
    one.report.reach("database", ProbedPort::Service, plan.database_port).filter(|_| is_its)
}

/// DB-06.
pub(super) fn evaluate_database_reach(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let plan = view.plan;
    let (host, port) = (&plan.database_host, plan.database_port);
    let required = format!("{} logs in at {host}:{port} from every node", plan.database_account);
    let again = "Run probe.sh with --login and enter the password there.";
    let look = |one: &NodeView<'_>| {
        if host.is_empty() {
            return one.unknown("the plan has no database yet.", &required).to_do("Complete the step Database.");
        }
        let Some(reached) = database_reached(view, one) else {
            return one
                .unknown(format!("no data about {host}:{port}; its probe.sh may be for another database."), &required)
                .to_do("Run the current probe.sh on the node.");
        };
        let time = reached.milliseconds.map_or_else(String::new, |milliseconds| format!(" in {milliseconds:.1} ms"));
        if reached.answer != ConnectionOutcome::Connected {
            let result = one.failed(format!("{host}: {}.", describe(reached)), &required);
            return result.to_do(match reached.answer {
                ConnectionOutcome::Unresolved => "Add the name to DNS or to the hosts file of the node.",
                ConnectionOutcome::Refused => {
                    "Configure MySQL to listen on an address that the nodes reach (bind_address), or correct host and port."
                }
                _ => "Open the port of the database for this node in the firewall.",
            });
        }
        if one.report.key_store_urls > 0 {
            let what = format!(
                "{host}:{port} answers{time}, but {} URLs of deployment.toml use TLS and lack {}: the node loses the database \
                 soon after its start.",
                one.report.key_store_urls,
                jdbc::FALLBACK_KEY_STORE_OPTION,
            );
            return one
                .failed(what, &required)
                .to_do("Run install.sh of this bundle on the node, or add the option manually.");
        }
        match one.report.login {
            Some(DatabaseLogin::Worked) => one.passed(format!("{} logs in{time}.", plan.database_account), &required),
            Some(DatabaseLogin::Refused(number)) => {
                let why = match number {
                    Some(1130) => reported("the server rejects this host (1130)"),
                    Some(1045) => {
                        reported("user or password is wrong, or the account may not connect from this host (1045)")
                    }
                    Some(number) => reported(format!("the login fails with error {number}")),
                    None => reported("the login fails"),
                };
                one.failed(format!("{host}:{port} answers{time}, but {why}."), &required)
            }
            Some(DatabaseLogin::NoClient) => one
                .unknown(format!("{host}:{port} answers{time}; no MySQL client is installed."), &required)
                .to_do("Install mysql or mariadb there and run probe.sh with --login, or wait for the first start."),
            None => one
                .unknown(format!("{host}:{port} answers{time}; the login was not tested."), &required)
                .to_do(again)
                .command("sh probe.sh --login"),
        }
    };
    view.nodes.iter().map(look).collect()
}

/// LB-02.
pub(super) fn evaluate_load_balancer_reach(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "the HTTPS port of every node answers the load balancer's machine";
    let first = view.plan.nodes.first().map_or("", |node| node.name.as_str());
    let command = format!("sh nodes/{first}/probe.sh --as-load-balancer");
    let Some(one) = &view.balancer else {
        let mut result = CheckResult {
            id: view.id,
            subject: None,
            outcome: Outcome::CouldNotCheck,
            current: "Not checked: no report from the load balancer's machine.".to_owned(),
            required: required.to_owned(),
            remedy: crate::check::Remedy::default(),
            took_ms: 0,
            from_node: false,
            expires_at: None,
        };
        result =
            result.to_do("Run any node's probe.sh there with --as-load-balancer, while the nodes listen or IS runs.");
        return vec![result.command(command)];
    };
    let (mut wrong, mut open, mut fine) = (Vec::new(), Vec::new(), Vec::new());
    for node in &view.plan.nodes {
        let Some(reached) = one.report.reach(&node.name, ProbedPort::Https, node.https_port) else {
            open.push(format!("{}: not tested", node.name));
            continue;
        };
        let text = format!("{}: {}", node.name, describe(reached));
        let listens = view
            .report(&node.name)
            .is_some_and(|report| report.is_running || report.listened.get(&ProbedPort::Https) == Some(&true));
        match reached.answer {
            ConnectionOutcome::Token | ConnectionOutcome::Tls | ConnectionOutcome::Http => fine.push(text),
            ConnectionOutcome::Refused if !listens => open.push(format!("{text}, nothing listens on it yet")),
            _ => wrong.push(text),
        }
    }
    let result = if !wrong.is_empty() {
        one.failed(format!("{}.", wrong.join("; ")), required)
    } else if open.is_empty() {
        one.passed(format!("{}.", fine.join("; ")), required)
    } else {
        one.unknown(format!("{}.", open.join("; ")), required)
            .to_do("Run it while the probes of the nodes listen, or while IS runs.")
            .command(command)
    };
    vec![result]
}
