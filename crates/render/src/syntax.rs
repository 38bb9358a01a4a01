//! The syntaxes of generated files, by the ending of their names, and how a value is carried into each unharmed.
//!
//! A value always stands where the syntax quotes it: within `"…"` in TOML, YAML, JSON, NGINX and HAProxy, within `'…'` in shell and
//! SQL. What a syntax cannot carry at all is refused, not bent. The mapper's XML is not a syntax here: plain values come
//! escaped for it from the render plan, secrets get it from the bundle writer.

use std::io::{self, Write};

use tera::EscapeFn;

/// Marks where a secret's name begins in rendered text. Settings refuse private-use characters, and
/// [`crate::context`] drops them from free text, so only a template can write a marker.
pub(crate) const SECRET_MARKER_START: char = '\u{e000}';
/// Marks where it ends.
pub(crate) const SECRET_MARKER_END: char = '\u{e001}';

/// A syntax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Syntax {
    Toml,
    Nginx,
    HaProxy,
    Shell,
    Sql,
    Markdown,
    Yaml,
    Json,
    Text,
    Java,
    Systemd,
}

impl Syntax {
    pub(crate) const ALL: [Self; 11] = [
        Self::Toml,
        Self::Nginx,
        Self::HaProxy,
        Self::Shell,
        Self::Sql,
        Self::Markdown,
        Self::Yaml,
        Self::Json,
        Self::Text,
        Self::Java,
        Self::Systemd,
    ];

    /// The ending of templates and files of this syntax.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Toml => ".toml",
            Self::Nginx => ".conf",
            Self::HaProxy => ".cfg",
            Self::Shell => ".sh",
            Self::Sql => ".sql",
            Self::Markdown => ".md",
            Self::Yaml => ".yaml",
            Self::Json => ".json",
            Self::Text => ".txt",
            Self::Java => ".java",
            Self::Systemd => ".service",
        }
    }

    /// The syntax of a template or file.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|syntax| name.ends_with(syntax.ending()))
    }

    /// What Tera is given: it calls it for every value.
    pub(crate) fn escape_function(self) -> EscapeFn {
        match self {
            Self::Toml => |text, out| Self::Toml.escape(text, out),
            Self::Nginx => |text, out| Self::Nginx.escape(text, out),
            Self::HaProxy => |text, out| Self::HaProxy.escape(text, out),
            Self::Shell => |text, out| Self::Shell.escape(text, out),
            Self::Sql => |text, out| Self::Sql.escape(text, out),
            Self::Markdown => |text, out| Self::Markdown.escape(text, out),
            Self::Yaml => |text, out| Self::Yaml.escape(text, out),
            Self::Json => |text, out| Self::Json.escape(text, out),
            Self::Text => |text, out| Self::Text.escape(text, out),
            Self::Java => |text, out| Self::Java.escape(text, out),
            Self::Systemd => |text, out| Self::Systemd.escape(text, out),
        }
    }

    /// Writes `text` so that a reader of this syntax gets `text` back.
    ///
    /// # Errors
    /// For a character the syntax cannot carry where values stand.
    pub(crate) fn escape(self, text: &str, out: &mut dyn Write) -> io::Result<()> {
        for letter in text.chars() {
            match (self, letter) {
                (Self::Toml | Self::Yaml | Self::Json, '"' | '\\') => write!(out, "\\{letter}")?,
                (Self::Toml | Self::Yaml | Self::Json, _) if letter.is_control() => {
                    write!(out, "\\u{:04X}", u32::from(letter))?
                }
                // Titles and reasons are free text: whatever is in them stays on its line.
                (Self::Markdown, _) if letter.is_control() => out.write_all(b" ")?,
                (_, _) if letter.is_control() => return Err(unescapable(self, letter)),
                // NGINX has no way to write a dollar sign that is not a variable.
                // systemd expands $ in commands alone, so no one way of writing it fits every line.
                (Self::Nginx | Self::Systemd, '$') => return Err(unescapable(self, letter)),
                // A specifier, such as %n.
                (Self::Systemd, '%') => out.write_all(b"%%")?,
                (Self::Nginx | Self::Systemd | Self::Java, '"' | '\\') | (Self::HaProxy, '"' | '\\' | '$') => {
                    write!(out, "\\{letter}")?
                }
                (Self::Shell, '\'') => out.write_all(b"'\\''")?,
                (Self::Sql, '\'') => out.write_all(b"''")?,
                (Self::Sql, '\\') => out.write_all(b"\\\\")?,
                // An underscore within a word, as in wso2shared_db, means nothing (CommonMark 6.2), and in code it
                // would show its backslash; so it stays.
                (Self::Markdown, '\\' | '`' | '*' | '<' | '>' | '[' | ']' | '|' | '&' | '#' | '!' | '~') => {
                    write!(out, "\\{letter}")?;
                }
                _ => write!(out, "{letter}")?,
            }
        }
        Ok(())
    }
}

fn unescapable(syntax: Syntax, letter: char) -> io::Error {
    let code = u32::from(letter);
    io::Error::new(io::ErrorKind::InvalidData, format!("{syntax:?} cannot contain the character U+{code:04X}"))
}
