//! The binary as operators run it: exit codes, output, and the files that it leaves. Each test runs it in a separate folder
//! with a separate environment.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment, and dials servers that it started")]

mod access;
mod bench;
mod bundle;
mod canaries;
mod check;
mod configuration;
mod databases;
mod databases_killed;
mod disk;
mod earlier_data;
mod health;
mod hostile;
mod input;
mod kill;
mod logs;
mod plans;
mod rehearse;
mod rehearse_ended;
mod rehearse_killed;
mod replicas;
mod serve;
mod support;
mod vault;
mod verify;
mod verify_script;
