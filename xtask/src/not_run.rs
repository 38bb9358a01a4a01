//! What did not run on this machine, by name: a part that is skipped is never silent.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::Workspace;

/// Where tests write down that they did not run.
pub(crate) struct NotRunReport {
    pub(crate) file: PathBuf,
}

impl NotRunReport {
    pub(crate) fn empty(workspace: &Workspace) -> Result<Self> {
        let file = workspace.target().join("tests-that-did-not-run");
        fs::write(&file, "")?;
        Ok(Self { file })
    }

    /// Notes what did not run, and why.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add(&self, name: &str, why: &str) -> Result<()> {
        let mut file = fs::OpenOptions::new().append(true).open(&self.file)?;
        writeln!(file, "did not run: {name}: {}", why.replace('\n', " "))?;
        Ok(())
    }

    /// Whether every test ran.
    pub(crate) fn is_empty(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|lines| lines.is_empty())
    }

    /// How many tests did not run, in full or in part, and which.
    pub(crate) fn sum(&self) -> String {
        let lines = self.lines();
        // did not run: a::test: MySQL 9 cannot be had here: …
        let names: BTreeSet<&str> = (lines.iter())
            .map(|line| line.trim_start_matches("did not run: "))
            .map(|line| line.split_once(": ").map_or(line, |(name, _)| name))
            .collect();
        let end = if names.is_empty() { "." } else { ": " };
        format!("{} tests did not run{end}{}", names.len(), names.into_iter().collect::<Vec<_>>().join(", "))
    }

    pub(crate) fn print(&self) {
        for line in self.lines() {
            println!("{line}");
        }
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let lines: BTreeSet<String> = text.lines().map(str::to_owned).collect();
        lines.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_did_not_run_are_counted_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let report = NotRunReport { file: folder.path().join("report") };
        assert_eq!(report.sum(), "0 tests did not run.");
        let line = "did not run: plugin::pam: MariaDB 10.11 cannot be had here: none\n";
        let other = "did not run: servers::tls: MySQL 9 cannot be had here: none\n";
        fs::write(&report.file, [line, other, line, &line.replace("none", "other")].concat()).unwrap();
        assert_eq!(report.sum(), "2 tests did not run: plugin::pam, servers::tls");
        report.add("the book", "mdbook cannot be installed here:\nno network").unwrap();
        assert_eq!(report.sum(), "3 tests did not run: plugin::pam, servers::tls, the book");
    }
}
