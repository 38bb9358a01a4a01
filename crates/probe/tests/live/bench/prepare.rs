//! A preparation compared with `mariadb DB < script`, script after script, in one run. The client gets existing databases;
//! a preparation creates, fills and verifies them.

use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::product::Version;
use domain::secret::Secret;
use probe::prepare::PreparationJob;
use testbed::{DatabaseServer, TestServerProduct};

use super::middle;
use crate::fingerprints::scripts;
use crate::prepare::{drop_all, find, targets};
use crate::proxy::Proxy;
use crate::support::{prepare, servers, wait};

const VERSION: Version = Version::V7_2_0;
/// Each takes seconds.
const ROUNDS: usize = 3;

/// The delay of each round trip, in milliseconds, and the permitted ratio to the client's time.
const SHARES: [(u64, f64); 2] = [(0, 0.8), (5, 0.25)];

async fn by_client(server: &DatabaseServer, port: u16) -> Duration {
    let prepared = prepare(server);
    let started = Instant::now();
    for target in targets(&prepared, VERSION) {
        for script in &target.scripts {
            let file = File::open(scripts(VERSION).unwrap().join(&script.path)).unwrap();
            let mut client = tokio::process::Command::from(server.tcp_client(port));
            // It warns about the password on its command line.
            client.arg(&target.name).stdin(file).stderr(Stdio::null());
            assert!(client.status().await.unwrap().success());
        }
    }
    started.elapsed()
}

async fn by_us(server: &DatabaseServer, port: u16) -> Duration {
    let mut prepared = prepare(server);
    prepared.plan.set("database.port", port).set("product.version", VERSION.value());
    let job = PreparationJob { version: VERSION, targets: targets(&prepared, VERSION), grants: Secret::new("") };
    drop_all(server, &job);
    let started = Instant::now();
    let tool = find(server, &prepared.plan).await;
    let todos = tool.plan(&job).await.unwrap();
    assert_eq!(tool.run(&job, &todos, |_| {}).await.failures, []);
    started.elapsed()
}

#[test]
#[ignore = "measures: cargo xtask bench"]
fn next_to_the_client() {
    if testbed::or_report(scripts(VERSION)).is_none() {
        return;
    }
    for server in servers() {
        for (delay, share) in SHARES {
            wait(async {
                let proxy = Proxy::slow(server.port(), Duration::from_millis(delay)).await;
                let port = if delay == 0 { server.port() } else { proxy.port };
                let (mut theirs, mut ours) = (Vec::new(), Vec::new());
                for _ in 0..ROUNDS {
                    theirs.push(by_client(&server, port).await);
                    ours.push(by_us(&server, port).await);
                }
                let (theirs, ours) = (middle(theirs), middle(ours));
                let name = format!(
                    "{:?}: preparing with {delay} ms added to each round trip, {ours:.0} ms, as a share of the client's {theirs:.0} ms",
                    server.product()
                );
                // On MySQL, the time is that of the server's work on each table, which no client can reduce.
                match server.product() {
                    TestServerProduct::MariaDb => testbed::bench::report_measurement(&name, ours / theirs, share, ""),
                    TestServerProduct::MySql => testbed::bench::report_figure(&name, ours / theirs, ""),
                }
            });
        }
    }
}
