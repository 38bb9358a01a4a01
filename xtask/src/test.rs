//! `cargo xtask test`: all parts, one after the other, whatever fails; then how long each took and the sum.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::ValueEnum;
use testbed::faults::FAULTS_FILE_VARIABLE;

use crate::count::{self, TestCounts};
use crate::not_run::NotRunReport;
use crate::runner::{NATIVE_PACKAGES, runner};
use crate::servers::SharedServers;
use crate::tools::{self, SystemProgram};
use crate::workspace::Workspace;
use crate::{book, browser, build, deny, faults, front, growth, process};

/// What the readers of our files need; servers and load balancers are brought apart, see `private`.
const CONFIG_READERS: [SystemProgram; 6] = [
    SystemProgram { provides: "curl", package: "curl", elsewhere: "install curl with HTTP/2" },
    SystemProgram { provides: "openssl", package: "openssl", elsewhere: "install OpenSSL 3" },
    SystemProgram {
        provides: "keytool",
        package: "default-jre-headless",
        elsewhere: "install a Java runtime, 11 or newer",
    },
    SystemProgram { provides: "javac", package: "default-jdk-headless", elsewhere: "install a JDK, 11 or newer" },
    SystemProgram { provides: "shellcheck", package: "shellcheck", elsewhere: "install shellcheck" },
    SystemProgram {
        provides: "busybox",
        package: "busybox",
        elsewhere: "install busybox: its sh is on many small machines",
    },
];

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub(crate) struct TestOptions {
    /// Only this part; may be given several times
    #[arg(long, value_name = "PART")]
    only: Vec<TestPart>,
    /// Only what needs neither servers nor a browser: format, lint and tests
    #[arg(long, conflicts_with = "only")]
    quick: bool,
}

/// A part of the tests, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TestPart {
    /// rustfmt
    Format,
    /// The browser half and the assets
    Front,
    /// clippy over all crates but the browser half
    Lint,
    /// clippy over the browser half, with the compiler that builds it
    LintFront,
    /// Unit, golden, real-reader, probe and router tests
    Tests,
    /// The examples in the documentation of our crates
    Examples,
    /// Additions to a copy of the sources: what must follow is listed
    Growth,
    /// The documents as a book
    Book,
    /// Licences and sources of what we depend on
    Licences,
    /// Journeys in a real browser
    Browser,
}

const QUICK_PARTS: [TestPart; 3] = [TestPart::Format, TestPart::Lint, TestPart::Tests];

/// Runs the parts.
///
/// # Errors
/// When the readers of our files cannot be installed. A part that fails does not stop the others.
pub(crate) fn run(workspace: &Workspace, options: &TestOptions) -> Result<ExitCode> {
    let parts: Vec<TestPart> = match (options.quick, options.only.as_slice()) {
        (true, _) => QUICK_PARTS.to_vec(),
        (false, []) => TestPart::value_variants().to_vec(),
        (false, only) => only.to_vec(),
    };
    let report = NotRunReport::empty(workspace)?;
    let mut table = Vec::new();

    let started = Instant::now();
    let needs_servers = !options.quick && parts.iter().any(|part| matches!(part, TestPart::Tests | TestPart::Browser));
    let servers = if needs_servers {
        tools::ensure(&CONFIG_READERS)?;
        let servers = SharedServers::start();
        table.push(("servers".to_owned(), started.elapsed(), None));
        servers
    } else {
        SharedServers::none()
    };

    let mut sum = TestCounts::default();
    for part in parts {
        let name = part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        println!("\n── {name}");
        let started = Instant::now();
        let count = part.run(workspace, &servers, &report).unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            TestCounts::one(false)
        });
        sum += count;
        table.push((name, started.elapsed(), Some(count)));
    }
    drop(servers);

    println!();
    report.print();
    print(&table);
    println!("{}", report.sum());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl TestPart {
    fn run(self, workspace: &Workspace, servers: &SharedServers, report: &NotRunReport) -> Result<TestCounts> {
        let done = |outcome: Result<()>| outcome.map(|()| TestCounts::one(true));
        let all = NATIVE_PACKAGES;
        let mut cargo = workspace.cargo();
        match self {
            Self::Format => done(process::run(cargo.args(["fmt", "--all", "--check", "--", "--files-with-diff"]))),
            Self::Front => done(build::browser_assets(workspace)),
            Self::Lint => {
                cargo.arg("clippy").args(all).args(["--all-targets", "--keep-going", "--", "-D", "warnings"]);
                done(process::run(&mut cargo))
            }
            Self::LintFront => done(front::lint(workspace)),
            Self::Tests => {
                let mut cargo = runner(workspace, servers);
                let faults = workspace.target().join("faults.jsonl");
                fs::write(&faults, "")?;
                let mut count = count::run(
                    cargo.env(testbed::NOT_RUN_REPORT_VARIABLE, &report.file).env(FAULTS_FILE_VARIABLE, &faults),
                )?;
                // A test that did not run injects nothing.
                if report.is_empty() {
                    count += TestCounts::one(faults::cover_all(workspace, &faults)?);
                }
                Ok(count)
            }
            Self::Examples => count::run(cargo.args(["test", "--doc", "--no-fail-fast"]).args(all)),
            Self::Growth => growth::run(workspace),
            Self::Book => book::run(workspace, report),
            Self::Licences => deny::run(workspace, report),
            Self::Browser => browser::run(workspace, servers),
        }
    }
}

fn print(table: &[(String, Duration, Option<TestCounts>)]) {
    for (name, time, count) in table {
        let count = count.map(|count| format!("{} passed, {} failed", count.passed, count.failed)).unwrap_or_default();
        println!("{name:<12} {:>7.1} s   {count}", time.as_secs_f32());
    }
    let total: Duration = table.iter().map(|(_, time, _)| *time).sum();
    println!("{:<12} {:>7.1} s", "all", total.as_secs_f32());
}
