//! Real servers for the tests of all crates, each private to its user: own port, own data, stopped when dropped.
//! For development only; nothing of the product depends on it.
//!
//! `cargo xtask test` brings the programs, starts one MariaDB and one MySQL, and names them in the environment, so that
//! all test processes share them. Without that, a test gets servers of its own, where the programs are there.

mod absent;
mod database;
pub mod faults;
pub mod golden;
mod load_balancer;
mod mariadb;
mod mysql;
pub mod port;
pub mod process;
pub mod program;
mod server;
mod slapd;

use std::env;

pub use absent::{Absent, REPORT, or_say, say};
pub use database::{Database, DatabaseServer, Product, ROOT_PASSWORD, User};
pub use load_balancer::{LoadBalancer, RunningBalancer, haproxy, nginx};
pub use slapd::{ADMINISTRATOR, DirectoryServer, SUFFIX, slapd, slapd_with_tls};

/// Names the `MariaDB` that all tests share, as [`DatabaseServer::to_variable`] writes it, or says `absent: <why>`.
pub const MARIADB_VARIABLE: &str = "CLUSTERWRIGHT_TEST_MARIADB";
/// Names the MySQL that all tests share, in the same way.
pub const MYSQL_VARIABLE: &str = "CLUSTERWRIGHT_TEST_MYSQL";

/// `MariaDB` 10.11 with default settings: the shared one, or one of our own.
///
/// # Errors
/// When it cannot be had here.
pub fn mariadb() -> Result<DatabaseServer, Absent> {
    shared(MARIADB_VARIABLE, program::MARIADB.title).unwrap_or_else(|| mariadb::start(&[]))
}

/// MySQL 9 with default settings: the shared one, or one of our own.
///
/// # Errors
/// When it cannot be had here.
pub fn mysql() -> Result<DatabaseServer, Absent> {
    shared(MYSQL_VARIABLE, program::MYSQL.title).unwrap_or_else(|| mysql::start(&[]))
}

/// A `MariaDB` of our own with server options, for what cannot be shared: `--lower-case-table-names=1`.
///
/// # Errors
/// When it cannot be had here.
pub fn mariadb_with(options: &[&str]) -> Result<DatabaseServer, Absent> {
    mariadb::start(options)
}

/// A MySQL of our own with server options.
///
/// # Errors
/// When it cannot be had here.
pub fn mysql_with(options: &[&str]) -> Result<DatabaseServer, Absent> {
    mysql::start(options)
}

/// What the environment says about a shared server; `None` when it says nothing.
fn shared(variable: &str, title: &str) -> Option<Result<DatabaseServer, Absent>> {
    let value = env::var(variable).ok()?;
    Some(match value.strip_prefix("absent: ") {
        Some(why) => Err(Absent::new(title, why)),
        None => serde_json::from_str(&value)
            .map(DatabaseServer::shared)
            .map_err(|error| Absent::new(title, format!("{variable} is not what a server writes of itself: {error}"))),
    })
}
