//! `clusterwright check PLAN`: the wizard's checks without the wizard.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use domain::check::{CheckEvent, CheckId, CheckReport, CheckResult, CheckState, Outcome, Reach};
use domain::cluster::judge;
use domain::finding::{Finding, Severity};
use domain::node_report::{self, Received};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Stop, complain, plan, say};
use crate::{checking, plans};

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// What probe.sh printed on a node, or on the load balancer's machine; may be repeated
    #[arg(long, value_name = "FILE")]
    probe: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Only this check, such as DB-02; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    only: Vec<CheckId>,
    /// Not this check; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    skip: Vec<CheckId>,
}

fn check_id(text: &str) -> Result<CheckId, String> {
    text.parse().map_err(|_| format!("there is no check {text}"))
}

#[derive(Serialize)]
struct Output<'a> {
    findings: &'a [Finding],
    checks: Vec<&'a CheckResult>,
    blocked: bool,
}

/// Checks, prints everything, and stops with "blocked" if anything blocks.
pub(crate) async fn run(arguments: &Arguments) -> Result<(), Stop> {
    let read = plan::read(&arguments.plan)?;
    let wanted =
        |id: &CheckId| (arguments.only.is_empty() || arguments.only.contains(id)) && !arguments.skip.contains(id);
    let reports = arguments.probe.iter().map(|path| report(path)).collect::<Result<Vec<Received>, Stop>>()?;
    let with_nodes = !reports.is_empty() || arguments.only.iter().any(|id| id.reach() == Reach::Node);
    let checks: Vec<CheckId> = checking::of_step(None, with_nodes).into_iter().filter(wanted).collect();
    let report = Arc::new(Mutex::new(CheckReport::default()));
    let fold = Arc::clone(&report);
    let push = move |event: CheckEvent| fold.lock().unwrap_or_else(PoisonError::into_inner).apply(&event);
    checking::run(&read.draft, &read.secrets, &reports, checks, 1, push, CancellationToken::new()).await;
    let report = report.lock().unwrap_or_else(PoisonError::into_inner).clone();

    let judgement = judge(&read.draft, &read.secrets, &plans::evidence(&read.draft, &read.secrets));
    // Findings of a check that was left out are left out too; those of single fields belong to no check.
    let findings: Vec<Finding> = (read.notes.iter().chain(&judgement.findings))
        .filter(|finding| finding.check.as_ref().map_or(arguments.only.is_empty(), wanted))
        .cloned()
        .collect();
    let results: Vec<&CheckResult> = (report.checks.values())
        .filter_map(|state| match state {
            CheckState::Done { results, .. } => Some(results),
            _ => None,
        })
        .flatten()
        .collect();
    let live_blocks = report.findings(&read.draft.accepted).iter().any(|finding| finding.severity == Severity::Blocks);
    let blocked = live_blocks || findings.iter().any(|finding| finding.severity == Severity::Blocks);
    if arguments.json {
        let output = Output { findings: &findings, checks: results, blocked };
        let text = serde_json::to_string_pretty(&output)
            .map_err(|error| Stop::Failed(format!("JSON cannot be made: {error}.")))?;
        say(&text);
    } else {
        for finding in &findings {
            say(&read.print(finding));
        }
        for result in results {
            say(&line(result));
        }
    }
    if blocked {
        complain("Something blocks. Correct it and check again.");
        return Err(Stop::Blocked);
    }
    Ok(())
}

/// A report of probe.sh. Its moment is when the file was written.
fn report(path: &Path) -> Result<Received, Stop> {
    let name = path.display();
    let unreadable = |why: &dyn std::fmt::Display| Stop::Unreadable(format!("{name} cannot be read: {why}."));
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let written = std::fs::metadata(path).and_then(|about| about.modified()).map_err(|error| unreadable(&error))?;
    let at = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let report = node_report::read(&String::from_utf8_lossy(&bytes))
        .map_err(|problem| Stop::Unreadable(format!("{name}: {}", problem.message())))?;
    Ok(Received { at, report })
}

/// One result: what it is, what is required, what to do.
fn line(result: &CheckResult) -> String {
    let spec = result.id.spec();
    let subject = result.subject.as_ref().map_or_else(String::new, |subject| format!(" ({subject})"));
    let mut text = format!("{:<15} {} {}{subject}: {}", result.outcome.label(), spec.code, spec.title, result.current);
    if result.outcome != Outcome::Passed {
        text = format!("{text}\n    required: {}\n    to do: {}", result.required, result.remedy.text);
        for command in &result.remedy.commands {
            text = format!("{text}\n      {}", command.replace('\n', "\n      "));
        }
    }
    text
}
