//! Preparations that are interrupted: connections are cut. Nothing is lost, every reported state is true, and a new run
//! completes.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::product::Version;
use domain::schema::{SchemaState, diagnose};
use probe::prepare::{DatabaseAction, PreparationEvent, PreparationJob, PreparationOutcome};
use testbed::DatabaseServer;

use crate::fingerprints::{look, scripts};
use crate::prepare::{drop_all, find, job, targets};
use crate::proxy::Proxy;
use crate::support::{prepare, servers, wait};

const VERSION: Version = Version::V7_3_0;

/// When a connection is cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// While a packet is on its way to the server, after this number of bytes.
    There(usize),
    /// While the server executes statements, after this number in all databases.
    Meanwhile(usize),
}

#[test]
fn a_cut_connection_is_reported_and_a_new_run_resumes() {
    for server in servers() {
        if testbed::or_report(scripts(VERSION)).is_none() {
            return;
        }
        for cut in [Cut::There(20_000), Cut::There(75_000), Cut::Meanwhile(1), Cut::Meanwhile(120)] {
            let mut prepared = prepare(&server);
            wait(async {
                let proxy = match cut {
                    Cut::There(after) => Proxy::cutting(server.port(), after).await,
                    Cut::Meanwhile(_) => Proxy::slow(server.port(), std::time::Duration::ZERO).await,
                };
                prepared.plan.set("database.port", proxy.port);
                let job = job(targets(&prepared, VERSION), "");
                drop_all(&server, &job);
                let tool = find(&server, &prepared.plan).await;
                let actions = tool.plan(&job).await.unwrap();
                let seen = AtomicUsize::new(0);
                let watch = |event: PreparationEvent<'_>| {
                    let is_statement = matches!(event, PreparationEvent::Statement { .. });
                    let count = seen.fetch_add(usize::from(is_statement), Ordering::Relaxed) + 1;
                    if matches!(cut, Cut::Meanwhile(after) if is_statement && count == after) {
                        proxy.cut_once();
                    }
                };
                let outcome = tool.run(&job, &actions, watch).await;
                assert!(proxy.has_cut() && !outcome.failures.is_empty(), "{cut:?}: {outcome:?}");
                let actions = tool.plan(&job).await.unwrap();
                is_reported_as_it_is(&job, &outcome, &actions);
                let outcome = tool.run(&job, &actions, |_| {}).await;
                assert_eq!(outcome.failures, []);
                are_complete(&server, &job);
            });
        }
    }
}

/// On real small disks. MariaDB and MySQL behave differently: one may report a full disk at any statement, the other may
/// keep the files of a table until it restarts. The test compares the report with the result of a new run.
#[test]
fn a_full_disk_is_reported_and_a_new_run_resumes_once_space_is_free() {
    for small in testbed::on_small_disks() {
        let Some((server, disk)) = testbed::or_report(small) else { continue };
        if testbed::or_report(scripts(VERSION)).is_none() {
            return;
        }
        let prepared = prepare(&server);
        wait(async {
            let job = job(targets(&prepared, VERSION), "");
            drop_all(&server, &job);
            let tool = find(&server, &prepared.plan).await;
            let actions = tool.plan(&job).await.unwrap();
            disk.fill_except(6 << 20).unwrap();
            let outcome = tool.run(&job, &actions, |_| {}).await;
            assert!(!outcome.failures.is_empty(), "{:?}: {outcome:?}", server.product());
            for failure in &outcome.failures {
                println!("{:?}: {} | {}", server.product(), failure.reason, failure.aftermath);
                assert!(failure.reason.contains("ERROR ") || failure.reason.contains("broke"), "{failure:?}");
            }
            disk.free().unwrap();
            let actions = tool.plan(&job).await.unwrap();
            println!("{actions:?}");
            assert!(!actions.iter().any(|action| matches!(action, DatabaseAction::Refuse { .. })), "{actions:?}");
            let outcome = tool.run(&job, &actions, |_| {}).await;
            assert_eq!(outcome.failures, [], "{:?}", server.product());
            are_complete(&server, &job);
        });
    }
}

/// A new inspection finds the reported state of each database.
fn is_reported_as_it_is(job: &PreparationJob, outcome: &PreparationOutcome, actions: &[DatabaseAction]) {
    for (target, action) in job.targets.iter().zip(actions) {
        let Some(failure) = outcome.failures.iter().find(|failure| failure.database.as_ref() == Some(&target.name))
        else {
            assert_eq!((action, outcome.complete.contains(&target.name)), (&DatabaseAction::Leave, true));
            continue;
        };
        // One of the other databases may still be logging in when the connections are cut.
        let is_cut = ["the connection to MySQL broke", "the connection was closed during the login"];
        assert!(is_cut.iter().any(|words| failure.reason.contains(words)), "{failure:?}");
        match action {
            DatabaseAction::Create => {
                assert!(
                    failure.aftermath == "The database was not created."
                        || failure.aftermath.starts_with("The database was not changed")
                );
            }
            DatabaseAction::Leave => assert!(failure.aftermath.starts_with("All tables exist"), "{failure:?}"),
            DatabaseAction::Resume { script, statement } => {
                let script = &target.scripts[*script];
                let output = format!("{statement} of {} statements of {} ran", script.statements.len(), script.path);
                assert!(failure.aftermath.starts_with(&output), "{failure:?}, and {output}");
            }
            DatabaseAction::Refuse { .. } => panic!("{failure:?}, and {action:?}"),
        }
    }
}

fn are_complete(server: &DatabaseServer, job: &PreparationJob) {
    for target in &job.targets {
        let state = diagnose(VERSION, &[target.role], &look(server, &target.name)).state;
        assert_eq!(state, SchemaState::Complete(vec![]), "{}", target.name);
    }
}
