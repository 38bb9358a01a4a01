//! DB-19, the only check that writes: what it finds, what it does not change, and that it leaves nothing.

use std::net::Ipv4Addr;
use std::time::Duration;

use domain::check::CheckId;
use domain::product::Version;
use testbed::DatabaseServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fingerprints::scripts;
use crate::support::{Prepared, Run, fill, own_servers, prepare, serve, servers, wait};
use crate::table_faults;

const CHECK: [CheckId; 1] = [CheckId::Db19];

fn run(prepared: &Prepared<'_>) -> Run {
    wait(prepared.plan.run(&CHECK))
}

/// The rows of the table, including those of open transactions.
fn left(server: &DatabaseServer, prepared: &Prepared<'_>) -> String {
    let table = format!("`{}`.UM_USER_ATTRIBUTE", prepared.shared.name());
    let count = format!("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT COUNT(*) FROM {table}");
    server.execute(&count).unwrap().trim().to_owned()
}

/// Filled databases on each server.
fn each(work: impl Fn(&DatabaseServer, &mut Prepared<'_>)) {
    for server in servers() {
        let mut prepared = prepare(&server);
        let Some(()) = fill(&server, &prepared) else { return };
        println!("{:?}", server.product());
        work(&server, &mut prepared);
    }
}

fn alter(server: &DatabaseServer, prepared: &Prepared<'_>, what: &str) {
    server.execute(&format!("ALTER TABLE `{}`.UM_USER_ATTRIBUTE {what}", prepared.shared.name())).unwrap();
}

#[test]
fn names_come_back_and_nothing_stays() {
    each(|server, prepared| {
        let healthy = run(prepared);
        healthy.is_healthy();
        assert_eq!(healthy.of(CheckId::Db19).current, "Preserved: accents and other scripts and emoji.");
        assert_eq!(left(server, prepared), "0");
        run(prepared).is_healthy();
        // Existing users do not interfere, and keep their values.
        let shared = prepared.shared.name();
        let user = "INSERT INTO UM_USER_ATTRIBUTE (UM_ATTR_NAME, UM_ATTR_VALUE) VALUES ('givenname', 'Zoë')";
        server.execute(&format!("USE `{shared}`; {user}")).unwrap();
        run(prepared).is_healthy();
        assert_eq!(left(server, prepared), "1");
    });
}

#[test]
fn before_7_2_the_scripts_leave_the_column_to_the_database() {
    let version = Version::V7_1_0;
    let Some(_) = testbed::or_report(scripts(version)) else { return };
    for server in servers() {
        let mut prepared = prepare(&server);
        prepared.version(&server, version);
        table_faults::fill(&server, &prepared, version, &[]);
        let healthy = run(&prepared);
        healthy.is_healthy();
        assert_eq!(
            healthy.of(CheckId::Db19).current,
            "Preserved: accents. Not preserved: other scripts and emoji. IS 7.1.0 creates the column as latin1."
        );
        alter(&server, &prepared, "MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET ascii");
        let found = run(&prepared);
        server
            .execute(&found.warns_alone(CheckId::Db19, "Zoë Müller is refused (error 1366)").remedy.commands[0])
            .unwrap();
        run(&prepared).is_healthy();
        assert_eq!(left(&server, &prepared), "0");
    }
}

#[test]
fn a_column_that_cannot_hold_the_names() {
    each(|server, prepared| {
        for (charset, words) in [
            ("latin1", "සමන් Łukasz 李 is refused (error 1366); Ann 😀 is refused (error 1366). The column is latin1"),
            ("utf8mb3", "Ann 😀 is refused (error 1366). The column is utf8mb3"),
        ] {
            alter(server, prepared, &format!("MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET {charset}"));
            let found = run(prepared);
            server.execute(&found.warns_alone(CheckId::Db19, words).remedy.commands[0]).unwrap();
            run(prepared).is_healthy();
            assert_eq!(left(server, prepared), "0");
        }
    });
}

#[test]
fn a_server_that_makes_question_marks_of_names() {
    for server in own_servers(&["--sql-mode="]) {
        let prepared = prepare(&server);
        let Some(()) = fill(&server, &prepared) else { return };
        run(&prepared).is_healthy();
        alter(&server, &prepared, "MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET latin1");
        run(&prepared).warns_alone(CheckId::Db19, "is read as ????");
        assert_eq!(left(&server, &prepared), "0");
    }
}

#[test]
fn nothing_is_written_where_it_could_not_be_taken_back() {
    each(|server, prepared| {
        let shared = prepared.shared.name().to_owned();
        let literal = shared.replace('_', "\\_");
        prepared.user.grant("TRIGGER", &format!("`{literal}`.*")).unwrap();
        let trigger =
            "CREATE TRIGGER elsewhere BEFORE INSERT ON UM_USER_ATTRIBUTE FOR EACH ROW SET NEW.UM_PROFILE_ID = 'x'";
        server.execute(&format!("USE `{shared}`; {trigger}")).unwrap();
        run(prepared).could_not_check(CheckId::Db19, "The table has triggers");
        server.execute(&format!("DROP TRIGGER `{shared}`.elsewhere")).unwrap();
        run(prepared).is_healthy();
        alter(server, prepared, "DROP FOREIGN KEY UM_USER_ATTRIBUTE_ibfk_1");
        // Its keys are too long for that engine.
        alter(server, prepared, "DROP INDEX UM_ATTR_NAME_VALUE_INDEX");
        alter(server, prepared, "ENGINE=MyISAM");
        run(prepared).could_not_check(CheckId::Db19, "DB-23 failed: MyISAM does not support transactions");
        assert_eq!(left(server, prepared), "0");
    });
}

#[test]
fn what_keeps_it_from_writing_is_reported_by_its_own_check() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        run(&prepared).could_not_check(CheckId::Db19, "UM_USER_ATTRIBUTE does not exist");
        let Some(()) = fill(&server, &prepared) else { return };
        server.execute("SET GLOBAL read_only = ON").unwrap();
        run(&prepared).could_not_check(CheckId::Db19, "DB-33 failed: The server is read-only");
        server.execute("SET GLOBAL read_only = OFF").unwrap();
        let (shared, user) = (prepared.shared.name().replace('_', "\\_"), prepared.user.name());
        server.execute(&format!("REVOKE INSERT ON `{shared}`.* FROM {user}@'%'")).unwrap();
        run(&prepared).could_not_check(CheckId::Db19, "DB-10 failed: The account may not write to the table");
        prepared.user.grant("INSERT", &format!("`{shared}`.*")).unwrap();
        run(&prepared).is_healthy();
        assert_eq!(left(&server, &prepared), "0");
    }
}

/// A proxy to `port` that forwards an INSERT, waits for its response, and cuts the connection.
async fn cutting_proxy(port: u16) -> u16 {
    serve(move |mut client| async move {
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        let mut is_written = false;
        loop {
            tokio::select! {
                Ok(count @ 1..) = client.read(&mut asked) => {
                    is_written = asked[..count].windows(6).any(|word| word == b"INSERT");
                    server.write_all(&asked[..count]).await.unwrap();
                }
                Ok(count @ 1..) = server.read(&mut answered) => {
                    if is_written || client.write_all(&answered[..count]).await.is_err() {
                        return;
                    }
                }
                else => return,
            }
        }
    })
    .await
}

#[test]
fn a_connection_that_breaks_in_the_middle_leaves_nothing() {
    each(|server, prepared| {
        let mut plan = prepared.plan.clone();
        let reported = wait(async {
            plan.set("database.port", cutting_proxy(server.port()).await);
            plan.run(&CHECK).await
        });
        reported.could_not_check(CheckId::Db19, "The row could not be written: the connection to MySQL broke");
        // The server notices the end of the connection a moment later.
        let is_removed = testbed::wait::until(Duration::from_secs(20), || left(server, prepared) == "0");
        assert!(is_removed, "{} rows stay", left(server, prepared));
    });
}

#[test]
fn a_table_that_another_client_holds_is_waited_for_a_moment_only() {
    for server in servers() {
        let prepared = prepare(&server);
        let Some(()) = fill(&server, &prepared) else { return };
        let held = format!(
            "LOCK TABLES `{}`.UM_USER_ATTRIBUTE WRITE; SELECT 'held'; SELECT SLEEP(30)",
            prepared.shared.name()
        );
        let mut client = server.client();
        client.args(["--unbuffered", "--execute", &held]).stdout(std::process::Stdio::piped());
        let mut client = client.spawn().unwrap();
        let mut output = [0; 4];
        std::io::Read::read_exact(client.stdout.as_mut().unwrap(), &mut output).unwrap();
        let reported = run(&prepared);
        // The test's child process, by its handle.
        client.kill().unwrap();
        client.wait().unwrap();
        reported.could_not_check(CheckId::Db19, "The row could not be written");
        assert!(reported.took < Duration::from_secs(5), "{:?}", reported.took);
    }
}
