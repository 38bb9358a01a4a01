//! `clusterwright rehearse PLAN_PATH`: runs the cluster of a bundle on this machine with stand-ins for the nodes, and verifies it as
//! `verify` does.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use domain::check::{CheckId, CheckSummary};
use domain::cluster::validate;
use domain::error_text::error_chain;
use domain::finding::Severity;
use domain::inputs::ReadableAnswers;
use domain::render_plan::RenderPlan;
use domain::steps::keys;
use probe::verification::{ClusterAccess, ClusterAddress, LOAD_BALANCER_NAME};
use rehearsal::{
    LOAD_BALANCER_SOURCE, LogLine, NodeFault, PreparedRehearsal, Rehearsal, RehearsalError, RehearsalLog,
    RehearsalOptions, remove_leftovers,
};
use render::keyring::KeyRing;
use render::{Bundle, BundleFiles};
use service::verification::{self, TrustSource, VerificationLogin};
use service::{clock, plans};
use tokio_util::sync::CancellationToken;

use crate::cli::bundle::{generate_keys, read_keys};
use crate::cli::output::{CliError, path_text, print_error};
use crate::cli::plan::{self, ReadPlan};
use crate::cli::stop_signal::stop_signal;
use crate::cli::verify::{check_id, verify_and_print};
use crate::config::environment;
use crate::report::{self, ReportFormat};

/// What `rehearse` takes.
#[derive(clap::Args)]
pub(crate) struct RehearseArguments {
    /// The zip of a bundle, whose files are used as they are, or a plan file, whose bundle is created in memory
    plan: PathBuf,
    /// TOML file with the passwords that the plan does not contain
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// File with the keys of the cluster [default: those of the zip; new ones for a plan file]
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Inject a fault into a node, to see how the verification reports it; may be repeated
    #[arg(long = "break", value_name = "NODE=FAULT", value_parser = injected_fault, long_help = break_help())]
    faults: Vec<(String, NodeFault)>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// Run only this check, such as VF-07; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    only: Vec<CheckId>,
    /// Do not print the log of nodes and load balancer
    #[arg(long)]
    quiet: bool,
}

fn injected_fault(text: &str) -> Result<(String, NodeFault), String> {
    let (node, fault) = text.split_once('=').ok_or("write NODE=FAULT, such as is-2=clustering-off")?;
    Ok((node.to_owned(), fault.parse()?))
}

fn break_help() -> String {
    let faults = NodeFault::ALL.map(|fault| format!("\n  {:<20} {}", fault.name(), fault.simulates())).concat();
    format!(
        "Inject a fault into a node, to see how the verification reports it; may be repeated. FAULT simulates:{faults}"
    )
}

/// Rehearses, verifies, prints the report, and ends as `verify` does.
pub(crate) async fn run(arguments: &RehearseArguments) -> Result<(), CliError> {
    let began = Instant::now();
    let mut interrupted = pin!(stop_signal());
    let temporary = std::env::temp_dir();
    for folder in remove_leftovers(&temporary).map_err(|error| failed(&error))? {
        print_error(&format!("Removed {}, which a killed rehearsal left.", path_text(&folder)));
    }
    let mut read = plan::read(&arguments.plan)?.with_secrets(arguments.secrets.as_deref())?;
    read.complain_of_unset();
    let bundle = RehearsedBundle::of(&read, arguments)?;
    let mut access = bundle.access(&read)?;
    let mut checks = verification::checks(false);
    checks.retain(|id| arguments.only.is_empty() || arguments.only.contains(id));

    let (answers, _) = ReadableAnswers::read(&read.draft, &read.secrets);
    let search_path = environment::os_text("PATH");
    let prepared = PreparedRehearsal::read(RehearsalOptions {
        files: &bundle.files,
        answers: &answers,
        injected: &arguments.faults,
        search_path: search_path.as_deref(),
        temporary: &temporary,
    });
    let prepared = prepared.map_err(|error| failed(&error))?;
    print_error(&format!("Rehearsal: nothing here is the real cluster.\n{}", prepared.statement()));
    let log = log(&read, arguments.quiet);
    let rehearsal = tokio::select! {
        started = prepared.start(&log) => started.map_err(|error| failed(&error))?,
        () = &mut interrupted => return Err(interruption()),
    };
    let started = began.elapsed();
    access.addresses = addresses(&rehearsal);
    read.draft.title = format!("Rehearsal with stand-ins, not WSO2 Identity Server: {}", read.draft.title);
    let write = |sheet: &CheckSummary| report::write(sheet, arguments.format, clock::zone());
    let verified = tokio::select! {
        verified = verify_and_print(&read, access, checks, write, CancellationToken::new()) => verified,
        () = &mut interrupted => Err(interruption()),
    };
    let ended = began.elapsed();
    rehearsal.stop().await.map_err(|error| failed(&error))?;
    let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f32());
    print_error(&format!(
        "Started in {}, verified in {}, {} in all. Everything of the rehearsal was removed.",
        seconds(started),
        seconds(ended.saturating_sub(started)),
        seconds(began.elapsed())
    ));
    verified
}

/// The exit code is that of input that cannot be read if a file of the bundle is the cause.
fn failed(error: &RehearsalError) -> CliError {
    let text = format!("Cannot rehearse: {}.", error_chain(error).trim_end_matches('.'));
    match error {
        RehearsalError::Incomplete(_)
        | RehearsalError::Platform { .. }
        | RehearsalError::Version { .. }
        | RehearsalError::FileMissing { .. }
        | RehearsalError::File { .. }
        | RehearsalError::SamePort { .. }
        | RehearsalError::UnknownNode { .. } => CliError::Unreadable(text),
        _ => CliError::Failed(text),
    }
}

fn interruption() -> CliError {
    CliError::Failed("The rehearsal was interrupted. Nothing of it keeps running.".to_owned())
}

/// The files and keys of the cluster.
struct RehearsedBundle {
    files: BundleFiles,
    keys: KeyRing,
}

impl RehearsedBundle {
    /// The files of the zip as they are, or those that the plan would give.
    fn of(read: &ReadPlan, arguments: &RehearseArguments) -> Result<Self, CliError> {
        let given = arguments.keys.as_deref().map(read_keys).transpose()?.or_else(|| read.keys.clone());
        if let Some(files) = files_of_zip(&arguments.plan)? {
            let keys = given.ok_or_else(|| {
                CliError::Unreadable(
                    "The bundle contains no keys, so its nodes cannot be recognised. Give a bundle with secrets, or --keys FILE."
                        .to_owned(),
                )
            })?;
            return Ok(Self { files, keys });
        }
        let judgement = validate(&read.draft, &read.secrets, &plans::external_facts(&read.draft, &read.secrets));
        let Some(cluster) = judgement.cluster else {
            let blocking = judgement.findings.iter().filter(|finding| finding.severity == Severity::Blocks);
            blocking.for_each(|finding| print_error(&read.print(finding)));
            return Err(CliError::Blocked);
        };
        let keys = match given {
            Some(keys) => keys,
            None => generate_keys()?,
        };
        let keys = keys.pin_signing_name(read.draft.text(keys::LOAD_BALANCER.hostname)).unwrap_or(keys);
        let failed = |what: &str| CliError::Failed(format!("Cannot create the bundle: {what}."));
        let bundle = Bundle::build(&RenderPlan::new(&cluster), &keys, &read.secrets);
        let zip = bundle.and_then(|bundle| bundle.zip()).map_err(|error| failed(&error_chain(&error)))?;
        let files = BundleFiles::unpack(&zip).map_err(|error| failed(&error_chain(&error)))?;
        Ok(Self { files, keys })
    }

    fn access(&self, read: &ReadPlan) -> Result<ClusterAccess, CliError> {
        let login = VerificationLogin::super_admin(&read.draft, &read.secrets);
        let login = login.ok_or_else(|| {
            CliError::Unreadable("The password of the super admin is missing. Give it with --secrets FILE.".to_owned())
        })?;
        let trust = TrustSource::Keys(&self.keys);
        verification::cluster_access(&read.draft, &read.secrets, trust, Some(login), Vec::new())
            .map_err(|error| CliError::Failed(format!("Cannot rehearse: {}.", error_chain(&error))))
    }
}

/// The files of a zip; `None` for a plan file.
fn files_of_zip(path: &Path) -> Result<Option<BundleFiles>, CliError> {
    let unreadable = |why: &str| CliError::Unreadable(format!("Cannot read {}: {why}.", path_text(path)));
    let bytes = plan::read_bounded(path).map_err(|error| unreadable(&error.to_string()))?;
    if !bytes.starts_with(b"PK") {
        return Ok(None);
    }
    BundleFiles::unpack(&bytes).map(Some).map_err(|error| unreadable(&error_chain(&error)))
}

/// Prints each line after its source.
fn log(read: &ReadPlan, is_quiet: bool) -> RehearsalLog {
    let names = read.draft.nodes.iter().filter_map(|node| node.get("name")).map(|name| name.trim().len());
    let width = names.chain([LOAD_BALANCER_SOURCE.len()]).max().unwrap_or_default();
    RehearsalLog::new(move |LogLine { source, text }| {
        if !is_quiet {
            print_error(&format!("{source:<width$} | {text}"));
        }
    })
}

fn addresses(rehearsal: &Rehearsal) -> Vec<ClusterAddress> {
    let address = |endpoint: &rehearsal::EndpointAddress| ClusterAddress {
        name: endpoint.node.clone().unwrap_or_else(|| LOAD_BALANCER_NAME.to_owned()),
        host: "127.0.0.1".to_owned(),
        port: endpoint.port,
    };
    rehearsal.addresses().iter().map(address).collect()
}
