//! LB-01: the hostname resolves to the load balancer. No connection is opened.

use std::net::IpAddr;

use domain::inputs::ReadableAnswers;
use domain::steps::LoadBalancer;

use crate::address::LookupError;
use crate::facts::Facts;
use crate::fault::Verdict;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![match &facts.answers().load_balancer {
        Some(load_balancer) => evaluate(facts, load_balancer).await,
        None => Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read"),
    }]
}

async fn evaluate(facts: &Facts, load_balancer: &LoadBalancer) -> Verdict {
    let hostname = load_balancer.hostname.as_str();
    let given = load_balancer.address.as_ref().map(|address| address.as_str());
    let (found, expected) = tokio::join!(facts.names.addresses(hostname), async {
        match given {
            Some(host) => facts.names.addresses(host).await.map(Some),
            None => Ok(None),
        }
    });
    let required = match (&expected, given) {
        (Ok(Some(addresses)), _) => format!("{hostname} resolves to {}.", list(addresses)),
        (_, Some(host)) => format!("{hostname} resolves to {host}."),
        (_, None) => format!("{hostname} resolves."),
    };
    // A sentence without its end: a command follows where the address is known.
    let with_hosts_entry = |verdict: Verdict, remedy: &str| match hosts_address(&expected, facts.answers()) {
        Some(address) => verdict
            .remedy(format!("{remedy}:"))
            .command(format!("echo '{address} {hostname}' | sudo tee -a /etc/hosts")),
        None => verdict.remedy(format!("{remedy}.")),
    };
    let found = match found {
        Ok(found) => found,
        Err(error @ LookupError::NoAnswer) => {
            return Verdict::skipped(format!("{hostname} {error}."), required)
                .remedy("Check the DNS settings of this server.");
        }
        Err(error @ LookupError::NoSuchName) => {
            let verdict = Verdict::failed(format!("{hostname} {error}."), required);
            let remedy = "Add the hostname to DNS with the address of the load balancer, or to the hosts file of every client and of this server";
            return with_hosts_entry(verdict, remedy);
        }
    };
    let current = format!("{hostname} resolves to {}.", list(&found));
    match expected {
        Ok(None) => Verdict::passed(current, required),
        Ok(Some(expected)) if found.iter().all(|address| expected.contains(address)) => {
            Verdict::passed(current, required)
        }
        Ok(Some(expected)) if found.iter().any(|address| expected.contains(address)) => Verdict::warned(
            current, required,
        )
        .remedy(
            "Some clients reach another host. Remove the other addresses from DNS, or assign them to load balancers.",
        ),
        Ok(Some(_)) => with_hosts_entry(
            Verdict::failed(current, required),
            "Correct the DNS entry or the address of the load balancer, or add its address to the hosts file of every client",
        ),
        Err(error) => {
            Verdict::skipped(format!("The load balancer address {} {error}.", given.unwrap_or_default()), required)
                .remedy("Correct the address of the load balancer.")
        }
    }
}

fn list(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The address for a hosts entry: that of the load balancer, or loopback if the whole cluster is on one machine.
fn hosts_address(expected: &Result<Option<Vec<IpAddr>>, LookupError>, answers: &ReadableAnswers) -> Option<String> {
    match expected {
        Ok(Some(addresses)) => addresses.first().map(ToString::to_string),
        Ok(None) => {
            let nodes = answers.nodes.as_ref()?;
            nodes.iter().all(domain::steps::ClusterNode::is_loopback).then(|| "127.0.0.1".to_owned())
        }
        Err(_) => None,
    }
}
