//! The site through its router in this process: each test has a separate folder, database and vault.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test shows the tokens that it received")]

mod support;

mod access;
mod bad_input;
mod canary;
mod checks;
mod comments;
mod facts;
mod guard;
mod hardening;
mod history;
mod journey;
mod keys;
mod limits;
mod list;
mod live;
mod logs;
mod long_history;
mod owner_name;
mod prepare;
mod probes;
mod reports;
mod restart;
mod session_end;
mod set_by;
mod sharing;
mod together;
mod verify;
