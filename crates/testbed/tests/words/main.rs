//! Names and texts follow docs/GLOSSARY.md: its lists of banned words, the names of constants, one public type per name;
//! and no file is too long to review.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod constants;
mod declarations;
mod glossary;
mod references;
#[path = "../modules/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use constants::{ConstantWords, misnamed_constants};
use declarations::{Declaration, DeclarationKind, declarations};
use glossary::{BannedPhrases, Glossary};
use testbed::sources::{Source, production, root, workspace};

/// Files that repeat what WSO2 writes, word for word.
const QUOTED: [&str; 1] = ["crates/standin/src/is_messages.rs"];

/// Lines of a Rust file, tests included.
const MAX_FILE_LINES: usize = 400;

/// The Rust files below `folder`, without build results and dependencies.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                rust_files(&path, files);
            }
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

/// Every Rust file of the workspace, tests included, with its path from the root.
fn all_files() -> Vec<(String, String)> {
    let root = root();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

#[test]
fn no_name_has_a_banned_word() {
    let glossary = Glossary::read();
    let mut found = Vec::new();
    for (path, text) in all_files() {
        for Declaration { name, kind, line } in declarations(&text) {
            if let Some(instead) = glossary.banned_name(name, kind) {
                found.push(format!("{path}:{line}: {name}: use {instead}"));
            }
        }
    }
    assert!(found.is_empty(), "docs/GLOSSARY.md bans words of these names:\n{}", found.join("\n"));
}

#[test]
fn no_text_has_a_banned_phrase() {
    let phrases = BannedPhrases::read();
    let mut found = Vec::new();
    for Source { path, code } in production().into_iter().filter(|source| !QUOTED.contains(&source.path.as_str())) {
        for (line, text) in glossary::texts(&code) {
            found.extend(phrases.of(text).map(|phrase| format!("{path}:{line}: {phrase}: {text}")));
        }
    }
    let root = root();
    for (path, text) in glossary::documents(&root) {
        for (number, line) in text.lines().enumerate() {
            found.extend(phrases.of(line).map(|phrase| format!("{path}:{}: {phrase}: {line}", number + 1)));
        }
    }
    assert!(found.is_empty(), "docs/GLOSSARY.md bans these phrases:\n{}", found.join("\n"));
}

#[test]
fn constants_that_limit_are_named_so() {
    let found = misnamed_constants(&production(), &ConstantWords::read());
    assert!(found.is_empty(), "docs/GLOSSARY.md, Names of constants:\n{}", found.join("\n"));
}

/// A public type has one meaning in the whole workspace. Re-exports are no declarations.
#[test]
fn no_two_public_types_have_the_same_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Source { path, code } in workspace() {
        for declared in declarations(&code).into_iter().filter(|declared| declared.kind == DeclarationKind::PublicType)
        {
            places.entry(declared.name.to_owned()).or_default().push(format!("{path}:{}", declared.line));
        }
    }
    let twice: Vec<String> = (places.into_iter().filter(|(_, places)| places.len() > 1))
        .map(|(name, places)| format!("{name}: {}", places.join(", ")))
        .collect();
    assert!(twice.is_empty(), "These names have several meanings:\n{}", twice.join("\n"));
}

#[test]
fn files_are_short() {
    let long = all_files().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long: Vec<String> =
        long.filter(|(_, lines)| *lines > MAX_FILE_LINES).map(|(path, lines)| format!("{path}: {lines}")).collect();
    assert!(long.is_empty(), "Split these files, at most {MAX_FILE_LINES} lines each:\n{}", long.join("\n"));
}
