//! WSO2's scripts of each version, loaded into each server: the tables that they create are complete by the fingerprints.

use domain::product::{DatabaseRole, Version};
use domain::schema::{SchemaState, charset_differences, diagnose};

use crate::fingerprints::look;
use crate::support::prepare;
use crate::table_faults::{fill, with_scripts};

/// Each version's scripts are complete on every server: differences between MySQL and MariaDB do not count.
fn is_complete_everywhere(version: Version) {
    for server in with_scripts(version) {
        let prepared = prepare(&server);
        fill(&server, &prepared, version, &[]);
        for (role, database) in [
            (DatabaseRole::Identity, &prepared.identity),
            (DatabaseRole::Shared, &prepared.shared),
            (DatabaseRole::Agent, &prepared.agent),
        ] {
            let observed = look(&server, database.name());
            let state = diagnose(version, &[role], &observed).state;
            let is_empty = role == DatabaseRole::Agent && !version.facts().agent_database;
            let expected = if is_empty { SchemaState::Empty } else { SchemaState::Complete(Vec::new()) };
            assert_eq!(state, expected, "{version:?} {role:?} on {:?}", server.product());
            assert_eq!(charset_differences(version, &[role], &observed, "latin1"), []);
        }
    }
}

macro_rules! complete {
    ($($name:ident $version:ident;)+) => { $(#[test] fn $name() { is_complete_everywhere(Version::$version); })+ };
}

complete! {
    complete_5_10 V5_10_0;
    complete_5_11 V5_11_0;
    complete_6_0 V6_0_0;
    complete_6_1 V6_1_0;
    complete_7_0 V7_0_0;
    complete_7_1 V7_1_0;
    complete_7_2 V7_2_0;
    complete_7_3 V7_3_0;
}
