//! Results of live checks as they are kept with a plan: out of the store when its log begins, into it as they come.
//!
//! A restart forgets no failure, and a result that a change took away stays away. What a result means is `domain`'s.

use std::collections::BTreeMap;

use domain::check::{
    CheckEvent, CheckId, CheckReport, CheckResult, CheckState, MAX_OUTCOME_CHANGES, Outcome, OutcomeChange,
    worst_outcome,
};
use store::{CheckOutcome, OutcomePeriod, PlanId, StaleCheck, Store};

use crate::checks::runs::record::records_for_change;
use crate::error::PlansError;

/// What a check said.
struct StoredOutcome<'a> {
    id: CheckId,
    /// Unix seconds.
    at: u64,
    results: &'a [CheckResult],
}

/// Stores the outcomes in `events`, as far as they count in `report`, which contains these events. Returns whether there was
/// one.
///
/// # Errors
/// When the database does not answer; nothing is stored then.
pub(crate) async fn save_outcomes(
    store: &dyn Store,
    plan: PlanId,
    events: &[CheckEvent],
    report: &CheckReport,
) -> Result<bool, PlansError> {
    let counts = |stored: &StoredOutcome<'_>| matches!(report.checks.get(&stored.id), Some(CheckState::Done { .. }));
    let rows = outcomes_of(events).filter(counts).map(|stored| row(&stored)).collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() {
        return Ok(false);
    }
    let keep = u32::try_from(MAX_OUTCOME_CHANGES).unwrap_or(u32::MAX);
    store.record_checks(plan, &rows, keep).await?;
    Ok(true)
}

/// Marks the stored outcomes in `events` that are outdated in `report` by now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn mark_changed_meanwhile(
    store: &dyn Store,
    plan: PlanId,
    events: &[CheckEvent],
    report: &CheckReport,
) -> Result<(), PlansError> {
    let stale = |stored: StoredOutcome<'_>| match report.checks.get(&stored.id) {
        Some(CheckState::Stale { setting }) => {
            Some(StaleCheck { check: stored.id.code().to_owned(), setting: setting.clone() })
        }
        _ => None,
    };
    let stale: Vec<StaleCheck> = outcomes_of(events).filter_map(stale).collect();
    if !stale.is_empty() {
        store.mark_stale(plan, &stale).await?;
    }
    Ok(())
}

fn outcomes_of(events: &[CheckEvent]) -> impl Iterator<Item = StoredOutcome<'_>> {
    events.iter().filter_map(|event| match event {
        CheckEvent::Finished { id, at, results, .. } => Some(StoredOutcome { id: *id, at: *at, results }),
        _ => None,
    })
}

/// Keeps what checks said, as far as it is not kept yet.
///
/// # Errors
/// When the database does not answer; nothing of it is kept then.
pub async fn save_report(store: &dyn Store, plan: PlanId, report: &CheckReport) -> Result<(), PlansError> {
    let kept = self::report(store.checks(plan).await?);
    let rows = (report.checks.iter())
        .filter_map(|(id, state)| match state {
            CheckState::Done { at, results } if kept.checks.get(id) != Some(state) => {
                Some(row(&StoredOutcome { id: *id, at: *at, results }))
            }
            _ => None,
        })
        .collect::<Result<Vec<_>, _>>()?;
    if !rows.is_empty() {
        store.record_checks(plan, &rows, u32::try_from(MAX_OUTCOME_CHANGES).unwrap_or(u32::MAX)).await?;
    }
    Ok(())
}

/// Takes away what checks said that depended on `changed`, where it is kept and for who follows.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_outdated(store: &dyn Store, plan: PlanId, changed: &[String]) -> Result<(), PlansError> {
    store.mark_stale(plan, &outdated_checks(changed)).await?;
    // A plan that is gone has no results to take away.
    let _ = store.write(Some(plan), &records_for_change(changed, 1)?).await?;
    Ok(())
}

/// The checks that depend on what changed.
pub fn outdated_checks(changed: &[String]) -> Vec<StaleCheck> {
    let stale = |id: &CheckId| {
        let setting = changed.iter().find(|setting| id.depends_on(setting))?;
        Some(StaleCheck { check: id.code().to_owned(), setting: setting.clone() })
    };
    CheckId::ALL.iter().filter_map(stale).collect()
}

fn row(stored: &StoredOutcome<'_>) -> Result<CheckOutcome, serde_json::Error> {
    let outcome = worst_outcome(stored.results).unwrap_or(Outcome::CouldNotCheck);
    Ok(CheckOutcome {
        check: stored.id.code().to_owned(),
        outcome: outcome_code(outcome).to_owned(),
        results: serde_json::to_string(stored.results)?,
        at: i64::try_from(stored.at).unwrap_or(i64::MAX),
    })
}

/// An outcome as it is kept; never to be changed, as databases hold it.
const fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Warned => "warned",
        Outcome::Failed => "failed",
        Outcome::CouldNotCheck => "could-not-check",
    }
}

fn outcome(word_kept: &str) -> Option<Outcome> {
    let all = [Outcome::Passed, Outcome::Warned, Outcome::Failed, Outcome::CouldNotCheck];
    all.into_iter().find(|outcome| outcome_code(*outcome) == word_kept)
}

/// The report that was kept. What this version does not know, such as a check that is no more, is left out.
pub fn report(kept: Vec<OutcomePeriod>) -> CheckReport {
    let mut periods: BTreeMap<CheckId, Vec<OutcomePeriod>> = BTreeMap::new();
    for period in kept {
        if let Ok(id) = period.check.parse::<CheckId>() {
            periods.entry(id).or_default().push(period);
        }
    }
    let mut report = CheckReport::default();
    for (id, periods) in periods {
        let at = |seconds: i64| u64::try_from(seconds).unwrap_or_default();
        let turn =
            |period: &OutcomePeriod| Some(OutcomeChange { outcome: outcome(&period.outcome)?, at: at(period.since) });
        let turns: Vec<OutcomeChange> = periods.iter().filter_map(turn).collect();
        let Some(newest) = periods.last() else { continue };
        let state = match (&newest.stale, &newest.results) {
            (Some(setting), _) => CheckState::Stale { setting: setting.clone() },
            (None, Some(results)) => {
                let Ok(results) = serde_json::from_str(results) else { continue };
                CheckState::Done { at: at(newest.last_at), results }
            }
            (None, None) => continue,
        };
        report.restore(id, turns, state);
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(check: &str, outcome: &str, results: &str, stale: &str) -> OutcomePeriod {
        OutcomePeriod {
            check: check.to_owned(),
            outcome: outcome.to_owned(),
            since: 10,
            last_at: 12,
            results: Some(results.to_owned()).filter(|results| !results.is_empty()),
            stale: Some(stale.to_owned()).filter(|stale| !stale.is_empty()),
        }
    }

    #[test]
    fn what_this_version_does_not_know_is_left_out() {
        let kept = vec![
            period("DB-02", "failed", "", ""),
            period("DB-02", "passed", "[]", ""),
            period("DB-03", "passed", "[]", "database.port"),
            period("DB-04", "passed", "no json", ""),
            period("XX-99", "passed", "[]", ""),
        ];
        let report = report(kept);
        assert_eq!(report.checks.len(), 2);
        assert_eq!(report.history[&CheckId::Db02].len(), 2);
        assert_eq!(report.checks[&CheckId::Db02], CheckState::Done { at: 12, results: Vec::new() });
        assert_eq!(report.checks[&CheckId::Db03], CheckState::Stale { setting: "database.port".to_owned() });
    }

    #[test]
    fn every_outcome_comes_back() {
        for one in [Outcome::Passed, Outcome::Warned, Outcome::Failed, Outcome::CouldNotCheck] {
            assert_eq!(outcome(outcome_code(one)), Some(one));
        }
    }
}
