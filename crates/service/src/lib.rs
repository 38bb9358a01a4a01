//! Everything about saved plans that is neither HTTP nor the command line: plans and their secrets, collaboration, runs of
//! checks, preparation of databases, access and share links. Both the wizard and the command line use it.
//!
//! It brings `domain`, `render`, `probe` and `store` together and decides nothing about a cluster. It does not depend on
//! axum, clap or leptos (`server/tests/layering.rs`).

pub mod access;
pub mod checks;
pub mod clock;
pub mod collaboration;
pub mod error;
pub mod jobs;
pub mod key_rotation;
pub mod migrations;
pub mod plans;
pub mod preparation;
pub mod random;
pub mod random_token;
pub mod records;
pub mod reports;
pub mod sharing;
#[cfg(test)]
mod tests;
pub mod vault;
pub mod verification;
