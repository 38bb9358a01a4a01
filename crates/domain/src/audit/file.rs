//! A deployment.toml as flat keys, the way IS's mapper reads it.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike, Value};

/// One node's deployment.toml.
#[derive(Clone, Debug)]
pub struct DeploymentFile {
    /// The node.
    pub node: String,
    /// Every value by its dotted key. Arrays of plain values are joined with line ends.
    pub values: BTreeMap<String, String>,
}

impl DeploymentFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it does not parse: IS would not start with it. One sentence.
    pub fn read(node: &str, text: &str) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| text.get(..span.start).map_or(1, |before| before.lines().count().max(1)));
            format!("line {line} does not parse: {}.", error.message().lines().next().unwrap_or_default())
        })?;
        let mut values = BTreeMap::new();
        flatten(document.as_table(), "", &mut values);
        Ok(Self { node: node.to_owned(), values })
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }
}

fn flatten(table: &dyn TableLike, prefix: &str, values: &mut BTreeMap<String, String>) {
    for (key, item) in table.iter() {
        let key = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        match item {
            Item::Table(inner) => flatten(inner, &key, values),
            Item::Value(Value::InlineTable(inner)) => flatten(inner, &key, values),
            Item::ArrayOfTables(rows) => {
                for row in rows {
                    flatten(row, &key, values);
                }
            }
            Item::Value(Value::Array(array)) => {
                values.insert(key, array.iter().map(plain).collect::<Vec<_>>().join("\n"));
            }
            Item::Value(value) => {
                values.insert(key, plain(value));
            }
            Item::None => {}
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        other => other.to_string().trim().to_owned(),
    }
}
