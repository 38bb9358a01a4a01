//! Quotes any text or name for SQL.

/// A string literal, for sessions in which a backslash escapes (MySQL's default).
#[must_use]
pub(crate) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// An identifier in backticks.
#[must_use]
pub(crate) fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
