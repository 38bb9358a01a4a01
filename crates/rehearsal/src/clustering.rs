//! Which nodes find each other: from clustering domains, membership schemes and member lists.

use crate::node_files::Membership;

/// The cluster of each node by the text in its log; `None` for a node without clustering. Nodes that find each other, also through
/// a third one, have the same text.
pub(crate) fn domains(nodes: &[Option<&Membership>]) -> Vec<Option<String>> {
    // The number of the cluster of each node, at first one for each.
    let mut clusters: Vec<usize> = (0..nodes.len()).collect();
    for (row, node) in nodes.iter().enumerate() {
        for (other, earlier) in nodes.iter().enumerate().take(row) {
            if let (Some(node), Some(earlier)) = (node, earlier)
                && find_each_other(node, earlier)
                && let (Some(&from), Some(&to)) = (clusters.get(row), clusters.get(other))
            {
                clusters.iter_mut().filter(|cluster| **cluster == from).for_each(|cluster| *cluster = to);
            }
        }
    }
    // The clusters of each domain, in the order of their first nodes: the first one has the plain name.
    let mut known: Vec<(&str, usize)> = Vec::new();
    let described = nodes.iter().zip(clusters).map(|(node, cluster)| {
        let domain = node.as_ref()?.domain.as_str();
        if !known.contains(&(domain, cluster)) {
            known.push((domain, cluster));
        }
        let place = known.iter().filter(|(other, _)| *other == domain).position(|(_, other)| *other == cluster);
        Some(match place.unwrap_or_default() {
            0 => domain.to_owned(),
            place => format!("{domain} (cluster {})", place + 1),
        })
    });
    described.collect()
}

/// Whether two nodes become members of one cluster. With well-known addressing it suffices that one of them knows the other: the
/// coordinator looks for further clusters at the addresses of its list.
fn find_each_other(one: &Membership, other: &Membership) -> bool {
    let knows = |from: &Membership, to: &Membership| from.scheme != "wka" || from.well_known.contains(&to.member);
    one.scheme == other.scheme && one.domain == other.domain && (knows(one, other) || knows(other, one))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u16, scheme: &str, domain: &str, knows: &[u16]) -> Membership {
        let address = |number: &u16| format!("10.0.0.{number}:4000");
        Membership {
            scheme: scheme.to_owned(),
            domain: domain.to_owned(),
            member: address(&number),
            well_known: knows.iter().map(address).collect(),
        }
    }

    fn domains_of(nodes: &[Membership]) -> Vec<String> {
        domains(&nodes.iter().map(Some).collect::<Vec<_>>()).into_iter().map(Option::unwrap).collect()
    }

    #[test]
    fn one_member_that_knows_another_suffices() {
        let chain = [member(1, "wka", "a", &[1]), member(2, "wka", "a", &[1]), member(3, "wka", "a", &[2])];
        assert_eq!(domains_of(&chain), ["a"; 3]);
        let later = [member(1, "wka", "a", &[2, 3]), member(2, "wka", "a", &[]), member(3, "wka", "a", &[])];
        assert_eq!(domains_of(&later), ["a"; 3]);
    }

    #[test]
    fn nodes_that_do_not_know_each_other_are_several_clusters() {
        let pairs = [
            member(1, "wka", "a", &[2]),
            member(2, "wka", "a", &[1]),
            member(3, "wka", "a", &[4]),
            member(4, "wka", "a", &[3]),
        ];
        assert_eq!(domains_of(&pairs), ["a", "a", "a (cluster 2)", "a (cluster 2)"]);
        let others = [member(1, "wka", "a", &[2]), member(2, "wka", "b", &[1]), member(3, "multicast", "a", &[])];
        assert_eq!(domains_of(&others), ["a", "b", "a (cluster 2)"]);
    }

    #[test]
    fn other_schemes_need_no_list_and_nodes_without_clustering_have_no_cluster() {
        let [one, other] = [member(1, "multicast", "a", &[]), member(2, "multicast", "a", &[])];
        assert_eq!(domains(&[Some(&one), None, Some(&other)]), [Some("a".to_owned()), None, Some("a".to_owned())]);
    }
}
