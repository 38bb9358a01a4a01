//! How the program is set up: flags over environment over file over defaults; all mistakes are told at once.

use std::fmt;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use probe::address::Allowed;
use serde::de::DeserializeOwned;

/// The keys a configuration file may have, and the environment variables with `CLUSTERWRIGHT_` before them.
const KEYS: [&str; 4] = ["port", "data_dir", "allowed_hosts", "dial_allow"];

/// What `serve` may be told on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// Port on 127.0.0.1; 0 takes any free one [default: 3000]
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Folder for the database of plans and the vault's key [default: the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file in TOML with the same keys, and allowed_hosts and dial_allow
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How the server runs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Configuration {
    /// TCP port on 127.0.0.1.
    pub port: u16,
    /// Where plans and the key are kept.
    pub data_dir: PathBuf,
    /// Further host names under which a browser may reach the server, such as that of a tunnel.
    pub allowed_hosts: Vec<String>,
    /// The networks that checks may dial: all, or those that are listed, such as `10.20.0.0/16`.
    pub dial_allow: Allowed,
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
    /// Reads the configuration. `environment` gives the values of environment variables, so that tests need not set them.
    ///
    /// # Errors
    /// All problems at once, each with where it comes from.
    pub fn read(flags: &Flags, default_data_dir: Option<PathBuf>) -> Result<Self, ConfigurationProblems> {
        let mut problems = Vec::new();
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
        if let Some(data_dir) = &flags.data_dir {
            figment = figment.merge(Serialized::global("data_dir", data_dir));
        }
        let port = value(&figment, "port", "a whole number from 0 to 65535", &mut problems).unwrap_or(3000);
        let hosts = value(&figment, "allowed_hosts", "a list of texts", &mut problems).unwrap_or_default();
        let dial_allow = dial_allow(&figment, &mut problems);
        let data_dir = value(&figment, "data_dir", "a path", &mut problems).or(default_data_dir);
        if data_dir.is_none() {
            problems.push("There is no home folder to keep plans in. Give one with --data-dir.".to_owned());
        }
        match (data_dir, problems.is_empty()) {
            (Some(data_dir), true) => Ok(Self { port, data_dir, allowed_hosts: hosts, dial_allow }),
            _ => Err(ConfigurationProblems(problems)),
        }
    }
}

/// The networks of `dial_allow`; a text that is none is a problem, and nothing is dialled by mistake.
fn dial_allow(figment: &Figment, problems: &mut Vec<String>) -> Allowed {
    let texts: Option<Vec<String>> = value(figment, "dial_allow", "a list of networks", problems);
    let Some(texts) = texts else { return Allowed::default() };
    let mut networks = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(network) => networks.push(network),
            Err(error) => problems.push(format!("dial_allow: {text:?} is {error}. Write 10.20.0.0/16 or 10.20.0.5.")),
        }
    }
    Allowed::only(networks)
}

/// One value, or a problem that names its source.
fn value<T: DeserializeOwned>(figment: &Figment, key: &str, wanted: &str, problems: &mut Vec<String>) -> Option<T> {
    if !figment.contains(key) {
        return None;
    }
    match figment.extract_inner(key) {
        Ok(value) => Some(value),
        Err(error) => {
            let source = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
            let from = source.map_or_else(String::new, |source| format!(" (from {source})"));
            let from = if from.is_empty() && std::env::var_os(format!("CLUSTERWRIGHT_{}", key.to_uppercase())).is_some()
            {
                format!(" (from the environment variable CLUSTERWRIGHT_{})", key.to_uppercase())
            } else {
                from
            };
            problems.push(format!("{key}{from} is not {wanted}. Write {wanted}."));
            None
        }
    }
}

/// Keys of the file that mean nothing, and a file that cannot be read.
fn unknown_keys(file: &Path) -> Vec<String> {
    let shown = file.display();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return vec![format!("{shown} cannot be read: {error}. Correct --config.")],
    };
    match text.parse::<toml::Table>() {
        Ok(table) => (table.keys())
            .filter(|key| !KEYS.contains(&key.as_str()))
            .map(|key| format!("{shown} has an unknown key {key}. It knows {}.", KEYS.join(", ")))
            .collect(),
        Err(error) => vec![format!("{shown} is not TOML: {}.", error.message())],
    }
}

/// Where plans are kept when nobody says: the platform's folder for a user's data.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return folder("HOME").map(|home| home.join("Library/Application Support/clusterwright"));
    }
    folder("XDG_DATA_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("clusterwright"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_flags() {
        let plain = Configuration::read(&Flags::default(), Some("/d".into())).unwrap();
        assert_eq!((plain.port, plain.data_dir), (3000, PathBuf::from("/d")));
        let flags = Flags { port: Some("0".into()), data_dir: Some("/e".into()), config: None };
        let flagged = Configuration::read(&flags, Some("/d".into())).unwrap();
        assert_eq!((flagged.port, flagged.data_dir), (0, PathBuf::from("/e")));
    }

    #[test]
    fn networks_that_may_be_dialled() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let flags = Flags { port: None, data_dir: Some("/d".into()), config: Some(file.clone()) };
            Configuration::read(&flags, None)
        };
        let allowed = read("dial_allow = [\"10.20.0.0/16\"]\n").unwrap().dial_allow;
        assert!(allowed.pin("10.20.0.5".parse().unwrap(), 3306).is_ok());
        assert!(allowed.pin("10.21.0.5".parse().unwrap(), 3306).is_err());
        assert_eq!(read("").unwrap().dial_allow, Allowed::default());
        let problems = read("dial_allow = [\"db.example.com\"]\n").unwrap_err().0;
        assert!(problems.len() == 1 && problems[0].contains("db.example.com"), "{problems:?}");
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "prot = 1\nallowed_hosts = 5\n").unwrap();
        let flags = Flags { port: Some("70000".into()), data_dir: None, config: Some(file) };
        let problems = Configuration::read(&flags, None).unwrap_err().0;
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[0].contains("unknown key prot"));
        assert!(problems.iter().any(|problem| problem.starts_with("port") && problem.contains("0 to 65535")));
    }
}
