//! What the command line and the environment set. clap finds the text of each setting and decides which of the two counts;
//! the texts are read later, so that their mistakes come at once with those of the file.
//!
//! The arguments are built from [`key::ALL`] and not derived: a derived field does not keep whether a flag or a variable set it.

use crate::config::environment;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::config::key::{self, ConfigKey, ValueForm};

/// What the command line and the environment set. Some of it is secret.
#[derive(Clone, Default)]
pub struct Flags {
    /// By the key of the setting.
    pub(super) texts: BTreeMap<&'static str, GivenText>,
    /// The configuration file.
    pub(super) file: Option<PathBuf>,
}

/// The text of one setting.
#[derive(Clone)]
pub(super) struct GivenText {
    /// `None`: it is not UTF-8.
    pub(super) text: Option<String>,
    /// The flag or variable, as messages name it.
    pub(super) source: String,
}

/// The settings of [`Flags`] that lead to the plans, for commands that do not serve.
#[derive(Clone)]
pub struct StoreFlags(pub Flags);

const FILE: &str = "config";

fn file_argument() -> Arg {
    Arg::new(FILE)
        .long(FILE)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Configuration file in TOML with these and more keys: see docs/configuration.md")
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(key::ALL.iter().filter_map(ConfigKey::argument)).arg(file_argument())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |key: &ConfigKey| {
            let variable = || format!("the environment variable {}", key.variable());
            if key.form == ValueForm::Secret {
                let text = environment::os_text(key.variable())?.into_string().ok();
                return Some(GivenText { text, source: variable() });
            }
            // A command that does not have the argument does not read the setting.
            let text = matches.try_get_one::<OsString>(key.name).ok().flatten()?.clone().into_string().ok();
            let is_flag = matches.value_source(key.name) == Some(ValueSource::CommandLine);
            Some(GivenText { text, source: if is_flag { format!("--{}", key.flag()) } else { variable() } })
        };
        let texts = key::ALL.iter().filter_map(|key| Some((key.name, text(key)?))).collect();
        Ok(Self { texts, file: matches.get_one::<PathBuf>(FILE).cloned() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for StoreFlags {
    fn augment_args(command: Command) -> Command {
        let keys = [key::STORE, key::STORE_PASSWORD_FILE, key::DATA_DIR];
        command.args(keys.iter().filter_map(ConfigKey::argument)).arg(file_argument())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StoreFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Flags::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}
