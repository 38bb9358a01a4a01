//! Every place in the sources at which a check can report something, read from the text of the checks.
//!
//! A place is a call of a constructor of findings, or of `reported` for one text among several that share a constructor.
//! Tests record which of them their faults reach (`domain::sites`); a place that none reaches is a finding without a
//! fault: it is listed, and fails the test command. A finding that nothing here can bring about has a comment above it: `// No fault: ` and the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where checks are decided.
const CHECKS: [&str; 5] = [
    "crates/domain/src/rules",
    "crates/domain/src/audit",
    "crates/domain/src/node_report",
    "crates/domain/src/check",
    "crates/probe/src",
];
/// What constructs a finding, or marks one of its texts. Functions with `#[track_caller]` of a file count in that file.
const CONSTRUCTORS: [&str; 7] =
    ["Verdict::failed", "Verdict::warned", "found", "place_of_key", ".failed", ".warned", "reported"];
/// Above a finding that no test can bring about.
const EXEMPTION: &str = "// No fault: ";

/// The places of all checks.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    /// As `file:line:column`, with the text of the line.
    pub(crate) places: Vec<(String, String)>,
    /// Those that no fault has to reach.
    pub(crate) exempt: Vec<(String, String)>,
    /// What hides a finding from this list.
    pub(crate) hidden: Vec<String>,
}

impl Sites {
    /// Reads the sources below `root`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut sites = Self::default();
        for folder in CHECKS {
            for path in sources(&root.join(folder))? {
                let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                sites.add(&name, &text);
            }
        }
        Ok(sites)
    }

    /// Those of `places` that nothing in `seen` is.
    pub(crate) fn without(&self, seen: &BTreeSet<String>) -> Vec<String> {
        let missed = self.places.iter().filter(|(place, _)| !seen.contains(place));
        missed.map(|(place, text)| format!("{place}: {text}")).collect()
    }

    /// Those of `seen` that are not in the list, which then cannot name what no fault reaches.
    pub(crate) fn unknown(&self, seen: &BTreeSet<String>) -> Vec<String> {
        let known: BTreeSet<&str> = self.places.iter().chain(&self.exempt).map(|(place, _)| place.as_str()).collect();
        seen.iter().filter(|place| !known.contains(place.as_str())).cloned().collect()
    }

    fn add(&mut self, file: &str, text: &str) {
        let text = text.split("\n#[cfg(test)]\n").next().unwrap_or_default();
        let code = code(text);
        let (helpers, bodies) = helpers(&code);
        let is_helper_code = |at: usize| bodies.iter().any(|(begin, end)| (*begin..*end).contains(&at));
        let names = CONSTRUCTORS.iter().copied().chain(helpers.iter().map(String::as_str));
        for name in names.collect::<BTreeSet<_>>() {
            for (at, _) in code.match_indices(name).filter(|(at, _)| is_word(&code, *at, name)) {
                let rest = code.get(at + name.len()..).unwrap_or_default();
                if !rest.starts_with('(') {
                    if name.starts_with("Verdict::") {
                        self.hidden.push(format!("{}: call {name}, so that its place is known", place(text, file, at)));
                    }
                    continue;
                }
                let arguments = rest.get(..end_of(rest)).unwrap_or_default();
                // Several texts, each with a separate place.
                let is_counted_inside = name != "reported" && arguments.contains("reported(");
                if is_helper_code(at) || is_counted_inside {
                    continue;
                }
                self.add_one(file, text, at + usize::from(name.starts_with('.')));
            }
        }
        self.add_hidden_by_closures(file, text, &code);
        let literals = code.match_indices("Finding {").map(|(at, found)| (at, at + found.len() - 1));
        for (at, brace) in literals.filter(|(at, _)| is_word(&code, *at, "Finding") && !is_helper_code(*at)) {
            let fields = code.get(brace..).map_or("", |rest| rest.get(..end_of(rest)).unwrap_or_default());
            if fields.contains("check: Some") && !fields.contains("..") {
                self.hidden.push(format!("{}: construct it with `found`", place(text, file, at)));
            }
        }
    }

    /// A closure is not a separate place for each of its calls: `let wrong = |what: String| found(A, at(), what);`.
    fn add_hidden_by_closures(&mut self, file: &str, text: &str, code: &str) {
        for (at, _) in code.match_indices(" = |") {
            let before = code.get(..at).unwrap_or_default();
            let name: String =
                before.chars().rev().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let name: String = name.chars().rev().collect();
            let body = code.get(at..).map_or("", |rest| statement(rest));
            let constructs = |one: &&str| {
                body.match_indices(*one).any(|(place, _)| {
                    is_word(body, place, one) && body.get(place + one.len()..).is_some_and(|rest| rest.starts_with('('))
                })
            };
            let takes_text = body.contains(": String|") || body.contains(": &str|");
            if name.is_empty() || !takes_text || body.contains("reported(") || !CONSTRUCTORS.iter().any(constructs) {
                continue;
            }
            for (call, _) in code.match_indices(&name).filter(|(call, _)| *call > at && is_word(code, *call, &name)) {
                let rest = code.get(call + name.len()..).unwrap_or_default();
                let arguments = rest.get(..end_of(rest)).unwrap_or_default();
                if rest.starts_with('(') && arguments.contains('"') && !arguments.contains("reported(") {
                    self.hidden.push(format!("{}: mark the text with `reported`", place(text, file, call)));
                }
            }
        }
    }

    fn add_one(&mut self, file: &str, text: &str, at: usize) {
        let begin = text.get(..at).map_or("", |before| before.rsplit_once('\n').map_or("", |(before, _)| before));
        let above = begin.lines().rev().map(str::trim).take_while(|line| line.starts_with("//"));
        let is_exempt = above.into_iter().any(|line| line.starts_with(EXEMPTION));
        let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let next = text.get(at..).and_then(|rest| rest.lines().nth(1)).unwrap_or_default().trim();
        let shown: String = format!("{line} {next}").chars().take(140).collect();
        let list = if is_exempt { &mut self.exempt } else { &mut self.places };
        list.push((place(text, file, at), shown));
    }
}

/// `file:line:column`, as the compiler counts them.
fn place(text: &str, file: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |begin| begin.chars().count()) + 1;
    format!("{file}:{line}:{column}")
}

/// Whether the match is a whole word, and no declaration or method of that name.
fn is_word(code: &str, at: usize, name: &str) -> bool {
    let before = code.get(..at).unwrap_or_default();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    // `..found()` takes the other fields of a struct; `.found()` is a method.
    let is_method = before.ends_with('.') && !before.ends_with("..");
    let begins = name.starts_with('.') || !(is_method || before.ends_with(|letter| is_part(letter) || letter == ':'));
    let ends = !code.get(at + name.len()..).is_some_and(|rest| rest.starts_with(is_part));
    begins && ends && !before.ends_with("fn ")
}

/// Names of the functions with `#[track_caller]`, and where their code is: what they construct has the place of their caller.
fn helpers(code: &str) -> (Vec<String>, Vec<(usize, usize)>) {
    let (mut names, mut bodies) = (Vec::new(), Vec::new());
    for (at, _) in code.match_indices("#[track_caller]") {
        let Some(rest) = code.get(at..) else { continue };
        let Some((_, after)) = rest.split_once("fn ") else { continue };
        let name: String = after.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        let Some(brace) = rest.find('{') else { continue };
        let end = rest.get(brace..).map_or(rest.len(), |body| brace + end_of(body));
        let is_method = rest.get(..brace).is_some_and(|head| head.contains("self"));
        // A method's calls are among the constructors; `Verdict`'s own functions too.
        if !is_method && !matches!(name.as_str(), "failed" | "warned") || code.contains(&format!("\nfn {name}(")) {
            names.push(name);
        }
        bodies.push((at, at + end));
    }
    (names, bodies)
}

/// Where the bracket that `text` begins with ends.
fn end_of(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 1 => return at + 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// Up to the semicolon that ends it.
fn statement(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return text.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    text
}

/// The text with comments and what stands between quotes blanked, byte for byte.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let blank = |letter: char| if letter == '\n' { "\n".to_owned() } else { " ".repeat(letter.len_utf8()) };
    while let Some(letter) = letters.next() {
        code.push(letter);
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                while let Some(next) = letters.next_if(|next| *next != '\n') {
                    code.push_str(&blank(next));
                }
            }
            '"' => {
                while let Some(next) = letters.next() {
                    if next == '"' {
                        code.push(next);
                        break;
                    }
                    code.push_str(&blank(next));
                    if next == '\\' {
                        code.push_str(&letters.next().map(blank).unwrap_or_default());
                    }
                }
            }
            '\'' => {
                let ahead: String = letters.clone().take(3).collect();
                let length = match ahead.chars().collect::<Vec<_>>()[..] {
                    ['\\', _, '\''] => 3,
                    [_, '\'', ..] => 2,
                    // A lifetime.
                    _ => 0,
                };
                for _ in 0..length {
                    code.push_str(&letters.next().map(blank).unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    code
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry.with_context(|| format!("read {}", folder.display()))?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs")
            && path.file_stem().is_some_and(|name| name != "tests")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sites {
        let mut sites = Sites::default();
        sites.add("a.rs", text);
        sites.places.sort();
        sites
    }

    #[test]
    fn calls_of_constructors_are_found_with_line_and_column() {
        let text = "fn a() {\n    Verdict::failed(\"found(\", X) // found(\n}\n#[track_caller]\nfn own() { found(A) }\nfn b() {\n    \
                    let x = '\"'; own(one\n        .failed(1))\n}\n\n#[cfg(test)]\nmod tests { fn c() { found() } }\n";
        let places: Vec<String> = read(text).places.into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["a.rs:2:5", "a.rs:7:18", "a.rs:8:10"]);
    }

    #[test]
    fn each_text_counts_once_and_what_has_a_reason_not_at_all() {
        let text = "fn a() {\n    found(A, reported(b), c);\n    // No fault: nobody can.\n    found(A);\n}\n";
        let sites = read(text);
        assert_eq!((sites.places.len(), sites.exempt.len()), (1, 1), "{sites:?}");
    }

    #[test]
    fn what_hides_a_finding_is_named() {
        assert_eq!(read("fn a() { b.map(Verdict::failed) }").hidden.len(), 1);
        assert_eq!(read("fn a() { Finding { check: Some(X), at } }").hidden.len(), 1);
        assert!(read("fn a() { Finding { check: None, at } }").hidden.is_empty());
        let closure = |text: &str| read(&format!("fn a() {{ let b = |what: String| found(A, what); b({text}); }}"));
        assert_eq!(closure("format!(\"x\")").hidden.len(), 1);
        assert!(closure("reported(\"x\")").hidden.is_empty());
    }

    #[test]
    fn what_was_seen_and_is_not_in_the_list_is_named() {
        let sites = read("fn a() {\n    Finding { severity, ..found(A) }\n}\n");
        let seen: BTreeSet<String> = ["a.rs:2:27", "a.rs:9:1"].map(str::to_owned).into();
        assert_eq!((sites.without(&seen).len(), sites.unknown(&seen)), (0, vec!["a.rs:9:1".to_owned()]));
    }

    #[test]
    fn no_check_hides_a_finding() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sites = Sites::read(root).unwrap();
        assert_eq!(sites.hidden, [] as [String; 0]);
        assert!(sites.places.len() > 250, "{} findings", sites.places.len());
    }
}
