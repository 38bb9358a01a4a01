//! The stand-in as clients see it: each behaviour that was seen in real clusters, healthy and with each fault.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod answers;
mod bounds;
mod browser;
mod caches;
mod client;
mod faults;
mod keys;
mod lifecycle;
mod management;
mod sign_in;
mod tokens;
