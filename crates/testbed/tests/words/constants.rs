//! How constants that limit something are named: the section "Names of constants" of docs/GLOSSARY.md.

use std::collections::BTreeSet;

use testbed::sources::Source;

use crate::glossary::list;
use crate::tokens::{Token, starts_name, tokens};

const NUMBER_TYPES: [&str; 14] =
    ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];

/// Methods whose argument is an upper or lower limit.
const LIMITING_METHODS: [&str; 6] = ["clamp", "limit", "max", "min", "take", "truncate"];

/// The words of the glossary that a constant may end with.
pub(crate) struct ConstantWords {
    times: Vec<String>,
    units: Vec<String>,
    others: Vec<String>,
}

impl ConstantWords {
    pub(crate) fn read() -> Self {
        let words = |name: &str| list(name).into_keys().collect();
        Self {
            times: words("constant-time-words"),
            units: words("constant-time-units"),
            others: words("constant-other-words"),
        }
    }

    /// What is wrong with the name of a constant; `is_limit` states that the code uses it as one.
    fn problem(&self, name: &str, kind: ConstantKind, is_limit: bool) -> Option<&'static str> {
        let name = name.strip_prefix("DEFAULT_").unwrap_or(name);
        let words: Vec<&str> = name.split('_').collect();
        let is_time = words.iter().rev().take(2).any(|word| self.times.iter().any(|time| time == word));
        if is_time || name.starts_with("MAX_") || name.starts_with("MIN_") {
            return None;
        }
        let has_unit = words.last().is_some_and(|last| self.units.iter().any(|unit| unit == last));
        if kind == ConstantKind::Duration || has_unit {
            return Some("a time ends with a time word, or begins with MAX_ or MIN_");
        }
        let has_other_word = (self.others.iter())
            .any(|word| name.strip_suffix(word.as_str()).is_some_and(|head| head.is_empty() || head.ends_with('_')));
        (is_limit && !has_other_word).then_some("a limit begins with MAX_ or MIN_")
    }
}

/// The types of constants that the rule is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ConstantKind {
    /// Contains a `Duration`.
    Duration,
    /// A number, or a tuple of numbers.
    Number,
}

struct Constant<'a> {
    name: &'a str,
    /// From 1.
    line: usize,
    is_public: bool,
    /// `None` for any other type.
    kind: Option<ConstantKind>,
}

/// What one file declares and uses.
struct SourceConstants<'a> {
    path: &'a str,
    declared: Vec<Constant<'a>>,
    /// The constants that it uses as limits.
    limits: BTreeSet<&'a str>,
}

impl<'a> SourceConstants<'a> {
    fn read(source: &'a Source) -> Self {
        let tokens = tokens(&source.code);
        Self { path: &source.path, declared: constants(&tokens), limits: limits(&tokens) }
    }
}

/// The constants with a name that breaks the rule, each with its place and the reason.
pub(crate) fn misnamed_constants(sources: &[Source], words: &ConstantWords) -> Vec<String> {
    let files: Vec<SourceConstants<'_>> = sources.iter().map(SourceConstants::read).collect();
    let mut found = Vec::new();
    for file in &files {
        for Constant { name, line, is_public, kind } in &file.declared {
            let Some(kind) = kind else { continue };
            // A file that declares the name itself does not use the constant of another file.
            let uses = |other: &&SourceConstants<'_>| other.declared.iter().all(|constant| constant.name != *name);
            let is_limit = file.limits.contains(name)
                || *is_public && files.iter().filter(uses).any(|other| other.limits.contains(name));
            let problem = words.problem(name, *kind, is_limit);
            found.extend(problem.map(|problem| format!("{}:{line}: {name}: {problem}", file.path)));
        }
    }
    found
}

fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

fn text_before<'a>(tokens: &[Token<'a>], at: usize, distance: usize) -> &'a str {
    at.checked_sub(distance).map_or("", |at| text(tokens, at))
}

/// The constants of a file.
fn constants<'a>(tokens: &[Token<'a>]) -> Vec<Constant<'a>> {
    let constant = |at: usize| {
        let is_generic = matches!(text_before(tokens, at, 1), "<" | ",");
        if text(tokens, at) != "const" || text(tokens, at + 2) != ":" || is_generic {
            return None;
        }
        let Token { text: name, line } = *tokens.get(at + 1)?;
        let is_public = matches!(text_before(tokens, at, 1), "pub" | ")");
        Some(Constant { name, line, is_public, kind: kind(&tokens[at + 3..]) })
    };
    (0..tokens.len()).filter_map(constant).collect()
}

/// The kind of the type at the beginning of `tokens`, which ends with the `=` of its value.
fn kind(tokens: &[Token<'_>]) -> Option<ConstantKind> {
    let words: Vec<&str> = tokens.iter().map(|token| token.text).take_while(|word| *word != "=").collect();
    let is_of_number = |word: &&str| NUMBER_TYPES.contains(word) || matches!(*word, "(" | ")" | ",");
    if words.contains(&"Duration") {
        Some(ConstantKind::Duration)
    } else {
        (!words.is_empty() && words.iter().all(is_of_number)).then_some(ConstantKind::Number)
    }
}

/// The constants that the code compares by order, ends a range with, or gives to a limiting method.
fn limits<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let is_constant = |name: &str| name.starts_with(starts_name) && !name.contains(char::is_lowercase);
    (0..tokens.len())
        .filter(|at| is_constant(text(tokens, *at)) && is_limit(tokens, *at))
        .map(|at| text(tokens, at))
        .collect()
}

fn is_limit(tokens: &[Token<'_>], at: usize) -> bool {
    let (start, end) = operand(tokens, at);
    let before = operator(tokens, start, -1);
    let after = operator(tokens, end, 1);
    let compares = |operator: &str| matches!(operator, "<" | "<=" | ">" | ">=");
    let is_range = |operator: &str| matches!(operator, ".." | "..=");
    // rustfmt writes spaces around a comparison, and none around the brackets of generics.
    let is_compared = compares(before) && !is_adjacent(tokens, start - before.len())
        || compares(after) && !is_adjacent(tokens, end + 1);
    is_compared || is_range(before) || is_range(after) || is_argument_of_limit(tokens, start, end)
}

/// The first and last token of the operand that a constant stands for: its path, a cast, and `u64::from(…)` around it.
fn operand(tokens: &[Token<'_>], at: usize) -> (usize, usize) {
    let path = |mut start: usize| {
        while text_before(tokens, start, 1) == "::" && text_before(tokens, start, 2).starts_with(starts_name) {
            start -= 2;
        }
        start
    };
    let (mut start, mut end) = (path(at), at);
    loop {
        if text(tokens, end + 1) == "as" {
            end += 2;
        } else if text_before(tokens, start, 1) == "("
            && text_before(tokens, start, 2) == "from"
            && text(tokens, end + 1) == ")"
        {
            (start, end) = (path(start - 2), end + 1);
        } else {
            return (start, end);
        }
    }
}

/// Whether nothing stands between the token at `at` and the one before it.
fn is_adjacent(tokens: &[Token<'_>], at: usize) -> bool {
    let end = |token: &Token<'_>| token.text.as_bytes().as_ptr_range().end;
    at.checked_sub(1).is_some_and(|before| end(&tokens[before]) == tokens[at].text.as_ptr())
}

/// The comparison or range next to the operand whose first or last token is at `at`: before it for the direction -1, after
/// it for 1. Empty if another token stands there.
fn operator(tokens: &[Token<'_>], at: usize, direction: isize) -> &'static str {
    let marks = ["..=", "..", "<=", ">=", "<", ">"];
    let mut joined = String::new();
    for distance in 1..=3 {
        let Some(place) = at.checked_add_signed(direction * distance) else { break };
        let mark = text(tokens, place);
        let is_joined = distance == 1 || is_adjacent(tokens, if direction < 0 { place + 1 } else { place });
        if !matches!(mark, "." | "<" | ">" | "=" | "-") || !is_joined {
            break;
        }
        joined = if direction < 0 { format!("{mark}{joined}") } else { format!("{joined}{mark}") };
    }
    marks.into_iter().find(|mark| *mark == joined).unwrap_or_default()
}

/// Whether the operand is a whole argument of a limiting method.
fn is_argument_of_limit(tokens: &[Token<'_>], start: usize, end: usize) -> bool {
    if !matches!(text_before(tokens, start, 1), "(" | ",") || !matches!(text(tokens, end + 1), ")" | ",") {
        return false;
    }
    let mut depth = 0_usize;
    for at in (0..start).rev() {
        match text(tokens, at) {
            ")" | "]" | "}" => depth += 1,
            "(" if depth == 0 => {
                return LIMITING_METHODS.contains(&text_before(tokens, at, 1)) && text_before(tokens, at, 2) == ".";
            }
            "[" | "{" if depth == 0 => return false,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misnamed(files: &[&str]) -> Vec<String> {
        let source = |(number, code): (usize, &&str)| Source { path: format!("{number}.rs"), code: (*code).to_owned() };
        let sources: Vec<Source> = files.iter().enumerate().map(source).collect();
        misnamed_constants(&sources, &ConstantWords::read())
    }

    #[test]
    fn a_number_that_limits_must_be_named_so() {
        for limiting in [
            "size < ROWS",
            "size <= limits::ROWS",
            "ROWS > size",
            "size >= ROWS as usize",
            "u64::from(ROWS) < size",
            "(1..=ROWS).contains(&size)",
            "rows.iter().take(ROWS)",
            "size.clamp(1, usize::from(ROWS))",
            "size.min(self::ROWS)",
        ] {
            for (declared, is_found) in
                [("ROWS: u16", true), ("ROWS: (u16, u16)", true), ("MAX_ROWS: u16", false), ("ROWS: &str", false)]
            {
                let name = declared.split(':').next().unwrap();
                let code = format!("fn f() {{ {} }}\nconst {declared} = 5;\n", limiting.replace("ROWS", name));
                let found = misnamed(&[&code]);
                let expected = is_found.then(|| "0.rs:2: ROWS: a limit begins with MAX_ or MIN_".to_owned());
                assert_eq!(found, Vec::from_iter(expected), "{code}");
            }
        }
    }

    #[test]
    fn other_uses_limit_nothing() {
        for code in [
            "fn f() { size == ROWS }",
            "fn f() -> Page<ROWS> { page::<ROWS>() }",
            "fn f() { let rows: Option<u16> = ROWS; match size { ROWS => 1 << ROWS } }",
            "fn f() { size.min(rows * ROWS) + ROWS }",
            "fn f<const ROWS: usize>() { size < 3 }",
        ] {
            assert_eq!(misnamed(&[&format!("{code}\nconst ROWS: u16 = 5;")]), [] as [&str; 0], "{code}");
        }
        assert_eq!(misnamed(&["const ROW_COUNT: u16 = 5; fn f() { size < ROW_COUNT }"]), [] as [&str; 0]);
    }

    #[test]
    fn a_time_must_be_named_so() {
        for (declared, is_found) in [
            ("WAIT: Duration", true),
            ("WAITS: [std::time::Duration; 2]", true),
            ("WAIT_SECONDS: u64", true),
            ("WAIT_TIMEOUT: Duration", false),
            ("DEFAULT_WAIT_TIMEOUT_SECONDS: u64", false),
            ("MAX_WAIT: Duration", false),
            ("SECONDS_PER_DAY: u64", false),
        ] {
            assert_eq!(!misnamed(&[&format!("const {declared} = wait();")]).is_empty(), is_found, "{declared}");
        }
    }

    #[test]
    fn uses_in_other_files_count_for_public_constants() {
        let user = "fn f() { size < ROWS }";
        assert_eq!(misnamed(&["pub const ROWS: u16 = 5;", user]).len(), 1);
        assert_eq!(misnamed(&["pub(crate) const ROWS: u16 = 5;", user]).len(), 1);
        assert_eq!(misnamed(&["const ROWS: u16 = 5;", user]).len(), 0);
        assert_eq!(misnamed(&["pub const ROWS: u16 = 5;", &format!("{user}\nconst ROWS: &str = \"\";")]).len(), 0);
    }
}
