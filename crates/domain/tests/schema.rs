//! The state of a database, determined from its tables: every version after its scripts, and every place where one stops.

use std::collections::BTreeSet;

use domain::product::{DatabaseRole, Version};
use domain::schema::{Fingerprint, ObservedSchema, SchemaState, ScriptStepKind, diagnose, fingerprint};

const ROLES: [DatabaseRole; 3] = [DatabaseRole::Shared, DatabaseRole::Identity, DatabaseRole::Agent];

/// Adds what the first `count` statements of a script create.
fn run(made: &Fingerprint, count: usize, observed: &mut ObservedSchema) {
    let done = &made.steps[..count];
    let open: BTreeSet<(&str, &str)> =
        made.steps[count..].iter().map(|step| (step.table.as_str(), step.name.as_str())).collect();
    for step in done {
        match step.kind {
            ScriptStepKind::Table => {
                let mut table = made.tables[&step.table].clone();
                table.written.clone_from(&step.table);
                table.indexes.retain(|index| !open.contains(&(step.table.as_str(), index.name.as_str())));
                table.foreign_keys.retain(|key| !open.contains(&(step.table.as_str(), key.name.as_str())));
                observed.tables.insert(step.table.clone(), table);
                observed.rows.entry(step.table.clone()).or_default();
            }
            ScriptStepKind::Rows(count) => *observed.rows.entry(step.table.clone()).or_default() += count,
            _ => {}
        }
    }
}

fn scripts(version: Version, role: DatabaseRole) -> Vec<(&'static str, &'static Fingerprint)> {
    let scripts = version.scripts().into_iter().filter(|script| script.database == role);
    scripts.map(|script| (script.path, fingerprint(version, script.path))).collect()
}

fn complete(version: Version, role: DatabaseRole) -> ObservedSchema {
    let mut observed = ObservedSchema::default();
    scripts(version, role).iter().for_each(|(_, made)| run(made, made.steps.len(), &mut observed));
    observed
}

#[test]
fn each_version_is_complete_as_its_scripts_leave_it_and_named_to_all_others() {
    for made_by in Version::ALL {
        for role in ROLES {
            let observed = complete(*made_by, role);
            for planned in Version::ALL {
                let diagnosis = diagnose(*planned, &[role], &observed);
                assert!(diagnosis.foreign.is_empty() && diagnosis.data.is_empty());
                if scripts(*made_by, role).is_empty() {
                    assert_eq!(diagnosis.state, SchemaState::Empty);
                } else if scripts(*planned, role).is_empty() {
                    // No plan of this version has such a database.
                    continue;
                } else if complete(*planned, role) == observed {
                    assert_eq!(diagnosis.state, SchemaState::Complete(vec![]), "{made_by:?} as {planned:?}, {role:?}");
                } else {
                    let SchemaState::MadeBy { versions, exact: true } = &diagnosis.state else {
                        panic!("{made_by:?} as {planned:?}, {role:?}: {:?}", diagnosis.state);
                    };
                    assert!(versions.contains(made_by) && !versions.contains(planned));
                }
            }
        }
    }
}

#[test]
fn every_place_where_a_script_can_stop_is_found() {
    for version in Version::ALL {
        for role in ROLES {
            let mut before = ObservedSchema::default();
            for (path, made) in scripts(*version, role) {
                for count in 1..made.steps.len() {
                    let mut observed = before.clone();
                    run(made, count, &mut observed);
                    let state = diagnose(*version, &[role], &observed).state;
                    let at = format!("{version:?} {path}, {count} of {}", made.steps.len());
                    match state {
                        SchemaState::HalfMade(half) => {
                            assert_eq!(
                                (half.version, half.script, half.of),
                                (*version, path, made.steps.len()),
                                "{at}"
                            );
                            // Whether the DROP of a missing table ran cannot be determined.
                            let skipped = &made.steps[half.done..count];
                            assert!(
                                half.done <= count && skipped.iter().all(|step| step.kind == ScriptStepKind::Drop),
                                "{at}"
                            );
                        }
                        // A script that stopped at the state of an older version looks like that version.
                        SchemaState::MadeBy { exact: true, .. } => {}
                        other => panic!("{at}: {other:?}"),
                    }
                }
                run(made, made.steps.len(), &mut before);
            }
        }
    }
}

#[test]
fn tables_of_other_software_are_named_and_do_not_hide_the_rest() {
    let mut observed = complete(Version::V7_2_0, DatabaseRole::Shared);
    for name in ["Orders", "IDN_CONNECTOR_X"] {
        let table = domain::schema::Table { written: name.to_owned(), ..Default::default() };
        observed.tables.insert(name.to_uppercase(), table);
    }
    let diagnosis = diagnose(Version::V7_2_0, &[DatabaseRole::Shared], &observed);
    assert_eq!(diagnosis.foreign, ["Orders"]);
    let SchemaState::Complete(extra) = diagnosis.state else { panic!("{:?}", diagnosis.state) };
    assert_eq!(extra.iter().map(|change| change.words()).collect::<Vec<_>>(), ["table IDN_CONNECTOR_X"]);
}

#[test]
fn scripts_in_the_wrong_database_are_named() {
    for version in Version::ALL {
        for (ran, planned) in [
            (DatabaseRole::Identity, DatabaseRole::Shared),
            (DatabaseRole::Shared, DatabaseRole::Identity),
            (DatabaseRole::Agent, DatabaseRole::Identity),
            (DatabaseRole::Shared, DatabaseRole::Agent),
        ] {
            if scripts(*version, ran).is_empty() || scripts(*version, planned).is_empty() {
                continue;
            }
            let state = diagnose(*version, &[planned], &complete(*version, ran)).state;
            let SchemaState::Misplaced(found) = state else { panic!("{version:?} {ran:?} in {planned:?}: {state:?}") };
            let paths: Vec<&str> = found.iter().map(|(path, _)| *path).collect();
            let expected: Vec<&str> = scripts(*version, ran).iter().map(|(path, _)| *path).collect();
            assert!(paths.iter().all(|path| expected.contains(path)), "{paths:?}");
        }
    }
}

#[test]
fn one_database_for_two_roles_is_diagnosed_as_a_whole() {
    let mut observed = complete(Version::V7_3_0, DatabaseRole::Shared);
    let identity = complete(Version::V7_3_0, DatabaseRole::Identity);
    observed.tables.extend(identity.tables);
    observed.rows.extend(identity.rows);
    let roles = [DatabaseRole::Identity, DatabaseRole::Shared];
    assert_eq!(diagnose(Version::V7_3_0, &roles, &observed).state, SchemaState::Complete(vec![]));
}

#[test]
fn rows_beyond_those_of_the_scripts_are_data() {
    let mut observed = complete(Version::V7_3_0, DatabaseRole::Shared);
    observed.rows.insert("UM_USER".to_owned(), 3);
    let diagnosis = diagnose(Version::V7_3_0, &[DatabaseRole::Shared], &observed);
    assert_eq!(diagnosis.data, [("UM_USER".to_owned(), 3)]);
}

/// IS 7.0 at a later update level: its script creates three tables that only later versions have at their release.
#[test]
fn tables_of_an_update_that_other_versions_have_too_do_no_harm() {
    let mut observed = complete(Version::V7_0_0, DatabaseRole::Identity);
    let later = complete(Version::V7_1_0, DatabaseRole::Identity);
    let added: Vec<_> = later.tables.iter().filter(|(name, _)| !observed.tables.contains_key(*name)).take(3).collect();
    assert_eq!(added.len(), 3);
    observed.tables.extend(added.iter().map(|(name, table)| ((*name).clone(), (*table).clone())));
    let SchemaState::Complete(extra) = diagnose(Version::V7_0_0, &[DatabaseRole::Identity], &observed).state else {
        panic!("{:?}", diagnose(Version::V7_0_0, &[DatabaseRole::Identity], &observed).state)
    };
    assert_eq!(extra.len(), 3);
    assert!(extra.iter().all(|change| change.words().contains("which IS 7.1.0")), "{extra:?}");
    // If something of the version itself is missing, the additional tables are named too.
    observed.tables.remove("IDN_BASE_TABLE");
    let SchemaState::Differs(changes) = diagnose(Version::V7_0_0, &[DatabaseRole::Identity], &observed).state else {
        panic!("{:?}", diagnose(Version::V7_0_0, &[DatabaseRole::Identity], &observed).state)
    };
    assert!(changes.iter().any(|change| change.words().contains("which IS 7.1.0")), "{changes:?}");
}
