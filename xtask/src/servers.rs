//! The real servers that all tests share: brought, started once, named in the environment of the tests.

use std::process::Command;

use testbed::program::{self, BUNDLES};
use testbed::{Absent, DatabaseServer, MARIADB_VARIABLE, MYSQL_VARIABLE};

use crate::private;

/// The running servers; they stop when this is dropped.
pub(crate) struct Servers {
    /// With the name of the variable that names it to the tests.
    databases: Vec<(&'static str, Result<DatabaseServer, Absent>)>,
}

impl Servers {
    /// Brings all programs, starts the databases, and says in one line each what cannot be had.
    pub(crate) fn start() -> Self {
        let mut missing = Vec::new();
        for bundle in &BUNDLES {
            if let Err(error) = private::ensure(bundle) {
                println!("{}", one_line(&format!("tests go on without {}: {error:#}", bundle.title)));
                missing.push(bundle.name);
            }
        }
        let start = |bundle: program::Bundle, server: fn() -> Result<DatabaseServer, Absent>| {
            let server = server();
            if let (Err(absent), false) = (&server, missing.contains(&bundle.name)) {
                println!("{}", one_line(&format!("tests go on without a database: {absent}")));
            }
            server
        };
        let databases = vec![
            (MARIADB_VARIABLE, start(program::MARIADB, testbed::mariadb)),
            (MYSQL_VARIABLE, start(program::MYSQL, testbed::mysql)),
        ];
        Self { databases }
    }

    /// None at all, for a quick run.
    pub(crate) fn none() -> Self {
        let absent = |title| Err(Absent::new(title, "a quick run starts no servers"));
        Self {
            databases: vec![
                (MARIADB_VARIABLE, absent(program::MARIADB.title)),
                (MYSQL_VARIABLE, absent(program::MYSQL.title)),
            ],
        }
    }

    /// Names the servers to a command that runs tests.
    pub(crate) fn name_to(&self, command: &mut Command) {
        for (variable, server) in &self.databases {
            let value = match server {
                Ok(server) => server.to_variable().unwrap_or_else(|error| format!("absent: {error}")),
                Err(absent) => format!("absent: {}", one_line(&absent.to_string())),
            };
            command.env(variable, value);
        }
    }
}

/// Errors of other programs run over many lines; the last one says most.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
