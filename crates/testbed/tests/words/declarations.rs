//! What a source file declares: names of functions, types, modules, macros, constants, fields, variants and parameters.

use crate::tokens::{Token, starts_name, tokens};

/// The kinds of names that the glossary distinguishes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum DeclarationKind {
    /// `pub struct`, `pub enum`, `pub trait` or `pub type`.
    PublicType,
    /// A type, trait, module or macro that is not public.
    Type,
    /// A function, field, parameter, constant or variant.
    Value,
}

/// A name that is declared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Declaration<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: DeclarationKind,
    /// From 1.
    pub(crate) line: usize,
}

/// The declarations of a file.
pub(crate) fn declarations(code: &str) -> Vec<Declaration<'_>> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        found.extend(item(&tokens, at));
        found.extend(typed_name(&tokens, at));
        if tokens[at].text == "enum" {
            variants(&tokens[at..], &mut found);
        }
    }
    found
}

fn text<'a>(tokens: &[Token<'a>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.text)
}

fn is_name(text: &str) -> bool {
    text.starts_with(starts_name)
}

/// `fn name`, `struct Name` and the like. A parent's `impl` has no name of its own.
fn item<'a>(tokens: &[Token<'a>], at: usize) -> Option<Declaration<'a>> {
    let keyword = text(tokens, at);
    let name = match keyword {
        "macro_rules" => at + 2,
        _ => at + 1,
    };
    let named = tokens.get(name).filter(|token| is_name(token.text) && token.text != "fn")?;
    let is_public = at > 0 && text(tokens, at - 1) == "pub";
    let kind = match keyword {
        "struct" | "enum" | "trait" | "type" if is_public => DeclarationKind::PublicType,
        "struct" | "enum" | "trait" | "type" | "mod" | "macro_rules" => DeclarationKind::Type,
        "fn" | "const" | "static" => DeclarationKind::Value,
        _ => return None,
    };
    Some(Declaration { name: named.text, kind, line: named.line })
}

/// `name: Type` of a field or parameter.
fn typed_name<'a>(tokens: &[Token<'a>], at: usize) -> Option<Declaration<'a>> {
    let name = tokens.get(at)?;
    let before = at.checked_sub(1).map_or("{", |before| text(tokens, before));
    let is_lower = name.text.starts_with(|letter: char| letter.is_lowercase());
    let stands = matches!(before, "{" | "(" | "," | "|" | ")" | "]" | "pub" | "mut" | "ref");
    (is_lower && stands && text(tokens, at + 1) == ":").then_some(Declaration {
        name: name.text,
        kind: DeclarationKind::Value,
        line: name.line,
    })
}

/// The variants of the enum at the beginning of `tokens`.
fn variants<'a>(tokens: &[Token<'a>], found: &mut Vec<Declaration<'a>>) {
    let Some(open) = tokens.iter().position(|token| token.text == "{") else { return };
    let mut depth = 0_usize;
    let mut may_begin = false;
    for token in &tokens[open..] {
        match token.text {
            "{" | "(" | "[" => {
                depth += 1;
                may_begin = depth == 1;
            }
            "}" | ")" | "]" => {
                // An attribute ends where a variant may begin.
                may_begin = token.text == "]" && depth == 2;
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            "," if depth == 1 => may_begin = true,
            "#" => {}
            name if depth == 1 && may_begin && is_name(name) => {
                found.push(Declaration { name, kind: DeclarationKind::Value, line: token.line });
                may_begin = false;
            }
            _ => may_begin = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str, kind: DeclarationKind) -> Vec<&str> {
        declarations(code).into_iter().filter(|declared| declared.kind == kind).map(|declared| declared.name).collect()
    }

    #[test]
    fn every_kind_of_declaration_is_read() {
        let code = "pub struct Plan { pub title: String, told: u8 }\n\
                    enum Step { #[doc = \"x\"] One(u8), Two { inner: u8 }, Three }\n\
                    mod parts;\nmacro_rules! step { () => {} }\nconst MOST: u8 = 1;\n\
                    fn save(&self, mut who: &str) { let local = |line: u8| line; }";
        assert_eq!(names(code, DeclarationKind::PublicType), ["Plan"]);
        assert_eq!(names(code, DeclarationKind::Type), ["Step", "parts", "step"]);
        for name in ["title", "told", "One", "Two", "Three", "inner", "MOST", "save", "who", "line"] {
            assert!(names(code, DeclarationKind::Value).contains(&name), "{name}");
        }
    }

    #[test]
    fn uses_texts_and_comments_declare_nothing() {
        let code = "// fn told() {}\nlet x = \"fn said()\"; whole::told(); value.said();";
        assert_eq!(declarations(code), []);
    }
}
