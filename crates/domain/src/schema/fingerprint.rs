//! The facts: the tables, columns, indexes, keys and rows of each script of each version, in the order of its
//! statements.
//!
//! A file of `data/schema` contains all versions of one script. A line that not all versions have begins with its
//! versions, from the oldest to the newest of a range: `[5.10-6.1,7.3]`. The lines of one version, in order, are its
//! script.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::table::{ForeignKey, Table, TableColumn, TableIndex};
use crate::product::Version;

/// One statement of a script, by its object. Names are in capital letters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScriptStep {
    /// The kind of object.
    pub kind: ScriptStepKind,
    /// Its table.
    pub table: String,
    /// The name of the index or foreign key; empty for others.
    pub name: String,
}

/// The effect of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ScriptStepKind {
    /// A table with its columns and keys.
    Table,
    /// An index of an existing table.
    Index,
    /// A foreign key of an existing table.
    ForeignKey,
    /// This many rows.
    Rows(u64),
    /// Drops a table if it exists.
    Drop,
}

impl ScriptStep {
    /// The statement in words: `CREATE INDEX IDX_X ON T`.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { table, name, .. } = self;
        match self.kind {
            ScriptStepKind::Table => format!("CREATE TABLE {table}"),
            ScriptStepKind::Index => format!("the index {name} on {table}"),
            ScriptStepKind::ForeignKey => format!("the foreign key {name} of {table}"),
            ScriptStepKind::Rows(_) => format!("INSERT INTO {table}"),
            ScriptStepKind::Drop => format!("DROP TABLE IF EXISTS {table}"),
        }
    }
}

/// The objects of one script.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Fingerprint {
    /// Its statements in order.
    pub steps: Vec<ScriptStep>,
    /// Its tables after the last statement.
    pub tables: BTreeMap<String, Table>,
    /// Rows after the last statement, by table.
    pub rows: BTreeMap<String, u64>,
}

/// The files of facts: a script's path below `dbscripts`, and the text.
#[must_use]
pub const fn files() -> [(&'static str, &'static str); 5] {
    [
        ("mysql.sql", include_str!("../../data/schema/shared.txt")),
        ("identity/mysql.sql", include_str!("../../data/schema/identity.txt")),
        ("identity/uma/mysql.sql", include_str!("../../data/schema/uma.txt")),
        ("consent/mysql.sql", include_str!("../../data/schema/consent.txt")),
        ("identity/agent/mysql.sql", include_str!("../../data/schema/agent.txt")),
    ]
}

/// The objects of the script at `path` below `dbscripts` in `version`; none if the version does not have it.
#[must_use]
pub fn fingerprint(version: Version, path: &str) -> &'static Fingerprint {
    type All = BTreeMap<(Version, &'static str), Fingerprint>;
    static ALL: LazyLock<All> = LazyLock::new(|| {
        let of = |version: &Version| files().map(|(path, text)| ((*version, path), Fingerprint::read(text, *version)));
        Version::ALL.iter().flat_map(of).collect()
    });
    static NOTHING: Fingerprint = Fingerprint { steps: Vec::new(), tables: BTreeMap::new(), rows: BTreeMap::new() };
    files()
        .iter()
        .find(|(known, _)| *known == path)
        .and_then(|(path, _)| ALL.get(&(version, *path)))
        .unwrap_or(&NOTHING)
}

impl Fingerprint {
    /// Reads the lines of one version. Unreadable lines are skipped; a test reads all lines.
    #[must_use]
    pub fn read(text: &str, version: Version) -> Self {
        let mut made = Self::default();
        let mut table = String::new();
        for line in text.lines() {
            if let Some(line) = line_of(line, version) {
                // Unreadable lines are not compared.
                let _ = made.take(line, &mut table);
            }
        }
        made
    }

    /// Adds one line; `current` is the table of the following details.
    fn take(&mut self, line: &str, current: &mut String) -> Option<()> {
        if let Some(detail) = line.strip_prefix("  ") {
            return self.tables.get_mut(current.as_str())?.take(detail);
        }
        let mut words = line.split_whitespace();
        let (kind, table) = (words.next()?, words.next()?.to_owned());
        let mut step = ScriptStep { kind: ScriptStepKind::Table, table, name: String::new() };
        match kind {
            "table" => {
                self.tables.insert(step.table.clone(), Table::default());
                current.clone_from(&step.table);
            }
            "rows" => {
                let count = words.next()?.parse().ok()?;
                step.kind = ScriptStepKind::Rows(count);
                *self.rows.entry(step.table.clone()).or_default() += count;
            }
            "drop" => {
                self.tables.remove(&step.table);
                step.kind = ScriptStepKind::Drop;
            }
            "alter" => {
                let detail: Vec<&str> = words.collect();
                step.kind =
                    if detail.first() == Some(&"foreign") { ScriptStepKind::ForeignKey } else { ScriptStepKind::Index };
                step.name = (*detail.get(1)?).to_owned();
                self.tables.get_mut(&step.table)?.take(&detail.join(" "))?;
            }
            _ => return None,
        }
        self.steps.push(step);
        Some(())
    }
}

impl Table {
    /// Adds one detail.
    fn take(&mut self, detail: &str) -> Option<()> {
        let words: Vec<&str> = detail.split_whitespace().collect();
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        match words.as_slice() {
            ["charset", name] => self.charset = Some((*name).to_owned()),
            ["primary", columns] => {
                self.indexes.push(TableIndex { name: "PRIMARY".to_owned(), columns: list(columns), unique: true });
            }
            [kind @ ("unique" | "index"), name, columns] => {
                let unique = *kind == "unique";
                self.indexes.push(TableIndex { name: (*name).to_owned(), columns: list(columns), unique });
            }
            ["foreign", name, columns, references] => self.foreign_keys.push(ForeignKey {
                name: (*name).to_owned(),
                columns: list(columns),
                references: (*references).to_owned(),
            }),
            ["column", name, kind @ ..] if !kind.is_empty() => {
                let (kind, charset) = match kind {
                    [kind @ .., charset] if charset.starts_with('@') => (kind, Some(charset[1..].to_owned())),
                    _ => (kind, None),
                };
                self.columns.insert((*name).to_owned(), TableColumn { kind: kind.join(" "), charset });
            }
            _ => return None,
        }
        Some(())
    }
}

/// A line of the facts without its versions, if `version` is among them. Comments and empty lines have no version.
#[must_use]
pub fn line_of(line: &str, version: Version) -> Option<&str> {
    let Some(rest) = line.strip_prefix('[') else {
        return (!line.is_empty() && !line.starts_with('#')).then_some(line);
    };
    let (versions, line) = rest.split_once(']')?;
    Version::of_ranges(versions)?.contains(&version).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_facts_is_read() {
        for (path, text) in files() {
            assert!(text.starts_with('#'), "{path} describes its content");
            for version in Version::ALL {
                let mut made = Fingerprint::default();
                let mut table = String::new();
                for line in text.lines().filter_map(|line| line_of(line, *version)) {
                    assert!(made.take(line, &mut table).is_some(), "{path}, {}: {line}", version.value());
                }
            }
        }
    }

    #[test]
    fn the_facts_count_the_tables_that_the_versions_have() {
        for version in Version::ALL {
            for script in version.scripts() {
                let made = fingerprint(*version, script.path);
                assert_eq!(made.tables.len(), usize::from(script.tables), "{} {}", version.value(), script.path);
                assert!(made.tables.contains_key(script.marker), "{} {}", version.value(), script.path);
                assert!(made.tables.values().all(|table| !table.columns.is_empty()));
            }
        }
    }
}
