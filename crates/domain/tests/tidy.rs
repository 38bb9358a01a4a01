//! Rules about the sources of the product that the compiler does not enforce.

use std::collections::BTreeSet;

use domain::product::Version;
use domain::steps;
use testbed::sources::{Source, production};

/// The lines for which `is_wrong` finds something, as `path:line: line`.
fn places(is_excepted: impl Fn(&str) -> bool, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for Source { path, code } in production().iter().filter(|source| !is_excepted(&source.path)) {
        for (number, line) in code.lines().enumerate().filter(|(_, line)| is_wrong(line)) {
            places.push(format!("{path}:{}: {}", number + 1, line.trim()));
        }
    }
    places
}

/// The texts in quotes on a line.
fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

#[test]
fn no_code_but_the_declarations_writes_the_key_of_a_setting() {
    let mut keys: BTreeSet<&str> = steps::all().map(|setting| setting.key).collect();
    keys.insert(steps::keys::NODES);
    // deployment.toml has keys of the same name: the audit reads them, and secrets are written to one.
    let is_excepted = |path: &str| {
        path.starts_with("crates/domain/src/steps/")
            || path.starts_with("crates/domain/src/audit/")
            || path == "crates/domain/src/draft.rs"
    };
    let is_of_deployment = |line: &str| line.contains("Self::ConnectionPassword => Some(\"user_store.");
    let found = places(is_excepted, |line| literals(line).any(|text| keys.contains(text)) && !is_of_deployment(line));
    assert!(found.is_empty(), "Name these settings by domain::steps::keys:\n{}", found.join("\n"));
}

#[test]
fn only_the_table_of_versions_names_a_version() {
    let names: Vec<String> = Version::ALL.iter().map(|version| format!("Version::{version:?}")).collect();
    let is_table = |path: &str| path == "crates/domain/src/product.rs";
    let found = places(is_table, |line| names.iter().any(|name| line.contains(name)));
    assert!(found.is_empty(), "Make what differs a fact of the version in product.rs:\n{}", found.join("\n"));
}
