//! The ids of the parts of pages, to which addresses lead.

/// The id of the heading of every page. A redirect after Continue ends with `#title`, which moves the focus there.
pub const TITLE: &str = "title";
/// The id of the check panel. A redirect after a check without JavaScript ends with `#checks`.
pub const CHECKS: &str = "checks";
/// The id of the node table. A redirect after one of its buttons ends with `#clustering-nodes`.
pub const NODES: &str = "clustering-nodes";

/// The id of the section of a check that writes, with its button and result.
#[must_use]
pub fn writing_check(code: &str) -> String {
    format!("write-test-{code}")
}

/// The id of the drawing of the cluster.
pub const DRAWING: &str = "drawing";
/// The id of the element with the buttons to undo and redo.
pub const WAYS_BACK: &str = "ways-back";

/// The id of the status of the secret in the field with the id `field`.
#[must_use]
pub fn secret_state(field: &str) -> String {
    format!("{field}-secret")
}

/// The id of the list of steps.
pub const PROGRESS: &str = "progress";
/// The id of the part of Review that is updated after each check.
pub const STATUS: &str = "standing";
/// The element of Review with the keys of the cluster.
pub const KEYS: &str = "review-keys";
/// The element of Review with the answers.
pub const ANSWERS: &str = "review-answers";

/// The id of the comments. A redirect after one was written ends with `#comments`.
pub const COMMENTS: &str = "comments";

/// The id of the section of the node probes. A redirect after a pasted report ends with `#probes`.
pub const PROBES: &str = "probes";

/// The id of the element with the table of the node probes, which the browser fetches again after each report.
pub const PROBE_TABLE: &str = "probe-table";

/// The id of the field for the output of probe.sh.
pub const PROBE_REPORT: &str = "probe-report";
