//! The Rust sources of the workspace as text, without their tests: for rules that the compiler does not know.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// Where it is, from the root of the workspace, such as `crates/domain/src/lib.rs`.
    pub path: String,
    /// Its text without comments and tests: every line of the file, those left out are empty.
    pub code: String,
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The sources of production code: `src` of every crate but this one and `xtask`, in the order of their paths.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
pub fn production() -> Vec<Source> {
    let is_tool = |path: &str| path.starts_with("crates/testbed/") || path.starts_with("xtask/");
    workspace().into_iter().filter(|source| !is_tool(&source.path)).collect()
}

/// The sources of every crate of the workspace: all files of `src` that are not tests, in the order of their paths.
///
/// # Panics
/// When a file cannot be read.
#[must_use]
#[expect(clippy::panic, reason = "a test's helper fails the test")]
pub fn workspace() -> Vec<Source> {
    let root = root();
    let mut files = Vec::new();
    for folder in
        ["app", "server", "xtask"].map(|folder| root.join(folder)).into_iter().chain(entries(&root.join("crates")))
    {
        collect(&folder.join("src"), &mut files);
    }
    files.sort();
    let read = |file: PathBuf| {
        let path = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        Source { code: without_tests(&text), path }
    };
    files.into_iter().map(read).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// The `.rs` files below `folder` that are not tests by name.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if name != "tests" {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// Empties the lines of comments, and those of items under `#[cfg(test)]`. rustfmt closes an item in the column where it
/// opened it.
fn without_tests(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut closing: Option<String> = None;
    let mut is_test = false;
    for line in text.lines() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let trimmed = line.trim_start();
        if let Some(end) = &closing {
            if line == end {
                closing = None;
            }
        } else if trimmed == "#[cfg(test)]" {
            is_test = true;
        } else if is_test {
            if !trimmed.starts_with("#[") {
                is_test = false;
                closing = line.ends_with('{').then(|| format!("{indent}}}"));
            }
        } else if !trimmed.starts_with("//") {
            code.push_str(line);
        }
        code.push('\n');
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_comments_are_left_out_and_lines_keep_their_numbers() {
        let text = "//! Head.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\nfn c() {} // why\n";
        assert_eq!(without_tests(text), "\nfn a() {}\n\n\n\n\n\nfn c() {} // why\n");
        assert_eq!(without_tests("#[cfg(test)]\nuse super::x;\nuse y;\n"), "\n\nuse y;\n");
    }

    #[test]
    fn every_crate_of_the_product_is_read() {
        let sources = production();
        for path in ["app/src/lib.rs", "crates/domain/src/lib.rs", "crates/hydrate/src/lib.rs", "server/src/main.rs"] {
            assert!(sources.iter().any(|source| source.path == path), "{path}");
        }
        assert!(sources.iter().all(|source| !source.path.contains("testbed") && !source.path.ends_with("tests.rs")));
        let workspace = workspace();
        for path in ["crates/testbed/src/sources.rs", "xtask/src/main.rs"] {
            assert!(workspace.iter().any(|source| source.path == path), "{path}");
        }
    }
}
