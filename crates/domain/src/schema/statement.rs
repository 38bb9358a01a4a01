//! Single statements of a script: whether WSO2 released them with a version of IS, and whether one that WSO2 did not release
//! may run at all.
//!
//! The digests in `data/schema/statements.txt` come from WSO2's own scripts (test `generated_statement_digests`). A pack at a
//! later update level holds other statements too, so an unknown one is not wrong by itself: a person reads it first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::fingerprint::{ScriptStep, ScriptStepKind, line_of};
use super::script::{SqlToken, next_token, parse_step};
use crate::product::Version;

/// Identifies a statement: the first 128 bits of the SHA-256 of its normalized text, in hexadecimal.
pub type StatementDigest = String;

/// The file of digests: one a line, with the versions in front where not all have it.
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

/// The other version whose released statements `digests` match much better than those of `version`: the scripts are of that
/// one. `None` where the scripts are of `version`, or of no version that is known. Statements that are missing count too:
/// IS 7.3's scripts hold all of 7.2's.
#[must_use]
pub fn better_match(version: Version, digests: &BTreeSet<StatementDigest>) -> Option<Version> {
    let distance = |version: Version| digests.symmetric_difference(released_digests(version)).count();
    let own = distance(version);
    // Of two versions that match alike, the newer one is the more likely pack.
    let others = Version::ALL.iter().rev().copied().filter(|other| *other != version);
    let (best, other) = others.map(|other| (distance(other), other)).min_by_key(|(distance, _)| *distance)?;
    (best * 2 < own).then_some(other)
}

/// How many statements of `version` are not among `digests`.
#[must_use]
pub fn count_missing(version: Version, digests: &BTreeSet<StatementDigest>) -> usize {
    released_digests(version).difference(digests).count()
}

/// Why a statement must not run with an administrator's rights, whoever confirms it; `None` where it may. WSO2's scripts for
/// MySQL hold CREATE TABLE and INDEX, ALTER TABLE … ADD CONSTRAINT, INSERT … VALUES, and DROP TABLE of a table that the same
/// script creates (`created_tables`, in capital letters).
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
    if texts.contains(&".") || made.table.contains('.') {
        return Some("a table with the name of its database");
    }
    let is_bare = |word: &StatementWord, wanted: &str| matches!(word, StatementWord::Bare(text) if text == wanted);
    if words.iter().any(|word| READING_KEYWORDS.iter().any(|read| is_bare(word, read))) {
        return Some("a query or an access to files");
    }
    if other_engine(&texts) {
        return Some("another storage engine than InnoDB");
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

/// Whether an option ENGINE names anything but InnoDB.
fn other_engine(texts: &[&str]) -> bool {
    texts.iter().enumerate().any(|(at, text)| {
        let next = texts.get(at + 1..).unwrap_or_default().iter().find(|next| **next != "=");
        *text == "ENGINE" && next.is_some_and(|next| *next != "INNODB")
    })
}

/// A statement without comments, with one blank wherever blanks, line ends or comments stand between words; quoted text stays
/// byte by byte. Whoever makes a [`StatementDigest`] makes it of this.
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
    /// A keyword, a name or a number as it stands.
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
}

fn words(sql: &str) -> Vec<StatementWord> {
    let mut words: Vec<StatementWord> = Vec::new();
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

/// The parts of a statement: comments, quoted texts, and single characters of all else.
fn tokens(sql: &str) -> impl Iterator<Item = (SqlToken, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = sql.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, length) = next_token(rest.as_bytes());
        // A token of one byte may be the beginning of a longer character.
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
            ("CREATE TABLE A (X INT) ENGINE = FEDERATED", "another storage engine than InnoDB"),
            ("CREATE TABLE A (X INT) engine=connect", "another storage engine than InnoDB"),
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
            let refused = refusal(sql, &created);
            assert!(refused.is_none() || sql.contains("1.5"), "{sql}: {refused:?}");
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
        fn any_text_is_read(sql in "[ -~\n;'\"`#/*!\\\\éü€-]{0,60}") {
            let _ = refusal(&sql, &BTreeSet::new());
            prop_assert_eq!(normalized(&normalized(&sql)), normalized(&sql));
        }
    }
}
