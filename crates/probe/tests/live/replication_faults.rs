//! DB-34 on servers that replicate for real, each the one member of its group.

use domain::check::CheckId;
use testbed::DatabaseServer;

use crate::support::{DATABASE, prepare, wait};

/// The server does not let reads wait as it comes; it is mended by the command of the remedy.
fn warns_and_is_mended(server: &DatabaseServer, words: &str) {
    let prepared = prepare(server);
    let found = wait(prepared.plan.run(&DATABASE));
    server.execute(&found.warns_alone(CheckId::Db34, words).remedy.commands[0]).unwrap();
    wait(prepared.plan.run(&DATABASE)).is_healthy();
}

#[test]
fn a_galera_cluster_whose_reads_do_not_wait() {
    let Some(server) = testbed::or_say(testbed::galera()) else { return };
    warns_and_is_mended(&server, "Galera with wsrep_sync_wait = 0");
}

#[test]
fn a_group_of_primaries_whose_reads_do_not_wait() {
    let Some(server) = testbed::or_say(testbed::mysql_of_primaries()) else { return };
    server.execute("SET GLOBAL group_replication_consistency = 'EVENTUAL'").unwrap();
    warns_and_is_mended(&server, "several primaries and consistency EVENTUAL");
}
