//! Proves that an addition cannot be forgotten in silence: adds a version, a check of each reach and a secret setting to a copy of
//! the sources, and expects the compiler or a named test to list every place that must follow.
//!
//! A check that the rules, the files or the bundle decide has no place that the compiler knows: `cargo xtask test` lists a
//! check without an injected fault ([`crate::faults`]).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::count::TestCounts;
use crate::workspace::Workspace;

/// What is no source: built, fetched, or the history.
const LEFT_OUT: [&str; 4] = ["target", "node_modules", ".git", "end2end"];

/// An addition, and what must report that something is missing.
struct Addition {
    name: &'static str,
    file: &'static str,
    /// The text in the file that is replaced, and what replaces it.
    edit: (&'static str, &'static str),
    expected: Expected,
}

/// What reports the missing places.
enum Expected {
    /// The compiler, in exactly these files.
    Compiler(&'static [&'static str]),
    /// This test of `domain`.
    Test(&'static str),
}

const ADDITIONS: [Addition; 5] = [
    Addition {
        name: "a version",
        file: "crates/domain/src/product.rs",
        edit: (
            "    Version {\n",
            "    Version {\n        V9_0_0 = \"9.0.0\", \"9.0.0\", \"A version that is added\";\n",
        ),
        expected: Expected::Compiler(&["crates/domain/src/product.rs"]),
    },
    Addition {
        name: "a check that nodes decide",
        file: "crates/domain/src/check/catalogue.rs",
        edit: (
            "catalogue! {\n",
            "catalogue! {\n    Xx01 \"XX-01\" Database Warns Node \"Added\" proves \"Nothing.\" needs [] remedy \"Nothing.\";\n",
        ),
        expected: Expected::Compiler(&["crates/domain/src/node_report/evaluate.rs"]),
    },
    Addition {
        name: "a check that the server decides",
        file: "crates/domain/src/check/catalogue.rs",
        edit: (
            "catalogue! {\n",
            "catalogue! {\n    Xx01 \"XX-01\" Database Warns Server \"Added\" proves \"Nothing.\" needs [] remedy \"Nothing.\";\n",
        ),
        expected: Expected::Compiler(&["crates/probe/src/checks/mod.rs"]),
    },
    Addition {
        name: "a check of the deployed cluster",
        file: "crates/domain/src/check/catalogue.rs",
        edit: (
            "catalogue! {\n",
            "catalogue! {\n    Xx01 \"XX-01\" Verify Warns Cluster \"Added\" proves \"Nothing.\" needs [] remedy \"Nothing.\";\n",
        ),
        expected: Expected::Compiler(&["crates/probe/src/verification/mod.rs"]),
    },
    Addition {
        name: "a secret setting",
        file: "crates/domain/src/steps/database.rs",
        edit: (
            "    password: Password {\n",
            "    added: Password {\n        label: \"Added\",\n        help: \"A test.\",\n        examples: [\"a-1\", \"a-2\"],\n    }\n    \
             password: Password {\n",
        ),
        expected: Expected::Test("every_secret_is_sent_to_a_declared_place_or_stays_in_the_files"),
    },
];
/// Makes each addition in a copy below the target folder, which keeps what was compiled.
///
/// # Errors
/// When the copy cannot be written or cargo cannot be started.
pub(crate) fn run(workspace: &Workspace) -> Result<TestCounts> {
    let folder = workspace.target().join("growth");
    let sources = folder.join("sources");
    if sources.exists() {
        fs::remove_dir_all(&sources).with_context(|| format!("cannot remove {}", sources.display()))?;
    }
    copy(workspace.root(), &sources)?;
    let mut counts = TestCounts::default();
    for addition in ADDITIONS {
        let outcome = try_addition(&addition, &sources, &folder.join("target"));
        match &outcome {
            Ok(()) => println!("{}: every place that must follow is listed", addition.name),
            Err(error) => println!("{}: {error:#}", addition.name),
        }
        counts += TestCounts::one(outcome.is_ok());
    }
    Ok(counts)
}

fn try_addition(addition: &Addition, sources: &Path, target: &Path) -> Result<()> {
    let file = sources.join(addition.file);
    let original = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    fs::write(&file, added(addition, &original)?)?;
    let outcome = match addition.expected {
        Expected::Compiler(files) => expect_errors(files, sources, target),
        Expected::Test(name) => expect_failure(name, sources, target),
    };
    fs::write(&file, original)?;
    outcome
}

/// The text of the file with the addition.
fn added(addition: &Addition, original: &str) -> Result<String> {
    let (anchor, replacement) = addition.edit;
    if !original.contains(anchor) {
        bail!("{} has no {anchor:?} to add to", addition.file);
    }
    Ok(original.replacen(anchor, replacement, 1))
}

fn cargo(sources: &Path, target: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(sources).env("CARGO_TARGET_DIR", target).stderr(Stdio::piped()).stdout(Stdio::piped());
    cargo
}

fn expect_errors(files: &[&str], sources: &Path, target: &Path) -> Result<()> {
    let mut cargo = cargo(sources, target);
    cargo.args(["check", "-p", "domain", "-p", "probe", "--keep-going", "--message-format", "short"]);
    let output = cargo.output().context("cannot start cargo")?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let found = files_with_errors(&text);
    let expected: BTreeSet<&str> = files.iter().copied().collect();
    if output.status.success() || found != expected {
        bail!("the compiler lists {found:?}, expected are {expected:?}:\n{text}");
    }
    Ok(())
}

/// The files in cargo's short messages: `crates/a.rs:1:2: error[E0004]: …`.
fn files_with_errors(text: &str) -> BTreeSet<&str> {
    let of_line = |line: &'_ str| -> Option<usize> {
        let (place, _) = line.split_once(": error")?;
        place.ends_with(|letter: char| letter.is_ascii_digit()).then(|| place.find(':').unwrap_or(place.len()))
    };
    text.lines().filter_map(|line| line.get(..of_line(line)?)).collect()
}

fn expect_failure(test: &str, sources: &Path, target: &Path) -> Result<()> {
    let mut cargo = cargo(sources, target);
    let output = cargo.args(["test", "-p", "domain", "--lib", "--", test]).output().context("cannot start cargo")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.contains(&format!("{test} ... FAILED")) {
        bail!("the test {test} does not fail:\n{text}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name)).with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_from_short_messages() {
        let text = "   Compiling domain v0.1.0\ncrates/a.rs:1:2: error[E0004]: non-exhaustive\n\
                    crates/b.rs:3:4: warning: unused\nerror: could not compile `domain`\n";
        assert_eq!(files_with_errors(text), BTreeSet::from(["crates/a.rs"]));
    }

    #[test]
    fn every_addition_has_its_place() {
        for addition in ADDITIONS {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            let text = fs::read_to_string(root.join(addition.file)).unwrap();
            assert_ne!(added(&addition, &text).unwrap(), text, "{}", addition.name);
        }
    }
}
