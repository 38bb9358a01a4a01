//! How long all checks of a database take, with a healthy and an unreachable one, and those of sixteen nodes.

use std::time::Duration;

use domain::check::{CheckId, Outcome, Reach};

use super::{ROUNDS, middle};
use crate::dead_host::DeadHost;
use crate::nodes::serve_tls_after;
use crate::support::{DATABASE, Plan, Prepared, fill, prepare, servers, wait};

const HEALTHY: f64 = 500.0;
const DEAD: f64 = 5000.0;
const NODES: usize = 16;
/// How long the whole run may take, as a multiple of its slowest check.
const SIDE_BY_SIDE: f64 = 1.3;

async fn time_of(prepared: &Prepared<'_>) -> f64 {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let run = prepared.plan.run(&DATABASE).await;
        // Checks that end early take no time.
        assert_eq!((run.with(Outcome::Failed), run.with(Outcome::CouldNotCheck)), (vec![], vec![]));
        times.push(run.took);
    }
    middle(times)
}

#[test]
#[ignore = "measures: cargo xtask bench"]
fn healthy_database() {
    for server in servers() {
        wait(async {
            let prepared = prepare(&server);
            let name = format!("{:?}: all {} database checks", server.product(), DATABASE.len());
            testbed::bench::report_measurement(
                &format!("{name}, empty databases"),
                time_of(&prepared).await,
                HEALTHY,
                "ms",
            );
            if fill(&server, &prepared).is_some() {
                testbed::bench::report_measurement(
                    &format!("{name}, filled databases"),
                    time_of(&prepared).await,
                    HEALTHY,
                    "ms",
                );
            }
        });
    }
}

#[test]
#[ignore = "measures: cargo xtask bench"]
fn dead_host() {
    wait(async {
        let Some(dead) = DeadHost::new().await else { return };
        let run = Plan::at(dead.address.port()).run(&DATABASE).await;
        assert_eq!(run.with(Outcome::Failed), [CheckId::Db02]);
        testbed::bench::report_measurement(
            "all database checks, a host that drops everything",
            middle(vec![run.took]),
            DEAD,
            "ms",
        );
    });
}

/// Checks that end at once here: there is no load balancer, and DB-29 needs DB-28, which finds too few connections for the
/// pools of so many nodes.
const GIVE_UP: [CheckId; 5] = [CheckId::Tl05, CheckId::Tl08, CheckId::Lb05, CheckId::Lb06, CheckId::Db29];

/// All other live checks of a plan whose nodes answer slowly.
#[test]
#[ignore = "measures: cargo xtask bench"]
fn sixteen_nodes() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    wait(async {
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"health\":[{\"key\":\"a\",\"value\":\"1\"}]}";
        let mut prepared = prepare(&server);
        prepared.plan.no_nodes();
        for number in 1..=NODES {
            let port = serve_tls_after(Duration::from_millis(300), answer).await;
            prepared.plan.node(&format!("is-{number}"), "127.0.0.1", port);
        }
        let is_live = |id: &CheckId| id.reach() == Reach::Server && id.writes().is_none() && !GIVE_UP.contains(id);
        let live: Vec<CheckId> = CheckId::ALL.iter().copied().filter(is_live).collect();
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let run = prepared.plan.run(&live).await;
            assert_eq!(run.with(Outcome::CouldNotCheck), []);
            let slowest = run.results().iter().map(|result| result.took_ms).max().unwrap();
            assert!(slowest >= 300, "the nodes took their time: {slowest} ms");
            ratios.push(run.took.as_secs_f64() * 1000.0 / f64::from(u32::try_from(slowest).unwrap()));
        }
        ratios.sort_by(f64::total_cmp);
        let name = format!("{NODES} nodes: all {} live checks, as a multiple of the slowest", live.len());
        testbed::bench::report_measurement(&name, ratios[ROUNDS / 2], SIDE_BY_SIDE, "");
    });
}
