//! The check panel in its states.

use app::view::CheckPanelView;
use domain::check::{CheckEvent, CheckId, CheckReport, CheckResult, Outcome, Remedy};

fn checks(events: &[CheckEvent]) -> CheckPanelView {
    let mut report = CheckReport::default();
    events.iter().for_each(|event| report.apply(event));
    CheckPanelView { report, last_event: format!("0badf00d-{}", events.len()), ..CheckPanelView::default() }
}

fn run() -> CheckEvent {
    use CheckId::{Db01, Db02, Db03, Db05, Db11, Db12, Db17};
    CheckEvent::RunStarted { run: 1, at: 1, checks: vec![Db01, Db02, Db03, Db05, Db11, Db12, Db17] }
}

fn result(id: CheckId, outcome: Outcome, current: &str, required: &str) -> CheckResult {
    let remedy = match outcome {
        Outcome::Passed => Remedy::default(),
        _ => Remedy {
            text: id.spec().remedy.to_owned(),
            commands: match id {
                CheckId::Db17 => {
                    vec!["ALTER DATABASE wso2identity_db CHARACTER SET latin1 COLLATE latin1_swedish_ci;".to_owned()]
                }
                _ => Vec::new(),
            },
        },
    };
    CheckResult {
        id,
        subject: None,
        outcome,
        current: current.to_owned(),
        required: required.to_owned(),
        remedy,
        took_ms: 4,
        from_node: false,
        expires_at: None,
    }
}

fn finished(result: CheckResult) -> CheckEvent {
    CheckEvent::Finished { run: 1, id: result.id, at: 2, results: vec![result] }
}

pub(super) fn running() -> CheckPanelView {
    let waits_for = "db.internal.example.com:3306 to answer".to_owned();
    checks(&[
        run(),
        finished(result(CheckId::Db01, Outcome::Passed, "10.20.0.5", "at least one address")),
        CheckEvent::Started { run: 1, id: CheckId::Db02, waits_for },
    ])
}

pub(super) fn done() -> CheckPanelView {
    let subject = |name: &str, result: CheckResult| CheckResult { subject: Some(name.to_owned()), ..result };
    let charset = CheckEvent::Finished {
        run: 1,
        id: CheckId::Db17,
        at: 3,
        results: vec![
            subject("wso2identity_db", result(CheckId::Db17, Outcome::Failed, "utf8mb4", "latin1")),
            subject("wso2shared_db", result(CheckId::Db17, Outcome::Passed, "latin1", "latin1")),
        ],
    };
    checks(&[
        run(),
        finished(result(CheckId::Db01, Outcome::Passed, "10.20.0.5", "at least one address")),
        finished(result(CheckId::Db02, Outcome::Passed, "open after 1 ms", "open")),
        finished(result(CheckId::Db03, Outcome::Passed, "MySQL 8.4.3", "MySQL")),
        finished(result(CheckId::Db05, Outcome::Passed, "wso2is from 10.20.0.1", "login")),
        finished(result(
            CheckId::Db11,
            Outcome::CouldNotCheck,
            "the account may not list databases",
            "all three databases",
        )),
        finished(result(CheckId::Db12, Outcome::Warned, "identity and shared are one", "different databases")),
        charset,
        CheckEvent::RunFinished { run: 1, at: 4, cancelled: false },
    ])
}

pub(super) fn passed() -> CheckPanelView {
    checks(&[
        CheckEvent::RunStarted { run: 1, at: 1, checks: vec![CheckId::Db01, CheckId::Db02] },
        finished(result(CheckId::Db01, Outcome::Passed, "10.20.0.5", "at least one address")),
        finished(result(CheckId::Db02, Outcome::Passed, "open after 1 ms", "open")),
        CheckEvent::RunFinished { run: 1, at: 4, cancelled: false },
    ])
}

pub(super) fn stale() -> CheckPanelView {
    let changed = CheckEvent::Changed { settings: vec!["database.host".to_owned()] };
    let mut after = done();
    after.report.apply(&changed);
    after
}
