//! deployment.toml: a TOML parser accepts it, its version reads every key of it, and nodes differ only where they must.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use domain::audit::{ExpectedNode, audit};
use domain::finding::Severity;
use domain::product::Version;
use domain::value::Value as _;
use serde_json::Value as Json;
use toml::Value;

use crate::scenario::{SCENARIOS, Scenario, scenario};
use crate::world::{Unpacked, shared};

const DEPLOYMENT: &str = "repository/conf/deployment.toml";

/// Every value by its dotted key.
pub(crate) fn flat(text: &str) -> BTreeMap<String, Value> {
    fn walk(table: &toml::Table, prefix: &str, keys: &mut BTreeMap<String, Value>) {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                Value::Table(inner) => walk(inner, &key, keys),
                other => drop(keys.insert(key, other.clone())),
            }
        }
    }
    let mut keys = BTreeMap::new();
    walk(&text.parse::<toml::Table>().unwrap_or_else(|error| panic!("{error}\n{text}")), "", &mut keys);
    keys
}

#[test]
fn every_file_parses_and_has_each_table_once() {
    for scenario in SCENARIOS.iter() {
        for (path, text) in Unpacked::of(scenario).ending(DEPLOYMENT) {
            flat(text);
            let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
            let once: BTreeSet<&str> = headers.iter().copied().collect();
            assert_eq!(headers.len(), once.len(), "{} {path}", scenario.name);
            // config-mapper's TOML parser (cava-toml 0.5.0) reads TOML 0.5: no mixed arrays, no new escapes.
            assert!(!text.contains("\\e") && !text.contains("\\x"), "{path}");
        }
    }
}

#[test]
fn nodes_differ_only_where_they_must() {
    let own = ["server.offset", "server.node_ip", "clustering.local_member_host", "clustering.local_member_port"];
    for scenario in SCENARIOS.iter() {
        let bundle = Unpacked::of(scenario);
        let files: Vec<_> = bundle.ending(DEPLOYMENT).map(|(_, text)| flat(text)).collect();
        for file in &files {
            for (key, value) in file {
                let same = files[0].get(key) == Some(value);
                assert!(same || own.contains(&key.as_str()), "{}: {key}", scenario.name);
            }
            assert_eq!(file.len(), files[0].len());
        }
    }
}

#[test]
fn our_own_audit_finds_nothing() {
    for scenario in SCENARIOS.iter() {
        let (plan, bundle) = (scenario.plan(), Unpacked::of(scenario));
        let files: Vec<(String, String)> = (plan.nodes.iter())
            .map(|node| (node.name.clone(), bundle.text(&format!("nodes/{}/{DEPLOYMENT}", node.name)).to_owned()))
            .collect();
        let nodes: Vec<ExpectedNode> = (plan.nodes.iter())
            .map(|node| ExpectedNode {
                name: node.name.clone(),
                host: node.host.clone(),
                hazelcast_port: node.hazelcast_port,
            })
            .collect();
        let found = audit(&files, Version::parse(&plan.product.version).unwrap(), &nodes);
        let serious: Vec<_> = found.iter().filter(|finding| finding.severity != Severity::Notes).collect();
        assert!(serious.is_empty(), "{}: {serious:#?}", scenario.name);
    }
}

/// The keys one version reads, from WSO2's own tables.
struct KnownKeys {
    complete: bool,
    exact: BTreeSet<String>,
    maps: Vec<String>,
    renamed: BTreeMap<String, String>,
}

impl KnownKeys {
    fn of(shared: &Path, version: &str) -> Self {
        let json = |file: String| -> Json { serde_json::from_slice(&fs::read(shared.join(file)).unwrap()).unwrap() };
        let texts = |list: &Json| -> Vec<String> {
            list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let keys = json(format!("keys/{version}.json"));
        let mut exact: BTreeSet<String> = texts(&keys["read_exactly"]).into_iter().collect();
        for table in ["default", "infer", "validator"] {
            let table = json(format!("conf/{version}/{table}.json"));
            exact.extend(table.as_object().unwrap().keys().cloned());
            // Keys that another value refers to are read too.
            let text = table.to_string();
            exact.extend(
                text.split("$ref{").skip(1).filter_map(|rest| rest.split_once('}')).map(|(key, _)| key.to_owned()),
            );
        }
        let stock = fs::read_to_string(shared.join(format!("conf/{version}/deployment.toml"))).unwrap();
        exact.extend(flat(&stock).into_keys());
        let renamed = json(format!("conf/{version}/key-mappings.json"));
        let renamed = renamed.as_object().unwrap().iter();
        Self {
            complete: keys["complete"].as_bool().unwrap(),
            exact,
            maps: texts(&keys["read_as_a_map"]),
            renamed: renamed.filter_map(|(from, to)| Some((from.clone(), to.as_str()?.to_owned()))).collect(),
        }
    }

    fn reads(&self, key: &str) -> bool {
        let key = self.renamed.get(key).map_or(key, String::as_str);
        // `$1` in `database.$1.type` matches any name.
        let is_exact = |known: &String| {
            known == key
                || (known.contains("$1")
                    && known.split('.').count() == key.split('.').count()
                    && known.split('.').zip(key.split('.')).all(|(known, part)| known == part || known == "$1"))
        };
        self.exact.iter().any(is_exact) || self.maps.iter().any(|map| key.starts_with(&format!("{map}.")))
    }
}

#[test]
fn every_key_is_one_its_version_reads() {
    let Some(shared) = shared() else { return };
    let versions: BTreeMap<&str, KnownKeys> =
        Version::ALL.iter().map(|version| (version.value(), KnownKeys::of(&shared, version.value()))).collect();
    let complete = |key: &str| versions.values().any(|known| known.complete && known.reads(key));
    let mut unread = Vec::new();
    for scenario in SCENARIOS.iter() {
        let version = scenario.draft.text("product.version");
        let known = &versions[version];
        for (path, text) in Unpacked::of(scenario).ending(DEPLOYMENT) {
            for key in flat(text).into_keys() {
                // If a version's table is incomplete, a key in a complete table of another version counts as read.
                if !known.reads(&key) && (known.complete || !complete(&key)) {
                    unread.push(format!("{version} does not read {key} ({} {path})", scenario.name));
                }
            }
        }
    }
    assert!(unread.is_empty(), "{}", unread.join("\n"));
}

#[test]
fn a_misspelt_key_would_be_found() {
    let Some(shared) = shared() else { return };
    let known = KnownKeys::of(&shared, "7.2.0");
    for key in ["cluster.domain", "transport.https.proxyPort", "server.proxy_port", "carbon_health_check.enabled"] {
        assert!(!known.reads(key), "{key}");
    }
    assert!(known.reads("transport.https.properties.proxyPort") && known.reads("user_store.connection_url"));
}

/// Booleans must be typed: templates test `is sameas true`, which is false for a text.
#[test]
fn flags_and_numbers_are_no_texts() {
    for scenario in SCENARIOS.iter() {
        for (path, text) in Unpacked::of(scenario).ending(DEPLOYMENT) {
            for (key, value) in flat(text) {
                let text = value.as_str().unwrap_or_default();
                // Hazelcast's Kubernetes scheme reads its parameters as text.
                let is_parameter = key.starts_with("clustering.properties.");
                assert!(is_parameter || !["true", "false"].contains(&text), "{path}: {key}");
            }
        }
    }
}

/// The entries of a directory do not use WSO2's own schema, which is what IS infers.
#[test]
fn a_directory_gets_its_own_classes_attributes_and_filters() {
    let store = |scenario: Scenario| -> BTreeMap<String, String> {
        let bundle = Unpacked::of(&scenario);
        let (_, text) = bundle.ending("deployment.toml").next().unwrap();
        let keys = flat(text).into_iter().filter_map(|(key, value)| {
            Some((key.strip_prefix("user_store.")?.to_owned(), value.as_str().map_or(value.to_string(), str::to_owned)))
        });
        keys.collect()
    };
    let stock = store(scenario("provided-ad-7.1"));
    for (key, text) in [
        ("type", "active_directory_unique_id"),
        ("user_search_base", "cn=Users,dc=example"),
        ("group_search_base", "cn=Users,dc=example"),
        ("user_name_attribute", "cn"),
        ("user_name_search_filter", "(&amp;(objectClass=user)(cn=?))"),
        ("user_entry_object_class", "user"),
        ("group_name_search_filter", "(&amp;(objectClass=group)(cn=?))"),
        ("group_name_list_filter", "(objectClass=group)"),
        ("group_entry_object_class", "group"),
        ("scim_enabled", "true"),
    ] {
        assert_eq!(stock.get(key).map(String::as_str), Some(text), "{key}");
    }
    let named = store(scenario("ad-kubernetes-6.0"));
    assert_eq!(named["user_name_search_filter"], "(&amp;(objectClass=user)(sAMAccountName=?))");
    assert_eq!(named["group_search_base"], "ou=teams,dc=corp,dc=example,dc=com");
    let plain = store(
        scenario("macos-ldap-multicast-5.10")
            .with("user_store.user_object_class", "inetOrgPerson")
            .with("user_store.user_id_attribute", "entryUUID"),
    );
    assert_eq!(plain["user_entry_object_class"], "inetOrgPerson");
    assert_eq!((&*plain["user_id_attribute"], &*plain["immutable_attributes"]), ("entryUUID", "entryUUID"));
    assert!(!plain.contains_key("scim_enabled"));
}
