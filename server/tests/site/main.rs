//! The site through its router: whole journeys in process, each with its own folder, database and vault.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod access;
mod bad_input;
mod canary;
mod checks;
mod comments;
mod guard;
mod hardening;
mod journey;
mod keys;
mod list;
mod live;
mod long_history;
mod prepare;
mod probes;
mod reports;
mod restart;
mod session_end;
mod set_by;
mod sharing;
mod together;
