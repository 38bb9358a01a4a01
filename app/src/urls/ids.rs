//! The ids of the parts of pages, to which addresses lead.

/// The id of every page's heading. A redirect after Continue ends with `#title`, so that focus goes there.
pub const TITLE: &str = "title";
/// The id of the check panel. A redirect after a check without JavaScript ends with `#checks`.
pub const CHECKS: &str = "checks";
/// The id of the node table. A redirect after one of its buttons ends with `#clustering-nodes`.
pub const NODES: &str = "clustering-nodes";

/// The id of the part of a page that runs a check which writes, and shows what it said.
#[must_use]
pub fn writing_check(code: &str) -> String {
    format!("write-test-{code}")
}

/// The id of the drawing of the cluster.
pub const DRAWING: &str = "drawing";
/// The id of what takes changes of a step back.
pub const WAYS_BACK: &str = "ways-back";

/// The id of what a page tells of the secret in the field with the id `field`.
#[must_use]
pub fn secret_state(field: &str) -> String {
    format!("{field}-secret")
}

/// The id of the list of steps.
pub const PROGRESS: &str = "progress";
/// The id of the part of Review that follows the checks.
pub const STATUS: &str = "standing";

/// The id of the comments. A redirect after one was written ends with `#comments`.
pub const COMMENTS: &str = "comments";

/// The id of the part about the nodes' probes. A redirect after a pasted report ends with `#probes`.
pub const PROBES: &str = "probes";

/// The id of what holds the table of the nodes' probes, which the browser fetches anew as reports come.
pub const PROBE_TABLE: &str = "probe-table";

/// The id of the field for what probe.sh printed.
pub const PROBE_REPORT: &str = "probe-report";
