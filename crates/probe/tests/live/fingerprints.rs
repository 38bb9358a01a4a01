//! Creates the facts of `domain/data/schema` from WSO2's own scripts, when a version or an update is added.
//!
//! Each script runs on a real MariaDB, in two databases with different character sets, which shows the tables and columns
//! that set one explicitly. `CLUSTERWRIGHT_DBSCRIPTS` names another folder with one folder per version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::product::{SqlScript, Version};
use domain::schema::{ObservedSchema, ScriptStep, ScriptStepKind, Table, TableIndex, files, line_of, script};
use probe::tables;
use testbed::{DatabaseServer, TestDatabase, Unavailable};

/// The folder of the scripts of `version`, if it exists.
pub(crate) fn scripts(version: Version) -> Result<PathBuf, Unavailable> {
    testbed::dbscripts(version.value())
}

/// The rows of a result of the command line client.
pub(crate) fn rows(answer: &str) -> Vec<Vec<Option<String>>> {
    let cell = |text: &str| (text != "NULL").then(|| text.to_owned());
    answer.lines().map(|line| line.split('\t').map(cell).collect()).collect()
}

/// The content of a database, with the number of rows.
pub(crate) fn look(server: &DatabaseServer, database: &str) -> ObservedSchema {
    let mut observed = tables::observed(&rows(&server.execute(&tables::questions(database)).unwrap()));
    if let Some(question) = tables::count_rows(database, &observed, |_| true) {
        tables::add_counts(&mut observed, &rows(&server.execute(&question).unwrap()));
    }
    observed
}

#[test]
fn generated_fingerprints_are_what_the_scripts_make() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    // All versions take minutes: outside `cargo xtask accept` only the newest and the oldest are tested.
    let is_accepting = std::env::var_os(testbed::golden::ACCEPT_VARIABLE).is_some();
    let newest = Version::ALL.len() - 1;
    let versions = Version::ALL.iter().enumerate().filter(|(at, _)| is_accepting || *at == 0 || *at == newest);
    let mut made = BTreeMap::<&str, Vec<(Version, Vec<String>)>>::new();
    for (_, version) in versions {
        let Some(folder) = testbed::or_report(scripts(*version)) else { return };
        // Scripts of one database in the order of the plan: a later one may depend on an earlier one.
        let mut databases = BTreeMap::<_, [TestDatabase<'_>; 2]>::new();
        for script in version.scripts() {
            let databases = databases
                .entry(script.database)
                .or_insert_with(|| ["latin1", "latin2"].map(|charset| server.create_database(charset).unwrap()));
            made.entry(script.path).or_default().push((*version, lines(&server, databases, &folder, &script)));
        }
    }
    if !is_accepting {
        for (path, versions) in &made {
            for (version, lines) in versions {
                assert_eq!(*lines, facts(path, *version), "{path} of {}", version.value());
            }
        }
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/data/schema");
    for (path, versions) in made {
        let text = format!(
            "# What dbscripts/{path} makes, statement by statement; [versions] in front where not all have a line.\n\
             # Written by the test generated_fingerprints of the probe from WSO2's scripts; do not edit.\n{}",
            merged(&versions)
        );
        testbed::golden::check(folder.join(file_name(path)), text);
    }
}

/// The lines of one version in the facts of the program.
fn facts(path: &str, version: Version) -> Vec<String> {
    let (_, text) = files().into_iter().find(|(known, _)| *known == path).unwrap();
    text.lines().filter_map(|line| line_of(line, version)).map(str::to_owned).collect()
}

fn file_name(path: &str) -> String {
    let name = path.trim_end_matches("mysql.sql").trim_end_matches('/');
    let name = name.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("shared");
    format!("{name}.txt")
}

/// The lines of one script.
fn lines(server: &DatabaseServer, databases: &[TestDatabase<'_>; 2], folder: &Path, script: &SqlScript) -> Vec<String> {
    let before = look(server, databases[0].name());
    for database in databases {
        server.run_script(database.name(), folder.join(script.path)).unwrap();
    }
    let [now, other] = [0, 1].map(|at| look(server, databases[at].name()));
    let text = std::fs::read_to_string(folder.join(script.path)).unwrap();
    let steps: Vec<ScriptStep> = script::statements(&text)
        .iter()
        .map(|statement| {
            script::parse_step(&statement.sql).unwrap_or_else(|| panic!("not understood: {}", statement.sql))
        })
        .collect();
    let named: BTreeSet<(&str, &str)> =
        steps.iter().filter(|step| !step.name.is_empty()).map(|step| (&*step.table, &*step.name)).collect();
    let mut lines = Vec::new();
    let mut rows = BTreeMap::<&str, u64>::new();
    let mut seen = BTreeSet::new();
    for step in &steps {
        let table = now.tables.get(&step.table);
        match step.kind {
            ScriptStepKind::Table => {
                let table = table.unwrap_or_else(|| panic!("{} is not made", step.table));
                lines.push(format!("table {}", step.table));
                if seen.insert(&step.table) && !before.tables.contains_key(&step.table) {
                    lines.extend(details(&step.table, table, &other.tables[&step.table], &named));
                }
            }
            ScriptStepKind::Index => {
                let index = table.and_then(|table| table.index(&step.name)).expect("the index is there");
                lines.push(format!("alter {} {}", step.table, index_line(index)));
            }
            ScriptStepKind::ForeignKey => {
                let keys = &table.expect("the table is there").foreign_keys;
                let key = keys.iter().find(|key| key.name == step.name).expect("the key is there");
                let columns = key.columns.join(",");
                lines.push(format!("alter {} foreign {} {columns} {}", step.table, key.name, key.references));
            }
            ScriptStepKind::Rows(count) => {
                *rows.entry(&step.table).or_default() += count;
                lines.push(format!("rows {} ?", step.table));
            }
            ScriptStepKind::Drop => lines.push(format!("drop {}", step.table)),
        }
    }
    // One INSERT may add several rows: the last one of a table gets the remaining ones.
    for (table, inserts) in rows {
        let all = now.rows[table];
        let mark = format!("rows {table} ?");
        let last = lines.iter().rposition(|line| *line == mark).unwrap();
        lines[last] = format!("rows {table} {}", all - (inserts - 1));
        for line in lines.iter_mut().filter(|line| **line == mark) {
            *line = format!("rows {table} 1");
        }
    }
    lines
}

/// What a CREATE TABLE adds: everything that no later statement names.
fn details(name: &str, table: &Table, other: &Table, named: &BTreeSet<(&str, &str)>) -> Vec<String> {
    let own = |charset: &Option<String>, other: &Option<String>| charset.clone().filter(|_| charset == other);
    let mut lines = Vec::new();
    let charset = own(&table.charset, &other.charset);
    lines.extend(charset.as_ref().map(|charset| format!("  charset {charset}")));
    for (column_name, column) in &table.columns {
        let own = own(&column.charset, &other.columns[column_name].charset).filter(|own| Some(own) != charset.as_ref());
        let own = own.map_or_else(String::new, |own| format!(" @{own}"));
        lines.push(format!("  column {column_name} {}{own}", column.kind));
    }
    for index in table.indexes.iter().filter(|index| !named.contains(&(name, &*index.name))) {
        lines.push(format!("  {}", index_line(index)));
    }
    for key in table.foreign_keys.iter().filter(|key| !named.contains(&(name, &*key.name))) {
        lines.push(format!("  foreign {} {} {}", key.name, key.columns.join(","), key.references));
    }
    lines
}

fn index_line(index: &TableIndex) -> String {
    let columns = index.columns.join(",");
    match (&*index.name, index.unique) {
        ("PRIMARY", _) => format!("primary {columns}"),
        (name, true) => format!("unique {name} {columns}"),
        (name, false) => format!("index {name} {columns}"),
    }
}

/// All versions in one text: lines of several versions appear once, and each version's lines are in its order.
fn merged(versions: &[(Version, Vec<String>)]) -> String {
    let mut all: Vec<(String, BTreeSet<Version>)> = Vec::new();
    for (version, lines) in versions {
        let mut next = Vec::new();
        let known: Vec<String> = all.iter().map(|(line, _)| line.clone()).collect();
        let mut rest = all.into_iter();
        let new = |line: &String| (line.clone(), BTreeSet::from([*version]));
        let (mut left, mut right) = (0, 0);
        for (at, here) in common(&known, lines) {
            next.extend(rest.by_ref().take(at - left));
            next.extend(lines[right..here].iter().map(new));
            next.extend(rest.next().map(|(line, versions)| (line, &versions | &BTreeSet::from([*version]))));
            (left, right) = (at + 1, here + 1);
        }
        next.extend(rest);
        next.extend(lines[right..].iter().map(new));
        all = next;
    }
    let everywhere: BTreeSet<Version> = versions.iter().map(|(version, _)| *version).collect();
    let line = |(line, versions): (String, BTreeSet<Version>)| {
        let mark = if versions == everywhere { String::new() } else { format!("[{}]", ranges(&versions)) };
        format!("{mark}{line}\n")
    };
    all.into_iter().map(line).collect()
}

/// `5.10-6.1,7.3`.
fn ranges(versions: &BTreeSet<Version>) -> String {
    let short = |version: Version| version.value().strip_suffix(".0").unwrap().to_owned();
    let mut ranges: Vec<(Version, Version)> = Vec::new();
    for (at, version) in Version::ALL.iter().enumerate().filter(|(_, version)| versions.contains(version)) {
        match ranges.last_mut() {
            Some((_, to)) if at > 0 && *to == Version::ALL[at - 1] => *to = *version,
            _ => ranges.push((*version, *version)),
        }
    }
    let range = |(from, to): &(Version, Version)| {
        if from == to { short(*from) } else { format!("{}-{}", short(*from), short(*to)) }
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(",")
}

/// The longest common subsequence of two lists, as pairs of positions.
fn common(left: &[String], right: &[String]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    let mut best = vec![0_u16; (left.len() + 1) * width];
    for at in (0..left.len()).rev() {
        for other in (0..right.len()).rev() {
            best[at * width + other] = if left[at] == right[other] {
                best[(at + 1) * width + other + 1] + 1
            } else {
                best[(at + 1) * width + other].max(best[at * width + other + 1])
            };
        }
    }
    let (mut at, mut other) = (0, 0);
    let mut pairs = Vec::new();
    while at < left.len() && other < right.len() {
        if left[at] == right[other] {
            pairs.push((at, other));
            (at, other) = (at + 1, other + 1);
        } else if best[(at + 1) * width + other] >= best[at * width + other + 1] {
            at += 1;
        } else {
            other += 1;
        }
    }
    pairs
}
