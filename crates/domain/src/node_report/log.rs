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
    if count == 0 || one.report.log_entries == Some(0) {
        let reason = match count {
            0 => "wso2carbon.log does not exist, is empty, or is not readable for this account.".to_owned(),
            _ => format!("none of {count} lines of wso2carbon.log has a layout that is known."),
        };
        return one.unknown(reason, required).to_do(
            "Start IS, and run probe.sh with --log as an account that can read repository/logs. A log with a layout other than that of the pack can be read only if each entry begins with TID: or its time in brackets.",
        );
    }
    let text = one.report.log.join("\n");
    let report = diagnose(&[LogFile { name: "wso2carbon.log", bytes: text.as_bytes() }]);
    let failures: Vec<&LogDiagnosis> = report.diagnoses.iter().filter(|failure| failure.is_current).collect();
    let Some(first) = failures.first() else {
        // The probe sends only some lines: none of them is a good sign.
        let reservations = report.reservations().join(" ");
        if !one.report.log.is_empty() && !reservations.is_empty() {
            return one
                .unknown(format!("{count} lines of the log show no known failure. {reservations}"), required)
                .to_do("Wait for “WSO2 Carbon started” in wso2carbon.log, run probe.sh with --log again, and submit the report.");
        }
        let unknown = match report.unrecognised_count {
            0 => String::new(),
            1 => " One error is not recognised: read it in wso2carbon.log.".to_owned(),
            unknown => format!(" {unknown} errors are not recognised: read them in wso2carbon.log."),
        };
        return one.passed(format!("{count} lines of the log show no known failure.{unknown}"), required);
    };
    let titles: Vec<&str> = failures.iter().map(|failure| failure.rule.title).collect();
    let result = one
        .failed(format!("the log shows: {}.", titles.join("; ")), required)
        .to_do(format!("{} {}", first.rule.cause, first.rule.remedy));
    first.rule.commands.iter().fold(result, |result, command| result.command(*command))
}
