//! Database servers that replicate, each the one member of its group: Galera, and Group Replication with several primaries.
//! One member is enough to test what the server reports about itself.

use std::io;

use crate::absent::Unavailable;
use crate::database::DatabaseServer;
use crate::program::{GALERA, MYSQL};
use crate::{mariadb, mysql, port};

/// Any name does: the group is of this server alone.
const GROUP: &str = "c1a57e12-0000-4000-8000-000000000001";

/// A `MariaDB` that is a Galera cluster of one.
pub(crate) fn galera() -> Result<DatabaseServer, Unavailable> {
    let library = GALERA.find()?.file("usr/lib/libgalera_smm.so");
    let port = free(GALERA.title)?;
    let here = format!(
        "--wsrep-provider-options=base_host=127.0.0.1;base_port={port};gmcast.listen_addr=tcp://127.0.0.1:{port};gcache.size=1M"
    );
    mariadb::start(&[
        "--wsrep-on=ON",
        &format!("--wsrep-provider={}", library.display()),
        &here,
        "--wsrep-new-cluster",
        "--wsrep-cluster-address=gcomm://",
        "--wsrep-node-address=127.0.0.1",
        "--binlog-format=ROW",
    ])
}

/// A MySQL that is the one primary so far of a group with several.
pub(crate) fn of_primaries() -> Result<DatabaseServer, Unavailable> {
    let server = mysql::start(&[
        "--log-bin=binlog",
        "--server-id=1",
        "--gtid-mode=ON",
        "--enforce-gtid-consistency=ON",
        "--report-host=127.0.0.1",
        "--plugin-load-add=group_replication.so",
        &format!("--group-replication-group-name={GROUP}"),
        &format!("--group-replication-local-address=127.0.0.1:{}", free(MYSQL.title)?),
        "--group-replication-start-on-boot=OFF",
        "--group-replication-single-primary-mode=OFF",
        "--group-replication-enforce-update-everywhere-checks=ON",
    ])?;
    // The statement returns once the member has joined the group.
    let begin = "SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION";
    server.execute(begin).map_err(|error| Unavailable::new(MYSQL.title, error))?;
    Ok(server)
}

fn free(title: &str) -> Result<u16, Unavailable> {
    port::free().map_err(|error: io::Error| Unavailable::new(title, error))
}
