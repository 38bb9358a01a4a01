//! `clusterwright bundle`: the zip, its keys, and what stops it.

use std::fs;

use crate::support::{ADMIN_PASSWORD, DATABASE_PASSWORD, SECRETS, World, mode};

/// The names in a zip with their contents.
pub(crate) fn unzip(bytes: &[u8]) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

#[test]
fn the_example_with_its_secrets_makes_a_bundle() {
    let world = World::with_example();
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    assert!(ran.stdout.starts_with("out.zip: ") && ran.stdout.contains("private keys"), "{}", ran.stdout);
    assert!(ran.stderr.contains("--keys FILE"), "new keys are said: {}", ran.stderr);
    assert_eq!(mode(&world.path("out.zip")), 0o600, "it holds passwords");
    assert_eq!(world.names(), ["out.zip", "plan.toml"]);

    let files = unzip(&fs::read(world.path("out.zip")).unwrap());
    let deployment = String::from_utf8_lossy(&files["nodes/node2/repository/conf/deployment.toml"]).into_owned();
    assert!(deployment.contains(DATABASE_PASSWORD) && deployment.contains(ADMIN_PASSWORD));
    for (name, bytes) in files.iter().filter(|(name, _)| ["plan.toml", "manifest.json"].contains(&name.as_str())) {
        assert!(!String::from_utf8_lossy(bytes).contains("canary"), "{name} holds no secret");
    }
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn the_same_plan_and_keys_give_the_same_bytes() {
    let world = World::with_example();
    let bundle = |out: &str, keys: &str| {
        let ran = world.run(&["bundle", "plan.toml", "--out", out, "--keys", keys], &SECRETS).expect(0);
        assert!(!ran.stderr.contains("--keys"), "{}", ran.stderr);
        fs::read(world.path(out)).unwrap()
    };
    let first = bundle("first.zip", "ring");
    let ring = fs::read(world.path("ring")).unwrap();
    assert_eq!(mode(&world.path("ring")), 0o600);
    assert_eq!(first, bundle("second.zip", "ring"), "the keys were taken from the file");
    assert_eq!(ring, fs::read(world.path("ring")).unwrap(), "the file of keys is left as it is");
    assert_ne!(first, bundle("third.zip", "another ring"));
}

#[test]
fn a_bundle_overwrites_the_one_before_as_a_whole() {
    let world = World::with_example();
    world.write("out.zip", "an older file");
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    assert!(fs::read(world.path("out.zip")).unwrap().starts_with(b"PK"));
    assert_eq!(mode(&world.path("out.zip")), 0o600);
}

#[test]
fn a_bundle_is_a_plan_again() {
    let world = World::with_example();
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    let ran = world.run(&["bundle", "out.zip", "--out", "again.zip"], &[]).expect(1);
    ran.complains(&["out.zip", "blocks", "database.password", "Enter"]);
    ran.complains(&["out.zip", "blocks", "user_store.admin_password", "Enter"]);
    assert_eq!(ran.stderr.matches(" blocks ").count(), 2, "only the secrets are missing: {}", ran.stderr);
    assert_eq!(world.names(), ["out.zip", "plan.toml"]);
}

#[test]
fn a_plan_without_its_secrets_is_blocked_at_their_lines() {
    let world = World::with_example();
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip"], &[]).expect(1);
    for (setting, key) in [("database.password", "password = "), ("user_store.admin_password", "admin_password = ")] {
        let place = format!("plan.toml:{}:", world.line("plan.toml", key));
        ran.complains(&[&place, "blocks", setting, "Enter"]);
    }
    assert!(ran.stderr.contains("2 findings block"), "{}", ran.stderr);
    assert_eq!((ran.stdout.as_str(), world.names()), ("", vec!["plan.toml".to_owned()]));
}

#[test]
fn every_finding_that_blocks_comes_at_once_with_place_and_remedy() {
    let world = World::with_example();
    world.replace("plan.toml", "offset = 1", "offset = 0");
    world.replace("plan.toml", "port = 3306", "port = 65536");
    world.replace("plan.toml", "name = \"node2\"", "name = \"node1\"");
    world.replace("plan.toml", "hostname = \"is.example.com\"", "hostname = \"127.0.0.1\"");
    let secrets = [SECRETS[0], ("CLUSTERWRIGHT_ADMIN_PASSWORD", "admin")];
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip"], &secrets).expect(1);
    ran.complains(&["plan.toml:", "blocks", "database.port", "Enter a port from 1 to 65535"]);
    ran.complains(&["plan.toml:", "blocks", "user_store.admin_password"]);
    ran.complains(&["plan.toml:", "blocks", "load_balancer.hostname", "is an address", "Enter"]);
    ran.complains(&["blocks", "clustering.nodes"]);
    assert!(ran.stderr.matches(" blocks ").count() >= 4, "{}", ran.stderr);
    assert_eq!(world.names(), ["plan.toml"]);
}

#[test]
fn a_zip_that_cannot_be_written_leaves_nothing_behind() {
    let world = World::with_example();
    fs::create_dir(world.path("folder")).unwrap();
    for out in ["missing/out.zip", "plan.toml/out.zip", "folder", "folder/"] {
        let ran = world.run(&["bundle", "plan.toml", "--out", out], &SECRETS).expect(3);
        ran.complains(&[out, "cannot be written", "--out"]);
        assert_eq!(world.names(), ["folder", "plan.toml"], "{out}");
        assert_eq!(fs::read_dir(world.path("folder")).unwrap().count(), 0, "{out}");
    }
}

#[test]
fn a_file_of_keys_that_is_none_is_named_and_kept() {
    let world = World::with_example();
    for (text, hint) in [("", "no keys"), ("nonsense\n", "no keys"), ("{\"version\": 99}", "no keys")] {
        world.write("ring", text);
        let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "ring"], &SECRETS).expect(2);
        ran.complains(&["ring", hint, "another file"]);
        assert_eq!(fs::read_to_string(world.path("ring")).unwrap(), text);
        assert_eq!(world.names(), ["plan.toml", "ring"]);
    }
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "missing/ring"], &SECRETS).expect(3);
    ran.complains(&["missing/ring", "cannot be written", "--keys"]);
    assert_eq!(world.names(), ["plan.toml", "ring"]);
}
