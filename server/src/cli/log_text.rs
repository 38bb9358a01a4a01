//! The result of the log doctor as lines for people.

use std::fmt::Write as _;

use domain::log_doctor::{LogDiagnosis, LogFacts, LogPosition, LogReport, MemberEventKind};

/// Width of the text, in characters; lines of the log are not wrapped.
const MAX_LINE_CHARS: usize = 110;
/// Width of the labels in front of a paragraph, in characters.
const LABEL_WIDTH: usize = 10;

/// The whole result.
pub(crate) fn write(report: &LogReport) -> String {
    let names: Vec<&str> = report.logs.iter().map(|log| log.name.as_str()).collect();
    let mut text = String::new();
    report.logs.iter().filter(|log| log.known_lines > 0).for_each(|log| write_facts(&mut text, log));
    let _ = writeln!(text, "{}\n", report.verdict());
    for (index, diagnosis) in report.diagnoses.iter().enumerate() {
        write_diagnosis(&mut text, index + 1, diagnosis, &names);
    }
    if report.unrecognised_count > 0 {
        let _ = writeln!(text, "Errors that are not recognised: {}", report.unrecognised_count);
        for error in &report.unrecognised {
            let _ = writeln!(text, "  {} times, first in {}:", error.count, position(&error.first, &names));
            write_lines(&mut text, "    ", &error.lines);
        }
        text.push('\n');
    }
    if report.healthy_count > 0 {
        let _ = writeln!(text, "Warnings and errors that are normal for a healthy server: {}", report.healthy_count);
    }
    text
}

fn write_diagnosis(text: &mut String, number: usize, diagnosis: &LogDiagnosis, names: &[&str]) {
    let rule = diagnosis.rule;
    let _ = writeln!(text, "{number}. {} [{}]", rule.title, rule.code);
    let entries = if diagnosis.count == 1 { "1 entry".to_owned() } else { format!("{} entries", diagnosis.count) };
    let past = if diagnosis.is_current { "" } else { " Not since the last start of the server." };
    let place = position(&diagnosis.first, names);
    paragraph(text, "", &format!("{}; {entries}, first in {place}.{past}", rule.impact.title()));
    paragraph(text, "Cause", rule.cause);
    let checks: Vec<&str> = rule.checks.iter().map(|check| check.code()).collect();
    let checks = if checks.is_empty() { String::new() } else { format!(" ({})", checks.join(", ")) };
    paragraph(text, "Check", &format!("{}{checks}", rule.check));
    paragraph(text, "Remedy", rule.remedy);
    for line in rule.commands.iter().flat_map(|command| command.lines()) {
        let _ = writeln!(text, "   {:LABEL_WIDTH$}  {line}", "");
    }
    for value in &diagnosis.values {
        let _ = writeln!(text, "   {}: {}", value.label, value.value);
    }
    for symptom in &diagnosis.symptoms {
        let _ = writeln!(text, "   Explains: {} ({})", symptom.title, symptom.count);
    }
    for excerpt in &diagnosis.excerpts {
        let _ = writeln!(text, "   In {}:", position(&excerpt.at, names));
        write_lines(text, "     ", &excerpt.lines);
    }
    text.push('\n');
}

fn write_lines(text: &mut String, indent: &str, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "{indent}{line}");
    }
}

/// A place, with the name of the log if several were read.
fn position(at: &LogPosition, names: &[&str]) -> String {
    match names.get(at.log).filter(|_| names.len() > 1) {
        Some(name) => format!("{name} line {}", at.line),
        None => format!("line {}", at.line),
    }
}

/// A wrapped text with a label in front.
fn paragraph(text: &mut String, label: &str, content: &str) {
    let label = if label.is_empty() { String::new() } else { format!("{label}:") };
    let mut line = format!("   {label:LABEL_WIDTH$}");
    let indent = if label.is_empty() { "   ".to_owned() } else { " ".repeat(line.len()) };
    if label.is_empty() {
        line.clone_from(&indent);
    }
    for word in content.split(' ') {
        if line.chars().count() + word.chars().count() > MAX_LINE_CHARS && line.trim() != label {
            let _ = writeln!(text, "{}", line.trim_end());
            line.clone_from(&indent);
        }
        line.push_str(word);
        line.push(' ');
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

fn write_facts(text: &mut String, log: &LogFacts) {
    let mut facts = vec![format!("{} lines", log.lines)];
    facts.extend(log.versions.iter().cloned());
    if let Some(start) = log.starts.last() {
        let finished = log.starts.iter().filter(|start| start.seconds.is_some()).count();
        let last = match start.seconds {
            Some(seconds) => format!("the last took {seconds} s"),
            None => "the end of the last is not in the log".to_owned(),
        };
        facts.push(format!("starts: {} ({finished} finished; {last})", log.starts.len()));
    }
    facts.extend(log.local_member.as_ref().map(|member| format!("this node: {member}")));
    if !log.configured_members.is_empty() {
        facts.push(format!("member list: {}", log.configured_members.join(" ")));
    }
    for (kind, words) in [
        (MemberEventKind::Elected, "became the coordinator in line"),
        (MemberEventKind::Joined, "members joined in line"),
        (MemberEventKind::Left, "members left in line"),
    ] {
        let lines: Vec<String> =
            log.member_events.iter().filter(|event| event.kind == kind).map(|event| event.line.to_string()).collect();
        if !lines.is_empty() {
            facts.push(format!("{words} {}", lines.join(" ")));
        }
    }
    let _ = writeln!(text, "{}: {}", log.name, facts.join("; "));
}
