//! The address of a store: `sqlite:///path/file.db`, `mysql://user@host/database` or `postgres://user@host/database`.
//!
//! A password in it becomes a [`ServerCredential`] when it is parsed: an address can be shown and logged.

use std::fmt;
use std::path::PathBuf;

use domain::server_credential::ServerCredential;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// Connections of one process, unless the parameter `connections` states another number.
const DEFAULT_MAX_CONNECTIONS: u32 = 10;

/// The address of a store.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    /// The path of an SQLite file.
    Sqlite(PathBuf),
    /// A database of MySQL, MariaDB or PostgreSQL.
    SqlServer(SqlServerAddress),
}

/// A database on a server, and how to connect to it.
#[derive(Clone, Debug)]
pub struct SqlServerAddress {
    pub(crate) product: SqlServerProduct,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The path of a Unix socket (for `PostgreSQL`: of its folder), in place of host and port.
    pub(crate) socket: Option<PathBuf>,
    pub(crate) user: String,
    pub(crate) password: Option<ServerCredential>,
    pub(crate) database: String,
    pub(crate) tls: TlsMode,
    /// The file of the trusted certificate authorities, in PEM.
    pub(crate) authority: Option<PathBuf>,
    /// Of one process.
    pub(crate) max_connections: u32,
}

/// The protocol of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SqlServerProduct {
    /// MySQL and `MariaDB`.
    MySql,
    /// `PostgreSQL`.
    Postgres,
}

/// How a connection is encrypted, in `PostgreSQL`'s terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The text is not the address of a store. No message repeats it: it may contain a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The scheme is not known.
    #[error(
        "the address does not name a kind of store. Use sqlite:///path/to/file.db, mysql://user@host/database or postgres://user@host/database"
    )]
    Kind,
    /// It is not a URL, or its percent-encoding is not UTF-8.
    #[error(
        "the address cannot be parsed ({0}). Use mysql://user@host:port/database or postgres://user@host:port/database, and percent-encode special characters"
    )]
    Unreadable(String),
    /// The file, user or database is missing.
    #[error("the address contains no {0}. Use mysql://user@host/database or postgres://user@host/database")]
    Missing(&'static str),
    /// The parameter is not known.
    #[error("the address contains the unknown parameter {0}. Use sslmode, sslrootcert, socket or connections")]
    Parameter(String),
    /// The value of the parameter is not one of those that it accepts.
    #[error("the parameter {name} must be {expected}")]
    Value {
        /// The name of the parameter.
        name: &'static str,
        /// The accepted values.
        expected: &'static str,
    },
}

impl StoreAddress {
    /// Parses an address.
    ///
    /// # Errors
    /// The first part that cannot be used, and what to write.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or_default();
            if path.is_empty() {
                return Err(AddressError::Missing("file"));
            }
            return Ok(Self::Sqlite(PathBuf::from(percent_decoded(path)?)));
        }
        let (product, port) = match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("mysql" | "mariadb") => (SqlServerProduct::MySql, 3306),
            Some("postgres" | "postgresql") => (SqlServerProduct::Postgres, 5432),
            _ => return Err(AddressError::Kind),
        };
        let url = Url::parse(text).map_err(|error| AddressError::Unreadable(error.to_string()))?;
        let mut address = SqlServerAddress {
            product,
            host: percent_decoded(url.host_str().unwrap_or_default())?.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            socket: None,
            user: percent_decoded(url.username())?,
            password: url.password().map(percent_decoded).transpose()?.map(ServerCredential::new),
            database: percent_decoded(url.path().trim_start_matches('/'))?,
            tls: TlsMode::Prefer,
            authority: None,
            max_connections: DEFAULT_MAX_CONNECTIONS,
        };
        for (name, value) in url.query_pairs() {
            address.set(&name, &value)?;
        }
        for (part, value) in [("user", &address.user), ("database", &address.database)] {
            if value.is_empty() {
                return Err(AddressError::Missing(part));
            }
        }
        Ok(Self::SqlServer(address))
    }

    /// The address with this password, where it is a server's and contains none.
    #[must_use]
    pub fn with_password(mut self, password: Option<ServerCredential>) -> Self {
        if let Self::SqlServer(address) = &mut self
            && address.password.is_none()
        {
            address.password = password;
        }
        self
    }
}

impl SqlServerAddress {
    fn set(&mut self, name: &str, value: &str) -> Result<(), AddressError> {
        match name {
            "sslmode" | "ssl-mode" => {
                self.tls = match value.to_ascii_lowercase().replace('_', "-").as_str() {
                    "disable" | "disabled" => TlsMode::Disable,
                    "prefer" | "preferred" => TlsMode::Prefer,
                    "require" | "required" => TlsMode::Require,
                    "verify-ca" => TlsMode::VerifyCa,
                    "verify-full" | "verify-identity" => TlsMode::VerifyFull,
                    _ => {
                        let expected = "disable, prefer, require, verify-ca or verify-full";
                        return Err(AddressError::Value { name: "sslmode", expected });
                    }
                }
            }
            "sslrootcert" | "ssl-ca" => self.authority = Some(PathBuf::from(value)),
            "socket" => self.socket = Some(PathBuf::from(value)),
            "connections" => {
                let number = value.parse().ok().filter(|number| (2..=1000).contains(number));
                let expected = "a number from 2 to 1000";
                self.max_connections = number.ok_or(AddressError::Value { name: "connections", expected })?;
            }
            _ => return Err(AddressError::Parameter(name.to_owned())),
        }
        Ok(())
    }
}

fn percent_decoded(text: &str) -> Result<String, AddressError> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(String::from).map_err(|_| AddressError::Unreadable("its percent-encoding is not UTF-8".to_owned()))
}

impl fmt::Display for SqlServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            SqlServerProduct::MySql => "MySQL",
            SqlServerProduct::Postgres => "PostgreSQL",
        };
        write!(formatter, "{product} database {} at ", self.database)?;
        match &self.socket {
            Some(socket) => write!(formatter, "{}", socket.display()),
            None if self.host.contains(':') => write!(formatter, "[{}]:{}", self.host, self.port),
            None => write!(formatter, "{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "SQLite file {}", path.display()),
            Self::SqlServer(address) => address.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server(text: &str) -> SqlServerAddress {
        match StoreAddress::parse(text) {
            Ok(StoreAddress::SqlServer(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_and_servers_are_distinguished() {
        for (text, path) in [
            ("sqlite:///var/lib/c.db", "/var/lib/c.db"),
            ("sqlite://c.db", "c.db"),
            ("sqlite:a%20b.db?mode=rwc", "a b.db"),
        ] {
            let address = StoreAddress::parse(text).unwrap();
            assert!(matches!(&address, StoreAddress::Sqlite(found) if found.as_os_str() == path), "{address:?}");
        }
        let mysql = server("mysql://cw@db.example.com/plans");
        assert_eq!(mysql.to_string(), "MySQL database plans at db.example.com:3306");
        assert_eq!((mysql.tls, mysql.max_connections, mysql.password.is_none()), (TlsMode::Prefer, 10, true));
        let postgres =
            server("postgres://c%40w:p%2Fw@[::1]:6432/p%20l?sslmode=verify-full&sslrootcert=/ca.pem&connections=4");
        assert_eq!(postgres.to_string(), "PostgreSQL database p l at [::1]:6432");
        assert_eq!((postgres.user.as_str(), postgres.tls, postgres.max_connections), ("c@w", TlsMode::VerifyFull, 4));
        assert_eq!(postgres.authority, Some(PathBuf::from("/ca.pem")));
        let socket = server("postgresql://cw@localhost/plans?socket=/run/postgresql");
        assert_eq!(socket.to_string(), "PostgreSQL database plans at /run/postgresql");
    }

    #[test]
    fn an_error_names_the_part_and_repeats_no_password() {
        for (text, part) in [
            ("oracle://u:canary@h/d", "name a kind of store"),
            ("plans.db", "name a kind of store"),
            ("sqlite://", "contains no file"),
            ("mysql://h/d", "contains no user"),
            ("mysql://u:canary@h", "contains no database"),
            ("mysql://u:canary@h/", "contains no database"),
            ("postgres://u:canary@/d", "cannot be parsed"),
            ("mysql://u:canary@h:port/d", "cannot be parsed"),
            ("mysql://u:can%FFary@h/d", "cannot be parsed"),
            ("mysql://u:canary@h/d?sslmode=maybe", "sslmode must be disable"),
            ("mysql://u:canary@h/d?connections=1", "connections must be a number"),
            ("mysql://u:canary@h/d?timeout=1", "parameter timeout"),
        ] {
            let error = StoreAddress::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_password_is_stored_and_never_shown() {
        let address = StoreAddress::parse("mysql://cw:canary@db/plans").unwrap();
        assert!(!format!("{address} {address:?}").contains("canary"));
        let other = address.clone().with_password(Some(ServerCredential::new("other")));
        #[expect(clippy::disallowed_methods, reason = "the test compares what was read")]
        let exposed = |address: StoreAddress| match address {
            StoreAddress::SqlServer(address) => address.password.map(|password| password.reveal().to_owned()),
            StoreAddress::Sqlite(_) => None,
        };
        assert_eq!(exposed(other).as_deref(), Some("canary"), "the password in the address takes precedence");
        let given =
            StoreAddress::parse("mysql://cw@db/plans").unwrap().with_password(Some(ServerCredential::new("other")));
        assert_eq!(exposed(given).as_deref(), Some("other"));
    }

    proptest! {
        #[test]
        fn parsing_any_text_never_panics(text in ".{0,60}", parameter in "[a-z-]{0,12}=[^#]{0,8}") {
            let _any = StoreAddress::parse(&text);
            let _any = StoreAddress::parse(&format!("mysql://{text}"));
            let _any = StoreAddress::parse(&format!("postgres://u@h/d?{parameter}"));
        }
    }
}
