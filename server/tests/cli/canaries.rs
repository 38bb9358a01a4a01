//! Secrets, visitors with every kind of link, and a store of each kind: no response, stream, stored record, log line or
//! SQL statement contains a secret, the token of a link, or the token of a visitor's session. `site canary` tests that the
//! owner's zip has the secrets.

mod people;
mod plan;

use std::fs;
use std::path::Path;
use std::time::Duration;

use testbed::{DatabaseServer, PostgresServer, or_report, wait};

use crate::support::World;

/// Texts that must not appear.
#[derive(Clone, Default)]
struct Canaries(Vec<String>);

impl Canaries {
    fn and(&self, more: impl IntoIterator<Item = String>) -> Self {
        Self(self.0.iter().cloned().chain(more).collect())
    }

    #[track_caller]
    fn assert_absent(&self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for canary in &self.0 {
            assert!(!shows(&text, canary), "{canary} shows in {place}:\n{}", around(&text, canary));
        }
    }
}

/// Whether a text contains another: as it is, as forms send it, or in the digits that databases write bytes in.
fn shows(text: &str, what: &str) -> bool {
    let sent: String = form_urlencoded::byte_serialize(what.as_bytes()).collect();
    let digits = hex::encode(what);
    [what, &sent, &digits, &digits.to_uppercase()].into_iter().any(|form| text.contains(form))
}

/// The lines with the text, for the message of a failure.
fn around(text: &str, what: &str) -> String {
    let lines = text.lines().filter(|line| shows(line, what));
    lines.take(3).map(|line| line.chars().take(2000).collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// Enters secrets and lets visitors act on a server over `store`, whose plan names `database` if there is one; stops the
/// server, and returns the texts that its store must not contain.
fn run_site(store: Option<&str>, database: Option<&DatabaseServer>) -> Canaries {
    let world = World::with_example();
    let environment = [("CLUSTERWRIGHT_LOG", "trace"), ("CLUSTERWRIGHT_STORE_PASSWORD", testbed::ROOT_PASSWORD)];
    let server = world.serve_over(store, &environment);
    let plan = plan::with_secrets(&world, &server, database);
    let tokens = people::visit(&server, &world, &plan);
    let (ran, _) = server.stop();
    assert!(ran.stderr.contains("sqlx::query"), "the log was talkative");
    let canaries = plan.canaries.and(tokens);
    canaries.assert_absent("standard output", ran.stdout.as_bytes());
    canaries.assert_absent("the log", ran.stderr.as_bytes());
    let mut kept = Vec::new();
    for entry in fs::read_dir(world.path("data")).unwrap() {
        kept.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    canaries.assert_absent("the data folder", &kept);
    assert_eq!(shows(&String::from_utf8_lossy(&kept), plan::MARKER), store.is_none(), "plans are in the store");
    canaries
}

#[test]
fn a_file_receives_no_secret() {
    run_site(None, None);
}

#[test]
fn a_mariadb_and_its_log_of_statements_receive_no_secret() {
    let Some(server) = or_report(testbed::mariadb_with(&["--general-log=1", "--log-output=TABLE"])) else { return };
    let database = server.create_database("utf8mb4").unwrap();
    let name = database.name();
    let store = format!("mysql://{}@127.0.0.1:{}/{name}", server.administrator().0, server.port());
    let canaries = run_site(Some(&store), Some(&server));
    // As bytes: sealed records are not text.
    let query = |sql: &str| {
        let output = server.client().args(["--execute", sql]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let tables = query(&format!("SELECT table_name FROM information_schema.tables WHERE table_schema = '{name}'"));
    let rows = |table: &str| query(&format!("SELECT * FROM `{name}`.`{table}`"));
    assert_received_no_secret(&canaries, &String::from_utf8(tables).unwrap(), rows);
    assert_log_is_clean(&canaries, &query("SELECT argument FROM mysql.general_log"));
}

#[test]
fn a_postgresql_and_its_log_of_statements_receive_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let directory = format!("log_directory={}", folder.path().display());
    let settings = ["logging_collector=on", "log_statement=all", "log_filename=statements.log", &directory];
    let Some(server) = or_report(testbed::postgres_with(&settings)) else { return };
    let database = server.create_database().unwrap();
    let name = database.name();
    let store = format!("postgres://{}@127.0.0.1:{}/{name}", server.administrator().0, server.port());
    let canaries = run_site(Some(&store), None);
    let query = |sql: &str| server.execute(name, sql).unwrap();
    let tables = query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
    assert_received_no_secret(&canaries, &tables, |table| query(&format!("SELECT * FROM \"{table}\"")).into_bytes());
    assert_log_is_clean(&canaries, &statements(&server, &folder.path().join("statements.log")));
}

/// No row of any table contains a secret, and the tables contain the plan.
fn assert_received_no_secret(canaries: &Canaries, tables: &str, rows: impl Fn(&str) -> Vec<u8>) {
    let mut all = Vec::new();
    for table in tables.lines() {
        let rows = rows(table);
        canaries.assert_absent(table, &rows);
        all.extend(rows);
    }
    let text = String::from_utf8_lossy(&all);
    assert!(
        [plan::MARKER, people::NAME].iter().all(|known| shows(&text, known)),
        "texts that are no secret can be read"
    );
}

fn assert_log_is_clean(canaries: &Canaries, log: &[u8]) {
    assert!(shows(&String::from_utf8_lossy(log), plan::MARKER), "the log has the parameters of statements");
    canaries.assert_absent("the log of statements", log);
}

/// The log up to now. Another process writes it, so a last statement shows that all earlier ones are in it.
fn statements(server: &PostgresServer, log: &Path) -> Vec<u8> {
    server.execute("postgres", "SELECT 'the log is whole'").unwrap();
    let mut text = Vec::new();
    let is_whole = wait::until(Duration::from_secs(30), || {
        text = fs::read(log).unwrap();
        String::from_utf8_lossy(&text).contains("the log is whole")
    });
    assert!(is_whole, "the log does not end");
    text
}
