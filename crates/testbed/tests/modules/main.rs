//! No module of a crate refers to one that refers back to it: the import to move is named. Cycles that are older than
//! this test are listed in `allowed_cycles.txt`, by their edges; the list must be exact, so that it only shrinks.

mod cycles;
mod references;
mod syntax;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use cycles::cycles;
use references::{ModulePath, References, Site, references};
use testbed::sources;

const ALLOWED: &str = include_str!("allowed_cycles.txt");

/// How many places of one edge are printed.
const MAX_SITES: usize = 4;

/// The edges within cycles, as `from -> to`, with what to print of each.
fn edges_of_cycles(references: &References) -> BTreeMap<String, String> {
    let cycles: Vec<Vec<ModulePath>> = cycles(references.keys().cloned());
    let mut edges = BTreeMap::new();
    for ((from, to), sites) in references {
        if cycles.iter().any(|cycle| cycle.contains(from) && cycle.contains(to)) {
            let (from, to) = (from.join("::"), to.join("::"));
            let mut described: Vec<String> = sites.iter().take(MAX_SITES).map(describe).collect();
            if sites.len() > MAX_SITES {
                described.push(format!("{} more", sites.len() - MAX_SITES));
            }
            edges.insert(format!("{from} -> {to}"), described.join(", "));
        }
    }
    edges
}

fn describe(site: &Site) -> String {
    format!("{}:{} ({})", site.file, site.line, site.path)
}

/// What differs between the cycles of the sources and the list.
fn differences(references: &References, allowed: &str) -> Vec<String> {
    let allowed: BTreeSet<&str> = allowed.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let edges = edges_of_cycles(references);
    let listed = |edge: &str| allowed.contains(edge);
    let mut differences = Vec::new();
    for cycle in cycles(references.keys().cloned()) {
        let names: BTreeSet<String> = cycle.iter().map(|module| module.join("::")).collect();
        let is_within =
            |edge: &str| edge.split_once(" -> ").is_some_and(|(from, to)| names.contains(from) && names.contains(to));
        let within = || edges.iter().filter(|(edge, _)| is_within(edge));
        if within().any(|(edge, _)| !listed(edge)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            differences.push(format!("These modules refer to each other: {}", names.join(", ")));
            for (edge, sites) in within() {
                let marker = if listed(edge) { "listed" } else { "new" };
                differences.push(format!("  {edge} ({marker}): {sites}"));
            }
        }
    }
    let stale = allowed.iter().filter(|edge| !edges.contains_key(**edge));
    differences.extend(stale.map(|edge| format!("No cycle any more, remove it from allowed_cycles.txt: {edge}")));
    differences
}

#[test]
fn modules_refer_to_each_other_in_one_direction() {
    let differences = differences(&references(&sources::workspace()), ALLOWED);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[cfg(test)]
mod tests {
    use testbed::sources::Source;

    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> References {
        let source =
            |(name, code): &(&str, &str)| Source { path: format!("app/src/{name}.rs"), code: (*code).to_owned() };
        references(&files.iter().map(source).collect::<Vec<_>>())
    }

    #[test]
    fn a_cycle_is_reported_with_every_edge_and_its_import() {
        let references = crate_of(&[
            ("lib", "mod a;\nmod b;\nmod d;\n"),
            ("a", "use crate::b::B;\nstruct A;\n"),
            ("b", "struct B;\n\nfn b() { super::d::D }\n"),
            ("d", "use super::{a::A, b::B};\nstruct D;\n"),
        ]);
        assert_eq!(
            differences(&references, "# why\n\napp::b -> app::d\n"),
            [
                "These modules refer to each other: app::a, app::b, app::d",
                "  app::a -> app::b (new): app/src/a.rs:1 (crate::b::B)",
                "  app::b -> app::d (listed): app/src/b.rs:3 (super::d::D)",
                "  app::d -> app::a (new): app/src/d.rs:1 (super::a::A)",
                "  app::d -> app::b (new): app/src/d.rs:1 (super::b::B)",
            ]
        );
        assert!(
            differences(&references, "app::a -> app::b\napp::b -> app::d\napp::d -> app::a\napp::d -> app::b")
                .is_empty()
        );
    }

    #[test]
    fn references_in_one_direction_are_no_cycle_and_the_list_is_exact() {
        let references = crate_of(&[("lib", "mod a;\nmod b;\n"), ("a", "use crate::b::B;\n"), ("b", "struct B;\n")]);
        assert!(differences(&references, "").is_empty());
        assert_eq!(
            differences(&references, "app::a -> app::b\n"),
            ["No cycle any more, remove it from allowed_cycles.txt: app::a -> app::b"]
        );
    }
}
