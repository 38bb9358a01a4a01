//! `clusterwright bundle`: the zip, its keys, and what blocks it.

use std::fs;

use testbed::bundle::{keys_of, unzip};
use testbed::plan::{ADMIN_PASSWORD, DATABASE_PASSWORD};

use crate::support::{SECRETS, World, mode};

#[test]
fn the_example_with_its_secrets_makes_a_bundle() {
    let world = World::with_example();
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    assert!(ran.stdout.starts_with("out.zip: ") && ran.stdout.contains("private keys"), "{}", ran.stdout);
    ran.complains(&["New keys are created", "--keys file", "a bundle of the cluster as PLAN"]);
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
fn a_bundle_is_a_plan_again_with_its_passwords_and_keys() {
    let world = World::with_example();
    world.run(&["bundle", "plan.toml", "--out", "out.zip"], &SECRETS).expect(0);
    let ran = world.run(&["bundle", "out.zip", "--out", "again.zip"], &[]).expect(0);
    assert!(!ran.stderr.contains("keys"), "nothing is new: {}", ran.stderr);
    assert!(fs::read(world.path("out.zip")).unwrap() == fs::read(world.path("again.zip")).unwrap());
    world
        .run(&["bundle", "out.zip", "--out", "kept.zip", "--keys", "ring"], &[])
        .expect(0)
        .complains(&["Created the keys in "]);
    let ran = world.run(&["bundle", "plan.toml", "--out", "third.zip", "--keys", "ring"], &SECRETS).expect(0);
    assert!(!ran.stderr.contains("keys"), "{}", ran.stderr);
    assert!(fs::read(world.path("out.zip")).unwrap() == fs::read(world.path("third.zip")).unwrap());
    world.run(&["bundle", "plan.toml", "--out", "other.zip", "--keys", "other"], &SECRETS).expect(0);
    let ran = world.run(&["bundle", "out.zip", "--out", "no.zip", "--keys", "other"], &[]).expect(2);
    ran.complains(&["other and the bundle contain different keys"]);
    assert!(!world.path("no.zip").exists());
}

#[test]
fn a_plan_that_runs_needs_its_keys_or_the_word_for_new_ones() {
    let world = World::with_example();
    world.replace("plan.toml", "cluster = \"new\"", "cluster = \"running\"");
    for more in [&[][..], &["--keys", "ring"]] {
        let arguments = [&["bundle", "plan.toml", "--out", "out.zip"], more].concat();
        let ran = world.run(&arguments, &SECRETS).expect(1);
        ran.complains(&["running cluster", "keys are missing", "--keys file of its first bundle", "--new-keys"]);
        assert_eq!(world.names(), ["plan.toml"]);
    }
    world.run(&["bundle", "plan.toml", "--out", "out.zip", "--new-keys", "--keys", "ring"], &SECRETS).expect(0);
    let first = fs::read(world.path("out.zip")).unwrap();
    world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "ring"], &SECRETS).expect(0);
    assert!(first == fs::read(world.path("out.zip")).unwrap());
    let ran = world.run(&["bundle", "plan.toml", "--out", "o.zip", "--new-keys", "--keys", "ring"], &SECRETS).expect(2);
    ran.complains(&["ring already contains keys"]);
    world.run(&["bundle", "out.zip", "--out", "new.zip", "--new-keys"], &[]).expect(0);
    assert!(keys_of(&first) != keys_of(&fs::read(world.path("new.zip")).unwrap()));
}

#[test]
fn tls_certificates_are_renewed_with_the_same_keys() {
    let world = World::with_example();
    world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "ring"], &SECRETS).expect(0);
    // The keys of a year ago.
    let text = fs::read_to_string(world.path("ring")).unwrap();
    let made = text.split("\"made_at\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let earlier = (made.parse::<i64>().unwrap() - 365 * 86_400).to_string();
    world.write("ring", text.replace(&made, &earlier));
    world.run(&["bundle", "plan.toml", "--out", "old.zip", "--keys", "ring"], &SECRETS).expect(0);
    world.run(&["bundle", "old.zip", "--out", "new.zip", "--renew-tls"], &[]).expect(0);
    let [old, new] = ["old.zip", "new.zip"].map(|name| unzip(&fs::read(world.path(name)).unwrap()));
    let primary = "nodes/node1/repository/resources/security/cluster-primary.p12";
    assert!(old[primary] == new[primary]);
    assert!(old["certificates/load-balancer.crt"] != new["certificates/load-balancer.crt"]);
    let calendar = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        String::from_utf8(files["certificates/expiry.ics"].clone()).unwrap()
    };
    assert!(calendar(&new).contains("BEGIN:VALARM") && calendar(&old) != calendar(&new));
    let again = world.run(&["bundle", "new.zip", "--out", "again.zip"], &[]).expect(0);
    assert!(!again.stderr.contains("keys"), "{}", again.stderr);
    assert!(fs::read(world.path("new.zip")).unwrap() == fs::read(world.path("again.zip")).unwrap());
}

/// Site, zip and key file in turn: the next bundle of a cluster has the same keys, byte for byte, from each of them.
#[test]
fn the_shared_plan_keeps_its_keys_in_the_web_and_on_the_command_line() {
    let plan = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/plans/three-nodes.toml");
    if !plan.exists() {
        testbed::report_not_run("the keys of three-nodes.toml: ../shared is not beside the checkout");
        return;
    }
    let world = World::new();
    world.write("three.toml", fs::read(plan).unwrap());
    world.run(&["bundle", "three.toml", "--out", "0.zip", "--keys", "ring"], &SECRETS).expect(0);
    let mut zip = fs::read(world.path("0.zip")).unwrap();
    let first = keys_of(&zip);
    assert!(first.len() >= 3 * 3 + 2, "{:?}", first.keys());
    let server = world.serve();
    for turn in 1..=3 {
        let opened = server.upload("/plans/open", "bundle.zip", &zip);
        assert_eq!(opened.status, 303, "{}", opened.text());
        let plan = opened.plan();
        let downloaded = server.post(&format!("{plan}/bundle"), &[]);
        assert_eq!(downloaded.status, 200, "{}", downloaded.text());
        zip = downloaded.bytes;
        assert!(keys_of(&zip) == first, "turn {turn}");
    }
    world.write("web.zip", &zip);
    world.run(&["bundle", "web.zip", "--out", "again.zip"], &[]).expect(0);
    assert!(keys_of(&fs::read(world.path("again.zip")).unwrap()) == first);
    world.run(&["bundle", "three.toml", "--out", "kept.zip", "--keys", "ring"], &SECRETS).expect(0);
    assert!(keys_of(&fs::read(world.path("kept.zip")).unwrap()) == first);
}

#[test]
fn a_plan_without_its_secrets_is_blocked_at_their_lines() {
    let world = World::with_example();
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip"], &[]).expect(1);
    for (setting, key) in [("database.password", "password = "), ("user_store.admin_password", "admin_password = ")] {
        let place = format!("plan.toml:{}:", world.line("plan.toml", key));
        ran.complains(&[&place, "blocks", setting, "Enter"]);
    }
    assert!(ran.stderr.contains("Problems that block the bundle: 2."), "{}", ran.stderr);
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
    ran.complains(&["plan.toml:", "blocks", "load_balancer.hostname", "is an IP address", "Enter"]);
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
        ran.complains(&["Cannot write", out, "--out"]);
        assert_eq!(world.names(), ["folder", "plan.toml"], "{out}");
        assert_eq!(fs::read_dir(world.path("folder")).unwrap().count(), 0, "{out}");
    }
}

#[test]
fn a_file_of_keys_that_is_none_is_named_and_kept() {
    let world = World::with_example();
    for (text, hint) in [
        ("", "does not contain keys"),
        ("nonsense\n", "does not contain keys"),
        ("{\"version\": 99}", "does not contain keys"),
    ] {
        world.write("ring", text);
        let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "ring"], &SECRETS).expect(2);
        ran.complains(&["ring", hint, "another file"]);
        assert_eq!(fs::read_to_string(world.path("ring")).unwrap(), text);
        assert_eq!(world.names(), ["plan.toml", "ring"]);
    }
    let ran = world.run(&["bundle", "plan.toml", "--out", "out.zip", "--keys", "missing/ring"], &SECRETS).expect(3);
    ran.complains(&["Cannot write missing/ring", "--keys"]);
    assert_eq!(world.names(), ["plan.toml", "ring"]);
}
