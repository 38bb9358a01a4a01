//! Node checks: node reports, and the check that reports each fault.
#![expect(clippy::unwrap_used, reason = "test code: a failure fails the test")]

mod assigned;
mod cluster;
mod fault_table;
mod installed;
mod java;
mod meeting;
mod servers;
mod supplement;
