//! The log doctor on excerpts of logs, each as a whole: the cause leads, and what users and healthy servers write is nothing.

use domain::log_doctor::{LogFile, LogReport, diagnose};

const EXCERPTS: &str = include_str!("log_excerpts.txt");

fn read(text: &str) -> LogReport {
    diagnose(&[LogFile { name: "excerpt", bytes: text.as_bytes() }])
}

/// Heading and lines of each excerpt.
fn excerpts() -> impl Iterator<Item = (&'static str, &'static str)> {
    EXCERPTS.split("\n## ").skip(1).filter_map(|excerpt| excerpt.split_once('\n'))
}

#[test]
fn the_cause_leads_in_every_excerpt_and_healthy_ones_have_none() {
    let (mut wrong, mut failures, mut healthy) = (Vec::new(), 0, 0);
    for (heading, text) in excerpts() {
        let expected = heading.split(' ').next().unwrap_or_default();
        for text in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            text.lines().map(|line| format!("is-1  | {line}\n")).collect(),
        ] {
            let report = read(&text);
            let leading = report.diagnoses.first().map_or("none", |one| one.rule.code);
            let is_right = leading == expected && (expected != "none" || report.unrecognised_count == 0);
            if !is_right {
                wrong.push(format!(
                    "{heading}: {leading}, {} unrecognised: {:?}",
                    report.unrecognised_count, report.unrecognised
                ));
            }
            assert!(!report.is_unreadable(), "{heading}");
        }
        failures += usize::from(expected != "none");
        healthy += usize::from(expected == "none");
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(failures >= 100 && healthy >= 25, "{failures} failures, {healthy} healthy");
}

#[test]
fn a_healthy_excerpt_before_a_failure_does_not_hide_it() {
    let noise: String = excerpts()
        .filter(|(heading, _)| heading.starts_with("none") && !heading.contains("stop"))
        .map(|(_, text)| text)
        .collect();
    for (heading, text) in
        excerpts().filter(|(heading, text)| !heading.starts_with("none") && !text.contains("Starting WSO2"))
    {
        let expected = heading.split(' ').next().unwrap_or_default();
        // What happens at a start cannot follow requests.
        let report = read(&[noise.as_str(), text].concat());
        assert!(report.diagnoses.iter().any(|one| one.rule.code == expected), "{heading}: {report:#?}");
    }
}
