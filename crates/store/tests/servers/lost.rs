//! Connections that break in the middle of a save, and servers that are killed.

use store::{SaveOutcome, SqlServerProblem, Store as _};

use crate::proxy::{Cut, Proxy};
use crate::{Server, change, create, id, open, own_servers, problem, save, servers};

#[tokio::test]
async fn a_connection_that_breaks_before_the_end_of_a_save_is_not_noticed() {
    for server in servers() {
        let name = server.world("broken");
        let proxy = Proxy::to(server.port(), Cut::Before("UPDATE plans")).await;
        let store = open(&server.url_by(proxy.port, &name)).await.unwrap();
        create(&store).await;
        proxy.cut(2);
        assert_eq!(save(&store, 1).await, 2);
        assert_eq!(proxy.left(), 0, "it broke");
    }
}

#[tokio::test]
async fn a_connection_that_always_breaks_is_reported_and_the_plan_is_unchanged() {
    for server in servers() {
        let name = server.world("always_broken");
        let proxy = Proxy::to(server.port(), Cut::Before("UPDATE plans")).await;
        let store = open(&server.url_by(proxy.port, &name)).await.unwrap();
        create(&store).await;
        proxy.cut(u32::MAX);
        let found = problem(store.save(id(), 1, &change("lost")).await.unwrap_err());
        assert!(matches!(found, SqlServerProblem::ConnectionLost(_)), "{found:?}");
        assert_eq!(store.load(id()).await.unwrap().unwrap().document, "first");
        proxy.cut(0);
        assert_eq!(save(&store, 1).await, 2, "usable once the way is mended");
    }
}

#[tokio::test]
async fn a_save_that_may_have_been_kept_is_never_done_twice() {
    for (cut, kept) in [(Cut::Before("COMMIT"), false), (Cut::After("COMMIT"), true)] {
        for server in servers() {
            let name = server.world(if kept { "kept" } else { "not_kept" });
            let proxy = Proxy::to(server.port(), cut).await;
            let store = open(&server.url_by(proxy.port, &name)).await.unwrap();
            create(&store).await;
            proxy.cut(1);
            let found = problem(store.save(id(), 1, &change("perhaps")).await.unwrap_err());
            assert!(matches!(found, SqlServerProblem::Uncertain(_)), "{found:?}");
            let plan = store.load(id()).await.unwrap().unwrap();
            let expected = if kept { ("perhaps", 2) } else { ("first", 1) };
            assert_eq!((plan.document.as_str(), plan.revision), expected);
            assert_eq!(save(&store, plan.revision).await, plan.revision + 1);
        }
    }
}

#[tokio::test]
async fn a_restarted_server_has_every_save_it_acknowledged() {
    // As a production server is configured: what it acknowledges is on the disk.
    for mut server in own_servers(&["--innodb-flush-log-at-trx-commit=1"], &["fsync=on"]) {
        let name = server.world("fallen");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        let mut revision = 1;
        for _save in 0..20 {
            revision = save(&store, revision).await;
        }
        server.kill();
        let found = problem(store.save(id(), revision, &change("fallen")).await.unwrap_err());
        assert!(matches!(found, SqlServerProblem::Unreachable(_) | SqlServerProblem::ConnectionLost(_)), "{found:?}");
        server.start_again();
        assert_eq!(store.load(id()).await.unwrap().unwrap().revision, revision, "nothing was opened anew by hand");
        let next = store.save(id(), revision, &change("back")).await.unwrap();
        assert_eq!(next, SaveOutcome::Saved { revision: revision + 1 });
    }
}

#[tokio::test]
async fn connections_that_the_server_closes_are_replaced_unnoticed() {
    for server in servers() {
        let name = server.world("closed");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        match &server {
            Server::MySql(_) => {
                let mine = format!("SELECT id FROM information_schema.processlist WHERE user = '{name}'");
                for id in server.administer("", &mine).lines() {
                    server.administer("", &format!("KILL {id}"));
                }
            }
            Server::Postgres(_) => {
                let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'");
                server.administer("postgres", &all);
            }
        }
        assert_eq!(save(&store, 1).await, 2);
    }
}
