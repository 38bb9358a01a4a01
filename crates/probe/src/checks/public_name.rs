//! LB-01: the public name leads to the load balancer. Nothing is dialled.

use std::net::IpAddr;

use domain::inputs::Answers;
use domain::steps::LoadBalancer;

use crate::address::LookupError;
use crate::fault::Verdict;
use crate::shared::Shared;

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![match &shared.answers().load_balancer {
        Some(load_balancer) => look(shared, load_balancer).await,
        None => Verdict::incomplete("Load balancer", "the hostname is missing or cannot be read"),
    }]
}

async fn look(shared: &Shared, load_balancer: &LoadBalancer) -> Verdict {
    let hostname = load_balancer.hostname.as_str();
    let given = load_balancer.address.as_ref().map(|address| address.as_str());
    let (found, expected) = tokio::join!(shared.names.addresses(hostname), async {
        match given {
            Some(host) => shared.names.addresses(host).await.map(Some),
            None => Ok(None),
        }
    });
    let required = match (&expected, given) {
        (Ok(Some(addresses)), _) => format!("{hostname} leads to {}", list(addresses)),
        (_, Some(host)) => format!("{hostname} leads to {host}"),
        (_, None) => format!("{hostname} resolves"),
    };
    let line = |verdict: Verdict| match hosts_address(&expected, shared.answers()) {
        Some(address) => verdict.command(format!("echo '{address} {hostname}' | sudo tee -a /etc/hosts")),
        None => verdict,
    };
    let found = match found {
        Ok(found) => found,
        Err(error @ LookupError::NoAnswer) => {
            return Verdict::could_not_check(format!("{hostname} {error}"), required)
                .remedy("Check this machine's DNS settings.");
        }
        Err(error @ LookupError::NoSuchName) => {
            let verdict = Verdict::failed(format!("{hostname} {error}"), required);
            return line(verdict.remedy(
                "Add the hostname to DNS with the load balancer's address, or to the hosts file of every client and of this \
                 machine:",
            ));
        }
    };
    let current = format!("{hostname} leads to {}", list(&found));
    match expected {
        Ok(None) => Verdict::passed(current, required),
        Ok(Some(expected)) if found.iter().all(|address| expected.contains(address)) => Verdict::passed(current, required),
        Ok(Some(expected)) if found.iter().any(|address| expected.contains(address)) => Verdict::warned(current, required)
            .remedy("Some clients reach another machine: remove the other addresses from DNS, or give them to load balancers too."),
        Ok(Some(_)) => line(Verdict::failed(current, required).remedy(
            "Correct the DNS entry or the load balancer's address, or add the line to the hosts file of every client:",
        )),
        Err(error) => Verdict::could_not_check(format!("the load balancer's address {} {error}", given.unwrap_or_default()), required)
            .remedy("Correct the load balancer's address."),
    }
}

fn list(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The address for a hosts line: the load balancer's, or loopback when the whole cluster is on one machine.
fn hosts_address(expected: &Result<Option<Vec<IpAddr>>, LookupError>, answers: &Answers) -> Option<String> {
    match expected {
        Ok(Some(addresses)) => addresses.first().map(ToString::to_string),
        Ok(None) => {
            let nodes = answers.nodes.as_ref()?;
            nodes.iter().all(domain::steps::Node::is_loopback).then(|| "127.0.0.1".to_owned())
        }
        Err(_) => None,
    }
}
