//! The parts of a draft: reading and writing one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::acceptance::AcceptanceKey;
use crate::draft::{Acceptance, Draft};
use crate::setting::Setting;
use crate::step::Step;
use crate::steps;
use crate::steps::keys;

/// One row of the node table: texts by the setting's name.
pub type Row = BTreeMap<String, String>;

/// A part of a draft that changes separately.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DraftPart {
    /// The name of the plan.
    Title,
    /// The answer to the setting with this key.
    Answer(String),
    /// One cell of the node table, while the rows stay the same.
    Cell {
        /// The name of the row.
        row: String,
        /// The name of the setting, such as `host`.
        column: String,
    },
    /// The whole node table: rows were added, removed, moved or renamed.
    Nodes,
    /// Whether a step was saved once.
    Visited(Step),
    /// The acceptance of the check or setting with this key.
    Accepted(String),
}

/// The content of a part.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PartContent {
    /// A text, as entered. Empty for a visited step.
    Text(String),
    /// The node table.
    Rows(Vec<Row>),
    /// An acceptance.
    Acceptance(Acceptance),
}

impl PartContent {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl DraftPart {
    /// The content in `draft`; `None` if nothing was entered.
    #[must_use]
    pub fn of(&self, draft: &Draft) -> Option<PartContent> {
        let text = |text: &String| PartContent::Text(text.clone());
        match self {
            Self::Title => (!draft.title.is_empty()).then(|| text(&draft.title)),
            Self::Answer(key) => draft.answers.get(key).map(text),
            Self::Cell { row, column } => {
                draft.nodes.iter().find(|node| name(node) == Some(row))?.get(column).map(text)
            }
            Self::Nodes => (!draft.nodes.is_empty()).then(|| PartContent::Rows(draft.nodes.clone())),
            Self::Visited(step) => draft.visited.contains(step).then(|| PartContent::Text(String::new())),
            Self::Accepted(check) => draft.accepted.get(check).cloned().map(PartContent::Acceptance),
        }
    }

    /// Whether `draft` can contain it: a cell needs its row.
    #[must_use]
    pub fn is_in(&self, draft: &Draft) -> bool {
        match self {
            Self::Cell { row, .. } => draft.nodes.iter().any(|node| name(node) == Some(row)),
            _ => true,
        }
    }

    /// The effective content: trimmed, and the default if nothing was entered. Two contents with the same effective
    /// content are not a difference.
    #[must_use]
    pub fn effective_content(&self, content: Option<&PartContent>) -> Option<PartContent> {
        match self {
            Self::Answer(key) => {
                Some(PartContent::Text(read(steps::setting(key), content.and_then(PartContent::text))))
            }
            Self::Cell { column, .. } => {
                Some(PartContent::Text(read(self::column(column), content.and_then(PartContent::text))))
            }
            Self::Nodes => {
                let rows = match content {
                    Some(PartContent::Rows(rows)) => rows.as_slice(),
                    _ => &[],
                };
                let filled = |row: &Row| {
                    let mut row: Row =
                        row.iter().map(|(name, text)| (name.clone(), read(column(name), Some(text)))).collect();
                    for setting in steps::node_settings() {
                        row.entry(setting.name.to_owned()).or_insert_with(|| setting.default_text().to_owned());
                    }
                    row
                };
                // An empty table shows one empty row.
                let empty = [Row::new()];
                Some(PartContent::Rows(if rows.is_empty() { &empty } else { rows }.iter().map(filled).collect()))
            }
            Self::Title | Self::Visited(_) | Self::Accepted(_) => content.cloned(),
        }
    }

    /// The step of the page; an acceptance belongs to the step of its check.
    #[must_use]
    pub fn step(&self) -> Step {
        match self {
            Self::Title => Step::Product,
            Self::Answer(key) => {
                let table = || key.split_once('.').and_then(|(table, _)| Step::from_table(table));
                steps::setting(key).map(|setting| setting.step).or_else(table).unwrap_or(Step::Product)
            }
            Self::Cell { .. } | Self::Nodes => Step::Clustering,
            Self::Visited(step) => *step,
            Self::Accepted(key) => AcceptanceKey::parse(key).map_or(Step::Product, AcceptanceKey::step),
        }
    }

    /// The name on pages: `Database host`, `Address of is-1`, `Nodes`.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Title => "Name of the plan".to_owned(),
            Self::Answer(key) => steps::setting(key).map_or(key.as_str(), |setting| setting.label).to_owned(),
            Self::Cell { row, column } => {
                format!("{} of {row}", self::column(column).map_or(column.as_str(), |setting| setting.label))
            }
            Self::Nodes => "Nodes".to_owned(),
            Self::Visited(step) => format!("{} visited", step.title()),
            Self::Accepted(key) => match AcceptanceKey::parse(key) {
                Some(AcceptanceKey::Setting(setting)) => format!("Acceptance of {}", setting.label),
                _ => format!("Acceptance of {key}"),
            },
        }
    }

    /// A name for exports and form fields: `database.host`, `clustering.nodes.is-1.host`, `accepted.DB-02`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Title => "title".to_owned(),
            Self::Answer(key) => key.clone(),
            Self::Cell { row, column } => format!("clustering.nodes.{row}.{column}"),
            Self::Nodes => keys::NODES.to_owned(),
            Self::Visited(step) => format!("visited.{}", step.slug()),
            Self::Accepted(check) => format!("accepted.{check}"),
        }
    }
}

fn read(setting: Option<&Setting>, text: Option<&str>) -> String {
    text.map_or_else(|| setting.map_or("", Setting::default_text), str::trim).to_owned()
}

fn column(name: &str) -> Option<&'static Setting> {
    steps::node_settings().iter().find(|setting| setting.name == name)
}

fn name(row: &Row) -> Option<&String> {
    row.get("name")
}

/// The names of the rows, if they are unique.
fn names(draft: &Draft) -> Option<Vec<&String>> {
    let names: Vec<&String> = draft.nodes.iter().map(name).collect::<Option<_>>()?;
    (names.iter().collect::<BTreeSet<_>>().len() == names.len()).then_some(names)
}

/// Whether all have the same rows in the same order, by unique names: then cells are compared.
fn is_same_table(drafts: &[&Draft]) -> bool {
    let first = drafts.first().and_then(|draft| names(draft));
    first.is_some() && drafts.iter().all(|draft| names(draft) == first)
}

/// Every part with content in one of the drafts.
#[must_use]
pub fn parts_of_either(drafts: &[&Draft]) -> BTreeSet<DraftPart> {
    let mut parts = BTreeSet::from([DraftPart::Title]);
    let by_cell = is_same_table(drafts);
    if !by_cell {
        parts.insert(DraftPart::Nodes);
    }
    for draft in drafts {
        parts.extend(draft.answers.keys().cloned().map(DraftPart::Answer));
        parts.extend(draft.visited.iter().copied().map(DraftPart::Visited));
        parts.extend(draft.accepted.keys().cloned().map(DraftPart::Accepted));
        if by_cell {
            for node in &draft.nodes {
                let Some(row) = name(node) else { continue };
                parts.extend(node.keys().map(|column| DraftPart::Cell { row: row.clone(), column: column.clone() }));
            }
        }
    }
    parts
}

/// Writes one part. A cell without its row or content of another kind changes nothing.
pub(crate) fn set_part(draft: &mut Draft, part: &DraftPart, content: Option<&PartContent>) {
    match (part, content) {
        (DraftPart::Title, None) => draft.title.clear(),
        (DraftPart::Title, Some(PartContent::Text(text))) => draft.title.clone_from(text),
        (DraftPart::Answer(key), None) => drop(draft.answers.remove(key)),
        (DraftPart::Answer(key), Some(PartContent::Text(text))) => draft.set(key, text),
        (DraftPart::Cell { row, column }, content) => {
            let Some(node) = draft.nodes.iter_mut().find(|node| name(node) == Some(row)) else { return };
            match content {
                None => drop(node.remove(column)),
                Some(PartContent::Text(text)) => drop(node.insert(column.clone(), text.clone())),
                Some(_) => {}
            }
        }
        (DraftPart::Nodes, None) => draft.nodes.clear(),
        (DraftPart::Nodes, Some(PartContent::Rows(rows))) => draft.nodes.clone_from(rows),
        (DraftPart::Visited(step), None) => drop(draft.visited.remove(step)),
        (DraftPart::Visited(step), Some(_)) => drop(draft.visited.insert(*step)),
        (DraftPart::Accepted(check), None) => drop(draft.accepted.remove(check)),
        (DraftPart::Accepted(check), Some(PartContent::Acceptance(acceptance))) => {
            draft.accepted.insert(check.clone(), acceptance.clone());
        }
        (_, Some(_)) => {}
    }
}
