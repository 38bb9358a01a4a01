//! The templates themselves: what they must not contain, and that every name in them exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::scenario::SCENARIOS;

fn templates() -> Vec<(String, String)> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { collect(&path, files) } else { files.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// The content of each `{{ … }}` and `{% … %}`, with the line in which it begins.
fn tags(text: &str) -> Vec<(usize, bool, String)> {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let (is_value, end) = if rest[begin..].starts_with("{{") { (true, "}}") } else { (false, "%}") };
        let after = &rest[begin + 2..];
        let (inside, after) = after.split_once(end).unwrap();
        let line = text[..text.len() - rest.len() + begin].matches('\n').count() + 1;
        tags.push((line, is_value, inside.trim_matches('-').trim().to_owned()));
        rest = after;
    }
    tags
}

#[test]
fn every_value_is_escaped_and_no_template_depends_on_a_version() {
    for (name, text) in templates() {
        for (line, is_value, tag) in tags(&text) {
            assert!(!tag.contains("safe"), "{name}:{line}: {tag}");
            assert!(
                is_value || !tag.contains("version"),
                "{name}:{line}: {tag}: versions are facts of domain::product"
            );
        }
    }
}

/// Within single quotes a shell interprets nothing; elsewhere every value would be code.
#[test]
fn values_in_scripts_and_statements_are_within_quotes() {
    for (name, text) in templates().into_iter().filter(|(name, _)| name.ends_with(".sh")) {
        let open: Vec<&str> = outside_single_quotes(&text);
        assert!(open.is_empty(), "{name}: {open:?}");
    }
    for (name, text) in templates().into_iter().filter(|(name, _)| name.ends_with(".sql")) {
        for (number, line) in (1..).zip(text.lines().filter(|line| !line.starts_with("--"))) {
            for (at, _) in line.match_indices("{{") {
                let count = |quote: char| line[..at].matches(quote).count() % 2 == 1;
                let name_or_number = line[at..].starts_with("{{ databases.charset }}")
                    || line[at..].starts_with("{{ database.tables }}");
                assert!(count('\'') || count('`') || name_or_number, "{name}:{number}: {line}");
            }
        }
    }
    for (name, text) in templates().into_iter().filter(|(name, _)| name.ends_with(".toml")) {
        for (number, line) in (1..).zip(text.lines().filter(|line| !line.starts_with('#') && !line.starts_with('['))) {
            let Some(at) = line.find("{{").filter(|_| !line.contains("{{ property.key }}")) else { continue };
            let number_or_flag = ["offset", "port", "create", "pool_size", "heartbeat_timeout"]
                .iter()
                .any(|end| line[at..].contains(&format!("{end} }}}}")));
            assert!(line[..at].matches('"').count() % 2 == 1 || number_or_flag, "{name}:{number}: {line}");
        }
    }
}

/// The values of a script that are neither within single quotes nor in a comment.
fn outside_single_quotes(text: &str) -> Vec<&str> {
    let (mut state, mut open, mut at, mut before) = ('n', Vec::new(), 0, '\n');
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let tag = [("{{", "}}"), ("{%", "%}")].into_iter().find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = tag {
            let length = rest.find(end).unwrap() + 2;
            if begin == "{{" && !matches!(state, '\'' | '#') {
                open.push(&rest[..length]);
            }
            at += length;
            continue;
        }
        let skip = match (state, letter) {
            ('n' | '"', '\\') => 2,
            ('n', '\'' | '"') => {
                state = letter;
                1
            }
            ('n', '#') if before.is_whitespace() => {
                state = '#';
                1
            }
            ('\'', '\'') | ('"', '"') | ('#', '\n') => {
                state = 'n';
                1
            }
            _ => letter.len_utf8(),
        };
        before = letter;
        at += skip;
    }
    assert_eq!(state, 'n', "a quote is not closed");
    open
}

/// Everything that a template may name, from all scenarios together: `true` if at least one has it.
fn paths(value: &Value, path: &str, known: &mut BTreeSet<String>) {
    known.insert(path.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            paths(value, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, known);
        }),
        Value::Array(list) => list.iter().for_each(|value| paths(value, &format!("{path}[]"), known)),
        _ => {}
    }
}

/// In `{% if %}`, Tera treats an unknown name as false, so a misspelt one would silently drop a part of a file.
#[test]
fn every_name_in_every_template_exists() {
    let mut known = BTreeSet::new();
    for scenario in SCENARIOS.iter() {
        let plan = serde_json::to_value(scenario.plan()).unwrap();
        paths(&plan, "", &mut known);
        paths(&plan["nodes"][0], "node", &mut known);
    }
    for id in domain::render_plan::SecretId::ALL {
        known.insert(format!("secret.{}", id.name()));
    }
    known.insert("secret".to_owned());
    // Of complete bundles only: the values of `context::KeyFacts`.
    for name in
        ["", ".made_on", ".fingerprint", ".expiries", ".expiries[].what", ".expiries[].on", ".expiries[].renewal"]
    {
        known.insert(format!("keys{name}"));
    }
    let mut unknown = Vec::new();
    for (name, text) in templates() {
        // `for item in list` makes `item` an alias of `list[]` until its `endfor`.
        let mut loops: Vec<(String, String)> = Vec::new();
        for (line, _, tag) in tags(&text) {
            let words = names(&tag);
            let resolve = |word: &str, loops: &[(String, String)]| {
                let (head, tail) = word.split_once('.').map_or((word, ""), |(head, tail)| (head, tail));
                let base = loops.iter().rev().find(|(item, _)| item == head).map_or(head, |(_, path)| path.as_str());
                if tail.is_empty() { base.to_owned() } else { format!("{base}.{tail}") }
            };
            let mut check = |word: &str, loops: &[(String, String)]| {
                let path = resolve(word, loops);
                if !known.contains(&path) && !path.starts_with("loop.") {
                    unknown.push(format!("{name}:{line}: {word}"));
                }
            };
            match words.first().map(String::as_str) {
                Some("for") => {
                    let list = resolve(&words[3], &loops);
                    check(&words[3], &loops);
                    loops.push((words[1].clone(), format!("{list}[]")));
                }
                // Every call returns a list of the same items.
                Some("component") => loops.push((words[2].clone(), "tasks.databases".to_owned())),
                Some("endfor" | "endcomponent") => drop(loops.pop()),
                _ if tag.starts_with('<') => {
                    words[2..].iter().for_each(|word| check(word, &loops));
                }
                Some("include" | "endif" | "else") => {}
                Some("if" | "elif") => words[1..].iter().for_each(|word| check(word, &loops)),
                _ => words.iter().for_each(|word| check(word, &loops)),
            }
        }
        assert!(loops.is_empty(), "{name}");
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

/// The dotted names of a tag, without texts, numbers, operators and filters.
fn names(tag: &str) -> Vec<String> {
    let plain: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let filters = ["length", "code_line"];
    let operators = ["and", "or", "not"];
    plain
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.')))
        .filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter(|word| !filters.contains(word) && !operators.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_folder_of_exceptions_holds_only_what_base_has() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, _) in templates() {
        let (folder, file) = name.split_once('/').unwrap();
        files.entry(folder.to_owned()).or_default().push(file.to_owned());
    }
    let base = files["base"].clone();
    for (folder, files) in files {
        let known = ["is-5.10.0", "is-5.11.0", "is-6.0.0", "is-6.1.0", "is-7.0.0", "is-7.1.0", "is-7.2.0", "is-7.3.0"];
        let is_known = folder == "base"
            || known.contains(&folder.as_str())
            || folder == "on-linux"
            || folder == "on-macos-homebrew";
        assert!(is_known, "{folder}");
        for file in files {
            assert!(base.contains(&file), "{folder}/{file} replaces nothing");
        }
    }
}
