//! The bundle without secrets, from hostile plans: the real readers read every file of it, and it contains no secret.

use std::process::{Command, Stdio};

use domain::draft::Acceptance;
use domain::limits::{self, Limit};
use domain::setting::Setting;
use domain::steps;
use domain::value::Control;
use quick_xml::Reader;
use quick_xml::events::Event;
use render::Bundle;

use crate::scenario::{SCENARIOS, Scenario};
use crate::world::{Unpacked, reveal};

/// Texts that end a quote, a comment or an element, call something, or display differently from their characters.
const HOSTILE: [&str; 13] = [
    "a'b",
    "a\"b",
    "a\"\"\"b'''c",
    "a$(touch pwned)b",
    "a`touch pwned`b",
    "a%s%n%0ab",
    "a]]><b>&c;<!--",
    "a\\",
    "a;#b",
    "a\nb: c\r\n[d]",
    "a\u{202e}b",
    "a\u{0}\u{1b}[31mb",
    "a|b{c}d{{e}}",
];

/// The scenario with `text` in every setting that accepts it.
fn filled(scenario: &Scenario, text: &str) -> (Scenario, usize) {
    let mut filled = scenario.clone();
    // Longer ones are rejected when a plan is read.
    let within = |limit: Limit| -> String { text.chars().take(limit.max).collect() };
    filled.draft.title = within(limits::PLAN_NAME);
    let acceptance =
        Acceptance { reason: within(limits::REASON), by: within(limits::PERSON_NAME), on: within(limits::PERSON_NAME) };
    filled.draft.accepted.insert("DB-12".to_owned(), acceptance);
    let keys: Vec<String> = (filled.secrets.iter()).map(|(key, _)| key.to_owned()).collect();
    for key in &keys {
        let mut with = filled.clone();
        with.secret(key, &format!("Secret-1-{text}"));
        if with.try_plan().is_ok() {
            filled = with;
        }
    }
    let is_text = |setting: &&Setting| matches!(setting.control, Control::Text(_));
    let mut count = 0;
    for setting in steps::all().filter(is_text) {
        let mut with = filled.clone();
        match setting.key.strip_prefix("clustering.nodes.") {
            Some(column) => drop(with.draft.nodes[0].insert(column.to_owned(), text.to_owned())),
            None => with.draft.set(setting.key, text),
        }
        if (setting.canonical)(text).is_ok() && with.try_plan().is_ok() {
            (filled, count) = (with, count + 1);
        }
    }
    (filled, count)
}

fn assert_is_read(place: &str, path: &str, text: &str) {
    match path.rsplit('.').next().unwrap() {
        "toml" => {
            let read = toml::from_str::<toml::Table>(text);
            assert!(read.is_ok(), "{place}: {:?}", read.err());
        }
        "json" => assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{place}"),
        "svg" => {
            let mut reader = Reader::from_str(text);
            while !matches!(reader.read_event().unwrap_or_else(|error| panic!("{place}: {error}")), Event::Eof) {}
        }
        "sh" => {
            let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut shell.stdin.take().unwrap(), text.as_bytes()).unwrap();
            let said = shell.wait_with_output().unwrap();
            assert!(said.status.success() && said.stderr.is_empty(), "{place}: {said:?}");
        }
        _ => {}
    }
}

#[test]
fn a_bundle_without_secrets_is_read_whatever_the_plan_holds() {
    let long = "a".repeat(100_000);
    let mut counted = 0;
    for scenario in SCENARIOS.iter() {
        for text in HOSTILE.into_iter().chain([long.as_str()]) {
            let (filled, count) = filled(scenario, text);
            counted += count;
            let bundle = Bundle::without_secrets(&filled.plan()).unwrap();
            let files = Unpacked::zip(&bundle.zip().unwrap());
            let secrets: Vec<String> = filled.secrets.iter().map(|(_, secret)| reveal(secret)).collect();
            for (path, (_, content)) in &files.0 {
                let place = format!("{path} of {} with {:.40?}", filled.name, text);
                let content = std::str::from_utf8(content).unwrap_or_else(|error| panic!("{place}: {error}"));
                assert_is_read(&place, path, content);
                // The third line of a key is its public half, which the certificate also contains.
                let lines = |secret: &String| -> Vec<String> {
                    secret.lines().filter(|line| !line.starts_with("-----")).take(2).map(str::to_owned).collect()
                };
                let marks = secrets.iter().flat_map(lines).chain(["Secret-1-", "PRIVATE KEY"].map(str::to_owned));
                for mark in marks {
                    assert!(!content.contains(&mark), "{place} holds {mark}");
                }
            }
            let read = domain::plan_file::read(files.text("plan.toml")).unwrap();
            assert_eq!(read.draft.title, filled.draft.title, "a plan is read back as it was shared");
        }
    }
    assert!(counted > SCENARIOS.len() * HOSTILE.len(), "settings take such texts: {counted}");
}
