//! The workflow engine's database, up to 6.1: it exists, the account has rights on it, and only its own script filled it.

use domain::check::{CheckId, Outcome};
use domain::product::Version;

use crate::support::{DATABASE, RUN_TIME_RIGHTS, prepare, servers, wait};

#[test]
fn the_workflow_database_is_looked_at_like_the_others() {
    for server in &servers() {
        let mut prepared = prepare(server);
        prepared.version(server, Version::V6_1_0);
        let workflow = server.create_database("latin1").unwrap();
        prepared.plan.set("database.workflow_db", workflow.name());
        let of_it = |run: &crate::support::Run, id: CheckId, outcome: Outcome, words: &str| {
            let result = run.results().into_iter().find(|result| {
                result.id == id && result.subject.as_deref() == Some(workflow.name()) && result.outcome == outcome
            });
            assert!(result.is_some_and(|result| result.current.contains(words)), "{id}: {:#?}", run.results());
        };
        // Without rights the account cannot see it.
        of_it(&wait(prepared.plan.run(&DATABASE)), CheckId::Db11, Outcome::Failed, "");
        let on = format!("`{}`.*", workflow.name().replace('_', "\\_"));
        prepared.user.grant(RUN_TIME_RIGHTS, &on).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        assert_eq!(run.with(Outcome::Failed), [], "{:#?}", run.results());
        of_it(&run, CheckId::Db16, Outcome::Passed, "No script ran yet");
        assert_eq!(run.of(CheckId::Db09).outcome, Outcome::Passed, "{:?}", run.of(CheckId::Db09));

        let table =
            |name: &str| server.execute(&format!("CREATE TABLE `{}`.{name} (A INT) ENGINE=InnoDB", workflow.name()));
        table("SOMEBODYS").unwrap();
        wait(prepared.plan.run(&DATABASE))
            .fails_alone(CheckId::Db16, "ODE_SCHEMA_VERSION of bps/bpel/create/mysql.sql does not");
        table("ODE_SCHEMA_VERSION").unwrap();
        of_it(&wait(prepared.plan.run(&DATABASE)), CheckId::Db16, Outcome::Passed, "bps/bpel/create/mysql.sql");
    }
}
