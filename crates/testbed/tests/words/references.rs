//! What texts for people name: no Rust type, which is what renaming by search and replace leaves behind, and only checks that exist.

use std::collections::BTreeSet;
use std::fs;

use testbed::sources::{Source, production, root, workspace};

use crate::declarations::{DeclarationKind, declarations};
use crate::glossary;

/// Names of types that other systems write in the same way.
const NAMES_OF_OTHERS: [&str; 3] = ["UserStore", "KeyStore", "ServiceAccount"];

/// The texts of the program and of the files of the bundle, with their places.
fn texts_for_people() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for Source { path, code } in production() {
        let of_file = glossary::texts(&code).into_iter();
        texts.extend(of_file.map(|(line, text)| (format!("{path}:{line}"), text.to_owned())));
    }
    for (path, text) in glossary::documents(&root()) {
        let numbered = text.lines().enumerate();
        texts.extend(numbered.map(|(number, line)| (format!("{path}:{}", number + 1), line.to_owned())));
    }
    texts
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// Whether a name has a capital letter behind a small one, as no English word has.
fn is_compound(name: &str) -> bool {
    let letters: Vec<char> = name.chars().collect();
    letters.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_uppercase())
}

/// The public and private types of the workspace whose names no English word has.
fn types() -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    for Source { code, .. } in workspace() {
        let declared = declarations(&code).into_iter().filter(|one| one.kind != DeclarationKind::Value);
        types.extend(declared.map(|one| one.name.to_owned()).filter(|name| is_compound(name)));
    }
    types.retain(|name| !NAMES_OF_OTHERS.contains(&name.as_str()));
    types
}

/// The first type that a text names. The form for developers, `KeyRing(…)`, is no text for people.
fn named_type<'a>(text: &'a str, types: &BTreeSet<String>) -> Option<&'a str> {
    words(text).find(|word| types.contains(*word) && !text.starts_with(&format!("{word}(")))
}

#[test]
fn no_text_names_a_type() {
    let types = types();
    let is_for_engineers = |place: &str| place.starts_with("docs/") || place.starts_with("README");
    let found: Vec<String> = texts_for_people()
        .into_iter()
        .filter(|(place, _)| !is_for_engineers(place))
        .filter_map(|(place, text)| named_type(&text, &types).map(|name| format!("{place}: {name}: {text}")))
        .collect();
    assert!(found.is_empty(), "texts for people name Rust types:\n{}", found.join("\n"));
}

/// `VF-07` and the like: two capital letters and two digits.
fn has_form_of_check_id(word: &str) -> bool {
    let Some((prefix, number)) = word.split_once('-') else { return false };
    let is = |text: &str, fits: fn(&u8) -> bool| text.len() == 2 && text.bytes().all(|byte| fits(&byte));
    is(prefix, u8::is_ascii_uppercase) && is(number, u8::is_ascii_digit)
}

/// The IDs that the catalogue declares.
fn known_checks() -> BTreeSet<String> {
    let catalogue = fs::read_to_string(root().join("crates/domain/src/check/catalogue.rs")).unwrap();
    catalogue.split('"').filter(|text| has_form_of_check_id(text)).map(str::to_owned).collect()
}

/// The first check that a text names and that does not exist, of the kinds of checks that exist.
fn unknown_check<'a>(text: &'a str, known: &BTreeSet<String>) -> Option<&'a str> {
    let prefixes: BTreeSet<&str> = known.iter().map(|id| &id[..2]).collect();
    let mut words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
    words.find(|word| has_form_of_check_id(word) && prefixes.contains(&word[..2]) && !known.contains(*word))
}

#[test]
fn every_check_that_a_text_names_exists() {
    let known = known_checks();
    assert!(known.len() > 90, "{known:?}");
    let found: Vec<String> = texts_for_people()
        .into_iter()
        .filter_map(|(place, text)| unknown_check(&text, &known).map(|id| format!("{place}: {id}: {text}")))
        .collect();
    assert!(found.is_empty(), "texts name checks that do not exist:\n{}", found.join("\n"));
}

#[test]
fn accidents_are_found() {
    let types = BTreeSet::from(["TestUser".to_owned(), "TopologyNode".to_owned()]);
    assert_eq!(named_type("Set `TestUser=` in the unit", &types), Some("TestUser"));
    assert_eq!(named_type("the nodes log `Member joined`", &types), None);
    assert!(is_compound("TestUser") && is_compound("KeyRing") && !is_compound("Version") && !is_compound("URL"));
    let known = BTreeSet::from(["VF-01".to_owned()]);
    assert_eq!(unknown_check("See VF-01 and VF-99.", &known), Some("VF-99"));
    assert_eq!(unknown_check("See VF-01, UTF-16 and RF-12.", &known), None);
}
