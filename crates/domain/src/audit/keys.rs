//! CL-02: keys the version does not read. IS ignores them without a word, so a typing error just does nothing.

use super::{DeploymentFile, place_of_key};
use crate::check::CheckId;
use crate::finding::Finding;
use crate::plan_file::edit_distance;
use crate::product::Version;

/// The keys each version reads; see the head of the file.
const KNOWN_KEYS: &str = include_str!("../../data/known-keys.txt");

/// Versions whose list is whole (from complete packs). For the others a key that any version reads is taken as known.
const COMPLETE_VERSIONS: [Version; 3] = [Version::V6_1_0, Version::V7_1_0, Version::V7_2_0];

fn known() -> impl Iterator<Item = (u8, &'static str)> {
    KNOWN_KEYS.lines().filter_map(|line| {
        let (versions, key) = line.split_once(' ')?;
        Some((u8::from_str_radix(versions, 16).ok()?, key))
    })
}

fn version_bit(version: Version) -> u8 {
    let place = Version::ALL.iter().position(|known| *known == version).unwrap_or_default();
    1u8.checked_shl(u32::try_from(place).unwrap_or_default()).unwrap_or_default()
}

pub(super) fn audit_unknown_keys(file: &DeploymentFile, version: Version) -> Vec<Finding> {
    let asked = if COMPLETE_VERSIONS.contains(&version) { version_bit(version) } else { u8::MAX };
    let known: Vec<&str> = known().filter(|(versions, _)| versions & asked != 0).map(|(_, key)| key).collect();
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

    /// Keys that real packs read and WSO2's own tables do not tell (docs/wso2.md).
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
            let (bits, _) = known().find(|(_, known)| *known == key).unwrap();
            let read: Vec<Version> =
                Version::ALL.iter().copied().filter(|version| bits & version_bit(*version) != 0).collect();
            assert_eq!(read, versions, "{key}");
        }
    }

    #[test]
    fn the_list_is_sorted_as_the_search_needs_it() {
        let keys: Vec<&str> = known().map(|(_, key)| key).collect();
        assert!(keys.len() > 3000 && keys.is_sorted());
    }
}
