//! How the program is set up: flags over environment over file over defaults; all mistakes are told at once.

mod access;
pub(crate) mod environment;
mod source;
mod store;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use ::store::StoreAddress;
use domain::server_credential::ServerCredential;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use probe::address::AllowedNetworks;
use zeroize::Zeroizing;

pub use crate::config::access::{Access, MAX_TOKEN_CHARS, MIN_TOKEN_CHARS, Networks, Tls};
use crate::config::source::{networks, unknown_keys, value};

/// The keys a configuration file may have, and the environment variables with `CLUSTERWRIGHT_` before them.
const KEYS: [&str; 16] = [
    "port",
    "listen",
    "data_dir",
    "store",
    "store_password",
    "store_password_file",
    "allowed_hosts",
    "dial_allow",
    "tls",
    "tls_certificate",
    "tls_key",
    "access_token",
    "access_token_file",
    "metrics_token",
    "trusted_proxies",
    "prefix",
];

/// What `serve` may be told on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// TCP port; 0 chooses a free one [default: 3000]
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Address to listen on; 0.0.0.0 or :: for all addresses. Addresses other than loopback require a login and TLS
    /// [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Folder for the database of plans and the vault key [default: the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Store of the plans: sqlite:///FILE, mysql://USER@HOST/DATABASE or postgres://USER@HOST/DATABASE; the password in
    /// CLUSTERWRIGHT_STORE_PASSWORD [default: a file in the data folder]
    #[arg(long, value_name = "ADDRESS")]
    pub store: Option<String>,
    /// Configuration file in TOML with these and more keys: see docs/configuration.md
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

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
    /// Reads the configuration. `default_data_dir` is where plans are kept when nobody says.
    ///
    /// # Errors
    /// All problems at once, each with where it comes from.
    pub fn read(flags: &Flags, default_data_dir: Option<PathBuf>) -> Result<Self, ConfigurationProblems> {
        let mut problems = Vec::new();
        let figment = merge_sources(flags, &mut problems);
        let port = value(&figment, "port", "a whole number from 0 to 65535", &mut problems).unwrap_or(3000);
        let dial_allow = networks(&figment, "dial_allow", &mut problems)
            .map_or_else(AllowedNetworks::default, AllowedNetworks::only);
        let access = access(&figment, &mut problems);
        let prefix: String = value(&figment, "prefix", "a path", &mut problems).unwrap_or_default();
        let prefix = access::prefix(&prefix).unwrap_or_else(|problem| {
            problems.push(problem);
            String::new()
        });
        let data_dir = value(&figment, "data_dir", "a path", &mut problems).or(default_data_dir);
        if data_dir.is_none() {
            problems.push("No home folder is set in which to store plans. Choose a folder with --data-dir.".to_owned());
        }
        let store = store::store(&figment, data_dir.as_deref().unwrap_or(Path::new("")), &mut problems);
        match (data_dir, problems.is_empty()) {
            (Some(data_dir), true) => {
                let warnings = open_to_others(flags, &figment);
                Ok(Self { port, data_dir, store, dial_allow, access, prefix, warnings })
            }
            _ => Err(ConfigurationProblems(problems)),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.access.listen, self.port)
    }
}

/// File, environment and flags, the later over the earlier.
fn merge_sources(flags: &Flags, problems: &mut Vec<String>) -> Figment {
    let mut figment = Figment::new();
    if let Some(file) = &flags.config {
        problems.extend(unknown_keys(file));
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Env::prefixed("CLUSTERWRIGHT_").only(&KEYS));
    if let Some(port) = &flags.port {
        figment = figment.merge(Serialized::global(
            "port",
            port.parse::<i64>().map_or_else(|_| port.as_str().into(), figment::value::Value::from),
        ));
    }
    if let Some(listen) = &flags.listen {
        figment = figment.merge(Serialized::global("listen", listen));
    }
    if let Some(data_dir) = &flags.data_dir {
        figment = figment.merge(Serialized::global("data_dir", data_dir));
    }
    if let Some(store) = &flags.store {
        figment = figment.merge(Serialized::global("store", store));
    }
    figment
}

fn access(figment: &Figment, problems: &mut Vec<String>) -> Access {
    let listen = value(figment, "listen", "an IP address", problems).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let hosts: Vec<String> = value(figment, "allowed_hosts", "a list of strings", problems).unwrap_or_default();
    let mut allowed_hosts = Vec::new();
    for host in hosts {
        match access::host(&host) {
            Ok(host) => allowed_hosts.push(host),
            Err(problem) => problems.push(problem),
        }
    }
    let trusted_proxies = Networks(networks(figment, "trusted_proxies", problems).unwrap_or_default());
    let tls = tls(figment, listen, &trusted_proxies, problems);
    let token = token(figment, problems);
    let metrics_token: Option<String> = value(figment, "metrics_token", "a string", problems);
    let metrics_token = metrics_token.and_then(|text| access::token("metrics_token", Zeroizing::new(text), problems));
    Access { listen, allowed_hosts, trusted_proxies, tls, token, metrics_token }
}

fn tls(figment: &Figment, listen: IpAddr, trusted_proxies: &Networks, problems: &mut Vec<String>) -> Tls {
    let wanted = format!("one of {}", access::TLS_VALUES.join(", "));
    let wish = value(figment, "tls", &wanted, problems).unwrap_or_else(|| "auto".to_owned());
    if !access::TLS_VALUES.contains(&wish.as_str()) {
        problems.push(format!("tls is {wish:?}. Use {wanted}."));
        return Tls::Off;
    }
    let certificate = value(figment, "tls_certificate", "a path", problems);
    let key = value(figment, "tls_key", "a path", problems);
    access::tls(&wish, certificate, key, listen, trusted_proxies, problems)
}

/// The token that the configuration sets, itself or as the first line of a file.
fn token(figment: &Figment, problems: &mut Vec<String>) -> Option<ServerCredential> {
    let given: Option<String> = value(figment, "access_token", "a string", problems);
    let file: Option<PathBuf> = value(figment, "access_token_file", "a path", problems);
    let (key, text) = match (given, file) {
        (Some(_), Some(_)) => {
            problems.push("access_token and access_token_file are both set. Remove one of them.".to_owned());
            return None;
        }
        (Some(text), None) => ("access_token", Zeroizing::new(text)),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                let line = text.lines().next().unwrap_or_default().trim().to_owned();
                ("access_token_file", Zeroizing::new(line))
            }
            Err(error) => {
                problems.push(format!(
                    "access_token_file: cannot read {}: {error}. Correct its path or permissions.",
                    file.display()
                ));
                return None;
            }
        },
        (None, None) => return None,
    };
    access::token(key, text, problems)
}

/// Keys whose value is a secret.
const SECRET_KEYS: [&str; 3] = ["access_token", "metrics_token", "store_password"];
/// Keys that name a file with one.
const SECRET_FILES: [&str; 3] = ["access_token_file", "store_password_file", "tls_key"];

/// What to do about files with secrets that others may read. It is said and no more: containers get such files mounted with
/// modes that nobody chose.
fn open_to_others(flags: &Flags, figment: &Figment) -> Vec<String> {
    let mut files: Vec<PathBuf> = Vec::new();
    if let Some(file) = &flags.config {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let table: toml::Table = text.parse().unwrap_or_default();
        // A store's address may hold a password before its host.
        let in_address = table.get("store").and_then(toml::Value::as_str).is_some_and(|store| {
            store
                .split_once("//")
                .and_then(|(_, rest)| rest.split_once('@'))
                .is_some_and(|(user, _)| user.contains(':'))
        });
        if in_address || SECRET_KEYS.iter().any(|key| table.contains_key(*key)) {
            files.push(file.clone());
        }
    }
    files.extend(SECRET_FILES.iter().filter_map(|key| figment.extract_inner::<PathBuf>(key).ok()));
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

/// Where plans are kept when nobody says: the platform's folder for a user's data.
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
