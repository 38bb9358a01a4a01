//! What is wrong with nodes according to their files, compared with those of the first node: the faults of the stand-ins, each with
//! a line for the log.

use standin::Faults;

use crate::node_files::{NodeFiles, SharedDatabase};

/// The faults of one node.
pub(crate) struct NodeDifferences {
    pub(crate) faults: Faults,
    /// One sentence for each, for the log.
    pub(crate) notes: Vec<String>,
}

/// Compares each node with the first one. `shows_port` states whether this version of IS adds the port of `base_path` to URLs.
pub(crate) fn differences(nodes: &[NodeFiles], shows_port: bool) -> Vec<NodeDifferences> {
    nodes.iter().map(|node| of_node(node, nodes, shows_port)).collect()
}

fn of_node(node: &NodeFiles, nodes: &[NodeFiles], shows_port: bool) -> NodeDifferences {
    let mut found = NodeDifferences { faults: Faults::default(), notes: Vec::new() };
    let NodeDifferences { faults, notes } = &mut found;
    let mut report = |fault: &mut bool, is_present: bool, note: &str| {
        *fault = is_present;
        if is_present {
            notes.push(format!("deployment.toml: {note}"));
        }
    };
    let first = nodes.first().unwrap_or(node);
    report(&mut faults.clustering_off, node.membership.is_none(), "clustering is off.");
    let is_other = match (&node.encryption_key, &first.encryption_key) {
        (Some(own), Some(other)) => !own.is_same(other),
        (own, other) => own.is_some() != other.is_some(),
    };
    report(
        &mut faults.other_symmetric_key,
        is_other,
        &format!("the encryption key differs from that of {}.", first.name),
    );
    let is_other = node.primary.fingerprint != first.primary.fingerprint;
    report(
        &mut faults.other_key_store,
        is_other,
        &format!("the primary keystore differs from that of {}.", first.name),
    );
    let all = || nodes.iter().flat_map(|node| &node.databases);
    let alone = node.databases.iter().find(|database| !is_shared(database, all()));
    let what = alone.map_or_else(String::new, |database| match &database.url {
        None => format!("{} is the node's H2 database.", database.key),
        Some(_) => format!("{} has another URL than on the other nodes.", database.key),
    });
    report(&mut faults.own_database, alone.is_some(), &what);
    report(&mut faults.no_proxy_port, node.proxy_port.is_none(), "proxyPort is missing.");
    report(&mut faults.health_disabled, !node.has_health_check, "the health check is off.");
    let is_shown = shows_port && node.has_port_in_base_path;
    report(&mut faults.issuer_with_443, is_shown, "base_path adds the port to the issuer.");
    found
}

/// Whether a database is the one that the cluster uses: that of the first node which does not use H2.
fn is_shared<'a>(database: &SharedDatabase, all: impl IntoIterator<Item = &'a SharedDatabase>) -> bool {
    let shared = all.into_iter().find(|other| other.key == database.key && other.url.is_some());
    database.url.is_some() && shared == Some(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_the_cluster_is_the_first_that_is_not_h2() {
        let database = |key, url: Option<&str>| SharedDatabase { key, url: url.map(str::to_owned) };
        let h2 = database("identity_db", None);
        let [mysql, other] = ["jdbc:mysql://a", "jdbc:mysql://b"].map(|url| database("identity_db", Some(url)));
        let of_another_kind = database("shared_db", Some("jdbc:mysql://c"));
        let all = [&of_another_kind, &h2, &mysql, &other];
        assert_eq!(all.map(|database| is_shared(database, all)), [true, false, true, false]);
        assert!(!is_shared(&h2, [&h2, &h2]), "each node has an H2 of its own");
    }
}
