//! Every rule matches its samples in several layouts, and none of its near misses.

use std::collections::BTreeSet;

use super::super::parse::LogEntries;
use super::super::triage::{EntryMeaning, evaluate};
use super::*;

const SAMPLES: &str = include_str!("samples.txt");

/// What a sample must be.
enum Expected<'a> {
    Failure(&'a str),
    NotFailure(&'a str),
    NoFailure,
}

/// The samples: what each must be, and its lines.
fn samples() -> Vec<(Expected<'static>, Vec<&'static str>)> {
    let mut samples: Vec<(Expected<'_>, Vec<&str>)> = Vec::new();
    for line in SAMPLES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let expected = match line.split_at_checked(3) {
            Some(("== ", code)) => Some(Expected::Failure(code)),
            Some(("!= ", code)) => Some(Expected::NotFailure(code)),
            Some(("-- ", _)) => Some(Expected::NoFailure),
            _ => None,
        };
        match expected {
            Some(expected) => samples.push((expected, Vec::new())),
            None => samples.last_mut().unwrap().1.push(line),
        }
    }
    samples
}

/// The sample as two layouts print it: in the file with brackets in front, and on the console of a container.
fn layouts(lines: &[&str]) -> [String; 2] {
    let (first, rest) = lines.split_first().unwrap();
    let rest: String = rest.iter().map(|line| format!("{line}\n")).collect();
    if let Some((level, message)) = first.strip_prefix("NGINX ").and_then(|entry| entry.split_once(' ')) {
        let plain = format!("2025/01/02 03:04:05 [{level}] 31#31: *7 {message}\n");
        return [plain.clone(), format!("lb-1  | {plain}")];
    }
    let file = format!("TID: [-1234] [oauth2] [2025-01-02 03:04:05,678] [9b1f] {first}\n{rest}");
    let prefix = "2025-01-02T03:04:05.678Z ";
    let rest: String = rest.lines().map(|line| format!("{prefix}{line}\n")).collect();
    [file, format!("{prefix}[2025-01-02 03:04:05,678] [] {first}\r\n{rest}")]
}

/// The failure that the only entry of a text shows.
fn failure(text: &str) -> Option<&'static str> {
    let entries: Vec<_> = LogEntries::new(text).collect();
    assert_eq!(entries.len(), 1, "{text}");
    match evaluate(&entries[0], true) {
        EntryMeaning::Failure(rule, _) => Some(rule.code),
        _ => None,
    }
}

#[test]
fn samples_are_recognised_in_every_layout_and_near_misses_are_not() {
    let mut wrong = Vec::new();
    for (expected, lines) in samples() {
        for text in layouts(&lines) {
            let found = failure(&text);
            let is_right = match expected {
                Expected::Failure(code) => found == Some(code),
                Expected::NotFailure(code) => find(code).is_some() && found != Some(code),
                Expected::NoFailure => found.is_none(),
            };
            if !is_right {
                let wanted = match expected {
                    Expected::Failure(code) => code.to_owned(),
                    Expected::NotFailure(code) => format!("not {code}"),
                    Expected::NoFailure => "none".to_owned(),
                };
                wrong.push(format!("{wanted}, not {found:?}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_sample() {
    let with_sample: BTreeSet<&str> = samples()
        .into_iter()
        .filter_map(|(expected, _)| match expected {
            Expected::Failure(code) => Some(code),
            _ => None,
        })
        .collect();
    // These are found from several entries: the tests of whole logs have them.
    let of_sequences = ["start-waits", "nodes-alone", "member-on-loopback", "hazelcast-port-moved"];
    let without: Vec<&str> = all()
        .map(|rule| rule.code)
        .filter(|code| !with_sample.contains(code) && !of_sequences.contains(code))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn rules_are_complete_and_their_texts_can_match() {
    let mut codes = BTreeSet::new();
    for rule in all() {
        let code = rule.code;
        assert!(codes.insert(code), "{code} stands twice");
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{code}");
        for sentence in [rule.cause, rule.check, rule.remedy] {
            assert!(sentence.ends_with(['.', '?', ':', ';']), "{code}: {sentence}");
        }
        assert!(!rule.title.ends_with('.') && rule.title.len() < 100, "{code}: {}", rule.title);
        for text in rule.pattern.texts() {
            assert_eq!(text, text.to_ascii_lowercase(), "{code} cannot match");
        }
    }
    assert!(codes.len() > 140, "{}", codes.len());
}

/// What a remedy may not recommend without naming what is lost: words of the remedy or its commands, and of the consequence.
const CONSEQUENCES: [(&str, &[&str]); 17] = [
    ("create the databases again", &["deletes"]),
    ("create the database again", &["deletes"]),
    ("create it again", &["deletes"]),
    ("alter table", &["backup"]),
    ("allowpublickeyretrieval=true", &["learns the password"]),
    ("verify_ca verifies only", &["accepted"]),
    ("trustservercertificate=true", &["accepts every server", "ends the verification"]),
    ("nonvalidatingfactory", &["any server"]),
    ("usessl=false", &["in clear"]),
    ("encrypt=false", &["in clear"]),
    ("ldap:// with port 389", &["in clear"]),
    ("sslmode=disabled", &["in clear"]),
    ("referral = \"follow\"", &["password"]),
    ("disabledalgorithms", &["weaken"]),
    ("timestamp_skew", &["stay valid"]),
    ("delete wso2carbon.pid", &["only if"]),
    ("put that of the pack", &["keep"]),
];

#[test]
fn remedies_that_lose_data_or_weaken_security_name_the_consequence() {
    for rule in all() {
        let text = [rule.remedy, &rule.commands.join("\n")].concat().to_lowercase();
        for (words, consequences) in CONSEQUENCES {
            let is_named = consequences.iter().any(|consequence| text.contains(consequence));
            assert!(!text.contains(words) || is_named, "{}: {words}: {}", rule.code, rule.remedy);
        }
        for command in [
            "drop table",
            "drop database",
            "drop user",
            "delete from",
            "truncate",
            "rm -",
            "kill -9",
            "pkill",
            "--force",
            "chmod 777",
            "storepass ",
        ] {
            assert!(!text.contains(command), "{}: {command}", rule.code);
        }
        let is_of_database = rule.area == super::super::FailureArea::Database;
        let is_specific = ["MySQL", "Connector/J", "MariaDB", "PostgreSQL", "Oracle", "SQL Server"]
            .iter()
            .any(|name| [rule.title, rule.cause, rule.check, rule.remedy].iter().any(|text| text.contains(name)));
        let commands = rule.commands.join("\n");
        let is_mysql =
            ["jdbc:mysql:", "mysql --", "SHOW VARIABLES", "SHOW GRANTS"].iter().any(|text| commands.contains(text));
        assert!(
            !is_of_database || !is_mysql || is_specific || commands.contains("PostgreSQL"),
            "{}: {commands}",
            rule.code
        );
    }
}
