//! The report of verify.sh, the script of the bundle that verifies a running cluster with curl alone.
//!
//! The text is untrusted: it is bounded, names only checks of the deployed cluster, and its texts are shown on one line. What the
//! script skipped is left out, so that it takes no result of a whole verification away.

use std::collections::BTreeMap;
use std::fmt;

use crate::check::{CheckId, CheckResult, Outcome, Reach, Remedy, strip_markup};

/// The begin of the first line, with the version of the format.
const HEAD: &str = "clusterwright-verification 1 ";
/// The last line. A report without it was cut off.
const END: &str = "end";
/// Size limit of a report in bytes: 16 nodes need about 8,000.
pub const MAX_REPORT_BYTES: usize = 64 * 1024;
/// Size limit of one text in characters.
const MAX_TEXT_CHARS: usize = 1000;

/// A report that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerificationReport {
    /// The node table that the script was written for: see [`crate::render_plan::node_table_fingerprint`].
    pub plan: String,
    /// When the script ran, in Unix seconds.
    pub at: u64,
    /// The results of each check that the script could decide.
    pub results: BTreeMap<CheckId, Vec<CheckResult>>,
}

/// Why a text is not a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VerificationReportError {
    /// It is too long.
    TooLong,
    /// Its first line is another one.
    NoReport,
    /// The last line is missing.
    Truncated,
    /// A line cannot be read.
    Line(usize),
    /// It contains no result.
    Empty,
}

impl fmt::Display for VerificationReportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TooLong => {
                return write!(
                    formatter,
                    "The report has more than {} KB. Paste the output of one verify.sh.",
                    MAX_REPORT_BYTES / 1024
                );
            }
            Self::NoReport => {
                "The text does not contain the first line of a report. Paste the whole output of verify.sh."
            }
            Self::Truncated => {
                "The report has no last line: it was cut off, or verify.sh was stopped. Paste the whole output."
            }
            Self::Line(line) => {
                return write!(
                    formatter,
                    "Line {line} of the report cannot be read. Paste the output of verify.sh without changes."
                );
            }
            Self::Empty => "The report contains no result. Run verify.sh again.",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for VerificationReportError {}

/// Reads the output of verify.sh. Lines before its first line, such as the prompt of a terminal, are ignored.
///
/// # Errors
/// [`VerificationReportError`].
pub fn parse(text: &str) -> Result<VerificationReport, VerificationReportError> {
    if text.len() > MAX_REPORT_BYTES {
        return Err(VerificationReportError::TooLong);
    }
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with(HEAD));
    let (at, head) = lines.next().ok_or(VerificationReportError::NoReport)?;
    let head = head.strip_prefix(HEAD).and_then(|rest| rest.trim().split_once(' '));
    let (plan, time) = head.ok_or(VerificationReportError::Line(at + 1))?;
    let time = time.parse().map_err(|_| VerificationReportError::Line(at + 1))?;
    let mut report = VerificationReport { plan: plan.to_owned(), at: time, results: BTreeMap::new() };
    let mut is_complete = false;
    for (at, line) in lines {
        let line = line.trim_end();
        if line == END {
            is_complete = true;
            break;
        }
        let result = result(line).ok_or(VerificationReportError::Line(at + 1))?;
        report.results.entry(result.id).or_default().push(result);
    }
    if !is_complete {
        return Err(VerificationReportError::Truncated);
    }
    report.results.retain(|_, results| results.iter().any(|result| result.outcome != Outcome::CouldNotCheck));
    if report.results.is_empty() {
        return Err(VerificationReportError::Empty);
    }
    Ok(report)
}

/// One line: `passed  VF-01 is-1: The node is healthy.`
fn result(line: &str) -> Option<CheckResult> {
    let (word, rest) = line.split_once(' ')?;
    let outcome = match word {
        "passed" => Outcome::Passed,
        "warned" => Outcome::Warned,
        "failed" => Outcome::Failed,
        "skipped" => Outcome::CouldNotCheck,
        _ => return None,
    };
    let (about, current) = rest.trim_start().split_once(": ")?;
    let (code, subject) = match about.split_once(' ') {
        Some((code, subject)) => (code, Some(harmless(subject))),
        None => (about, None),
    };
    let id: CheckId = code.parse().ok()?;
    if id.reach() != Reach::Cluster {
        return None;
    }
    let spec = id.spec();
    let is_passed = outcome == Outcome::Passed;
    let remedy = if is_passed { String::new() } else { spec.remedy.to_owned() };
    Some(CheckResult {
        id,
        subject,
        outcome,
        // A report that is signed later must not show a pasted result as one that this server observed.
        current: format!("Reported by verify.sh: {}", harmless(current)),
        required: spec.proves.to_owned(),
        remedy: Remedy { text: remedy, commands: Vec::new() },
        took_ms: 0,
        from_node: false,
        expires_at: None,
    })
}

/// A text on one line, without characters that change how it is shown.
fn harmless(text: &str) -> String {
    strip_markup(text).chars().take(MAX_TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REPORT: &str = "$ ./verify.sh\nclusterwright-verification 1 00ff 1796000000\n\
        passed  VF-01 is-1: The node is healthy.\n\
        failed  VF-01 is-2: is-2 does not answer.\n\
        passed  VF-04: All nodes publish the same signing keys.\n\
        skipped VF-06: verify.sh does not log in.\n\
        end\n";

    #[test]
    fn results_are_read_and_what_was_skipped_is_left_out() {
        let report = parse(REPORT).unwrap();
        assert_eq!((report.plan.as_str(), report.at), ("00ff", 1_796_000_000));
        assert_eq!(report.results.keys().copied().collect::<Vec<_>>(), [CheckId::Vf01, CheckId::Vf04]);
        let health = &report.results[&CheckId::Vf01];
        assert_eq!((health[0].subject.as_deref(), health[0].outcome), (Some("is-1"), Outcome::Passed));
        assert_eq!(health[1].current, "Reported by verify.sh: is-2 does not answer.");
        assert!(health[0].remedy.text.is_empty() && !health[1].remedy.text.is_empty());
        assert_eq!(parse(&REPORT.replace('\n', "\r\n")), Ok(report), "a report from Windows");
    }

    #[test]
    fn what_is_no_whole_report_is_refused_with_its_line() {
        let line = |number| Err(VerificationReportError::Line(number));
        for (text, expected) in [
            (String::new(), Err(VerificationReportError::NoReport)),
            ("passed VF-01: x".to_owned(), Err(VerificationReportError::NoReport)),
            (REPORT.replace("end\n", ""), Err(VerificationReportError::Truncated)),
            (REPORT.replace("1796000000", "now"), line(2)),
            (REPORT.replace("VF-04:", "DB-01:"), line(5)),
            (REPORT.replace("VF-04:", "VF-99:"), line(5)),
            (REPORT.replace("failed ", "fine "), line(4)),
            (REPORT.replace("passed ", "skipped ").replace("failed ", "skipped "), Err(VerificationReportError::Empty)),
            ("x".repeat(MAX_REPORT_BYTES + 1), Err(VerificationReportError::TooLong)),
        ] {
            assert_eq!(parse(&text), expected, "{text:.80}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_shown_on_one_line(text in "(clusterwright-verification 1 a 1\n)?((passed|failed) VF-0[1-8] ?\\PC{0,30}: .{0,40}\n){0,8}(end)?") {
            if let Ok(report) = parse(&text) {
                let mut results = report.results.values().flatten();
                prop_assert!(results.all(|result| !result.current.chars().any(char::is_control)));
            }
        }
    }
}
