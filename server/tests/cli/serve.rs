//! `clusterwright serve`: its start, problems that prevent it, its end, and its log.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use domain::step::Step;
use sqlx::{Connection as _, Executor as _};
use testbed::http::{TestRequest, exchange};
use testbed::plan::{DATABASE_PASSWORD, TestPlan};
use testbed::port;

use crate::support::{Ran, SERVE, Serving, World, mode};

/// SIGTERM ends the server without an error, within the time that open requests have.
fn stopped(server: Serving) -> Ran {
    let (ran, took) = server.stop();
    assert!(took < Duration::from_secs(8), "it took {took:?}");
    ran.expect(0)
}

#[test]
fn it_prints_its_address_and_keeps_its_files_private() {
    let world = World::new();
    let server = world.serve();
    assert_eq!(server.get("/healthz").text(), "ok\n");
    assert!(server.get("/").text().contains("<h1"));
    assert_eq!(mode(&world.path("data")), 0o700, "plans name hosts and accounts");
    for entry in fs::read_dir(world.path("data")).unwrap() {
        let path = entry.unwrap().path();
        let is_key = path.extension().is_some_and(|extension| extension == "key");
        assert!(!is_key || mode(&path) == 0o600, "{}: {:o}", path.display(), mode(&path));
    }
    let log = stopped(server).stderr;
    assert!(log.contains("serving") && !log.contains('\u{1b}'), "no colours where there is no terminal: {log}");
}

#[test]
fn it_answers_on_this_machine_alone() {
    let world = World::new();
    let server = world.serve();
    let other = (Ipv4Addr::new(127, 0, 0, 2), server.port).into();
    let connected = TcpStream::connect_timeout(&other, Duration::from_secs(5));
    assert!(connected.is_err(), "it listens on 127.0.0.1, not on every address");
    stopped(server);
}

#[test]
fn another_address_of_this_machine_is_printed_as_it_is_and_answers() {
    let world = World::new();
    let serve = ["serve", "--port", "0", "--listen", "127.0.0.2", "--data-dir", "data"];
    let server = Serving::start(world.command(&serve, &[]));
    let address = format!("127.0.0.2:{}", server.port);
    let request = TestRequest::get("/").header("host", &address);
    let page = exchange(TcpStream::connect(&address).unwrap(), &request).unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    let (ran, _) = server.stop();
    assert!(ran.stdout.contains(&format!("is ready at http://{address}")), "{}", ran.stdout);
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let world = World::new();
    let (_other, port) = port::silent();
    let port = port.to_string();
    let ran = world.run(&["serve", "--port", &port, "--data-dir", "data"], &[]).expect(3);
    ran.complains(&["Port", &port, "in use", "--port"]);
    assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);
}

#[test]
fn a_second_server_on_the_same_port_does_not_disturb_the_first() {
    let world = World::new();
    let server = world.serve();
    let plan = server.plan();
    let port = server.port.to_string();
    world.run(&["serve", "--port", &port, "--data-dir", "data"], &[]).expect(3).complains(&["in use"]);
    assert_eq!(server.get(&format!("{plan}/product")).status, 200);
    stopped(server);
}

#[test]
fn a_damaged_database_is_named_and_left_as_it_is() {
    let world = World::new();
    let server = world.serve();
    server.plan();
    stopped(server);
    let file = world.path("data/clusterwright.db");
    for damage in [b"This is a letter, not a database.".repeat(300), b"SQLite format 3\0 and then nonsense".repeat(300)]
    {
        fs::write(&file, &damage).unwrap();
        let ran = world.run(&SERVE, &[]).expect(3);
        ran.complains(&["clusterwright.db"]);
        assert!(!ran.stdout.contains("ready") && !ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert_eq!(fs::read(&file).unwrap(), damage, "the file is not changed");
    }
}

#[test]
fn a_vault_key_that_is_none_is_named() {
    let world = World::new();
    let ran = world.run(&SERVE, &[("CLUSTERWRIGHT_VAULT_KEY", "too short")]).expect(3);
    assert!(!ran.stderr.contains("too short"), "a wrong key may be similar to the right one: {}", ran.stderr);
    ran.complains(&["CLUSTERWRIGHT_VAULT_KEY"]);
}

#[tokio::test]
async fn a_locked_database_is_named_and_opens_once_it_is_free() {
    let world = World::new();
    let server = world.serve();
    let plan = server.plan();
    stopped(server);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path("data/clusterwright.db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await.unwrap();
    let ran = world.run(&SERVE, &[]).expect(3);
    ran.complains(&["clusterwright.db", "lock"]);
    assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);

    other.close().await.unwrap();
    let server = world.serve();
    assert_eq!(server.get(&format!("{plan}/product")).status, 200, "nothing is lost");
    stopped(server);
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let world = World::new();
    world.write("file", "a regular file");
    for folder in ["file", "file/data"] {
        let ran = world.run(&["serve", "--port", "0", "--data-dir", folder], &[]).expect(3);
        ran.complains(&[folder, "--data-dir"]);
        assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);
    }
    assert_eq!(fs::read_to_string(world.path("file")).unwrap(), "a regular file");
    assert_eq!(world.names(), ["file"]);
}

#[test]
fn it_stops_on_a_signal_while_a_browser_still_listens() {
    let world = World::new();
    let server = world.serve();
    let plan = server.plan();
    let request = TestRequest::get(&format!("{plan}/checks/events")).header("connection", "keep-alive");
    let mut stream = server.open(request);
    let head = stream.head();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    // A connection without a request must not delay the end either.
    let _silent = server.connect();
    stopped(server);
}

#[test]
fn what_was_saved_is_there_after_a_restart_even_after_a_kill() {
    let world = World::new();
    let server = world.serve();
    let plan = server.plan();
    server.save(&plan, "database", &[("database.host", "no host!"), ("database.password", DATABASE_PASSWORD)]);
    // Dropping kills with SIGKILL, so that the server cannot clean up.
    drop(server);
    let server = world.serve();
    let page = server.get(&format!("{plan}/database")).text();
    assert!(page.contains("no host!") && page.contains("Leave the field empty to keep it."), "{page}");
    stopped(server);
}

#[test]
fn the_log_holds_no_secret_at_its_most_talkative() {
    let world = World::new();
    let server = world.serve_over(None, &[("CLUSTERWRIGHT_LOG", "trace")]);
    let plan = server.plan();
    let answers =
        TestPlan::one_machine().with("database.port", port::closed()).with("load_balancer.hostname", "localhost");
    server.enter(&plan, &answers, &Step::ALL.map(Step::slug));
    // Failed forms, failed checks and the download all process the secrets.
    let wrong = [("database.port", "0"), ("database.password", "canary{{x"), ("action", "continue")];
    assert_eq!(server.post(&format!("{plan}/database"), &wrong).status, 422);
    server.enter(&plan, &answers, &["database"]);
    assert_eq!(server.post(&format!("{plan}/bundle"), &[]).status, 200);
    assert_eq!(server.post(&format!("{plan}/checks"), &[("id", "DB-02"), ("id", "DB-05")]).status, 303);
    assert_eq!(server.post(&format!("{plan}/bundle"), &[]).status, 200, "a failed check is an open task");
    let ran = stopped(server);
    assert!(ran.stderr.len() > 1000, "the log was talkative");
    for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        for line in text.lines() {
            assert!(!line.contains("canary"), "{name}: {line}");
        }
    }
}
