//! `clusterwright check PLAN`: the wizard's checks without the wizard.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::check::{CheckEvent, CheckId, CheckReport, CheckResult, CheckState, Outcome};
use domain::cluster::judge;
use domain::finding::{Finding, Severity};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Stop, complain, plan, say};
use crate::{checking, plans};

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
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
    let checks: Vec<CheckId> = checking::of_step(None).into_iter().filter(wanted).collect();
    let report = Arc::new(Mutex::new(CheckReport::default()));
    let fold = Arc::clone(&report);
    let push = move |event: CheckEvent| fold.lock().unwrap_or_else(PoisonError::into_inner).apply(&event);
    checking::run(&read.draft, &read.secrets, checks, 1, push, CancellationToken::new()).await;
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
