//! `clusterwright rehearse` that is killed with SIGKILL: the next start removes its processes and files. `cargo xtask soak` kills more
//! often.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread::sleep;
use std::time::Duration;

use crate::rehearse::{MOMENTS, RehearsalWorld};

/// How many rehearsals are killed at random moments unless the environment has another number.
const ROUNDS: u32 = 5;

#[test]
fn the_next_rehearsal_removes_what_a_killed_one_left() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let (mut child, log) = rehearsal.start_until("load-balancer | ");
    let folder = fs::read_dir(rehearsal.temporary()).unwrap().next().unwrap().unwrap().path();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for file in ["children", "nginx.conf", "load-balancer.conf", "tls/is.example.com.key"] {
        assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(log);
    let left = rehearsal.processes();
    assert!(cfg!(not(target_os = "linux")) || left.len() == 1, "the load balancer outlives SIGKILL: {left:?}");
    // The example of another program in the same folder stays.
    fs::create_dir(rehearsal.temporary().join("clusterwright-rehearsal-notes")).unwrap();
    let ran = rehearsal.rehearse(&["--quiet", "--only", "VF-04"]).expect(0);
    ran.complains(&["Removed ", folder.to_str().unwrap(), "which a killed rehearsal left."]);
    fs::remove_dir(rehearsal.temporary().join("clusterwright-rehearsal-notes")).unwrap();
    rehearsal.assert_nothing_is_left();
}

#[test]
fn rehearsals_that_are_killed_leave_nothing_after_the_next_start() {
    let rounds = std::env::var("CLUSTERWRIGHT_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    // It removes what was left before it finds that the node does not exist.
    let start_next = || rehearsal.rehearse(&["--break", "node9=slow"]).expect(2);
    for moment in MOMENTS {
        let (mut child, _log) = rehearsal.start_until(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        start_next();
        rehearsal.assert_nothing_is_left();
    }
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..rounds {
        // xorshift: another time in each round, and the same times in each run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = rehearsal.command(&["bundle.zip"]).spawn().unwrap();
        sleep(Duration::from_micros(random % 600_000));
        child.kill().unwrap();
        child.wait().unwrap();
        start_next();
        rehearsal.assert_nothing_is_left();
    }
}
