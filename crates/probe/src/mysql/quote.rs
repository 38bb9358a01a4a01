//! Texts and names as SQL takes them, whatever is in them.

/// A text between single quotes, for sessions whose backslash escapes (MySQL's default).
#[must_use]
pub(crate) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A name between backticks.
#[must_use]
pub(crate) fn name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
