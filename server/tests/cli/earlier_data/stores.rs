//! The three kinds of store, each with the program that writes its data as text, and a way to load that text.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use testbed::{DatabaseServer, PostgresDatabase, PostgresServer, TestDatabase};

/// The dump of a store within its folder.
const DUMP: &str = "store.sql";
/// Files of the data folder that are text.
const FILES: [&str; 2] = ["vault.key", "records-sealed"];

/// A store that tests write and load.
pub(super) trait TestStore {
    /// The name of its folder.
    fn kind(&self) -> &'static str;

    /// Its address; `None` for the file in the data folder.
    fn address(&self) -> Option<String>;

    /// Writes all tables and rows as SQL.
    fn dump(&self, data: &Path) -> String;

    /// Runs what [`Self::dump`] wrote in the empty store.
    fn run(&self, sql: &str, data: &Path);

    /// Loads the data in `folder`, with the vault's key in the data folder `data`. Returns the store's address.
    fn load(&self, folder: &Path, data: &Path) -> Option<String> {
        fs::create_dir(data).unwrap();
        fs::set_permissions(data, fs::Permissions::from_mode(0o700)).unwrap();
        for name in FILES {
            fs::copy(folder.join(name), data.join(name)).unwrap();
            fs::set_permissions(data.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
        self.run(&fs::read_to_string(folder.join(DUMP)).unwrap(), data);
        self.address()
    }

    /// Writes the store and the text files of the data folder `data` to `folder`.
    fn save(&self, folder: &Path, data: &Path) {
        fs::create_dir_all(folder).unwrap();
        for name in FILES {
            fs::copy(data.join(name), folder.join(name)).unwrap();
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
        }
        fs::write(folder.join(DUMP), self.dump(data)).unwrap();
    }
}

/// The output of a program, which must succeed.
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The SQLite file of the data folder.
pub(super) struct FileStore;

impl TestStore for FileStore {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn address(&self) -> Option<String> {
        None
    }

    fn dump(&self, data: &Path) -> String {
        let file = data.join("clusterwright.db");
        // The dump omits the application ID, by which the program recognises its files.
        let mark = printed(Command::new("sqlite3").arg(&file).arg("PRAGMA application_id"));
        let tables = printed(Command::new("sqlite3").arg(&file).arg(".dump"));
        format!("PRAGMA application_id = {};\n{tables}", mark.trim())
    }

    fn run(&self, sql: &str, data: &Path) {
        let options = SqliteConnectOptions::new().filename(data.join("clusterwright.db")).create_if_missing(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = options.connect().await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
        });
    }
}

/// A database of MySQL.
pub(super) struct MySqlStore<'s> {
    server: &'s DatabaseServer,
    database: TestDatabase<'s>,
}

impl<'s> MySqlStore<'s> {
    pub(super) fn new(server: &'s DatabaseServer) -> Self {
        Self { server, database: server.create_database("utf8mb4").unwrap() }
    }
}

impl TestStore for MySqlStore<'_> {
    fn kind(&self) -> &'static str {
        "mysql"
    }

    fn address(&self) -> Option<String> {
        let (user, port) = (self.server.administrator().0, self.server.port());
        Some(format!("mysql://{user}@127.0.0.1:{port}/{}", self.database.name()))
    }

    fn dump(&self, _data: &Path) -> String {
        let options =
            ["--hex-blob", "--skip-comments", "--skip-add-locks", "--skip-add-drop-table", "--no-tablespaces"];
        printed(self.server.dump(self.database.name()).args(options).arg("--skip-extended-insert"))
    }

    fn run(&self, sql: &str, _data: &Path) {
        self.server.execute(&format!("USE `{}`;\n{sql}", self.database.name())).unwrap();
    }
}

/// A database of PostgreSQL.
pub(super) struct PostgresStore<'s> {
    server: &'s PostgresServer,
    database: PostgresDatabase<'s>,
}

impl<'s> PostgresStore<'s> {
    pub(super) fn new(server: &'s PostgresServer) -> Self {
        Self { server, database: server.create_database().unwrap() }
    }
}

impl TestStore for PostgresStore<'_> {
    fn kind(&self) -> &'static str {
        "postgres"
    }

    fn address(&self) -> Option<String> {
        let (user, port) = (self.server.administrator().0, self.server.port());
        Some(format!("postgres://{user}@127.0.0.1:{port}/{}", self.database.name()))
    }

    fn dump(&self, _data: &Path) -> String {
        let mut program = self.server.program("pg_dump", self.database.name());
        let text = printed(program.args(["--inserts", "--no-owner", "--no-privileges", "--no-comments"]));
        // Comments name the program's version. Newer versions also write commands of psql, which are no SQL.
        let is_sql = |line: &&str| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty();
        text.lines().filter(is_sql).map(|line| format!("{line}\n")).collect()
    }

    fn run(&self, sql: &str, _data: &Path) {
        self.server.execute(self.database.name(), sql).unwrap();
    }
}
