//! What probes said on the machines of a plan, as records: the last word of each machine.

use domain::node_report::{self, MachineRole, NodeReport, ReceivedReport};
use serde::{Deserialize, Serialize};
use store::{PlanId, WriteOutcome};

use crate::error::PlansError;
use crate::plans::Plans;
use crate::records::{Collection, Entry, Timestamp, kinds};

/// By the name of the machine, and whether the probe reached the other machines.
const REPORTS: Collection<StoredReport> = Collection::new(kinds::REPORT);

/// Reports of one plan that are read: two a machine, of the largest cluster and its load balancer, and of nodes that
/// had other names.
const MAX_REPORTS: u32 = 200;

/// What a probe said, as a record.
#[derive(Deserialize, Serialize)]
struct StoredReport {
    /// When it came, in unix seconds.
    at: i64,
    /// The text of the report. Holds no secret.
    text: String,
}

/// The lines of a report alone: who pastes from a terminal brings along what stood before and after, and that may be a
/// password or a key.
fn own_lines(text: &str) -> String {
    let name = |line: &str| -> String {
        let first = line.split('|').next().unwrap_or_default();
        first.chars().filter(|letter| !letter.is_control()).collect::<String>().trim().to_owned()
    };
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().skip_while(|line| name(line) != "clusterwright-probe") {
        let is_last = name(line) == "end";
        if is_last || line.contains('|') {
            lines.push(line);
        }
        if is_last {
            break;
        }
    }
    lines.join("\n")
}

impl Plans {
    /// Keeps what a probe said about a machine of the plan. A report that reached the other machines is kept beside one
    /// that only looked around, so that neither takes the other's place.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn save_report(&self, id: PlanId, report: &NodeReport, text: &str) -> Result<(), PlansError> {
        let machine = match report.role {
            MachineRole::Node => report.node.as_str(),
            MachineRole::LoadBalancer => "load balancer",
        };
        let name = format!("{machine}{}", if report.has_reached { ", reached" } else { "" });
        let kept = REPORTS.put(name, &StoredReport { at: Timestamp::now().to_stored(), text: own_lines(text) })?;
        match self.store().write(Some(id), &[kept]).await? {
            WriteOutcome::NotFound => Err(PlansError::Absent),
            WriteOutcome::Written { .. } | WriteOutcome::Conflict { .. } => Ok(()),
        }
    }

    /// What the probes of a plan said. One that cannot be read any more counts for nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports(&self, id: PlanId) -> Result<Vec<ReceivedReport>, PlansError> {
        let received = |entry: Entry<StoredReport>| {
            let kept = entry.value?;
            let report = node_report::parse(&kept.text).ok()?;
            Some(ReceivedReport { at: u64::try_from(kept.at).unwrap_or_default(), report })
        };
        let reports = REPORTS.of(self.store().as_ref(), id).first(MAX_REPORTS).await?;
        Ok(reports.into_iter().filter_map(received).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_pasted_the_report_is_kept_and_nothing_around_it() {
        let report = "clusterwright-probe | 1\nplan | 0\nnode | is-1\nend | 1";
        let pasted =
            format!("$ mysql -u root -pcanary\n{}\n$ cat tls.key\ncanary\n", report.replace("node", "canary\nnode"));
        assert_eq!(own_lines(&pasted), report);
        assert_eq!(own_lines(report), report);
        assert!(node_report::parse(&own_lines(&pasted)).is_ok());
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&REPORTS, None).await;
    }
}
