//! Which module of a crate refers to which other one.

use std::collections::{BTreeMap, BTreeSet};

use testbed::sources::Source;

use crate::syntax::{Path, Syntax, parse};

/// Re-exports of re-exports are followed this far.
const MAX_STEPS: usize = 16;

/// A module by its path, such as `domain::rules::nodes`.
pub(crate) type ModulePath = Vec<String>;

/// Where a module refers to another one: file, line and path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    pub file: String,
    pub line: usize,
    pub path: String,
}

/// The references between modules with their sites.
pub(crate) type References = BTreeMap<(ModulePath, ModulePath), BTreeSet<Site>>;

/// The references of all crates. A re-exported item counts where it is defined.
pub(crate) fn references(sources: &[Source]) -> References {
    let libraries: BTreeSet<&str> = sources.iter().filter_map(|source| source.path.strip_suffix("/lib.rs")).collect();
    let mut tree = Tree::default();
    for source in sources {
        let is_second = source.path.strip_suffix("/main.rs").is_some_and(|folder| libraries.contains(folder));
        let Some(file_module) = module_of(&source.path).filter(|_| !is_second) else { continue };
        for (below, syntax) in parse(&source.code) {
            let path = [file_module.clone(), below].concat();
            tree.modules.insert(path, Module { file: source.path.clone(), syntax });
        }
    }
    let mut references = References::new();
    for (from, module) in &tree.modules {
        for (to, path) in tree.targets(from, &module.syntax) {
            if to != *from {
                let site = Site { file: module.file.clone(), line: path.line, path: path.names.join("::") };
                references.entry((from.clone(), to)).or_default().insert(site);
            }
        }
    }
    references
}

/// The module of a file.
fn module_of(path: &str) -> Option<ModulePath> {
    let (package, below) = path.strip_suffix(".rs")?.split_once("/src/")?;
    let package = package.rsplit('/').next()?.to_owned();
    let below = match below {
        "lib" | "main" => None,
        _ => Some(below.strip_suffix("/mod").unwrap_or(below)),
    };
    Some(
        std::iter::once(package)
            .chain(below.into_iter().flat_map(|below| below.split('/').map(str::to_owned)))
            .collect(),
    )
}

struct Module {
    file: String,
    syntax: Syntax,
}

#[derive(Default)]
struct Tree {
    modules: BTreeMap<ModulePath, Module>,
}

/// What a path resolves to.
enum Target {
    Module(ModulePath),
    /// The module that defines the item.
    Item(ModulePath),
}

impl Tree {
    /// What the module refers to, and by which path. A parent that re-exports an item of its children does not use it.
    fn targets<'a>(&self, from: &ModulePath, syntax: &'a Syntax) -> Vec<(ModulePath, &'a Path)> {
        let mut targets = Vec::new();
        let mut imported = BTreeSet::new();
        for import in &syntax.imports {
            // A macro may have the name of a module.
            if let [root, name] = import.path.names.as_slice()
                && root == "crate"
                && let Some(to) = self.exported_macro(&from[..1].to_vec(), name)
            {
                targets.push((to, &import.path));
            }
            if let Some(Target::Item(to)) = self.resolve(from, &import.path.names, 0) {
                if self.is_module_too(from, &import.path.names) {
                    continue;
                }
                if !import.is_public {
                    imported.extend(&import.name);
                }
                if !(import.is_public && to.starts_with(from)) {
                    targets.push((to, &import.path));
                }
            }
        }
        let is_outer = |path: &&Path| path.names.first().is_some_and(|name| !imported.contains(name));
        let mut resolved: BTreeMap<&[String], Option<Target>> = BTreeMap::new();
        for path in syntax.paths.iter().filter(is_outer) {
            let target = resolved.entry(&path.names).or_insert_with(|| self.resolve(from, &path.names, 0));
            if let Some(Target::Item(to)) = target {
                targets.push((to.clone(), path));
            }
        }
        targets
    }

    /// Whether an item has the name of a module: only the paths show which of the two is meant.
    fn is_module_too(&self, from: &ModulePath, names: &[String]) -> bool {
        let below = [names, &[String::new()]].concat();
        let owner = self.resolve(from, &below, 0);
        matches!(owner, Some(Target::Item(owner)) if owner.len() > 1 && owner.last() == names.last())
    }

    /// Resolves a path in the module `from`; none if it belongs to another crate.
    fn resolve(&self, from: &ModulePath, names: &[String], steps: usize) -> Option<Target> {
        let mut start = from.clone();
        let mut rest = names;
        while let Some((first, behind)) = rest.split_first() {
            match first.as_str() {
                "crate" => start.truncate(1),
                "super" => {
                    start.pop();
                }
                "self" => {}
                _ => break,
            }
            rest = behind;
        }
        let is_anchored = rest.len() < names.len();
        self.look_up(from, &start, rest, steps).or_else(|| is_anchored.then_some(Target::Item(start)))
    }

    /// Finds a path below a module as `viewer` sees it; none if the module does not know its first name.
    fn look_up(&self, viewer: &ModulePath, module: &ModulePath, names: &[String], steps: usize) -> Option<Target> {
        let Some((name, rest)) = names.split_first() else { return Some(Target::Module(module.clone())) };
        let syntax = &self.modules.get(module)?.syntax;
        if steps > MAX_STEPS || (rest.is_empty() && syntax.items.contains(name)) {
            return Some(Target::Item(module.clone()));
        }
        let behind = |path: &Path| [path.names.as_slice(), rest].concat();
        let visible = syntax.imports.iter().filter(|import| import.is_public || viewer.starts_with(module));
        let import = visible.clone().find(|import| import.name.as_ref() == Some(name));
        let child = [module.as_slice(), std::slice::from_ref(name)].concat();
        if self.modules.contains_key(&child) && (import.is_none() || !rest.is_empty()) {
            return self.look_up(viewer, &child, rest, steps).or(Some(Target::Item(child)));
        }
        if syntax.items.contains(name) {
            return Some(Target::Item(module.clone()));
        }
        if let Some(import) = import {
            return self.resolve(module, &behind(&import.path), steps + 1);
        }
        let by_glob = visible.filter(|import| import.name.is_none()).find_map(|glob| {
            match self.resolve(module, &glob.path.names, steps + 1)? {
                Target::Module(target) if target != *module => self.look_up(viewer, &target, names, steps + 1),
                _ => None,
            }
        });
        by_glob.or_else(|| self.exported_macro(module, name).map(Target::Item))
    }

    /// The module that defines a macro of this name for the root of its crate.
    fn exported_macro(&self, root: &ModulePath, name: &String) -> Option<ModulePath> {
        let is_exporter = |(path, module): &(&ModulePath, &Module)| {
            path.starts_with(root) && module.syntax.exported_macros.contains(name)
        };
        self.modules.iter().filter(|_| root.len() == 1).find(is_exporter).map(|(path, _)| path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The references of a crate `c`, as `from > to line path`.
    fn references_of(files: &[(&str, &str)]) -> Vec<String> {
        let source =
            |(path, code): &(&str, &str)| Source { path: format!("crates/c/src/{path}"), code: (*code).to_owned() };
        let sources: Vec<Source> = files.iter().map(source).collect();
        let mut lines = Vec::new();
        for ((from, to), sites) in references(&sources) {
            for site in sites {
                lines.push(format!("{} > {} {} {}", from.join("::"), to.join("::"), site.line, site.path));
            }
        }
        lines
    }

    #[test]
    fn a_re_export_counts_where_the_item_is_defined() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use a::*;\n"),
            ("a/mod.rs", "mod d;\npub use d::D;\nfn own() {}\n"),
            ("a/d.rs", "use super::own;\npub struct D;\n"),
            ("b.rs", "use crate::D;\nuse crate::a::own as other;\nuse std::fmt;\n"),
        ];
        assert_eq!(
            references_of(&files),
            ["c::a::d > c::a 1 super::own", "c::b > c::a 2 crate::a::own", "c::b > c::a::d 1 crate::D"]
        );
    }

    #[test]
    fn a_parent_that_uses_what_it_re_exports_refers_to_the_child() {
        let files = [("lib.rs", "mod a;\npub use a::A;\n\nfn f(x: A) {}\n"), ("a.rs", "pub struct A;\n")];
        assert_eq!(references_of(&files), ["c > c::a 4 A"]);
    }

    #[test]
    fn a_module_that_is_imported_counts_by_the_paths_through_it() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a/mod.rs", "pub mod d;\n"),
            ("a/d.rs", "fn f() {}\n"),
            ("b.rs", "use crate::a::{self, d as e};\n\nfn g() { a::d::f() + e::f() + super::h }\n"),
        ];
        assert_eq!(references_of(&files), ["c::b > c 3 super::h", "c::b > c::a::d 3 a::d::f", "c::b > c::a::d 3 e::f"]);
    }

    #[test]
    fn of_a_function_and_a_module_of_one_name_the_one_that_is_used_counts() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nmod d;\nfn a() {}\n"),
            ("a.rs", "fn f() {}\n"),
            ("b.rs", "use crate::a;\n\nfn g() { a::f() }\n"),
            ("d.rs", "use crate::a;\n\nfn g() { a() }\n"),
        ];
        assert_eq!(references_of(&files), ["c::b > c::a 3 a::f", "c::d > c 3 a"]);
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use a::a;\n"),
            ("a.rs", "pub fn a() {}\npub fn f() {}\n"),
            ("b.rs", "use crate::a;\n\nfn g() { a(); a::f() }\n"),
        ];
        assert_eq!(references_of(&files), ["c::b > c::a 3 a", "c::b > c::a 3 a::f"]);
    }

    #[test]
    fn what_only_its_own_module_imports_is_no_way_for_others() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nmod d;\n"),
            ("a.rs", "pub struct A;\n"),
            ("b.rs", "use crate::a::A;\npub struct B;\n"),
            ("d.rs", "use crate::b::*;\n\nfn g(a: A, b: B) {}\n"),
        ];
        assert_eq!(references_of(&files), ["c::b > c::a 1 crate::a::A", "c::d > c::b 3 B"]);
    }

    #[test]
    fn everything_that_a_glob_brings_in_counts() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "pub use crate::b::B;\npub struct A;\n"),
            ("b.rs", "pub struct B;\npub mod keys {\n    use crate::a::*;\n    fn f(a: A, b: B) {}\n}\n"),
        ];
        assert_eq!(
            references_of(&files),
            ["c::a > c::b 1 crate::b::B", "c::b::keys > c::a 4 A", "c::b::keys > c::b 4 B"]
        );
    }

    #[test]
    fn an_exported_macro_counts_where_it_is_defined() {
        let files = [
            ("main.rs", "mod a;\nmod b;\n"),
            ("a.rs", "#[macro_export]\nmacro_rules! m { () => { $crate::b::f() } }\n"),
            ("b.rs", "use crate::m;\n"),
        ];
        assert_eq!(references_of(&files), ["c::a > c::b 2 crate::b::f", "c::b > c::a 1 crate::m"]);
    }
}
