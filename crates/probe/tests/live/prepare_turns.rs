//! How many round trips a preparation needs. bench/prepare.rs measures the time.

use std::time::Duration;

use domain::product::Version;
use domain::secret::Secret;
use probe::prepare::{DatabaseAction, PreparationJob};
use testbed::TestServerProduct;

use crate::fingerprints::scripts;
use crate::prepare::{drop_all, find, targets};
use crate::proxy::Proxy;
use crate::support::{prepare, servers, wait};

/// The version whose scripts are run.
const VERSION: Version = Version::V7_2_0;

/// The maximum round trips of the longest connection: a login (one on MariaDB; on MySQL two more if the account has not
/// logged in since the server started), an inspection (on MySQL with the query whether it is a replica), an inspection under
/// the lock, two packets of statements, and the rows that prove the result.
const fn most_in_a_row(product: TestServerProduct) -> usize {
    match product {
        TestServerProduct::MariaDb => 6,
        TestServerProduct::MySql => 9,
    }
}

/// The maximum of all connections: each other database needs one packet of statements, and one also creates the account.
const fn most_in_all(product: TestServerProduct) -> usize {
    match product {
        TestServerProduct::MariaDb => 14,
        TestServerProduct::MySql => 21,
    }
}

#[test]
fn databases_are_prepared_in_few_round_trips() {
    for server in servers() {
        if testbed::or_report(scripts(VERSION)).is_none() {
            return;
        }
        wait(async {
            let proxy = Proxy::slow(server.port(), Duration::ZERO).await;
            let mut prepared = prepare(&server);
            prepared.plan.set("database.port", proxy.port).set("product.version", VERSION.value());
            let grants = Secret::new("SET NAMES utf8mb4; SET SESSION sql_mode = 'TRADITIONAL'; SELECT 1");
            let job = PreparationJob { version: VERSION, targets: targets(&prepared, VERSION), grants };
            drop_all(&server, &job);
            let tool = find(&server, &prepared.plan).await;
            let actions = tool.plan(&job).await.unwrap();
            assert!(actions.iter().all(|action| *action == DatabaseAction::Create), "{actions:?}");
            let outcome = tool.run(&job, &actions, |_| {}).await;
            assert_eq!(outcome.failures, []);
            let turns = proxy.take_turns();
            let (maximum, all) = (turns.iter().copied().max().unwrap(), turns.iter().sum::<usize>());
            println!("{:?}: round trips of each connection {turns:?}", server.product());
            assert!(maximum <= most_in_a_row(server.product()), "{turns:?}");
            assert!(all <= most_in_all(server.product()), "{turns:?}");
        });
    }
}
