//! The scripts of a bundle, really run: by sh, dash and, where it is there, busybox, with the real keytool and a real
//! truststore, against a stand-in for an unpacked pack. The stand-in is folders and files of the names IS has; no IS runs.
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
