//! `clusterwright rehearse` that cannot start or is interrupted: it names the reason, and leaves nothing.

use std::fs;
use std::io::Read as _;
use std::process::Command;

use crate::rehearse::{MOMENTS, RehearsalWorld, deployment};
use crate::support::Ran;

#[test]
fn a_file_with_which_a_node_does_not_start_is_named() {
    let store = "nodes/node2/repository/resources/security/node-tls.p12";
    for (edited, expected) in [
        ("repeated table", ["deployment.toml: line 9 does not parse: duplicate key.", "nodes/node2/"]),
        ("missing file", ["the bundle does not contain", &deployment("node2")]),
        ("missing keystore", ["[keystore.tls] names node-tls.p12, which is not in the bundle.", &deployment("node2")]),
        ("wrong password", ["node-tls.p12 does not open with the password of [keystore.tls]", &deployment("node2")]),
        ("same port", ["node1 and node2 both listen on 127.0.0.1:9443", "change server.offset"]),
    ] {
        let Some(rehearsal) = RehearsalWorld::new() else { return };
        let old = rehearsal.value("node2", "keystore.tls", "password");
        match edited {
            "repeated table" => rehearsal.replace(&deployment("node2"), "node_ip =", "[server]\nnode_ip ="),
            "missing file" => rehearsal.edit(|files| drop(files.remove(&deployment("node2")))),
            "missing keystore" => rehearsal.edit(|files| drop(files.remove(store))),
            "wrong password" => {
                let (from, to) = (format!("\"node-tls.p12\"\ntype = \"PKCS12\"\npassword = {old}"), "another-password");
                let to = format!("\"node-tls.p12\"\ntype = \"PKCS12\"\npassword = \"{to}\"");
                rehearsal.replace(&deployment("node2"), &from, &to);
            }
            _ => rehearsal.replace(&deployment("node2"), "offset = 1\n", "offset = 0\n"),
        }
        let ran = rehearsal.rehearse(&[]).expect(2);
        ran.complains(&[&["Cannot rehearse: "], &expected[..]].concat());
        assert!(ran.stdout.is_empty() && !ran.stderr.contains(&old), "{}", ran.stderr);
        rehearsal.assert_nothing_is_left();
    }
}

#[test]
fn a_load_balancer_that_refuses_its_file_is_quoted() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let file = "load-balancer/nginx/is.example.com.conf";
    rehearsal.replace(file, "keepalive 32;", "keepalive 32; no_such_directive on;");
    let ran = rehearsal.rehearse(&["--quiet"]).expect(3);
    ran.complains(&["Cannot rehearse: NGINX 1.22.1 does not start with", file]);
    ran.complains(&["unknown directive \"no_such_directive\""]);
    rehearsal.assert_nothing_is_left();
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let temporary = rehearsal.temporary();
    let without = rehearsal
        .world
        .run(&["rehearse", "bundle.zip"], &[("PATH", "/nonexistent"), ("TMPDIR", temporary.to_str().unwrap())]);
    // Where NGINX is installed for all users, it is found without PATH.
    if !fs::exists("/usr/sbin/nginx").unwrap() {
        without.expect(3).complains(&["NGINX is not installed", "Install the package nginx"]);
    }
    rehearsal.rehearse(&["--break", "node9=slow"]).expect(2).complains(&["no node node9", "node1, node2"]);
    rehearsal
        .rehearse(&["--break", "node1=burning"])
        .expect(2)
        .complains(&["burning is not a fault", "clustering-off"]);
    rehearsal.rehearse(&["--break", "node1"]).expect(2).complains(&["NODE=FAULT"]);
    rehearsal.rehearse(&["--only", "DB-01"]).expect(2).complains(&["no check DB-01"]);
    rehearsal.edit(|files| drop(files.remove("cluster-keys.json")));
    rehearsal.rehearse(&[]).expect(2).complains(&["contains no keys", "--keys FILE"]);
    let help = rehearsal.world.run(&["rehearse", "--help"], &[]).expect(0).stdout;
    for fault in rehearsal::NodeFault::ALL {
        assert!(help.contains(fault.name()) && help.contains(fault.simulates()), "{fault}: {help}");
    }
    rehearsal.assert_nothing_is_left();
}

#[test]
fn a_rehearsal_that_is_interrupted_leaves_nothing() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    for (moment, signal) in MOMENTS.into_iter().zip(["INT", "TERM", "TERM", "INT"]) {
        let (child, mut log) = rehearsal.start_until(moment);
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap()).expect(3);
        assert!(rest.contains("The rehearsal was interrupted. Nothing of it keeps running."), "{moment}: {rest}");
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        rehearsal.assert_nothing_is_left();
    }
}

/// Two rehearsals at once: neither removes the other.
#[test]
fn a_running_rehearsal_is_not_removed_by_another() {
    let Some(rehearsal) = RehearsalWorld::new() else { return };
    let (mut child, mut log) = rehearsal.start_until("load-balancer | ");
    let ran = rehearsal.rehearse(&["--quiet", "--only", "VF-04"]).expect(0);
    assert!(!ran.stderr.contains("Removed "), "{}", ran.stderr);
    assert!(child.try_wait().unwrap().is_none(), "the first one still verifies");
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    rehearsal.assert_nothing_is_left();
}
