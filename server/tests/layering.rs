//! The direction of dependencies that docs/ARCHITECTURE.md states, read from cargo itself: I1, I2, and which crate may
//! use which.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The workspace as cargo knows it for this machine: packages of other systems need not have been downloaded.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Normal dependencies (not those of tests or builds) of each package, by name.
fn graph(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&str, &str> = (metadata["packages"].as_array().unwrap().iter())
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let edges = graph.entry(names[node["id"].as_str().unwrap()].to_owned()).or_default();
        for dependency in node["deps"].as_array().unwrap() {
            let normal = dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
            if normal {
                edges.insert(names[dependency["pkg"].as_str().unwrap()].to_owned());
            }
        }
    }
    graph
}

fn reach(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in &graph[&name] {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

#[test]
fn the_core_is_pure() {
    let graph = graph(&metadata());
    let reached = reach(&graph, "domain");
    for forbidden in ["tokio", "sqlx", "reqwest", "rand", "getrandom", "chrono", "jiff", "async-trait", "futures"] {
        assert!(!reached.contains(forbidden), "domain reaches {forbidden}");
    }
}

/// Code that is neither HTTP nor arguments is shared by the wizard and the command line.
#[test]
fn the_service_knows_neither_http_nor_the_command_line() {
    let graph = graph(&metadata());
    let reached = reach(&graph, "service");
    for forbidden in ["app", "assets", "axum", "clap", "cookie", "leptos", "server", "tower-http"] {
        assert!(!reached.contains(forbidden), "service reaches {forbidden}");
    }
}

/// A client library dials by itself, and allocates what a server states. clippy bans the ways to dial of the standard
/// library and tokio (clippy.toml).
#[test]
fn the_probe_dials_by_itself() {
    let reached = reach(&graph(&metadata()), "probe");
    for forbidden in ["sqlx", "mysql_async", "ldap3", "reqwest", "hickory-resolver"] {
        assert!(!reached.contains(forbidden), "probe reaches {forbidden}");
    }
}

#[test]
fn crates_see_only_what_lies_below_them() {
    let graph = graph(&metadata());
    let ours = [
        "app",
        "assets",
        "domain",
        "hydrate",
        "probe",
        "rehearsal",
        "render",
        "server",
        "service",
        "standin",
        "store",
        "testbed",
        "xtask",
    ];
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("app", ["domain"].as_slice()),
        ("assets", &[]),
        ("domain", &[]),
        ("hydrate", &["app"]),
        ("probe", &["domain"]),
        ("rehearsal", &["domain", "render", "standin"]),
        ("render", &["domain"]),
        ("server", &["app", "assets", "domain", "probe", "rehearsal", "render", "service", "store"]),
        ("service", &["domain", "probe", "render", "store"]),
        ("standin", &[]),
        ("store", &["domain"]),
        ("testbed", &[]),
        ("xtask", &["testbed"]),
    ]);
    for name in ours {
        for dependency in graph[name].iter().filter(|dependency| ours.contains(&dependency.as_str())) {
            assert!(allowed[name].contains(&dependency.as_str()), "{name} must not depend on {dependency}");
        }
    }
}

/// What cargo builds for the browser, with the features that it enables.
#[test]
fn the_browser_gets_no_server_code() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-p",
            "hydrate",
            "--target",
            "wasm32-unknown-unknown",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--no-dedupe",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("leptos") && names.contains("domain"), "{names:?}");
    for forbidden in
        ["tokio", "axum", "hyper", "sqlx", "tera", "rcgen", "rustls", "reqwest", "server", "render", "store", "probe"]
    {
        assert!(!names.contains(forbidden), "the browser gets {forbidden}");
    }
}
