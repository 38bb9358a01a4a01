//! Plans on the command line: listed, exported, imported, deleted; and copied from store to store.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use testbed::plan::DATABASE_PASSWORD;
use testbed::{or_report, wait};

use crate::support::{SECRETS, Serving, World};

const HERE: [&str; 2] = ["--data-dir", "data"];
const SET: &str = "Leave the field empty to keep it.";

/// Imports the example and returns the ID of the plan.
fn import(world: &World) -> String {
    let ran = world.run(&[&["plans", "import", "plan.toml"], &HERE[..]].concat(), &SECRETS).expect(0);
    ran.stdout.split(' ').next().unwrap().to_owned()
}

#[test]
fn a_plan_is_imported_listed_exported_and_deleted() {
    let world = World::with_example();
    let id = import(&world);
    let plans = |arguments: &[&str]| world.run(&[&["plans"], arguments, &HERE].concat(), &[]);
    let listed = plans(&["list"]).expect(0).stdout;
    assert!(listed.starts_with(&id) && listed.contains("Two nodes on one machine"), "{listed}");

    let printed = plans(&["export", &id]).expect(0).stdout;
    assert!(printed.contains("# password: set in the wizard"), "{printed}");
    assert!(!printed.contains(DATABASE_PASSWORD));
    plans(&["export", &id, "--out", "out.toml"]).expect(0);
    assert_eq!(fs::read_to_string(world.path("out.toml")).unwrap().trim_end(), printed.trim_end());
    plans(&["export", &id, "--out", "out.toml"]).expect(3).complains(&["out.toml", "file that does not exist"]);
    plans(&["export", "--all", "all"]).expect(0);
    assert!(world.path(&format!("all/{id}.toml")).is_file());
    let again = plans(&["import", "out.toml"]).expect(0).stdout;
    assert!(!again.starts_with(&id), "it is a new plan");

    plans(&["delete", &id]).expect(2).complains(&["--yes"]);
    plans(&["delete", &id, "--yes"]).expect(0);
    plans(&["export", &id]).expect(2).complains(&[&format!("Plan {id} does not exist")]);
    assert_eq!(plans(&["list"]).expect(0).stdout.lines().count(), 1);
    plans(&["export", "no-id"]).expect(2);
    plans(&["import", "nowhere.toml"]).expect(2).complains(&["Cannot read nowhere.toml"]);
    plans(&["list", "--store", "mysql://u:canary-in-url@h"]).expect(2).complains(&["contains no database"]);
}

/// Copies a store with a plan and its secret to `url`, and starts a server on it with the same key.
fn copied(url: &str, password: &str) {
    let world = World::with_example();
    let id = import(&world);
    let environment = [("CLUSTERWRIGHT_STORE_PASSWORD", password)];
    let copy = ["store", "copy", "sqlite:data/clusterwright.db", url];
    let ran = world.run(&copy, &environment).expect(0);
    assert!(ran.stdout.contains("1 plans with"), "{}", ran.stdout);
    world.run(&copy, &environment).expect(3).complains(&["TO already contains plans"]);
    world.run(&[&copy[..], &["--resume"]].concat(), &environment).expect(0);

    let server = world.serve_over(Some(url), &environment);
    assert!(server.get(&format!("/plans/{id}/database")).text().contains(SET), "the copy has the secret, which opens");
    let (ran, _) = server.stop();
    assert!(!ran.stderr.contains("sealed with key"), "{}", ran.stderr);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(password));

    // Another server with a different key.
    let other = ["serve", "--port", "0", "--data-dir", "other", "--store", url];
    let server = Serving::start(world.command(&other, &environment));
    assert!(!server.get(&format!("/plans/{id}/database")).text().contains(SET), "it counts as missing");
    let (ran, _) = server.stop();
    ran.complains(&["sealed with key", "vault.key of the others"]);
}

#[test]
fn a_store_is_copied_into_mariadb_mysql_and_postgres() {
    for server in [testbed::mariadb(), testbed::mysql()] {
        let Some(server) = or_report(server) else { continue };
        let database = server.create_database("latin1").unwrap();
        let (user, password) = server.administrator();
        copied(&format!("mysql://{user}@127.0.0.1:{}/{}", server.port(), database.name()), password);
    }
    let Some(server) = or_report(testbed::postgres()) else { return };
    let database = server.create_database().unwrap();
    let (user, password) = server.administrator();
    copied(&format!("postgres://{user}@127.0.0.1:{}/{}", server.port(), database.name()), password);
}

/// Creates a backup while a server saves, restores it, and looks for the plan with its secret.
fn backed_up(store: Option<&str>, password: &str, back_up: impl Fn(&World), restored: Option<&str>) {
    let world = World::with_example();
    let environment = [("CLUSTERWRIGHT_STORE_PASSWORD", password)];
    let serve = |folder: &str, store: Option<&str>| {
        let mut arguments = vec!["serve", "--port", "0", "--data-dir", folder];
        arguments.extend(store.iter().flat_map(|store| ["--store", *store]));
        Serving::start(world.command(&arguments, &environment))
    };
    let server = serve("data", store);
    let plan = server.plan();
    server.save(&plan, "database", &[("database.password", DATABASE_PASSWORD)]);
    let (stop, saves) = (AtomicBool::new(false), AtomicU32::new(0));
    let taken = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let host = format!("db-{}.example.com", saves.load(Ordering::Relaxed));
                server.save(&plan, "database", &[("database.host", &host)]);
                saves.fetch_add(1, Ordering::Relaxed);
            }
        });
        let has_begun = wait::until(Duration::from_secs(60), || saves.load(Ordering::Relaxed) >= 3);
        // A backup that fails must not leave the writer running.
        let taken = std::panic::catch_unwind(AssertUnwindSafe(|| back_up(&world)));
        stop.store(true, Ordering::Relaxed);
        assert!(has_begun, "the writer does not save");
        taken
    });
    if let Err(failure) = taken {
        std::panic::resume_unwind(failure);
    }
    drop(server);
    let server = serve("restored", restored);
    let page = server.get(&format!("{plan}/database"));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("value=\"db-") && page.text().contains(SET), "the last saves and the secret");
    assert!(server.get("/").text().contains("Command line"));
    let (ran, _) = server.stop();
    assert!(!ran.stderr.contains("sealed with key"), "{}", ran.stderr);
}

fn keep_key(world: &World) {
    fs::create_dir(world.path("restored")).unwrap();
    fs::copy(world.path("data/vault.key"), world.path("restored/vault.key")).unwrap();
}

fn done(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_backup_of_sqlite_taken_while_writing_is_restored() {
    let back_up = |world: &World| {
        keep_key(world);
        // As `sqlite3 clusterwright.db "VACUUM INTO …"`.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use sqlx::ConnectOptions as _;
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(world.path("data/clusterwright.db"))
                .busy_timeout(Duration::from_secs(30));
            let mut connection = options.connect().await.unwrap();
            let target = world.path("restored/clusterwright.db").display().to_string();
            sqlx::query("VACUUM INTO ?1").bind(target).execute(&mut connection).await.unwrap();
        });
    };
    backed_up(None, "", back_up, None);
}

#[test]
fn a_dump_of_postgres_taken_while_writing_is_restored() {
    let Some(server) = or_report(testbed::postgres()) else { return };
    let (from, to) = (server.create_database().unwrap(), server.create_database().unwrap());
    let (user, password) = server.administrator();
    let url = |name: &str| format!("postgres://{user}@127.0.0.1:{}/{name}", server.port());
    let back_up = |world: &World| {
        keep_key(world);
        let dump = done(&mut server.program("pg_dump", from.name()));
        server.execute(to.name(), &String::from_utf8(dump).unwrap()).unwrap();
    };
    backed_up(Some(&url(from.name())), password, back_up, Some(&url(to.name())));
}

#[test]
fn a_dump_of_mysql_taken_while_writing_is_restored() {
    let Some(server) = or_report(testbed::mysql()) else { return };
    let (from, to) = (server.create_database("utf8mb4").unwrap(), server.create_database("utf8mb4").unwrap());
    let (user, password) = server.administrator();
    let url = |name: &str| format!("mysql://{user}@127.0.0.1:{}/{name}", server.port());
    let back_up = |world: &World| {
        keep_key(world);
        let mut dump = server.dump(from.name());
        let dump = done(dump.args(["--single-transaction", "--hex-blob", "--no-tablespaces"]));
        world.write("dump.sql", dump);
        server.run_script(to.name(), world.path("dump.sql")).unwrap();
    };
    backed_up(Some(&url(from.name())), password, back_up, Some(&url(to.name())));
}
