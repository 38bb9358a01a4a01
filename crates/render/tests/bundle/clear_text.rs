//! What the runbook states about passwords in clear text, compared with the bundle's own files.

use crate::scenario::SCENARIOS;
use crate::world::Unpacked;

#[test]
fn the_runbook_lists_stored_passwords_their_readers_and_what_wso2_offers_instead() {
    for scenario in SCENARIOS.iter() {
        let name = scenario.name;
        let bundle = Unpacked::of(scenario);
        let readme = bundle.text("README.md");
        let (_, section) = readme.split_once("## Passwords in clear text").unwrap_or_else(|| panic!("{name}"));
        let section = section.split("\n## ").next().unwrap();
        for words in
            ["mode 600", "mode 700", "$env{NAME}", "$secret{NAME}", "ciphertool.sh -Dconfigure", "[encryption] key"]
        {
            assert!(section.contains(words), "{name}: {words} in {section}");
        }
        let has_directory = scenario.secrets.get("user_store.connection_password").is_some();
        assert_eq!(section.contains("the directory"), has_directory, "{name}");
        let by_unit = scenario.draft.text("product.layout") == "linux";
        assert_eq!(section.contains("/etc/default/wso2is-NODE"), by_unit, "{name}");
    }
}

/// The scripts have the options that the section names.
#[test]
fn what_the_runbook_states_about_the_scripts_is_true() {
    let bundle = Unpacked::of(&SCENARIOS[0]);
    let read = |ending: &str| bundle.ending(ending).next().unwrap_or_else(|| panic!("{ending}")).1.to_owned();
    assert!(read("/install.sh").contains("umask 077") && read("/install.sh").contains("chmod 700"));
    assert!(read("/start.sh").contains("--skip-database"));
    assert!(read("/NodeStart.java").contains("$env{") && read("/NodeStart.java").contains("--skip-database"));
    assert!(read(".service").contains("EnvironmentFile=-/etc/default/wso2is-node1"));
}
