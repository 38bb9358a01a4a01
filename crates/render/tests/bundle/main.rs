//! Bundles: their contents, their appearance, and what their real readers report about them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code: a failure fails the test")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment")]

mod admin_password;
mod archive;
mod balancers;
mod checkers;
mod clear_text;
mod deployment;
mod drained;
mod escapes;
mod expiry;
mod finished;
mod forwarded;
mod front;
mod goldens;
mod incomplete;
mod material;
mod platform;
mod prepared;
mod scenario;
mod settings;
mod templates;
mod world;
