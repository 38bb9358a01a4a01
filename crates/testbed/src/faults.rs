//! Faults that tests inject, and what the checks said about each: `cargo xtask faults` counts them.
//!
//! A test states the fault and what was found; it is written down where [`FAULTS_FILE_VARIABLE`] asks for it, found or not, and then
//! asserted. Nothing here injects a fault.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::{env, thread};

use serde::{Deserialize, Serialize};

/// Names the file that faults are added to, one line of JSON each.
pub const FAULTS_FILE_VARIABLE: &str = "CLUSTERWRIGHT_TEST_FAULTS";

/// One injected fault, or a healthy set-up.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct InjectedFault {
    /// Which one: the path of the test, and a label where a test injects several.
    pub name: String,
    /// The id of the check that must find it; `None` for a healthy set-up.
    pub expected: Option<String>,
    /// What was found: `failed DB-05`, `warned LB-06`.
    pub found: Vec<String>,
    /// The places in the sources that reported it (`domain::sites::take`).
    #[serde(default)]
    pub sites: Vec<String>,
}

impl InjectedFault {
    /// Whether any check found something.
    #[must_use]
    pub fn is_found(&self) -> bool {
        !self.found.is_empty()
    }

    /// Whether the expected check found it, and no other said anything.
    #[must_use]
    pub fn is_found_exactly(&self) -> bool {
        let is_expected = |found: &String| found.split(' ').next_back() == self.expected.as_deref();
        !self.found.is_empty() && self.found.iter().all(is_expected)
    }
}

/// Writes down a fault that this test injected, and asserts that what was found is exactly `expected`, such as
/// `failed DB-05`. `label` parts the faults of one test; `sites` are the places that reported it (`domain::sites::take`).
///
/// # Panics
/// When something else was found.
#[track_caller]
pub fn expect(label: &str, expected: &str, found: &[String], sites: Vec<String>) {
    let id = expected.split(' ').next_back().map(str::to_owned);
    write(&InjectedFault { name: name(label), expected: id, found: found.to_vec(), sites });
    assert_eq!(found, [expected], "of the fault {label:?}");
}

/// Writes down a healthy set-up, and asserts that nothing was found.
///
/// # Panics
/// When something was found.
#[track_caller]
pub fn expect_none(label: &str, found: &[String]) {
    write(&InjectedFault { name: name(label), expected: None, found: found.to_vec(), sites: Vec::new() });
    assert!(found.is_empty(), "of the healthy set-up {label:?}: {found:?}");
}

/// The thread of a test has the test's path as its name.
fn name(label: &str) -> String {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test").to_owned();
    if label.is_empty() { test } else { format!("{test}: {label}") }
}

fn write(fault: &InjectedFault) {
    let Some(file) = env::var_os(FAULTS_FILE_VARIABLE) else { return };
    let line = serde_json::to_string(fault).unwrap_or_default();
    // One write a line: lines of tests that run at once do not mix.
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
    assert!(written.is_ok(), "{} cannot be written: {written:?}", file.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_alone_or_among_others() {
        let fault = |found: &[&str]| InjectedFault {
            name: String::new(),
            expected: Some("DB-05".to_owned()),
            found: found.iter().map(|text| (*text).to_owned()).collect(),
            sites: Vec::new(),
        };
        assert!(fault(&["failed DB-05"]).is_found_exactly());
        assert!(!fault(&["failed DB-05", "warned DB-08"]).is_found_exactly());
        assert!(!fault(&[]).is_found() && !fault(&[]).is_found_exactly());
    }
}
