//! Every fault of a database server that the store distinguishes, injected for real on MariaDB, MySQL and PostgreSQL: at the
//! start, in connections, in the server itself, and with many clients at once.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a test reads the environment, and dials servers that it started")]

mod lost;
mod opening;
#[path = "../plan/mod.rs"]
mod plan;
mod private_authority;
mod proxy;
mod together;
mod writing;

use std::net::Ipv4Addr;

use store::{
    CreateOutcome, DatabaseProblem, NewPlan, OpenError, SaveOutcome, SqlServerProblem, SqlServerStore, Store as _,
    StoreAddress, StoreError,
};
use testbed::{DatabaseServer, PostgresServer, Unavailable, or_report};

use plan::{change, id};

/// The password of every user, which no message may contain.
const CANARY: &str = "Store-canary-4711";

/// A server of one of the products.
enum Server {
    MySql(DatabaseServer),
    Postgres(PostgresServer),
}

/// A server of each product that this machine has.
fn servers() -> impl Iterator<Item = Server> {
    all([testbed::mariadb(), testbed::mysql()], testbed::postgres())
}

/// Separate servers, with options of MySQL and settings of PostgreSQL.
fn own_servers(options: &[&str], settings: &[&str]) -> impl Iterator<Item = Server> {
    all([testbed::mariadb_with(options), testbed::mysql_with(options)], testbed::postgres_with(settings))
}

fn all(
    mysql: [Result<DatabaseServer, Unavailable>; 2],
    postgres: Result<PostgresServer, Unavailable>,
) -> impl Iterator<Item = Server> {
    let mysql = mysql.into_iter().filter_map(|server| or_report(server).map(Server::MySql));
    mysql.chain(or_report(postgres).map(Server::Postgres))
}

impl Server {
    fn port(&self) -> u16 {
        match self {
            Self::MySql(server) => server.port(),
            Self::Postgres(server) => server.port(),
        }
    }

    /// Runs statements as the administrator; on `PostgreSQL` in the named database.
    fn administer(&self, database: &str, statements: &str) -> String {
        match self {
            Self::MySql(server) => server.execute(statements).unwrap(),
            Self::Postgres(server) => server.execute(database, statements).unwrap(),
        }
    }

    fn kill(&mut self) {
        match self {
            Self::MySql(server) => server.kill(),
            Self::Postgres(server) => server.kill(),
        }
    }

    fn start_again(&mut self) {
        match self {
            Self::MySql(server) => server.start_again().unwrap(),
            Self::Postgres(server) => server.start_again().unwrap(),
        }
    }

    /// One of two values, by the kind of server.
    fn either<T>(&self, mysql: T, postgres: T) -> T {
        match self {
            Self::MySql(_) => mysql,
            Self::Postgres(_) => postgres,
        }
    }

    /// A user with a database of the same name. They stay when the test ends: servers are temporary.
    fn world(&self, name: &str) -> String {
        let name = self.user(name);
        match self {
            Self::MySql(_) => {
                self.administer("", &format!("CREATE DATABASE {name}; GRANT ALL ON {name}.* TO {name}@'%'"));
            }
            Self::Postgres(_) => drop(self.administer("postgres", &format!("CREATE DATABASE {name} OWNER {name}"))),
        }
        name
    }

    /// A user without any rights, with a name that no other test of this run uses.
    fn user(&self, name: &str) -> String {
        let name = format!("{name}_{}", std::process::id());
        match self {
            Self::MySql(_) => self.administer("", &format!("CREATE USER {name}@'%' IDENTIFIED BY '{CANARY}'")),
            Self::Postgres(_) => self.administer("postgres", &format!("CREATE ROLE {name} LOGIN PASSWORD '{CANARY}'")),
        };
        name
    }

    /// The address of a database with the same name as its user.
    fn url(&self, name: &str) -> String {
        let scheme = self.either("mysql", "postgres");
        format!("{scheme}://{name}:{CANARY}@{}:{}/{name}", Ipv4Addr::LOCALHOST, self.port())
    }

    /// The same through a proxy, which must be able to read the protocol.
    fn url_by(&self, port: u16, name: &str) -> String {
        let scheme = self.either("mysql", "postgres");
        format!("{scheme}://{name}:{CANARY}@{}:{port}/{name}?sslmode=disable", Ipv4Addr::LOCALHOST)
    }
}

async fn open(url: &str) -> Result<SqlServerStore, OpenError> {
    match StoreAddress::parse(url).unwrap() {
        StoreAddress::SqlServer(address) => SqlServerStore::open(&address).await,
        StoreAddress::Sqlite(path) => unreachable!("{}", path.display()),
    }
}

/// The problem of an open that fails, with a sound message and advice.
async fn refused(url: &str) -> SqlServerProblem {
    let error = open(url).await.err().unwrap();
    assert_sound(&error, &error.advice());
    match error {
        OpenError::SqlServer { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

fn problem(error: StoreError) -> SqlServerProblem {
    assert_sound(&error, &error.advice());
    match error {
        StoreError::Save { problem: DatabaseProblem::SqlServer(problem), .. }
        | StoreError::Load { problem: DatabaseProblem::SqlServer(problem), .. }
        | StoreError::Health { problem: DatabaseProblem::SqlServer(problem) } => problem,
        other => panic!("{other:?}"),
    }
}

/// The advice is one line, and no message contains the password.
fn assert_sound(error: &dyn std::error::Error, advice: &str) {
    assert!(!advice.is_empty() && !advice.contains('\n'), "{advice}");
    let mut told = format!("{error:?} {advice}");
    let mut cause = Some(error);
    while let Some(error) = cause {
        told = format!("{told} {error}");
        cause = error.source();
    }
    assert!(!told.contains(CANARY), "{told}");
}

async fn create(store: &SqlServerStore) {
    let created = store.create(&NewPlan::new(id(), "Plan", "first", 1)).await.unwrap();
    assert_eq!(created, CreateOutcome::Created { revision: 1 });
}

async fn save(store: &SqlServerStore, expected: i64) -> i64 {
    match store.save(id(), expected, &change("saved")).await.unwrap() {
        SaveOutcome::Saved { revision } => revision,
        other => panic!("{other:?}"),
    }
}
