//! The digests of WSO2's released statements: `cargo xtask accept` regenerates them from the scripts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use domain::product::Version;
use domain::schema::script::{parse_step, statements};
use domain::schema::statement::{DIGEST_FILE, created_tables, refusal, released_digests};
use probe::prepare::{digest, unreleased};

/// The text of each script of a version, by its path below `dbscripts`.
#[expect(clippy::unwrap_used, reason = "a test's helper fails the test")]
fn texts(version: Version) -> Option<Vec<(&'static str, String)>> {
    let folder = testbed::or_report(testbed::dbscripts(version.value()))?;
    let read = |path: &'static str| (path, std::fs::read_to_string(folder.join(path)).unwrap());
    Some(version.scripts().into_iter().map(|script| read(script.path)).collect())
}

#[test]
fn generated_statement_digests() {
    let mut made = BTreeMap::<String, Vec<usize>>::new();
    for (at, version) in Version::ALL.iter().enumerate() {
        let Some(texts) = texts(*version) else { return };
        for (_, text) in &texts {
            for statement in statements(text) {
                let versions = made.entry(digest(&statement.sql)).or_default();
                if versions.last() != Some(&at) {
                    versions.push(at);
                }
            }
        }
    }
    let mut text = String::from(
        "# The digest of each statement that WSO2 released for MySQL; [versions] in front where not all have it.\n\
         # Written by the test generated_statement_digests from WSO2's scripts; do not edit.\n",
    );
    for (digest, versions) in made {
        if versions.len() == Version::ALL.len() {
            let _ = writeln!(text, "{digest}");
        } else {
            let _ = writeln!(text, "[{}]{digest}", ranges(&versions));
        }
    }
    testbed::golden::check(Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/data/schema/statements.txt"), text);
}

/// Positions in the list of versions as ranges of short names: `5.10-6.1,7.3`.
fn ranges(versions: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for at in versions {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *at => *last = *at,
            _ => ranges.push((*at, *at)),
        }
    }
    let short = |at: usize| Version::ALL[at].value().strip_suffix(".0").unwrap_or_default();
    let range = |(first, last): (usize, usize)| {
        if first == last { short(first).to_owned() } else { format!("{}-{}", short(first), short(last)) }
    };
    ranges.into_iter().map(range).collect::<Vec<_>>().join(",")
}

#[test]
fn released_scripts_run_whole_and_a_changed_statement_is_found() {
    assert!(DIGEST_FILE.lines().count() > 300, "the digests are in the program");
    for version in Version::ALL {
        let Some(texts) = texts(*version) else { return };
        for (path, text) in &texts {
            let all = statements(text);
            let steps: Vec<_> = all.iter().filter_map(|statement| parse_step(&statement.sql)).collect();
            let created_tables = created_tables(steps.iter());
            for statement in &all {
                assert_eq!(
                    refusal(&statement.sql, &created_tables),
                    None,
                    "{} {path}: {}",
                    version.value(),
                    statement.sql
                );
            }
            assert!(unreleased(*version, &all).is_empty(), "{} {path}", version.value());
            let planted = statements(&format!("{text}\n;INSERT INTO UM_DOMAIN VALUES ('planted');"));
            let found = unreleased(*version, &planted);
            assert_eq!(found.len(), 1, "{} {path}", version.value());
            assert!(found[0].sql.contains("planted"));
        }
        assert!(!released_digests(*version).is_empty());
    }
}
