//! The documents of the repository: links and anchors resolve, references name existing files, the book has every page, and
//! the glossary's lists can be read.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Folders without documents of the repository.
const SKIPPED: [&str; 4] = [".git", "target", "node_modules", "output"];

/// All files below `folder` with one of these endings, as paths from the root.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if !SKIPPED.contains(&name) {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The Markdown documents of the repository and the book, without templates of the bundle.
fn documents() -> Vec<PathBuf> {
    let mut documents = files(&root().join("docs"), &[".md"]);
    documents.extend(["README.md", "CHANGELOG.md"].map(|name| root().join(name)));
    documents
}

/// The text of a document without fenced blocks and code between backticks, line by line.
fn prose(text: &str) -> Vec<String> {
    let mut is_fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
            lines.push(String::new());
        } else if is_fenced {
            lines.push(String::new());
        } else {
            lines.push(line.split('`').step_by(2).collect::<Vec<_>>().join("code"));
        }
    }
    lines
}

/// The id that GitHub and mdBook give a heading.
fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for letter in heading.trim().chars() {
        match letter {
            ' ' => slug.push('-'),
            '-' | '_' => slug.push(letter),
            _ if letter.is_alphanumeric() => slug.extend(letter.to_lowercase()),
            _ => {}
        }
    }
    slug
}

/// The IDs of a document's headings; a repeated one has a number at its end.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_fenced = false;
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        is_fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug = slug(&heading.replace('`', ""));
        let count = counts.entry(slug.clone()).or_default();
        anchors.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
        *count += 1;
    }
    anchors
}

/// The targets of the links and pictures in a line of prose.
fn links(line: &str) -> Vec<&str> {
    let starts = line.match_indices("](").map(|(at, found)| at + found.len());
    starts.filter_map(|start| Some(&line[start..start + line[start..].find(')')?])).collect()
}

/// A path without `.` and `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normalized.pop();
            }
            _ => normalized.push(part),
        }
    }
    normalized
}

#[test]
fn every_link_and_anchor_resolves() {
    let docs = root().join("docs");
    let mut broken = Vec::new();
    let mut count = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for (number, line) in prose(&text).iter().enumerate() {
            for link in links(line).into_iter().filter(|link| !link.contains("://")) {
                count += 1;
                let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
                let target = match path {
                    "" => document.clone(),
                    _ => normalized(&document.parent().unwrap().join(path)),
                };
                let has_anchor = |anchor| fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(anchor));
                let leaves_book = document.starts_with(&docs) && !target.starts_with(&docs);
                if !target.is_file() || leaves_book || anchor.is_some_and(|anchor| !has_anchor(anchor)) {
                    let document = document.strip_prefix(root()).unwrap();
                    broken.push(format!("{}:{}: {link}", document.display(), number + 1));
                }
            }
        }
    }
    assert!(count > 50, "only {count} links were read");
    assert!(
        broken.is_empty(),
        "these links do not resolve to a file and heading; from a page of the book also not within docs:\n{}",
        broken.join("\n")
    );
}

#[test]
fn links_and_headings_are_read_as_browsers_show_them() {
    assert_eq!(links("see [a](b.md#c) and ![d](e.png)"), ["b.md#c", "e.png"]);
    assert_eq!(prose("a `[x](y)` b\n```sh\n[x](y)\n```\nc"), ["a code b", "", "", "", "c"]);
    let text = "# How deployment.toml is read\n## DB-01: `host`\n## Same\n## Same\n```sh\n# no heading\n```\n#!no";
    let expected = ["db-01-host", "how-deploymenttoml-is-read", "same", "same-1"];
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), expected);
}

/// Every page of the book is in its table of contents, and pages that others include are not listed themselves.
#[test]
fn the_table_of_contents_has_every_page_once() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let lines = prose(&summary);
    let listed: Vec<&str> = lines.iter().flat_map(|line| links(line)).collect();
    let unique: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(listed.len(), unique.len(), "a page is listed twice in SUMMARY.md");
    for page in files(&docs, &[".md"]) {
        let page = page.strip_prefix(&docs).unwrap().to_str().unwrap().to_owned();
        assert!(page == "SUMMARY.md" || unique.contains(page.as_str()), "add {page} to docs/SUMMARY.md");
    }
}

/// The beginnings of references to documents outside the repository. Each is in two parts, so that this file contains none.
const OUTSIDE: [(&str, &str); 15] = [
    ("DESIGN", " I"),
    ("DESIGN", " section"),
    ("DESIGN", ".md"),
    ("FACTS", " "),
    ("FACTS", ":"),
    ("UX", " rule"),
    ("UX", ".md"),
    ("REAL", "-IS"),
    ("REDE", "SIGN"),
    ("WALK", "THROUGH"),
    ("FIELD", "-REPORTS"),
    ("SECURITY", "-REPORT"),
    ("CHECKS", ".md"),
    ("LOGS", ".md"),
    ("EXAMPLES", ".md"),
];

/// Whether a comment begins with the number of an entry in an external list, such as a `B`, two digits and a colon.
fn begins_with_number_of_a_list(line: &str) -> bool {
    let Some(comment) = line.trim_start().strip_prefix("//") else { return false };
    let label = comment.trim_start_matches(['/', '!', ' ']).split([':', ',']).next().unwrap();
    let digits = label.strip_prefix(['B', 'F', 'K']).unwrap_or_default();
    !digits.is_empty() && digits.len() < 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn no_text_refers_to_a_document_that_is_not_here() {
    let endings = [".rs", ".md", ".toml", ".css", ".js", ".mjs", ".sh", ".sql", ".conf", ".cfg", ".java"];
    let architecture = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let invariant = ["(ARCHI", "TECTURE, "].concat();
    let mut found = Vec::new();
    for file in files(&root(), &endings) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        for (number, line) in text.lines().enumerate() {
            let is_outside = OUTSIDE.iter().any(|(first, rest)| line.contains(&format!("{first}{rest}")));
            let invariants = line.split(&invariant).skip(1).filter_map(|rest| rest.split(')').next());
            let is_unknown = invariants
                .flat_map(|list| list.split(" and "))
                .any(|invariant| !architecture.contains(&format!("| {invariant} |")));
            if is_outside || is_unknown || begins_with_number_of_a_list(line) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    let advice = "refer to a page of docs, an ADR, or an issue of WSO2's";
    assert!(found.is_empty(), "{advice}:\n{}", found.join("\n"));
    let numbered = [["// ", "B2: a"].concat(), ["/// ", "F15, ", "F16: a"].concat()];
    assert!(numbered.iter().all(|line| begins_with_number_of_a_list(line)));
    assert!(!begins_with_number_of_a_list("// A text: with a colon") && !begins_with_number_of_a_list("let b = 1;"));
}

/// The glossary's lists that the test of names and texts reads: each line `banned = use instead`, sorted, none repeated.
#[test]
fn the_lists_of_the_glossary_can_be_read() {
    let glossary = fs::read_to_string(root().join("docs/GLOSSARY.md")).unwrap();
    let names = ["banned-identifier-words", "banned-constant-words", "banned-type-names", "banned-text-phrases"];
    for name in names {
        let block = glossary.split(&format!("```text {name}\n")).nth(1).and_then(|rest| rest.split("```").next());
        let block = block.unwrap_or_else(|| panic!("docs/GLOSSARY.md has no block {name}"));
        let entries = block.lines().filter(|line| !line.starts_with('#'));
        let banned: Vec<String> = entries
            .map(|line| line.split_once(" = ").unwrap_or_else(|| panic!("{name}: {line} lacks what to use instead")))
            .map(|(banned, _)| banned.to_lowercase())
            .collect();
        assert!(banned.len() > 5, "{name} has {} entries", banned.len());
        assert!(banned.is_sorted() && banned.windows(2).all(|pair| pair[0] != pair[1]), "{name}: sort it, each once");
    }
}

/// Tests that the page about security names; `…` is the rest of a name.
#[test]
fn every_test_that_the_security_page_names_exists() {
    let page = fs::read_to_string(root().join("docs/SECURITY.md")).unwrap();
    let mut declared = BTreeSet::new();
    for folder in ["server", "crates", "app"] {
        for file in files(&root().join(folder), &[".rs"]) {
            let text = fs::read_to_string(file).unwrap();
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            declared.extend(names.map(str::to_owned));
        }
    }
    let mut count = 0;
    for code in page.split('`').skip(1).step_by(2) {
        let last = code.rsplit("::").next().unwrap();
        let is_name = last.bytes().filter(|byte| *byte == b'_').count() > 2 && !last.contains([' ', '=', '/']);
        if !is_name {
            continue;
        }
        count += 1;
        let exists = match last.strip_suffix('…') {
            Some(start) => declared.iter().any(|name| name.starts_with(start)),
            None => declared.contains(last),
        };
        assert!(exists, "docs/SECURITY.md names the test {code}, which does not exist: was it renamed?");
    }
    assert!(count > 40, "only {count} names of tests were read");
}
