//! The report as metrics for the text file collector of Prometheus' node exporter: the outcome of each check, and the days until each
//! certificate expires.

use domain::check::{CheckRow, CheckSummary, Outcome, RowStatus};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const STATUSES: [RowStatus; 5] = [
    RowStatus::Ended(Outcome::Passed),
    RowStatus::Ended(Outcome::Warned),
    RowStatus::Ended(Outcome::Failed),
    RowStatus::Ended(Outcome::CouldNotCheck),
    RowStatus::NotChecked,
];

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct CheckLabels {
    check: &'static str,
    subject: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct CertificateLabels {
    check: &'static str,
    subject: String,
}

/// The report as metrics.
#[must_use]
pub(super) fn write(sheet: &CheckSummary) -> String {
    let (outcomes, days) = (Family::<CheckLabels, Gauge>::default(), Family::<CertificateLabels, Gauge>::default());
    let now = i64::try_from(sheet.at).unwrap_or(i64::MAX);
    for row in &sheet.checks {
        let subject = subject(row);
        for status in STATUSES {
            let labels = CheckLabels { check: row.id.code(), subject: subject.clone(), outcome: status.word() };
            // Several results of one check may have no subject: an outcome counts if one of them has it.
            let gauge = outcomes.get_or_create(&labels);
            gauge.set(gauge.get().max(i64::from(row.standing == status)));
        }
        if let Some(expires_at) = row.expires_at {
            let left = expires_at.saturating_sub(now).div_euclid(SECONDS_PER_DAY);
            days.get_or_create(&CertificateLabels { check: row.id.code(), subject }).set(left);
        }
    }
    let mut registry = Registry::with_prefix("clusterwright");
    registry.register("check_outcome", "The outcome of a check: 1 for the one that it has", outcomes);
    registry.register("certificate_days_left", "Days until the first certificate of an endpoint expires", days);
    registry.register("report_timestamp_seconds", "When the checks ended, in Unix seconds", ConstGauge::new(sheet.at));
    let mut text = String::new();
    // Memory takes everything.
    let _ = encode(&mut text, &registry);
    text
}

fn subject(row: &CheckRow) -> String {
    row.subject.clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::check::{CheckId, Remedy};

    fn row(id: CheckId, subject: &str, outcome: Outcome, expires_at: Option<i64>) -> CheckRow {
        CheckRow {
            id,
            subject: Some(subject.to_owned()),
            standing: RowStatus::Ended(outcome),
            consequence: None,
            current: String::new(),
            required: String::new(),
            remedy: Remedy::default(),
            expires_at,
            took_ms: 0,
            at: None,
            accepted: None,
            history: Vec::new(),
        }
    }

    #[test]
    fn each_check_has_one_outcome_and_each_certificate_its_days() {
        let now: i64 = 1_796_000_000;
        let checks = vec![
            row(CheckId::Vf01, "is-1", Outcome::Failed, None),
            row(CheckId::Vf14, "is \"2\"\n", Outcome::Warned, Some(now + 20 * SECONDS_PER_DAY + 5)),
            row(CheckId::Vf14, "is-3", Outcome::Failed, Some(now - 1)),
        ];
        let text = write(&CheckSummary { at: now.unsigned_abs(), checks, ..CheckSummary::default() });
        let has = |line: &str| assert!(text.lines().any(|found| found == line), "{line} is missing:\n{text}");
        has("clusterwright_check_outcome{check=\"VF-01\",subject=\"is-1\",outcome=\"failed\"} 1");
        has("clusterwright_check_outcome{check=\"VF-01\",subject=\"is-1\",outcome=\"passed\"} 0");
        has("clusterwright_certificate_days_left{check=\"VF-14\",subject=\"is \\\"2\\\"\\n\"} 20");
        has("clusterwright_certificate_days_left{check=\"VF-14\",subject=\"is-3\"} -1");
        has("clusterwright_report_timestamp_seconds 1796000000");
        assert_eq!(text.matches("} 1\n").count(), 3, "{text}");
        assert!(text.contains("# TYPE clusterwright_check_outcome gauge"), "{text}");
    }
}
