//! The report in each format, from a check summary with every kind of line and hostile texts: compared with golden files,
//! and parsed by programs that read such files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod schema;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use domain::check::{CheckEvent, CheckId, CheckReport, CheckResult, CheckSummary, Outcome, Remedy};
use domain::draft::Acceptance;
use domain::finding::{Finding, FindingLocation, Severity};
use domain::moment::UtcOffset;
use domain::step::Step;
use server::report::{ReportFormat, write};

/// Markup of every format, the end of a CDATA section, control characters, a terminal escape sequence, and a character
/// that changes the text direction.
const HOSTILE: &str =
    "</dd></style><script>alert(1)</script> ]]> &amp; &#0; \" ' \u{0}\u{1b}[31mred\u{202e}\u{fffe} 🦀\r\nline two";

fn result(id: CheckId, outcome: Outcome, current: &str) -> CheckResult {
    let remedy = match outcome {
        Outcome::Passed => Remedy::default(),
        _ => Remedy {
            text: "Start MySQL.".to_owned(),
            commands: vec!["systemctl start mysql\nsystemctl status mysql".to_owned()],
        },
    };
    CheckResult {
        id,
        subject: None,
        outcome,
        current: current.to_owned(),
        required: "open".to_owned(),
        remedy,
        took_ms: 12,
        from_node: false,
        expires_at: None,
    }
}

fn finding(severity: Severity, check: Option<CheckId>, at: FindingLocation, what: &str) -> (String, Finding) {
    let (what, remedy) = (what.to_owned(), "Correct it.".to_owned());
    (format!("plan.toml:{}", 3), Finding { severity, check, at, what, why: String::new(), remedy })
}

/// 23 November 2026, 12:04 UTC.
const AT: u64 = 1_795_435_440;

fn sheet() -> CheckSummary {
    use CheckId::{Db01, Db02, Db03, Db05, Db11, Db12, Db17, Lb01};
    let ids = [Db01, Db02, Db03, Db05, Db11, Db12, Db17, Lb01];
    let mut report = CheckReport::default();
    let finished = |run, at, results: Vec<CheckResult>| CheckEvent::Finished { run, id: results[0].id, at, results };
    let subject = |name: &str, result| CheckResult { subject: Some(name.to_owned()), ..result };
    for event in [
        CheckEvent::RunStarted { run: 1, at: AT, checks: ids[..7].to_vec() },
        finished(1, AT, vec![result(Db01, Outcome::Passed, "10.20.0.5")]),
        finished(1, AT, vec![result(Db02, Outcome::Failed, "refused")]),
        finished(1, AT, vec![result(Db03, Outcome::CouldNotCheck, "no end within 5 s")]),
        finished(1, AT, vec![result(Db05, Outcome::Failed, HOSTILE)]),
        finished(1, AT, vec![result(Db11, Outcome::Passed, "three databases")]),
        finished(1, AT, vec![result(Db12, Outcome::Warned, "one schema under two names")]),
        finished(
            1,
            AT,
            vec![
                subject("wso2identity_db", result(Db17, Outcome::Failed, "utf8mb4")),
                subject(HOSTILE, result(Db17, Outcome::Passed, "latin1")),
            ],
        ),
        CheckEvent::RunStarted { run: 2, at: AT + 300, checks: vec![Db02] },
        finished(2, AT + 300, vec![result(Db02, Outcome::Passed, "open after 1 ms")]),
        CheckEvent::Changed { settings: vec!["product.version".to_owned()] },
    ] {
        report.apply(&event);
    }
    let findings = vec![
        finding(Severity::Blocks, None, FindingLocation::setting(Step::Database, "database.port"), "The port is text."),
        finding(Severity::Warns, Some(CheckId::Cl13), FindingLocation::step(Step::Clustering), HOSTILE),
        finding(Severity::Notes, None, FindingLocation::node(1, "clustering.nodes.host"), "The URL was split."),
    ];
    let by = Acceptance { reason: HOSTILE.to_owned(), by: "Ann".to_owned(), on: "23 November 2026, 12:04".to_owned() };
    let accepted = BTreeMap::from([("DB-12".to_owned(), by.clone()), ("CL-13".to_owned(), by)]);
    let head = CheckSummary {
        title: format!("Production login {HOSTILE}"),
        version: "Clusterwright 0.0.0".to_owned(),
        at: AT + 600,
        ..CheckSummary::default()
    };
    head.collect(&ids, &report, findings, &accepted)
}

fn golden(name: &str, format: ReportFormat) -> String {
    let text = write(&sheet(), format, UtcOffset { ahead: 3600 });
    testbed::golden::check(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/golden").join(name), &text);
    text
}

#[test]
fn golden_text_steers_no_terminal() {
    let text = golden("report.txt", ReportFormat::Text);
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
    assert!(
        text.contains("before: failed 23 November 2026, 13:04 UTC+01:00; passed 23 November 2026, 13:09 UTC+01:00"),
        "{text}"
    );
    assert!(!text.lines().any(|line| line.starts_with("line two")), "a text does not make lines of its own");
}

#[test]
fn golden_json_is_read_back() {
    let text = golden("report.json", ReportFormat::Json);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["blocked"], &report["open_tasks"]), (&true.into(), &1.into()));
    let checks = report["checks"].as_array().unwrap();
    let of = |id: &str| checks.iter().find(|check| check["id"] == id).unwrap();
    assert_eq!(of("DB-05")["current"], HOSTILE, "JSON holds every text as it is");
    assert_eq!(of("DB-02")["history"][0]["at"], "2026-11-23T12:04:00Z");
    assert_eq!(of("DB-12")["accepted"]["by"], "Ann");
    assert_eq!(of("DB-05")["consequence"], "open-task");
    assert_eq!(of("DB-17")["outcome"], "not-checked");
    assert_eq!(of("LB-01")["outcome"], "not-checked");
}

#[test]
fn golden_junit_keeps_its_schema() {
    let text = golden("report.xml", ReportFormat::Junit);
    let suites = schema::read(&text);
    let case = |start: &str| suites.iter().flat_map(|suite| &suite.cases).find(|case| case.name.starts_with(start));
    assert_eq!(case("DB-05").unwrap().child.as_deref(), Some("failure"));
    assert_eq!(case("DB-12").unwrap().child.as_deref(), Some("skipped"), "accepted");
    assert_eq!(case("DB-03").unwrap().child.as_deref(), Some("skipped"), "could not be checked");
    assert_eq!(case("DB-02").unwrap().child, None);
    assert!(!text.contains("<script"), "{text}");
}

/// With `--allow-open`, open tasks do not fail the exit code and the report for a build server.
#[test]
fn open_tasks_that_are_let_pass_fail_no_case() {
    let let_pass = CheckSummary { allow_open: true, ..sheet() };
    let suites = schema::read(&write(&let_pass, ReportFormat::Junit, UtcOffset::UTC));
    let cases: Vec<_> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let case = |start: &str| cases.iter().find(|case| case.name.starts_with(start)).unwrap();
    assert_eq!(case("DB-05").child.as_deref(), Some("skipped"));
    assert!(cases.iter().any(|case| case.child.as_deref() == Some("failure")), "a problem fails all the same");
}

#[test]
fn expat_reads_the_xml() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xml");
    std::fs::write(&path, write(&sheet(), ReportFormat::Junit, UtcOffset::UTC)).unwrap();
    let script =
        "import sys, xml.etree.ElementTree as tree\nprint(len(tree.parse(sys.argv[1]).findall('.//testcase')))";
    let Ok(output) = Command::new("python3").args(["-c", script]).arg(&path).output() else {
        return testbed::report_not_run("the XML of a report in expat: python3 is not on this machine");
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "11");
}

#[test]
fn golden_html_holds_no_foreign_markup() {
    let text = golden("report.html", ReportFormat::Html);
    assert_eq!((text.matches("<script").count(), text.matches("</style>").count()), (0, 1), "{text}");
    assert!(!text.contains("src=") && !text.contains("href=") && !text.contains("url("), "it loads nothing");
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
    // Every opened element is closed, in order, except void elements of HTML.
    let mut open = Vec::new();
    for tag in text.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let name: String = tag.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '/').collect();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{tag}"),
            None if name.starts_with("meta") => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
