//! A healthy set-up: nothing fails, and there are only the expected warnings.

use domain::check::{CheckEvent, CheckId, Outcome, Reach};
use testbed::TestServerProduct;

use crate::support::{DATABASE, prepare, servers, wait};

#[test]
fn nothing_fails_and_only_the_version_warns() {
    for server in servers() {
        let prepared = prepare(&server);
        // These need a running load balancer: front_faults.rs has one.
        let front = [CheckId::Tl05, CheckId::Tl08, CheckId::Lb05, CheckId::Lb06];
        let is_live = |id: &CheckId| id.reach() == Reach::Server && id.writes().is_none() && !front.contains(id);
        let live: Vec<CheckId> = CheckId::ALL.iter().copied().filter(is_live).collect();
        let run = wait(prepared.plan.run(&live));
        assert_eq!(run.with(Outcome::Failed), [], "{:#?}", run.results());
        assert_eq!(run.with(Outcome::CouldNotCheck), []);
        // Debian's versions are not in WSO2's list.
        assert_eq!(run.with(Outcome::Warned), [CheckId::Db04]);
        run.is_healthy();
        let name = if server.product() == TestServerProduct::MariaDb { "MariaDB 10.11" } else { "MySQL 9." };
        assert!(run.of(CheckId::Db04).current.starts_with(name), "{:?}", run.of(CheckId::Db04));
        println!("{name}: {} live checks in {:?}", live.len(), run.took);
    }
}

#[test]
fn the_database_checks_share_their_work() {
    for server in servers() {
        let prepared = prepare(&server);
        let connections = |server: &testbed::DatabaseServer| -> u64 {
            let answer = server.execute("SHOW GLOBAL STATUS LIKE 'Connections'").unwrap();
            answer.split_whitespace().last().unwrap().parse().unwrap()
        };
        let before = connections(&server);
        let run = wait(prepared.plan.run(&DATABASE));
        assert_eq!(run.with(Outcome::Failed), []);
        println!("{:?}: {} database checks in {:?}", server.product(), DATABASE.len(), run.took);
        // One for the greeting, one to log in, one for round trips, one for each query of this test. Others may use the server
        // too.
        if std::env::var_os(testbed::MARIADB_VARIABLE).is_none() {
            assert!(connections(&server) - before <= 4);
        }
    }
}

#[test]
fn every_check_is_reported_with_start_and_end_and_rules_decide_the_rest() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let prepared = prepare(&server);
    let run = wait(prepared.plan.run(CheckId::ALL));
    assert!(matches!(run.events.first(), Some(CheckEvent::RunStarted { run: 1, .. })));
    assert!(matches!(run.events.last(), Some(CheckEvent::RunFinished { run: 1, cancelled: false, .. })));
    for id in CheckId::ALL {
        let starts = run.events.iter().filter(|event| matches!(event, CheckEvent::Started { id: started, waits_for, .. } if started == id && !waits_for.is_empty()));
        let ends =
            run.events.iter().filter(|event| matches!(event, CheckEvent::Finished { id: ended, .. } if ended == id));
        assert_eq!((starts.count(), ends.count()), (1, 1), "{id}");
    }
    assert_eq!(run.report().progress(), (CheckId::ALL.len(), CheckId::ALL.len()));
}

#[test]
fn steps_that_are_not_complete_are_not_checked() {
    let plan = crate::support::Plan::default();
    let run = wait(plan.run(CheckId::ALL));
    assert_eq!(run.with(Outcome::Failed), []);
    for id in DATABASE.iter().copied() {
        assert!(run.of(id).current.contains("step is not complete"), "{:?}", run.of(id));
    }
    assert!(run.of(CheckId::Nd02).current.starts_with("The Clustering step is not complete"));
    assert!(run.of(CheckId::Lb01).current.starts_with("The Load balancer step is not complete"));
}

#[test]
fn an_old_is_is_content_with_two_databases() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let mut prepared = prepare(&server);
    prepared.plan.set("product.version", "6.1.0");
    let run = wait(prepared.plan.run(&DATABASE));
    assert_eq!(run.with(Outcome::Failed), []);
    let exist = run.results().into_iter().filter(|result| result.id == CheckId::Db11).count();
    assert_eq!(exist, 2);
    assert_eq!(
        run.results().iter().filter(|result| result.subject.as_deref() == Some(prepared.agent.name())).count(),
        0
    );
}
