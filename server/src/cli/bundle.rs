//! `clusterwright bundle PLAN --out FILE`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use domain::cluster::judge;
use domain::finding::Severity;
use domain::render_plan::RenderPlan;
use domain::secret::Secret;
use render::Bundle;
use render::keyring::{KeyRing, RsaBits};

use super::{Stop, chain, complain, edited, plan, say};
use crate::{checking, clock, plans};

/// What `bundle` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A plan file, or a bundle's zip
    plan: PathBuf,
    /// Passwords that the plan does not hold, in a TOML file: [database] with password = "…", { env = "NAME" } or { file = "path" }
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// The zip to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Keep the cluster's keys in this file, or take them from it: the same plan and keys give the same zip
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

/// Writes the zip, or prints everything that blocks it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Stop> {
    let read = plan::read(&arguments.plan)?.with_secrets(arguments.secrets.as_deref())?;
    edited::warn(&arguments.plan);
    let judgement = judge(&read.draft, &read.secrets, &plans::evidence(&read.draft, &read.secrets));
    for finding in read.notes.iter().chain(&judgement.findings) {
        complain(&read.print(&finding.clone().with_acceptance(&read.draft.accepted)));
    }
    let Some(cluster) = judgement.cluster else {
        let count = judgement.findings.iter().filter(|finding| finding.severity == Severity::Blocks).count();
        complain(&format!("{count} findings block the bundle. Correct them and run this again."));
        return Err(Stop::Blocked);
    };
    let failed = |what: &str, error: &dyn std::error::Error| Stop::Failed(format!("{what}: {}", chain(error)));
    let audited = checking::audit_files(&cluster).map_err(|error| failed("The files cannot be made", &error))?;
    audited.iter().for_each(|finding| complain(&read.print(finding)));
    if audited.iter().any(|finding| finding.severity == Severity::Blocks) {
        return Err(Stop::Blocked);
    }
    let keys = keys(arguments.keys.as_deref())?;
    let bundle = Bundle::build(&RenderPlan::new(&cluster), &keys, &read.secrets)
        .map_err(|error| failed("The bundle cannot be made", &error))?;
    let zip = bundle.zip().map_err(|error| failed("The zip cannot be made", &error))?;
    write_private(&arguments.out, &zip).map_err(|error| {
        Stop::Failed(format!("{} cannot be written: {error}. Give another --out.", arguments.out.display()))
    })?;
    say(&format!(
        "{}: {} files. It holds passwords and private keys: keep it to yourself.",
        arguments.out.display(),
        bundle.artefacts().len()
    ));
    if arguments.keys.is_none() {
        complain("New keys were made for this bundle. Give --keys FILE to keep them for the next one.");
    }
    Ok(())
}

fn keys(file: Option<&Path>) -> Result<KeyRing, Stop> {
    let make = || {
        let made_at = i64::try_from(clock::now()).unwrap_or(i64::MAX);
        KeyRing::generate(made_at, RsaBits::default())
            .map_err(|error| Stop::Failed(format!("Keys cannot be made: {}", chain(&error))))
    };
    let Some(file) = file else { return make() };
    let shown = file.display();
    if file.exists() {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Stop::Unreadable(format!("{shown} cannot be read: {error}. Correct --keys.")))?;
        return KeyRing::from_secret(&Secret::new(text.trim_end())).map_err(|error| {
            Stop::Unreadable(format!("{shown} holds no keys of Clusterwright: {}. Give another file.", chain(&error)))
        });
    }
    let ring = make()?;
    let secret =
        ring.to_secret().map_err(|error| Stop::Failed(format!("Keys cannot be written: {}", chain(&error))))?;
    #[expect(clippy::disallowed_methods, reason = "--keys asks for the keys in a file of the operator's own")]
    let text = secret.expose();
    write_private(file, text.as_bytes())
        .map_err(|error| Stop::Failed(format!("{shown} cannot be written: {error}. Give another --keys.")))?;
    Ok(ring)
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })
}
