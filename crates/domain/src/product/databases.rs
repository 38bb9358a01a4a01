//! IS's databases, its scripts, and the servers that it runs with.

use std::fmt;

/// One of IS's databases.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum DatabaseRole {
    /// `identity_db`: applications, tokens, consents.
    Identity,
    /// `shared_db`: users, roles, the registry.
    Shared,
    /// `AgentIdentity`, from 7.2.
    Agent,
}

/// A script of `<IS_HOME>/dbscripts` for MySQL, with the marker of its completion.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SqlScript {
    /// Path below `dbscripts`.
    pub path: &'static str,
    /// The database that it is for.
    pub database: DatabaseRole,
    /// Tables it makes.
    pub tables: u16,
    /// A table that only this script creates.
    pub marker: &'static str,
}

/// The script of the workflow engine's tables. No check compares its statements.
pub const WORKFLOW_SCRIPT: &str = "bps/bpel/create/mysql.sql";
/// A table that [`WORKFLOW_SCRIPT`] creates.
pub const WORKFLOW_MARKER: &str = "ODE_SCHEMA_VERSION";

/// The vendor of a database server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DatabaseVendor {
    /// Oracle's MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// Percona Server for MySQL.
    Percona,
    /// Amazon Aurora MySQL.
    Aurora,
    /// TiDB: a different database with MySQL's protocol.
    TiDb,
}

impl fmt::Display for DatabaseVendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Percona => "Percona Server",
            Self::Aurora => "Amazon Aurora MySQL",
            Self::TiDb => "TiDB",
        })
    }
}

/// A series of a database server: vendor, first and second number of its version.
pub type DatabaseSeries = (DatabaseVendor, u16, u16);
