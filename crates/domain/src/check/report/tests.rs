//! Tests of applying events in any order and twice, and of the report.

use super::*;

fn result(id: CheckId, outcome: Outcome) -> CheckResult {
    let (current, required, remedy) = (String::new(), String::new(), super::super::Remedy::default());
    CheckResult {
        id,
        subject: None,
        outcome,
        current,
        required,
        remedy,
        took_ms: 1,
        from_node: false,
        expires_at: None,
    }
}

fn finished(run: u64, outcome: Outcome) -> CheckEvent {
    CheckEvent::Finished { run, id: CheckId::Db02, at: 5, results: vec![result(CheckId::Db02, outcome)] }
}

#[test]
fn a_secret_works_where_its_checks_passed() {
    let mut report = CheckReport::default();
    let end_with = |report: &mut CheckReport, id, outcomes: &[Outcome]| {
        let results = outcomes.iter().map(|outcome| result(id, *outcome)).collect();
        report.checks.insert(id, CheckState::Done { at: 5, results });
    };
    assert_eq!(report.secret_verification("database.password"), None);
    end_with(&mut report, CheckId::Db05, &[Outcome::Failed]);
    assert_eq!(report.secret_verification("database.password"), None);
    end_with(&mut report, CheckId::Db05, &[Outcome::Passed]);
    assert_eq!(report.secret_verification("database.password"), Some(SecretVerification::Here));
    end_with(&mut report, CheckId::Db06, &[Outcome::Passed, Outcome::Failed, Outcome::Passed]);
    assert_eq!(report.secret_verification("database.password"), Some(SecretVerification::OnNodes { passed: 2, of: 3 }));
    assert_eq!(report.secret_verification("user_store.connection_password"), None);
    let only = report.clone().only(Step::UserStore);
    assert!(only.checks.is_empty());
    assert_eq!(report.clone().only(Step::Database).checks, report.checks);
}

#[test]
fn applying_twice_is_harmless_and_older_runs_are_ignored() {
    let started = CheckEvent::RunStarted { run: 2, at: 1, checks: vec![CheckId::Db01, CheckId::Db02] };
    let events = [started.clone(), finished(2, Outcome::Failed), finished(1, Outcome::Passed)];
    let mut once = CheckReport::default();
    events.iter().for_each(|event| once.apply(event));
    let mut twice = CheckReport::default();
    events.iter().chain(&events).for_each(|event| twice.apply(event));
    assert_eq!(once, twice);
    assert_eq!(once.progress(), (1, 2));
    assert_eq!(once.checks[&CheckId::Db02].outcome(), Some(Outcome::Failed));
}

#[test]
fn a_changed_setting_takes_the_result_away() {
    let mut report = CheckReport::default();
    report.apply(&CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db02] });
    report.apply(&finished(1, Outcome::Passed));
    report.apply(&CheckEvent::RunFinished { run: 1, at: 6, cancelled: false });
    assert_eq!(report.checks[&CheckId::Db02].outcome(), Some(Outcome::Passed));
    report.apply(&CheckEvent::Changed { settings: vec!["database.port".to_owned()] });
    assert_eq!(report.checks[&CheckId::Db02], CheckState::Stale { setting: "database.port".to_owned() });
}

#[test]
fn databases_that_were_prepared_are_to_be_checked_again() {
    for id in CheckId::ALL {
        // Checks of every answer depend on this too.
        let looks = id.step() == Step::Database || id.settings().contains(&"");
        assert_eq!(id.depends_on(super::super::DATABASES), looks, "{id}");
    }
}

#[test]
fn changes_of_an_outcome_are_kept_and_repeats_are_not() {
    let mut report = CheckReport::default();
    for run in 1..=20 {
        let outcome = if run % 4 < 2 { Outcome::Failed } else { Outcome::Passed };
        report.apply(&CheckEvent::RunStarted { run, at: run, checks: vec![CheckId::Db02] });
        report.apply(&finished(run, outcome));
        report.apply(&finished(run, outcome));
    }
    let turns = &report.history[&CheckId::Db02];
    assert_eq!(turns.len(), MAX_OUTCOME_CHANGES);
    assert!(turns.windows(2).all(|pair| pair[0].outcome != pair[1].outcome));
}

#[test]
fn what_was_kept_comes_back_with_its_time() {
    let CheckEvent::Finished { results, .. } = finished(1, Outcome::Failed) else { return };
    let mut report = CheckReport::default();
    let turns = vec![OutcomeChange { outcome: Outcome::Failed, at: 3 }];
    report.restore(CheckId::Db02, turns.clone(), CheckState::Done { at: 5, results });
    assert_eq!(
        (report.run, report.running, report.checks[&CheckId::Db02].outcome()),
        (1, false, Some(Outcome::Failed))
    );
    report.apply(&CheckEvent::RunStarted { run: 2, at: 9, checks: vec![CheckId::Db02] });
    report.apply(&finished(2, Outcome::Failed));
    assert_eq!(report.history[&CheckId::Db02], turns, "it failed before and fails still");
}

#[test]
fn cancelling_leaves_nothing_running() {
    let mut report = CheckReport::default();
    report.apply(&CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db01, CheckId::Db02] });
    report.apply(&CheckEvent::RunFinished { run: 1, at: 2, cancelled: true });
    assert!(report.checks.values().all(|state| *state == CheckState::Cancelled));
}

#[test]
fn a_cluster_is_verified_when_all_its_checks_passed() {
    let mut report = CheckReport::default();
    assert!(!report.is_verified(), "nothing ran");
    let ids: Vec<CheckId> = CheckId::ALL.iter().copied().filter(|id| id.reach() == Reach::Cluster).collect();
    let mut run = 0;
    let mut end = |id: CheckId, outcome: Outcome| {
        run += 1;
        report.apply(&CheckEvent::RunStarted { run, at: 1, checks: vec![id] });
        report.apply(&CheckEvent::Finished { run, id, at: 2, results: vec![result(id, outcome)] });
        report.apply(&CheckEvent::RunFinished { run, at: 3, cancelled: false });
        report.is_verified()
    };
    let (last, others) = ids.split_last().unwrap();
    for id in others {
        assert!(!end(*id, Outcome::Passed), "{last} did not run");
    }
    for (outcome, expected) in
        [(Outcome::CouldNotCheck, false), (Outcome::Failed, false), (Outcome::Warned, true), (Outcome::Passed, true)]
    {
        assert_eq!(end(*last, outcome), expected, "{outcome:?}");
    }
}
