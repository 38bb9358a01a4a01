//! How many tests passed and failed, as the test runners say it.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow};

/// Passed and failed tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCounts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl TestCounts {
    /// One thing that passed or failed, for what is no test runner.
    pub(crate) fn one(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into() }
    }
}

impl AddAssign for TestCounts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs a test runner with its output on our terminal and counts the results it prints. A runner that fails without a failed
/// test, because nothing compiled or it lost its way, counts as one failure.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn run(command: &mut Command) -> Result<TestCounts> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let output = child.stdout.take().ok_or_else(|| anyhow!("the output is not piped"))?;
    let errors = child.stderr.take().ok_or_else(|| anyhow!("the error output is not piped"))?;
    let reader = thread::spawn(move || stream_output(output));
    let mut count = stream_output(errors);
    count += reader.join().map_err(|_| anyhow!("cannot read the test runner's output"))?;
    let status = child.wait().context("cannot wait for the test runner")?;
    if !status.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// Passes lines on and adds up what they say.
fn stream_output(stream: impl Read) -> TestCounts {
    let mut count = TestCounts::default();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        // A terminal that went away is no reason to stop the tests.
        drop(writeln!(std::io::stdout(), "{line}"));
        if let Some(told) = read(&line) {
            count += told;
        }
    }
    count
}

/// Reads the counts of a whole run from a line of a test runner. Supports `cargo test`, `cargo nextest` and `node --test`.
fn read(line: &str) -> Option<TestCounts> {
    // nextest prints, indented, the output of the runner of one failed test: its own summary already counts that test.
    let is_inner = line.starts_with(' ') && line.trim_start().starts_with("test result: ");
    let line = line.trim();
    if is_inner {
        return None;
    }
    let number_before = |word: &str| -> Option<u32> {
        let (before, _) = line.split_once(word)?;
        before.trim_end().rsplit(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    // test result: FAILED. 5 passed; 1 failed; 0 ignored; …
    if line.starts_with("test result: ") {
        return Some(TestCounts { passed: number_before(" passed")?, failed: number_before(" failed")? });
    }
    // Summary [   0.01s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 0 skipped
    if line.starts_with("Summary [") {
        let all = number_before(" tests run:").or_else(|| number_before(" test run:"))?;
        let passed = number_before(" passed").unwrap_or(0);
        return Some(TestCounts { passed, failed: all.saturating_sub(passed) });
    }
    // ℹ pass 3
    let mut words = line.trim_start_matches(['ℹ', '#']).split_whitespace();
    let (kind, number) = (words.next()?, words.next()?.parse().ok()?);
    match (kind, words.next(), line.starts_with(['ℹ', '#'])) {
        ("pass", None, true) => Some(TestCounts { passed: number, failed: 0 }),
        ("fail" | "cancelled", None, true) => Some(TestCounts { passed: 0, failed: number }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_runner_is_understood() {
        let told = |line| read(line).map(|count| (count.passed, count.failed));
        assert_eq!(
            told("test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out"),
            Some((5, 1))
        );
        assert_eq!(
            told("     Summary [   0.012s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 4 skipped"),
            Some((10, 2))
        );
        assert_eq!(told("Summary [ 0.1s] 1 test run: 1 passed, 0 skipped"), Some((1, 0)));
        assert_eq!(told("ℹ pass 3"), Some((3, 0)));
        assert_eq!(told("# fail 2"), Some((0, 2)));
        assert_eq!(told("ℹ cancelled 1"), Some((0, 1)));
    }

    #[test]
    fn other_lines_count_nothing() {
        let inner = "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out";
        for line in ["", inner, "pass 3", "ℹ tests 4", "running 5 tests", "test a::passed ... ok", "ℹ pass 3 of 4"]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_runner_that_breaks_counts_as_a_failure() {
        let count =
            run(Command::new("sh").args(["-c", "echo 'test result: ok. 2 passed; 0 failed;'; exit 3"])).unwrap();
        assert_eq!(count, TestCounts { passed: 2, failed: 1 });
    }
}
