//! `clusterwright check PLAN_PATH`: the wizard's checks without the wizard.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use domain::check::{CheckEvent, CheckId, CheckReport, Reach};
use domain::cluster::validate;
use domain::finding::{Finding, Severity};
use domain::inputs::PlaceholderSecrets;
use domain::node_report::{self, ReceivedReport};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::cli::output::{CliError, print, print_error};
use crate::cli::{edited, plan};
use crate::report::{self, ReportFormat};
use service::checks::runner::{CheckSelection, RunContext};
use service::checks::{export, runner};
use service::{clock, plans};

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct CheckArguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// TOML file with the passwords that the plan does not contain: [database] with password = "…", { env = "NAME" } or { file = "path" }
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// Report that probe.sh printed on a node or on the load balancer's machine; may be repeated
    #[arg(long, value_name = "FILE")]
    probe: Vec<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// Same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Run only this check, such as DB-02; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    only: Vec<CheckId>,
    /// Skip this check; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    skip: Vec<CheckId>,
    /// Also run checks that write to your systems and undo it (DB-19: one row, rolled back)
    #[arg(long)]
    with_writes: bool,
    /// Exit with 0 even if failed checks leave open tasks, which are done before the cluster starts
    #[arg(long)]
    allow_open: bool,
}

fn check_id(text: &str) -> Result<CheckId, String> {
    text.parse().map_err(|_| format!("check {text} does not exist"))
}

/// Checks, prints everything, and stops with "blocked" if something blocks the download or a check failed.
pub(crate) async fn run(arguments: &CheckArguments) -> Result<(), CliError> {
    let read = plan::read(&arguments.plan)?.with_secrets(arguments.secrets.as_deref())?;
    edited::warn_about_edited_files(&arguments.plan);
    read.complain_of_unset();
    let wanted =
        |id: &CheckId| (arguments.only.is_empty() || arguments.only.contains(id)) && !arguments.skip.contains(id);
    let reports = arguments
        .probe
        .iter()
        .map(|path| with_node_reports(path))
        .collect::<Result<Vec<ReceivedReport>, CliError>>()?;
    let with_nodes = !reports.is_empty() || arguments.only.iter().any(|id| id.reach() == Reach::Node);
    let asked = CheckSelection { nodes: with_nodes, writes: arguments.with_writes, cluster: false };
    if let Some((id, writes)) = unselected_checks(arguments) {
        return Err(CliError::Unreadable(format!("{id} writes data: {writes} To allow it, add --with-writes.")));
    }
    let checks: Vec<CheckId> = runner::checks_of_step(None, asked).into_iter().filter(wanted).collect();
    let report = Arc::new(Mutex::new(CheckReport::default()));
    let fold = Arc::clone(&report);
    let push = move |event: CheckEvent| fold.lock().apply(&event);
    let surroundings = RunContext { reports: &reports, keys: read.keys.clone(), ..RunContext::default() };
    runner::run(&read.draft, &read.secrets, surroundings, checks, 1, push, CancellationToken::new()).await;
    let report = report.lock().clone();

    let judgement = validate(&read.draft, &read.secrets, &plans::external_facts(&read.draft, &read.secrets));
    // Findings of a check that was left out are left out too. A field that cannot be read belongs to no check, but to each
    // check that needs it: without the field the check reports nothing, which must not look like success.
    let is_needed = |finding: &Finding| {
        let setting = finding.at.setting.as_deref().filter(|_| finding.severity == Severity::Blocks);
        setting
            .is_some_and(|setting| arguments.only.iter().any(|id| wanted(id) && runner::requires_secret(*id, setting)))
    };
    let is_shown = |finding: &&Finding| match &finding.check {
        Some(check) => wanted(check),
        None => arguments.only.is_empty() || is_needed(finding),
    };
    let findings = (read.notes.iter().chain(&judgement.findings))
        .filter(is_shown)
        .map(|finding| (read.place(finding), finding.clone()))
        .collect();
    let ids: Vec<CheckId> = report.checks.keys().copied().collect();
    let mut sheet = export::summary(&read.draft, &read.secrets, &ids, &report, findings);
    sheet.allow_open = arguments.allow_open;
    let format = if arguments.json { ReportFormat::Json } else { arguments.format };
    print(report::write(&sheet, format, clock::zone()).trim_end());
    if !sheet.is_failed() {
        return Ok(());
    }
    let missing = PlaceholderSecrets::fill(&read.draft, &read.secrets).missing;
    if !missing.is_empty() {
        print_error(&format!(
            "Missing secrets: {}. To run all checks, add a file with --secrets FILE.",
            missing.join(", ")
        ));
    }
    print_error(&match sheet.is_blocked() {
        true => sheet.verdict(),
        false => format!("{} To accept open tasks, add --allow-open.", sheet.verdict()),
    });
    Err(CliError::Blocked)
}

/// A check in --only that writes, without --with-writes.
fn unselected_checks(arguments: &CheckArguments) -> Option<(CheckId, &'static str)> {
    let writing = arguments.only.iter().filter(|_| !arguments.with_writes);
    writing.filter(|id| !arguments.skip.contains(id)).find_map(|id| Some((*id, id.writes()?)))
}

/// A report of probe.sh. Its moment is when the file was written.
fn with_node_reports(path: &Path) -> Result<ReceivedReport, CliError> {
    let name = path.display();
    let unreadable =
        |why: &dyn std::fmt::Display| CliError::Unreadable(format!("Cannot read {name}: {why}. Correct --probe."));
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error))?;
    let written = std::fs::metadata(path).and_then(|about| about.modified()).map_err(|error| unreadable(&error))?;
    let at = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let report = node_report::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|problem| CliError::Unreadable(format!("{name}: {}", problem.message())))?;
    Ok(ReceivedReport { at, report })
}
