//! What can be wrong at the start. Each advice that names a statement is followed, and then the store opens.

use store::{SqlServerProblem, Store as _};

use crate::{CANARY, Server, all, change, create, id, open, own_servers, problem, refused, save, servers};

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let port = testbed::port::free().unwrap();
    for scheme in ["mysql", "postgres"] {
        let found = refused(&format!("{scheme}://u:{CANARY}@127.0.0.1:{port}/d")).await;
        assert!(matches!(found, SqlServerProblem::Unreachable(_)), "{found:?}");
        let found = refused(&format!("{scheme}://u:{CANARY}@no-such-host.invalid/d")).await;
        assert!(matches!(found, SqlServerProblem::Unreachable(_)), "{found:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_refused_login() {
    for server in servers() {
        let name = server.world("wrong_password");
        let found = refused(&server.url(&name).replace(CANARY, "another")).await;
        assert!(matches!(&found, SqlServerProblem::LoginRefused { user, .. } if *user == name), "{found:?}");
        open(&server.url(&name)).await.unwrap();
    }
}

#[tokio::test]
async fn the_advice_creates_a_missing_database() {
    for server in servers() {
        let name = server.user("no_database");
        let found = refused(&server.url(&name)).await;
        let statement = match found {
            SqlServerProblem::NoDatabase { statement, .. } => statement,
            // MySQL does not reveal to an account without rights whether the database exists.
            SqlServerProblem::NoRights { statement, .. } => format!("CREATE DATABASE {name}; {statement}"),
            other => panic!("{other:?}"),
        };
        server.administer("postgres", &statement);
        create(&open(&server.url(&name)).await.unwrap()).await;
    }
}

#[tokio::test]
async fn the_advice_grants_missing_privileges() {
    for server in servers() {
        let name = server.user("no_rights");
        let read_only = server.either(
            format!("CREATE DATABASE {name}; GRANT SELECT ON {name}.* TO {name}@'%'"),
            format!("CREATE DATABASE {name}"),
        );
        server.administer("postgres", &read_only);
        let found = refused(&server.url(&name)).await;
        let SqlServerProblem::NoRights { statement, .. } = found else { panic!("{found:?}") };
        server.administer("postgres", &statement);
        create(&open(&server.url(&name)).await.unwrap()).await;
    }
}

#[tokio::test]
async fn rights_that_are_taken_away_are_noticed_at_start() {
    for server in servers() {
        let name = server.world("fewer_rights");
        open(&server.url(&name)).await.unwrap().close().await;
        let taken = server.either(
            format!("REVOKE ALL ON {name}.* FROM {name}@'%'; GRANT SELECT ON {name}.* TO {name}@'%'"),
            format!("REASSIGN OWNED BY {name} TO postgres; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"),
        );
        server.administer(&name, &taken);
        let found = refused(&server.url(&name)).await;
        assert!(matches!(found, SqlServerProblem::NoRights { .. }), "{found:?}");
    }
}

#[tokio::test]
async fn the_database_of_another_program_is_left_alone() {
    for server in servers() {
        let name = server.world("foreign");
        let table =
            server.either(format!("CREATE TABLE {name}.plans (a INT)"), "CREATE TABLE plans (a INT)".to_owned());
        server.administer(&name, &table);
        let found = refused(&server.url(&name)).await;
        assert!(matches!(found, SqlServerProblem::Foreign), "{found:?}");
    }
}

#[tokio::test]
async fn newer_tables_are_used_only_where_they_allow_it() {
    for server in servers() {
        let name = server.world("newer");
        create(&open(&server.url(&name)).await.unwrap()).await;
        let place = server.either(format!("{name}."), String::new());
        let bytes = server.either("x'00'", "'\\x00'");
        let further = format!(
            "INSERT INTO {place}_sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9000, 'from the future', TRUE, {bytes}, 1); CREATE TABLE {place}from_the_future (a INT)"
        );
        server.administer(&name, &further);
        let store = open(&server.url(&name)).await.unwrap();
        assert_eq!(save(&store, 1).await, 2, "the step only adds");
        server.administer(&name, &format!("UPDATE {place}oldest_program SET step = 9000"));
        let found = refused(&server.url(&name)).await;
        assert!(matches!(found, SqlServerProblem::Newer { found: 9000, known: 1 }), "{found:?}");
        server.administer(&name, &format!("UPDATE {place}oldest_program SET step = 1"));
        server.administer(&name, &format!("UPDATE {place}_sqlx_migrations SET checksum = {bytes} WHERE version = 1"));
        let found = refused(&server.url(&name)).await;
        assert!(matches!(found, SqlServerProblem::Differs { migration: 1 }), "{found:?}");
    }
}

#[tokio::test]
async fn a_step_that_was_cut_off_is_taken_again_on_mysql() {
    for server in servers().filter(|server| matches!(server, Server::MySql(_))) {
        let name = server.world("cut_off");
        open(&server.url(&name)).await.unwrap().close().await;
        let cut = format!(
            "UPDATE {name}._sqlx_migrations SET success = FALSE; DROP TABLE {name}.record_heads; \
             DROP TABLE {name}.oldest_program"
        );
        server.administer("", &cut);
        create(&open(&server.url(&name)).await.unwrap()).await;
    }
}

#[tokio::test]
async fn a_read_only_server_is_named_as_such_and_used_again_afterwards() {
    for server in own_servers(&[], &[]) {
        let name = server.world("read_only");
        let store = open(&server.url(&name)).await.unwrap();
        create(&store).await;
        let read_only = |on: &str| {
            let mysql = format!("SET GLOBAL read_only = {on}");
            let postgres = format!("ALTER SYSTEM SET default_transaction_read_only = {on}; SELECT pg_reload_conf();");
            server.administer("postgres", &server.either(mysql, postgres));
        };
        read_only("ON");
        // The processes of PostgreSQL apply the new configuration a moment later.
        let mut revision = 1;
        let found = loop {
            match store.save(id(), revision, &change("not yet")).await {
                Ok(_saved) => revision += 1,
                Err(error) => break problem(error),
            }
        };
        assert!(matches!(found, SqlServerProblem::ReadOnly(_)), "{found:?}");
        let found = refused(&server.url(&name)).await;
        assert!(matches!(found, SqlServerProblem::ReadOnly(_)), "{found:?}");
        assert_eq!(store.load(id()).await.unwrap().unwrap().revision, revision, "reading goes on");
        read_only("OFF");
        while let Err(error) = store.save(id(), revision, &change("again")).await {
            assert!(matches!(problem(error), SqlServerProblem::ReadOnly(_)));
        }
        assert_eq!(store.load(id()).await.unwrap().unwrap().document, "again");
    }
}

#[tokio::test]
async fn too_many_connections_are_named_as_such() {
    for server in servers() {
        let name = server.world("too_many");
        let limit = server.either(
            format!("ALTER USER {name}@'%' WITH MAX_USER_CONNECTIONS 3"),
            format!("ALTER ROLE {name} CONNECTION LIMIT 3"),
        );
        server.administer("postgres", &limit);
        // Each keeps its own connection open.
        let mut stores = Vec::new();
        let found = loop {
            match open(&server.url(&name)).await {
                Ok(store) => match store.health().await {
                    Ok(()) => stores.push(store),
                    Err(error) => break problem(error),
                },
                Err(_) => break refused(&server.url(&name)).await,
            }
            assert!(stores.len() < 4, "there was no limit");
        };
        assert!(matches!(found, SqlServerProblem::TooManyConnections(_)), "{found:?}");
        stores[0].health().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_refused_where_encryption_is_demanded() {
    // MySQL 9 does not know --skip-ssl; without a TLS version it offers no TLS.
    let mysql = [testbed::mariadb_with(&["--skip-ssl"]), testbed::mysql_with(&["--tls-version="])];
    for server in all(mysql, testbed::postgres_with(&["ssl=off"])) {
        let name = server.world("no_tls");
        open(&server.url(&name)).await.unwrap();
        let found = refused(&format!("{}?sslmode=require", server.url(&name))).await;
        assert!(matches!(found, SqlServerProblem::Tls(_)), "{found:?}");
    }
}

#[tokio::test]
async fn an_encrypted_connection_succeeds_and_an_unknown_authority_is_refused() {
    for server in servers()
        .filter(|server| matches!(server, Server::MySql(mysql) if mysql.product() == testbed::TestServerProduct::MySql))
    {
        let name = server.world("tls");
        create(&open(&format!("{}?sslmode=require", server.url(&name))).await.unwrap()).await;
        let found = refused(&format!("{}?sslmode=verify-full", server.url(&name))).await;
        assert!(matches!(found, SqlServerProblem::Tls(_)), "{found:?}");
        let found = refused(&format!("{}?sslmode=verify-ca&sslrootcert=/no/such/file.pem", server.url(&name))).await;
        assert!(matches!(found, SqlServerProblem::Tls(_)), "{found:?}");
    }
}
