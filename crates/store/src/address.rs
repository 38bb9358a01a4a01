//! Where a store is, read from one line: `sqlite:///path/file.db`, `mysql://user@host/database`,
//! `postgres://user@host/database`.
//!
//! A password in it is taken out at once: what is kept here can be shown, logged and compared with what was meant.

use std::fmt;
use std::path::PathBuf;

use domain::secret::Secret;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// Connections of one process unless `connections` says otherwise.
const CONNECTIONS: u32 = 10;

/// Where a store is.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database on a server.
    Server(ServerAddress),
}

/// A database on a server, and how it is reached.
#[derive(Clone, Debug)]
pub struct ServerAddress {
    pub(crate) product: ServerProduct,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The path of a Unix socket (for `PostgreSQL`: the folder it lies in), in place of host and port.
    pub(crate) socket: Option<PathBuf>,
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
    pub(crate) database: String,
    pub(crate) tls: TlsMode,
    /// The file of the authorities that may have signed the server's certificate.
    pub(crate) authority: Option<PathBuf>,
    /// How many connections a process has open at most.
    pub(crate) connections: u32,
}

/// Whose protocol a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerProduct {
    /// MySQL and `MariaDB`.
    MySql,
    /// `PostgreSQL`.
    Postgres,
}

/// How a connection is encrypted, in `PostgreSQL`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The text is not the address of a store. No message repeats it: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It begins with no kind of store.
    #[error(
        "the address does not name a kind of store. Use sqlite:///path/to/file.db, mysql://user@host/database or postgres://user@host/database"
    )]
    Kind,
    /// It cannot be taken apart.
    #[error(
        "the address cannot be parsed ({0}). Use mysql://user@host:port/database or postgres://user@host:port/database, and percent-encode special characters"
    )]
    Unreadable(String),
    /// A part is missing.
    #[error("the address contains no {0}. Use mysql://user@host/database or postgres://user@host/database")]
    Missing(&'static str),
    /// A parameter that is not known.
    #[error("the address contains the unknown parameter {0}. Use sslmode, sslrootcert, socket or connections")]
    Parameter(String),
    /// A parameter with a value that it cannot have.
    #[error("the parameter {name} must be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
}

impl StoreAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// The first thing that is wrong with it, and what to write.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or_default();
            if path.is_empty() {
                return Err(AddressError::Missing("file"));
            }
            return Ok(Self::Sqlite(PathBuf::from(decoded(path)?)));
        }
        let (product, port) = match text.split_once("://").map(|(scheme, _)| scheme) {
            Some("mysql" | "mariadb") => (ServerProduct::MySql, 3306),
            Some("postgres" | "postgresql") => (ServerProduct::Postgres, 5432),
            _ => return Err(AddressError::Kind),
        };
        let url = Url::parse(text).map_err(|error| AddressError::Unreadable(error.to_string()))?;
        let mut address = ServerAddress {
            product,
            host: decoded(url.host_str().unwrap_or_default())?.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            socket: None,
            user: decoded(url.username())?,
            password: url.password().map(decoded).transpose()?.map(Secret::new),
            database: decoded(url.path().trim_start_matches('/'))?,
            tls: TlsMode::Prefer,
            authority: None,
            connections: CONNECTIONS,
        };
        for (name, value) in url.query_pairs() {
            address.set(&name, &value)?;
        }
        for (part, value) in [("user", &address.user), ("database", &address.database)] {
            if value.is_empty() {
                return Err(AddressError::Missing(part));
            }
        }
        Ok(Self::Server(address))
    }

    /// The same with this password, where it is a server's and has none.
    #[must_use]
    pub fn with_password(mut self, password: Option<Secret>) -> Self {
        if let Self::Server(address) = &mut self
            && address.password.is_none()
        {
            address.password = password;
        }
        self
    }
}

impl ServerAddress {
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
                self.connections = number.ok_or(AddressError::Value { name: "connections", expected })?;
            }
            _ => return Err(AddressError::Parameter(name.to_owned())),
        }
        Ok(())
    }
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(String::from).map_err(|_| AddressError::Unreadable("its percent-encoding is not UTF-8".to_owned()))
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = match self.product {
            ServerProduct::MySql => "MySQL",
            ServerProduct::Postgres => "PostgreSQL",
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
            Self::Server(address) => address.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server(text: &str) -> ServerAddress {
        match StoreAddress::parse(text) {
            Ok(StoreAddress::Server(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_and_servers_are_told_apart() {
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
        assert_eq!((mysql.tls, mysql.connections, mysql.password.is_none()), (TlsMode::Prefer, 10, true));
        let postgres =
            server("postgres://c%40w:p%2Fw@[::1]:6432/p%20l?sslmode=verify-full&sslrootcert=/ca.pem&connections=4");
        assert_eq!(postgres.to_string(), "PostgreSQL database p l at [::1]:6432");
        assert_eq!((postgres.user.as_str(), postgres.tls, postgres.connections), ("c@w", TlsMode::VerifyFull, 4));
        assert_eq!(postgres.authority, Some(PathBuf::from("/ca.pem")));
        let socket = server("postgresql://cw@localhost/plans?socket=/run/postgresql");
        assert_eq!(socket.to_string(), "PostgreSQL database plans at /run/postgresql");
    }

    #[test]
    fn what_is_wrong_is_named_and_never_repeated() {
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
    fn a_password_is_kept_and_never_shown() {
        let address = StoreAddress::parse("mysql://cw:canary@db/plans").unwrap();
        assert!(!format!("{address} {address:?}").contains("canary"));
        let other = address.clone().with_password(Some(Secret::new("other")));
        #[expect(clippy::disallowed_methods, reason = "a test looks at what was read")]
        let exposed = |address: StoreAddress| match address {
            StoreAddress::Server(address) => address.password.map(|password| password.expose().to_owned()),
            StoreAddress::Sqlite(_) => None,
        };
        assert_eq!(exposed(other).as_deref(), Some("canary"), "what the address says goes first");
        let given = StoreAddress::parse("mysql://cw@db/plans").unwrap().with_password(Some(Secret::new("other")));
        assert_eq!(exposed(given).as_deref(), Some("other"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", parameter in "[a-z-]{0,12}=[^#]{0,8}") {
            let _any = StoreAddress::parse(&text);
            let _any = StoreAddress::parse(&format!("mysql://{text}"));
            let _any = StoreAddress::parse(&format!("postgres://u@h/d?{parameter}"));
        }
    }
}
