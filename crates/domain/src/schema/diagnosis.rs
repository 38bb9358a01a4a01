//! The state of a database, by its tables: empty, complete, stopped half-way, of another version, or not of IS.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::compare::{SchemaDifference, differences};
use super::fingerprint::{Fingerprint, files, fingerprint};
use super::script::{ScriptProgress, script_progress};
use super::table::ObservedSchema;
use crate::product::{DatabaseRole, Version};

/// Tables with the scripts that create them in some version.
type KnownTables = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Prefixes of the names of IS's tables: updates, connectors and optional scripts add tables of these families.
const TABLE_PREFIXES: [&str; 11] =
    ["IDN_", "IDP_", "IDVP_", "SP_", "UM_", "REG_", "CM_", "WF_", "FIDO", "METRIC_", "CONSENT_"];

/// The state of a database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnosis {
    /// Tables that no version of IS has, in the server's spelling.
    pub foreign: Vec<String>,
    /// The state of the tables of IS.
    pub state: SchemaState,
    /// Tables of IS with rows that no script inserts, with the counted number.
    pub data: Vec<(String, u64)>,
}

/// The state of the tables of IS in a database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SchemaState {
    /// No tables exist.
    Empty,
    /// Every script of the version ran. The differences are harmless.
    Complete(Vec<SchemaDifference>),
    /// These scripts (paths below `dbscripts`) did not run; all others of the version did.
    ScriptsMissing(Vec<&'static str>),
    /// Tables of scripts for other databases: the path of the script, and the number of tables.
    Misplaced(Vec<(&'static str, usize)>),
    /// A script stopped in the middle.
    HalfMade(InterruptedScript),
    /// Another version created it. `exact` if every table matches.
    MadeBy {
        /// The best matches, oldest first: some create the same tables.
        versions: Vec<Version>,
        /// Whether everything matches.
        exact: bool,
    },
    /// Probably created by this version, but different from its scripts.
    Differs(Vec<SchemaDifference>),
}

/// Where a script stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InterruptedScript {
    /// The database of the script.
    pub version: Version,
    /// Its path below `dbscripts`.
    pub script: &'static str,
    /// The number of statements that ran.
    pub done: usize,
    /// The number of all statements.
    pub of: usize,
    /// Its existing tables.
    pub tables: usize,
    /// The next statement, in words.
    pub next: String,
    /// Scripts of that version for this database that did not start.
    pub absent: Vec<&'static str>,
}

/// The tables of `version` in a database of these roles, and their comparison with an observed one.
struct Comparison {
    version: Version,
    scripts: Vec<(&'static str, &'static Fingerprint, ScriptProgress)>,
    changes: Vec<SchemaDifference>,
    /// Tables that only scripts of other versions create.
    strangers: Vec<SchemaDifference>,
}

/// The state of the database `observed`, for the scripts for `roles` in `version`. More than one role is for a plan
/// that gives two roles one database.
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
    // Newest first: of two equal matches, the newer is the more likely one.
    let others: Vec<Comparison> = (Version::ALL.iter().rev())
        .filter(|other| **other != version)
        .map(|other| Comparison::new(*other, roles, observed, known))
        .filter(Comparison::some_ran)
        .collect();
    let named = |wanted: &dyn Fn(&Comparison) -> bool| -> Vec<Version> {
        others.iter().rev().filter(|look| wanted(look)).map(|look| look.version).collect()
    };
    // An update may add to one version what another one has.
    let versions = named(&|look| look.fits() && look.absent().is_empty() && (!fits || look.changes.is_empty()));
    if !versions.is_empty() {
        return SchemaState::MadeBy { versions, exact: true };
    }
    if fits {
        return own.into_fitting();
    }
    // Everything of this version exists as in its scripts. Scripts of a later update level also create tables that only
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

    /// Whether everything that exists is from this version.
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

    /// The state if everything that exists matches.
    fn into_fitting(self) -> SchemaState {
        let missing = self.absent();
        let extra = self.changes.into_iter().chain(self.strangers).collect();
        if missing.is_empty() { SchemaState::Complete(extra) } else { SchemaState::ScriptsMissing(missing) }
    }

    /// Where it stopped, if every script ran to its end, did not start, or stopped.
    fn half_made(&self) -> Option<InterruptedScript> {
        if !self.strangers.is_empty() || self.scripts.iter().any(|(_, _, progress)| *progress == ScriptProgress::Holes)
        {
            return None;
        }
        // Up to where the scripts stopped, everything is as in the scripts.
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

/// The scripts for other databases whose tables are in this one.
fn misplaced(roles: &[DatabaseRole], observed: &ObservedSchema, known: &KnownTables) -> Vec<(&'static str, usize)> {
    let mut counts = BTreeMap::<&'static str, usize>::new();
    for name in observed.tables.keys() {
        let Some(makers) = known.get(name.as_str()) else { continue };
        if makers.iter().any(|path| role(path).is_some_and(|role| roles.contains(&role))) {
            continue;
        }
        // The shared script creates the tables of the agent script too, and also UM_TENANT.
        let is_shared = observed.tables.contains_key("UM_TENANT");
        let maker =
            makers.iter().find(|path| (role(path) == Some(DatabaseRole::Agent)) != is_shared || makers.len() == 1);
        if let Some(path) = maker {
            *counts.entry(path).or_default() += 1;
        }
    }
    counts.into_iter().collect()
}

/// The database that a script is for.
fn role(path: &str) -> Option<DatabaseRole> {
    let mut scripts = Version::ALL.iter().flat_map(|version| version.scripts());
    scripts.find(|script| script.path == path).map(|script| script.database)
}

/// Tables of IS with rows, except those that scripts of any version or update fill.
fn data(observed: &ObservedSchema, known: &KnownTables) -> Vec<(String, u64)> {
    let fills = |version: &Version, table: &str| {
        files().iter().any(|(path, _)| fingerprint(*version, path).rows.contains_key(table))
    };
    let is_data = |(table, rows): &(&String, &u64)| {
        **rows > 0 && known.contains_key(table.as_str()) && !Version::ALL.iter().any(|version| fills(version, table))
    };
    observed.rows.iter().filter(is_data).map(|(table, rows)| (table.clone(), *rows)).collect()
}
