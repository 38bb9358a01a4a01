//! The stand-ins of a rehearsal, configured from the files of the nodes.

use std::sync::Arc;

use standin::{ClusterOptions, Faults, LogSink, NodeOptions};

use crate::log::{RehearsalLog, shortened};
use crate::node_fault::NodeFault;
use crate::node_files::NodeFiles;
use crate::plan_facts::PlanFacts;
use crate::{clustering, differences};

/// The stand-ins of the nodes, configured from their files.
pub(crate) fn stand_ins(
    nodes: &[NodeFiles],
    plan: &PlanFacts<'_>,
    injected: &[(String, NodeFault)],
    log: &RehearsalLog,
) -> ClusterOptions {
    let shows_port = plan.version.facts().issuer_shows_port;
    let differences = differences::differences(nodes, shows_port);
    let memberships: Vec<_> = nodes.iter().map(|node| node.membership.as_ref()).collect();
    let domains = clustering::domains(&memberships);
    let described = nodes.iter().zip(differences).zip(domains);
    let stand_ins: Vec<NodeOptions> = described
        .map(|((node, found), domain)| {
            let mut faults = found.faults;
            found.notes.iter().for_each(|note| log.write(&node.name, note));
            for (_, fault) in injected.iter().filter(|(name, _)| *name == node.name) {
                log.write(&node.name, &format!("Injected fault: {fault}, {}.", fault.simulates()));
                fault.inject(&mut faults);
            }
            stand_in(node, faults, domain, log)
        })
        .collect();
    let first = nodes.first();
    let hostname = first.map_or("", |node| node.hostname.as_str());
    let (username, password) = first.map_or(("", ""), |node| {
        let (username, password) = &node.super_admin;
        #[expect(clippy::disallowed_methods, reason = "the stand-ins have the super admin of the bundle")]
        let password = password.expose();
        (username.as_str(), password)
    });
    let mut options = ClusterOptions::new(plan.stand_in, hostname, username, password, stand_ins);
    #[expect(clippy::disallowed_methods, reason = "the stand-ins sign with the primary keystore of the bundle")]
    let signing_key = first.map(|node| node.primary.key_pem.expose().to_owned());
    options.signing_key_pem = signing_key;
    options
}

fn stand_in(node: &NodeFiles, faults: Faults, domain: Option<String>, log: &RehearsalLog) -> NodeOptions {
    #[expect(clippy::disallowed_methods, reason = "the stand-ins serve HTTPS with the keystores of the bundle")]
    let key = node.tls.key_pem.expose();
    let mut options = NodeOptions::new(&node.name, &node.tls.chain_pem, key);
    options.port_offset = node.offset;
    options.hostname = Some(node.hostname.clone());
    options.public_port = node.proxy_port;
    options.faults = faults;
    if let Some(domain) = domain {
        options.cluster_domain = domain;
    }
    let (name, log) = (node.name.clone(), log.clone());
    let sink: LogSink = Arc::new(move |line: &str| log.write(&name, &shortened(line)));
    options.log_sink = Some(sink);
    options
}
