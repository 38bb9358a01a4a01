//! Why a deployment.toml does not parse.

use std::ops::Range;

use toml_edit::TomlError;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};
use toml_parser::{ParseError, Source};

/// Levels of nested arrays and inline tables that are followed; `toml_edit` rejects more.
const MAX_DEPTH: u32 = 80;

/// Why a file does not parse: the line and the parser's message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DeploymentFileError {
    /// A table or a key is declared twice: CL-03.
    RepeatedKey(String),
    /// Anything else: CL-01.
    Other(String),
}

impl DeploymentFileError {
    /// Classifies the error that the parser reported for `text`.
    pub(super) fn of(error: &TomlError, text: &str) -> Self {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let message = error.message().lines().next().unwrap_or_default();
        let what = format!("line {line} does not parse: {message}.");
        match error.span() {
            Some(span) if is_repeated_key(text, &span) => Self::RepeatedKey(what),
            _ => Self::Other(what),
        }
    }
}

/// Whether the error at `span` is a repeated key.
///
/// The parser's errors have a place and a message, but no kind. In a text without a syntax error, two kinds of error are
/// left: a key or value that cannot be decoded, and a key that was declared before. Only the latter is at a whole key
/// that can be decoded.
fn is_repeated_key(text: &str, span: &Range<usize>) -> bool {
    let source = Source::new(text);
    let mut errors: Vec<ParseError> = Vec::new();
    let mut key = None;
    let mut find_key = |event: Event| {
        let place = event.span();
        if event.kind() == EventKind::SimpleKey && (place.start()..place.end()) == *span {
            key = Some(event);
        }
    };
    let mut guard = RecursionGuard::new(&mut find_key, MAX_DEPTH);
    parse_document(&source.lex().into_vec(), &mut guard, &mut errors);
    let Some(key) = key.and_then(|event| source.get(event)) else { return false };
    key.decode_key(&mut (), &mut errors);
    errors.is_empty()
}

#[cfg(test)]
mod tests {
    use toml_edit::Document;

    use super::*;

    fn error(text: &str) -> DeploymentFileError {
        DeploymentFileError::of(&Document::parse(text).unwrap_err(), text)
    }

    #[test]
    fn a_key_that_was_declared_before_is_repeated() {
        for text in [
            "a = 1\na = 2",
            "a = 1\n\"a\" = 2",
            "a.b = 1\na.b = 2",
            "[a]\n[a]",
            "[a]\nb = 1\n[a.b]",
            "[[a]]\n[a]",
            "[a.b]\n[a]\nb.c = 1",
            "a = { b = 1, b = 2 }",
        ] {
            assert!(matches!(error(text), DeploymentFileError::RepeatedKey(_)), "{text}");
        }
        let expected = DeploymentFileError::RepeatedKey("line 2 does not parse: duplicate key.".to_owned());
        assert_eq!(error("a = 1\na = 2"), expected);
    }

    #[test]
    fn other_errors_at_keys_and_values_are_no_repeated_keys() {
        let deep = format!("a = {}", "[".repeat(200));
        for text in [
            "a",
            "a b = 1",
            "a = ",
            "a = x",
            "a! = 1",
            "! = 1",
            "\"\\q\" = 1",
            "'''a''' = 1",
            "[a",
            "[]",
            "= 1",
            "a = 1\na = 2\nb",
            "a = { b = 1\n[c",
            &deep,
        ] {
            assert!(matches!(error(text), DeploymentFileError::Other(_)), "{text}: {:?}", error(text));
        }
    }
}
