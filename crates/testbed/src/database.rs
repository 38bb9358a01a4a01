//! A running MariaDB or MySQL and what tests do with it as its administrator. How each product is set up and started is
//! in `mariadb` and `mysql`.
//!
//! Statements go through the product's own command line client, so that no driver is needed here.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use crate::server::RunningServer;

/// The administrator's password on every server of the testbed.
pub const ROOT_PASSWORD: &str = "root-of-the-testbed";

/// Which product a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TestServerProduct {
    /// `MariaDB`.
    MariaDb,
    /// Oracle's MySQL.
    MySql,
}

/// Where a running server is: all that another process needs to use it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DatabaseAddress {
    pub(crate) product: TestServerProduct,
    pub(crate) port: u16,
    pub(crate) socket: PathBuf,
    /// The product's command line client.
    pub(crate) client: PathBuf,
}

/// A running server. One that was started for this test is stopped when this is dropped; one that is shared stays.
#[derive(Debug)]
pub struct DatabaseServer {
    address: DatabaseAddress,
    /// Stopped when this is dropped.
    own: Option<RunningServer>,
}

impl DatabaseServer {
    pub(crate) fn owned(address: DatabaseAddress, running: RunningServer) -> Self {
        Self { address, own: Some(running) }
    }

    pub(crate) fn shared(address: DatabaseAddress) -> Self {
        Self { address, own: None }
    }

    /// Which product it is.
    #[must_use]
    pub fn product(&self) -> TestServerProduct {
        self.address.product
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

    /// Kills a server of our own, without any word to its clients. Its data stays for [`Self::start_again`].
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

    /// The administrator, who may come from any host: `root` with [`ROOT_PASSWORD`].
    #[must_use]
    pub fn administrator(&self) -> (&'static str, &'static str) {
        ("root", ROOT_PASSWORD)
    }

    /// The server as text for the environment of another process, which then shares it: see
    /// [`crate::MARIADB_VARIABLE`] and [`crate::MYSQL_VARIABLE`].
    ///
    /// # Errors
    /// When a path is not UTF-8.
    pub fn to_variable(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.address)
    }

    /// The command line client as the administrator, to be given more arguments or input. It stops at the first error,
    /// answers in tab-separated lines, and speaks utf8mb4.
    #[must_use]
    pub fn client(&self) -> Command {
        let mut client = Command::new(&self.address.client);
        client.args(["--no-defaults", "--batch", "--skip-column-names", "--default-character-set=utf8mb4"]);
        client.args(["--user=root", "--protocol=socket"]).arg(format!("--password={ROOT_PASSWORD}"));
        client.arg(format!("--socket={}", self.address.socket.display()));
        client
    }

    /// The client as [`Self::client`] has it, over TCP to a port of this machine, such as one that a proxy listens on.
    #[must_use]
    pub fn tcp_client(&self, port: u16) -> Command {
        let mut client = Command::new(&self.address.client);
        client.args(["--no-defaults", "--batch", "--default-character-set=utf8mb4", "--protocol=tcp"]);
        client.args(["--user=root", "--host=127.0.0.1"]).arg(format!("--port={port}"));
        client.arg(format!("--password={ROOT_PASSWORD}"));
        client
    }

    /// MySQL's `mysqldump` of one database, to be given more arguments.
    #[must_use]
    pub fn dump(&self, database: &str) -> Command {
        let mut command = Command::new(self.address.client.with_file_name("mysqldump"));
        command.args(["--no-defaults", "--user=root", "--protocol=socket"]).arg(format!("--password={ROOT_PASSWORD}"));
        command.arg(format!("--socket={}", self.address.socket.display())).arg(database);
        command
    }

    /// Runs statements and returns what they answered.
    ///
    /// # Errors
    /// What the client wrote to its error output, e.g. `ERROR 1071 (42000) at line 1: …`.
    pub fn execute(&self, statements: &str) -> io::Result<String> {
        feed(self.client(), statements.as_bytes())
    }

    /// Runs a script file in a database, as its administrator would by hand.
    ///
    /// # Errors
    /// As [`Self::execute`], and when the file cannot be read.
    pub fn run_script(&self, database: &str, script: impl AsRef<Path>) -> io::Result<String> {
        let mut client = self.client();
        client.arg(database);
        feed(client, &std::fs::read(script)?)
    }

    /// Creates a separate empty database for a test, in a character set such as `latin1`. It is dropped with the value.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn create_database(&self, character_set: &str) -> io::Result<TestDatabase<'_>> {
        let name = unique("database");
        self.execute(&format!("CREATE DATABASE `{name}` CHARACTER SET {character_set}"))?;
        Ok(TestDatabase { server: self, name })
    }

    /// Creates a separate user for a test, who may connect from hosts such as `%` and has no rights yet. It is dropped with
    /// the value.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn create_user(&self, from: &str, password: &str) -> io::Result<TestUser<'_>> {
        let name = unique("user");
        self.execute(&format!("CREATE USER {name}@{} IDENTIFIED BY {}", quote(from), quote(password)))?;
        Ok(TestUser { server: self, name, from: from.to_owned() })
    }
}

/// A database that exists as long as this value.
#[derive(Debug)]
pub struct TestDatabase<'s> {
    server: &'s DatabaseServer,
    name: String,
}

impl TestDatabase<'_> {
    /// Its name, unlike any other.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        // The server goes away after the tests anyway.
        drop(self.server.execute(&format!("DROP DATABASE IF EXISTS `{}`", self.name)));
    }
}

/// A user who exists as long as this value.
#[derive(Debug)]
pub struct TestUser<'s> {
    server: &'s DatabaseServer,
    name: String,
    from: String,
}

impl TestUser<'_> {
    /// The name, unlike any other.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives rights, such as `SELECT, INSERT`, on something, such as `` `database`.* ``.
    ///
    /// # Errors
    /// As [`DatabaseServer::execute`].
    pub fn grant(&self, rights: &str, on: &str) -> io::Result<()> {
        self.server.execute(&format!("GRANT {rights} ON {on} TO {}", self.account())).map(drop)
    }

    fn account(&self) -> String {
        format!("{}@{}", self.name, quote(&self.from))
    }
}

impl Drop for TestUser<'_> {
    fn drop(&mut self) {
        // The server goes away after the tests anyway.
        drop(self.server.execute(&format!("DROP USER IF EXISTS {}", self.account())));
    }
}

/// Text as a literal of SQL.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A name that no other test of this run has: tests share servers across processes.
pub(crate) fn unique(kind: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{kind}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn feed(mut client: Command, input: &[u8]) -> io::Result<String> {
    let mut child = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let told: Vec<_> =
            errors.lines().filter(|line| !line.contains("Using a password on the command line")).collect();
        return Err(io::Error::other(told.join("\n")));
    }
    written?;
    String::from_utf8(output.stdout).map_err(io::Error::other)
}
