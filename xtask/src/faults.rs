//! `cargo xtask faults`: runs the tests that inject faults and counts what the checks found of them.
//!
//! The tests write down each fault (`testbed::faults`); this only counts. docs/faults.md lists what cannot be injected.
//! `cargo xtask test` counts too, lists the findings ([`crate::sites`]) that have no fault, and fails where a check of
//! docs/checks.md, or a finding, has none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use testbed::faults::{FAULTS_FILE_VARIABLE, InjectedFault};

use crate::count;
use crate::runner::runner;
use crate::servers::SharedServers;
use crate::sites::Sites;
use crate::workspace::Workspace;

/// Shares that must be reached, in percent: faults found, faults found by the named check alone.
const MIN_FOUND_PERCENT: usize = 99;
const MIN_FOUND_EXACTLY_PERCENT: usize = 95;

/// Runs the tests and prints the count.
///
/// # Errors
/// When the tests cannot be started or what they wrote down cannot be read.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let file = workspace.target().join("faults.jsonl");
    fs::write(&file, "").with_context(|| format!("cannot write {}", file.display()))?;
    let servers = SharedServers::start();
    let tests = count::run(runner(workspace, &servers).env(FAULTS_FILE_VARIABLE, &file))?;
    drop(servers);
    let tally = FaultCounts::read(&file)?;
    println!("\n{tally}");
    let is_good = tally.covers_all(workspace)? && tally.meets_minimum() && tests.failed == 0;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether every check and every finding has a fault among those written down in `file`; lists those without.
///
/// # Errors
/// When the file, docs/checks.md or the sources cannot be read.
pub(crate) fn cover_all(workspace: &Workspace, file: &Path) -> Result<bool> {
    FaultCounts::read(file)?.covers_all(workspace)
}

/// The ids of all checks. The page is written from the catalogue, which a test holds.
fn checks(workspace: &Workspace) -> Result<Vec<String>> {
    let page = workspace.root().join("docs/checks.md");
    let text = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let id = |line: &str| Some(line.strip_prefix("## ")?.split_once(": ")?.0.to_owned());
    Ok(text.lines().filter_map(id).collect())
}

/// What is counted. A fault that is injected into several servers counts once, and as found if all found it.
#[derive(Debug, Default, Eq, PartialEq)]
struct FaultCounts {
    injected: usize,
    found: usize,
    alone: usize,
    healthy: usize,
    /// Healthy set-ups on which something failed or warned, and faults on which another check did.
    false_alarms: Vec<String>,
    missed: Vec<String>,
    by_check: BTreeMap<String, usize>,
    /// The places in the sources that reported a fault.
    sites: BTreeSet<String>,
}

/// The line of the report about the findings that no fault reaches.
fn without_fault(missed: &[String], all: usize) -> String {
    let places = if missed.is_empty() { "." } else { ":\n  " };
    format!("{} of {all} findings have no injected fault{places}{}", missed.len(), missed.join("\n  "))
}

impl FaultCounts {
    /// What tests wrote down.
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let faults: Vec<InjectedFault> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Ok(Self::of(&faults))
    }

    /// Whether every check has a fault, no finding has none, and every place that reported
    /// something is in the list of findings; lists what is not.
    fn covers_all(&self, workspace: &Workspace) -> Result<bool> {
        let checks = self.without(&checks(workspace)?);
        if !checks.is_empty() {
            println!("No injected fault tests these checks: {}", checks.join(", "));
        }
        let sites = Sites::read(workspace.root())?;
        let (missed, unknown) = (sites.without(&self.sites), sites.unknown(&self.sites));
        println!("{}", without_fault(&missed, sites.places.len()));
        unknown.iter().for_each(|place| println!("  {place}: the list of findings (xtask/src/sites.rs) lacks it"));
        Ok(checks.is_empty() && missed.is_empty() && unknown.is_empty())
    }

    /// Those of `checks` that have no fault.
    fn without(&self, checks: &[String]) -> Vec<String> {
        checks.iter().filter(|id| !self.by_check.contains_key(*id)).cloned().collect()
    }

    fn of(faults: &[InjectedFault]) -> Self {
        let mut by_name: BTreeMap<(&str, Option<&str>), Vec<&InjectedFault>> = BTreeMap::new();
        for fault in faults {
            by_name.entry((&fault.name, fault.expected.as_deref())).or_default().push(fault);
        }
        let mut tally = Self::default();
        for ((name, expected), runs) in by_name {
            let told: Vec<&str> = runs.iter().flat_map(|run| &run.found).map(String::as_str).collect();
            let Some(expected) = expected else {
                tally.healthy += 1;
                if !told.is_empty() {
                    tally.false_alarms.push(format!("{name}: {}", told.join(", ")));
                }
                continue;
            };
            tally.injected += 1;
            *tally.by_check.entry(expected.to_owned()).or_default() += 1;
            tally.sites.extend(runs.iter().flat_map(|run| run.sites.iter().cloned()));
            tally.found += usize::from(runs.iter().all(|run| run.is_found()));
            if runs.iter().all(|run| run.is_found_exactly()) {
                tally.alone += 1;
            } else {
                tally.missed.push(format!("{name}: {expected} expected, {}", told.join(", ")));
            }
        }
        tally
    }

    const fn meets_minimum(&self) -> bool {
        self.injected > 0
            && self.found * 100 >= self.injected * MIN_FOUND_PERCENT
            && self.alone * 100 >= self.injected * MIN_FOUND_EXACTLY_PERCENT
            && self.false_alarms.is_empty()
    }
}

impl std::fmt::Display for FaultCounts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in self.missed.iter().chain(&self.false_alarms) {
            writeln!(formatter, "  {line}")?;
        }
        let checks: Vec<String> = self.by_check.iter().map(|(id, count)| format!("{id} {count}")).collect();
        writeln!(formatter, "by check: {}", checks.join(", "))?;
        write!(
            formatter,
            "{} faults injected, {} found, {} by the named check alone; {} healthy set-ups, {} false alarms",
            self.injected,
            self.found,
            self.alone,
            self.healthy,
            self.false_alarms.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(name: &str, expected: Option<&str>, found: &[&str]) -> InjectedFault {
        let found = found.iter().map(|text| (*text).to_owned()).collect();
        InjectedFault {
            name: name.to_owned(),
            expected: expected.map(str::to_owned),
            found,
            sites: vec!["a.rs:1:1".to_owned()],
        }
    }

    #[test]
    fn findings_without_a_fault_are_listed() {
        assert_eq!(without_fault(&[], 7), "0 of 7 findings have no injected fault.");
        let missed = ["a.rs:1:1: found(A)", "b.rs:2:2: found(B)"].map(str::to_owned);
        let expected = "2 of 7 findings have no injected fault:\n  a.rs:1:1: found(A)\n  b.rs:2:2: found(B)";
        assert_eq!(without_fault(&missed, 7), expected);
    }

    #[test]
    fn a_fault_on_two_servers_counts_once_and_only_if_both_found_it() {
        let faults = [
            fault("a", Some("DB-05"), &["failed DB-05"]),
            fault("a", Some("DB-05"), &["failed DB-05"]),
            fault("b", Some("DB-05"), &["failed DB-05"]),
            fault("b", Some("DB-05"), &[]),
            fault("healthy", None, &[]),
        ];
        let tally = FaultCounts::of(&faults);
        assert_eq!((tally.injected, tally.found, tally.alone, tally.healthy), (2, 1, 1, 1));
        assert!(!tally.meets_minimum());
    }

    #[test]
    fn a_check_without_a_fault_is_named() {
        let tally = FaultCounts::of(&[fault("a", Some("DB-05"), &["failed DB-05"]), fault("healthy", None, &[])]);
        let checks = ["DB-05", "DB-06"].map(str::to_owned);
        assert_eq!(tally.without(&checks), ["DB-06"]);
    }

    #[test]
    fn another_check_in_addition_to_the_named_one_is_no_find() {
        let tally = FaultCounts::of(&[fault("a", Some("DB-05"), &["failed DB-05", "warned DB-08"])]);
        assert_eq!((tally.found, tally.alone), (1, 0));
        assert_eq!(FaultCounts::of(&[fault("ok", None, &["warned DB-08"])]).false_alarms, ["ok: warned DB-08"]);
    }
}
