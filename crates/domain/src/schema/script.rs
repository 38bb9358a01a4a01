//! Scripts as text: their statements, the effect of each, and the progress of a script in a database.
//!
//! Supports the syntax of WSO2's scripts for MySQL: statements that end with `;`, quotes, comments. They have no
//! DELIMITER and no procedures; callers reject a script with a DELIMITER.

use super::fingerprint::{ScriptStep, ScriptStepKind};
use super::table::ObservedSchema;

/// One statement of a script.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// Its text, without the `;` and without preceding comments.
    pub sql: String,
    /// Its first line, from 1.
    pub line: usize,
}

/// The statements of a script.
///
/// `;` ends a statement unless it is in quotes (`'`, `"`, `` ` ``; a doubled quote and, except for names, a backslash
/// escape) or in a comment (`-- `, `#`, `/* */`). Quoted text is never changed; a comment in the middle of a statement
/// stays, because MySQL's `/*! */` are parts of statements.
#[must_use]
pub fn statements(script: &str) -> Vec<Statement> {
    let script = script.strip_prefix('\u{feff}').unwrap_or(script);
    let bytes = script.as_bytes();
    let mut all = Vec::new();
    let mut line = 1;
    // The start of the current statement, after the first text that is not a space or comment.
    let mut begin: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (kind, length) = next_token(&bytes[at..]);
        if kind == SqlToken::End {
            if let Some((start, line)) = begin.take() {
                all.push(Statement { sql: script[start..at].trim_end().to_owned(), line });
            }
        } else if begin.is_none() && kind == SqlToken::Part && !byte.is_ascii_whitespace() {
            begin = Some((at, line));
        }
        let next = at + length;
        line += bytes[at..next].iter().filter(|byte| **byte == b'\n').count();
        at = next;
    }
    if let Some((start, line)) = begin {
        all.push(Statement { sql: script[start..].trim_end().to_owned(), line });
    }
    all
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum SqlToken {
    /// A `;` that ends a statement.
    End,
    /// A comment that the server ignores.
    Comment,
    /// A quoted text, a comment that MySQL runs, or one byte of anything else.
    Part,
}

/// The first token of a text, with its length in bytes.
pub(super) fn next_token(rest: &[u8]) -> (SqlToken, usize) {
    let block = || {
        let closing = rest.windows(2).skip(2).position(|two| two == b"*/");
        closing.map_or(rest.len(), |position| position + 4)
    };
    match rest {
        [b';', ..] => (SqlToken::End, 1),
        [quote @ (b'\'' | b'"' | b'`'), ..] => (SqlToken::Part, quoted(rest, *quote)),
        [b'#', ..] | [b'-', b'-'] => (SqlToken::Comment, line_end(rest)),
        [b'-', b'-', after, ..] if after.is_ascii_whitespace() => (SqlToken::Comment, line_end(rest)),
        // `/*M!` is MariaDB's own form of `/*!`.
        [b'/', b'*', b'!' | b'+', ..] | [b'/', b'*', b'M', b'!', ..] => (SqlToken::Part, block()),
        [b'/', b'*', ..] => (SqlToken::Comment, block()),
        _ => (SqlToken::Part, 1),
    }
}

/// The length of a comment up to, and without, its line end.
fn line_end(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

/// The length of a quoted text with both quotes. A doubled quote counts as two adjacent texts, which end at the same
/// place.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        at += 1;
        if byte == quote {
            return at;
        }
        if byte == b'\\' && quote != b'`' {
            at += 1;
        }
    }
    rest.len()
}

/// The effect of a statement. `None` for statements that no script of IS has, whose execution cannot be observed.
#[must_use]
pub fn parse_step(sql: &str) -> Option<ScriptStep> {
    let spaced = sql.replace('(', " ( ").replace([',', '='], " ");
    let words: Vec<String> = spaced.split_whitespace().map(|word| word.replace('`', "").to_ascii_uppercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let made =
        |kind, table: &str, name: &str| Some(ScriptStep { kind, table: table.to_owned(), name: name.to_owned() });
    match words.as_slice() {
        ["CREATE", "TABLE", "IF", "NOT", "EXISTS", table, ..] | ["CREATE", "TABLE", table, ..] => {
            made(ScriptStepKind::Table, table, "")
        }
        ["CREATE", "INDEX", name, rest @ ..] | ["CREATE", "UNIQUE", "INDEX", name, rest @ ..] => {
            let on = rest.iter().position(|word| *word == "ON")?;
            made(ScriptStepKind::Index, rest.get(on + 1)?, name)
        }
        ["ALTER", "TABLE", table, "ADD", "CONSTRAINT", name, "FOREIGN", "KEY", ..] => {
            made(ScriptStepKind::ForeignKey, table, name)
        }
        ["ALTER", "TABLE", table, "ADD", "CONSTRAINT", name, "UNIQUE", ..] => made(ScriptStepKind::Index, table, name),
        ["INSERT", "IGNORE", "INTO", table, ..] | ["INSERT", "INTO", table, ..] => {
            made(ScriptStepKind::Rows(1), table, "")
        }
        ["DROP", "TABLE", "IF", "EXISTS", table, ..] => made(ScriptStepKind::Drop, table, ""),
        _ => None,
    }
}

/// The progress of a script in a database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScriptProgress {
    /// Nothing of it exists.
    Absent,
    /// The first `done` steps ran and none after them.
    Stopped {
        /// The number of steps that ran, which is the position of the next one.
        done: usize,
    },
    /// Later steps ran and earlier ones did not, or their objects were dropped.
    Holes,
    /// Everything exists.
    Complete,
}

/// The progress of `steps` in `observed`. A step whose execution is unknown (a DROP, rows that were not counted) counts
/// as done if a later one is.
#[must_use]
pub fn script_progress(steps: &[ScriptStep], observed: &ObservedSchema) -> ScriptProgress {
    let mut rows = std::collections::BTreeMap::<&str, u64>::new();
    let mut last_done = None;
    let mut first_open = None;
    for (at, step) in steps.iter().enumerate() {
        if let ScriptStepKind::Rows(count) = step.kind {
            *rows.entry(&step.table).or_default() += count;
        }
        match is_done(step, observed, rows.get(step.table.as_str()).copied().unwrap_or(0)) {
            Some(true) => last_done = Some(at),
            Some(false) => first_open = first_open.or(Some(at)),
            None => {}
        }
    }
    match (last_done, first_open) {
        (None, _) => ScriptProgress::Absent,
        (Some(_), None) => ScriptProgress::Complete,
        (Some(done), Some(open)) if done < open => ScriptProgress::Stopped { done: done + 1 },
        _ => ScriptProgress::Holes,
    }
}

/// Whether a step ran; `rows` is the number of rows of the table after it.
fn is_done(step: &ScriptStep, observed: &ObservedSchema, rows: u64) -> Option<bool> {
    let table = observed.tables.get(&step.table);
    let has = |found: fn(&super::Table, &str) -> bool| Some(table.is_some_and(|table| found(table, &step.name)));
    match step.kind {
        ScriptStepKind::Table => Some(table.is_some()),
        ScriptStepKind::Index => has(|table, name| table.index(name).is_some()),
        ScriptStepKind::ForeignKey => has(|table, name| table.foreign_keys.iter().any(|key| key.name == name)),
        ScriptStepKind::Rows(_) if table.is_none() => Some(false),
        ScriptStepKind::Rows(_) => observed.rows.get(&step.table).map(|found| *found >= rows),
        ScriptStepKind::Drop => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(script: &str) -> Vec<String> {
        statements(script).into_iter().map(|statement| statement.sql).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_quotes_and_comments() {
        for (script, expected) in [
            ("A; B ;\n", vec!["A", "B"]),
            ("A 'x;y' \"p;q\" `m;n`; B", vec!["A 'x;y' \"p;q\" `m;n`", "B"]),
            ("A 'it''s; fine'; B", vec!["A 'it''s; fine'", "B"]),
            (r"A 'back\'s; ' ; B", vec![r"A 'back\'s; '", "B"]),
            ("A '\\\\'; B", vec!["A '\\\\'", "B"]),
            ("-- a; comment\nA; # another; one\nB /* in; side */ C;#\n--\n/**/", vec!["A", "B /* in; side */ C"]),
            ("SELECT 1--1; SELECT 2", vec!["SELECT 1--1", "SELECT 2"]),
            ("/*!40101 SET x */;\nA", vec!["/*!40101 SET x */", "A"]),
            ("A 'never closed; B", vec!["A 'never closed; B"]),
            (";;  ;\n", vec![]),
            ("\u{feff}A;", vec!["A"]),
        ] {
            assert_eq!(texts(script), expected, "{script}");
        }
    }

    #[test]
    fn statements_know_their_lines() {
        let all = statements("-- one\nA\n 'x\ny';\n\n/* \n */ B;");
        assert_eq!(all.iter().map(|statement| statement.line).collect::<Vec<_>>(), [2, 7]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_text_is_cut(parts in prop::collection::vec(
            prop_oneof![
                "[a-zA-Z_ (),\n]{1,8}",
                "[^'\\\\]{0,8}".prop_map(|inside| format!("'{inside}'")),
                "[^`]{0,8}".prop_map(|inside| format!("`{inside}`")),
                "[^\"\\\\]{0,8}".prop_map(|inside| format!("\"{inside}\"")),
            ], 0..6), times in 1_usize..5) {
            let statement = format!("X{}Y", parts.concat());
            let script = format!("{statement};\n-- it's; a comment\n").repeat(times);
            prop_assert_eq!(texts(&script), vec![statement; times]);
        }

        #[test]
        fn any_text_is_read_and_lines_are_in_it(script in "[ -~\n;'\"`#/*\\\\é-]{0,60}") {
            let lines = script.lines().count().max(1);
            for statement in statements(&script) {
                prop_assert!(script.contains(&statement.sql) && statement.line <= lines);
            }
        }
    }

    #[test]
    fn statements_of_the_scripts_are_understood() {
        let made =
            |kind, table: &str, name: &str| Some(ScriptStep { kind, table: table.to_owned(), name: name.to_owned() });
        for (sql, expected) in [
            ("CREATE TABLE IF NOT EXISTS A_B(ID INT)", made(ScriptStepKind::Table, "A_B", "")),
            ("create table `a` (", made(ScriptStepKind::Table, "A", "")),
            ("CREATE UNIQUE INDEX I ON T (A)", made(ScriptStepKind::Index, "T", "I")),
            ("CREATE INDEX I USING BTREE ON T(A)", made(ScriptStepKind::Index, "T", "I")),
            (
                "ALTER TABLE T ADD CONSTRAINT F FOREIGN KEY (A) REFERENCES U (B)",
                made(ScriptStepKind::ForeignKey, "T", "F"),
            ),
            ("ALTER TABLE T\n ADD CONSTRAINT U UNIQUE(A, B)", made(ScriptStepKind::Index, "T", "U")),
            ("INSERT IGNORE INTO T(A) VALUES (1)", made(ScriptStepKind::Rows(1), "T", "")),
            ("DROP TABLE IF EXISTS T", made(ScriptStepKind::Drop, "T", "")),
            ("SET GLOBAL x = 1", None),
        ] {
            assert_eq!(parse_step(sql), expected, "{sql}");
        }
    }

    #[test]
    fn progress_is_the_beginning_that_ran() {
        let steps: Vec<ScriptStep> = [
            "CREATE TABLE A (",
            "INSERT INTO A",
            "DROP TABLE IF EXISTS B",
            "CREATE TABLE B (",
            "CREATE INDEX I ON A (",
        ]
        .iter()
        .filter_map(|sql| parse_step(sql))
        .collect();
        let mut observed = ObservedSchema::default();
        assert_eq!(script_progress(&steps, &observed), ScriptProgress::Absent);
        observed.tables.insert("A".to_owned(), super::super::Table::default());
        observed.rows.insert("A".to_owned(), 0);
        assert_eq!(script_progress(&steps, &observed), ScriptProgress::Stopped { done: 1 });
        observed.rows.insert("A".to_owned(), 1);
        assert_eq!(script_progress(&steps, &observed), ScriptProgress::Stopped { done: 2 });
        observed.tables.insert("B".to_owned(), super::super::Table::default());
        assert_eq!(script_progress(&steps, &observed), ScriptProgress::Stopped { done: 4 });
        observed.rows.insert("A".to_owned(), 0);
        assert_eq!(script_progress(&steps, &observed), ScriptProgress::Holes);
    }
}
