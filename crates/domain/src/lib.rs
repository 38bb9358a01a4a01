//! The rules about a cluster of WSO2 Identity Server.
//!
//! Pure: no input or output, no clock, no randomness, no async; it compiles to wasm (ARCHITECTURE, I1). The stages are
//! [`draft::Draft`] (raw text) → [`inputs::Inputs`] (typed) → [`cluster::Cluster`] (consistent) →
//! [`render_plan::RenderPlan`] (every decision). No stage depends on a later one.

// The catalogue sorts its checks by reach, with one macro step per check.
#![recursion_limit = "512"]

pub mod acceptance;
pub mod audit;
pub mod author;
pub mod certificate;
pub mod check;
pub mod cluster;
pub mod credentials;
pub mod draft;
pub mod error_text;
pub mod finding;
pub mod history;
pub mod inputs;
pub mod issues;
pub mod jdbc;
pub mod key_material;
pub mod limits;
mod load_balancer_versions;
pub mod log_doctor;
pub mod merge;
pub mod milestones;
pub mod moment;
pub mod node_list;
pub mod node_report;
pub mod paste;
pub mod plan_file;
pub mod ports;
pub mod presets;
pub mod product;
pub mod rate_limit;
pub mod render_plan;
pub mod rights;
pub mod rules;
pub mod schema;
pub mod secret;
pub mod server_credential;
pub mod setting;
pub mod sharing;
pub mod sites;
pub mod step;
pub mod steps;
pub mod topology;
pub mod value;
pub mod values;
pub mod verification_report;
