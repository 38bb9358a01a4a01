//! What a source file declares, imports and names.

use std::collections::{BTreeMap, BTreeSet};

use crate::tokens::{Token, starts_name, tokens};

/// A path as it is written, without `$` and type arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub names: Vec<String>,
    pub line: usize,
}

/// One name that a `use` brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    pub path: Path,
    /// Its name in the module; none for `*`.
    pub name: Option<String>,
    pub is_public: bool,
}

/// The syntax of one module: a file, or a part of one in `mod name { … }`.
#[derive(Debug, Default)]
pub(crate) struct Syntax {
    pub items: BTreeSet<String>,
    /// Macros that `#[macro_export]` moves to the root of the crate.
    pub exported_macros: Vec<String>,
    pub imports: Vec<Import>,
    /// Paths outside of `use`, single names too.
    pub paths: Vec<Path>,
}

/// The modules of a file, by their names below the module of the file.
pub(crate) fn parse(code: &str) -> BTreeMap<Vec<String>, Syntax> {
    let mut parser = Parser { tokens: tokens(code), at: 0 };
    let mut modules = BTreeMap::new();
    parser.module(&mut modules, &[]);
    modules
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Parser<'a> {
    /// The text of the token `offset` behind the next one, empty beyond the end.
    fn text(&self, offset: usize) -> &'a str {
        self.tokens.get(self.at + offset).map_or("", |token| token.text)
    }

    /// The text of the token `offset` before the next one.
    fn before(&self, offset: usize) -> &'a str {
        self.at.checked_sub(offset).and_then(|at| self.tokens.get(at)).map_or("", |token| token.text)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    /// Reads to the end of the module whose opening brace was read.
    fn module(&mut self, modules: &mut BTreeMap<Vec<String>, Syntax>, name: &[String]) {
        let mut syntax = Syntax::default();
        let mut depth = 0_usize;
        let mut is_exported = false;
        while self.at < self.tokens.len() {
            let (word, next) = (self.text(0), self.text(1));
            match word {
                "{" => depth += 1,
                "}" if depth == 0 => break,
                "}" => depth -= 1,
                "macro_export" => is_exported = true,
                "macro_rules" if next == "!" => {
                    let list = if is_exported { &mut syntax.exported_macros } else { &mut Vec::new() };
                    list.push(self.text(2).to_owned());
                    syntax.items.insert(self.text(2).to_owned());
                    is_exported = false;
                    self.at += 2;
                }
                "mod" if self.text(2) == "{" => {
                    let name = [name, &[next.to_owned()]].concat();
                    self.at += 3;
                    self.module(modules, &name);
                }
                "mod" => self.at += 1,
                "use" if next != "<" => {
                    let is_public = matches!(self.before(1), "pub" | ")");
                    self.at += 1;
                    self.use_tree(&[], is_public, &mut syntax.imports);
                }
                "fn" if depth == 0 => {
                    syntax.items.insert(next.to_owned());
                }
                "const" if matches!(next, "fn" | "unsafe" | "async") => {}
                "struct" | "enum" | "trait" | "type" | "const" | "static" | "union"
                    if next.starts_with(starts_name) =>
                {
                    syntax.items.insert(next.to_owned());
                }
                _ if word.starts_with(starts_name) => self.path(&mut syntax.paths),
                _ => {}
            }
            self.at += 1;
        }
        modules.insert(name.to_vec(), syntax);
    }

    /// Reads a path outside of `use`, up to its last token.
    fn path(&mut self, paths: &mut Vec<Path>) {
        let is_visibility = self.before(1) == "in" && self.before(2) == "(" && self.before(3) == "pub";
        let is_whole = !matches!(self.before(1), "." | "::") && !is_visibility;
        let mut path = Path { names: vec![self.text(0).to_owned()], line: self.line() };
        while self.text(1) == "::" && self.text(2).starts_with(starts_name) {
            path.names.push(self.text(2).to_owned());
            self.at += 2;
        }
        let is_field = path.names.len() == 1 && self.text(1) == ":";
        if is_whole && !is_field {
            paths.push(path);
        }
    }

    /// Reads a tree of imports up to the `;`, `,` or `}` behind it, and leaves that as the next token.
    fn use_tree(&mut self, prefix: &[String], is_public: bool, imports: &mut Vec<Import>) {
        let mut names = prefix.to_vec();
        let line = self.line();
        while self.at < self.tokens.len() {
            match self.text(0) {
                "{" => {
                    while !matches!(self.text(0), "}" | "") {
                        self.at += 1;
                        if self.text(0) != "}" {
                            self.use_tree(&names, is_public, imports);
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    imports.push(Import { path: Path { names, line }, name: None, is_public });
                    self.at += 1;
                    return;
                }
                ";" | "," | "}" => break,
                "as" => {
                    let name = Some(self.text(1).to_owned());
                    imports.push(Import { path: Path { names, line }, name, is_public });
                    self.at += 2;
                    return;
                }
                "self" if !names.is_empty() => {}
                word if word.starts_with(starts_name) => names.push(word.to_owned()),
                _ => {}
            }
            self.at += 1;
        }
        let name = names.last().cloned();
        imports.push(Import { path: Path { names, line }, name, is_public });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(code: &str) -> Syntax {
        parse(code).remove(&Vec::new()).unwrap()
    }

    fn imports(code: &str) -> Vec<String> {
        let text = |import: &Import| {
            let name = import.name.as_deref().unwrap_or("*");
            format!("{} {name} {}", import.path.names.join("::"), import.path.line)
        };
        root(code).imports.iter().map(text).collect()
    }

    #[test]
    fn trees_of_imports_are_read() {
        let code = "use crate::a::{self, b::{C, D as E},\n f as _, g::*};\npub(crate) use {h, i::J};\nfn k() {}";
        assert_eq!(
            imports(code),
            [
                "crate::a a 1",
                "crate::a::b::C C 1",
                "crate::a::b::D E 1",
                "crate::a::f _ 2",
                "crate::a::g * 2",
                "h h 3",
                "i::J J 3",
            ]
        );
        assert!(root(code).items.contains("k"));
        assert_eq!(root(code).imports.iter().filter(|import| import.is_public).count(), 2);
    }

    #[test]
    fn paths_of_code_are_read_but_no_fields_methods_and_visibilities() {
        let code = "pub(in crate::a) fn f(b: c::D) -> impl E + use<'_> { $crate::g::h::<I>(j.k, L { m: n }) }";
        let paths: Vec<String> = root(code).paths.iter().map(|path| path.names.join("::")).collect();
        assert_eq!(paths, ["pub", "in", "f", "c::D", "impl", "E", "use", "crate::g::h", "I", "j", "L", "n"]);
    }

    #[test]
    fn a_module_within_a_file_is_its_own() {
        let modules = parse(
            "mod a;\npub mod b {\n    pub const C: D = D {};\n}\n#[macro_export]\nmacro_rules! e { () => {}; }\n",
        );
        assert_eq!(modules.len(), 2);
        assert!(modules[&vec!["b".to_owned()]].items.contains("C"));
        assert_eq!(modules[&Vec::new()].exported_macros, ["e"]);
    }
}
