//! What the tests of all crates share: real servers, each private to its test and stopped when dropped; the HTTP client
//! (`http`); the plan to start from ([`plan`]); golden files. For development only; nothing of the product depends on it.
//!
//! `cargo xtask test` brings the programs, starts one MariaDB, one MySQL and one `PostgreSQL`, and names them in the environment, so that
//! all test processes share them. Without these names, a test starts separate servers, if the programs are installed.
#![expect(clippy::disallowed_methods, reason = "test code reads the environment, and dials servers that it started")]

mod absent;
#[cfg(feature = "certificates")]
mod authority;
pub mod bench;
#[cfg(feature = "zip")]
pub mod bundle;
mod checker;
mod connector;
mod database;
mod database_names;
pub mod faults;
pub mod golden;
mod group;
pub mod html;
#[cfg(feature = "http")]
pub mod http;
mod load_balancer;
mod mariadb;
mod mysql;
pub mod plan;
pub mod port;
mod postgres;
pub mod process;
pub mod program;
pub mod script_pack;
mod server;
mod slapd;
mod small_disk;
pub mod sources;
pub mod wait;

use std::env;
use std::path::{Path, PathBuf};

pub use absent::{NOT_RUN_REPORT_VARIABLE, Unavailable, or_report, report_not_run};
#[cfg(feature = "certificates")]
pub use authority::{TestAuthority, TestCertificate};
pub use checker::{GIXY, PythonTool, gixy, testssl};
pub use connector::{CONNECTORS, connector, connector_file};
pub use database::{DatabaseServer, ROOT_PASSWORD, TestDatabase, TestServerProduct, TestUser};
pub use database_names::DatabaseNames;
pub use load_balancer::{LoadBalancerProgram, RunningBalancer, haproxy, nginx, socat};
pub use postgres::{PostgresDatabase, PostgresServer, PostgresUser};
pub use slapd::{ADMINISTRATOR, DirectoryServer, SUFFIX, slapd, slapd_with, slapd_with_tls};
pub use small_disk::SmallDisk;

/// Names the `MariaDB` that all tests share, as [`DatabaseServer::to_variable`] writes it, or holds `absent: <why>`.
pub const MARIADB_VARIABLE: &str = "CLUSTERWRIGHT_TEST_MARIADB";
/// Names the MySQL that all tests share, in the same way.
pub const MYSQL_VARIABLE: &str = "CLUSTERWRIGHT_TEST_MYSQL";
/// Names the `PostgreSQL` that all tests share, in the same way.
pub const POSTGRES_VARIABLE: &str = "CLUSTERWRIGHT_TEST_POSTGRES";

/// `MariaDB` 10.11 with default settings: the shared one, or one of our own.
///
/// # Errors
/// When it cannot be had here.
pub fn mariadb() -> Result<DatabaseServer, Unavailable> {
    shared(MARIADB_VARIABLE, program::MARIADB.title, DatabaseServer::shared).unwrap_or_else(|| mariadb::start(&[]))
}

/// MySQL 9 with default settings: the shared one, or one of our own.
///
/// # Errors
/// When it cannot be had here.
pub fn mysql() -> Result<DatabaseServer, Unavailable> {
    shared(MYSQL_VARIABLE, program::MYSQL.title, DatabaseServer::shared).unwrap_or_else(|| mysql::start(&[]))
}

/// `PostgreSQL` 15 with default settings: the shared one, or one of our own.
///
/// # Errors
/// When it cannot be had here.
pub fn postgres() -> Result<PostgresServer, Unavailable> {
    shared(POSTGRES_VARIABLE, program::POSTGRES.title, PostgresServer::shared).unwrap_or_else(|| postgres::start(&[]))
}

/// A `PostgreSQL` of our own with settings such as `max_connections=5`.
///
/// # Errors
/// When it cannot be had here.
pub fn postgres_with(settings: &[&str]) -> Result<PostgresServer, Unavailable> {
    postgres::start(settings)
}

/// A `MariaDB` of our own with server options, for what cannot be shared: `--lower-case-table-names=1`.
///
/// # Errors
/// When it cannot be had here.
pub fn mariadb_with(options: &[&str]) -> Result<DatabaseServer, Unavailable> {
    mariadb::start(options)
}

/// A MySQL of our own with server options.
///
/// # Errors
/// When it cannot be had here.
pub fn mysql_with(options: &[&str]) -> Result<DatabaseServer, Unavailable> {
    mysql::start(options)
}

/// A `MariaDB` and a MySQL, each with its data on a separate small disk, to be filled.
///
/// # Errors
/// When they cannot be had here.
pub fn on_small_disks() -> [Result<(DatabaseServer, SmallDisk), Unavailable>; 2] {
    [mariadb::start_on_small_disk(), mysql::start_on_small_disk()]
}

/// The folder of WSO2's scripts of a version such as `7.2.0`: below `CLUSTERWRIGHT_DBSCRIPTS`, or next to the checkout.
/// They are not part of the project.
///
/// # Errors
/// When the folder does not exist.
pub fn dbscripts(version: &str) -> Result<PathBuf, Unavailable> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/wso2/dbscripts");
    let folder = env::var_os("CLUSTERWRIGHT_DBSCRIPTS").map_or(beside, PathBuf::from).join(version);
    if folder.join("mysql.sql").is_file() {
        return Ok(folder);
    }
    Err(Unavailable::new(format!("WSO2's scripts of IS {version}"), "their folder is not there"))
}

/// A `MariaDB` of our own that is a Galera cluster of one.
///
/// # Errors
/// When it cannot be had here.
pub fn galera() -> Result<DatabaseServer, Unavailable> {
    group::galera()
}

/// A MySQL of our own that is the first primary of a group with several.
///
/// # Errors
/// When it cannot be had here.
pub fn mysql_of_primaries() -> Result<DatabaseServer, Unavailable> {
    group::of_primaries()
}

/// Reads a shared server from the environment; `None` when the variable is not set.
fn shared<Address: serde::de::DeserializeOwned, Server>(
    variable: &str,
    title: &str,
    server: impl FnOnce(Address) -> Server,
) -> Option<Result<Server, Unavailable>> {
    let value = env::var(variable).ok()?;
    Some(match value.strip_prefix("absent: ") {
        Some(why) => Err(Unavailable::new(title, why)),
        None => serde_json::from_str(&value).map(server).map_err(|error| {
            Unavailable::new(title, format!("{variable} is not what a server writes of itself: {error}"))
        }),
    })
}
