//! How many round trips preparing databases takes, which is demanded, and how long, which is printed.

use std::io::Write as _;
use std::time::{Duration, Instant};

use domain::product::Version;
use domain::secret::Secret;
use probe::prepare::{Event, Job, Todo};
use testbed::Product;

use crate::fingerprints::scripts;
use crate::prepare::{drop_all, find, targets};
use crate::proxy::Proxy;
use crate::support::{prepare, servers, wait};

/// The version of the measurement.
const VERSION: Version = Version::V7_2_0;

/// Most round trips of the longest connection: a login (one on MariaDB, on MySQL two more where the account has not logged
/// in since the server started), a look, a look under the lock, two packets of statements, and the rows of the proof.
const fn most_in_a_row(product: Product) -> usize {
    match product {
        Product::MariaDb => 6,
        Product::MySql => 8,
    }
}

/// Most of all connections: the other two databases take one packet of statements each, and one also makes the account.
const fn most_in_all(product: Product) -> usize {
    match product {
        Product::MariaDb => 14,
        Product::MySql => 20,
    }
}

#[test]
fn databases_are_prepared_in_few_round_trips() {
    for server in servers() {
        if testbed::or_say(scripts(VERSION)).is_none() {
            return;
        }
        wait(async {
            let proxy = Proxy::slow(server.port(), Duration::ZERO).await;
            let mut prepared = prepare(&server);
            prepared.plan.set("database.port", proxy.port).set("product.version", VERSION.value());
            let grants = Secret::new("SET NAMES utf8mb4; SET SESSION sql_mode = 'TRADITIONAL'; SELECT 1");
            let job = Job { version: VERSION, targets: targets(&prepared, VERSION), grants };
            drop_all(&server, &job);
            let tool = find(&server, &prepared.plan).await;
            let todos = tool.plan(&job).await.unwrap();
            assert!(todos.iter().all(|todo| *todo == Todo::Create), "{todos:?}");
            let outcome = tool.run(&job, &todos, |_| {}).await;
            assert_eq!(outcome.failures, []);
            let turns = proxy.take_turns();
            let (longest, all) = (turns.iter().copied().max().unwrap(), turns.iter().sum::<usize>());
            println!("{:?}: round trips of each connection {turns:?}", server.product());
            assert!(longest <= most_in_a_row(server.product()), "{turns:?}");
            assert!(all <= most_in_all(server.product()), "{turns:?}");
        });
    }
}

/// Against the client in sequence, printed: `cargo nextest run -p probe pace --run-ignored all --no-capture`. The client
/// is given databases that are there; ours are made, filled and proved.
#[test]
#[ignore = "measures; it fails on nothing but errors"]
fn pace() {
    for server in servers() {
        if testbed::or_say(scripts(VERSION)).is_none() {
            return;
        }
        for delay in [0, 5] {
            wait(async {
                let proxy = Proxy::slow(server.port(), Duration::from_millis(delay)).await;
                let port = if delay == 0 { server.port() } else { proxy.port };
                let (mut theirs, mut ours) = (Vec::new(), Vec::new());
                for _ in 0..5 {
                    let prepared = prepare(&server);
                    let job = Job { version: VERSION, targets: targets(&prepared, VERSION), grants: Secret::new("") };
                    let started = Instant::now();
                    for target in &job.targets {
                        for script in &target.scripts {
                            let path = scripts(VERSION).unwrap().join(&script.path);
                            let mut client = tokio::process::Command::from(server.tcp_client(port));
                            client.arg(&target.name).stdin(std::fs::File::open(path).unwrap());
                            assert!(client.status().await.unwrap().success());
                        }
                    }
                    theirs.push(started.elapsed());
                    let mut prepared = prepare(&server);
                    prepared.plan.set("database.port", port).set("product.version", VERSION.value());
                    let job = Job { version: VERSION, targets: targets(&prepared, VERSION), grants: Secret::new("") };
                    drop_all(&server, &job);
                    let started = Instant::now();
                    let at = |what: &str| println!("    {:4} ms {what}", started.elapsed().as_millis());
                    let tool = find(&server, &prepared.plan).await;
                    let todos = tool.plan(&job).await.unwrap();
                    at("planned");
                    let tell = |event: Event<'_>| match event {
                        Event::Statement { done, of, script, .. } if done == of || done % 100 == 1 => {
                            at(&format!("{script} {done}"));
                        }
                        Event::Statement { .. } => {}
                        other => at(&format!("{other:?}")),
                    };
                    let outcome = tool.run(&job, &todos, tell).await;
                    assert_eq!(outcome.failures, []);
                    ours.push(started.elapsed());
                }
                let best = |times: &[Duration]| times.iter().min().unwrap().as_secs_f64();
                let (theirs, ours) = (best(&theirs), best(&ours));
                println!(
                    "{:?}, {delay} ms added: client in sequence {theirs:.2} s, prepared {ours:.2} s, ratio {:.2}",
                    server.product(),
                    ours / theirs
                );
            });
        }
    }
    std::io::stdout().flush().unwrap();
}
