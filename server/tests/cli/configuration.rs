//! How `serve` is set up: flags over environment over file, and every mistake at once.

use crate::support::{Serving, World};

#[test]
fn every_mistake_of_file_environment_and_flags_comes_at_once() {
    let world = World::new();
    world.write("settings.toml", "prot = 1\nallowed_hosts = 5\n");
    let arguments = ["serve", "--config", "settings.toml", "--port", "70000"];
    let ran = world.run(&arguments, &[]).expect(2);
    ran.complains(&["settings.toml", "prot"]);
    ran.complains(&["allowed_hosts", "list"]);
    ran.complains(&["port", "0 to 65535"]);

    let arguments = ["serve", "--config", "settings.toml", "--data-dir", "data"];
    let ran = world.run(&arguments, &[("CLUSTERWRIGHT_PORT", "many")]).expect(2);
    ran.complains(&["settings.toml", "prot"]);
    ran.complains(&["allowed_hosts", "list"]);
    ran.complains(&["port", "CLUSTERWRIGHT_PORT", "0 to 65535"]);
    assert_eq!(world.names(), ["settings.toml"], "nothing is made before the configuration is right");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let world = World::new();
    world.write("settings.toml", "port = \n");
    world.run(&["serve", "--config", "settings.toml"], &[]).expect(2).complains(&["settings.toml", "not TOML"]);
    world.run(&["serve", "--config", "none.toml"], &[]).expect(2).complains(&[
        "none.toml",
        "cannot be read",
        "--config",
    ]);
}

#[test]
fn without_a_home_folder_a_data_folder_is_asked_for() {
    let world = World::new();
    let mut command = world.command(&["serve", "--port", "0"], &[]);
    let ran = crate::support::Ran::of(command.env_remove("HOME").output().unwrap()).expect(2);
    ran.complains(&["no home folder", "--data-dir"]);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let world = World::new();
    world.write("settings.toml", "port = 1\ndata_dir = \"from-file\"\n");
    let environment = [("CLUSTERWRIGHT_PORT", "0"), ("CLUSTERWRIGHT_DATA_DIR", "from-environment")];
    let server = Serving::start(world.command(&["--config", "settings.toml", "--data-dir", "from-flag"], &environment));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(world.names(), ["from-flag", "settings.toml"]);
    drop(server);
    let server = Serving::start(world.command(&["--config", "settings.toml"], &environment));
    assert_eq!(world.names(), ["from-environment", "from-flag", "settings.toml"]);
    drop(server);
}
