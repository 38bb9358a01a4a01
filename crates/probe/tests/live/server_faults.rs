//! Faults of the server's settings: each is set on a running server, found by one check, and fixed by the SQL of the
//! remedy.

use domain::check::CheckId;
use domain::finding::Severity;
use testbed::{DatabaseServer, TestServerProduct};

use crate::support::{DATABASE, Prepared, Run, own_servers, prepare, wait};

fn run(prepared: &Prepared<'_>) -> Run {
    wait(prepared.plan.run(&DATABASE))
}

/// Sets a variable; expects that only `id` reports it, with its severity, and that its first command fixes it.
fn is_found_and_mended(server: &DatabaseServer, prepared: &Prepared<'_>, setting: &str, id: CheckId, words: &str) {
    server.execute(&format!("SET GLOBAL {setting}")).unwrap();
    println!("{:?}: {setting}", server.product());
    let found = run(prepared);
    let result = match id.spec().severity {
        Severity::Blocks => found.fails_alone(id, words),
        Severity::Warns | Severity::Notes => found.warns_alone(id, words),
    };
    server.execute(&result.remedy.commands[0]).unwrap();
    run(prepared).is_healthy();
}

#[test]
fn settings_of_statements_and_sessions() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        run(&prepared).is_healthy();
        let is_mariadb = server.product() == TestServerProduct::MariaDb;
        let isolation = if is_mariadb { "tx_isolation" } else { "transaction_isolation" };
        for (setting, id, words) in [
            ("sql_mode = 'ANSI_QUOTES'".to_owned(), CheckId::Db25, "ANSI_QUOTES"),
            ("sql_mode = 'STRICT_TRANS_TABLES,PAD_CHAR_TO_FULL_LENGTH'".to_owned(), CheckId::Db25, "PAD_CHAR_TO_FULL"),
            ("sql_mode = 'HIGH_NOT_PRECEDENCE'".to_owned(), CheckId::Db25, "HIGH_NOT_PRECEDENCE"),
            ("wait_timeout = 10".to_owned(), CheckId::Db30, "wait_timeout = 10 s"),
            ("wait_timeout = 30".to_owned(), CheckId::Db30, "wait_timeout = 30 s"),
            ("max_allowed_packet = 1048576".to_owned(), CheckId::Db31, "1048576 bytes"),
            ("max_allowed_packet = 8388608".to_owned(), CheckId::Db31, "8388608 bytes"),
            (format!("{isolation} = 'READ-UNCOMMITTED'"), CheckId::Db32, "uncommitted"),
            (format!("{isolation} = 'SERIALIZABLE'"), CheckId::Db32, "lock rows"),
        ] {
            is_found_and_mended(&server, &prepared, &setting, id, words);
        }
        if is_mariadb {
            for mode in ["ORACLE", "EMPTY_STRING_IS_NULL"] {
                let words = if mode == "ORACLE" { "ANSI_QUOTES" } else { mode };
                is_found_and_mended(&server, &prepared, &format!("sql_mode = '{mode}'"), CheckId::Db25, words);
            }
        }
    }
}

/// A server with an unknown word in its option file does not start: the line that keeps a setting is one that it accepts.
#[test]
fn the_line_for_the_option_file_is_one_the_server_starts_with() {
    let Some(server) = testbed::or_report(testbed::mariadb_with(&[])) else { return };
    let prepared = prepare(&server);
    for (setting, id) in [
        ("tx_isolation = 'SERIALIZABLE'", CheckId::Db32),
        ("tx_read_only = ON", CheckId::Db33),
        ("time_zone = 'CEST'", CheckId::Db36),
        ("sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES'", CheckId::Db25),
        ("wait_timeout = 10", CheckId::Db30),
        ("max_allowed_packet = 1048576", CheckId::Db31),
    ] {
        if setting.contains("CEST") {
            make_zone(&server, 9001, "CEST");
        }
        server.execute(&format!("SET GLOBAL {setting}")).unwrap();
        let commands = run(&prepared).of(id).remedy.commands.clone();
        server.execute(&commands[0]).unwrap();
        let (_, line) = commands[1].split_once("under [mysqld]: ").unwrap();
        let (name, value) = line.split_once(" = ").unwrap();
        let option = format!("--{name}={}", value.trim_matches('\''));
        let again = testbed::mariadb_with(&[&option]).unwrap_or_else(|absent| panic!("{option}: {absent}"));
        run(&prepare(&again)).is_healthy();
    }
}

#[test]
fn other_levels_and_modes_are_fine() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        let isolation =
            if server.product() == TestServerProduct::MariaDb { "tx_isolation" } else { "transaction_isolation" };
        server.execute(&format!("SET GLOBAL {isolation} = 'READ-COMMITTED'; SET GLOBAL sql_mode = ''")).unwrap();
        server.execute("SET GLOBAL wait_timeout = 31; SET GLOBAL time_zone = '-03:00'").unwrap();
        run(&prepared).is_healthy();
    }
}

#[test]
fn a_server_that_is_closed_to_writes() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        let switches: &[&str] = match server.product() {
            TestServerProduct::MariaDb => &["read_only", "tx_read_only"],
            TestServerProduct::MySql => &["read_only", "super_read_only", "transaction_read_only"],
        };
        for switch in switches {
            is_found_and_mended(&server, &prepared, &format!("{switch} = ON"), CheckId::Db33, switch);
        }
    }
}

fn make_zone(server: &DatabaseServer, number: u32, zone: &str) {
    server
        .execute(&format!(
            "INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES ({number}, 'N');
             INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('{zone}', {number});
             INSERT INTO mysql.time_zone_transition_type VALUES ({number}, 0, 7200, 1, '{zone}');"
        ))
        .unwrap();
}

#[test]
fn a_time_zone_that_only_some_know() {
    for server in own_servers(&[]) {
        let prepared = prepare(&server);
        for (number, zone) in [(9001, "CEST"), (9002, "CST")] {
            make_zone(&server, number, zone);
            let setting = format!("time_zone = '{zone}'");
            is_found_and_mended(&server, &prepared, &setting, CheckId::Db36, &format!("\u{201c}{zone}\u{201d}"));
        }
    }
}

#[test]
fn group_replication_with_several_primaries_and_reads_that_do_not_wait() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&[])) else { return };
    let prepared = prepare(&server);
    server
        .execute(
            "INSTALL PLUGIN group_replication SONAME 'group_replication.so';
             SET GLOBAL group_replication_group_name = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa';",
        )
        .unwrap();
    run(&prepared).is_healthy();
    server.execute("SET GLOBAL group_replication_single_primary_mode = OFF").unwrap();
    for level in ["EVENTUAL", "BEFORE_ON_PRIMARY_FAILOVER"] {
        let setting = format!("group_replication_consistency = '{level}'");
        is_found_and_mended(&server, &prepared, &setting, CheckId::Db34, level);
    }
}

#[test]
fn names_of_tables_in_an_unusual_case() {
    for server in own_servers(&["--lower-case-table-names=1"]) {
        let prepared = prepare(&server);
        run(&prepared)
            .warns_alone(CheckId::Db27, "lower_case_table_names = 1. The default of its operating system is 0");
    }
}
