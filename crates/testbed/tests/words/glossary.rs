//! The lists of banned words in docs/GLOSSARY.md, and the texts that are compared with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use testbed::sources::root;

use crate::declarations::DeclarationKind;

/// A list of the glossary: `banned = use instead`, or `word = meaning`.
pub(crate) fn list(name: &str) -> BTreeMap<String, String> {
    let glossary = fs::read_to_string(root().join("docs/GLOSSARY.md")).unwrap();
    let block = glossary.split(&format!("```text {name}\n")).nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let entries = block.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    entries.map(|(banned, instead)| (banned.to_owned(), instead.to_owned())).collect()
}

/// The lists of banned names.
pub(crate) struct Glossary {
    words: BTreeMap<String, String>,
    constants: BTreeMap<String, String>,
    types: BTreeMap<String, String>,
}

impl Glossary {
    pub(crate) fn read() -> Self {
        Self {
            words: list("banned-identifier-words"),
            constants: list("banned-constant-words"),
            types: list("banned-type-names"),
        }
    }

    /// What to use instead of `name`, if it is banned.
    pub(crate) fn banned_name(&self, name: &str, kind: DeclarationKind) -> Option<&str> {
        if kind != DeclarationKind::Value
            && let Some(instead) = self.types.get(name)
        {
            return Some(instead);
        }
        let is_constant = name.len() > 1 && name == name.to_uppercase();
        let of_word = |word: String| {
            let of_constant = self.constants.get(&word).filter(|_| is_constant);
            self.words.get(&word).or(of_constant)
        };
        words(name).into_iter().find_map(of_word).map(String::as_str)
    }
}

/// The words of an identifier, in lower case: `MAX_BYTES`, `readPlan` and `HTTPServer` have two each.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in name.split('_').filter(|part| !part.is_empty()) {
        let letters: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, letter) in letters.iter().enumerate() {
            let after_lower = at > 0 && letters[at - 1].is_lowercase();
            let before_lower = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
            if letter.is_uppercase() && !word.is_empty() && (after_lower || before_lower) {
                words.push(std::mem::take(&mut word));
            }
            word.extend(letter.to_lowercase());
        }
        words.push(word);
    }
    words
}

/// The banned phrases of texts.
pub(crate) struct BannedPhrases(Vec<String>);

impl BannedPhrases {
    pub(crate) fn read() -> Self {
        Self(list("banned-text-phrases").into_keys().collect())
    }

    /// The banned phrases that `text` contains as whole words, in any case. Text in code quotes is not compared.
    pub(crate) fn of(&self, text: &str) -> impl Iterator<Item = &str> {
        let text: String = text.split('`').step_by(2).collect::<Vec<_>>().join(" ").to_lowercase();
        self.0.iter().map(String::as_str).filter(move |phrase| has_words(&text, phrase))
    }
}

fn has_words(text: &str, phrase: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(phrase)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + phrase.len()..].starts_with(is_part))
}

/// The texts in quotes that consist of several words, with their lines. `code` has no comments.
pub(crate) fn texts(code: &str) -> Vec<(usize, &str)> {
    let mut texts = Vec::new();
    let mut opened: Option<usize> = None;
    let mut is_escaped = false;
    for (at, letter) in code.char_indices() {
        match (letter, opened) {
            ('\\', Some(_)) => {
                is_escaped = !is_escaped;
                continue;
            }
            ('"', None) if !code[..at].ends_with('\'') => opened = Some(at + 1),
            ('"', Some(begin)) if !is_escaped => {
                let text = &code[begin..at];
                if text.contains(' ') {
                    texts.push((code[..begin].matches('\n').count() + 1, text));
                }
                opened = None;
            }
            _ => {}
        }
        is_escaped = false;
    }
    texts
}

/// The documents and the files of the bundle, without code blocks: the path from the root, and the text.
pub(crate) fn documents(root: &Path) -> Vec<(String, String)> {
    let mut files = vec![root.join("README.md"), root.join("CHANGELOG.md")];
    for folder in ["docs", "templates"] {
        collect(&root.join(folder), &mut files);
    }
    let is_compared = |path: &PathBuf| !path.ends_with("docs/GLOSSARY.md");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let text = if name.ends_with(".md") { without_code(&text) } else { text };
        (name, text)
    };
    files.into_iter().filter(is_compared).map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The text with empty lines in place of code blocks.
fn without_code(text: &str) -> String {
    let mut is_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        lines.push(if is_code || is_fence { "" } else { line });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_split_as_the_glossary_states() {
        assert_eq!(words("MAX_TOKEN_CHARS"), ["max", "token", "chars"]);
        assert_eq!(words("ToldByHTTPServer"), ["told", "by", "http", "server"]);
        assert_eq!(words("tells_who"), ["tells", "who"]);
    }

    #[test]
    fn phrases_are_whole_words_outside_code_quotes() {
        let phrases = BannedPhrases(vec!["says".to_owned(), "goes on".to_owned()]);
        assert_eq!(phrases.of("It says so and Goes on.").count(), 2);
        assert_eq!(phrases.of("essays, `it says`, goes one").count(), 0);
    }

    #[test]
    fn texts_have_their_lines() {
        assert_eq!(texts("a(\"one\");\nb(\"two words\", \"a \\\" b\");"), [(2, "two words"), (2, "a \\\" b")]);
    }
}
