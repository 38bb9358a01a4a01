//! A deployment.toml as flat keys, as IS's config mapper reads it.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value};

use super::file_error::DeploymentFileError;
use crate::sites::reported;

/// The TOML type of a value. IS's templates test it: `"true"` is not `true` (docs/wso2.md).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TomlKind {
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of plain values of one kind.
    List,
    /// A date or time.
    Time,
    /// `[[table]]`.
    Tables,
}

/// One node's deployment.toml.
#[derive(Clone, Debug)]
pub struct DeploymentFile {
    /// The node.
    pub node: String,
    /// Every value by its dotted key. Arrays of plain values are joined with line ends.
    pub values: BTreeMap<String, String>,
    /// The TOML type of each value.
    pub kinds: BTreeMap<String, TomlKind>,
    /// Syntax of TOML 1.0 and later, which IS's parser of TOML 0.5 rejects: one sentence each.
    pub too_new: Vec<String>,
}

impl DeploymentFile {
    /// Reads a file.
    ///
    /// # Errors
    /// The syntax error: IS would not start with the file.
    pub fn read(node: &str, text: &str) -> Result<Self, DeploymentFileError> {
        let document = Document::parse(text).map_err(|error| DeploymentFileError::of(&error, text))?;
        let mut file =
            Self { node: node.to_owned(), values: BTreeMap::new(), kinds: BTreeMap::new(), too_new: Vec::new() };
        file.flatten(document.as_table(), "", text);
        Ok(file)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    fn flatten(&mut self, table: &dyn TableLike, prefix: &str, source: &str) {
        for (key, item) in table.iter() {
            let key = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
            match item {
                Item::Table(inner) => self.flatten(inner, &key, source),
                Item::ArrayOfTables(rows) => {
                    self.kinds.insert(key.clone(), TomlKind::Tables);
                    for row in rows {
                        self.flatten(row, &key, source);
                    }
                }
                Item::Value(value) => {
                    self.too_new.extend(too_new(value, source).map(|what| format!("{key} {what}")));
                    if let Value::InlineTable(inner) = value {
                        self.flatten(inner, &key, source);
                        continue;
                    }
                    self.kinds.insert(key.clone(), kind(value));
                    self.values.insert(key, plain_value(value));
                }
                Item::None => {}
            }
        }
    }
}

const fn kind(value: &Value) -> TomlKind {
    match value {
        Value::String(_) => TomlKind::Text,
        Value::Integer(_) | Value::Float(_) => TomlKind::Number,
        Value::Boolean(_) => TomlKind::Boolean,
        Value::Datetime(_) => TomlKind::Time,
        Value::Array(_) | Value::InlineTable(_) => TomlKind::List,
    }
}

/// Syntax newer than TOML 0.5, which the config mapper parses with cava-toml 0.5.0 (docs/wso2.md).
fn too_new(value: &Value, source: &str) -> Option<String> {
    let written = value.span().and_then(|span| source.get(span)).unwrap_or_default();
    match value {
        Value::Array(array) => {
            let mut kinds = array.iter().map(std::mem::discriminant);
            let first = kinds.next();
            if kinds.any(|kind| Some(kind) != first) {
                return Some(reported("is a list of several types, which requires TOML 1.0."));
            }
            array.iter().find_map(|inner| too_new(inner, source))
        }
        Value::InlineTable(inner) => {
            if written.contains('\n') || written.trim_end_matches('}').trim_end().ends_with(',') {
                return Some(reported(
                    "is an inline table over several lines or with a trailing comma, which requires TOML 1.1.",
                ));
            }
            inner.iter().find_map(|(_, inner)| too_new(inner, source))
        }
        Value::String(_) if written.starts_with('"') => {
            let mut letters = written.chars();
            while let Some(letter) = letters.next() {
                if letter == '\t' && !written.starts_with("\"\"\"") {
                    return Some(reported("contains a literal tab, which requires TOML 1.0. Write \\t."));
                }
                if letter == '\\' && matches!(letters.next(), Some('e' | 'x')) {
                    return Some(reported("contains \\e or \\x, which requires TOML 1.1. Write \\u and four digits."));
                }
            }
            None
        }
        _ => None,
    }
}

fn plain_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        Value::Array(array) => array.iter().map(plain_value).collect::<Vec<_>>().join("\n"),
        other => other.to_string().trim().to_owned(),
    }
}
