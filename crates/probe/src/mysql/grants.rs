//! The privileges of an account: parses `SHOW GRANTS` of MySQL and MariaDB, including active roles.
//!
//! Rules: MySQL reference manual, "GRANT Statement" and "Privilege Restriction Using Partial Revokes"; MariaDB's
//! knowledge base, "GRANT". Of several lines for one account whose database patterns fit a database, only the most
//! specific one counts; rights on single columns, tables and routines are kept apart.

use std::collections::BTreeSet;

use super::words::{StatementPart, parts};

/// The object of a grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum GrantScope {
    /// `*.*`
    Everything,
    /// `` `pattern`.* ``, where `_` and `%` are wildcards unless escaped with a backslash.
    Database(String),
    /// A table of a database.
    Table(String),
    /// A routine, a proxy user, or an unknown object.
    Other,
}

/// One line of the answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Grant {
    /// Account or role, as in a statement: `` `u`@`%` ``.
    pub(crate) holder: String,
    pub(crate) on: GrantScope,
    /// In upper case, without privileges that are limited to columns.
    pub(crate) rights: BTreeSet<String>,
    /// Whether it revokes privileges (partial revokes of MySQL).
    revokes: bool,
}

/// How the server compares database names with patterns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameComparison {
    /// Wildcards are literal: MySQL with `partial_revokes`.
    pub(crate) literal: bool,
    /// Names ignore case.
    pub(crate) ignores_case: bool,
}

/// All privileges of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountGrants(Vec<Grant>);

impl AccountGrants {
    /// Parses the lines. An unknown line grants nothing.
    pub(crate) fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        Self(lines.into_iter().filter_map(grant).collect())
    }

    /// Whether a line grants a role, whose privileges are in other lines, or in none.
    pub(crate) fn name_roles<'a>(lines: impl IntoIterator<Item = &'a str>) -> bool {
        let gives_role = |line: &str| {
            let parts = parts(line);
            parts.first().is_some_and(|first| first.is("GRANT")) && !parts.iter().any(|part| part.is("ON"))
        };
        lines.into_iter().any(gives_role)
    }

    /// Privileges on `*.*`, without USAGE, which grants nothing.
    pub(crate) fn global(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter().filter(|grant| grant.on == GrantScope::Everything && !grant.revokes && !grant.rights.is_empty())
    }

    /// Privileges on databases and their tables.
    pub(crate) fn on_databases(&self) -> impl Iterator<Item = (&Grant, &str)> {
        self.0.iter().filter(|grant| !grant.revokes).filter_map(|grant| match &grant.on {
            GrantScope::Database(pattern) => Some((grant, pattern.as_str())),
            GrantScope::Table(database) => Some((grant, database.as_str())),
            GrantScope::Everything | GrantScope::Other => None,
        })
    }

    /// Whether privileges on single tables or columns of the database exist.
    pub(crate) fn has_some_tables_of(&self, database: &str) -> bool {
        self.0.iter().any(|grant| matches!(&grant.on, GrantScope::Table(of) if of.eq_ignore_ascii_case(database)))
    }

    /// Those of `wanted` that are not granted on the whole database.
    pub(crate) fn missing<'w>(&self, wanted: &[&'w str], database: &str, how: NameComparison) -> Vec<&'w str> {
        let revoked: BTreeSet<&str> = (self.0.iter().filter(|grant| grant.revokes))
            .filter(|grant| matches!(&grant.on, GrantScope::Database(name) if matches(name, database, how)))
            .flat_map(|grant| grant.rights.iter().map(String::as_str))
            .collect();
        let mut held: BTreeSet<&str> = (self.global().flat_map(|grant| &grant.rights))
            .map(String::as_str)
            .filter(|right| !revoked.contains(right))
            .collect();
        let holders: BTreeSet<&str> = self.0.iter().map(|grant| grant.holder.as_str()).collect();
        for holder in holders {
            let fitting = self.0.iter().filter(|grant| grant.holder == holder && !grant.revokes);
            let best = fitting
                .filter_map(|grant| match &grant.on {
                    GrantScope::Database(pattern) if matches(pattern, database, how) => {
                        Some((specificity(pattern, how), grant))
                    }
                    _ => None,
                })
                .max_by_key(|(specificity, _)| *specificity);
            held.extend(best.into_iter().flat_map(|(_, grant)| grant.rights.iter().map(String::as_str)));
        }
        let has = |right: &str| held.contains(right) || (held.contains("ALL") && !revoked.contains(right));
        wanted.iter().copied().filter(|right| !has(right)).collect()
    }
}

fn grant(line: &str) -> Option<Grant> {
    let parts = parts(line);
    let (first, rest) = parts.split_first()?;
    let revokes = first.is("REVOKE");
    if !revokes && !first.is("GRANT") {
        return None;
    }
    let on = rest.iter().position(|part| part.is("ON"))?;
    let to = on + 1 + rest[on + 1..].iter().position(|part| part.is("TO") || part.is("FROM"))?;
    let (holder, after) = holder(&rest[to + 1..])?;
    let mut rights = rights(&rest[..on]);
    if after.windows(2).any(|pair| pair[0].is("GRANT") && pair[1].is("OPTION")) {
        rights.insert("GRANT OPTION".to_owned());
    }
    Some(Grant { holder, on: object(&rest[on + 1..to]), rights, revokes })
}

/// `SELECT, INSERT (a, b), CREATE USER`: the names of those that are not limited to columns.
fn rights(parts: &[StatementPart]) -> BTreeSet<String> {
    let mut rights = BTreeSet::new();
    let (mut depth, mut words, mut of_columns) = (0_u32, Vec::new(), false);
    for part in parts.iter().chain([&StatementPart::Symbol(',')]) {
        match part {
            StatementPart::Symbol('(') => {
                depth += 1;
                of_columns = true;
            }
            StatementPart::Symbol(')') => depth = depth.saturating_sub(1),
            StatementPart::Symbol(',') if depth == 0 => {
                let name = std::mem::take(&mut words).join(" ");
                match name.as_str() {
                    "" | "USAGE" => {}
                    _ if std::mem::take(&mut of_columns) => {}
                    "ALL PRIVILEGES" => drop(rights.insert("ALL".to_owned())),
                    _ => drop(rights.insert(name)),
                }
            }
            StatementPart::Word(word) if depth == 0 => words.push(word.to_ascii_uppercase()),
            _ => {}
        }
    }
    rights
}

fn object(parts: &[StatementPart]) -> GrantScope {
    let parts = match parts {
        [first, rest @ ..] if first.is("TABLE") => rest,
        other => other,
    };
    let name = |part: &StatementPart| match part {
        StatementPart::Word(name) | StatementPart::Quoted(name) => Some(name.clone()),
        StatementPart::Symbol(_) => None,
    };
    match parts {
        [StatementPart::Symbol('*'), StatementPart::Symbol('.'), StatementPart::Symbol('*')] => GrantScope::Everything,
        [database, StatementPart::Symbol('.'), StatementPart::Symbol('*')] => {
            name(database).map_or(GrantScope::Other, GrantScope::Database)
        }
        [database, StatementPart::Symbol('.'), StatementPart::Word(_) | StatementPart::Quoted(_)] => {
            name(database).map_or(GrantScope::Other, GrantScope::Table)
        }
        _ => GrantScope::Other,
    }
}

/// The account or role, and what follows.
fn holder(parts: &[StatementPart]) -> Option<(String, &[StatementPart])> {
    let quote = |part: &StatementPart| match part {
        StatementPart::Word(name) | StatementPart::Quoted(name) => Some(format!("`{}`", name.replace('`', "``"))),
        StatementPart::Symbol(_) => None,
    };
    match parts {
        [user, StatementPart::Symbol('@'), host, after @ ..] => {
            Some((format!("{}@{}", quote(user)?, quote(host)?), after))
        }
        [role, after @ ..] => Some((quote(role)?, after)),
        [] => None,
    }
}

/// Whether a pattern of `GRANT` matches a database.
pub(crate) fn matches(pattern: &str, database: &str, how: NameComparison) -> bool {
    let case = |text: &str| if how.ignores_case { text.to_lowercase() } else { text.to_owned() };
    let (pattern, database) = (case(pattern), case(database));
    if how.literal {
        return pattern == database;
    }
    let letters: Vec<char> = database.chars().collect();
    // The prefixes of the name that the pattern so far can match.
    let mut ends = vec![false; letters.len() + 1];
    ends[0] = true;
    let mut pattern = pattern.chars();
    while let Some(letter) = pattern.next() {
        if letter == '%' {
            let first = ends.iter().position(|end| *end).unwrap_or(ends.len());
            ends.iter_mut().skip(first).for_each(|end| *end = true);
            continue;
        }
        let exact = if letter == '\\' { pattern.next().or(Some('\\')) } else { Some(letter).filter(|_| letter != '_') };
        for at in (0..letters.len()).rev() {
            ends[at + 1] = ends[at] && exact.is_none_or(|exact| exact == letters[at]);
        }
        ends[0] = false;
    }
    ends.last().copied().unwrap_or(false)
}

/// Orders patterns as the server does: a later first wildcard has a higher precedence; none has the highest.
fn specificity(pattern: &str, how: NameComparison) -> usize {
    let mut escaped = false;
    let wildcard = pattern.chars().position(|letter| {
        let is_wild = !escaped && matches!(letter, '%' | '_');
        escaped = !escaped && letter == '\\';
        is_wild
    });
    if how.literal { usize::MAX } else { wildcard.unwrap_or(usize::MAX) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WANTED: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    const PATTERNS: NameComparison = NameComparison { literal: false, ignores_case: false };

    fn missing(lines: &[&str], database: &str) -> Vec<&'static str> {
        AccountGrants::read(lines.iter().copied()).missing(&WANTED, database, PATTERNS)
    }

    #[test]
    fn privileges_of_all_sources_are_found() {
        let all: [&str; 0] = [];
        let usage = "GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*867917620DF5466DF107EDE22F0E6D57173D851B'";
        let escaped = "GRANT SELECT, INSERT, UPDATE, DELETE ON `is\\_a`.* TO `u`@`%`";
        assert_eq!(missing(&[usage, escaped], "is_a"), all);
        assert_eq!(missing(&[usage, escaped], "isxa"), WANTED);
        assert_eq!(missing(&["GRANT ALL PRIVILEGES ON `is%`.* TO `u`@`%` WITH GRANT OPTION"], "is_a"), all);
        assert_eq!(missing(&["GRANT ALL PRIVILEGES ON *.* TO 'root'@'%'"], "is_a"), all);
        assert_eq!(missing(&["GRANT SELECT, DELETE ON \"is_a\".* TO \"u\"@\"%\""], "is_a"), ["INSERT", "UPDATE"]);
        // MariaDB lists the privileges of a role in lines of the role.
        let lines =
            ["GRANT `r` TO `u`@`%`", "GRANT SELECT, UPDATE ON `is_a`.* TO `u`@`%`", "GRANT INSERT ON `is_a`.* TO `r`"];
        assert_eq!(missing(&lines, "is_a"), ["DELETE"]);
    }

    #[test]
    fn rights_on_columns_tables_and_routines_are_not_rights_on_the_database() {
        let lines = [
            "GRANT SELECT (`id`, `name`), UPDATE ON `is_a`.`t` TO `u`@`%`",
            "GRANT EXECUTE ON PROCEDURE `is_a`.`p` TO `u`@`%`",
            "GRANT PROXY ON ``@`%` TO `u`@`%`",
        ];
        assert_eq!(missing(&lines, "is_a"), WANTED);
        let grants = AccountGrants::read(lines);
        assert!(grants.has_some_tables_of("is_a") && !grants.has_some_tables_of("is_b"));
        assert_eq!(grants.global().count(), 0);
    }

    #[test]
    fn only_the_most_specific_pattern_counts() {
        let lines =
            ["GRANT SELECT, INSERT, UPDATE, DELETE ON `is%`.* TO `u`@`%`", "GRANT SELECT ON `is\\_a`.* TO `u`@`%`"];
        assert_eq!(missing(&lines, "is_a"), ["INSERT", "UPDATE", "DELETE"]);
        assert_eq!(missing(&lines, "is_b"), [""; 0]);
    }

    #[test]
    fn partial_revokes_are_subtracted() {
        let lines =
            ["GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO `u`@`%`", "REVOKE INSERT ON `is_a`.* FROM `u`@`%`"];
        let grants = AccountGrants::read(lines);
        let how = NameComparison { literal: true, ignores_case: false };
        assert_eq!(grants.missing(&WANTED, "is_a", how), ["INSERT"]);
        assert_eq!(grants.missing(&WANTED, "isxa", how), [""; 0]);
    }

    #[test]
    fn names_fit_as_the_server_compares_them() {
        let ignoring = NameComparison { literal: false, ignores_case: true };
        assert!(matches("IS\\_a", "is_A", ignoring) && !matches("IS\\_a", "is_A", PATTERNS));
        assert!(matches("%", "", PATTERNS) && matches("a%c%", "abbcd", PATTERNS) && !matches("a_", "a", PATTERNS));
    }

    proptest! {
        #[test]
        fn any_line_is_read(line: String, rights: String, on: String) {
            let _ = AccountGrants::read([line.as_str(), &format!("GRANT {rights} ON {on} TO `u`@`%`")]);
        }

        #[test]
        fn a_name_fits_its_own_escaped_pattern_alone(name in "[a-z_%\\\\.$-]{1,12}", other in "[a-z_%\\\\.$-]{1,12}") {
            let escape = name.replace('\\', "\\\\").replace('_', "\\_").replace('%', "\\%");
            prop_assert!(matches(&escape, &name, PATTERNS));
            prop_assert_eq!(matches(&escape, &other, PATTERNS), name == other);
        }

        #[test]
        fn a_grant_of_any_database_is_held_on_it(name in "[^\\x00\\\\]{1,20}") {
            let line = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{}`.* TO `u`@`%`", name.replace('`', "``"));
            prop_assert_eq!(AccountGrants::read([line.as_str()]).missing(&WANTED, &name, PATTERNS), [""; 0]);
        }
    }
}
