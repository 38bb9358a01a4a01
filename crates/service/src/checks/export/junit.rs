//! The report as JUnit's XML, which build servers read: a suite a step, a case a check and subject.
//!
//! What makes `clusterwright check` exit 1 is a failure: problems that block the download, and open tasks unless they are
//! let pass. What could not be checked, was accepted or let pass is skipped. A warning fails nothing: it is in the case's
//! output.
//!
//! The XML is written with quick-xml and not with quick-junit: quick-junit 0.8 depends on quick-xml 0.41, a second version
//! next to the one here, and on chrono.

use std::io;

use domain::check::{CheckRow, CheckSummary, Consequence, FindingRow, Outcome, RowStatus, strip_markup};
use domain::finding::Severity;
use domain::moment::rfc_3339;
use domain::step::Step;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::checks::export::line;

/// A test case.
struct TestCase {
    name: String,
    took_ms: u64,
    outcome: Option<CaseElement>,
}

/// The element in a case.
struct CaseElement {
    element: &'static str,
    message: String,
    text: String,
}

/// The report as JUnit's XML.
#[must_use]
pub fn write(sheet: &CheckSummary) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Memory takes everything.
    let _ = document(&mut writer, sheet);
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

fn document(writer: &mut Writer<Vec<u8>>, sheet: &CheckSummary) -> io::Result<()> {
    let suites: Vec<(Step, Vec<TestCase>)> = (Step::WITH_CHECKS.into_iter())
        .map(|step| (step, cases(sheet, step)))
        .filter(|(_, cases)| !cases.is_empty())
        .collect();
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let name = if sheet.title.is_empty() { sheet.version.clone() } else { line(&sheet.title) };
    let root = writer.create_element("testsuites").with_attribute(("name", name.as_str()));
    root.with_attributes(borrowed(&counts(all()))).write_inner_content(|writer| {
        for (step, cases) in &suites {
            suite(writer, sheet, *step, cases)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn suite(writer: &mut Writer<Vec<u8>>, sheet: &CheckSummary, step: Step, cases: &[TestCase]) -> io::Result<()> {
    let time = rfc_3339(sheet.at);
    let element = writer.create_element("testsuite").with_attribute(("name", step.title()));
    let element = element.with_attributes(borrowed(&counts(cases.iter())));
    // The schema knows no time zone.
    let element = element.with_attribute(("timestamp", time.trim_end_matches('Z')));
    element.write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, step, case)))?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, step: Step, case: &TestCase) -> io::Result<()> {
    let (class, took) = (format!("clusterwright.{}", step.slug()), seconds(case.took_ms));
    let element = writer.create_element("testcase").with_attributes([
        ("classname", class.as_str()),
        ("name", case.name.as_str()),
        ("time", took.as_str()),
    ]);
    let Some(outcome) = &case.outcome else {
        element.write_empty()?;
        return Ok(());
    };
    element.write_inner_content(|writer| {
        let inner = writer.create_element(outcome.element);
        let inner = match outcome.element {
            "failure" => inner.with_attributes([("message", outcome.message.as_str()), ("type", "check")]),
            "skipped" => inner.with_attribute(("message", outcome.message.as_str())),
            _ => inner,
        };
        inner.write_text_content(BytesText::new(&outcome.text))?;
        Ok(())
    })?;
    Ok(())
}

/// The counts a suite carries, as attributes.
fn counts<'a>(cases: impl Iterator<Item = &'a TestCase>) -> Vec<(&'static str, String)> {
    let (mut tests, mut failures, mut skipped, mut took) = (0_usize, 0_usize, 0_usize, 0_u64);
    for case in cases {
        tests += 1;
        took += case.took_ms;
        match case.outcome.as_ref().map(|outcome| outcome.element) {
            Some("failure") => failures += 1,
            Some("skipped") => skipped += 1,
            _ => {}
        }
    }
    vec![
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", "0".to_owned()),
        ("skipped", skipped.to_string()),
        ("time", seconds(took)),
    ]
}

fn borrowed<'a>(attributes: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    attributes.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// The cases of a step: its checks, and the findings that are of none of them.
fn cases(sheet: &CheckSummary, step: Step) -> Vec<TestCase> {
    // An issue that blocks the download fails here too when the line of its check reports something else: a rule of the
    // answers blocks even while the check on the server has not run, and no acceptance can remove it.
    let says_it = |line: &CheckRow, found: &FindingRow| {
        let fails = check(sheet, line).outcome.is_some_and(|outcome| outcome.element == "failure");
        found.finding.check == Some(line.id) && (found.finding.severity != Severity::Blocks || fails)
    };
    let is_line = |found: &&FindingRow| sheet.checks.iter().any(|line| says_it(line, found));
    let checks = sheet.checks.iter().filter(|line| line.id.step() == step).map(|line| check(sheet, line));
    let findings = sheet.findings.iter().filter(|found| found.finding.at.step == step && !is_line(found)).map(finding);
    checks.chain(findings).collect()
}

fn check(sheet: &CheckSummary, one: &CheckRow) -> TestCase {
    let subject = one.subject.as_ref().map_or_else(String::new, |subject| format!(" ({})", line(subject)));
    let outcome = |element, message: &str| {
        let commands: String = one.remedy.commands.iter().map(|command| format!("\n{command}")).collect();
        let text = format!(
            "current: {}\nrequired: {}\nto do: {}{commands}",
            line(&one.current),
            line(&one.required),
            line(&one.remedy.text)
        );
        Some(CaseElement { element, message: line(message), text: strip_markup(&text) })
    };
    let outcome = match (one.standing, &one.accepted) {
        (RowStatus::Ended(Outcome::Passed), _) => None,
        (_, Some(accepted)) => outcome("skipped", &format!("accepted: {accepted}")),
        (RowStatus::Ended(Outcome::CouldNotCheck) | RowStatus::NotChecked, _) => {
            outcome("skipped", &format!("{}: {}", one.standing.label(), one.current))
        }
        (RowStatus::Ended(_), None) => match one.consequence {
            Some(consequence) if sheet.fails_build(consequence) => outcome("failure", &one.current),
            Some(Consequence::OpenTask) => outcome("skipped", &format!("open task: {}", one.current)),
            _ => outcome("system-out", &one.current),
        },
    };
    TestCase { name: format!("{} {}{subject}", one.id.code(), one.id.title()), took_ms: one.took_ms, outcome }
}

fn finding(found: &FindingRow) -> TestCase {
    let message = line(&found.finding.message());
    let element = match (&found.accepted, found.finding.severity) {
        (Some(_), _) => "skipped",
        (None, Severity::Blocks) => "failure",
        (None, Severity::Warns | Severity::Notes) => "system-out",
    };
    let text =
        found.accepted.as_ref().map_or_else(|| message.clone(), |accepted| format!("{message}\naccepted: {accepted}"));
    let name = format!("{} {}", line(&found.place), found.finding.at);
    TestCase { name, took_ms: 0, outcome: Some(CaseElement { element, message, text: strip_markup(&text) }) }
}
