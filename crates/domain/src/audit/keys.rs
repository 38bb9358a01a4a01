//! CL-02: keys the version does not read. IS ignores them without a message, so a misspelt key has no effect.

use std::sync::LazyLock;

use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::plan_file::edit_distance;
use crate::product::Version;

/// The keys each version reads; the comment at the top of the file describes the format.
const KNOWN_KEYS: &str = include_str!("../../data/known-keys.txt");

/// The versions that read a key, and the key.
type Line = (Vec<Version>, &'static str);

fn line(line: &'static str) -> Option<Line> {
    let (versions, key) = line.strip_prefix('[')?.split_once("] ")?;
    Some((Version::of_ranges(versions)?, key))
}

/// All keys, sorted. Unreadable lines are skipped; a test reads all lines.
fn known() -> &'static [Line] {
    static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| KNOWN_KEYS.lines().filter_map(line).collect());
    &LINES
}

pub(super) fn audit_unknown_keys(file: &DeploymentFile, version: Version) -> Vec<Finding> {
    let is_complete = version.facts().complete_key_list;
    let known: Vec<&str> = (known().iter())
        .filter(|(versions, _)| !is_complete || versions.contains(&version))
        .map(|(_, key)| *key)
        .collect();
    let reads = |key: &str| {
        known.binary_search(&key).is_ok()
            || key
                .match_indices('.')
                .any(|(dot, _)| known.binary_search(&format!("{}.*", &key[..dot]).as_str()).is_ok())
    };
    (file.values.keys())
        .filter(|key| !reads(key))
        .map(|key| {
            let near = known.iter().map(|candidate| (edit_distance(key, candidate), candidate)).min();
            let hint = match near {
                Some((edit_distance, candidate)) if edit_distance <= 3 => format!(" Did you mean {candidate}?"),
                _ => String::new(),
            };
            place_of_key(CheckId::Cl02, &file.node, &format!("IS {} does not read {key}.{hint}", version.value()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that packs read although WSO2's tables do not list them (docs/wso2.md).
    #[test]
    fn keys_that_only_running_packs_showed_are_known() {
        let uma = "event.default_listener.uma_introspection_data_provider";
        for (key, versions) in [
            (
                "continue_on_claim_handling_error".to_owned(),
                vec![Version::V6_0_0, Version::V6_1_0, Version::V7_0_0, Version::V7_1_0],
            ),
            (format!("{uma}.enable"), vec![Version::V6_0_0]),
            (format!("{uma}.priority"), vec![Version::V6_0_0]),
            ("scim2.enable_list_user_schemas".to_owned(), vec![Version::V7_1_0]),
        ] {
            let (read, _) = known().iter().find(|(_, known)| *known == key).unwrap();
            assert_eq!(*read, versions, "{key}");
        }
    }

    #[test]
    fn every_line_is_read_and_the_list_is_sorted_as_the_search_needs_it() {
        for text in KNOWN_KEYS.lines().filter(|line| !line.starts_with('#')) {
            assert!(line(text).is_some_and(|(versions, _)| !versions.is_empty()), "{text}");
        }
        let keys: Vec<&str> = known().iter().map(|(_, key)| *key).collect();
        assert!(keys.len() > 3000 && keys.is_sorted());
    }

    #[test]
    fn a_version_with_a_complete_list_has_keys_in_it() {
        for version in Version::ALL.iter().filter(|version| version.facts().complete_key_list) {
            let count = known().iter().filter(|(versions, _)| versions.contains(version)).count();
            assert!(count > 1000, "{}: known-keys.txt holds {count} keys", version.value());
        }
    }
}
