//! LB-03 and LB-07: the load balancer's file lists each node once, with directives of its version and limits that
//! suffice for SAML responses and tokens.

use super::directives::{self, Directive};
use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, found};
use crate::sites::reported;
use crate::steps::{ClusterNode, LoadBalancer, LoadBalancerKind};
use crate::value::Value;

/// Minimum buffer for the header of one response, in bytes: a login redirect has many kilobytes.
const MIN_HEADER_BUFFER_BYTES: u64 = 64 << 10;
/// Minimum size limit of a request's body, in bytes.
const MIN_BODY_BYTES: u64 = 10 << 20;
/// Minimum timeout towards a node, in seconds.
const MIN_NODE_TIMEOUT_SECONDS: u64 = 60;
/// IS's HTTPS port before the offset.
const IS_HTTPS_PORT: u16 = 9443;

/// Audits the generated file of the load balancer.
#[must_use]
pub fn audit_load_balancer(text: &str, balancer: &LoadBalancer, nodes: &[ClusterNode]) -> Vec<Finding> {
    let is_nginx = balancer.kind == LoadBalancerKind::Nginx;
    let read = Directive::read(text, balancer.kind);
    let wrong = |check: CheckId, what: String| {
        let own = if is_nginx { "nginx -t" } else { "haproxy -c -f FILE" };
        let remedy =
            if check == CheckId::Lb03 { format!("Correct the line; {own} reports details.") } else { String::new() };
        found(check, FindingLocation::step(check.step()), format!("{}'s file: {what}", balancer.kind.label()), remedy)
    };
    let all = match read {
        Ok(all) => all,
        Err(what) => {
            let what = format!("{what}.");
            return vec![wrong(CheckId::Lb03, what)];
        }
    };
    let mut findings = Vec::new();
    for directive in &all {
        if let Some(why) = directives::incompatibility(directive, is_nginx, balancer.version) {
            let what = format!("line {}: {why}; the plan uses {}.", directive.line, balancer.version.text());
            findings.push(wrong(CheckId::Lb03, what));
        }
    }
    findings.extend(servers(&all, is_nginx, nodes).into_iter().map(|what| wrong(CheckId::Lb03, what)));
    let limits = if is_nginx { nginx_limits(&all) } else { haproxy_limits(&all) };
    findings.extend(limits.into_iter().map(|what| wrong(CheckId::Lb07, what)));
    findings
}

/// Nodes that are missing or listed twice, and servers that are not nodes.
fn servers(all: &[Directive], is_nginx: bool, nodes: &[ClusterNode]) -> Vec<String> {
    let (block, place) = if is_nginx { ("upstream", 0) } else { ("backend", 1) };
    let named: Vec<&str> = (all.iter())
        .filter(|directive| directive.name == "server" && directive.is_in(block))
        .map(|directive| directive.argument(place))
        .collect();
    let wanted: Vec<(String, &str)> = (nodes.iter())
        .filter_map(|node| {
            let port = IS_HTTPS_PORT.saturating_add(node.offset.get());
            Some((format!("{}:{port}", node.address()?), node.name.as_str()))
        })
        .collect();
    let mut wrong = Vec::new();
    for (address, name) in &wanted {
        match named.iter().filter(|named| **named == address).count() {
            1 => {}
            0 => wrong.push(reported(format!("node {name} ({address}) is missing."))),
            count => wrong.push(reported(format!("node {name} ({address}) is listed {count} times."))),
        }
    }
    let strangers = named.iter().filter(|named| !wanted.iter().any(|(address, _)| address == *named));
    wrong.extend(strangers.map(|stranger| reported(format!("{stranger} is not a node of the plan."))));
    wrong
}

fn nginx_limits(all: &[Directive]) -> Vec<String> {
    let last = |name: &str| all.iter().rfind(|directive| directive.name == name);
    let mut wrong = Vec::new();
    // Name, place of the value, minimum, NGINX's default if the line is missing.
    let sizes = [
        ("proxy_buffer_size", 0, MIN_HEADER_BUFFER_BYTES, 4 << 10),
        ("large_client_header_buffers", 1, MIN_HEADER_BUFFER_BYTES, 8 << 10),
        ("client_max_body_size", 0, MIN_BODY_BYTES, 1 << 20),
    ];
    for (name, place, least, usual) in sizes {
        let given = last(name).map_or(Some(usual), |directive| nginx_size(directive.argument(place)));
        // A body of size 0 means any.
        let is_any = name == "client_max_body_size" && given == Some(0);
        if !is_any && given.is_none_or(|given| given < least) {
            wrong.push(reported(format!("{name} is less than {} KB.", least >> 10)));
        }
    }
    for name in ["proxy_read_timeout", "proxy_send_timeout"] {
        let given = last(name).map_or(Some(MIN_NODE_TIMEOUT_SECONDS), |directive| seconds(directive.argument(0), 1000));
        if given.is_none_or(|given| given < MIN_NODE_TIMEOUT_SECONDS) {
            wrong.push(reported(format!("{name} is less than {MIN_NODE_TIMEOUT_SECONDS} s.")));
        }
    }
    wrong
}

fn haproxy_limits(all: &[Directive]) -> Vec<String> {
    let mut wrong = Vec::new();
    let buffer = all.iter().rfind(|directive| directive.name == "tune.bufsize");
    if buffer
        .and_then(|directive| directive.argument(0).parse::<u64>().ok())
        .is_none_or(|size| size < MIN_HEADER_BUFFER_BYTES)
    {
        wrong.push(reported(format!("tune.bufsize is less than {MIN_HEADER_BUFFER_BYTES}.")));
    }
    for which in ["client", "server"] {
        let given = all.iter().rfind(|directive| directive.name == "timeout" && directive.argument(0) == which);
        // HAProxy's default unit is the millisecond.
        let given = given.and_then(|directive| seconds(directive.argument(1), 1));
        if given.is_none_or(|given| given < MIN_NODE_TIMEOUT_SECONDS) {
            wrong.push(reported(format!("timeout {which} is less than {MIN_NODE_TIMEOUT_SECONDS} s, or missing.")));
        }
    }
    wrong
}

fn nginx_size(text: &str) -> Option<u64> {
    let text = text.to_ascii_lowercase();
    let (number, shift) = match text.strip_suffix('k') {
        Some(number) => (number, 10),
        None => text.strip_suffix('m').map_or((text.as_str(), 0), |number| (number, 20)),
    };
    number.parse::<u64>().ok()?.checked_shl(shift)
}

/// A time such as `5m`, `90s`, `500ms`; `unit` is the default unit, in milliseconds.
fn seconds(text: &str, unit: u64) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let milliseconds = match suffix {
        "" => unit,
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()?.saturating_mul(milliseconds) / 1000)
}
