//! Plan files on the command line: reading PLAN arguments, and printing an example.

use domain::error_text::error_chain;
use std::io::Read as _;
use std::path::Path;

use clap::Subcommand;
use domain::draft::Draft;
use domain::finding::Finding;
use domain::plan_file::{self, SecretSource};
use domain::presets::PRESETS;
use domain::secret::{Secret, Secrets};
use render::OpenedBundle;
use render::keyring::KeyRing;

use crate::cli::output::{CliError, path_text, print, print_error};
use crate::config::environment;
use service::checks::export;
use service::plans;

/// `clusterwright plan …`
#[derive(Subcommand)]
pub(crate) enum PlanCommand {
    /// Print an example plan file
    Example,
}

/// Runs `clusterwright plan …`.
pub(crate) fn run(command: &PlanCommand) -> Result<(), CliError> {
    match command {
        PlanCommand::Example => print(example().trim_end()),
    }
    Ok(())
}

/// A plan file that needs nothing but the secrets it names.
fn example() -> String {
    let [one_machine, ..] = PRESETS;
    let text = plan_file::write(&one_machine.draft("Two nodes on one machine"), &Secrets::new());
    text.replace("# password: missing", "password = { env = \"CLUSTERWRIGHT_DB_PASSWORD\" }")
        .replace("# admin_password: missing", "admin_password = { env = \"CLUSTERWRIGHT_ADMIN_PASSWORD\" }")
}

/// A plan read from PLAN: a plan file, or a bundle's zip, which brings its passwords and keys too.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    pub(crate) draft: Draft,
    pub(crate) secrets: Secrets,
    /// The keys of the cluster, out of a bundle's zip.
    pub(crate) keys: Option<KeyRing>,
    /// Notes about what was taken apart.
    pub(crate) notes: Vec<Finding>,
    /// The environment variables that the plan names for secrets and that are not set: those secrets are missing.
    pub(crate) unset: Vec<UnsetVariable>,
    lines: std::collections::BTreeMap<String, usize>,
    name: String,
}

/// An environment variable that is to hold a secret, and is not set.
#[derive(Debug)]
pub(crate) struct UnsetVariable {
    /// The setting whose value it is to hold.
    pub(crate) setting: &'static str,
    /// Its name.
    pub(crate) name: String,
}

/// Reads PLAN with its secrets.
pub(crate) fn read(path: &Path) -> Result<ReadPlan, CliError> {
    let name = path_text(path);
    let bytes = read_bounded(path).map_err(|error| {
        CliError::Unreadable(format!("Cannot read {name}: {error}. Give a plan file or the zip of a bundle."))
    })?;
    let (text, bundle) = plan_text(bytes).map_err(|message| CliError::Unreadable(format!("{name}: {message}")))?;
    let file = plan_file::read(&text).map_err(|problems| {
        let place = |line: Option<usize>| line.map_or_else(|| name.clone(), |line| format!("{name}:{line}"));
        let lines: Vec<String> =
            problems.iter().map(|problem| format!("{}: {}", place(problem.line), problem.message)).collect();
        CliError::Unreadable(lines.join("\n"))
    })?;
    let mut secrets = Secrets::new();
    let (mut problems, mut unset) = (Vec::new(), Vec::new());
    for (setting, source) in file.secrets {
        let line = file.lines.get(setting).copied().unwrap_or(1);
        match fetch_secret(source, path) {
            Ok(Fetched::Secret(secret)) => secrets.insert(setting, secret),
            Ok(Fetched::Unset(name)) => unset.push(UnsetVariable { setting, name }),
            Err(message) => problems.push(format!("{name}:{line}: {message}")),
        }
    }
    let mut draft = file.draft;
    for (setting, source) in file.references {
        let line = file.lines.get(setting).copied().unwrap_or(1);
        match fetch_text(source, path) {
            Ok(text) => draft.set(setting, text),
            Err(message) => problems.push(format!("{name}:{line}: {message}")),
        }
    }
    if !problems.is_empty() {
        return Err(CliError::Unreadable(problems.join("\n")));
    }
    let mut keys = None;
    if let Some(bundle) = bundle {
        for (setting, secret) in bundle.secrets_for(&draft) {
            secrets.insert(setting, secret.clone());
        }
        if bundle.has_cluster_keys() {
            plans::set_running(&mut draft);
        }
        keys = bundle.keys;
    }
    unset.retain(|variable| secrets.get(variable.setting).is_none());
    let notes = domain::paste::normalize(&mut draft);
    Ok(ReadPlan { draft, secrets, keys, notes, unset, lines: file.lines, name })
}

/// Most bytes of a PLAN that are read: a bundle of 16 nodes has some 2 MB.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

pub(super) fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(std::io::Error::other("the file is larger than 64 MB"));
    }
    Ok(bytes)
}

/// The plan's text, and the bundle that it stood in.
fn plan_text(bytes: Vec<u8>) -> Result<(String, Option<OpenedBundle>), String> {
    if bytes.starts_with(b"PK") {
        let mut bundle = render::open_bundle(&bytes)
            .map_err(|error| format!("{}. Give an unchanged bundle of Clusterwright.", error_chain(&error)))?;
        return Ok((std::mem::take(&mut bundle.plan), Some(bundle)));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| "The file is neither text nor a zip. Give a plan file or the zip of a bundle.".to_owned())?;
    Ok((text, None))
}

/// What became of a reference to a secret.
pub(super) enum Fetched {
    /// The secret.
    Secret(Secret),
    /// This environment variable is to hold it, and is not set.
    Unset(String),
}

/// Fetches a secret from the place that its source names.
pub(super) fn fetch_secret(source: SecretSource, plan: &Path) -> Result<Fetched, String> {
    match source {
        SecretSource::Value(secret) => Ok(Fetched::Secret(secret)),
        SecretSource::Environment(name) => match environment::text(&name) {
            Ok(value) => Ok(Fetched::Secret(Secret::new(value))),
            Err(std::env::VarError::NotPresent) => Ok(Fetched::Unset(name)),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(format!("The environment variable {name} is not UTF-8. Set it again, or refer to a file."))
            }
        },
        SecretSource::File(file) => {
            let text = resolve_relative(plan, &file)
                .map_err(|error| format!("Cannot read the file {file} of the secret: {error}. Correct the path."))?;
            Ok(Fetched::Secret(Secret::new(text.trim_end_matches(['\r', '\n', '\0']))))
        }
    }
}

/// Fetches a text that the plan only refers to.
fn fetch_text(source: SecretSource, plan: &Path) -> Result<String, String> {
    match source {
        SecretSource::Environment(name) => environment::text(&name)
            .map_err(|_| format!("The environment variable {name} is not set. Set it, or use a file instead.")),
        SecretSource::File(file) => resolve_relative(plan, &file)
            .map_err(|error| format!("Cannot read the file {file}: {error}. Correct the path.")),
        SecretSource::Value(_) => Err("The value is a secret. Write it in quotes.".to_owned()),
    }
}

/// Largest file a plan may refer to, in bytes: a PEM text has at most 64 KB.
const MAX_REFERENCED_FILE_BYTES: u64 = 256 * 1024;

/// The text of a file that a plan refers to, relative to the plan.
fn resolve_relative(plan: &Path, file: &str) -> std::io::Result<String> {
    let path = plan.parent().unwrap_or(Path::new(".")).join(file);
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_REFERENCED_FILE_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

impl ReadPlan {
    /// A finding as the command line prints it: place, line, what, remedy.
    pub(crate) fn print(&self, finding: &Finding) -> String {
        export::text::finding(&self.place(finding), finding)
    }

    /// Names every variable that is not set, with the line that names it: the findings that follow only print that a value
    /// is missing. They do not stop the command, as not every command needs every secret.
    pub(crate) fn complain_of_unset(&self) {
        for UnsetVariable { setting, name } in &self.unset {
            let line = self.lines.get(*setting).map_or_else(String::new, |line| format!(":{line}"));
            let place = format!("{}{line}", self.name);
            print_error(&format!(
                "{place}: The environment variable {name} is not set, so {setting} is missing. Set {name}, or write the value."
            ));
        }
    }

    /// File and line of what a finding is about.
    pub(crate) fn place(&self, finding: &Finding) -> String {
        let line = self.lines.get(&finding.at.to_string());
        line.map_or_else(|| self.name.clone(), |line| format!("{}:{line}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_reads_and_lacks_only_its_secrets() {
        let file = plan_file::read(&example()).unwrap();
        assert_eq!(file.secrets.len(), 2);
        let judgement =
            domain::cluster::validate(&file.draft, &Secrets::new(), &domain::rules::ExternalFacts::default());
        let missing: Vec<String> = judgement.blocking_findings().map(|finding| finding.at.to_string()).collect();
        assert_eq!(missing, ["database.password", "user_store.admin_password"]);
    }
}
