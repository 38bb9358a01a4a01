//! No setting is dead (ARCHITECTURE, I4): if its two examples are swapped, a byte of some bundle changes.

use domain::setting::Setting;
use domain::step::Step;
use domain::steps::{node_settings, settings};
use domain::value::Control;
use render::preview;

use crate::scenario::{SCENARIOS, Scenario};
use crate::world::Unpacked;

/// The files of a plan, without the plan itself, which repeats every answer.
fn files(scenario: &Scenario) -> Option<Vec<(String, Option<String>)>> {
    let plan = scenario.try_plan().ok()?;
    let shown = preview(&plan).unwrap();
    let files = shown.into_iter().filter(|file| file.path != "plan.toml");
    Some(files.map(|file| (file.path, file.content.0)).collect())
}

fn with(scenario: &Scenario, setting: &Setting, row: Option<usize>, text: &str) -> Scenario {
    let mut scenario = scenario.clone();
    match row {
        Some(row) => drop(scenario.draft.nodes[row].insert(setting.name.to_owned(), text.to_owned())),
        None if setting.control.is_secret() => scenario.secret(setting.key, text),
        None => scenario.draft.set(setting.key, text),
    }
    scenario
}

/// Whether the two examples give different bundles in some scenario that shows the setting.
fn lives(setting: &Setting, row: Option<usize>) -> bool {
    SCENARIOS.iter().filter(|scenario| (setting.shown)(&scenario.draft)).any(|scenario| {
        let [one, other] = setting.examples.map(|example| with(scenario, setting, row, example));
        if setting.control.is_secret() {
            // The preview contains no secret; the bundle does.
            return one.try_plan().is_ok()
                && other.try_plan().is_ok()
                && Unpacked::of(&one).0 != Unpacked::of(&other).0;
        }
        matches!((files(&one), files(&other)), (Some(one), Some(other)) if one != other)
    })
}

#[test]
fn every_setting_changes_some_byte_of_some_bundle() {
    // Their examples are not real PEM, which the rules detect; a test below shows that a provided PEM is used.
    let real = ["load_balancer.provided_certificate", "load_balancer.provided_key"];
    // It decides whether keys may be created, so every bundle's plan contains "running" and no other file differs: two
    // downloads of a plan have the same bytes.
    let of_keys = ["product.cluster"];
    let mut dead = Vec::new();
    for step in Step::ALL {
        for setting in settings(step) {
            let is_apart = [&real[..], &of_keys].concat().contains(&setting.key);
            if !is_apart && setting.control != Control::Pem && !lives(setting, None) {
                dead.push(setting.key);
            }
        }
    }
    for setting in node_settings() {
        if !lives(setting, Some(0)) {
            dead.push(setting.key);
        }
    }
    assert!(dead.is_empty(), "nothing comes of {dead:?}");
}

#[test]
fn given_certificates_are_in_the_bundle() {
    for (key, scenario, file) in [
        ("load_balancer.provided_certificate", "ad-kubernetes-6.0", "certificates/load-balancer.crt"),
        ("database.ca_certificate", "three-nodes-7.2", "nodes/is-1/trust/database-ca.crt"),
        ("user_store.ca_certificate", "macos-ldap-multicast-5.10", "nodes/is-2/trust/directory-ca.crt"),
    ] {
        let scenario = crate::scenario::scenario(scenario);
        assert_eq!(Unpacked::of(&scenario).text(file).trim(), scenario.draft.text(key).trim(), "{key}");
    }
    let scenario = crate::scenario::scenario("ad-kubernetes-6.0");
    let key = scenario.secrets.get("load_balancer.provided_key").unwrap();
    let file = "load-balancer/nginx/tls/sso.example.com.key";
    assert_eq!(Unpacked::of(&scenario).text(file), crate::world::reveal(key));
}
