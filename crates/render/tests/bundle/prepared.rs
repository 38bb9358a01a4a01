//! The preparation of databases: its statements, and the runbook of a cluster whose databases were prepared already.

use domain::inputs::ReadableAnswers;
use domain::milestones::Prepared;
use domain::schema::script::statements;

use crate::scenario::{Scenario, scenario};
use crate::world::Unpacked;

/// The scenario after its databases were prepared.
fn prepared(name: &str) -> Scenario {
    let mut scenario = scenario(name);
    let answers = ReadableAnswers::read(&scenario.draft, &scenario.secrets).0;
    let prepared = Prepared::of(&answers.product.unwrap(), &answers.database.unwrap(), 1_795_421_640);
    scenario.draft.milestones.prepared = Some(prepared);
    scenario
}

#[test]
fn a_preparation_creates_the_databases_as_create_sql_does() {
    for name in ["three-nodes-7.2", "read-only-ldap-aws-6.1", "kubernetes-haproxy-7.3"] {
        let scenario = scenario(name);
        let database = ReadableAnswers::read(&scenario.draft, &scenario.secrets).0.database.unwrap();
        let names = database.list().into_iter().map(|(_, name)| name);
        let names = names.chain(database.workflow_db.iter().map(|name| name.as_str()));
        let expected: Vec<String> = names.map(|name| database.create_statement(name)).collect();
        let bundle = Unpacked::of(&scenario);
        let written = statements(bundle.text("database/create.sql")).into_iter().map(|statement| statement.sql);
        assert_eq!(written.collect::<Vec<_>>(), expected, "{name}");
    }
}

fn readme(scenario: &Scenario) -> String {
    Unpacked::of(scenario).text("README.md").to_owned()
}

#[test]
fn databases_that_were_prepared_are_checked_and_not_created_again() {
    let created = "cat create.sql grants.sql | mysql";
    let before = readme(&scenario("three-nodes-7.2"));
    assert!(before.contains(created) && !before.contains("were prepared for"), "{before}");
    let text = readme(&prepared("three-nodes-7.2"));
    for part in [
        "were prepared for IS 7.2.0 on 2026-11-23. Do not run `create.sql` again",
        "-p -N < verify.sql",
        "| `wso2identity_db` |",
        "## 2. Nodes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(created), "{text}");

    // Once the plan names another server, the databases there are still to be created.
    assert!(readme(&prepared("three-nodes-7.2").with("database.host", "db2.internal.example.com")).contains(created));
}

#[test]
fn the_workflow_engines_database_is_created_in_addition_to_prepared_ones() {
    let text = readme(&prepared("read-only-ldap-aws-6.1"));
    assert!(text.contains("echo 'CREATE DATABASE `wso2workflow_db` CHARACTER SET latin1' | mysql"), "{text}");
    assert!(text.contains("'wso2workflow_db' < '") && text.contains("bps/bpel/create/mysql.sql'"), "{text}");
}
