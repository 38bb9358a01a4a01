//! DB-34 on servers with real replication, each the only member of its group.

use domain::check::CheckId;
use testbed::DatabaseServer;

use crate::support::{DATABASE, prepare, wait};

/// By default, the server does not delay reads; the command of the remedy fixes that.
fn warns_and_is_mended(server: &DatabaseServer, words: &str) {
    let prepared = prepare(server);
    let found = wait(prepared.plan.run(&DATABASE));
    server.execute(&found.warns_alone(CheckId::Db34, words).remedy.commands[0]).unwrap();
    wait(prepared.plan.run(&DATABASE)).is_healthy();
}

/// To accounts with sufficient rights, MySQL reports that it is a replica, also if it is not read-only.
#[test]
fn a_replica_that_is_open_to_writes() {
    let Some(server) = testbed::or_report(testbed::mysql_with(&[])) else { return };
    let prepared = prepare(&server);
    let user = prepared.user.name();
    let look = || wait(prepared.plan.run(&[CheckId::Db33]));
    assert!(look().of(CheckId::Db33).current.contains("may not see whether the server is a replica"));
    server.execute(&format!("GRANT REPLICATION CLIENT ON *.* TO {user}@'%'")).unwrap();
    assert_eq!(look().of(CheckId::Db33).current, "read_only is off.");
    server.execute("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_USER = 'nobody'").unwrap();
    look().warns_alone(CheckId::Db33, "replicates from another one");
}

#[test]
fn a_galera_cluster_with_reads_do_not_wait() {
    let Some(server) = testbed::or_report(testbed::galera()) else { return };
    warns_and_is_mended(&server, "Galera with wsrep_sync_wait = 0");
}

#[test]
fn a_group_of_primaries_with_reads_do_not_wait() {
    let Some(server) = testbed::or_report(testbed::mysql_of_primaries()) else { return };
    server.execute("SET GLOBAL group_replication_consistency = 'EVENTUAL'").unwrap();
    warns_and_is_mended(&server, "several primaries and consistency EVENTUAL");
}
