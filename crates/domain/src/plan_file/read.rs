//! Reading a plan file: every problem at once, with its line.

use std::collections::BTreeMap;
use std::fmt;

use toml_edit::{Document, Item, TableLike, Value};

use super::FORMAT;
use super::write::is_plain_number;
use crate::check::CheckId;
use crate::draft::{Acceptance, Draft};
use crate::finding::Place;
use crate::secret::Secret;
use crate::setting::Setting;
use crate::step::Step;
use crate::steps;
use crate::value::Control;

/// A plan file that could be read.
#[derive(Clone, Debug, Default)]
pub struct PlanFile {
    /// Its answers.
    pub draft: Draft,
    /// Where its secrets are, by setting key.
    pub secrets: Vec<(&'static str, SecretSource)>,
    /// The line of each setting that stands in the file, by its place as text (`database.host`,
    /// `clustering.nodes[2].host`), counted from 1.
    pub lines: BTreeMap<String, usize>,
}

/// Where a secret of a plan file is to be had. The program that reads the file fetches it.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// It stands in the file.
    Value(Secret),
    /// It is in this environment variable.
    Environment(String),
    /// It is in this file, relative to the plan file.
    File(String),
}

/// One thing that is wrong with a plan file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PlanFileProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is the case and what to do. Holds no secret.
    pub message: String,
}

impl fmt::Display for PlanFileProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)
    }
}

/// Reads a plan file.
///
/// # Errors
/// All problems of form: text that is not TOML, unknown tables and keys, values of the wrong type, missing steps, a
/// format this program does not know.
pub fn read(text: &str) -> Result<PlanFile, Vec<PlanFileProblem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        vec![PlanFileProblem { line, message: format!("This is not TOML: {message}.") }]
    })?;
    let mut reader = Reader { text, file: PlanFile::default(), problems: Vec::new() };
    reader.file.draft.visited = Step::ALL.into();
    reader.document(document.as_table());
    if reader.problems.is_empty() {
        return Ok(reader.file);
    }
    reader.problems.sort();
    Err(reader.problems)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

struct Reader<'a> {
    text: &'a str,
    file: PlanFile,
    problems: Vec<PlanFileProblem>,
}

impl Reader<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(PlanFileProblem { line, message: message.into() });
    }

    fn line(&self, item: &Item) -> usize {
        item.span().map_or(1, |span| line_of(self.text, span.start))
    }

    fn document(&mut self, root: &dyn TableLike) {
        match root.get("format").map(|item| (item.as_integer(), self.line(item))) {
            Some((Some(FORMAT), _)) => {}
            Some((Some(newer), line)) if newer > FORMAT => {
                self.problem(
                    line,
                    format!("Format {newer} is newer than this program, which reads {FORMAT}. Update Clusterwright."),
                );
            }
            Some((_, line)) => self.problem(line, format!("Write format = {FORMAT}.")),
            None => self.problem(1, format!("The file does not begin with format = {FORMAT}. Add that line.")),
        }
        for (key, item) in root.iter() {
            let line = self.line(item);
            match (key, Step::from_table(key)) {
                ("format", _) => {}
                ("title", _) => match item.as_str() {
                    Some(title) => self.file.draft.title = title.to_owned(),
                    None => self.problem(line, "title is not a text. Write it in quotes."),
                },
                ("accepted", _) => self.accepted(item),
                (_, Some(step)) => match item.as_table_like() {
                    Some(table) => self.step(step, table),
                    None => self.problem(line, format!("{key} is not a table. Write [{key}] on a line of its own.")),
                },
                (_, None) => {
                    let near = nearest(key, Step::ALL.into_iter().map(Step::table));
                    self.problem(line, format!("There is no table {key}.{near}"));
                }
            }
        }
        let last = self.text.lines().count().max(1);
        for step in Step::ALL {
            if root.get(step.table()).is_none() {
                self.problem(
                    last,
                    format!("The table [{}] is missing. Add it, empty if every default fits.", step.table()),
                );
            }
        }
    }

    fn accepted(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            let line = self.line(item);
            return self.problem(line, "accepted is not a table.");
        };
        for (code, item) in table.iter() {
            let line = self.line(item);
            match (code.parse::<CheckId>(), acceptance(item)) {
                (Ok(id), Some(acceptance)) => {
                    self.file.draft.accepted.insert(id.to_string(), acceptance);
                }
                (Err(_), _) => self.problem(line, format!("There is no check {code}.")),
                (_, None) => self.problem(line, format!("The reason for {code} is not a text. Write it in quotes.")),
            }
        }
    }

    fn step(&mut self, step: Step, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            if step == Step::Clustering && name == "nodes" {
                self.nodes(item);
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
        for (row, table) in rows.into_iter().enumerate() {
            self.file.draft.nodes.push(BTreeMap::new());
            for (name, item) in table.iter() {
                let settings = steps::node_settings();
                match settings.iter().find(|setting| setting.name == name) {
                    Some(setting) => self.setting(setting, Some(row), item),
                    None => self.unknown("clustering.nodes", name, item, settings),
                }
            }
        }
    }

    fn unknown(&mut self, table: &str, name: &str, item: &Item, settings: &[Setting]) {
        let line = self.line(item);
        let near = nearest(name, settings.iter().map(|setting| setting.name));
        self.problem(line, format!("[{table}] has no setting {name}.{near}"));
    }

    fn setting(&mut self, setting: &'static Setting, row: Option<usize>, item: &Item) {
        let line = self.line(item);
        let place = Place { step: setting.step, setting: Some(setting.key.to_owned()), row }.to_string();
        self.file.lines.insert(place.clone(), line);
        if setting.control.is_secret() {
            return self.secret(setting, &place, line, item);
        }
        let text = match (setting.control, item.as_value()) {
            (Control::Number(_), Some(Value::Integer(number))) => Some(number.value().to_string()),
            // What is no number at all was entered so in the wizard: it is carried, and judged like any answer.
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
                    _ => "a text in quotes",
                };
                self.problem(line, format!("{place} is {}. Write {wanted}.", kind_of(item)));
            }
        }
    }

    fn secret(&mut self, setting: &'static Setting, place: &str, line: usize, item: &Item) {
        let reference = |name: &str| item.as_table_like().filter(|table| table.len() == 1)?.get(name)?.as_str();
        let source = match item.as_str() {
            Some(value) => Some(SecretSource::Value(Secret::new(value))),
            None => match (reference("env"), reference("file")) {
                (Some(name), _) => Some(SecretSource::Environment(name.to_owned())),
                (_, Some(path)) => Some(SecretSource::File(path.to_owned())),
                _ => None,
            },
        };
        match source {
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

/// A hint at the known name that is most like `name`, if one is near.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .map_or_else(|| " Remove it.".to_owned(), |(_, candidate)| format!(" Did you mean {candidate}?"))
}

/// How many letters must be changed to turn one text into the other (Levenshtein).
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut corner = above;
        let mut left = above + 1;
        for (column, other) in to.iter().enumerate() {
            let up = row.get(column + 1).copied().unwrap_or(usize::MAX - 1);
            let best = (corner + usize::from(letter != *other)).min(left + 1).min(up + 1);
            corner = up;
            if let Some(cell) = row.get_mut(column) {
                *cell = left;
            }
            left = best;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// `"why"`, or `{ reason = "why", by = "who", on = "when" }`.
fn acceptance(item: &Item) -> Option<Acceptance> {
    if let Some(reason) = item.as_str() {
        return Some(Acceptance::because(reason));
    }
    let table = item.as_table_like()?;
    let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let [by, on] = ["by", "on"].map(|key| text(key).unwrap_or_default());
    Some(Acceptance { reason: text("reason")?, by, on })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "format = 1\n[product]\n[database]\n[user_store]\n[clustering]\n[load_balancer]\n";

    fn problems(text: &str) -> Vec<String> {
        read(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn all_problems_come_at_once_with_their_lines() {
        let text = "format = 1\n[product]\nverison = \"7.2.0\"\n[database]\nport = \"3306\"\nhost = 5\n[databas]\n[clustering]\nnodes = 3\n[load_balancer]\nversion = 1.22\n";
        assert_eq!(
            problems(text),
            [
                "line 3: [product] has no setting verison. Did you mean version?",
                "line 5: database.port is a text. Write a whole number without quotes.",
                "line 6: database.host is a whole number. Write a text in quotes.",
                "line 7: There is no table databas. Did you mean database?",
                "line 9: clustering.nodes is not a list of tables. Write [[clustering.nodes]] before each node.",
                "line 11: The table [user_store] is missing. Add it, empty if every default fits.",
                "line 11: load_balancer.version is a decimal number. Write a text in quotes.",
            ]
        );
    }

    #[test]
    fn a_future_format_and_broken_toml_say_so() {
        assert!(problems(&WHOLE.replace("format = 1", "format = 2"))[0].contains("newer than this program"));
        assert!(problems("format = 1\n[product\n")[0].starts_with("line 2: This is not TOML"));
        assert!(problems("")[0].contains("format = 1"));
    }

    #[test]
    fn secrets_come_as_values_or_references() {
        let text = WHOLE
            .replace("[database]", "[database]\npassword = { env = \"DB\" }")
            .replace("[user_store]", "[user_store]\nadmin_password = \"canary-1\"");
        let file = read(&text).unwrap();
        assert!(matches!(&file.secrets[0], ("database.password", SecretSource::Environment(name)) if name == "DB"));
        assert!(!format!("{file:?}").contains("canary"));
        assert!(file.draft.answers.is_empty());
    }

    #[test]
    fn distances_are_counted() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        assert_eq!(distance("host", "host"), 0);
    }
}
