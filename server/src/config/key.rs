//! The settings of the server, each declared once: its key in the file, from which its environment variable and its flag
//! follow, the form of its value, and its help. A secret has no flag, because every user of a machine can list arguments.

use std::ffi::OsString;

use clap::{Arg, value_parser};

/// A setting of the server.
pub(super) struct ConfigKey {
    /// The key in the file.
    pub(super) name: &'static str,
    pub(super) form: ValueForm,
    /// A value of the form, as messages name it.
    pub(super) wanted: &'static str,
    /// Whether the value names a file with a secret.
    pub(super) is_secret_file: bool,
    /// The value in the help.
    placeholder: &'static str,
    help: &'static str,
}

/// How a value is read from the text of a flag or variable.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum ValueForm {
    Text,
    Secret,
    Number,
    /// With commas, or as in the file.
    List,
}

impl ConfigKey {
    const fn text(name: &'static str, placeholder: &'static str, wanted: &'static str, help: &'static str) -> Self {
        Self { name, form: ValueForm::Text, wanted, is_secret_file: false, placeholder, help }
    }

    const fn path(name: &'static str, placeholder: &'static str, help: &'static str) -> Self {
        Self::text(name, placeholder, "a path", help)
    }

    const fn list(name: &'static str, placeholder: &'static str, wanted: &'static str, help: &'static str) -> Self {
        Self { form: ValueForm::List, ..Self::text(name, placeholder, wanted, help) }
    }

    const fn secret(name: &'static str) -> Self {
        Self { form: ValueForm::Secret, ..Self::text(name, "", "a string", "") }
    }

    const fn secret_file(name: &'static str, help: &'static str) -> Self {
        Self { is_secret_file: true, ..Self::path(name, "FILE", help) }
    }

    /// The environment variable.
    pub(super) fn variable(&self) -> String {
        format!("CLUSTERWRIGHT_{}", self.name.to_uppercase())
    }

    /// The flag, without hyphens before it.
    pub(super) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// What clap reads: the flag, or else the environment variable. The help shows no values, which may contain a secret.
    pub(super) fn argument(&self) -> Option<Arg> {
        (self.form != ValueForm::Secret).then(|| {
            Arg::new(self.name)
                .long(self.flag())
                .env(self.variable())
                .hide_env_values(true)
                .value_name(self.placeholder)
                .value_parser(value_parser!(OsString))
                .help(self.help)
        })
    }
}

macro_rules! keys {
    ($($(#[$reason:meta])* $name:ident = $key:expr;)*) => {
        $($(#[$reason])* pub(super) const $name: ConfigKey = $key;)*
        /// All settings.
        pub(super) const ALL: &[ConfigKey] = &[$($name),*];
    };
}

keys! {
    PORT = ConfigKey {
        form: ValueForm::Number,
        ..ConfigKey::text(
            "port",
            "PORT",
            "a whole number from 0 to 65535",
            "TCP port; 0 chooses a free one [default: 3000]",
        )
    };
    LISTEN = ConfigKey::text(
        "listen",
        "ADDRESS",
        "an IP address",
        "Address to listen on; 0.0.0.0 or :: for all addresses. Addresses other than loopback require a login and TLS \
         [default: 127.0.0.1]",
    );
    DATA_DIR = ConfigKey::path(
        "data_dir",
        "DIR",
        "Folder for the database of plans and the vault key [default: the user's data folder]",
    );
    STORE = ConfigKey::text(
        "store",
        "ADDRESS",
        "an address",
        "Store of the plans: sqlite:///FILE, mysql://USER@HOST/DATABASE or postgres://USER@HOST/DATABASE; the password in \
         CLUSTERWRIGHT_STORE_PASSWORD [default: a file in the data folder]",
    );
    STORE_PASSWORD = ConfigKey::secret("store_password");
    STORE_PASSWORD_FILE = ConfigKey::secret_file("store_password_file", "File with the password of the store");
    ALLOWED_HOSTS = ConfigKey::list(
        "allowed_hosts",
        "NAMES",
        "a list of strings",
        "Further host names under which browsers reach the server, separated by commas",
    );
    DIAL_ALLOW = ConfigKey::list(
        "dial_allow",
        "NETWORKS",
        "a list of networks",
        "Networks that checks may connect to, such as 10.20.0.0/16, separated by commas [default: all]",
    );
    TLS = ConfigKey::text(
        "tls",
        "WHEN",
        "one of auto, on, off",
        "TLS of the port: auto, on or off; auto is on for addresses other than loopback [default: auto]",
    );
    TLS_CERTIFICATE = ConfigKey::path(
        "tls_certificate",
        "FILE",
        "PEM file with the certificate and its chain [default: a generated certificate]",
    );
    TLS_KEY = ConfigKey::secret_file("tls_key", "PEM file with the private key of the certificate");
    ACCESS_TOKEN = ConfigKey::secret("access_token");
    ACCESS_TOKEN_FILE = ConfigKey::secret_file(
        "access_token_file",
        "File with the access token, which can also be in CLUSTERWRIGHT_ACCESS_TOKEN [default: created and printed once]",
    );
    METRICS_TOKEN = ConfigKey::secret("metrics_token");
    TRUSTED_PROXIES = ConfigKey::list(
        "trusted_proxies",
        "NETWORKS",
        "a list of networks",
        "Networks of proxies whose X-Forwarded headers are trusted, separated by commas",
    );
    PREFIX = ConfigKey::text("prefix", "PATH", "a path", "Path under which a proxy publishes the wizard");
}
