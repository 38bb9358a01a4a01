//! Reading a plan file: every problem at once, with its line, in linear time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value};

use super::lines::LineIndex;
use super::nearest::{Nearest, nearest};
use super::problem::{PlanFileProblem, ProblemList, printable_name};
use super::write::is_plain_number;
use super::{MAX_PLAN_BYTES, PLAN_FORMAT, foreign, milestones};
use crate::acceptance::AcceptanceKey;
use crate::draft::{Acceptance, Draft, MAX_NODES};
use crate::finding::FindingLocation;
use crate::limits::{PLAN_NAME, REASON};
use crate::secret::Secret;
use crate::setting::Setting;
use crate::step::Step;
use crate::steps;
use crate::steps::keys;
use crate::value::Control;

/// A readable plan file.
#[derive(Clone, Debug, Default)]
pub struct PlanFile {
    /// Its answers.
    pub draft: Draft,
    /// The sources of its secrets, by setting key.
    pub secrets: Vec<(&'static str, SecretSource)>,
    /// References to PEM texts, by setting key; none is a [`SecretSource::Value`].
    pub references: Vec<(&'static str, SecretSource)>,
    /// The line of each setting in the file, by its place as text (`database.host`, `clustering.nodes[2].host`),
    /// counted from 1.
    pub lines: BTreeMap<String, usize>,
}

/// The source of a secret of a plan file. The program that reads the file fetches it.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The file contains the secret.
    Value(Secret),
    /// This environment variable contains it.
    Environment(String),
    /// This file, relative to the plan file, contains it.
    File(String),
}

/// Reads a plan file.
///
/// # Errors
/// The problems of form, at most [`super::MAX_PROBLEMS`]: a text above [`MAX_PLAN_BYTES`], another kind of file, text
/// that is not TOML, unknown tables and keys, values of the wrong type, missing steps, an unknown format.
pub fn read(text: &str) -> Result<PlanFile, Vec<PlanFileProblem>> {
    read_counted(text).0
}

/// Like [`read`], with the number of items and characters that were visited after the TOML parser.
fn read_counted(text: &str) -> (Result<PlanFile, Vec<PlanFileProblem>>, usize) {
    let whole = |message: String| (Err(vec![PlanFileProblem { line: None, message }]), 0);
    if text.len() > MAX_PLAN_BYTES {
        return whole("The text is longer than 1 MB, the limit of a plan. Choose a plan file or a bundle.".to_owned());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Certificates that MySQL generates end with a NUL, which TOML does not allow.
    let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
    if let Some(message) = foreign::recognise(&text) {
        return whole(message);
    }
    let index = LineIndex::new(&text);
    let document = match Document::parse(&*text) {
        Ok(document) => document,
        Err(error) => {
            let line = error.span().map_or(1, |span| index.line_of(span.start));
            let message = printable_name(error.message().lines().next().unwrap_or_default());
            return (
                Err(vec![PlanFileProblem { line: Some(line), message: format!("This is not TOML: {message}.") }]),
                0,
            );
        }
    };
    let mut reader = PlanFileReader {
        last: index.last(&text),
        index,
        file: PlanFile::default(),
        problems: ProblemList::default(),
        steps: 0,
    };
    reader.file.draft.visited = Step::ALL.into();
    reader.document(document.as_table());
    let steps = reader.steps;
    (reader.problems.finish(reader.file), steps)
}

/// Settings of earlier versions, by table and name, with the value that equals the current behaviour.
const RETIRED_SETTINGS: [(&str, &str, &str); 1] = [("user_store", "manager", "unique-id")];
/// Maximum rows of the node table that are read: more than a cluster may have, so that the wizard shows the surplus.
const MAX_NODE_ROWS: usize = 4 * MAX_NODES;
struct PlanFileReader {
    index: LineIndex,
    /// The last line of the text.
    last: usize,
    file: PlanFile,
    problems: ProblemList,
    /// The number of visited items and characters, which the tests bound.
    steps: usize,
}

impl PlanFileReader {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.add(Some(line), message);
    }

    fn line(&mut self, item: &Item) -> usize {
        self.steps += 1;
        item.span().map_or(1, |span| self.index.line_of(span.start))
    }

    fn document(&mut self, root: &dyn TableLike) {
        let format = root.get("format").map(|item| (item.as_integer(), self.line(item)));
        match format {
            Some((Some(PLAN_FORMAT), _)) => {}
            Some((Some(newer), line)) if newer > PLAN_FORMAT => {
                self.problem(
                    line,
                    format!(
                        "Format {newer} is newer than this program, which reads {PLAN_FORMAT}. Update Clusterwright."
                    ),
                );
            }
            Some((_, line)) => self.problem(line, format!("Write format = {PLAN_FORMAT}.")),
            None => self.problem(1, format!("The file does not begin with format = {PLAN_FORMAT}. Add that line.")),
        }
        for (key, item) in root.iter() {
            if self.problems.is_full() {
                break;
            }
            let line = self.line(item);
            match (key, Step::from_table(key)) {
                ("format", _) => {}
                ("title", _) => match item.as_str() {
                    Some(title) => {
                        if let Err(error) = PLAN_NAME.check(title) {
                            self.problem(line, error.to_string());
                        }
                        self.file.draft.title = title.to_owned();
                    }
                    None => self.problem(line, "title is not a text. Write it in quotes."),
                },
                ("accepted", _) => self.accepted(item),
                ("prepared" | "downloaded", _) => {
                    if !milestones::read(key, item, &mut self.file.draft.milestones) {
                        self.problem(line, format!("[{key}] has an unknown form. Remove it."));
                    }
                }
                (_, Some(step)) => match item.as_table_like() {
                    Some(table) => self.step(step, table),
                    None => self.problem(line, format!("{key} is not a table. Write [{key}] on a separate line.")),
                },
                (_, None) => {
                    let near = self.nearest(key, Step::ALL.into_iter().map(Step::table));
                    self.problem(line, format!("The table {} does not exist.{near}", printable_name(key)));
                }
            }
        }
        let last = self.last;
        for step in Step::ALL {
            if root.get(step.table()).is_none() {
                self.problem(last, format!("The table [{}] is missing. Add it, even if it is empty.", step.table()));
            }
        }
    }

    fn accepted(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            let line = self.line(item);
            return self.problem(line, "accepted is not a table.");
        };
        for (code, item) in table.iter() {
            if self.problems.is_full() {
                break;
            }
            let line = self.line(item);
            match (AcceptanceKey::parse(code), acceptance(item)) {
                (Some(key), Some(acceptance)) => {
                    if let Err(error) = REASON.check(&acceptance.reason) {
                        self.problem(line, format!("{}: {error}", key.text()));
                    }
                    self.file.draft.accepted.insert(key.text().to_owned(), acceptance);
                }
                (None, _) => {
                    self.problem(
                        line,
                        format!("{} is neither a check nor a setting. Remove the line.", printable_name(code)),
                    );
                }
                (_, None) => self.problem(
                    line,
                    format!("The reason for {} is not a text. Write it in quotes.", printable_name(code)),
                ),
            }
        }
    }

    fn step(&mut self, step: Step, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            if self.problems.is_full() {
                break;
            }
            if step == Step::Clustering && name == "nodes" {
                self.nodes(item);
                continue;
            }
            if RETIRED_SETTINGS
                .iter()
                .any(|(table, key, value)| *table == step.table() && *key == name && item.as_str() == Some(value))
            {
                continue;
            }
            let settings = steps::settings(step);
            match settings.iter().find(|setting| setting.name == name) {
                Some(setting) => self.setting(setting, None, item),
                None => self.unknown(step.table(), name, item, settings),
            }
        }
    }

    fn nodes(&mut self, item: &Item) {
        let line = self.line(item);
        let rows: Vec<&dyn TableLike> = match (item.as_array_of_tables(), item.as_array()) {
            (Some(tables), _) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            (None, Some(array)) if array.iter().all(Value::is_inline_table) => {
                array.iter().filter_map(|row| row.as_inline_table().map(|table| table as &dyn TableLike)).collect()
            }
            _ => {
                return self.problem(
                    line,
                    "clustering.nodes is not a list of tables. Write [[clustering.nodes]] before each node.",
                );
            }
        };
        if rows.len() > MAX_NODE_ROWS {
            let what = format!("The plan has {} nodes. Remove nodes until {MAX_NODES} are left.", rows.len());
            return self.problem(line, what);
        }
        for (row, table) in rows.into_iter().enumerate() {
            self.file.draft.nodes.push(BTreeMap::new());
            for (name, item) in table.iter() {
                if self.problems.is_full() {
                    break;
                }
                let settings = steps::node_settings();
                match settings.iter().find(|setting| setting.name == name) {
                    Some(setting) => self.setting(setting, Some(row), item),
                    None => self.unknown(keys::NODES, name, item, settings),
                }
            }
        }
    }

    fn unknown(&mut self, table: &str, name: &str, item: &Item, settings: &[Setting]) {
        let line = self.line(item);
        let near = self.nearest(name, settings.iter().map(|setting| setting.name));
        self.problem(line, format!("[{table}] has no setting {}.{near}", printable_name(name)));
    }

    fn nearest<'a>(&mut self, name: &str, known: impl Iterator<Item = &'a str>) -> String {
        let Nearest { hint, steps } = nearest(name, known);
        self.steps += steps;
        hint
    }

    fn setting(&mut self, setting: &'static Setting, row: Option<usize>, item: &Item) {
        let line = self.line(item);
        let place = FindingLocation { step: setting.step, setting: Some(setting.key.to_owned()), row }.to_string();
        self.file.lines.insert(place.clone(), line);
        if setting.control.is_secret() {
            return self.secret(setting, &place, line, item);
        }
        if setting.control == Control::Pem
            && let Some(reference) = reference(item)
        {
            return self.file.references.push((setting.key, reference));
        }
        let text = match (setting.control, item.as_value()) {
            (Control::Number(_), Some(Value::Integer(number))) => Some(number.value().to_string()),
            // A text that is not a number was entered in the wizard: it is kept, and validated like any answer.
            (Control::Number(_), Some(Value::String(text))) if !is_plain_number(text.value()) => {
                Some(text.value().clone())
            }
            (Control::Number(_), _) => None,
            (Control::Choice(choices), Some(Value::Boolean(flag)))
                if choices.iter().any(|choice| choice.value == "yes") =>
            {
                Some(if *flag.value() { "yes" } else { "no" }.to_owned())
            }
            (_, Some(Value::String(text))) => Some(text.value().clone()),
            _ => None,
        };
        match (text, row) {
            (Some(text), None) => self.file.draft.set(setting.key, text),
            (Some(text), Some(row)) => {
                if let Some(node) = self.file.draft.nodes.get_mut(row) {
                    node.insert(setting.name.to_owned(), text);
                }
            }
            (None, _) => {
                let wanted = match setting.control {
                    Control::Number(_) => "a whole number without quotes",
                    Control::Pem => "a text in quotes or { file = \"path\" }",
                    _ => "a text in quotes",
                };
                self.problem(line, format!("{place} is {}. Write {wanted}.", kind_of(item)));
            }
        }
    }

    fn secret(&mut self, setting: &'static Setting, place: &str, line: usize, item: &Item) {
        match secret_source(item) {
            Some(source) => self.file.secrets.push((setting.key, source)),
            None => self.problem(
                line,
                format!(
                    "{place} is {}. Write a text in quotes, {{ env = \"NAME\" }} or {{ file = \"path\" }}.",
                    kind_of(item)
                ),
            ),
        }
    }
}

/// A secret or its source.
pub(super) fn secret_source(item: &Item) -> Option<SecretSource> {
    let source = item.as_str().map(|value| SecretSource::Value(Secret::new(value)));
    source.or_else(|| reference(item))
}

/// `{ env = "NAME" }` or `{ file = "path" }`.
fn reference(item: &Item) -> Option<SecretSource> {
    let table = item.as_table_like().filter(|table| table.len() == 1)?;
    let text = |name: &str| table.get(name).and_then(Item::as_str).map(str::to_owned);
    text("env").map(SecretSource::Environment).or_else(|| text("file").map(SecretSource::File))
}

fn kind_of(item: &Item) -> &'static str {
    match item.type_name() {
        "string" => "a text",
        "integer" => "a whole number",
        "float" => "a decimal number",
        "boolean" => "true or false",
        "array" | "array of tables" => "a list",
        "datetime" => "a date",
        _ => "a table",
    }
}

/// `"reason"`, or `{ reason = "reason", by = "name", on = "time" }`.
fn acceptance(item: &Item) -> Option<Acceptance> {
    if let Some(reason) = item.as_str() {
        return Some(Acceptance::with_reason(reason));
    }
    let table = item.as_table_like()?;
    let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let [by, on] = ["by", "on"].map(|key| text(key).unwrap_or_default());
    Some(Acceptance { reason: text("reason")?, by, on })
}

#[cfg(test)]
mod tests;
