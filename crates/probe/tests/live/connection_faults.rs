//! Faults of connections: too few of them, slow ones, and clocks that differ.

use std::time::Duration;

use domain::check::{CheckId, Outcome};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::proxy::Proxy;
use crate::support::{DATABASE, own_servers, prepare, servers, wait};

#[test]
fn fewer_connections_than_the_pools_want() {
    for server in own_servers(&[]) {
        let mut prepared = prepare(&server);
        for most in [151, 309] {
            server.execute(&format!("SET GLOBAL max_connections = {most}")).unwrap();
            let run = wait(prepared.plan.run(&DATABASE));
            let result = run.warns_alone(CheckId::Db28, &format!("max_connections = {most}"));
            assert!(result.required.contains("2 nodes \u{d7} 3 databases \u{d7} 50 = 300"), "{result:?}");
            assert!(run.of(CheckId::Db29).current.contains("(DB-28)"));
            server.execute(&result.remedy.commands[0]).unwrap();
            wait(prepared.plan.run(&DATABASE)).is_healthy();
        }
        // Smaller pools fix it, too.
        server.execute("SET GLOBAL max_connections = 151").unwrap();
        prepared.plan.set("database.pool_size", "20");
        wait(prepared.plan.run(&DATABASE)).is_healthy();
    }
}

#[test]
fn limits_of_accounts() {
    for server in own_servers(&["--max-user-connections=100"]) {
        let prepared = prepare(&server);
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.warns_alone(CheckId::Db28, "max_user_connections = 100");
        server.execute(&result.remedy.commands[0]).unwrap();
        wait(prepared.plan.run(&DATABASE)).is_healthy();

        let limit = format!("ALTER USER {}@'%' WITH MAX_USER_CONNECTIONS 120", prepared.user.name());
        server.execute(&limit).unwrap();
        let run = wait(prepared.plan.run(&DATABASE));
        let result = run.warns_alone(CheckId::Db28, "may open only 120");
        server.execute(&result.remedy.commands[0]).unwrap();
        wait(prepared.plan.run(&DATABASE)).is_healthy();
    }
}

#[test]
fn connections_that_others_hold() {
    for server in own_servers(&[]) {
        let mut prepared = prepare(&server);
        prepared.plan.set("database.pool_size", "5");
        server.execute("SET GLOBAL max_connections = 45").unwrap();
        wait(prepared.plan.run(&DATABASE)).is_healthy();
        let run = wait(async {
            let mut held = Vec::new();
            for _ in 0..20 {
                let mut stream = TcpStream::connect((server.host(), server.port())).await.unwrap();
                // The first bytes arrive when the server has accepted the connection.
                stream.read_exact(&mut [0; 5]).await.unwrap();
                held.push(stream);
            }
            prepared.plan.run(&DATABASE).await
        });
        let result = run.warns_alone(CheckId::Db29, "Other accounts use 2");
        assert!(result.required.starts_with("At least 30 free"), "{result:?}");
    }
}

#[test]
fn a_database_far_away() {
    for server in servers() {
        for delay in [Duration::from_millis(10), Duration::from_millis(200)] {
            let mut prepared = prepare(&server);
            let run = wait(async {
                prepared.plan.set("database.port", Proxy::slow(server.port(), delay).await.port);
                prepared.plan.run(&DATABASE).await
            });
            println!("{:?} with {delay:?} more a round trip: {:?}", server.product(), run.took);
            run.warns_alone(CheckId::Db37, " ms, slowest of");
            assert_eq!(run.with(Outcome::CouldNotCheck), [], "{:#?}", run.results());
        }
    }
}

#[test]
fn clocks_that_differ() {
    for server in servers() {
        for (ahead, words) in
            [(-90, "s ahead of that of this server"), (90, "s behind that of this server"), (3, "s behind")]
        {
            let mut prepared = prepare(&server);
            prepared.plan.clock_is_ahead(ahead);
            wait(prepared.plan.run(&DATABASE)).warns_alone(CheckId::Db35, words);
        }
    }
}
