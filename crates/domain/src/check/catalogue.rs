//! The catalogue: the declaration of all checks.
//!
//! IDs are stable: they appear on pages, in the command line, in docs/checks.md and in tests. Checks are decided by the
//! rules (`Answers`), [`crate::audit`] (`Files`, `Bundle`), `probe` (`Server`, `Cluster`) and [`crate::node_report`] (`Node`).

use std::time::Duration;

use super::spec::{CheckSpec, Reach, catalogue, checks_of_reach, sort_by_reach};
use crate::finding::Severity;
use crate::step::Step;
use crate::steps::keys::*;

catalogue! {
    Db01 "DB-01" Database Blocks Server "Database host resolves"
        proves "The name of the database host resolves; the result lists all addresses."
        needs [DATABASE.host] remedy "Correct the host, or add it to DNS or to the hosts file of every machine.";
    Db02 "DB-02" Database Blocks Server "Database port answers"
        proves "A TCP connection opens. Refused, silent and unreachable are distinguished."
        needs [DATABASE.host, DATABASE.port] remedy "Start MySQL, correct the port, or open the firewall.";
    Db03 "DB-03" Database Blocks Server "MySQL is listening"
        proves "The service on the port uses MySQL's protocol."
        needs [DATABASE.host, DATABASE.port] remedy "Correct host and port: MySQL usually listens on 3306.";
    Db04 "DB-04" Database Blocks Server "Server version is supported"
        proves "WSO2 tests IS with this server; MariaDB, Percona and Aurora are distinguished."
        needs [DATABASE.host, DATABASE.port, PRODUCT.version] remedy "Use a version of MySQL or MariaDB that the chosen IS supports.";
    Db05 "DB-05" Database Blocks Server "Account can log in"
        proves "User and password are correct, and the account may connect from this server. Wrong user or password, wrong host and missing database are distinguished."
        needs [DATABASE.host, DATABASE.port, DATABASE.username, DATABASE.password, DATABASE.tls, DATABASE.ca_certificate] remedy "Correct the account or its password, or run database/grants.sql.";
    Db06 "DB-06" Database Blocks Node "Account can log in from each node"
        proves "The account may connect from every node, not only from this server: 'user'@'10.0.0.%' excludes other hosts."
        needs [ALL_OF_DATABASE, NODES] remedy "Create the account for the addresses of all nodes with database/grants.sql.";
    Db07 "DB-07" Database Blocks Server "Authentication plugin matches TLS"
        proves "The account's plugin works with the chosen connection security. Without TLS, caching_sha2_password needs the server's RSA key, which Connector/J fetches only with allowPublicKeyRetrieval=true (product-is#15346), and a password is never sent in clear text."
        needs [ALL_OF_DATABASE] remedy "Choose TLS for the connection, or configure RSA keys on the server.";
    Db08 "DB-08" Database Warns Server "TLS of the database"
        proves "If the plan uses TLS, the server's certificate is valid for 30 more days and, if the plan verifies it, covers the host. DB-05 reports what prevents a login, such as an unknown CA or a server that requires TLS."
        needs [DATABASE.host, DATABASE.port, DATABASE.tls, DATABASE.ca_certificate] remedy "Renew the server's certificate, or choose another connection security.";
    Db09 "DB-09" Database Warns Server "Dedicated database account"
        proves "IS does not use root, and its account has no privileges beyond its databases."
        needs [ALL_OF_DATABASE] remedy "Create a dedicated account with database/grants.sql.";
    Db10 "DB-10" Database Blocks Server "Account has the required privileges"
        proves "The account has SELECT, INSERT, UPDATE and DELETE on each database: IS uses them from its first start."
        needs [ALL_OF_DATABASE] remedy "Grant the missing privileges with database/grants.sql.";
    Db11 "DB-11" Database Blocks Server "Databases exist"
        proves "Each database of the plan exists."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run database/create.sql as an administrator.";
    Db12 "DB-12" Database Warns Server "Each database is separate"
        proves "Identity, shared and agent database are not one schema with two names."
        needs [ALL_OF_DATABASE] remedy "Give each database a different name.";
    Db13 "DB-13" Database Blocks Server "Databases contain no foreign tables"
        proves "No tables of other software exist; the result describes the content of each database."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Choose empty databases.";
    Db14 "DB-14" Database Blocks Server "Schema matches this IS version"
        proves "Tables, columns and indexes equal those of the scripts of the chosen IS; the result states how far each script ran."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run the scripts of the version on empty databases.";
    Db15 "DB-15" Database Blocks Server "Schema is not of another version"
        proves "The databases were not created by another IS version, which must be migrated first; the result names it."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Migrate the databases with WSO2's migration client, or use new ones.";
    Db16 "DB-16" Database Blocks Server "Every script ran"
        proves "The consent script, the UMA script up to 6.0 and the agent script from 7.2 ran too, each in its database."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run the missing script.";
    Db17 "DB-17" Database Blocks Server "Character set of the databases"
        proves "The databases have a character set in which every script of this version loads."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases with CHARACTER SET latin1.";
    Db18 "DB-18" Database Warns Server "Character sets of tables and columns"
        proves "Tables and columns have the character set that the scripts give them in the chosen database."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the tables again in databases with the correct character set.";
    Db19 "DB-19" Database Warns Server "Non-ASCII characters are preserved"
        proves "A user attribute with accents, and from 7.2 on also one in other scripts and with emoji, is read back from UM_USER_ATTRIBUTE unchanged."
        writes "One row in UM_USER_ATTRIBUTE of the shared database, in a transaction that is rolled back: no row remains, even if the connection breaks. Skipped if the table does not support transactions."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Give the column UM_ATTR_VALUE a character set that supports the names of your users.";
    Db20 "DB-20" Database Warns Server "Collation"
        proves "Comparisons are as IS expects: user names case-insensitive, registry paths (REG_PATH_VALUE, latin1_general_cs from 5.11) case-sensitive."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases with the default collation of the character set.";
    Db21 "DB-21" Database Blocks Server "Index key length"
        proves "InnoDB supports keys of 3,072 bytes, with pages of 16 KB and row format DYNAMIC; otherwise a script stops with ERROR 1071."
        needs [DATABASE.host, DATABASE.port] remedy "Set innodb_default_row_format=DYNAMIC. The page size is set when a server is installed.";
    Db22 "DB-22" Database Blocks Server "Authentication plugin exists"
        proves "The server has the plugin of the account or the grants: MySQL 9 has no mysql_native_password."
        needs [DATABASE.host, DATABASE.port, DATABASE.username] remedy "Give the account a plugin that the server has, such as caching_sha2_password.";
    Db23 "DB-23" Database Blocks Server "All tables use InnoDB"
        proves "The default storage engine is InnoDB, and no table of IS uses MyISAM: other engines have no transactions."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Set default_storage_engine=InnoDB and convert the tables.";
    Db24 "DB-24" Database Blocks Server "sql_require_primary_key is off"
        proves "sql_require_primary_key is OFF, or all tables exist: three shared tables have no primary key, and the script stops with ERROR 3750."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Turn off sql_require_primary_key while the scripts run.";
    Db25 "DB-25" Database Notes Server "SQL mode"
        proves "The scripts were tested with the server's sql_mode; ANSI_QUOTES and PAD_CHAR_TO_FULL_LENGTH change the meaning of statements."
        needs [DATABASE.host, DATABASE.port] remedy "Use the server's default sql_mode.";
    Db26 "DB-26" Database Blocks Server "Existing data is safe"
        proves "A script that would run again finds no rows: the identity script does not support a second run, and drops four token tables if forced."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Do not run the scripts again. Keep the databases, or use new ones.";
    Db27 "DB-27" Database Warns Server "Case of table names"
        proves "lower_case_table_names has the default of its system, 0 on Linux: another value must be the same on every replica and wherever a backup is restored."
        needs [DATABASE.host, DATABASE.port] remedy "Use one value on the server and all its replicas.";
    Db28 "DB-28" Database Warns Server "max_connections is sufficient"
        proves "max_connections covers the maximum of all pools and a reserve: nodes × databases × connections per pool, plus 10; no limit of the account is lower. A pool's maximum is not a reservation: under load, a node waits for a connection and then fails."
        needs [ALL_OF_DATABASE, NODES, PRODUCT.version] remedy "Raise max_connections, or choose smaller pools in the Database step.";
    Db29 "DB-29" Database Warns Server "Free connections"
        proves "The currently free connections suffice for the pools of all nodes; those of IS's account count as free."
        needs [ALL_OF_DATABASE, NODES, PRODUCT.version] remedy "Raise max_connections, or find the clients that hold connections.";
    Db30 "DB-30" Database Warns Server "Idle time of connections"
        proves "wait_timeout is longer than the pool's validation interval of 30 s, so that no borrowed connection is dead."
        needs [DATABASE.host, DATABASE.port] remedy "Set wait_timeout to at least 300.";
    Db31 "DB-31" Database Warns Server "Packet size"
        proves "max_allowed_packet is at least 16 MB: session data and artefacts are stored as one value."
        needs [DATABASE.host, DATABASE.port] remedy "Set max_allowed_packet=16M or more.";
    Db32 "DB-32" Database Warns Server "Transaction isolation"
        proves "New sessions use READ-COMMITTED or REPEATABLE-READ: READ-UNCOMMITTED shows data that is rolled back, SERIALIZABLE locks data that is only read."
        needs [DATABASE.host, DATABASE.port] remedy "Set transaction_isolation to READ-COMMITTED or REPEATABLE-READ.";
    Db33 "DB-33" Database Blocks Server "Server is writable"
        proves "The server is the writer: read_only is off, and it reports no replication from another server."
        needs [DATABASE.host, DATABASE.port] remedy "Enter the address of the writer.";
    Db34 "DB-34" Database Warns Server "Replication is consistent"
        proves "With Galera or Group Replication with several writers, a node reads what another has just written."
        needs [DATABASE.host, DATABASE.port] remedy "Use one writer for all nodes, or set wsrep_sync_wait=1 or group_replication_consistency=BEFORE.";
    Db35 "DB-35" Database Warns Server "Clock of the database"
        proves "Its time differs by less than a second from Clusterwright's: tokens contain times of both."
        needs [DATABASE.host, DATABASE.port] remedy "Synchronise both clocks with NTP.";
    Db36 "DB-36" Database Warns Server "Time zone"
        proves "A configured time zone is unambiguous: an offset or a named zone, not an abbreviation."
        needs [DATABASE.host, DATABASE.port] remedy "Set default_time_zone to an offset such as +00:00 while the tables are empty.";
    Db37 "DB-37" Database Warns Server "Round trip to the database"
        proves "The median of 20 round trips, or of as many as fit into 1.5 s, is at most 5 ms: every login makes dozens. With node reports, so is the shortest of three connections from each node."
        needs [DATABASE.host, DATABASE.port, NODES] remedy "Place the database in the same network as the nodes.";
    Db38 "DB-38" Database Notes Server "Size of the databases"
        proves "The tablespace can grow; the result states the size of the databases. Free disk space is not visible from here."
        needs [ALL_OF_DATABASE] remedy "Watch the disk of the database server.";
    Db39 "DB-39" Database Blocks Files "JDBC URLs are well formed"
        proves "Each URL has its question mark, and & is written &amp; because IS copies values into XML unchanged."
        needs [ALL_OF_DATABASE] remedy "Correct host, port and database name.";
    Db40 "DB-40" Database Warns Files "No secret in a JDBC URL"
        proves "User and password are in their own keys, not in a URL that appears in logs."
        needs [ALL_OF_DATABASE] remedy "Enter account and password in their own fields.";
    Db41 "DB-41" Database Blocks Node "JDBC driver on each node"
        proves "repository/components/lib and dropins together contain exactly one driver jar, which supports server, JDK and URL: Connector/J before 8.0.22 does not support fallbackToSystemKeyStore."
        needs [ALL_OF_PRODUCT, ALL_OF_DATABASE] remedy "Keep only one current Connector/J in repository/components/lib.";
    Db42 "DB-42" Database Warns Files "IS's keystore is not sent to the database"
        proves "Each MySQL URL with TLS, which is Connector/J's default, has fallbackToSystemKeyStore=false. IS 6.0, 6.1 and 7.2 set a keystore for the whole JVM soon after their start; Connector/J then sends its certificate to the server, which rejects it, and the node loses its databases."
        needs [ALL_OF_DATABASE] remedy "Add fallbackToSystemKeyStore=false to the URL, or turn TLS off with sslMode=DISABLED.";
    Db43 "DB-43" Database Blocks Server "One node did the first start"
        proves "No API resource is registered twice in the identity database. Two nodes that start on an empty database at the same time damage it permanently, although both report that they are up."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases again, load the scripts, and start only one node.";
    Db44 "DB-44" Database Warns Server "Stored callbacks match the hostname"
        proves "The callbacks of Console and My Account, which the first start stores, are those of the plan's hostname."
        needs [ALL_OF_DATABASE, PRODUCT.version, LOAD_BALANCER.hostname] remedy "Keep the hostname of the first start, or change the stored callbacks first.";
    Us01 "US-01" UserStore Blocks Server "Directory accepts the bind account"
        proves "The server answers, its TLS certificate is valid, covers the host and is signed by the CA of the plan or a public one, and the bind account can log in. Each node with a report reaches the server too."
        needs [ALL_OF_USER_STORE, NODES] remedy "Correct the connection URL, the CA certificate or the bind account.";
    Us02 "US-02" UserStore Blocks Server "Search bases contain users and groups"
        proves "The bases exist, and the user filter finds entries. Groups are counted; none is acceptable, because IS creates its own."
        needs [ALL_OF_USER_STORE] remedy "Correct the search base or the filter.";
    Us03 "US-03" UserStore Warns Server "Login attribute exists and is unique"
        proves "The inspected users have the login attribute, each with a different value."
        needs [ALL_OF_USER_STORE] remedy "Choose an attribute that every user has and that is unique.";
    Us04 "US-04" UserStore Blocks Server "Super admin can be created"
        proves "The plan does not create the super admin in a read-only directory. The published schema of the directory has the object class of users, the attributes of user name and user ID, and those of SCIM's created and modified: createdDate and lastModifiedDate of WSO2's schema, or in Active Directory objectGUID, whenCreated and whenChanged. Other claim mappings are not checked."
        needs [ALL_OF_USER_STORE] remedy "Use read-write access, or create the admin in the directory and choose not to create it. Enter an object class and attributes that the directory has.";
    Us05 "US-05" UserStore Blocks Files "Manager matches the schema"
        proves "[user_store] type names a unique-ID manager, which the schema of 5.10 and later requires (product-is#7212)."
        needs [ALL_OF_USER_STORE] remedy "Use the type that ends with _unique_id, as in the generated file.";
    Us06 "US-06" UserStore Warns Server "Super admin is new"
        proves "No user of this name exists in the store: IS would make that user the super admin, with the existing password."
        needs [ALL_OF_USER_STORE, ALL_OF_DATABASE] remedy "Choose another name, or do not create the super admin.";
    Us07 "US-07" UserStore Warns Answers "Base DN is above its containers"
        proves "The base DN is not itself the container of users or groups, which IS would add again."
        needs [ALL_OF_USER_STORE] remedy "Enter the base DN without its first part.";
    Us08 "US-08" UserStore Warns Answers "Active Directory has the attributes of SCIM"
        proves "With Active Directory, the result lists the attributes for SCIM's id, created and modified: objectGUID, whenCreated and whenChanged. Whether they are mapped is not checked."
        needs [ALL_OF_USER_STORE] remedy "Map the three claims before the first start, as README.md describes.";
    Nd01 "ND-01" Clustering Blocks Node "Names resolve the same everywhere"
        proves "Every node resolves the names of the plan to the same addresses."
        needs [NODES, LOAD_BALANCER.hostname, DATABASE.host] remedy "Correct DNS, or the hosts file of the node that differs: hosts.txt contains the entries.";
    Nd02 "ND-02" Clustering Blocks Server "Node ports are free or used by IS"
        proves "Before installation, the ports of each node are free: HTTPS, HTTP, Hazelcast, Thrift authentication (10711 + offset) and, up to 5.11, the embedded LDAP server (10389 + offset). Afterwards, IS uses them. Ports that a firewall closes to Clusterwright are not known."
        needs [PRODUCT.version, NODES] remedy "Stop the other program, or give the node another offset.";
    Nd03 "ND-03" Clustering Blocks Node "Cluster ports reach every node"
        proves "The ports of each node (those of ND-02) are free before IS runs, or used by IS. From each node to each other, the listener of this plan's probe answers with its token on the Hazelcast port, and HTTPS is reachable."
        needs [ALL_OF_CLUSTERING] remedy "Open the port between the nodes in both directions, and stop other programs on it.";
    Nd04 "ND-04" Clustering Warns Node "No one-way firewall"
        proves "Ports that answer in one direction answer in the other: a firewall that drops one direction costs minutes when a node fails."
        needs [ALL_OF_CLUSTERING] remedy "Open the port in the firewall in both directions.";
    Nd05 "ND-05" Clustering Warns Node "Latency between nodes"
        proves "A round trip between two nodes takes at most 5 ms, and none is lost."
        needs [NODES] remedy "Place the nodes in the same network.";
    Nd06 "ND-06" Clustering Blocks Node "Clocks are in sync"
        proves "The clocks of all nodes differ by at most a second, and NTP synchronises them: tokens and SAML responses contain times."
        needs [NODES] remedy "Enable chrony or systemd-timesyncd on every node.";
    Nd07 "ND-07" Clustering Blocks Node "JDK is supported"
        proves "Every node has the same JDK, of a version that the chosen IS accepts. A JDK from 11.0.20 or 17.0.8 on rejects jars of packs up to 6.1, unless the start command passes a flag, as the bundle's start.sh and systemd unit do."
        needs [PRODUCT.version, NODES] remedy "Install the same supported JDK on every node and set JAVA_HOME.";
    Nd08 "ND-08" Clustering Warns Node "JDK has strong ciphers"
        proves "AES with 256 bits and TLS 1.3 are available; early builds of Java 8 lack both."
        needs [PRODUCT.version, NODES] remedy "Install a current update of the JDK.";
    Nd09 "ND-09" Clustering Warns Node "Machine is large enough"
        proves "At least 4 CPUs, 4 GB of memory and 10 GB of free disk (WSO2's installation prerequisites)."
        needs [NODES] remedy "Add CPU, memory or disk.";
    Nd10 "ND-10" Clustering Warns Node "Limits of files and processes"
        proves "Open files up to 65,535 and processes up to 20,000, as in WSO2's performance guide."
        needs [NODES] remedy "Raise nofile and nproc in /etc/security/limits.conf or the service's unit.";
    Nd11 "ND-11" Clustering Warns Node "Memory limit and randomness"
        proves "A container's memory limit exceeds the heap, and random numbers do not block."
        needs [NODES] remedy "Raise the container's limit, or lower -Xmx.";
    Nd12 "ND-12" Clustering Warns Node "IS does not run as root"
        proves "IS runs as a dedicated account that owns IS_HOME, and other accounts cannot write its new files."
        needs [NODES, ALL_OF_PRODUCT] remedy "Create an account for IS and make it the owner of IS_HOME.";
    Nd13 "ND-13" Clustering Blocks Node "One IS version on all nodes"
        proves "IS_HOME contains the chosen version, and updates/config.json has the same update level on all nodes: mixed levels break sessions. The result states if the file has no level: some packs may record it elsewhere."
        needs [ALL_OF_PRODUCT, NODES] remedy "Bring all nodes to the same version and update level; WSO2's update tool shows that of a node.";
    Nd14 "ND-14" Clustering Warns Node "Generated files unchanged"
        proves "The files that IS generates from deployment.toml are unchanged: IS overwrites them at the next start."
        needs [ALL_OF_PRODUCT, NODES] remedy "Move the change to deployment.toml.";
    Nd15 "ND-15" Clustering Warns Node "Installation overwrites no changes"
        proves "deployment.toml on the node is that of the pack or the bundle, so that nothing is lost."
        needs [""] remedy "Copy the settings that you need; install.sh keeps the old file.";
    Nd16 "ND-16" Clustering Blocks Answers "Node addresses are usable"
        proves "No loopback address among several machines, no Docker bridge, no address twice."
        needs [NODES, CLUSTERING.scheme] remedy "Enter the address at which the other nodes reach this one.";
    Nd17 "ND-17" Clustering Blocks Answers "Nodes on one machine do not conflict"
        proves "Two nodes on one host differ in offset and Hazelcast port."
        needs [NODES] remedy "Give each node on the machine a different offset and Hazelcast port.";
    Nd18 "ND-18" Clustering Warns Node "/etc/hosts entries"
        proves "On each node, the hostname resolves to the node's own address or the load balancer, never to 127.0.0.1 (product-is#6442), unless all nodes run on one machine with that address."
        needs [NODES, LOAD_BALANCER.hostname] remedy "Correct /etc/hosts on the node: hosts.txt contains the entries.";
    Nd19 "ND-19" Clustering Warns Node "User stores and tenants on disk"
        proves "The files that IS writes for user stores and tenants are the same on all nodes: in a shared folder that every node mounts and may write, or copied. If the plan uses none, none exist."
        needs [ALL_OF_CLUSTERING] remedy "Mount the shared folder and link the folders to it, or copy the files, as README.md of the bundle describes.";
    Nd20 "ND-20" Clustering Warns Node "Log shows no known failure"
        proves "The last 20,000 lines of wso2carbon.log contain none of the failures that the log doctor knows, since the last start of IS. Skipped if the probe ran without --log."
        needs [NODES] remedy "Read the log of the node with the log doctor.";
    Cl01 "CL-01" Clustering Blocks Files "deployment.toml parses"
        proves "Every node's file is TOML that IS's parser accepts, and each value has the type that its template tests."
        needs [""] remedy "Correct the reported line.";
    Cl02 "CL-02" Clustering Warns Files "No unknown keys"
        proves "This version reads every key of deployment.toml; IS silently ignores others."
        needs [""] remedy "Correct the key, as in WSO2's documentation.";
    Cl03 "CL-03" Clustering Blocks Files "Each table once"
        proves "No table or key of deployment.toml is declared twice."
        needs [""] remedy "Merge the tables.";
    Cl04 "CL-04" Clustering Blocks Files "Every node lists every member"
        proves "All nodes have the same member list, with every node's own port."
        needs [ALL_OF_CLUSTERING] remedy "Use the generated files of one download on all nodes.";
    Cl05 "CL-05" Clustering Blocks Files "local_member_host is the node's own"
        proves "Each node announces its own address; with a node report, one that the machine has."
        needs [ALL_OF_CLUSTERING] remedy "Set local_member_host to the node's address.";
    Cl06 "CL-06" Clustering Blocks Files "One cluster domain"
        proves "All nodes have the same Hazelcast cluster name."
        needs [ALL_OF_CLUSTERING] remedy "Use one domain on all nodes.";
    Cl07 "CL-07" Clustering Blocks Files "Keys and keystores are the same"
        proves "All nodes have the same encryption key, primary keystore and aliases; with node reports, also on the nodes."
        needs [ALL_OF_CLUSTERING, ALL_OF_PRODUCT] remedy "Use the generated files of one download on all nodes.";
    Cl08 "CL-08" Clustering Warns Files "Nodes differ only where they must"
        proves "Only offset, address, port and TLS keystore differ between the nodes."
        needs [""] remedy "Use the same values on all nodes.";
    Cl09 "CL-09" Clustering Warns Answers "Scheme suits the platform"
        proves "Multicast is not used across machines of a cloud, and settings of a platform are consistent. Further requirements of Kubernetes and AWS are listed, but not checked."
        needs [ALL_OF_CLUSTERING] remedy "Use well-known addressing, or the scheme of the platform.";
    Cl10 "CL-10" Clustering Warns Files "Caches are coherent"
        proves "Caches are local with invalidation over Hazelcast: force_local_cache stays on (WSO2's recommended mode)."
        needs [ALL_OF_CLUSTERING] remedy "Keep force_local_cache on.";
    Cl11 "CL-11" Clustering Notes Files "Time until a dead node is dropped"
        proves "Hazelcast drops a crashed or unreachable node after its heartbeat timeout: from 10 s, which the load balancer waits for a node, to 600 s, the default of IS."
        needs [ALL_OF_CLUSTERING, ALL_OF_LOAD_BALANCER] remedy "Set hazelcast.max.no.heartbeat.seconds in [hazelcast]: 60 suits most clusters.";
    Cl12 "CL-12" Clustering Blocks Files "Callbacks follow the hostname"
        proves "The callbacks of Console and My Account have the hostname and port that clients use: up to 6.1, they are stored at the first start (product-is#25948)."
        needs [ALL_OF_LOAD_BALANCER, PRODUCT.version] remedy "Decide on hostname and port before the first start.";
    Cl13 "CL-13" UserStore Blocks Answers "No default secrets"
        proves "admin, wso2carbon, dashboard and the published encryption key are not used."
        needs [ALL_OF_USER_STORE, DATABASE.password] remedy "Choose a different value.";
    Tl01 "TL-01" LoadBalancer Blocks Answers "Key belongs to the certificate"
        proves "The private key belongs to the public key in the first certificate."
        needs [ALL_OF_LOAD_BALANCER] remedy "Paste the key of the certificate request.";
    Tl02 "TL-02" LoadBalancer Blocks Answers "Chain is complete and in order"
        proves "Each certificate is signed by the next."
        needs [ALL_OF_LOAD_BALANCER] remedy "Paste the server's certificate first, then each issuing CA in order.";
    Tl03 "TL-03" LoadBalancer Blocks Answers "Certificate covers the hostname"
        proves "The subject alternative names contain the hostname that clients use."
        needs [ALL_OF_LOAD_BALANCER] remedy "Request a certificate with the hostname among its subject alternative names.";
    Tl04 "TL-04" LoadBalancer Blocks Answers "Certificate is valid and strong"
        proves "It is valid now and for 30 more days, its key is large enough and its signature is not SHA-1."
        needs [ALL_OF_LOAD_BALANCER] remedy "Renew the certificate.";
    Tl05 "TL-05" LoadBalancer Warns Server "No default WSO2 certificate"
        proves "Neither the provided certificate nor one of load balancer or nodes is that of every pack, by its subject: its private key is public."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Use a different certificate.";
    Tl06 "TL-06" LoadBalancer Blocks Bundle "Keystores open"
        proves "Every keystore of the bundle opens with the password, type and alias in deployment.toml."
        needs [ALL_OF_PRODUCT, ALL_OF_LOAD_BALANCER, NODES] remedy "Download the bundle again.";
    Tl07 "TL-07" LoadBalancer Blocks Bundle "Truststores contain the CAs"
        proves "The CAs of load balancer, database and directory are imported on every node."
        needs [ALL_OF_LOAD_BALANCER, ALL_OF_DATABASE, ALL_OF_USER_STORE] remedy "Enter the CA certificates in their steps.";
    Tl08 "TL-08" LoadBalancer Warns Server "Protocols and ciphers"
        proves "Load balancer and nodes offer TLS 1.2 or 1.3, reject 1.0 and 1.1, and accept no broken cipher: NULL, anonymous, export, RC4, DES or 3DES."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Set the protocols to TLSv1.2 and TLSv1.3, and leave the ciphers at their default.";
    Tl09 "TL-09" LoadBalancer Warns Bundle "Certificates valid 30 more days"
        proves "No certificate of the bundle expires within 30 days: those issued with the keys of the cluster, the provided one and the CA certificates of other systems. The result lists the expiry dates."
        needs [ALL_OF_PRODUCT, ALL_OF_LOAD_BALANCER, DATABASE.ca_certificate, USER_STORE.ca_certificate] remedy "Renew the certificates and install the new bundle on one node at a time.";
    Lb01 "LB-01" LoadBalancer Blocks Server "Hostname resolves to the load balancer"
        proves "The hostname resolves, to the load balancer's address if the plan has one."
        needs [LOAD_BALANCER.hostname, LOAD_BALANCER.address] remedy "Add the hostname to DNS, or the entries of hosts.txt to the clients.";
    Lb02 "LB-02" LoadBalancer Blocks Node "Load balancer reaches each node"
        proves "From the load balancer's machine, the HTTPS port of every node answers."
        needs [NODES, ALL_OF_LOAD_BALANCER] remedy "Open the HTTPS ports from the load balancer to the nodes.";
    Lb03 "LB-03" LoadBalancer Blocks Files "Load balancer accepts its file"
        proves "The generated file lists every node once, with directives that the version supports; the remedy is the product's own check."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Run nginx -t or haproxy -c on the file.";
    Lb04 "LB-04" LoadBalancer Blocks Answers "Directives are supported"
        proves "The load balancer's version supports every generated directive; so does the installed version, if a probe reported it."
        needs [ALL_OF_LOAD_BALANCER] remedy "Choose another load-balancing method, or a newer version.";
    Lb05 "LB-05" LoadBalancer Warns Server "Forwarded headers"
        proves "Redirects, URLs in them and the issuer have the hostname and port that clients use, never a node's. A request with a forged X-Forwarded-For reaches IS with the real address, which the probe of a node reads in the access log."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Use the generated file: it sets Host and X-Forwarded-*.";
    Lb06 "LB-06" LoadBalancer Warns Server "Sessions are sticky"
        proves "20 requests with one cookie reach one node: self-registration, recovery and the console at /carbon keep their state on one node (product-is#15030, #23632)."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Choose IP hash or Sticky cookie as the load-balancing method.";
    Lb07 "LB-07" LoadBalancer Warns Files "Limits are large enough"
        proves "Buffers accept headers of 64 KB and bodies of 10 MB, and timeouts are at least 60 s: SAML responses and tokens are large."
        needs [ALL_OF_LOAD_BALANCER] remedy "Use the generated file's limits.";
    Vf01 "VF-01" Verify Blocks Cluster "Nodes are healthy"
        proves "The health check of each node reports no problem. One that is switched off, and answers 200 without any part, is distinguished."
        needs [ALL_OF_DATABASE, NODES] remedy "Start the node, or correct its database connection.";
    Vf02 "VF-02" Verify Blocks Cluster "Public URLs are correct"
        proves "Discovery, signing keys, Console and My Account answer through the load balancer and on each node. Issuer and endpoints are at the hostname that clients use."
        needs [LOAD_BALANCER.hostname, LOAD_BALANCER.https_port, NODES] remedy "Use the generated deployment.toml and load balancer file.";
    Vf03 "VF-03" Verify Blocks Cluster "Redirects stay on the hostname"
        proves "No redirect, and no URL inside one, names a node, another port or this machine (product-is#4751, #6442)."
        needs [LOAD_BALANCER.hostname, LOAD_BALANCER.https_port, NODES] remedy "Use the generated deployment.toml and load balancer file.";
    Vf04 "VF-04" Verify Blocks Cluster "Nodes have the same signing keys"
        proves "All nodes publish the same signing keys, so their primary key stores are the same."
        needs [LOAD_BALANCER.hostname, NODES] remedy "Copy the primary key store of the bundle to every node.";
    Vf05 "VF-05" Verify Blocks Node "Nodes are members of one cluster"
        proves "The logs of all nodes show one Hazelcast cluster. Two nodes that each formed a cluster look healthy, each in its own log."
        needs [ALL_OF_CLUSTERING, NODES] remedy "Let the nodes form one Hazelcast cluster: see CL-01, CL-04, CL-05 and ND-03.";
    Vf06 "VF-06" Verify Blocks Cluster "Logins continue on other nodes"
        proves "A login that changes the node with every request succeeds; single sign-on and logout work on the other node."
        writes "A user and an application for each node, named cw-verify-…, which are removed at the end."
        needs [LOAD_BALANCER.hostname, NODES] remedy "Let all nodes use the same databases, and see VF-07.";
    Vf07 "VF-07" Verify Blocks Cluster "Changes reach every node"
        proves "The description of an application, a revoked token, a deleted application and a deleted user become visible on another node whose cache is warm, and a used authorization code is refused. It proves Hazelcast: with clustering switched off, none of them did on real clusters."
        writes "Applications and users for each node, named cw-verify-…, which are removed at the end."
        needs [ALL_OF_CLUSTERING, NODES] remedy "Let the nodes form one Hazelcast cluster: see CL-01, CL-04, CL-05 and ND-03.";
    Vf08 "VF-08" Verify Blocks Cluster "A user exists on every node"
        proves "A user created on one node is read, changed and deleted on the others and through the load balancer, and so is an application read. It proves that the nodes use the same databases, and not clustering."
        writes "Users and applications for each node, named cw-verify-…, which are removed at the end."
        needs [ALL_OF_DATABASE, ALL_OF_USER_STORE, NODES] remedy "Let all nodes use the same databases and user store.";
    Vf14 "VF-14" Verify Warns Cluster "Certificates are valid"
        proves "Every certificate that load balancer and nodes show is valid for 30 more days."
        needs [LOAD_BALANCER.hostname, NODES] remedy "Renew the TLS certificates on the Keys page. The signing key stays.";
    Vf15 "VF-15" Verify Blocks Cluster "Nodes accept each other's tokens and secrets"
        proves "A signed token of one node is accepted by the others, and a secret stored through one node is read by the others: the symmetric key is the same."
        writes "An application and an identity provider for each node, named cw-verify-…, which are removed at the end."
        needs [LOAD_BALANCER.hostname, NODES] remedy "Use the symmetric key of the bundle on every node.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_is_a_setting() {
        for id in CheckId::ALL {
            for need in id.spec().needs {
                assert!(crate::steps::all().any(|setting| setting.key.starts_with(need)), "{id} needs {need}");
            }
            assert_eq!(id.to_string().parse(), Ok(*id));
        }
    }
}
