//! H2, the database in the pack: the local registry of a node, and data sources that were left on it.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not};
use super::context::H2;
use super::declare::failure_rules;

failure_rules! {
    "h2-locked" Machine Start "Another process uses the H2 file of this node"
        cause "Two processes opened the same IS_HOME/repository/database: an earlier process of the node still runs, or two nodes share one folder. If the file is that of the identity or shared database, the data source still points to H2."
        check "Find the processes, and compare their IS_HOME." [Nd17, Db39]
        remedy "End the other process, and give each node its own unpacked IS_HOME: only userstores and tenants may be shared. Point identity_db and shared_db to the database server."
        run ["pgrep -af wso2", "lsof IS_HOME/repository/database/*.mv.db"]
        when All(&[H2, Any(&[
            Has("database may be already in use"),
            Has("the file is locked"),
            Has("locked by another process"),
            Has("lock file exists"),
        ])]);
        values [Between("File", "already in use: \"", "\""), Between("File", "the file is locked: ", " [")];

    "h2-registry-damaged" Machine Start "The local H2 file of this node is empty or damaged"
        cause "A table is missing in H2, which is this node's own repository/database/WSO2CARBON_DB and not your database server: a full disk, a kill or two processes on one file emptied it."
        check "Show size and date of the file (a few kilobytes mean that it is empty), and the free disk space." [Nd09, Nd17]
        remedy "Stop the node, move the damaged file away (keep it), put WSO2CARBON_DB.mv.db of the unchanged pack in its place, and start. With identity_db and shared_db on a database server, no data of the cluster is in it; if they are still on H2, users and applications are in these files, and only a backup brings them back."
        run ["ls -l IS_HOME/repository/database/", "df -h IS_HOME"]
        when All(&[H2, Has("\" not found"), Any(&[Has("\"reg_"), Has("reg_path"), Has("reg_resource")])]);
        values [Between("Table", "table \"", "\"")];

    "h2-damaged" Machine Start "An H2 file of this node is damaged or of another H2 version"
        cause "The file was cut off by a full disk, a kill or a copy of a running node, or it was written by the H2 of another IS version."
        check "Which file does the message name? Show its size, date and the free disk space." [Nd09, Nd13]
        remedy "Stop the node, move the damaged file away (keep it), put the file of the unchanged pack of this version in place of WSO2CARBON_DB, and start. Any other H2 file must not be in use in a cluster: its users and applications exist on this node only. Point the data source to the database server."
        when All(&[H2, Any(&[
            Has("file corrupted while reading"),
            Has("file is corrupted"),
            Has("chunk "),
            Has("unsupported database file version"),
            Has("write format"),
            Has("mvstoreexception"),
            Has("database is already closed"),
            Has("wrong user name or password"),
        ]), Not(&Entry("disk full"))]);
        values [Between("File", "database file version: ", "")];

    "h2-in-use" Configuration Start "A data source of this node still points to H2"
        cause "The table belongs to the identity, shared or agent database, but the database that misses it is H2, so this node does not use your database server. In a cluster, such a node has its own users and applications."
        check "Search deployment.toml and the generated master-datasources.xml for jdbc:h2." [Db39, Cl08]
        remedy "Give the data source the url, username, password and driver of the database server on every node, and restart. What was created in H2 meanwhile stays in its file and must be created again."
        run ["grep -n 'jdbc:h2' IS_HOME/repository/conf/datasources/master-datasources.xml"]
        when All(&[H2, Any(&[Has("\" not found"), Has("table \"")]), Not(&Has("already exists"))]);
        values [Between("Table", "table \"", "\"")];
}
