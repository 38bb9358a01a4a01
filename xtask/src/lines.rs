//! `cargo xtask lines`: how much Rust code each crate has, without tests, comments and empty lines.

use std::collections::BTreeMap;
use std::process::ExitCode;

use testbed::sources::{Source, workspace};

/// Prints the count of each crate and their sum.
pub(crate) fn run() -> ExitCode {
    let counts = count(&workspace());
    for (package, lines) in &counts {
        println!("{package:20} {lines:6}");
    }
    println!("{:20} {:6}", "all", counts.values().sum::<usize>());
    ExitCode::SUCCESS
}

/// Lines of code by the folder of their crate.
fn count(sources: &[Source]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for Source { path, code } in sources {
        let package = path.split_once("/src/").map_or(path.as_str(), |(package, _)| package);
        let lines = code.lines().filter(|line| !line.trim().is_empty()).count();
        *counts.entry(package.to_owned()).or_default() += lines;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_not_counted() {
        let source = |path: &str, code: &str| Source { path: path.to_owned(), code: code.to_owned() };
        let sources = [
            source("app/src/a.rs", "fn a() {\n\n}\n"),
            source("app/src/b/c.rs", "x\n"),
            source("server/src/d.rs", "\n"),
        ];
        assert_eq!(count(&sources), BTreeMap::from([("app".to_owned(), 3), ("server".to_owned(), 0)]));
    }
}
