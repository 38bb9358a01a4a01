//! Live checks of a plan: running them, storing their results, reports of nodes, and exports.

pub mod export;
pub mod node_reports;
pub mod probe_tokens;
pub mod results;
pub mod runner;
pub mod runs;
