//! Rotation of the vault key, while the server runs and after a kill.

use std::fs;

use testbed::plan::DATABASE_PASSWORD;

use crate::support::{SERVE, Serving, World, mode};

const ROTATE: [&str; 4] = ["vault", "rotate", "--data-dir", "data"];
const OTHER_KEY: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SET: &str = "Leave the field empty to keep it.";

/// A server with a plan that has a password, and the path of the plan.
fn serve_with_password(world: &World) -> (Serving, String) {
    let server = world.serve();
    let plan = server.plan();
    server.save(&plan, "database", &[("database.password", DATABASE_PASSWORD)]);
    (server, plan)
}

fn is_set(server: &Serving, plan: &str) -> bool {
    server.get(&format!("{plan}/database")).text().contains(SET)
}

#[test]
fn keys_change_while_the_server_runs() {
    let world = World::new();
    let (server, plan) = serve_with_password(&world);
    let key = world.path("data/vault.key");
    let before = fs::read_to_string(&key).unwrap();
    let ran = world.run(&ROTATE, &[]).expect(0);
    assert!(
        ran.stdout.contains("Created a new key") && ran.stdout.contains("The old key is deleted"),
        "{}",
        ran.stdout
    );
    let after = fs::read_to_string(&key).unwrap();
    assert_eq!((after.lines().count(), mode(&key)), (1, 0o600));
    assert!(!after.contains(before.trim()) && !ran.stdout.contains(after.trim()));
    assert!(is_set(&server, &plan), "the server has read the new key");
    server.save(&plan, "database", &[("database.password", "Db-canary-new")]);
    drop(server);
    let server = world.serve();
    assert!(is_set(&server, &plan), "a secret that was sealed after the change opens too");
}

#[test]
fn a_change_that_was_killed_loses_nothing_and_goes_on() {
    let world = World::new();
    let (server, plan) = serve_with_password(&world);
    let key = world.path("data/vault.key");
    let mut rotating = world.command(&ROTATE, &[]).spawn().unwrap();
    // When the file has both keys, and before the command ends: it waits for pending saves.
    while fs::read_to_string(&key).unwrap().lines().count() < 2 {
        std::thread::yield_now();
        assert!(rotating.try_wait().unwrap().is_none(), "it ended before it could be killed");
    }
    rotating.kill().unwrap();
    rotating.wait().unwrap();
    assert!(is_set(&server, &plan));
    drop(server);
    let server = world.serve();
    assert!(is_set(&server, &plan), "a start with both keys");
    let ran = world.run(&ROTATE, &[]).expect(0);
    assert!(ran.stdout.contains("Continuing an interrupted key rotation"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(&key).unwrap().lines().count(), 1);
    assert!(is_set(&server, &plan));
}

#[test]
fn a_key_of_the_environment_is_changed_by_the_operator() {
    let world = World::new();
    let old = "00".repeat(32);
    world.run(&ROTATE, &[("CLUSTERWRIGHT_VAULT_KEY", &old)]).expect(3).complains(&["openssl rand", "comma"]);
    let both = format!("{OTHER_KEY},{old}");
    let ran = world.run(&ROTATE, &[("CLUSTERWRIGHT_VAULT_KEY", &both)]).expect(0);
    assert!(ran.stdout.contains("remove the old keys"), "{}", ran.stdout);
}

#[test]
fn without_the_right_key_the_program_starts_and_reports_what_is_missing() {
    let world = World::new();
    let (server, plan) = serve_with_password(&world);
    drop(server);
    let server = world.serve_over(None, &[("CLUSTERWRIGHT_VAULT_KEY", OTHER_KEY)]);
    let page = server.get(&format!("{plan}/database")).text();
    assert!(page.contains("sealed with another vault key and count as missing") && !page.contains(SET), "{page}");
    assert_eq!(server.post(&format!("{plan}/bundle"), &[]).status, 422, "missing secrets are not replaced");
    drop(server);
    let server = world.serve();
    assert!(is_set(&server, &plan), "the record is unchanged");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    drop(serve_with_password(&world));
    fs::set_permissions(world.path("data/vault.key"), fs::Permissions::from_mode(0o640)).unwrap();
    world.run(&SERVE, &[]).expect(3).complains(&["vault.key", "chmod 600"]);
    world.run(&ROTATE, &[]).expect(3).complains(&["vault.key", "chmod 600"]);
}
