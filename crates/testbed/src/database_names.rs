//! Names of databases that a preparation creates on a server which several tests share.

use crate::database::DatabaseServer;

const ROLES: [&str; 3] = ["identity", "shared", "agent"];

/// Names of databases and of their account that no other test has. Dropped with this value, if they exist by then.
#[derive(Debug)]
pub struct DatabaseNames<'s> {
    server: &'s DatabaseServer,
    prefix: String,
}

impl<'s> DatabaseNames<'s> {
    /// Names that begin with `name`, which is different in each test, and the number of this process. The account must
    /// not be longer than 32 characters.
    #[must_use]
    pub fn new(server: &'s DatabaseServer, name: &str) -> Self {
        Self { server, prefix: format!("{name}_{}", std::process::id()) }
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &'s DatabaseServer {
        self.server
    }

    /// The name of the account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.prefix
    }

    /// The name of the database with this role: `identity`, `shared` or `agent`.
    #[must_use]
    pub fn database(&self, role: &str) -> String {
        format!("{}_{role}", self.prefix)
    }

    /// The settings that name server, databases and account, with the text of each.
    #[must_use]
    pub fn answers(&self) -> Vec<(String, String)> {
        let databases = ROLES.map(|role| (format!("database.{role}_db"), self.database(role)));
        let others = [
            ("database.host".to_owned(), self.server.host().to_string()),
            ("database.port".to_owned(), self.server.port().to_string()),
            ("database.username".to_owned(), self.account().to_owned()),
        ];
        others.into_iter().chain(databases).collect()
    }

    /// How many of the databases exist.
    ///
    /// # Errors
    /// What the client wrote to its error output.
    pub fn count(&self) -> std::io::Result<usize> {
        let sql = format!("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{}%'", self.prefix);
        self.server.execute(&sql)?.trim().parse().map_err(std::io::Error::other)
    }
}

impl Drop for DatabaseNames<'_> {
    fn drop(&mut self) {
        let databases = ROLES.map(|role| format!("DROP DATABASE IF EXISTS `{}`;", self.database(role))).concat();
        // The next run of the tests has other names.
        drop(self.server.execute(&format!("{databases} DROP USER IF EXISTS '{}'@'%'", self.account())));
    }
}
