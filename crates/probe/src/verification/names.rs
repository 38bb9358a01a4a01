//! The names of test objects: recognisable, unique, and with the time of their run, so that a later run removes what an
//! interrupted one left.

use std::fmt;

/// Begins the name of every test object.
pub(super) const PREFIX: &str = "cw-verify-";
/// How old a test object of another run must be before it counts as left over: longer than any verification takes.
const MIN_LEFTOVER_AGE_SECONDS: u64 = 15 * 60;

/// The name of a test object: `cw-verify-1795925728-1f2e-user-is-1`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct TestName(String);

impl TestName {
    /// What the names of all objects of a run begin with.
    pub(super) fn prefix_of_run(run_name: &str, unix_seconds: u64) -> String {
        format!("{PREFIX}{unix_seconds}-{run_name}-")
    }

    /// The name of the object `purpose` of the run `run_name` that began at `unix_seconds`.
    pub(super) fn new(run_name: &str, unix_seconds: u64, purpose: &str) -> Self {
        let purpose: String =
            purpose.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        Self(format!("{}{}", Self::prefix_of_run(run_name, unix_seconds), purpose.to_ascii_lowercase()))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A user name without its user store: `PRIMARY/`.
pub(super) fn without_store(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether an object of this name was left by an interrupted run.
pub(super) fn is_left_over(name: &str, now: u64) -> bool {
    let name = without_store(name);
    let began = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()).and_then(|began| began.parse().ok());
    began.is_some_and(|began: u64| now.saturating_sub(began) >= MIN_LEFTOVER_AGE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_test_objects_are_left_over() {
        let name = TestName::new("1f2e", 1000, "User IS 1");
        assert_eq!(name.text(), "cw-verify-1000-1f2e-user-is-1");
        for (name, now, expected) in [
            (name.text(), 1000 + MIN_LEFTOVER_AGE_SECONDS, true),
            (name.text(), 999 + MIN_LEFTOVER_AGE_SECONDS, false),
            (name.text(), 10, false),
            ("PRIMARY/cw-verify-1000-1f2e-user", 1_000_000, true),
            ("cw-verify-soon-1f2e", 1_000_000, false),
            ("cw-verify-", 1_000_000, false),
            ("alice-cw-verify-1000-x", 1_000_000, false),
        ] {
            assert_eq!(is_left_over(name, now), expected, "{name} at {now}");
        }
    }
}
