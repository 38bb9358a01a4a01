//! ND-20: what the log doctor finds in the lines of the log that a probe read.

use super::context::{NodeView, ReportContext, WithRemedy as _};
use crate::check::CheckResult;
use crate::log_doctor::{LogDiagnosis, LogFile, diagnose};

/// ND-20.
pub(super) fn evaluate_log(_: &ReportContext<'_>, one: &NodeView<'_>) -> CheckResult {
    let required = "no known failure since the last start of IS";
    let Some(count) = one.report.log_lines_read else {
        return one
            .unknown("the report contains no log.", required)
            .to_do("Run probe.sh with --log after IS was started, and submit the report.");
    };
    let text = one.report.log.join("\n");
    let report = diagnose(&[LogFile { name: "wso2carbon.log", bytes: text.as_bytes() }]);
    let failures: Vec<&LogDiagnosis> = report.diagnoses.iter().filter(|failure| failure.is_current).collect();
    let Some(first) = failures.first() else {
        return one.passed(format!("{count} lines of the log show no known failure."), required);
    };
    let titles: Vec<&str> = failures.iter().map(|failure| failure.rule.title).collect();
    let result = one
        .failed(format!("the log shows: {}.", titles.join("; ")), required)
        .to_do(format!("{} {}", first.rule.cause, first.rule.remedy));
    first.rule.commands.iter().fold(result, |result, command| result.command(*command))
}
