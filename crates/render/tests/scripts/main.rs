//! The scripts of a bundle, executed for real: by sh, dash and, if installed, busybox, with the real keytool and a real
//! truststore, on a stand-in for an unpacked pack. The stand-in has folders and files with IS's names; no IS runs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code: a failure fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment")]

#[path = "../bundle/scenario.rs"]
mod scenario;
#[path = "../bundle/world.rs"]
#[expect(dead_code, reason = "shared with the tests of bundles")]
mod world;

mod connector;
mod install;
mod install_as_root;
mod install_keys;
mod pack;
mod probe;
mod probe_meetings;
mod shellcheck;
mod start;
mod start_database;
