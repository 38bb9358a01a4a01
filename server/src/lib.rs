//! The program: routes, plans with their secrets, runs of checks, and the command line. The only place where all
//! crates meet; it decides nothing about a cluster.

pub mod access_token;
pub mod checking;
pub mod cli;
pub mod clock;
pub mod comments;
pub mod configuration;
pub mod core_dumps;
pub mod earlier_records;
pub mod following;
pub mod journal;
pub mod journal_bound;
pub mod journal_texts;
pub mod kept_checks;
pub mod key_fact;
pub mod merging;
pub mod metrics;
pub mod person;
pub mod plans;
mod preparing;
pub mod presence;
pub mod record_seal;
mod records;
pub mod report;
pub mod resealing;
pub mod runs;
pub mod scrubbing;
pub mod serving;
pub mod sessions;
pub mod set_by;
pub mod sharing;
pub mod token;
pub mod turns;
pub mod vault;
pub mod web;
