//! `clusterwright bundle PLAN_PATH --out FILE`.
//!
//! The keys of a cluster come from `--keys`, or from the bundle that is given as PLAN. The command creates new keys for a
//! new cluster, or where `--new-keys` is set.

use domain::error_text::error_chain;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use domain::cluster::validate;
use domain::finding::Severity;
use domain::render_plan::RenderPlan;
use domain::secret::Secret;
use domain::steps::keys;
use render::Bundle;
use render::keyring::{KeyRing, RsaBits};

use crate::cli::output::{CliError, print, print_error};
use crate::cli::plan::ReadPlan;
use crate::cli::{edited, plan};
use service::checks::runner;
use service::plans;
use service::records::Timestamp;

/// What `bundle` takes.
#[derive(clap::Args)]
pub(crate) struct BundleArguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// TOML file with the passwords that the plan does not contain: [database] with password = "…", { env = "NAME" } or { file = "path" }
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// Zip file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File with the keys of the cluster: created if it does not exist, reused if it does. The same plan and keys give the same zip
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Create new keys although the plan is for a running cluster: issued tokens and stored secrets become unusable
    #[arg(long)]
    new_keys: bool,
    /// Issue new TLS certificates, valid from today; keep all keys
    #[arg(long, conflicts_with = "new_keys")]
    renew_tls: bool,
}

/// Writes the zip, or prints everything that blocks it.
pub(crate) fn run(arguments: &BundleArguments) -> Result<(), CliError> {
    let read = plan::read(&arguments.plan)?.with_secrets(arguments.secrets.as_deref())?;
    edited::warn_about_edited_files(&arguments.plan);
    read.complain_of_unset();
    let judgement = validate(&read.draft, &read.secrets, &plans::external_facts(&read.draft, &read.secrets));
    for finding in read.notes.iter().chain(&judgement.findings) {
        print_error(&read.print(&finding.clone().with_acceptance(&read.draft.accepted)));
    }
    let Some(cluster) = judgement.cluster else {
        let count = judgement.findings.iter().filter(|finding| finding.severity == Severity::Blocks).count();
        print_error(&format!("Problems that block the bundle: {count}. Fix them and run the command again."));
        return Err(CliError::Blocked);
    };
    let failed =
        |what: &str, error: &dyn std::error::Error| CliError::Failed(format!("{what}: {}", error_chain(error)));
    let audited = runner::audit_files(&cluster).map_err(|error| failed("Cannot create the files", &error))?;
    audited.iter().for_each(|finding| print_error(&read.print(finding)));
    if audited.iter().any(|finding| finding.severity == Severity::Blocks) {
        return Err(CliError::Blocked);
    }
    let keys = keys(arguments, &read)?;
    keep_other_keys(&arguments.out, &keys)?;
    let bundle = Bundle::build(&RenderPlan::new(&cluster), &keys, &read.secrets)
        .map_err(|error| failed("Cannot create the bundle", &error))?;
    let zip = bundle.zip().map_err(|error| failed("Cannot create the zip", &error))?;
    write_private(&arguments.out, |out| out.write_all(&zip)).map_err(|error| {
        CliError::Failed(format!("Cannot write {}: {error}. Choose another file with --out.", arguments.out.display()))
    })?;
    print(&format!(
        "{}: {} files. The zip contains passwords and private keys: store it securely, and keep it for the next bundle.",
        arguments.out.display(),
        bundle.artefacts().len()
    ));
    Ok(())
}

/// Refuses to write over a bundle with other keys: it may be the only place of the keys of a running cluster.
fn keep_other_keys(out: &Path, keys: &KeyRing) -> Result<(), CliError> {
    let Some(earlier) = plan::read_bounded(out).ok().and_then(|bytes| render::open_bundle(&bytes).ok()) else {
        return Ok(());
    };
    if earlier.keys.is_none_or(|earlier| earlier.is_same(keys)) {
        return Ok(());
    }
    let shown = out.display();
    Err(CliError::Unreadable(format!(
        "{shown} is a bundle with other keys, which are lost if it is replaced. To keep its keys, give {shown} as PLAN. \
         Otherwise choose another file with --out."
    )))
}

/// The keys for the bundle, said before anything is written.
fn keys(arguments: &BundleArguments, read: &ReadPlan) -> Result<KeyRing, CliError> {
    let file = arguments.keys.as_deref();
    let held = file.filter(|file| file.exists()).map(read_keys).transpose()?;
    if let (true, Some(file), true) = (arguments.new_keys, file, held.is_some()) {
        let shown = file.display();
        return Err(CliError::Unreadable(format!(
            "{shown} already contains keys. With --new-keys, choose a file for --keys that does not exist."
        )));
    }
    if let (Some(held), Some(brought), Some(file)) = (&held, &read.keys, file)
        && !held.is_same(brought)
    {
        let shown = file.display();
        return Err(CliError::Unreadable(format!(
            "{shown} and the bundle contain different keys. Omit --keys to use those of the bundle, or give the plan file \
             as PLAN to use those of {shown}."
        )));
    }
    let known = if arguments.new_keys { None } else { held.clone().or_else(|| read.keys.clone()) };
    if known.is_none() && plans::is_running(&read.draft) && !arguments.new_keys {
        print_error(
            "The plan is for a running cluster, but its keys are missing. Give the --keys file of its first bundle, or a bundle \
             of the cluster as PLAN. If the cluster is not running yet, set cluster = \"new\" in [product]. To create new keys, \
             use --new-keys: issued tokens and stored secrets become unusable.",
        );
        return Err(CliError::Blocked);
    }
    let is_new = known.is_none();
    if is_new && arguments.new_keys {
        print_error(
            "New keys are created for this bundle. On a running cluster, issued tokens and stored secrets become unusable, and \
             install.sh replaces the keys of a node only with --replace-keys.",
        );
    } else if is_new && file.is_none() {
        print_error(
            "New keys are created for this bundle. If the cluster is already running, do not use this bundle: give the --keys \
             file of its first bundle, or a bundle of the cluster as PLAN.",
        );
    }
    let mut ring = match known {
        Some(ring) => ring,
        None => generate_keys()?,
    };
    if let Some(recorded) = ring.pin_signing_name(read.draft.text(keys::LOAD_BALANCER.hostname)) {
        ring = recorded;
    }
    if arguments.renew_tls {
        ring = ring
            .renew_tls(now())
            .map_err(|error| CliError::Failed(format!("Cannot renew the certificates: {error}.")))?;
    }
    if let Some(file) = file {
        let text = ring
            .to_secret()
            .map_err(|error| CliError::Failed(format!("Cannot write the keys: {}.", error_chain(&error))))?;
        if held.is_none() {
            print_error(&format!("Created the keys in {}. Keep this file for the next bundle.", file.display()));
        }
        if !held.is_some_and(|held| held.to_secret().is_ok_and(|held| held.is_same(&text))) {
            write_private(file, |out| ring.write_to(out)).map_err(|error| {
                CliError::Failed(format!("Cannot write {}: {error}. Choose another file with --keys.", file.display()))
            })?;
        }
    }
    Ok(ring)
}

fn now() -> i64 {
    Timestamp::now().to_stored()
}

pub(super) fn generate_keys() -> Result<KeyRing, CliError> {
    KeyRing::generate(now(), RsaBits::default())
        .map_err(|error| CliError::Failed(format!("Cannot create keys: {}.", error_chain(&error))))
}

/// Longest key file, in bytes: a ring with an RSA key of 8192 bits has less than 8 KB.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

pub(super) fn read_keys(file: &Path) -> Result<KeyRing, CliError> {
    let shown = file.display();
    let mut text = String::new();
    File::open(file)
        .and_then(|opened| opened.take(MAX_KEY_FILE_BYTES).read_to_string(&mut text))
        .map_err(|error| CliError::Unreadable(format!("Cannot read {shown}: {error}. Correct --keys.")))?;
    KeyRing::from_secret(&Secret::new(text.trim_end())).map_err(|error| {
        CliError::Unreadable(format!(
            "{shown} does not contain keys of Clusterwright: {}. Choose another file.",
            error_chain(&error)
        ))
    })
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })
}
