//! The real servers that all tests share: brought, started once, named in the environment of the tests. MySQL's driver
//! is brought with them.

use std::fmt::Display;
use std::process::Command;

use testbed::program::{self, PACKAGE_SETS};
use testbed::{DatabaseServer, MARIADB_VARIABLE, MYSQL_VARIABLE, POSTGRES_VARIABLE, PostgresServer, Unavailable};

use crate::{checkers, drivers, private};

/// The running servers; they stop when this is dropped.
pub(crate) struct SharedServers {
    /// With the name of the variable that names it to the tests.
    databases: Vec<(&'static str, Result<DatabaseServer, Unavailable>)>,
    postgres: Result<PostgresServer, Unavailable>,
}

impl SharedServers {
    /// Downloads all programs, starts the databases, and reports in one line each what is unavailable.
    pub(crate) fn start() -> Self {
        let mut missing = Vec::new();
        for bundle in &PACKAGE_SETS {
            if let Err(error) = private::ensure(bundle) {
                println!("{}", one_line(&format!("tests continue without {}: {error:#}", bundle.title)));
                missing.push(bundle.name);
            }
        }
        for version in testbed::CONNECTORS {
            if let Err(error) = drivers::ensure(version) {
                println!("{}", one_line(&format!("tests continue without Connector/J {version}: {error:#}")));
            }
        }
        for (name, error) in checkers::ensure() {
            println!("{}", one_line(&format!("tests continue without {name}: {error:#}")));
        }
        let databases = vec![
            (MARIADB_VARIABLE, started(testbed::mariadb(), program::MARIADB, &missing)),
            (MYSQL_VARIABLE, started(testbed::mysql(), program::MYSQL, &missing)),
        ];
        Self { databases, postgres: started(testbed::postgres(), program::POSTGRES, &missing) }
    }

    /// None at all, for a quick run.
    pub(crate) fn none() -> Self {
        let absent = |bundle: program::PackageSet| Unavailable::new(bundle.title, "a quick run starts no servers");
        Self {
            databases: vec![
                (MARIADB_VARIABLE, Err(absent(program::MARIADB))),
                (MYSQL_VARIABLE, Err(absent(program::MYSQL))),
            ],
            postgres: Err(absent(program::POSTGRES)),
        }
    }

    /// Names the servers to a command that runs tests.
    pub(crate) fn export_to(&self, command: &mut Command) {
        for (variable, server) in &self.databases {
            command.env(variable, named(server.as_ref().map(DatabaseServer::to_variable)));
        }
        command.env(POSTGRES_VARIABLE, named(self.postgres.as_ref().map(PostgresServer::to_variable)));
    }
}

/// Reports in one line when a downloaded server does not start.
fn started<Server>(
    server: Result<Server, Unavailable>,
    bundle: program::PackageSet,
    missing: &[&str],
) -> Result<Server, Unavailable> {
    if let (Err(absent), false) = (&server, missing.contains(&bundle.name)) {
        println!("{}", one_line(&format!("tests continue without a database: {absent}")));
    }
    server
}

/// The value of the variable that describes a server.
fn named<Problem: Display>(server: Result<Result<String, Problem>, &Unavailable>) -> String {
    match server {
        Ok(Ok(name)) => name,
        Ok(Err(error)) => format!("absent: {error}"),
        Err(absent) => format!("absent: {}", one_line(&absent.to_string())),
    }
}

/// Errors of other programs span many lines; the last line is the most informative.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
