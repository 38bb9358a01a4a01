//! What a database is, judged by its tables: empty, complete, stopped half-way, made by another version, or not IS's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::compare::{SchemaDifference, differences};
use super::fingerprint::{Fingerprint, files, fingerprint};
use super::script::{ScriptProgress, script_progress};
use super::table::ObservedSchema;
use crate::product::{DatabaseRole, Version};

/// Tables with the scripts that make them in some version.
type KnownTables = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Beginnings of the names of IS's tables: updates, connectors and optional scripts add tables of these families.
const TABLE_PREFIXES: [&str; 11] =
    ["IDN_", "IDP_", "IDVP_", "SP_", "UM_", "REG_", "CM_", "WF_", "FIDO", "METRIC_", "CONSENT_"];

/// What a database is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// Tables that no version of IS has, by the names the server writes.
    pub foreign: Vec<String>,
    /// What the tables of IS say.
    pub state: SchemaState,
    /// Tables of IS with rows that no script brings, with the count as far as it was counted.
    pub data: Vec<(String, u64)>,
}

/// What the tables of IS in a database say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SchemaState {
    /// There are none.
    Empty,
    /// Every script of the version ran. Differences are those that do no harm.
    Complete(Vec<SchemaDifference>),
    /// These scripts (paths below `dbscripts`) did not run; all others of the version did.
    ScriptsMissing(Vec<&'static str>),
    /// Tables of scripts that belong into other databases, by the path of the script, with how many.
    Misplaced(Vec<(&'static str, usize)>),
    /// A script stopped in the middle.
    HalfMade(InterruptedScript),
    /// Another version made it. `exact` where every table fits.
    MadeBy {
        /// Those it fits best, oldest first: some make the same tables.
        versions: Vec<Version>,
        /// Whether all of it fits.
        exact: bool,
    },
    /// Made by this version as far as one can say, and not as its scripts leave it.
    Differs(Vec<SchemaDifference>),
}

/// Where a script stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InterruptedScript {
    /// Whose script.
    pub version: Version,
    /// Its path below `dbscripts`.
    pub script: &'static str,
    /// How many statements ran.
    pub done: usize,
    /// How many it has.
    pub of: usize,
    /// Its tables that are there.
    pub tables: usize,
    /// The statement that comes next, in words.
    pub next: String,
    /// Scripts of that version for this database that did not begin.
    pub absent: Vec<&'static str>,
}

/// What `version` makes in a database of these roles, and how an observed one compares.
struct Comparison {
    version: Version,
    scripts: Vec<(&'static str, &'static Fingerprint, ScriptProgress)>,
    changes: Vec<SchemaDifference>,
    /// Tables that scripts of other versions create and this one's do not.
    strangers: Vec<SchemaDifference>,
}

/// What the database `observed` is, which is to hold what the scripts for `roles` make in `version`. More than one role is
/// for a plan that gives two roles one database.
#[must_use]
pub fn diagnose(version: Version, roles: &[DatabaseRole], observed: &ObservedSchema) -> Diagnosis {
    let known = known();
    let is_family = |name: &str| TABLE_PREFIXES.iter().any(|family| name.starts_with(family));
    let foreign = (observed.tables.iter())
        .filter(|(name, _)| !known.contains_key(name.as_str()) && !is_family(name))
        .map(|(_, table)| table.written.clone())
        .collect();
    let state = state(version, roles, observed, known);
    Diagnosis { foreign, data: data(observed, known), state }
}

fn state(version: Version, roles: &[DatabaseRole], observed: &ObservedSchema, known: &KnownTables) -> SchemaState {
    if !observed.tables.keys().any(|name| known.contains_key(name.as_str())) {
        return SchemaState::Empty;
    }
    let misplaced = misplaced(roles, observed, known);
    if !misplaced.is_empty() {
        return SchemaState::Misplaced(misplaced);
    }
    let own = Comparison::new(version, roles, observed, known);
    let fits = own.fits() && own.some_ran();
    if fits && own.changes.is_empty() {
        return own.into_fitting();
    }
    // Newest first: of two that fit alike, the newer is the more likely one.
    let others: Vec<Comparison> = (Version::ALL.iter().rev())
        .filter(|other| **other != version)
        .map(|other| Comparison::new(*other, roles, observed, known))
        .filter(Comparison::some_ran)
        .collect();
    let named = |wanted: &dyn Fn(&Comparison) -> bool| -> Vec<Version> {
        others.iter().rev().filter(|look| wanted(look)).map(|look| look.version).collect()
    };
    // What an update added to the one version may be what another one is.
    let versions = named(&|look| look.fits() && look.absent().is_empty() && (!fits || look.changes.is_empty()));
    if !versions.is_empty() {
        return SchemaState::MadeBy { versions, exact: true };
    }
    if fits {
        return own.into_fitting();
    }
    // All of this version is there as its scripts create it. Scripts of a later update level also create tables that only
    // other versions have at their release (IS 7.0 at level 123: IDN_ORG_TEMPLATE and two more).
    if own.absent().is_empty() && own.changes.iter().all(SchemaDifference::is_extra) {
        return own.into_fitting();
    }
    if let Some(half) = own.half_made().or_else(|| others.iter().find_map(Comparison::half_made)) {
        return SchemaState::HalfMade(half);
    }
    match others.iter().map(Comparison::distance).min() {
        Some(best) if best * 2 < own.distance() => {
            SchemaState::MadeBy { versions: named(&|look| look.distance() == best), exact: false }
        }
        _ => {
            let mut changes = own.changes;
            changes.extend(own.strangers);
            let absent = own.scripts.iter().filter(|(_, _, progress)| *progress == ScriptProgress::Absent);
            changes.extend(absent.map(|(path, ..)| SchemaDifference::Missing(format!("all of {path}"))));
            SchemaState::Differs(changes)
        }
    }
}

impl Comparison {
    fn new(version: Version, roles: &[DatabaseRole], observed: &ObservedSchema, known: &KnownTables) -> Self {
        let mut look = Self { version, scripts: Vec::new(), changes: Vec::new(), strangers: Vec::new() };
        let mut expected = BTreeSet::new();
        for script in version.scripts().into_iter().filter(|script| roles.contains(&script.database)) {
            let made = fingerprint(version, script.path);
            let progress = script_progress(&made.steps, observed);
            if progress != ScriptProgress::Absent {
                look.changes.extend(differences(made, observed));
            }
            expected.extend(made.tables.keys().cloned());
            look.scripts.push((script.path, made, progress));
        }
        for (name, table) in &observed.tables {
            if !expected.contains(name) {
                if known.contains_key(name.as_str()) {
                    look.strangers.push(SchemaDifference::Extra(format!(
                        "table {}, which {}",
                        table.written,
                        makers(name)
                    )));
                } else if TABLE_PREFIXES.iter().any(|family| name.starts_with(family)) {
                    look.changes.push(SchemaDifference::Extra(format!("table {}", table.written)));
                }
            }
        }
        look
    }

    /// Whether all that is there is what this version makes.
    fn fits(&self) -> bool {
        self.distance() == 0
    }

    fn distance(&self) -> usize {
        self.strangers.len() + self.changes.iter().filter(|change| !change.is_extra()).count()
    }

    fn some_ran(&self) -> bool {
        self.scripts.iter().any(|(_, _, progress)| *progress != ScriptProgress::Absent)
    }

    fn absent(&self) -> Vec<&'static str> {
        let absent = self.scripts.iter().filter(|(_, _, progress)| *progress == ScriptProgress::Absent);
        absent.map(|(path, ..)| *path).collect()
    }

    /// What is said where all that is there fits.
    fn into_fitting(self) -> SchemaState {
        let missing = self.absent();
        let extra = self.changes.into_iter().chain(self.strangers).collect();
        if missing.is_empty() { SchemaState::Complete(extra) } else { SchemaState::ScriptsMissing(missing) }
    }

    /// Where it stopped, if every script ran to its end, did not begin, or stopped.
    fn half_made(&self) -> Option<InterruptedScript> {
        if !self.strangers.is_empty() || self.scripts.iter().any(|(_, _, progress)| *progress == ScriptProgress::Holes)
        {
            return None;
        }
        // What the scripts made is as they make it, up to where they stopped.
        if self.changes.iter().any(|change| matches!(change, SchemaDifference::Changed(_))) {
            return None;
        }
        self.scripts.iter().find_map(|(path, made, progress)| match progress {
            ScriptProgress::Stopped { done } => Some(InterruptedScript {
                version: self.version,
                script: path,
                done: *done,
                of: made.steps.len(),
                tables: made.steps[..*done]
                    .iter()
                    .filter(|step| step.kind == super::ScriptStepKind::Table)
                    .map(|step| &step.table)
                    .collect::<BTreeSet<_>>()
                    .len(),
                next: made.steps.get(*done).map(super::ScriptStep::words).unwrap_or_default(),
                absent: self.absent(),
            }),
            _ => None,
        })
    }
}

/// Which versions create a table, in words: `IS 7.1.0 and 7.2.0 create`.
fn makers(table: &str) -> String {
    let has =
        |version: &&Version| files().iter().any(|(path, _)| fingerprint(**version, path).tables.contains_key(table));
    let versions: Vec<&str> = Version::ALL.iter().filter(has).map(|version| version.value()).collect();
    match versions.as_slice() {
        [one] => format!("IS {one} creates"),
        [first, .., last] => format!("IS {first} to {last} create"),
        [] => "an update creates".to_owned(),
    }
}

/// Whether a version of IS has a table with this name, in capital letters.
#[must_use]
pub fn is_known_table(table: &str) -> bool {
    known().contains_key(table)
}

/// Tables in any version, with the scripts that make them.
fn known() -> &'static KnownTables {
    static KNOWN: LazyLock<KnownTables> = LazyLock::new(|| {
        let mut known = KnownTables::new();
        for (path, text) in files() {
            for line in text.lines() {
                let line = line.split_once(']').map_or(line, |(_, line)| line);
                if let Some(table) = line.strip_prefix("table ") {
                    known.entry(table).or_default().insert(path);
                }
            }
        }
        known
    });
    &KNOWN
}

/// The scripts whose tables are here though they belong into other databases.
fn misplaced(roles: &[DatabaseRole], observed: &ObservedSchema, known: &KnownTables) -> Vec<(&'static str, usize)> {
    let mut counts = BTreeMap::<&'static str, usize>::new();
    for name in observed.tables.keys() {
        let Some(makers) = known.get(name.as_str()) else { continue };
        if makers.iter().any(|path| role(path).is_some_and(|role| roles.contains(&role))) {
            continue;
        }
        // The agent script's tables are also the shared script's; that one has UM_TENANT beside them.
        let is_shared = observed.tables.contains_key("UM_TENANT");
        let maker =
            makers.iter().find(|path| (role(path) == Some(DatabaseRole::Agent)) != is_shared || makers.len() == 1);
        if let Some(path) = maker {
            *counts.entry(path).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}

/// The database a script belongs into.
fn role(path: &str) -> Option<DatabaseRole> {
    let mut scripts = Version::ALL.iter().flat_map(|version| version.scripts());
    scripts.find(|script| script.path == path).map(|script| script.database)
}

/// Tables of IS with rows, but for those that scripts of any version or update fill themselves.
fn data(observed: &ObservedSchema, known: &KnownTables) -> Vec<(String, u64)> {
    let fills = |version: &Version, table: &str| {
        files().iter().any(|(path, _)| fingerprint(*version, path).rows.contains_key(table))
    };
    let is_data = |(table, rows): &(&String, &u64)| {
        **rows > 0 && known.contains_key(table.as_str()) && !Version::ALL.iter().any(|version| fills(version, table))
    };
    observed.rows.iter().filter(is_data).map(|(table, rows)| (table.clone(), *rows)).collect()
}
