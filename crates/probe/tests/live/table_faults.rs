//! Faults of tables, injected into databases that WSO2's own scripts filled.

use std::io::Write as _;

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::script;
use testbed::DatabaseServer;

use crate::fingerprints::scripts;
use crate::support::{DATABASE, Prepared, prepare, servers, wait};
use crate::table_cases::{FAULTS, HARMLESS, WARNINGS};

/// Runs the first `count` statements of a script.
pub(crate) fn run(server: &DatabaseServer, database: &str, version: Version, path: &str, count: usize) {
    let text = std::fs::read_to_string(scripts(version).unwrap().join(path)).unwrap();
    let statements: Vec<String> =
        script::statements(&text).into_iter().take(count).map(|statement| statement.sql).collect();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{};", statements.join(";\n")).unwrap();
    server.run_script(database, file.path()).unwrap();
}

/// All statements of a script.
pub(crate) const ALL: usize = usize::MAX;

/// Runs all scripts of a version except those that `without` names.
pub(crate) fn fill(server: &DatabaseServer, prepared: &Prepared<'_>, version: Version, without: &[&str]) {
    for script in version.scripts().iter().filter(|script| !without.contains(&script.path)) {
        let database = match script.database {
            DatabaseRole::Identity => &prepared.identity,
            DatabaseRole::Shared => &prepared.shared,
            DatabaseRole::Agent => &prepared.agent,
        };
        run(server, database.name(), version, script.path, ALL);
    }
}

/// Servers, if the scripts of `version` exist.
pub(crate) fn with_scripts(version: Version) -> Vec<DatabaseServer> {
    if testbed::or_report(scripts(version)).is_some() { servers() } else { Vec::new() }
}

#[test]
fn each_fault_of_filled_databases_is_reported_by_its_check_alone() {
    let version = Version::V7_3_0;
    for server in with_scripts(version) {
        let prepared = prepare(&server);
        fill(&server, &prepared, version, &[]);
        let run_checks = || wait(prepared.plan.run(&DATABASE));
        let healthy = run_checks();
        healthy.is_healthy();
        println!(
            "{:?}: {} database checks on filled databases in {:?}",
            server.product(),
            DATABASE.len(),
            healthy.took
        );
        assert!(healthy.of(CheckId::Db14).current.contains("171 tables"), "{:?}", healthy.of(CheckId::Db14));
        let name = |database: &str| match database {
            "i" => prepared.identity.name(),
            "s" => prepared.shared.name(),
            _ => prepared.agent.name(),
        };
        let execute = |database: &str, sql: &str| {
            let (sql, rest) = sql.split_once('@').unwrap_or((sql, "none"));
            server.execute(&format!("USE `{}`; {sql}", name(database))).unwrap();
            // The rest of the agent script, from a statement on.
            if let Ok(from) = rest.parse() {
                let path = scripts(version).unwrap().join("identity/agent/mysql.sql");
                let text = std::fs::read_to_string(path).unwrap();
                for statement in script::statements(&text).iter().skip(from) {
                    server.execute(&format!("USE `{}`; {}", name(database), statement.sql)).unwrap();
                }
            }
        };
        for (database, make, mend, id, words) in FAULTS {
            execute(database, make);
            let run = run_checks();
            let result = run.fails_alone(*id, words);
            assert_eq!(result.subject.as_deref(), Some(name(database)));
            execute(database, mend);
        }
        for (database, make, mend, id, words) in WARNINGS {
            execute(database, make);
            let run = run_checks();
            let result = run.warns_alone(*id, words);
            assert_eq!(result.subject.as_deref(), Some(name(database)));
            execute(database, mend);
        }
        for (database, make, mend, id, words) in HARMLESS {
            execute(database, make);
            let run = run_checks();
            run.is_healthy();
            let reported = run.results().into_iter().any(|result| result.id == *id && result.current.contains(words));
            assert!(reported, "{words}: {:#?}", run.results());
            execute(database, mend);
        }
        run_checks().is_healthy();
    }
}
