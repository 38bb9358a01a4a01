//! The cycles of a graph: its strongly connected components of more than one node.

use std::collections::BTreeMap;

/// The components with a cycle, each sorted, after Tarjan.
pub(crate) fn cycles<N: Clone + Ord>(edges: impl IntoIterator<Item = (N, N)>) -> Vec<Vec<N>> {
    let mut graph: BTreeMap<N, Vec<N>> = BTreeMap::new();
    for (from, to) in edges {
        graph.entry(to.clone()).or_default();
        graph.entry(from).or_default().push(to);
    }
    let mut search = Search { graph: &graph, found: BTreeMap::new(), stack: Vec::new(), cycles: Vec::new() };
    for node in graph.keys() {
        if !search.found.contains_key(node) {
            search.visit(node);
        }
    }
    search.cycles.sort();
    search.cycles
}

struct Search<'a, N> {
    graph: &'a BTreeMap<N, Vec<N>>,
    /// Nodes by the order in which they were found; the highest number for those whose component is known.
    found: BTreeMap<&'a N, usize>,
    stack: Vec<&'a N>,
    cycles: Vec<Vec<N>>,
}

impl<'a, N: Clone + Ord> Search<'a, N> {
    /// The earliest node that this one reaches, by its number.
    fn visit(&mut self, node: &'a N) -> usize {
        let number = self.found.len();
        self.found.insert(node, number);
        let start = self.stack.len();
        self.stack.push(node);
        let mut earliest = number;
        for next in self.graph.get(node).into_iter().flatten() {
            let reached = match self.found.get(next) {
                Some(reached) => *reached,
                None => self.visit(next),
            };
            earliest = earliest.min(reached);
        }
        if earliest == number {
            let mut component: Vec<N> = self.stack.drain(start..).cloned().collect();
            for member in self.graph.keys().filter(|member| component.contains(member)) {
                self.found.insert(member, usize::MAX);
            }
            component.sort();
            if component.len() > 1 {
                self.cycles.push(component);
            }
        }
        earliest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycles_of(edges: &str) -> Vec<String> {
        let edge = |edge: &str| (edge[..1].to_owned(), edge[1..].to_owned());
        cycles(edges.split(' ').map(edge)).into_iter().map(|cycle| cycle.concat()).collect()
    }

    #[test]
    fn a_graph_without_cycles_has_none() {
        assert!(cycles_of("ab ac bd cd ad de").is_empty());
        assert!(cycles_of("aa ab").is_empty());
    }

    #[test]
    fn cycles_are_found_once_with_all_their_nodes() {
        assert_eq!(cycles_of("ab ba"), ["ab"]);
        assert_eq!(cycles_of("ab bc ca cd de ed ef"), ["abc", "de"]);
        assert_eq!(cycles_of("ab bc cb cd db da"), ["abcd"]);
        assert_eq!(cycles_of("xa ab ca bc bx"), ["abcx"]);
    }
}
