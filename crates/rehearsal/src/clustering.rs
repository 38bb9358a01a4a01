//! Which nodes find each other: from clustering domains, membership schemes and member lists.

use crate::node_files::{Membership, NodeFiles};

/// The cluster of each node by the text in its log; `None` for a node without clustering. Nodes that find each other, also through
/// a third one, have the same text.
pub(crate) fn domains(nodes: &[NodeFiles]) -> Vec<Option<String>> {
    let mut groups: Vec<usize> = (0..nodes.len()).collect();
    for (row, node) in nodes.iter().enumerate() {
        for (other, earlier) in nodes.iter().enumerate().take(row) {
            if let (Some(node), Some(earlier)) = (&node.membership, &earlier.membership)
                && find_each_other(node, earlier)
                && let (Some(&from), Some(&to)) = (groups.get(row), groups.get(other))
            {
                groups.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
            }
        }
    }
    let mut numbers: Vec<usize> = Vec::new();
    let described = nodes.iter().zip(groups).map(|(node, group)| {
        let membership = node.membership.as_ref()?;
        let place = numbers.iter().position(|number| *number == group).unwrap_or_else(|| {
            numbers.push(group);
            numbers.len() - 1
        });
        // The first cluster has the plain name.
        Some(if place == 0 {
            membership.domain.clone()
        } else {
            format!("{} (cluster {})", membership.domain, place + 1)
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
