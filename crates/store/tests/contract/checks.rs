//! Results of checks: stored with their plan, one row for each change of the outcome, and outdated by a change of the
//! answers.

use store::{CheckOutcome, OutcomePeriod, SaveOutcome, StaleCheck, Store};

use crate::{change, id, new_plan};

fn outcome(check: &str, outcome: &str, at: i64) -> CheckOutcome {
    CheckOutcome {
        check: check.to_owned(),
        outcome: outcome.to_owned(),
        results: format!("[\"{outcome} at {at}\"]"),
        at,
    }
}

fn period(check: &str, outcome: &str, since: i64, last_at: i64, results: &str) -> OutcomePeriod {
    OutcomePeriod {
        check: check.to_owned(),
        outcome: outcome.to_owned(),
        since,
        last_at,
        results: Some(results.to_owned()).filter(|results| !results.is_empty()),
        stale: None,
    }
}

pub(crate) async fn a_repeated_outcome_extends_its_period(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    for (result, at) in [("failed", 10), ("failed", 12), ("passed", 15)] {
        assert!(store.record_checks(id(1), &[outcome("DB-07", result, at)], 8).await.unwrap());
    }
    assert!(store.record_checks(id(1), &[outcome("DB-02", "passed", 16)], 8).await.unwrap());
    let expected = [
        period("DB-02", "passed", 16, 16, r#"["passed at 16"]"#),
        period("DB-07", "failed", 10, 12, ""),
        period("DB-07", "passed", 15, 15, r#"["passed at 15"]"#),
    ];
    assert_eq!(store.checks(id(1)).await.unwrap(), expected);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().revision, 1, "a result is no change of the plan");
}

pub(crate) async fn only_the_last_periods_of_a_check_are_stored(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    for at in 1..=9 {
        let result = if at % 2 == 0 { "passed" } else { "failed" };
        let both = [outcome("DB-01", result, at), outcome("DB-02", "passed", at)];
        assert!(store.record_checks(id(1), &both, 3).await.unwrap());
    }
    let kept = store.checks(id(1)).await.unwrap();
    let times: Vec<(&str, i64)> = kept.iter().map(|period| (period.check.as_str(), period.since)).collect();
    assert_eq!(times, [("DB-01", 7), ("DB-01", 8), ("DB-01", 9), ("DB-02", 1)]);
}

pub(crate) async fn a_save_marks_results_as_outdated(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let both = [outcome("DB-01", "passed", 1), outcome("DB-02", "failed", 1)];
    assert!(store.record_checks(id(1), &both, 8).await.unwrap());
    let stale = |setting: &str| StaleCheck { check: "DB-02".to_owned(), setting: setting.to_owned() };
    let mut moved = change("moved", vec![]);
    moved.stale = vec![stale("database.port")];
    assert_eq!(store.save(id(1), 7, &moved).await.unwrap(), SaveOutcome::Conflict { current: 1 });
    let stale_of =
        |kept: Vec<OutcomePeriod>| kept.into_iter().map(|period| period.stale.unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(stale_of(store.checks(id(1)).await.unwrap()), ["", ""], "a save that is refused takes nothing away");
    assert_eq!(store.save(id(1), 1, &moved).await.unwrap(), SaveOutcome::Saved { revision: 2 });
    store.mark_stale(id(1), &[stale("database.host")]).await.unwrap();
    assert_eq!(stale_of(store.checks(id(1)).await.unwrap()), ["", "database.port"], "the first change is named");
    assert!(store.record_checks(id(1), &[outcome("DB-02", "failed", 9)], 8).await.unwrap());
    assert_eq!(stale_of(store.checks(id(1)).await.unwrap()), ["", ""], "checked again, it counts again");
}

pub(crate) async fn results_belong_to_their_plan_and_are_deleted_with_it(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let _created = store.create(&new_plan(2)).await.unwrap();
    let hostile =
        CheckOutcome { results: "'; DROP TABLE plans; -- \u{0} 🦀".to_owned(), ..outcome("DB-01", "passed", 1) };
    assert!(store.record_checks(id(1), std::slice::from_ref(&hostile), 8).await.unwrap());
    assert!(store.checks(id(2)).await.unwrap().is_empty());
    assert_eq!(store.checks(id(1)).await.unwrap()[0].results.as_deref(), Some(&*hostile.results));
    assert!(store.delete(id(1)).await.unwrap());
    assert!(!store.record_checks(id(1), &[outcome("DB-01", "passed", 2)], 8).await.unwrap(), "there is no such plan");
    assert!(store.checks(id(1)).await.unwrap().is_empty());
}
