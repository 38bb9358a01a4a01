//! The names of test objects: recognisable, unique, and with the time of their run, so that a later run removes what an
//! interrupted one left. IS 5.10 and 5.11 accept user names of at most 30 characters (`UsernameJavaRegEx`), later ones 50.

use std::fmt;

/// Begins the name of every test object.
pub(super) const PREFIX: &str = "cw-verify-";
/// How old a test object of another run must be before it counts as left over: longer than any verification takes.
const MIN_LEFTOVER_AGE_SECONDS: u64 = 15 * 60;
const BASE: u64 = 36;

/// The name of a test object: `cw-verify-tp8q3k-1f2e-12`, with the time of the run in base 36, the run, and a number.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct TestName(String);

impl TestName {
    /// What the names of all objects of a run begin with.
    pub(super) fn prefix_of_run(run_name: &str, unix_seconds: u64) -> String {
        format!("{PREFIX}{}-{run_name}-", to_base_36(unix_seconds))
    }

    /// The name of object `number` of the run `run_name` that began at `unix_seconds`.
    pub(super) fn new(run_name: &str, unix_seconds: u64, number: usize) -> Self {
        Self(format!("{}{number}", Self::prefix_of_run(run_name, unix_seconds)))
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

fn to_base_36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % BASE).unwrap_or_default();
        digits.extend(char::from_digit(digit, 36));
        number /= BASE;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// A user name without its user store: `PRIMARY/`.
pub(super) fn without_store(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether an object of this name was left by an interrupted run.
pub(super) fn is_left_over(name: &str, now: u64) -> bool {
    let parts: Vec<&str> = match without_store(name).strip_prefix(PREFIX) {
        Some(rest) => rest.split('-').collect(),
        None => return false,
    };
    let [began, _, number] = parts[..] else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    let began = u64::from_str_radix(began, 36).ok().filter(|_| is_number);
    began.is_some_and(|began| now.saturating_sub(began) >= MIN_LEFTOVER_AGE_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the test was written, in Unix seconds.
    const NOW: u64 = 1_795_925_728;

    #[test]
    fn only_old_test_objects_are_left_over() {
        let name = TestName::new("1f2e", NOW, 12);
        assert_eq!(name.text(), "cw-verify-tp8x5s-1f2e-12");
        for (name, now, expected) in [
            (name.text(), NOW + MIN_LEFTOVER_AGE_SECONDS, true),
            (name.text(), NOW + MIN_LEFTOVER_AGE_SECONDS - 1, false),
            (name.text(), 10, false),
            ("PRIMARY/cw-verify-tp8x5s-1f2e-0", NOW + 1_000_000, true),
            ("cw-verify-tp8x5s-1f2e-x", NOW + 1_000_000, false),
            ("cw-verify-tp8x5s-1f2e", NOW + 1_000_000, false),
            ("cw-verify-!-1f2e-1", NOW + 1_000_000, false),
            ("cw-verify-", NOW + 1_000_000, false),
            ("alice-cw-verify-tp8x5s-1f2e-1", NOW + 1_000_000, false),
        ] {
            assert_eq!(is_left_over(name, now), expected, "{name} at {now}");
        }
    }

    #[test]
    fn every_version_accepts_the_length_of_a_name() {
        // In the year 2100, with more objects than 16 nodes need.
        let name = TestName::new("1f2e", 4_102_444_800, 9_999);
        assert!((3..=30).contains(&name.text().len()), "{name}");
    }
}
