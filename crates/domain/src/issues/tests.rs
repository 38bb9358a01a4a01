//! Tests of the list of issues and their consequences.

use super::*;
use crate::finding::Severity;

fn result(id: CheckId, outcome: Outcome, current: &str) -> CheckResult {
    let remedy = Remedy { text: "Do this.".to_owned(), commands: Vec::new() };
    CheckResult {
        id,
        subject: None,
        outcome,
        current: current.to_owned(),
        required: String::new(),
        remedy,
        took_ms: 1,
        from_node: false,
        expires_at: None,
    }
}

fn report(results: Vec<CheckResult>) -> CheckReport {
    let mut report = CheckReport::default();
    for result in results {
        let done = report.checks.entry(result.id).or_insert(CheckState::Done { at: 5, results: Vec::new() });
        if let CheckState::Done { results, .. } = done {
            results.push(result);
        }
    }
    report
}

fn finding(severity: Severity, check: Option<CheckId>, setting: &str) -> Finding {
    let at = FindingLocation::setting(Step::Database, setting);
    Finding { severity, check, at, what: "It is so.".to_owned(), why: String::new(), remedy: "Do this.".to_owned() }
}

#[test]
fn checking_more_never_blocks_the_download() {
    let failed = |id: &CheckId| result(*id, Outcome::Failed, "wrong");
    let over_the_network = CheckId::ALL.iter().filter(|id| !id.reach().is_of_plan()).map(failed).collect();
    let issues = Issues::of(&[], &report(over_the_network), &BTreeMap::new());
    assert!(!issues.block_download());
    assert!(issues.count(Consequence::OpenTask, None) > 20);
    // A node report about keys on the nodes is about the nodes, not about the files.
    let of_node = CheckResult { from_node: true, ..result(CheckId::Cl07, Outcome::Failed, "another key") };
    let issues = Issues::of(&[], &report(vec![of_node]), &BTreeMap::new());
    assert_eq!(issues.iter().next().map(|issue| issue.consequence), Some(Consequence::OpenTask));
}

#[test]
fn wrong_files_block_and_are_reported_once() {
    let of_files = report(vec![result(CheckId::Tl06, Outcome::Failed, "does not open")]);
    assert!(Issues::of(&[], &of_files, &BTreeMap::new()).block_download());
    let findings = [finding(Severity::Blocks, Some(CheckId::Db39), "database.host")];
    let both =
        Issues::of(&findings, &report(vec![result(CheckId::Db39, Outcome::Failed, "It is so.")]), &BTreeMap::new());
    assert_eq!(both.count(Consequence::BlocksDownload, Some(Step::Database)), 1);
    assert_eq!(both.verdict(), "1 problem blocks the download. Correct it first.");
}

#[test]
fn tasks_and_warnings_can_be_accepted_and_problems_cannot() {
    let accepted: BTreeMap<String, Acceptance> = ["DB-02", "DB-39", "database.host"]
        .map(|key| (key.to_owned(), Acceptance::with_reason("agreed")))
        .into_iter()
        .collect();
    let findings = [
        finding(Severity::Blocks, Some(CheckId::Db39), "database.port"),
        finding(Severity::Warns, None, "database.host"),
        finding(Severity::Warns, None, "database.username"),
    ];
    let issues = Issues::of(&findings, &report(vec![result(CheckId::Db02, Outcome::Failed, "refused")]), &accepted);
    assert_eq!(issues.accepted().count(), 2);
    let open: Vec<Consequence> =
        issues.iter().filter(|issue| issue.accepted.is_none()).map(|issue| issue.consequence).collect();
    assert_eq!(open, [Consequence::BlocksDownload, Consequence::Warning]);
}

#[test]
fn an_issue_is_whole_sentences_with_the_commands_it_leads_to() {
    let commands = vec!["SELECT 1;".to_owned(), "SELECT 2;".to_owned()];
    let remedy = Remedy { text: "Start MySQL. On its machine:".to_owned(), commands };
    let mut failed = result(CheckId::Db02, Outcome::Failed, "127.0.0.1:3306: connection refused");
    failed.remedy = remedy;
    let issues = Issues::of(&[], &report(vec![failed]), &BTreeMap::new());
    assert_eq!(
        issues.iter().next().unwrap().message(),
        "Database port answers: 127.0.0.1:3306: connection refused. Start MySQL. On its machine: SELECT 1; SELECT 2;"
    );
}

#[test]
fn the_verdict_counts_problems_and_tasks() {
    assert_eq!(download_verdict(0, 0), "Nothing blocks the download.");
    assert_eq!(
        download_verdict(2, 1),
        "2 problems block the download. Correct them first. 1 open task remains: the runbook lists it at its step."
    );
}

#[test]
fn an_issue_is_written_in_sentences_with_its_commands_separate() {
    let failed = CheckResult {
        remedy: Remedy { text: "Create it:".to_owned(), commands: vec!["CREATE DATABASE a;".to_owned()] },
        ..result(CheckId::Db11, Outcome::Failed, "it does not exist")
    };
    let issues = Issues::of(&[], &report(vec![failed]), &BTreeMap::new());
    let sentences = issues.iter().next().map(Issue::sentences).unwrap_or_default();
    assert_eq!(sentences.len(), 3, "{sentences:?}");
    assert!(sentences.iter().all(|sentence| sentence.ends_with(['.', ':'])), "{sentences:?}");
    assert!(sentences.iter().all(|sentence| !sentence.contains("CREATE DATABASE")), "{sentences:?}");
    assert_eq!(sentences.last().map(String::as_str), Some("Create it:"), "commands follow the last one");
    let problem = Finding { what: String::new(), ..finding(Severity::Blocks, None, "database.host") };
    let issues = Issues::of(&[problem], &CheckReport::default(), &BTreeMap::new());
    assert_eq!(issues.iter().next().map(Issue::sentences), Some(vec!["Do this.".to_owned()]));
}
