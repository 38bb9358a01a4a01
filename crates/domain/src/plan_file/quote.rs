//! How texts are written in TOML.

/// A TOML string, on several lines where the text has them.
pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
