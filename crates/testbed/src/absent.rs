//! A server or program that this machine does not have: said, never passed over.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;

/// Names a file to which every test that did not run adds one line; `cargo xtask test` shows them at its end.
pub const NOT_RUN_REPORT_VARIABLE: &str = "CLUSTERWRIGHT_TEST_ABSENT";

/// Why a real server or program cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    what: String,
    why: String,
}

impl Unavailable {
    /// `what` is the name people know it by, with its version; `why` continues "cannot be had here: …".
    pub fn new(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { what: what.into(), why: why.to_string() }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} cannot be had here: {}", self.what, self.why)
    }
}

impl std::error::Error for Unavailable {}

/// What the test needs, or `None` after one line that reports which test did not run, and why.
///
/// ```no_run
/// let Some(server) = testbed::or_report(testbed::mysql()) else { return };
/// ```
#[must_use]
pub fn or_report<T>(needed: Result<T, Unavailable>) -> Option<T> {
    needed.map_err(|absent| report_not_run(&absent)).ok()
}

/// Reports in one line that the test of this thread did not run.
#[expect(clippy::print_stderr, reason = "a test that does not run says so on the terminal")]
pub fn report_not_run(why: impl fmt::Display) {
    let thread = std::thread::current();
    let line = format!("did not run: {}: {why}", thread.name().unwrap_or("a test"));
    eprintln!("{line}");
    if let Some(report) = std::env::var_os(NOT_RUN_REPORT_VARIABLE)
        && let Ok(mut report) = OpenOptions::new().create(true).append(true).open(report)
    {
        // The line is on the terminal already; the report is for the summary only.
        drop(writeln!(report, "{line}"));
    }
}
