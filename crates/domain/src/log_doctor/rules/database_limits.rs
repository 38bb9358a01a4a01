//! Databases: pools, limits and the state of the server.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not, Test, Word};
use super::context::{DATABASE, H2};
use super::declare::failure_rules;

failure_rules! {
    "pool-connections-hang" Database Function "The pool is empty although no connection is in use"
        cause "All places of the pool are taken by connections that are still being opened: packets to the database get no answer, because a firewall drops them or the host is down. It is neither load nor a pool that is too small: then busy would be near size."
        check "Connect to the database port from this node: it times out instead of being refused." [Db02, Nd04]
        remedy "Open the path to the database. Add a connect and a read timeout to the URLs (connectTimeout and socketTimeout; for SQL Server loginTimeout), so that the true cause is logged at once. Do not raise maxActive."
        run ["nc -vz -w 5 DATABASE_HOST DATABASE_PORT"]
        when All(&[Has("pool"), Test(has_idle_full_pool)]);
        values [Computed("Pool", pool_numbers)];

    "pool-exhausted" Database Function "All connections of the pool are in use"
        cause "Every connection of the pool is borrowed: more requests run at once than the pool has connections, slow statements keep them, or an extension does not return them."
        check "Compare the pool size with the load and with max_connections; look for slow statements and stuck threads at this time." [Db28, Db29, Db37]
        remedy "Find what keeps the connections first: slow queries, locks, a slow network. Raise maxActive only with max_connections of the server, for the sum of all nodes."
        run ["[database.shared_db.pool_options]\nmaxActive = \"100\""]
        when Any(&[
            All(&[Has("pool"), Has("none available[size:")]),
            All(&[Has("unable to fetch a connection in"), Has("seconds")]),
            Has("poolexhaustedexception"),
            All(&[Has("cannot get a connection, pool"), Has("error timeout waiting for idle")]),
        ]);
        values [Computed("Pool", pool_numbers)];

    "too-many-connections" Database Function "The database server accepts no further connections"
        cause "The pools of all nodes together need more connections than the server or the account may have: databases × connections per pool × nodes."
        check "Compare the limit of the server (max_connections; Oracle: processes and sessions) with the sum of all pools." [Db28, Db29]
        remedy "Give the pools a smaller maxActive on every node, or raise the limit of the server if its memory permits it: every connection needs some."
        run ["MySQL, MariaDB: SHOW VARIABLES LIKE 'max_connections'; SHOW STATUS LIKE 'Max_used_connections';", "PostgreSQL: SHOW max_connections; SELECT count(*) FROM pg_stat_activity;", "Oracle: SELECT resource_name, max_utilization, limit_value FROM v$resource_limit WHERE resource_name IN ('processes', 'sessions');"]
        when Any(&[
            Has("too many connections"),
            Has("too many clients already"),
            Has("remaining connection slots are reserved"),
            Has("max_user_connections"),
            Has("too many connections for role"),
            Word("ora-00018"),
            Word("ora-00020"),
            Word("ora-12516"),
            Word("ora-12519"),
            Word("ora-12520"),
            Word("ora-02391"),
        ]);

    "database-read-only" Database Function "The database server accepts no writes"
        cause "The node is connected to a replica, to a server in read-only mode, or to one that failed over without the connections following."
        check "Is it a replica? MySQL, MariaDB: SELECT @@read_only, @@hostname; PostgreSQL: SELECT pg_is_in_recovery();" [Db33]
        remedy "Enter the address of the writer in every data source. End the read-only mode only of a server that is no replica: a replica that is written to diverges from the writer, and loses data at the next failover. After a failover, restart the nodes or let the pool drop its connections."
        when Any(&[
            All(&[Has("read-only option"), Has("cannot execute")]),
            Has("running in read-only mode"),
            Has("--super-read-only"),
            Has("in a read-only transaction"),
            All(&[Has("connection is read-only"), Has("queries leading to data modification")]),
            Word("ora-16000"),
            All(&[Has("failed to update database"), Has("database is read-only")]),
            Has("because the database is read-only"),
        ]);

    "database-full" Database Function "The database server has no space left"
        cause "The disk, tablespace or quota of the database server is full, so that it stores nothing."
        check "Inspect the disk of the database server and the size of its databases." [Db38]
        remedy "Free or add disk space on the database server. Enable IS's clean-up of expired sessions and tokens if their tables are large."
        when All(&[Not(&H2), Any(&[
            All(&[Has("the table '"), Has("' is full")]),
            All(&[Has("could not extend file"), Has("no space left")]),
            Has("got error 28 from storage engine"),
            Has("error writing file"),
            Word("ora-01653"),
            Word("ora-01654"),
            Word("ora-01688"),
            Word("ora-01536"),
            Word("ora-00257"),
            Has("could not allocate space for object"),
            All(&[Has("transaction log for database"), Has("is full")]),
            All(&[DATABASE, Has("disk full")]),
        ])]);
        values [Between("Table", "the table '", "'")];

    "packet-too-large" Database Request "A value is larger than max_allowed_packet"
        cause "The statement with its values exceeds the packet size of the server or driver: session data and artefacts are stored as one value."
        check "SHOW VARIABLES LIKE 'max_allowed_packet';" [Db31]
        remedy "Set max_allowed_packet=16M or more on the database server, and restart the pools."
        when Any(&[Has("packet for query is too large"), Has("max_allowed_packet"), Has("packettoobigexception")]);

    "database-deadlock" Database Request "The database ended a transaction because of a lock"
        cause "Two transactions waited for each other, or one waited too long for a lock. The database ends one of them; that request fails and can be repeated. Frequent ones have a cause: a clean-up job over large tables, missing indexes, several writers of a Galera cluster or Group Replication."
        check "Which statements met? MySQL: SHOW ENGINE INNODB STATUS; PostgreSQL and Oracle write them to their log; SQL Server: the system_health session." [Db34, Db14, Db32]
        remedy "Single ones need nothing. If they repeat: verify that all indexes of WSO2's scripts exist, run clean-up jobs on one node outside peak hours, use one writer, and on SQL Server enable READ_COMMITTED_SNAPSHOT."
        when Any(&[
            Has("deadlock found when trying to get lock"),
            Has("deadlock detected"),
            Has("was deadlocked on lock"),
            Has("lock wait timeout exceeded"),
            Has("due to lock timeout"),
            Has("wsrep detected deadlock"),
            Has("lock request time out period exceeded"),
            Word("ora-00060"),
            Word("ora-00054"),
            Has("mysqltransactionrollbackexception"),
            Has("could not serialize access due to"),
        ]);

    "autocommit" Configuration Function "The pool and IS disagree about autocommit"
        cause "defaultAutoCommit or commitOnReturn of a data source is not what IS expects: statements are committed twice, or never."
        check "Compare pool_options of all data sources with those of the generated file." [Cl02, Cl08]
        remedy "Remove defaultAutoCommit from pool_options, or set defaultAutoCommit = \"true\"; with false, commitOnReturn = \"true\" is needed, too."
        when Any(&[
            Has("when autocommit=true"),
            Has("cannot commit when autocommit is enabled"),
            Has("autocommit=true during"),
            Has("could not commit with auto-commit set on"),
            Has("while autocommit is on"),
            Has("when autocommit is set to true"),
        ]);

    "database-time-zone" Database Start "The driver does not know the time zone of the database server"
        cause "The server reports an abbreviation such as CEST, which stands for more than one time zone."
        check "SELECT @@system_time_zone, @@time_zone;" [Db36]
        remedy "Set default_time_zone of the server to an offset such as +00:00, or add connectionTimeZone=UTC (serverTimezone in older drivers) to every URL."
        when Any(&[
            All(&[Has("server time zone value"), Has("unrecognized")]),
            Has("no timezone mapping entry for"),
            Word("ora-01882"),
        ]);
        values [Between("Time zone", "time zone value '", "'")];

    "validation-query" Database Start "The pool cannot validate its connections"
        cause "The pool opened a connection, but its validationQuery failed: the query is that of another type of database, such as SELECT 1 on Oracle or SELECT 1 FROM DUAL on SQL Server and PostgreSQL, or the connection ended at once."
        check "Run the validationQuery of pool_options with the account of the data source." [Db30, Cl08]
        remedy "Write the query of the database server: SELECT 1 for MySQL, MariaDB, PostgreSQL and SQL Server, SELECT 1 FROM DUAL for Oracle, SELECT 1 FROM SYSIBM.SYSDUMMY1 for Db2. Keep testOnBorrow on: without it, requests get dead connections."
        run ["[database.shared_db.pool_options]\nvalidationQuery = \"SELECT 1\""]
        when Any(&[Has("failed to validate a newly established connection"), All(&[Has("validation query"), Any(&[Has("failed"), Has("unable"), Has("error")])])]);

    "database-query-failed" Database Function "A statement of IS failed in the database"
        cause "The message only wraps the failure. The last “Caused by” of the entry, which is not shown here or not known, has the reason."
        check "Read the last “Caused by” of the complete entry." [Db02, Db14]
        remedy "Repair what the last “Caused by” names."
        when Any(&[Has("error in performing database query"), Has("error in performing database insert"), Has("error in performing database update"), Has("dataaccessexception")]);
        symptom_of &[FailureArea::Database];

    "transaction-aborted" Database Request "A statement follows one that failed in the same transaction"
        cause "PostgreSQL rejects every statement of a transaction after its first error. The statement before it, in an earlier entry, has the reason."
        check "Read the entry before, of the same second." []
        remedy "Repair what the entry before reports; these entries then disappear."
        when Any(&[Has("current transaction is aborted"), Has("transaction has been rolled back"), Word("ora-02091")]);
        symptom_of &[FailureArea::Database];

    "circuit-breaker-open" Database Function "The circuit breaker of a user store is open"
        cause "Connections to the user store failed several times, so IS does not try again for two minutes, even if the database or directory works meanwhile: health answers 503, and SCIM 401 to correct passwords."
        check "Read the failure before it: connection, database or directory." [Db02, Us01]
        remedy "Repair the connection; the node recovers after the waiting time. From 7.2, enable_circuit_breaker_for_user_stores = false lets a node recover at once; while the store is down, every request then waits for the connection timeout."
        run ["[user_store_commons]\nenable_circuit_breaker_for_user_stores = false"]
        when Any(&[Has("circuit breaker is in open state"), Has("circuitbreakeropenexception"), All(&[Has("circuit breaker state"), Has("open")])]);
        symptom_of &[FailureArea::Database, FailureArea::Directory];

    "health-degraded" Database Function "The health check reports a failed data source or user store"
        cause "A data source or user store did not answer the health check. The entry before it has the reason."
        check "Open /api/health-check/v1.0/health on the node." [Db02, Us01]
        remedy "Repair the connection that the description names."
        when All(&[Any(&[Word("hc_00001"), Word("hc_00002"), Word("hc_00003"), Word("hc_00004"), Word("hc_00005")]), Not(&Entry("healthy"))]);
        symptom_of &[FailureArea::Database, FailureArea::Directory];
}

/// One of the numbers in `[size:50; busy:0; idle:0; lastwait:60000]`.
fn pool_number(text: &str, name: &str) -> Option<u64> {
    let digits = text.split_once("none available[").and_then(|(_, rest)| rest.split_once(name))?.1;
    digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Whether less than half of a full pool's connections are in use.
fn has_idle_full_pool(text: &str) -> bool {
    pool_number(text, "size:").zip(pool_number(text, "busy:")).is_some_and(|(size, busy)| size > 0 && busy * 2 < size)
}

fn pool_numbers(text: &str) -> Option<String> {
    let (_, numbers) = text.split_once("none available[")?;
    Some(numbers.split_once(']')?.0.to_owned())
}
