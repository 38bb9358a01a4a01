//! A running `PostgreSQL` and what tests do with it as its administrator, through its own command line client.
//!
//! `PostgreSQL` refuses to be root. Where we are, it runs in a namespace that shows it another user; to the system it is
//! still us, so that it reaches its files in our folders.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::absent::Unavailable;
use crate::database::{ROOT_PASSWORD, feed, quote, unique};
use crate::program::{Installation, POSTGRES, POSTGRES_SHARE_PATH};
use crate::server::{self, ReadyCondition, RunningServer};

/// The first message of a client. The server requests a password once it is ready, and answers with an error before.
const STARTUP: &[u8] = b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0";
const AUTHENTICATION: u8 = b'R';

/// Where a running server is: all that another process needs to use it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PostgresAddress {
    port: u16,
    client: PathBuf,
}

/// A running server. One that was started for this test is stopped when this is dropped; one that is shared stays.
#[derive(Debug)]
pub struct PostgresServer {
    address: PostgresAddress,
    own: Option<RunningServer>,
}

impl PostgresServer {
    pub(crate) fn shared(address: PostgresAddress) -> Self {
        Self { address, own: None }
    }

    /// The address it listens on, the only one.
    #[must_use]
    pub fn host(&self) -> Ipv4Addr {
        Ipv4Addr::LOCALHOST
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The administrator: `postgres` with [`ROOT_PASSWORD`].
    #[must_use]
    pub fn administrator(&self) -> (&'static str, &'static str) {
        ("postgres", ROOT_PASSWORD)
    }

    /// The server as text for the environment of another process, which then shares it: see
    /// [`crate::POSTGRES_VARIABLE`].
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_variable(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.address)
    }

    /// Stops a server of our own in the middle of what it does. Its data stays for [`Self::start_again`].
    pub fn kill(&mut self) {
        if let Some(running) = &mut self.own {
            running.stop();
        }
    }

    /// Starts a server of our own again, on the same data and port.
    ///
    /// # Errors
    /// When it does not start; also when the server is shared: others are using it.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.own.as_mut().map_or_else(|| Err(io::Error::other("the server is shared")), RunningServer::start_again)
    }

    /// One of `PostgreSQL`'s client programs, such as `pg_dump`, as the administrator on a database.
    #[must_use]
    pub fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.address.client.with_file_name(name));
        command.args(["--host=127.0.0.1", "--username=postgres", "--no-password"]);
        command.arg(format!("--port={}", self.address.port)).arg(format!("--dbname={database}"));
        command.env("PGPASSWORD", ROOT_PASSWORD).env("PGCLIENTENCODING", "UTF8");
        command
    }

    /// Runs statements in a database and returns what they answered, a row a line, with `|` between columns.
    ///
    /// # Errors
    /// What the client wrote to its error output.
    pub fn execute(&self, database: &str, statements: &str) -> io::Result<String> {
        let mut client = self.program("psql", database);
        client.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]);
        feed(client, statements.as_bytes())
    }

    /// Creates a separate empty database for a test. It is dropped with the value.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn create_database(&self) -> io::Result<PostgresDatabase<'_>> {
        let name = unique("database");
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(PostgresDatabase { server: self, name })
    }

    /// Creates a separate user for a test, who may log in and has no rights yet. It is dropped with the value.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn create_user(&self, password: &str) -> io::Result<PostgresUser<'_>> {
        let name = unique("user");
        self.execute("postgres", &format!("CREATE ROLE {name} LOGIN PASSWORD {}", quote(password)))?;
        Ok(PostgresUser { server: self, name })
    }
}

/// A database that exists as long as this value.
#[derive(Debug)]
pub struct PostgresDatabase<'s> {
    server: &'s PostgresServer,
    name: String,
}

impl PostgresDatabase<'_> {
    /// Its name, unlike any other.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for PostgresDatabase<'_> {
    fn drop(&mut self) {
        // The server goes away after the tests anyway.
        drop(self.server.execute("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
    }
}

/// A user who exists as long as this value.
#[derive(Debug)]
pub struct PostgresUser<'s> {
    server: &'s PostgresServer,
    name: String,
}

impl PostgresUser<'_> {
    /// The name, unlike any other.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for PostgresUser<'_> {
    fn drop(&mut self) {
        // The server goes away after the tests anyway, also when the user still owns something.
        drop(self.server.execute("postgres", &format!("DROP ROLE IF EXISTS {}", self.name)));
    }
}

/// Starts a server with more settings, such as `max_connections=5`.
pub(crate) fn start(settings: &[&str]) -> Result<PostgresServer, Unavailable> {
    let installation = POSTGRES.find()?;
    let start = || -> io::Result<PostgresServer> {
        let template = server::template(POSTGRES.name, |folder| set_up(&installation, folder))?;
        let prepare = |folder: &Path| {
            let data = folder.join("data");
            server::copy(&template.join("data"), &data)?;
            fs::set_permissions(&data, fs::Permissions::from_mode(0o700))
        };
        let command = |folder: &Path, port: u16| {
            let mut command = as_unprivileged_user(&installation.command("postgres"));
            command.arg("-D").arg(folder.join("data"));
            let ours =
                ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "timezone=UTC"];
            // The data is thrown away: it need not survive the machine.
            let quick = ["fsync=off", "shared_buffers=32MB", "log_timezone=UTC"];
            let port = format!("port={port}");
            for setting in ours.into_iter().chain(quick).chain([port.as_str()]).chain(settings.iter().copied()) {
                command.arg("-c").arg(setting);
            }
            command
        };
        let (running, port) = server::start(prepare, command, ReadyCondition::Answers(STARTUP, AUTHENTICATION))?;
        let client = installation.command("psql").get_program().into();
        Ok(PostgresServer { address: PostgresAddress { port, client }, own: Some(running) })
    };
    start().map_err(|error| Unavailable::new(POSTGRES.title, error))
}

fn set_up(installation: &Installation, folder: &Path) -> io::Result<()> {
    let password = folder.join("password");
    fs::write(&password, ROOT_PASSWORD)?;
    let mut command = as_unprivileged_user(&installation.command("initdb"));
    command.arg("-L").arg(installation.file(POSTGRES_SHARE_PATH)).arg("-D").arg(folder.join("data"));
    command.arg(format!("--pwfile={}", password.display()));
    command.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]);
    command.args(["--wal-segsize=1", "--no-sync", "--no-instructions"]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(())
}

/// The command unchanged, or, if this process runs as root, inside a user namespace where it sees itself as another user.
fn as_unprivileged_user(command: &Command) -> Command {
    if !server::are_root() {
        return Command::new(command.get_program());
    }
    let mut somebody = Command::new("unshare");
    somebody.args(["--user", "--map-user=1000", "--map-group=1000"]).arg(command.get_program());
    somebody
}
