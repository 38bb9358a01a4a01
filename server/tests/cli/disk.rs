//! A full disk. Root may write anywhere, so the test mounts a real small disk in a mount namespace of the server; where that
//! is not permitted, it reports so in one line.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use testbed::wait;

use crate::support::{BINARY, Ran, SECRETS, Serving, World};

/// A command that mounts a disk of `kilobytes` at `disk` in a separate namespace, and then runs `script` there.
fn on_small_disk(world: &World, kilobytes: u32, script: &str) -> Command {
    fs::create_dir_all(world.path("disk")).unwrap();
    let mut command = Command::new("unshare");
    world.prepare(&mut command);
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs disk && {script}");
    command.args(["--mount", "--propagation", "private", "sh", "-c", &mount]).env("CLUSTERWRIGHT", BINARY);
    command
}

fn mounts_are_allowed() -> bool {
    let world = World::new();
    let allowed = on_small_disk(&world, 64, "true").output().is_ok_and(|output| output.status.success());
    if !allowed {
        testbed::report_not_run("a small disk cannot be mounted here (it takes root and unshare)");
    }
    allowed
}

#[test]
fn a_full_disk_at_the_start_is_named() {
    if !mounts_are_allowed() {
        return;
    }
    let world = World::new();
    let script = "dd if=/dev/zero of=disk/filler bs=1024 2>/dev/null; exec \"$CLUSTERWRIGHT\" serve --port 0 --data-dir disk/data";
    // With a key in the environment the database is the first file that does not fit.
    let key = "0".repeat(64);
    for environment in [&[] as &[(&str, &str)], &[("CLUSTERWRIGHT_VAULT_KEY", &key)]] {
        let mut command = on_small_disk(&world, 64, script);
        let ran = Ran::of(command.envs(environment.iter().copied()).output().unwrap()).expect(3);
        assert!(!ran.stdout.contains("ready") && !ran.stderr.contains("panicked"), "{}", ran.stderr);
        let sentence = ran.stderr.lines().last().unwrap();
        assert!(sentence.contains("space left") && sentence.contains("the disk"), "{}", ran.stderr);
    }
}

#[test]
fn a_full_disk_rejects_the_save_with_a_reason_and_loses_nothing() {
    if !mounts_are_allowed() {
        return;
    }
    let world = World::new();
    let script = "exec \"$CLUSTERWRIGHT\" serve --port 0 --data-dir disk/data";
    let server = Serving::start(on_small_disk(&world, 2048, script));
    let plan = server.plan();
    let database = format!("{plan}/database");
    // `unshare` and `sh` have become the server, so its ID gives its view of the file system.
    let filler =
        PathBuf::from(format!("/proc/{}/root", server.id())).join(world.path("disk/filler").strip_prefix("/").unwrap());
    fs::write(&filler, vec![0; 64]).unwrap();
    assert_eq!(server.post(&database, &[("database.host", "before.example.com"), ("action", "save")]).status, 303);
    // Written until the disk is full.
    let _ = fs::write(&filler, vec![0; 4 * 1024 * 1024]);

    let long = "x".repeat(60_000);
    let refused = server.post(&database, &[("database.host", &long), ("action", "save")]);
    assert_eq!(refused.status, 500, "{}", refused.text());
    assert!(refused.text().contains("space") || refused.text().contains("full"), "{}", refused.text());
    // Every page is shown, also those that would store something.
    for page in ["product", "database", "user-store", "clustering", "load-balancer", "review", "history", "share"] {
        let page = server.get(&format!("{plan}/{page}"));
        assert_eq!(page.status, 200, "pages can still be read: {}", page.text());
    }
    assert!(server.get(&database).text().contains("before.example.com"));
    let ready = server.get("/readyz");
    assert!(ready.status == 503 && ready.text().contains("Plans cannot be saved"), "{}", ready.text());
    assert_eq!(server.get("/healthz").status, 200, "a restart would not help");

    fs::remove_file(&filler).unwrap();
    assert_eq!(server.post(&database, &[("database.host", "after.example.com"), ("action", "save")]).status, 303);
    assert!(server.get(&database).text().contains("after.example.com"));
    assert!(wait::until(Duration::from_secs(10), || server.get("/readyz").status == 200));
    let (ran, _) = server.stop();
    assert!(!ran.expect(0).stderr.contains("panicked"));
}

#[test]
fn a_bundle_that_does_not_fit_leaves_nothing_behind() {
    if !mounts_are_allowed() {
        return;
    }
    let world = World::with_example();
    let script = "\"$CLUSTERWRIGHT\" bundle plan.toml --out disk/out.zip; code=$?; ls -A disk; exit $code";
    let mut command = on_small_disk(&world, 16, script);
    let ran = Ran::of(command.envs(SECRETS).output().unwrap()).expect(3);
    ran.complains(&["Cannot write disk/out.zip", "--out"]);
    assert_eq!(ran.stdout, "", "no file is left on the disk");
}
