//! `clusterwright verify PLAN_PATH`: verifies the deployed cluster of a plan. The checks are those of the Verify page.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::check::{CheckEvent, CheckId, CheckReport, CheckSummary, Outcome, Reach, RowStatus};
use domain::error_text::error_chain;
use domain::secret::Secret;
use domain::steps::keys;
use parking_lot::Mutex;
use probe::verification::{ClusterAccess, ClusterAddress};
use service::checks::export;
use service::checks::runner::{self, RunContext};
use service::clock;
use service::verification::{self, TrustSource, VerificationLogin};
use tokio_util::sync::CancellationToken;

use crate::cli::bundle::read_keys;
use crate::cli::output::{CliError, print, print_error};
use crate::cli::plan::{self, ReadPlan};
use crate::cli::report as cli_report;
use crate::config::{StoreFlags, environment};
use crate::report::{self, ReportFormat};

/// Names the password of the account in the environment.
const PASSWORD_VARIABLE: &str = "CLUSTERWRIGHT_VERIFY_PASSWORD";

/// What `verify` takes.
#[derive(clap::Args)]
pub(crate) struct VerifyArguments {
    /// The zip of the bundle that was deployed, or a plan file with --keys or --ca
    plan: PathBuf,
    /// TOML file with the passwords that the plan does not contain
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// File with the keys of the cluster: its certificates prove the nodes
    #[arg(long, value_name = "FILE", conflicts_with = "ca")]
    keys: Option<PathBuf>,
    /// PEM file with the CA certificates of nodes and load balancer, in place of the keys
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Account of IS that creates the test objects [default: the super admin of the plan]
    #[arg(long, value_name = "NAME", conflicts_with = "read_only")]
    user: Option<String>,
    /// File with its password [default: the environment variable CLUSTERWRIGHT_VERIFY_PASSWORD, or the plan for the super admin]
    #[arg(long, value_name = "FILE", conflicts_with = "read_only")]
    password_file: Option<PathBuf>,
    /// Create nothing in the cluster: run only the checks that need no account
    #[arg(long)]
    read_only: bool,
    /// HTTPS address of a node that differs from the plan, such as is-1=10.20.0.11:9443; may be repeated
    #[arg(long, value_name = "NAME=HOST:PORT", value_parser = node_address)]
    node: Vec<ClusterAddress>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// Sign the report with the key of this installation (see clusterwright report)
    #[arg(long)]
    sign: bool,
    /// Where the key of this installation is
    #[command(flatten)]
    store: StoreFlags,
    /// Run only this check, such as VF-07; may be repeated
    #[arg(long, value_name = "ID", value_parser = check_id)]
    only: Vec<CheckId>,
}

pub(super) fn check_id(text: &str) -> Result<CheckId, String> {
    let id: Option<CheckId> = text.parse().ok();
    let id = id.filter(|id| id.reach() == Reach::Cluster);
    id.ok_or_else(|| {
        let known: Vec<&str> = verification::checks(false).into_iter().map(|id| id.code()).collect();
        format!("verification has no check {text}; its checks are {}", known.join(", "))
    })
}

fn node_address(text: &str) -> Result<ClusterAddress, String> {
    let parts = text.split_once('=').and_then(|(node, address)| Some((node, address.rsplit_once(':')?)));
    let Some((node, (host, port))) = parts else {
        return Err("write NAME=HOST:PORT, such as is-1=10.20.0.11:9443".to_owned());
    };
    let port = port.parse().map_err(|_| format!("{port} is not a port: write a number from 1 to 65535"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok(ClusterAddress { name: node.to_owned(), host: host.to_owned(), port })
}

/// Verifies, prints the report, and stops with "blocked" if a check failed or could not be evaluated.
pub(crate) async fn run(arguments: &VerifyArguments) -> Result<(), CliError> {
    let read = plan::read(&arguments.plan)?.with_secrets(arguments.secrets.as_deref())?;
    read.complain_of_unset();
    known_nodes(&read, &arguments.node)?;
    let keys = match &arguments.keys {
        Some(file) => Some(read_keys(file)?),
        None => read.keys.clone(),
    };
    let authorities = arguments.ca.as_deref().map(read_text).transpose()?;
    let trust = match (&authorities, &keys) {
        (Some(pem), _) => TrustSource::Authorities(pem),
        (None, Some(keys)) => TrustSource::Keys(keys),
        (None, None) => {
            return Err(CliError::Unreadable(
                "The plan contains no keys, so the nodes cannot be recognised. Give the zip of the bundle, --keys FILE or --ca FILE."
                    .to_owned(),
            ));
        }
    };
    let signing_key = if arguments.sign { Some(cli_report::open_key(&arguments.store).await?) } else { None };
    let login = if arguments.read_only { None } else { Some(login(arguments, &read)?) };
    let access = verification::cluster_access(&read.draft, &read.secrets, trust, login, arguments.node.clone());
    let access = access.map_err(|error| CliError::Failed(format!("Cannot verify: {}.", error_chain(&error))))?;

    let mut checks = verification::checks(arguments.read_only);
    checks.retain(|id| arguments.only.is_empty() || arguments.only.contains(id));
    if checks.is_empty() {
        let named: Vec<&str> = arguments.only.iter().map(|id| id.code()).collect();
        let current = format!("{} creates test objects, and --read-only runs no such check.", named.join(", "));
        return Err(CliError::Unreadable(current));
    }
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // Test objects are removed before the program ends.
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let write = |sheet: &CheckSummary| {
        let text = report::write(sheet, arguments.format, clock::zone());
        match &signing_key {
            Some(key) => report::signed(text, arguments.format, key),
            None => text,
        }
    };
    let verified = verify_and_print(&read, access, checks, write, cancel).await;
    interrupted.abort();
    verified
}

/// Runs `checks` against a cluster and prints the report, as `write` makes it.
///
/// # Errors
/// "Blocked" if a check failed or could not be evaluated.
pub(super) async fn verify_and_print(
    read: &ReadPlan,
    access: ClusterAccess,
    checks: Vec<CheckId>,
    write: impl Fn(&CheckSummary) -> String,
    cancel: CancellationToken,
) -> Result<(), CliError> {
    let report = Arc::new(Mutex::new(CheckReport::default()));
    let fold = Arc::clone(&report);
    let push = move |event: CheckEvent| fold.lock().apply(&event);
    let context = RunContext { cluster: Some(access), ..RunContext::default() };
    runner::run(&read.draft, &read.secrets, context, checks, 1, push, cancel).await;
    let report = report.lock().clone();

    let ids: Vec<CheckId> = report.checks.keys().copied().collect();
    let sheet = export::summary(&read.draft, &read.secrets, &ids, &report, Vec::new());
    print(write(&sheet).trim_end());
    let open = sheet.count(RowStatus::Ended(Outcome::CouldNotCheck)) + sheet.count(RowStatus::NotChecked);
    match (sheet.count(RowStatus::Ended(Outcome::Failed)), open) {
        (0, 0) => Ok(()),
        (0, open) => {
            print_error(&format!(
                "{open} results are missing, so the cluster is not verified. See their remedies above."
            ));
            Err(CliError::Blocked)
        }
        (failed, _) => {
            print_error(&format!(
                "{failed} checks failed: the nodes do not work as one cluster. See the remedies above."
            ));
            Err(CliError::Blocked)
        }
    }
}

/// Refuses a name in `--node` that the plan does not have: the node would be verified at its old address without a word.
fn known_nodes(read: &ReadPlan, addresses: &[ClusterAddress]) -> Result<(), CliError> {
    let names: Vec<&str> =
        read.draft.nodes.iter().filter_map(|node| node.get("name")).map(|name| name.trim()).collect();
    match addresses.iter().find(|address| !names.contains(&address.name.as_str())) {
        Some(unknown) => Err(CliError::Unreadable(format!(
            "The plan has no node {}. Its nodes are {}. Correct --node.",
            unknown.name,
            names.join(", ")
        ))),
        None => Ok(()),
    }
}

/// The account: the given one, or the super admin of the plan.
fn login(arguments: &VerifyArguments, read: &ReadPlan) -> Result<VerificationLogin, CliError> {
    let given = match &arguments.password_file {
        Some(file) => Some(Secret::new(read_text(file)?.trim_end_matches(['\r', '\n']))),
        None => environment::text(PASSWORD_VARIABLE).ok().map(Secret::new),
    };
    let super_admin = VerificationLogin::super_admin(&read.draft, &read.secrets);
    match (&arguments.user, given, super_admin) {
        (Some(username), Some(password), _) => Ok(VerificationLogin { username: username.clone(), password }),
        (None, Some(password), _) => {
            let username = read.draft.text(keys::USER_STORE.admin_username).to_owned();
            Ok(VerificationLogin { username, password })
        }
        (None, None, Some(super_admin)) => Ok(super_admin),
        (..) => Err(CliError::Unreadable(format!(
            "The password of the account is missing. Add --password-file FILE or set {PASSWORD_VARIABLE}, or run with --read-only."
        ))),
    }
}

fn read_text(file: &Path) -> Result<String, CliError> {
    let name = file.display();
    let unreadable = |why: String| CliError::Unreadable(format!("Cannot read {name}: {why}. Give another file."));
    let bytes = plan::read_bounded(file).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))
}
