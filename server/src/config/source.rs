//! The values of all sources: flags over environment over file. A mistake is reported with the source of its value, and never
//! with the value of a secret. The file is read key by key, because serde stops at the first mistake.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use domain::plan_file::nearest_name;
use serde::Deserialize as _;
use serde::de::{DeserializeOwned, IntoDeserializer as _};
use toml::Value;
use toml::de::DeTable;

use crate::config::flags::{Flags, GivenText};
use crate::config::key::{self, ConfigKey, ValueForm};

/// The values of all sources, and the problems that were found so far.
pub(super) struct Sources<'a> {
    texts: &'a BTreeMap<&'static str, GivenText>,
    file: BTreeMap<&'static str, FileValue>,
    pub(super) problems: Vec<String>,
}

/// A value of the file.
struct FileValue {
    /// `None`: a number that no setting can have.
    value: Option<Value>,
    /// File and line.
    place: String,
}

impl<'a> Sources<'a> {
    /// Reads the file.
    pub(super) fn read(flags: &'a Flags) -> Self {
        let mut problems = Vec::new();
        let file = flags.file.as_deref().map(|file| read_file(file, &mut problems)).unwrap_or_default();
        Self { texts: &flags.texts, file, problems }
    }

    /// The value of a setting; one of another form is a problem.
    pub(super) fn value<T: DeserializeOwned>(&mut self, key: &ConfigKey) -> Option<T> {
        let given = match (self.texts.get(key.name), self.file.get(key.name)) {
            (Some(given), _) => given.text.as_deref().map(|text| parse_text(text, key.form)),
            (None, Some(given)) => given.value.clone(),
            (None, None) => return None,
        };
        let value = given.and_then(|given| given.try_into().ok());
        if value.is_none() {
            self.problems.push(format!("{} is not {wanted}. Enter {wanted}.", self.describe(key), wanted = key.wanted));
        }
        value
    }

    /// The parsed value of a setting.
    pub(super) fn parsed<T>(&mut self, key: &ConfigKey, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text: String = self.value(key)?;
        parse(&text).map_err(|problem| self.problem(key, problem)).ok()
    }

    /// The parsed items of a list; those with a problem are missing.
    pub(super) fn list<T>(&mut self, key: &ConfigKey, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        let texts: Vec<String> = self.value(key)?;
        let parsed = texts.iter().filter_map(|text| parse(text).map_err(|problem| self.problem(key, problem)).ok());
        Some(parsed.collect())
    }

    /// Adds a problem with the value of a setting.
    pub(super) fn problem(&mut self, key: &ConfigKey, problem: impl Display) {
        self.problems.push(format!("{}: {problem}", self.describe(key)));
    }

    /// Adds the problem that two settings contradict each other.
    pub(super) fn report_both(&mut self, one: &ConfigKey, other: &ConfigKey) {
        let (one, other) = (self.describe(one), self.describe(other));
        self.problems.push(format!("{one} and {other} are both set. Remove one of them."));
    }

    /// Adds the problem that the file of a setting cannot be read.
    pub(super) fn report_unreadable(&mut self, key: &ConfigKey, file: &Path, error: &std::io::Error) {
        self.problem(key, format!("cannot read {}: {error}. Correct its path or permissions.", file.display()));
    }

    /// The key of a setting with the source of its value.
    pub(super) fn describe(&self, key: &ConfigKey) -> String {
        let source = self.texts.get(key.name).map(|given| &given.source);
        match source.or_else(|| self.file.get(key.name).map(|given| &given.place)) {
            Some(source) => format!("{} (from {source})", key.name),
            None => key.name.to_owned(),
        }
    }

    /// The value of a setting in the file, also where another source replaces it.
    pub(super) fn in_file(&self, key: &ConfigKey) -> Option<&Value> {
        self.file.get(key.name)?.value.as_ref()
    }
}

/// The text of a flag or variable in the form of its setting, or unchanged.
fn parse_text(text: &str, form: ValueForm) -> Value {
    match form {
        ValueForm::Text | ValueForm::Secret => text.into(),
        ValueForm::Number => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
        ValueForm::List => {
            let text = text.trim();
            let items = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).split(',');
            let items = items.map(|item| item.trim().trim_matches(['"', '\''])).filter(|item| !item.is_empty());
            Value::Array(items.map(Value::from).collect())
        }
    }
}

/// The known keys of a file. Unknown ones are problems, as is a file that cannot be read.
fn read_file(file: &Path, problems: &mut Vec<String>) -> BTreeMap<&'static str, FileValue> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            problems.push(format!("Cannot read {shown}: {error}. Correct --config."));
            return BTreeMap::new();
        }
    };
    let place = |span: Range<usize>| {
        format!("{shown}:{}", text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1)
    };
    let table = match DeTable::parse(&text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            // The message alone: the text of the file may be a token.
            let place = error.span().map_or_else(|| shown.to_string(), place);
            problems.push(format!("{place} is not TOML: {}. Correct the file.", error.message()));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for (name, value) in table {
        let place = place(name.span());
        match key::ALL.iter().find(|key| key.name == *name.get_ref()) {
            Some(key) => {
                let value = Value::deserialize(value.into_deserializer()).ok();
                values.insert(key.name, FileValue { value, place });
            }
            None => problems.push(format!(
                "{place} contains the unknown key {}. {}",
                name.get_ref(),
                advice(name.get_ref())
            )),
        }
    }
    values
}

fn advice(unknown: &str) -> String {
    let names = || key::ALL.iter().map(|key| key.name);
    nearest_name(unknown, names()).map_or_else(
        || format!("Use one of {}.", names().collect::<Vec<_>>().join(", ")),
        |name| format!("Did you mean {name}?"),
    )
}
