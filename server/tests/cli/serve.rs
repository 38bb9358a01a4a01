//! `clusterwright serve`: its start, what prevents it, its end, and its log.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use sqlx::{Connection as _, Executor as _};

use crate::support::{ADMIN_PASSWORD, DATABASE_PASSWORD, Ran, Serving, World, mode};

const SERVE: [&str; 5] = ["serve", "--port", "0", "--data-dir", "data"];

fn serve(world: &World) -> Serving {
    Serving::start(world.command(&SERVE, &[]))
}

/// A stop by SIGTERM is a regular end and takes no longer than the timeout of open requests.
fn stopped(server: Serving) -> Ran {
    let (ran, took) = server.stop();
    assert!(took < Duration::from_secs(8), "it took {took:?}");
    ran.expect(0)
}

#[test]
fn it_prints_its_address_and_keeps_its_files_private() {
    let world = World::new();
    let server = serve(&world);
    assert_eq!(server.get("/healthz").body, "ok\n");
    assert!(server.get("/").body.contains("<h1"));
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
    let server = serve(&world);
    let others = std::net::TcpStream::connect_timeout(
        &(std::net::Ipv4Addr::new(127, 0, 0, 2), server.port).into(),
        Duration::from_secs(5),
    );
    assert!(others.is_err(), "it listens on 127.0.0.1, not on every address");
    stopped(server);
}

#[test]
fn another_address_of_this_machine_is_printed_as_it_is_and_answers() {
    let world = World::new();
    let serve = ["serve", "--port", "0", "--listen", "127.0.0.2", "--data-dir", "data"];
    let server = Serving::start(world.command(&serve, &[]));
    let address = format!("127.0.0.2:{}", server.port);
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (ran, _) = server.stop();
    assert!(ran.stdout.contains(&format!("is ready at http://{address}")), "{}", ran.stdout);
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let world = World::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let ran = world.run(&["serve", "--port", &port, "--data-dir", "data"], &[]).expect(3);
    ran.complains(&["Port", &port, "in use", "--port"]);
    assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);
}

#[test]
fn a_second_server_on_the_same_port_does_not_disturb_the_first() {
    let world = World::new();
    let server = serve(&world);
    let plan = server.plan();
    let port = server.port.to_string();
    world.run(&["serve", "--port", &port, "--data-dir", "data"], &[]).expect(3).complains(&["in use"]);
    assert_eq!(server.get(&format!("{plan}/product")).status, 200);
    stopped(server);
}

#[test]
fn a_damaged_database_is_named_and_left_as_it_is() {
    let world = World::new();
    let server = serve(&world);
    server.plan();
    stopped(server);
    let file = world.path("data/clusterwright.db");
    for damage in [b"This is a letter, not a database.".repeat(300), b"SQLite format 3\0 and then nonsense".repeat(300)]
    {
        fs::write(&file, &damage).unwrap();
        let ran = world.run(&SERVE, &[]).expect(3);
        ran.complains(&["clusterwright.db"]);
        assert!(!ran.stdout.contains("ready") && !ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert_eq!(fs::read(&file).unwrap(), damage, "nothing is thrown away");
    }
}

#[test]
fn a_vault_key_that_is_none_is_named() {
    let world = World::new();
    let ran = world.run(&SERVE, &[("CLUSTERWRIGHT_VAULT_KEY", "too short")]).expect(3);
    assert!(!ran.stderr.contains("too short"), "a wrong key may be nearly the right one: {}", ran.stderr);
    ran.complains(&["CLUSTERWRIGHT_VAULT_KEY"]);
}

#[tokio::test]
async fn a_locked_database_is_named_and_opens_once_it_is_free() {
    let world = World::new();
    let server = serve(&world);
    let plan = server.plan();
    stopped(server);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.path("data/clusterwright.db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await.unwrap();
    let ran = world.run(&SERVE, &[]).expect(3);
    ran.complains(&["clusterwright.db", "lock"]);
    assert!(!ran.stdout.contains("ready"), "{}", ran.stdout);

    other.close().await.unwrap();
    let server = serve(&world);
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
    let server = serve(&world);
    let plan = server.plan();
    let mut stream = server.connect();
    write!(stream, "GET {plan}/checks/events HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.port).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    // A silent connection must not delay it either.
    let _silent = server.connect();
    stopped(server);
}

#[test]
fn what_was_saved_is_there_after_a_restart_even_after_a_kill() {
    let world = World::new();
    let server = serve(&world);
    let plan = server.plan();
    let fields = [("database.host", "no host!"), ("database.password", DATABASE_PASSWORD), ("action", "save")];
    assert_eq!(server.post(&format!("{plan}/database"), &fields).status, 303);
    // Dropping kills with SIGKILL: without any clean-up.
    drop(server);
    let server = serve(&world);
    let page = server.get(&format!("{plan}/database")).body;
    assert!(page.contains("no host!") && page.contains("Leave the field empty to keep it."), "{page}");
    stopped(server);
}

#[test]
fn the_log_holds_no_secret_at_its_most_talkative() {
    let world = World::new();
    let server = Serving::start(world.command(&SERVE, &[("CLUSTERWRIGHT_LOG", "trace")]));
    let plan = server.plan();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let steps: [(&str, &[(&str, &str)]); 5] = [
        ("product", &[("product.version", "7.2.0")]),
        ("database", &[("database.port", &closed), ("database.password", DATABASE_PASSWORD)]),
        ("user-store", &[("user_store.admin_password", ADMIN_PASSWORD)]),
        ("clustering", &[]),
        ("load-balancer", &[("load_balancer.hostname", "localhost")]),
    ];
    for (step, fields) in steps {
        let answer = server.post(&format!("{plan}/{step}"), &[fields, &[("action", "continue")]].concat());
        assert_eq!(answer.status, 303, "{step}: {}", answer.body);
    }
    // Failed forms, failed checks and the download all use the secrets.
    let wrong = [("database.port", "0"), ("database.password", "canary{{x"), ("action", "continue")];
    assert_eq!(server.post(&format!("{plan}/database"), &wrong).status, 422);
    let right = [("database.port", closed.as_str()), ("database.password", DATABASE_PASSWORD), ("action", "continue")];
    assert_eq!(server.post(&format!("{plan}/database"), &right).status, 303);
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
