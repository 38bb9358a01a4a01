//! Results that node reports add to checks of another reach: the same question on the nodes. Without a report they add
//! nothing, except for LB-05, half of which only a node can decide.

use std::net::IpAddr;

use super::context::{NodeView, ReportContext, WithRemedy as _, join_with_commas, majority};
use super::network::database_reached;
use super::ports::{MAX_LATENCY_MS, describe};
use super::{ConnectionOutcome, FileState, ProbedPort, ReceivedReport};
use crate::check::{CheckId, CheckResult};
use crate::inputs::ReadableAnswers;
use crate::render_plan::ProbePlan;
use crate::rules::load_balancer::incompatibility;
use crate::value::Value as _;
use crate::values::{LdapUrl, LdapUrls, LoadBalancerVersion};

/// The results that the reports add to a check that is not of reach [`crate::check::Reach::Node`].
#[must_use]
pub fn supplement(id: CheckId, answers: &ReadableAnswers, reports: &[ReceivedReport]) -> Vec<CheckResult> {
    let Some(plan) = ProbePlan::of(answers) else {
        let is_assigned = answers.nodes.iter().flatten().any(|node| node.host.is_none());
        return if id == CheckId::Lb05 && is_assigned {
            vec![super::access_log::not_looked_up(id)]
        } else {
            Vec::new()
        };
    };
    let view = ReportContext::new(id, answers, &plan, reports);
    match id {
        CheckId::Db37 => view.nodes.iter().filter_map(|one| database_pace(&view, one)).collect(),
        CheckId::Us01 => view.nodes.iter().flat_map(|one| directory(&view, one)).collect(),
        CheckId::Lb04 => view.balancer.iter().filter_map(|one| balancer_version(&view, one)).collect(),
        CheckId::Lb05 => super::access_log::evaluate_client_address(&view),
        CheckId::Cl05 => view.nodes.iter().filter_map(own_address).collect(),
        CheckId::Cl07 => [key_stores(&view), symmetric_keys(&view)].concat(),
        _ => Vec::new(),
    }
}

/// DB-37: the round trip from each node to the database. DB-06 covers reachability.
fn database_pace(view: &ReportContext<'_>, one: &NodeView<'_>) -> Option<CheckResult> {
    let (host, port) = (&view.plan.database_host, view.plan.database_port);
    let milliseconds = database_reached(view, one)?.milliseconds?;
    let required = "a connection within 5 ms from every node";
    let what = format!("{host}:{port} answers in {milliseconds:.1} ms.");
    Some(if milliseconds > MAX_LATENCY_MS {
        one.warned(what, required)
            .to_do("Every login makes dozens of round trips. Place the database in the same network as the nodes.")
    } else {
        one.passed(what, required)
    })
}

/// LB-04: the version on the load balancer's machine, if reported, accepts the files for the entered version.
fn balancer_version(view: &ReportContext<'_>, one: &NodeView<'_>) -> Option<CheckResult> {
    let balancer = view.answers.load_balancer.as_ref()?;
    let program = balancer.kind.value();
    let found = LoadBalancerVersion::parse(one.report.balancers.get(program)?).ok()?;
    let required = format!("{program} accepts the files for {}", balancer.version.text());
    Some(match incompatibility(balancer, found) {
        Some(why) => one
            .failed(why, required)
            .to_do("Enter this version in the step Load balancer and download again, or install the newer version."),
        None => one.passed(format!("{program} {} is installed.", found.text()), required),
    })
}

/// US-01: each node reaches the directory. The login is not tested: the password stays on the server.
fn directory(view: &ReportContext<'_>, one: &NodeView<'_>) -> Vec<CheckResult> {
    let urls = view.answers.user_store.as_ref().and_then(|store| store.connection_url.as_ref());
    let servers = urls.into_iter().flat_map(LdapUrls::iter).enumerate();
    servers.map(|(at, url)| directory_server(view, one, &directory_name(at), url)).collect()
}

/// The name of a directory server in probe.sh: `directory`, `directory-2` and so on.
fn directory_name(at: usize) -> String {
    if at == 0 { "directory".to_owned() } else { format!("directory-{}", at + 1) }
}

fn directory_server(view: &ReportContext<'_>, one: &NodeView<'_>, name: &str, url: &LdapUrl) -> CheckResult {
    let required = format!("the directory at {}:{} answers every node", url.host, url.port);
    let is_its = one.report.directory.as_ref() == Some(&view.plan.directory);
    let Some(reached) = one.report.reach(name, ProbedPort::Service, url.port).filter(|_| is_its) else {
        return one
            .unknown(format!("no data about {}; its probe.sh may be for another directory.", url.host), required)
            .to_do("Run the current probe.sh on the node.");
    };
    let what = format!("{}: {}.", url.host, describe(reached));
    match reached.answer {
        ConnectionOutcome::Connected => one.passed(what, required),
        ConnectionOutcome::Unresolved => {
            one.failed(what, required).to_do("Add the name to DNS or to the hosts file of the node.")
        }
        ConnectionOutcome::Refused => {
            one.failed(what, required).to_do("Start the directory server, or correct host and port.")
        }
        _ => one.failed(what, required).to_do("Open the directory's port for this node in the firewall."),
    }
}

/// CL-05: the machine has the address that the node announces. Behind address translation it does not, although all is
/// well: so this warns.
fn own_address(one: &NodeView<'_>) -> Option<CheckResult> {
    let host = &one.node.host;
    let announced = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => one.report.names.get(host)?.clone()?,
    };
    let own: Vec<String> =
        one.report.addresses.iter().filter(|own| !own.is_loopback()).map(ToString::to_string).collect();
    // ND-01 covers names that resolve to the machine itself or not at all.
    if own.is_empty() || announced.is_empty() || announced.iter().any(IpAddr::is_loopback) {
        return None;
    }
    let required = "local_member_host is an address of the node itself";
    let has_it = announced.iter().any(|address| one.report.addresses.contains(address));
    let led = announced.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let what = if *host == led { led } else { format!("{host} resolves to {led}") };
    Some(if has_it {
        one.passed(format!("{what}, an address of the machine."), required)
    } else {
        one.warned(format!("{what}; the addresses of the machine are {}.", join_with_commas(&own, String::as_str)), required).to_do(
            "Correct the node's address, or run the probe on the correct machine. Accept this if a router translates the address.",
        )
    })
}

/// The remedy if the nodes have other keys than the bundle.
const DIFFERENT_KEYS_REMEDY: &str = "If this node ran with its keys, use them in the bundle: open an earlier bundle of the cluster in \
                          the wizard. If no node ran yet, run install.sh of this bundle with --replace-keys.";

/// CL-07: all nodes can decrypt each other's data. Only digests of the keys are known here.
fn symmetric_keys(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "one encryption key on all nodes";
    let all: Vec<&String> = view.nodes.iter().filter_map(|one| one.report.symmetric_key.as_ref()).collect();
    let evaluate_node = |one: &NodeView<'_>| {
        let own = one.report.symmetric_key.as_ref()?;
        let same = all.iter().filter(|other| **other == own).count();
        let place = "[encryption] key in deployment.toml";
        let bundle = one.report.bundle_symmetric_key.as_ref().filter(|_| !one.report.has_public_key);
        let is_others = bundle.is_some_and(|bundle| bundle != own);
        Some(match majority(&all) {
            _ if is_others => one
                .failed(format!("{place} differs from the bundle."), "the encryption key of the bundle")
                .to_do(DIFFERENT_KEYS_REMEDY),
            Some(usual) if *usual != own => one
                .failed(format!("{place} differs from other nodes."), required)
                .to_do("Use deployment.toml of one download on all nodes: each must decrypt what the others encrypt."),
            _ => one.passed(format!("{place} is the same on {same} of {} nodes.", view.plan.nodes.len()), required),
        })
    };
    view.nodes.iter().filter_map(evaluate_node).collect()
}

/// CL-07: the primary keystore is the same file on all nodes that have it.
fn key_stores(view: &ReportContext<'_>) -> Vec<CheckResult> {
    let required = "one primary keystore on all nodes";
    let is_others = |one: &NodeView<'_>| {
        one.report
            .files
            .iter()
            .any(|(path, state, _)| path.contains("/cluster-primary.") && *state == FileState::Differs)
    };
    let of = |one: &NodeView<'_>| -> Option<(String, String)> {
        let (path, _, digest) = one.report.files.iter().find(|(path, state, digest)| {
            path.contains("/cluster-primary.") && *state != FileState::Missing && digest != "-"
        })?;
        Some((path.clone(), digest.clone()))
    };
    let all: Vec<(String, String)> = view.nodes.iter().filter_map(of).collect();
    let evaluate_node = |one: &NodeView<'_>| {
        let own = of(one)?;
        let same = all.iter().filter(|other| **other == own).count();
        let path = &own.0;
        match majority(&all) {
            _ if is_others(one) => Some(
                one.failed(
                    format!("{path} contains another key than the bundle."),
                    "the primary keystore of the bundle",
                )
                .to_do(DIFFERENT_KEYS_REMEDY),
            ),
            Some(usual) if *usual != own => Some(
                one.failed(format!("{path} differs from other nodes."), required)
                    .to_do("Run install.sh of the same download on all nodes: it copies the keystore."),
            ),
            _ => {
                Some(one.passed(format!("{path} is the same on {same} of {} nodes.", view.plan.nodes.len()), required))
            }
        }
    };
    view.nodes.iter().filter_map(evaluate_node).collect()
}
