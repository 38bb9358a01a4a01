//! The SQL and load.sh of bundles on real servers, with WSO2's own scripts: MariaDB and MySQL, all versions. Each test
//! uses databases with separate names.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code: a failure fails the test")]

#[path = "bundle/scenario.rs"]
#[expect(dead_code, reason = "shared with the tests of bundles")]
mod scenario;
#[path = "bundle/world.rs"]
#[expect(dead_code, reason = "shared with the tests of bundles")]
mod world;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use domain::product::Version;
use tempfile::TempDir;
use testbed::{DatabaseServer, TestServerProduct, Unavailable};

use crate::scenario::{Scenario, scenario};
use crate::world::{Unpacked, reveal, shared};

/// A bundle for a real server, unpacked.
struct Site<'s> {
    server: &'s DatabaseServer,
    folder: TempDir,
    scenario: Scenario,
    databases: Vec<String>,
    account: String,
}

impl<'s> Site<'s> {
    /// `mark` gives names that no other test uses.
    fn new(server: &'s DatabaseServer, version: &str, mark: &str) -> Self {
        let mut scenario = scenario("hostile-7.3");
        let mark = format!("{mark}_{}", std::process::id());
        scenario.draft.set("product.version", version);
        scenario.draft.set("database.host", server.host().to_string());
        scenario.draft.set("database.port", server.port().to_string());
        scenario.draft.set("database.shared_db", format!("s_{mark}"));
        scenario.draft.set("database.identity_db", format!("i_{mark}"));
        scenario.draft.set("database.agent_db", format!("a_{mark}"));
        scenario.draft.set("database.username", format!("u_{mark}"));
        let plan = scenario.plan();
        let folder = tempfile::tempdir().unwrap();
        Unpacked::of(&scenario).write(folder.path());
        let options = folder.path().join("root.cnf");
        let (user, password) = server.administrator();
        fs::write(&options, format!("[client]\nuser={user}\npassword={password}\nforce\n")).unwrap();
        fs::set_permissions(&options, fs::Permissions::from_mode(0o600)).unwrap();
        let databases = plan.databases.list.iter().map(|database| database.name.clone()).collect();
        Self { server, folder, scenario, databases, account: plan.databases.account }
    }

    fn statements(&self, file: &str) -> std::io::Result<String> {
        self.server.execute(&fs::read_to_string(self.folder.path().join("database").join(file)).unwrap())
    }

    fn tables(&self) -> Vec<u32> {
        let count = |name: &String| {
            let question = format!("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{name}'");
            self.server.execute(&question).unwrap().trim().parse().unwrap()
        };
        self.databases.iter().map(count).collect()
    }

    /// Runs load.sh with the server's own client; returns whether it succeeded, and its output.
    fn load(&self, scripts: &Path) -> (bool, String) {
        let output =
            self.command(scripts).arg("--defaults-extra-file").arg(self.folder.path().join("root.cnf")).output();
        let output = output.unwrap();
        (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    fn command(&self, scripts: &Path) -> Command {
        let mut command = Command::new("sh");
        command.arg(self.folder.path().join("database/load.sh")).arg("--scripts").arg(scripts);
        command.env("MYSQL", self.server.client().get_program());
        command
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        for name in &self.databases {
            drop(self.server.execute(&format!("DROP DATABASE IF EXISTS `{name}`")));
        }
        drop(self.server.execute(&format!("DROP USER IF EXISTS '{}'@'%'", self.account)));
    }
}

/// WSO2's own scripts of one version.
fn scripts(version: &str) -> Option<PathBuf> {
    shared().map(|folder| folder.join("dbscripts").join(version).canonicalize().unwrap())
}

/// A copy of them that a test may damage.
fn copy_of(scripts: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for script in
        ["mysql.sql", "identity/mysql.sql", "identity/uma/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"]
    {
        if let Ok(text) = fs::read(scripts.join(script)) {
            let path = copy.path().join(script);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    copy
}

fn all_versions_load(server: Result<DatabaseServer, Unavailable>) {
    let Some(server) = testbed::or_report(server) else { return };
    for version in Version::ALL {
        let version = version.value();
        let Some(scripts) = scripts(version) else { return };
        let site = Site::new(&server, version, &version.replace('.', ""));
        site.statements("create.sql").unwrap_or_else(|error| panic!("{version} create.sql: {error}"));
        site.statements("grants.sql").unwrap_or_else(|error| panic!("{version} grants.sql: {error}"));
        let (succeeded, said) = site.load(&scripts);
        assert!(succeeded, "{version}: {said}");
        assert!(!said.contains("WRONG") && said.contains("OK "), "{version}: {said}");
        let expected: Vec<u32> = site.scenario.plan().databases.list.iter().map(|one| u32::from(one.tables)).collect();
        assert_eq!(site.tables(), expected, "{version}");
        // A second run finds tables and changes nothing.
        let (succeeded, said) = site.load(&scripts);
        assert!(!succeeded && said.contains("the scripts need an empty database"), "{version}: {said}");
        assert!(said.contains("Nothing was changed."), "{said}");
        assert_eq!(site.tables(), expected, "{version}");
    }
}

#[test]
fn mariadb_takes_the_scripts_of_all_versions() {
    all_versions_load(testbed::mariadb());
}

#[test]
fn mysql_takes_the_scripts_of_all_versions() {
    all_versions_load(testbed::mysql());
}

/// Every failure, each injected once, on both servers.
fn damaged(server: Result<DatabaseServer, Unavailable>) {
    let (Some(server), Some(scripts)) = (testbed::or_report(server), scripts("7.2.0")) else { return };
    let site = Site::new(&server, "7.2.0", "dmg");
    let is_untouched = |site: &Site<'_>| assert!(site.tables().iter().all(|count| *count == 0));

    let (succeeded, said) = site.load(&scripts);
    assert!(!succeeded && said.contains("does not exist.") && said.contains("Run create.sql first."), "{said}");
    site.statements("create.sql").unwrap();
    assert!(site.statements("create.sql").is_err(), "a database that exists is not passed over");

    let copy = copy_of(&scripts);
    fs::remove_file(copy.path().join("consent/mysql.sql")).unwrap();
    let (succeeded, said) = site.load(copy.path());
    assert!(!succeeded && said.contains("does not contain these scripts: consent/mysql.sql."), "{said}");
    is_untouched(&site);

    server.execute(&format!("ALTER DATABASE `{}` CHARACTER SET utf8mb4", site.databases[1])).unwrap();
    let (succeeded, said) = site.load(&scripts);
    assert!(!succeeded && said.contains("has the character set utf8mb4, not latin1"), "{said}");
    is_untouched(&site);
    assert!(site.statements("verify.sql").unwrap().contains("WRONG"));
    server.execute(&format!("ALTER DATABASE `{}` CHARACTER SET latin1", site.databases[1])).unwrap();

    let copy = copy_of(&scripts);
    let script = copy.path().join("identity/mysql.sql");
    let text = fs::read_to_string(&script).unwrap();
    let half = text.split_at(text.match_indices(";\n").nth(10).unwrap().0 + 2);
    fs::write(&script, format!("{}CREATE TABEL broken (id INT);\n{}", half.0, half.1)).unwrap();
    let (succeeded, said) = site.load(copy.path());
    assert!(!succeeded && said.contains("identity/mysql.sql stopped at its first error"), "{said}");
    assert!(said.contains("ERROR 1064"), "{said}");
    // The option file contains `force`; the databases after the error show that load.sh stopped nevertheless.
    let tables = site.tables();
    assert!(tables[1] > 0 && tables[1] < 20, "{tables:?}");
    assert!(site.statements("verify.sql").unwrap().contains("WRONG"));
}

#[test]
fn mariadb_stops_where_something_is_wrong() {
    damaged(testbed::mariadb());
}

#[test]
fn mysql_stops_where_something_is_wrong() {
    damaged(testbed::mysql());
}

/// The run-time account: its password is unchanged, and it can read and write rows, but nothing more.
fn least_rights(server: Result<DatabaseServer, Unavailable>) {
    let Some(server) = testbed::or_report(server) else { return };
    let site = Site::new(&server, "7.2.0", "rights");
    site.statements("create.sql").unwrap();
    site.statements("grants.sql").unwrap();
    site.statements("grants.sql").unwrap();
    let name = &site.databases[0];
    // A name that the pattern would match if its underscore were not escaped.
    let neighbour = name.replacen('_', "x", 1);
    server.execute(&format!("CREATE DATABASE `{neighbour}`; CREATE TABLE `{neighbour}`.t (id INT)")).unwrap();
    server.execute(&format!("CREATE TABLE `{name}`.t (id INT)")).unwrap();
    let options = site.folder.path().join("account.cnf");
    let password = reveal(site.scenario.secrets.get("database.password").unwrap());
    fs::write(&options, format!("[client]\nuser={}\npassword=\"{}\"\n", site.account, password.replace('\\', "\\\\")))
        .unwrap();
    let run = |statement: &str| {
        let mut command = Command::new(server.client().get_program());
        command.arg(format!("--defaults-file={}", options.display())).arg(format!("--host={}", server.host()));
        command.arg(format!("--port={}", server.port())).args(["--protocol=TCP", "--default-character-set=utf8mb4"]);
        if server.product() == TestServerProduct::MySql {
            command.arg("--get-server-public-key");
        }
        let output = command.arg("-e").arg(statement).output().unwrap();
        output.status.success().then_some(()).ok_or(String::from_utf8_lossy(&output.stderr).into_owned())
    };
    run(&format!("USE `{name}`; INSERT INTO t VALUES (1); UPDATE t SET id = 2; SELECT * FROM t; DELETE FROM t"))
        .unwrap();
    for statement in [
        format!("CREATE TABLE `{name}`.other (id INT)"),
        format!("ALTER TABLE `{name}`.t ADD x INT"),
        format!("DROP TABLE `{name}`.t"),
        format!("SELECT * FROM `{neighbour}`.t"),
        "SELECT * FROM mysql.user".to_owned(),
    ] {
        let refused = run(&statement).unwrap_err();
        assert!(refused.contains("denied"), "{statement}: {refused}");
    }
    server.execute(&format!("DROP DATABASE `{neighbour}`")).unwrap();
}

#[test]
fn mariadb_gives_the_account_the_least_rights() {
    least_rights(testbed::mariadb());
}

#[test]
fn mysql_gives_the_account_the_least_rights() {
    least_rights(testbed::mysql());
}

/// With this option, names are not patterns, and a backslash would be part of one.
#[test]
fn mysql_with_partial_revokes_gives_the_account_the_same_rights() {
    least_rights(testbed::mysql_with(&["--partial-revokes=ON"]));
}

#[test]
fn mysql_with_required_primary_keys_is_refused_before_anything_is_loaded() {
    let server = testbed::or_report(testbed::mysql_with(&["--sql-require-primary-key=ON"]));
    let (Some(server), Some(scripts)) = (server, scripts("7.2.0")) else { return };
    let site = Site::new(&server, "7.2.0", "pk");
    site.statements("create.sql").unwrap();
    let (succeeded, said) = site.load(&scripts);
    assert!(!succeeded && said.contains("sql_require_primary_key=ON"), "{said}");
    assert!(site.tables().iter().all(|count| *count == 0));
}

/// Without an option file it prompts for the password, which reaches the client unchanged.
#[test]
fn the_account_and_its_password_can_be_typed() {
    let (Some(server), Some(scripts)) = (testbed::or_report(testbed::mariadb()), scripts("5.11.0")) else { return };
    let site = Site::new(&server, "5.11.0", "typed");
    site.statements("create.sql").unwrap();
    let password = "a\\b \"c\" 'd' #e ; \\n";
    let user = server.create_user("%", password).unwrap();
    user.grant("ALL", "*.*").unwrap();
    let mut child =
        site.command(&scripts).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{}\n{password}\n", user.name()).as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(!said.contains(password));
}

/// Quotes, comment signs and backslashes of a typed password are not interpreted in the option file.
#[test]
fn any_typed_password_logs_in_on_both_servers() {
    let Some(scripts) = scripts("5.11.0") else { return };
    for server in [testbed::mariadb(), testbed::mysql()] {
        let Some(server) = testbed::or_report(server) else { continue };
        let site = Site::new(&server, "5.11.0", "quotes");
        for password in ["a\"b#c", "a\"#", "#", "'#\"", "\\\"#\\", " a b ", "a\\nb;c"] {
            let user = server.create_user("%", password).unwrap();
            user.grant("ALL", "*.*").unwrap();
            let output = typed(&site, &scripts, &format!("{}\n{password}\n", user.name()));
            assert!(output.contains("does not exist.") && !output.contains("Cannot log in"), "{password}: {output}");
        }
        for (typed_text, words) in [("", "No account was entered."), ("root\n", "No password was entered.")] {
            let output = typed(&site, &scripts, typed_text);
            assert!(output.contains(words) && output.contains("Nothing was changed."), "{output}");
        }
    }
}

/// The output of load.sh for this input.
fn typed(site: &Site<'_>, scripts: &Path, text: &str) -> String {
    let mut command = site.command(scripts);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have ended before it read everything.
    drop(std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The client's own commands, which a script may contain, do not reach the operator's shell.
#[test]
fn commands_of_the_client_in_a_script_do_not_run() {
    let Some(scripts) = scripts("5.11.0") else { return };
    for server in [testbed::mariadb(), testbed::mysql()] {
        let Some(server) = testbed::or_report(server) else { continue };
        let site = Site::new(&server, "5.11.0", "shell");
        site.statements("create.sql").unwrap();
        let copy = copy_of(&scripts);
        let mark = site.folder.path().join("mark");
        let script = copy.path().join("mysql.sql");
        let text = fs::read_to_string(&script).unwrap();
        fs::write(&script, format!("\\! touch {}\nsystem touch {}\n{text}", mark.display(), mark.display())).unwrap();
        let (succeeded, said) = site.load(copy.path());
        assert!(!succeeded && !mark.exists(), "{said}");
    }
}
