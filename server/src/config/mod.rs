//! How the program is set up: flags over environment over file over defaults; all mistakes are reported at once.

mod access;
pub(crate) mod environment;
mod flags;
mod key;
mod source;
mod store;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ::store::StoreAddress;
use domain::server_credential::ServerCredential;
use probe::address::{AllowedNetworks, Network};
use zeroize::Zeroizing;

pub use crate::config::access::{Access, MAX_TOKEN_CHARS, MIN_TOKEN_CHARS, Networks, Tls};
pub use crate::config::flags::{Flags, StoreFlags};
use crate::config::key::{ConfigKey, ValueForm};
use crate::config::source::Sources;

/// How the server runs.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// TCP port; 0 for any free one.
    pub port: u16,
    /// Where the vault's key is kept, and plans unless `store` names another place.
    pub data_dir: PathBuf,
    /// Where plans are kept.
    pub store: StoreAddress,
    /// The networks that checks may dial: all, or those that are listed, such as `10.20.0.0/16`.
    pub dial_allow: AllowedNetworks,
    /// Who may reach it and how.
    pub access: Access,
    /// The path under which a proxy shows it, such as `/clusterwright`; empty for none.
    pub prefix: String,
    /// Files with secrets that other users of the machine may read, each with what to do: said at the start.
    pub warnings: Vec<String>,
}

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigurationProblems(pub Vec<String>);

impl fmt::Display for ConfigurationProblems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("\n"))
    }
}

impl Configuration {
    /// Reads the configuration. `default_data_dir` is where plans are kept when the configuration names no folder.
    ///
    /// # Errors
    /// All problems at once, each with where it comes from.
    pub fn read(flags: &Flags, default_data_dir: Option<PathBuf>) -> Result<Self, ConfigurationProblems> {
        let mut sources = Sources::read(flags);
        let port = sources.value(&key::PORT).unwrap_or(3000);
        let dial_allow =
            networks(&mut sources, &key::DIAL_ALLOW).map_or_else(AllowedNetworks::default, AllowedNetworks::only);
        let access = access(&mut sources);
        let prefix = sources.parsed(&key::PREFIX, access::prefix).unwrap_or_default();
        let data_dir = sources.value(&key::DATA_DIR).or(default_data_dir);
        if data_dir.is_none() {
            let problem = "No home folder is set in which to store plans. Choose a folder with --data-dir.";
            sources.problems.push(problem.to_owned());
        }
        let store = store::store(&mut sources, data_dir.as_deref().unwrap_or(Path::new("")));
        match (data_dir, sources.problems.is_empty()) {
            (Some(data_dir), true) => {
                let warnings = open_to_others(flags, &mut sources);
                Ok(Self { port, data_dir, store, dial_allow, access, prefix, warnings })
            }
            _ => Err(ConfigurationProblems(sources.problems)),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.access.listen, self.port)
    }
}

fn networks(sources: &mut Sources<'_>, key: &ConfigKey) -> Option<Vec<Network>> {
    sources.list(key, |text| {
        text.parse().map_err(|error| format!("{text:?} is {error}. Use a form such as 10.20.0.0/16 or 10.20.0.5."))
    })
}

fn access(sources: &mut Sources<'_>) -> Access {
    let listen = sources.value(&key::LISTEN).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let allowed_hosts = sources.list(&key::ALLOWED_HOSTS, access::host).unwrap_or_default();
    let trusted_proxies = Networks(networks(sources, &key::TRUSTED_PROXIES).unwrap_or_default());
    let tls = tls(sources, listen, &trusted_proxies);
    let token = token(sources);
    let metrics_token: Option<String> = sources.value(&key::METRICS_TOKEN);
    let described = sources.describe(&key::METRICS_TOKEN);
    let metrics_token =
        metrics_token.and_then(|text| access::token(&described, Zeroizing::new(text), &mut sources.problems));
    Access { listen, allowed_hosts, trusted_proxies, tls, token, metrics_token }
}

fn tls(sources: &mut Sources<'_>, listen: IpAddr, trusted_proxies: &Networks) -> Tls {
    let mode = sources.value(&key::TLS).unwrap_or_else(|| "auto".to_owned());
    if !access::TLS_VALUES.contains(&mode.as_str()) {
        let problem = format!("{} is {mode:?}. Use {}.", sources.describe(&key::TLS), key::TLS.wanted);
        sources.problems.push(problem);
        return Tls::Off;
    }
    let certificate = sources.value(&key::TLS_CERTIFICATE);
    let private_key = sources.value(&key::TLS_KEY);
    access::tls(&mode, certificate, private_key, listen, trusted_proxies, &mut sources.problems)
}

/// The token that the configuration sets, itself or as the first line of a file.
fn token(sources: &mut Sources<'_>) -> Option<ServerCredential> {
    let given: Option<String> = sources.value(&key::ACCESS_TOKEN);
    let file: Option<PathBuf> = sources.value(&key::ACCESS_TOKEN_FILE);
    let (key, text) = match (given, file) {
        (Some(_), Some(_)) => {
            sources.report_both(&key::ACCESS_TOKEN, &key::ACCESS_TOKEN_FILE);
            return None;
        }
        (Some(text), None) => (key::ACCESS_TOKEN, Zeroizing::new(text)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                let line = text.lines().next().unwrap_or_default().trim().to_owned();
                (key::ACCESS_TOKEN_FILE, Zeroizing::new(line))
            }
            Err(error) => {
                sources.report_unreadable(&key::ACCESS_TOKEN_FILE, &file, &error);
                return None;
            }
        },
        (None, None) => return None,
    };
    let described = sources.describe(&key);
    access::token(&described, text, &mut sources.problems)
}

/// What to do about files with secrets that others may read. It is reported and no more: containers get such files mounted
/// with modes that no one chose.
fn open_to_others(flags: &Flags, sources: &mut Sources<'_>) -> Vec<String> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(file) = &flags.file {
        // A store's address may contain a password before its host.
        let in_address = sources.in_file(&key::STORE).and_then(toml::Value::as_str).is_some_and(|store| {
            store
                .split_once("//")
                .and_then(|(_, rest)| rest.split_once('@'))
                .is_some_and(|(user, _)| user.contains(':'))
        });
        let mut secrets = key::ALL.iter().filter(|key| key.form == ValueForm::Secret);
        if in_address || secrets.any(|key| sources.in_file(key).is_some()) {
            files.push(file.clone());
        }
    }
    files.extend(key::ALL.iter().filter(|key| key.is_secret_file).filter_map(|key| sources.value::<PathBuf>(key)));
    let mode = |file: &PathBuf| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(file).ok().map(|found| found.permissions().mode() & 0o7777)
    };
    let warning = |file: &PathBuf| {
        let mode = mode(file).filter(|mode| mode & 0o077 != 0)?;
        let file = file.display();
        Some(format!(
            "{file} contains a secret, but other users of this machine can read it (mode {mode:04o}). Run `chmod 600 {file}`."
        ))
    };
    files.iter().filter_map(warning).collect()
}

/// Where plans are kept when the configuration names no folder: the platform's folder for a user's data.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return environment::path("HOME").map(|home| home.join("Library/Application Support/clusterwright"));
    }
    environment::path("XDG_DATA_HOME")
        .or_else(|| environment::path("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("clusterwright"))
}

#[cfg(test)]
mod tests;
