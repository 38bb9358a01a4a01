//! The real servers start, are separate from each other, and stop.
#![expect(clippy::disallowed_methods, reason = "a test dials servers that it started")]

use std::fs;
use std::net::TcpStream;

use testbed::{DatabaseServer, TestServerProduct, Unavailable, or_report};

fn databases() -> Vec<DatabaseServer> {
    let needed: [fn() -> Result<DatabaseServer, Unavailable>; 2] = [testbed::mariadb, testbed::mysql];
    needed.into_iter().filter_map(|server| or_report(server())).collect()
}

#[test]
fn a_database_is_created_used_and_dropped() {
    for server in databases() {
        let database = server.create_database("latin1").unwrap();
        let name = database.name().to_owned();
        let answer = server.execute(&format!(
            "USE `{name}`; CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (7); SELECT a FROM t"
        ));
        assert_eq!(answer.unwrap().trim(), "7", "{:?}", server.product());
        drop(database);
        assert_eq!(server.execute(&format!("SHOW DATABASES LIKE '{name}'")).unwrap(), "");
    }
}

#[test]
fn a_script_stops_at_its_first_error() {
    for server in databases() {
        let database = server.create_database("utf8mb4").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script.sql");
        fs::write(&script, "CREATE TABLE a (b INT);\nCREATE TABEL c;\nCREATE TABLE d (e INT);\n").unwrap();
        let error = server.run_script(database.name(), &script).unwrap_err().to_string();
        assert!(error.contains("ERROR 1064") && error.contains("line 2"), "{error}");
        assert_eq!(server.execute(&format!("SHOW TABLES IN `{}`", database.name())).unwrap(), "a\n");
    }
}

#[test]
fn a_user_has_the_rights_that_were_given() {
    for server in databases() {
        let database = server.create_database("latin1").unwrap();
        let user = server.create_user("%", "it's \\ secret").unwrap();
        user.grant("SELECT", &format!("`{}`.*", database.name())).unwrap();
        let grants = server.execute(&format!("SHOW GRANTS FOR {}@'%'", user.name())).unwrap();
        assert!(grants.contains("GRANT SELECT ON"), "{grants}");
    }
}

#[test]
fn a_server_of_our_own_takes_options_and_stops_when_dropped() {
    let options = ["--max-connections=17"];
    for needed in [testbed::mariadb_with(&options), testbed::mysql_with(&options)] {
        let Some(server) = or_report(needed) else { continue };
        assert_eq!(server.execute("SELECT @@max_connections").unwrap().trim(), "17");
        let version = server.execute("SELECT version()").unwrap();
        assert_eq!(version.contains("MariaDB"), server.product() == TestServerProduct::MariaDb, "{version}");
        let address = (server.host(), server.port());
        drop(server);
        assert!(TcpStream::connect(address).is_err());
    }
}

#[test]
fn postgres_serves_stops_and_starts_again_on_the_same_data() {
    let Some(mut server) = or_report(testbed::postgres_with(&["max_connections=17"])) else { return };
    let database = server.create_database().unwrap();
    let name = database.name().to_owned();
    let shown =
        server.execute(&name, "CREATE TABLE t (a int); INSERT INTO t VALUES (7); SHOW max_connections").unwrap();
    assert_eq!(shown.trim(), "17");
    let error = server.execute(&name, "SELECT 1;\nNONSENSE;\nDROP TABLE t").unwrap_err().to_string();
    assert!(error.contains("syntax error"), "{error}");
    // The database survives a restart of the server.
    std::mem::forget(database);
    server.kill();
    assert!(TcpStream::connect((server.host(), server.port())).is_err());
    server.start_again().unwrap();
    assert_eq!(server.execute(&name, "SELECT a FROM t").unwrap().trim(), "7");
}

#[test]
fn nginx_accepts_and_refuses() {
    for version in ["1.22", "1.30"] {
        let Some(nginx) = or_report(testbed::nginx(version)) else { continue };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("site.conf"), "server { listen 80; return 204; }").unwrap();
        nginx.test(folder.path()).unwrap();
        fs::write(folder.path().join("site.conf"), "server { listen 80; return 204 }").unwrap();
        let refused = nginx.test(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("site.conf:1"), "{refused}");
    }
}

#[test]
fn haproxy_accepts_and_refuses() {
    let Some(haproxy) = or_report(testbed::haproxy()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("haproxy.cfg");
    let good = "defaults\n  mode http\n  timeout client 5s\n  timeout connect 5s\n  timeout server 5s\n\
                listen a\n  bind 127.0.0.1:1\n  server b 127.0.0.1:2\n";
    fs::write(&file, good).unwrap();
    haproxy.test(&file).unwrap();
    fs::write(&file, format!("{good}  nonsense here\n")).unwrap();
    assert!(haproxy.test(&file).unwrap_err().to_string().contains("nonsense"));
}

#[test]
fn a_directory_server_takes_entries_and_answers() {
    let ldif = "dn: dc=example,dc=com\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n";
    let Some(server) = or_report(testbed::slapd(ldif)) else { return };
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_ok());
}
