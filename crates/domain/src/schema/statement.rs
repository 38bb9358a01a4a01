//! Statements of a script: whether WSO2 released them with a version of IS, and whether a statement that WSO2 did not
//! release may run.
//!
//! The digests in `data/schema/statements.txt` come from WSO2's scripts (test `generated_statement_digests`). A pack at
//! a later update level also has other statements, so an unknown one may be correct: a person reviews it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::fingerprint::{ScriptStep, ScriptStepKind, line_of};
use super::script::{SqlToken, next_token, parse_step};
use crate::product::Version;

/// Identifies a statement: the first 128 bits of the SHA-256 of its normalized text, in hexadecimal.
pub type StatementDigest = String;

/// The file of digests: one per line, after its versions if not all have it.
pub const DIGEST_FILE: &str = include_str!("../../data/schema/statements.txt");

/// The digests of all statements that WSO2 released for MySQL with a version.
#[must_use]
pub fn released_digests(version: Version) -> &'static BTreeSet<StatementDigest> {
    static ALL: LazyLock<BTreeMap<Version, BTreeSet<StatementDigest>>> = LazyLock::new(|| {
        let of = |version: &Version| {
            DIGEST_FILE.lines().filter_map(|line| line_of(line, *version)).map(str::to_owned).collect()
        };
        Version::ALL.iter().map(|version| (*version, of(version))).collect()
    });
    static NONE: BTreeSet<StatementDigest> = BTreeSet::new();
    ALL.get(&version).unwrap_or(&NONE)
}

/// The other version whose released statements match `digests` much better than those of `version`: the scripts are of
/// that one. `None` if the scripts are of `version`, or of no known version. Missing statements count too: IS 7.3's
/// scripts contain all of 7.2's.
#[must_use]
pub fn better_match(version: Version, digests: &BTreeSet<StatementDigest>) -> Option<Version> {
    let distance = |version: Version| digests.symmetric_difference(released_digests(version)).count();
    let own = distance(version);
    // Of two equal matches, the newer version is the more likely pack.
    let others = Version::ALL.iter().rev().copied().filter(|other| *other != version);
    let (best, other) = others.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance)?;
    (best * 2 < own).then_some(other)
}

/// The number of statements of `version` that are not among `digests`.
#[must_use]
pub fn count_missing(version: Version, digests: &BTreeSet<StatementDigest>) -> usize {
    released_digests(version).difference(digests).count()
}

/// Why a statement must not run with an administrator's privileges, even if confirmed; `None` if it may. WSO2's scripts
/// for MySQL contain CREATE TABLE and INDEX, ALTER TABLE … ADD CONSTRAINT, INSERT … VALUES, and DROP TABLE of a table
/// that the same script creates (`created_tables`, in capital letters).
#[must_use]
pub fn refusal(sql: &str, created: &BTreeSet<&str>) -> Option<&'static str> {
    const NAMED: [&str; 7] = ["DELIMITER", "USE", "DROP DATABASE", "DROP SCHEMA", "SOURCE", "GRANT", "SET GLOBAL"];
    /// Words of statements that read other tables or the server's files.
    const READING_KEYWORDS: [&str; 7] =
        ["SELECT", "UNION", "LOAD_FILE", "OUTFILE", "DUMPFILE", "DIRECTORY", "TABLESPACE"];
    let words = words(sql);
    let texts: Vec<&str> = words.iter().map(StatementWord::text).collect();
    if words.contains(&StatementWord::ServerComment) {
        return Some("a comment that the server runs");
    }
    let Some(made) = parse_step(sql) else {
        let all = texts.join(" ");
        let begins = |unfit: &&&str| all == ***unfit || all.starts_with(&format!("{unfit} "));
        return Some(NAMED.iter().find(begins).copied().unwrap_or("such a statement"));
    };
    if texts.iter().any(|text| text.contains('.') && !is_number(text)) || made.table.contains('.') {
        return Some("a table with the name of its database");
    }
    let is_bare = |word: &StatementWord, wanted: &str| matches!(word, StatementWord::Bare(text) if text == wanted);
    if words.iter().any(|word| READING_KEYWORDS.iter().any(|read| is_bare(word, read))) {
        return Some("a query or an access to files");
    }
    if other_engine(&texts) {
        return Some("a storage engine other than InnoDB");
    }
    match made.kind {
        ScriptStepKind::Drop if texts.contains(&",") => Some("a DROP TABLE of several tables"),
        ScriptStepKind::Drop if !created.contains(made.table.as_str()) => {
            Some("a DROP TABLE of a table that it does not create")
        }
        _ => None,
    }
}

/// The tables that a script creates, in capital letters.
pub fn created_tables<'s>(steps: impl Iterator<Item = &'s ScriptStep>) -> BTreeSet<&'s str> {
    steps.filter(|step| step.kind == ScriptStepKind::Table).map(|step| step.table.as_str()).collect()
}

/// Whether a word is a decimal number, such as `1.5`, `.5` or `1.5E10`, in capital letters. A name of digits alone needs
/// quotes, so no database is named before its dot.
fn is_number(word: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, rest)) = word.split_once('.') else { return false };
    let (fraction, exponent) = rest.split_once('E').unwrap_or((rest, ""));
    is_digits(whole) && is_digits(fraction) && is_digits(exponent) && !fraction.is_empty()
}

/// Whether an option ENGINE names another engine than InnoDB.
fn other_engine(texts: &[&str]) -> bool {
    texts.iter().enumerate().any(|(at, text)| {
        let next = texts.get(at + 1..).unwrap_or_default().iter().find(|next| **next != "=");
        *text == "ENGINE" && next.is_some_and(|next| *next != "INNODB")
    })
}

/// A statement without comments, with one space in place of spaces, line ends or comments between words; quoted text
/// stays unchanged. A [`StatementDigest`] is computed from it.
#[must_use]
pub fn normalized(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut is_apart = false;
    for (kind, part) in tokens(sql) {
        if kind == SqlToken::Comment || part.chars().all(char::is_whitespace) {
            is_apart = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut is_apart) {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

/// A word of a statement, in capital letters.
#[derive(Eq, PartialEq)]
enum StatementWord {
    /// A keyword, a name or a number, including the dot of a number.
    Bare(String),
    /// A name or text in quotes, without them.
    Quoted(String),
    /// Punctuation.
    Sign(String),
    /// `/*! … */`, `/*M! … */` or `/*+ … */`.
    ServerComment,
}

impl StatementWord {
    fn text(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Sign(text) => text,
            // Quoted text is never a keyword or a sign.
            Self::Quoted(_) => "``",
            Self::ServerComment => "/*",
        }
    }

    /// Whether a dot after this word may be that of a number: directly after digits, or after a sign.
    fn may_be_in_number(&self, is_joined: bool) -> bool {
        match self {
            Self::Bare(text) => is_joined && text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::Sign(_) => true,
            Self::Quoted(_) | Self::ServerComment => false,
        }
    }
}

fn words(sql: &str) -> Vec<StatementWord> {
    let mut words: Vec<StatementWord> = Vec::new();
    // Whether the next token belongs to the last word if no space is between.
    let mut is_joined = false;
    for (kind, part) in tokens(sql) {
        let first = part.chars().next().unwrap_or(' ');
        let continues = is_joined;
        is_joined = false;
        if kind == SqlToken::Comment || first.is_whitespace() {
            continue;
        }
        if part.starts_with("/*") {
            words.push(StatementWord::ServerComment);
        } else if matches!(first, '\'' | '"' | '`') {
            words.push(StatementWord::Quoted(part.to_ascii_uppercase()));
        } else if first == '.' && words.last().is_none_or(|last| last.may_be_in_number(continues)) {
            is_joined = true;
            match words.last_mut() {
                Some(StatementWord::Bare(digits)) if continues => digits.push('.'),
                _ => words.push(StatementWord::Bare(".".to_owned())),
            }
        } else if first.is_alphanumeric() || matches!(first, '_' | '$') {
            is_joined = true;
            match words.last_mut() {
                Some(StatementWord::Bare(word)) if continues => word.push_str(&part.to_ascii_uppercase()),
                _ => words.push(StatementWord::Bare(part.to_ascii_uppercase())),
            }
        } else {
            words.push(StatementWord::Sign(part.to_owned()));
        }
    }
    words
}

/// The parts of a statement: comments, quoted texts, and other single characters.
fn tokens(sql: &str) -> impl Iterator<Item = (SqlToken, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = next_token(rest.as_bytes());
        // A token of one byte may be the start of a longer character.
        let length = length.max(rest.chars().next().map_or(1, char::len_utf8)).min(rest.len());
        let end = (at + length..=sql.len()).find(|end| sql.is_char_boundary(*end)).unwrap_or(sql.len());
        let part = sql.get(at..end)?;
        at = end;
        Some((kind, part))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blanks_and_comments_do_not_count_and_quoted_text_does() {
        let same = [
            "CREATE TABLE A (ID INT)",
            "CREATE  TABLE\n\tA (ID INT)",
            "CREATE TABLE A -- a comment\n(ID INT)",
            "/* c */ CREATE TABLE A (ID INT) # c",
        ];
        assert!(same.iter().all(|sql| normalized(sql) == normalized(same[0])));
        for other in ["CREATE TABLE A (ID INT) /*! ENGINE=X */", "CREATE TABLE B (ID INT)", "CREATE TABLE A (ID 'INT')"]
        {
            assert_ne!(normalized(other), normalized(same[0]), "{other}");
        }
        assert_ne!(normalized("INSERT INTO T VALUES ('a  b')"), normalized("INSERT INTO T VALUES ('a b')"));
    }

    #[test]
    fn statements_that_reach_beyond_their_database_are_refused() {
        let created = BTreeSet::from(["A"]);
        for (sql, why) in [
            ("DROP TABLE IF EXISTS A, other.t", "a table with the name of its database"),
            ("DROP TABLE IF EXISTS A, B", "a DROP TABLE of several tables"),
            ("DROP TABLE IF EXISTS B", "a DROP TABLE of a table that it does not create"),
            ("CREATE TABLE C AS SELECT LOAD_FILE('/etc/hostname') x", "a query or an access to files"),
            ("INSERT INTO mysql .global_priv VALUES ('%')", "a table with the name of its database"),
            ("INSERT INTO `mysql` . `user` VALUES (1)", "a table with the name of its database"),
            ("INSERT INTO A SELECT * FROM B", "a query or an access to files"),
            ("INSERT INTO A VALUES (load_file ('/etc/passwd'))", "a query or an access to files"),
            ("CREATE TABLE A (X INT) DATA DIRECTORY='/tmp'", "a query or an access to files"),
            ("CREATE TABLE A (X INT) ENGINE = FEDERATED", "a storage engine other than InnoDB"),
            ("CREATE TABLE A (X INT) engine=connect", "a storage engine other than InnoDB"),
            ("CREATE TABLE A (X INT) /*M! , Y INT */", "a comment that the server runs"),
            ("CREATE TABLE A (X INT) /*!50000 , Y INT */", "a comment that the server runs"),
            ("GRANT ALL ON *.* TO x", "GRANT"),
            ("TRUNCATE A", "such a statement"),
        ] {
            assert_eq!(refusal(sql, &created), Some(why), "{sql}");
        }
        for sql in [
            "CREATE TABLE `A` (`SELECT` INT DEFAULT 1.5, B VARCHAR(9) DEFAULT 'a.b, SELECT') ENGINE INNODB",
            "DROP TABLE IF EXISTS A",
            "INSERT INTO A VALUES ('x.y', 'ENGINE=CONNECT')",
        ] {
            assert_eq!(refusal(sql, &created), None, "{sql}");
        }
    }

    #[test]
    fn the_dot_of_a_number_names_no_database() {
        for number in ["1.5", "0.25", ".5", "1.5e10", "-1.5E-3", "1.5e+3", "99999999.000001"] {
            for sql in [
                format!("INSERT INTO A VALUES ({number}, 'x')"),
                format!("INSERT INTO A VALUES ('x',{number})"),
                format!("CREATE TABLE A (X DECIMAL(9,2) DEFAULT ({number}))"),
            ] {
                assert_eq!(refusal(&sql, &BTreeSet::new()), None, "{sql}");
            }
        }
        for name in [
            "a.1",
            "1a.b",
            "1 .b",
            "`1`.b",
            "`1`.5",
            "1.b",
            "1./**/b",
            "a.1.5",
            "_1.5",
            "$1.5",
            "\u{661}.5",
            "a .5",
            "1.5b",
        ] {
            let sql = format!("INSERT INTO {name} VALUES (1)");
            assert!(refusal(&sql, &BTreeSet::new()).is_some(), "{sql}");
        }
    }

    #[test]
    fn scripts_of_another_version_are_recognized() {
        for version in Version::ALL {
            let own = released_digests(*version);
            assert!(own.len() > 100, "{}", version.value());
            assert_eq!(better_match(*version, own), None, "{}", version.value());
            let newest = Version::ALL[Version::ALL.len() - 1];
            if *version != newest {
                assert!(
                    better_match(newest, own).is_some_and(|found| released_digests(found) == own),
                    "{}",
                    version.value()
                );
            }
        }
        assert_eq!(better_match(Version::ALL[0], &BTreeSet::from(["unknown".to_owned()])), None);
    }

    proptest! {
        #[test]
        fn a_number_is_let_through_and_a_database_is_not(
            whole in "[0-9]{1,9}",
            fraction in "[0-9]{1,9}",
            exponent in "(|[eE][+-]?[0-9]{1,2})",
            blanks in "[ \t\n]{0,2}",
            database in "[a-zA-Z_][a-zA-Z0-9_$]{0,8}|`[a-z0-9. ]{1,8}`|[0-9]{1,4}[a-df-zA-DF-Z_][a-z0-9]{0,4}",
            table in "[a-zA-Z0-9_]{1,9}|`[a-z.]{1,9}`",
        ) {
            let number = format!("{whole}.{fraction}{exponent}");
            let sql = format!("INSERT INTO A VALUES ({blanks}{number}{blanks},{blanks}-{number})");
            prop_assert_eq!(refusal(&sql, &BTreeSet::new()), None, "{}", sql);
            for sql in [
                format!("INSERT INTO {database}{blanks}.{blanks}{table} VALUES ({number})"),
                format!("INSERT INTO A VALUES ({number}, {database}{blanks}.{blanks}{table})"),
                format!("CREATE TABLE A (X INT, FOREIGN KEY (X) REFERENCES {database}{blanks}.{blanks}{table} (X))"),
            ] {
                prop_assert!(refusal(&sql, &BTreeSet::new()).is_some(), "{}", sql);
            }
        }

        #[test]
        fn any_text_is_read(sql in "[ -~\n;'\"`#/*!\\\\éü€-]{0,60}") {
            let _ = refusal(&sql, &BTreeSet::new());
            prop_assert_eq!(normalized(&normalized(&sql)), normalized(&sql));
        }
    }
}
