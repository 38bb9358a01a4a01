//! The catalogue: each check that exists, with everything that is known before it runs.
//!
//! Ids are stable: they appear on pages, in the command line, in docs/checks.md and in tests. How a check is decided is
//! said in the rules (`Answers`), in [`crate::audit`] (`Files`, `Bundle`), in `probe` (`Server`) and in
//! [`crate::node_report`] (`Node`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::spec::{CheckSpec, Reach, catalogue, checks_of_reach, sort_by_reach};
use crate::finding::Severity;
use crate::step::Step;
use crate::steps::keys::*;

catalogue! {
    Db01 "DB-01" Database Blocks Server "Database host resolves"
        proves "The name of the database host leads to addresses; all are listed."
        needs [DATABASE.host] remedy "Correct the host, or add it to DNS or to the hosts file of every machine.";
    Db02 "DB-02" Database Blocks Server "Database port answers"
        proves "A TCP connection opens. Refused, silent and unreachable are told apart."
        needs [DATABASE.host, DATABASE.port] remedy "Start MySQL, correct the port, or open the firewall.";
    Db03 "DB-03" Database Blocks Server "MySQL answers there"
        proves "What answers speaks MySQL's protocol and is not some other service."
        needs [DATABASE.host, DATABASE.port] remedy "Correct host and port: MySQL usually listens on 3306.";
    Db04 "DB-04" Database Blocks Server "Server version is supported"
        proves "The server is one IS is tested with; MariaDB, Percona and Aurora are told apart."
        needs [DATABASE.host, DATABASE.port, PRODUCT.version] remedy "Use a version of MySQL or MariaDB that the chosen IS supports.";
    Db05 "DB-05" Database Blocks Server "Account can log in"
        proves "User and password are right and the account may come from here. Wrong user or password, wrong host and missing database are told apart."
        needs [DATABASE.host, DATABASE.port, DATABASE.username, DATABASE.password, DATABASE.tls, DATABASE.ca_certificate] remedy "Correct the account or its password, or run database/grants.sql.";
    Db06 "DB-06" Database Blocks Node "Account can log in from each node"
        proves "The account may come from every node and not only from the machine of the wizard: 'user'@'10.0.0.%' leaves others out."
        needs [ALL_OF_DATABASE, NODES] remedy "Create the account for the addresses of all nodes: database/grants.sql does.";
    Db07 "DB-07" Database Blocks Server "Login fits the connection security"
        proves "The account's plug-in works with the chosen connection security. Without TLS, caching_sha2_password needs the server's RSA key, which Connector/J fetches with allowPublicKeyRetrieval=true only (product-is#15346), and a password in clear text is never sent."
        needs [ALL_OF_DATABASE] remedy "Choose TLS for the connection, or give the server its RSA keys.";
    Db08 "DB-08" Database Warns Server "TLS of the database"
        proves "Where the plan uses TLS, the server's certificate is valid for 30 days more and, where the plan checks it, names the host. What keeps a login out, such as an unknown CA or a server that takes TLS alone, is told by DB-05."
        needs [DATABASE.host, DATABASE.port, DATABASE.tls, DATABASE.ca_certificate] remedy "Renew the server's certificate, or choose the connection security that fits.";
    Db09 "DB-09" Database Warns Server "Account is an own one"
        proves "IS does not run as root and holds no rights beyond its databases."
        needs [ALL_OF_DATABASE] remedy "Create an account of its own with database/grants.sql.";
    Db10 "DB-10" Database Blocks Server "Account has the rights it needs"
        proves "SELECT, INSERT, UPDATE and DELETE are there on each database: IS uses them from its first start."
        needs [ALL_OF_DATABASE] remedy "Grant the rights that are missing: database/grants.sql holds them.";
    Db11 "DB-11" Database Blocks Server "Databases exist"
        proves "Each database of the plan is there."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run database/create.sql as an administrator.";
    Db12 "DB-12" Database Warns Server "Databases are different ones"
        proves "Identity, shared and agent database are not the same schema under two names."
        needs [ALL_OF_DATABASE] remedy "Give each database its own name.";
    Db13 "DB-13" Database Blocks Server "Databases are empty or IS's own"
        proves "No tables of other software are in the way; what is in each database is said."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Choose empty databases.";
    Db14 "DB-14" Database Blocks Server "Tables are those of this version"
        proves "Tables, columns and indexes equal what the scripts of the chosen IS make: how far each script came is said."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run the scripts of the version on empty databases.";
    Db15 "DB-15" Database Blocks Server "Tables are not of another version"
        proves "The databases were not made by another IS, which is named: it has to be migrated first."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Migrate the databases with WSO2's migration client, or use new ones.";
    Db16 "DB-16" Database Blocks Server "Every script ran"
        proves "The consent script, UMA's up to 6.0 and the agent script from 7.2 ran too, each into its database."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Run the script that is missing.";
    Db17 "DB-17" Database Blocks Server "Character set of the databases"
        proves "The databases have the character set that lets every script of this version load."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases with CHARACTER SET latin1.";
    Db18 "DB-18" Database Warns Server "Character sets of tables and columns"
        proves "Tables and columns have the character set that the scripts give them in the chosen database."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the tables anew in databases with the right character set.";
    Db19 "DB-19" Database Warns Server "Letters beyond ASCII survive"
        proves "An attribute of a user with accents, and from 7.2 on also one in other scripts and with emoji, comes back from UM_USER_ATTRIBUTE as it was written."
        writes "One row into UM_USER_ATTRIBUTE of the shared database, in a transaction that is rolled back: no row stays, also when the connection breaks. A table that cannot roll back is left alone."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Give the column UM_ATTR_VALUE a character set that holds the letters of your users' names.";
    Db20 "DB-20" Database Warns Server "Collation"
        proves "Upper and lower case compare as IS expects: user names alike, registry paths (REG_PATH_VALUE, latin1_general_cs from 5.11) apart."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases with the default collation of the character set.";
    Db21 "DB-21" Database Blocks Server "Keys are long enough"
        proves "InnoDB takes keys of 3,072 bytes: pages of 16 KB and row format DYNAMIC; otherwise a script stops with ERROR 1071."
        needs [DATABASE.host, DATABASE.port] remedy "Set innodb_default_row_format=DYNAMIC; the page size is chosen when a server is installed.";
    Db22 "DB-22" Database Blocks Server "Authentication plug-in exists"
        proves "The plug-in the account or the grants ask for is one the server still has: MySQL 9 has no mysql_native_password."
        needs [DATABASE.host, DATABASE.port, DATABASE.username] remedy "Give the account a plug-in that the server has, such as caching_sha2_password.";
    Db23 "DB-23" Database Blocks Server "InnoDB everywhere"
        proves "The default storage engine is InnoDB and no table of IS is MyISAM: others have no transactions."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Set default_storage_engine=InnoDB and convert the tables.";
    Db24 "DB-24" Database Blocks Server "Primary keys are not demanded"
        proves "sql_require_primary_key is OFF, or all tables exist: three shared tables have no primary key, and the script stops with ERROR 3750."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Switch sql_require_primary_key off while the scripts run.";
    Db25 "DB-25" Database Notes Server "SQL mode"
        proves "The server's sql_mode is one in which the scripts were tried; ANSI_QUOTES and PAD_CHAR_TO_FULL_LENGTH change what statements mean."
        needs [DATABASE.host, DATABASE.port] remedy "Use the server's default sql_mode.";
    Db26 "DB-26" Database Blocks Server "No script meets data"
        proves "A script that would run again finds no rows: the identity script is not made to run twice, and forced it drops four token tables."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Do not run the scripts again. Continue with the databases as they are, or use new ones.";
    Db27 "DB-27" Database Warns Server "Case of table names"
        proves "lower_case_table_names has the value that is usual on its system, 0 on Linux: another one has to be the same on every replica and wherever a backup is restored."
        needs [DATABASE.host, DATABASE.port] remedy "Use one value on the server and all its replicas.";
    Db28 "DB-28" Database Warns Server "max_connections fits the pools"
        proves "max_connections holds what the pools of all nodes may open at most, and a reserve: nodes × databases × connections per pool, plus 10; no limit of the account is lower. A pool's maximum is not a reservation: under load a node waits for a connection and then fails."
        needs [ALL_OF_DATABASE, NODES, PRODUCT.version] remedy "Raise max_connections, or choose smaller pools in the Database step.";
    Db29 "DB-29" Database Warns Server "Free connections now"
        proves "The connections that are free at this moment hold the pools of all nodes; those of IS's own account count as free."
        needs [ALL_OF_DATABASE, NODES, PRODUCT.version] remedy "Raise max_connections, or find who holds the connections.";
    Db30 "DB-30" Database Warns Server "Idle time of connections"
        proves "wait_timeout is longer than the pool's validation interval of 30 s, so that no borrowed connection is dead."
        needs [DATABASE.host, DATABASE.port] remedy "Set wait_timeout to at least 300.";
    Db31 "DB-31" Database Warns Server "Packet size"
        proves "max_allowed_packet is at least 16 MB: session data and artefacts are stored as one value."
        needs [DATABASE.host, DATABASE.port] remedy "Set max_allowed_packet=16M or more.";
    Db32 "DB-32" Database Warns Server "Transaction isolation"
        proves "New sessions run with READ-COMMITTED or REPEATABLE-READ: READ-UNCOMMITTED shows what is rolled back, SERIALIZABLE locks what is only read."
        needs [DATABASE.host, DATABASE.port] remedy "Set transaction_isolation to READ-COMMITTED or REPEATABLE-READ.";
    Db33 "DB-33" Database Blocks Server "Server takes writes"
        proves "It is the writer: read_only is off, and as far as it tells it takes no changes over from another server."
        needs [DATABASE.host, DATABASE.port] remedy "Enter the address of the writer.";
    Db34 "DB-34" Database Warns Server "Replication is consistent"
        proves "Where Galera or Group Replication with several writers is at work, a node reads what another has just written."
        needs [DATABASE.host, DATABASE.port] remedy "Send all nodes to one writer, or set wsrep_sync_wait=1 or group_replication_consistency=BEFORE.";
    Db35 "DB-35" Database Warns Server "Clock of the database"
        proves "Its time differs by less than a second from the wizard's: tokens carry times of both."
        needs [DATABASE.host, DATABASE.port] remedy "Keep both clocks by NTP.";
    Db36 "DB-36" Database Warns Server "Time zone"
        proves "Where the server was given a time zone, it is one that means the same everywhere: an offset or a zone by its name, no abbreviation."
        needs [DATABASE.host, DATABASE.port] remedy "Set default_time_zone to an offset such as +00:00 while the tables are empty.";
    Db37 "DB-37" Database Warns Server "Round trip to the database"
        proves "The median of 20 round trips is at most 5 ms, or of as many as fit into 1.5 s: every login makes dozens. Where nodes' probes reported, the shortest of three connections from each is too."
        needs [DATABASE.host, DATABASE.port, NODES] remedy "Put the database near the nodes.";
    Db38 "DB-38" Database Notes Server "Room of the databases"
        proves "The table space of the tables grows, and how large the databases are. Room on the disk is not to be seen from here."
        needs [ALL_OF_DATABASE] remedy "Watch the disk of the database server.";
    Db39 "DB-39" Database Blocks Files "JDBC URLs are well formed"
        proves "Each URL has its question mark, and & is written &amp; because IS copies values into XML as they are."
        needs [ALL_OF_DATABASE] remedy "Correct host, port and database name.";
    Db40 "DB-40" Database Warns Files "No secret in a JDBC URL"
        proves "User and password stand in their own keys, not in a URL that ends in logs."
        needs [ALL_OF_DATABASE] remedy "Enter account and password in their own fields.";
    Db41 "DB-41" Database Blocks Node "JDBC driver on each node"
        proves "Exactly one driver jar lies in repository/components/lib and dropins together, and it fits server, JDK and the URL: before 8.0.22 Connector/J does not know fallbackToSystemKeyStore."
        needs [ALL_OF_PRODUCT, ALL_OF_DATABASE] remedy "Leave one current Connector/J in repository/components/lib.";
    Db42 "DB-42" Database Warns Files "No key store of IS goes to the database"
        proves "Each URL of MySQL that uses TLS, which is Connector/J's default, has fallbackToSystemKeyStore=false. IS 6.0, 6.1 and 7.2 set a key store for the whole JVM soon after their start; Connector/J then sends its certificate to the server, which refuses it, and the node loses its databases."
        needs [ALL_OF_DATABASE] remedy "Add fallbackToSystemKeyStore=false to the URL, or turn TLS off with sslMode=DISABLED.";
    Db43 "DB-43" Database Blocks Server "One node made the first start"
        proves "No API resource is registered twice in the identity database. Two nodes that start on an empty database at the same time damage it for good, while both report that they are up."
        needs [ALL_OF_DATABASE, PRODUCT.version] remedy "Create the databases anew, load the scripts, and start one node alone.";
    Db44 "DB-44" Database Warns Server "Stored callbacks fit the hostname"
        proves "The callbacks of Console and My Account, which the first start stores, are those of the plan's hostname."
        needs [ALL_OF_DATABASE, PRODUCT.version, LOAD_BALANCER.hostname] remedy "Keep the hostname of the first start, or change the stored callbacks first.";
    Us01 "US-01" UserStore Blocks Server "Directory answers and lets in"
        proves "The address answers, its TLS certificate is in date, for this host and signed by the CA of the plan or by a public one, and the bind account may log in. Each node whose probe said something reaches it too."
        needs [ALL_OF_USER_STORE, NODES] remedy "Correct the address, the CA certificate or the bind account.";
    Us02 "US-02" UserStore Blocks Server "Search bases hold users and groups"
        proves "The bases exist, and the user filter finds entries. Groups are counted: none is no fault, since IS makes its own."
        needs [ALL_OF_USER_STORE] remedy "Correct the search base or the filter.";
    Us03 "US-03" UserStore Warns Server "Login attribute is there and unique"
        proves "The users that were looked at have the login attribute, and no two the same value."
        needs [ALL_OF_USER_STORE] remedy "Choose an attribute that every user has and that is unique.";
    Us04 "US-04" UserStore Blocks Server "Super admin can be created"
        proves "A read-only directory is not asked to create the super admin. The schema that the directory publishes has the object class of users, the attributes of user name and user id, and those of SCIM's created and modified: createdDate and lastModifiedDate, which WSO2's own schema has, or in Active Directory objectGUID, whenCreated and whenChanged. Whether the claims are mapped otherwise is not looked at."
        needs [ALL_OF_USER_STORE] remedy "Use read-write access, or create the admin in the directory and choose not to create it. Enter an object class and attributes that the directory has.";
    Us05 "US-05" UserStore Blocks Files "Manager fits the schema"
        proves "[user_store] type names a manager that writes user ids, as the schema of 5.10 and later demands (product-is#7212)."
        needs [ALL_OF_USER_STORE] remedy "Use the type with _unique_id at its end, as the generated file does.";
    Us06 "US-06" UserStore Warns Server "Super admin is new"
        proves "No user of this name is in the store yet: IS would make that one the super admin, with the password it has."
        needs [ALL_OF_USER_STORE, ALL_OF_DATABASE] remedy "Choose another name, or do not create the super admin.";
    Us07 "US-07" UserStore Warns Answers "Base DN stands above its containers"
        proves "The base DN is not itself the container of users or groups, in front of which IS puts the container once more."
        needs [ALL_OF_USER_STORE] remedy "Enter the base DN without its first part.";
    Us08 "US-08" UserStore Warns Answers "Active Directory has the attributes of SCIM"
        proves "Where users live in Active Directory, the attributes of SCIM's id, created and modified are named, which Active Directory calls objectGUID, whenCreated and whenChanged. Whether they are mapped is not looked at."
        needs [ALL_OF_USER_STORE] remedy "Map the three claims before the first start: README.md names them.";
    Nd01 "ND-01" Clustering Blocks Node "Names resolve alike everywhere"
        proves "Every node resolves the names of the plan to the same addresses."
        needs [NODES, LOAD_BALANCER.hostname, DATABASE.host] remedy "Correct DNS, or the hosts file of the node that differs: hosts.txt holds the lines.";
    Nd02 "ND-02" Clustering Blocks Server "Management ports are free or ours"
        proves "Before installation the ports of each node are free: HTTPS, HTTP, Hazelcast, Thrift authentication (10711 + offset) and, up to 5.11, the embedded LDAP server (10389 + offset). Afterwards IS answers there. What a firewall closes to Clusterwright is not known."
        needs [PRODUCT.version, NODES] remedy "Stop the other program, or give the node another offset.";
    Nd03 "ND-03" Clustering Blocks Node "Cluster ports reach every node"
        proves "The ports of each node (those of ND-02) are free before IS runs, or IS's own. From each node to each other, the listener of this plan's probe answers with its token on the Hazelcast port, and HTTPS is reached."
        needs [ALL_OF_CLUSTERING] remedy "Open the port between the nodes, both ways, and stop what else listens there.";
    Nd04 "ND-04" Clustering Warns Node "No firewall half-way"
        proves "What is reached one way answers the other way too: silence one way is a firewall that is half open, and costs minutes when a node fails."
        needs [ALL_OF_CLUSTERING] remedy "Open the port in the firewall both ways.";
    Nd05 "ND-05" Clustering Warns Node "Time between nodes"
        proves "A round trip between two nodes takes at most 5 ms and none was lost."
        needs [NODES] remedy "Put the nodes near each other: Hazelcast is made for one network.";
    Nd06 "ND-06" Clustering Blocks Node "Clocks agree"
        proves "The clocks of all nodes differ by at most a second, and NTP keeps them: tokens and SAML answers carry times."
        needs [NODES] remedy "Switch on chrony or systemd-timesyncd on every node.";
    Nd07 "ND-07" Clustering Blocks Node "JDK fits"
        proves "Every node has a JDK of the versions the chosen IS accepts, the same on all. A JDK from 11.0.20 or 17.0.8 on refuses jars of packs up to 6.1, unless what starts IS on the node passes a flag: the bundle's start.sh, and its systemd unit with it, does."
        needs [PRODUCT.version, NODES] remedy "Install the same supported JDK on every node and set JAVA_HOME.";
    Nd08 "ND-08" Clustering Warns Node "JDK has strong ciphers"
        proves "AES with 256 bits and TLS 1.3 are there; early builds of Java 8 lack both."
        needs [PRODUCT.version, NODES] remedy "Install a current update of the JDK.";
    Nd09 "ND-09" Clustering Warns Node "Machine is large enough"
        proves "At least 4 CPUs, 4 GB of memory and 10 GB of free disk (WSO2's installation prerequisites)."
        needs [NODES] remedy "Give the machine more.";
    Nd10 "ND-10" Clustering Warns Node "Limits of files and processes"
        proves "Open files up to 65,535 and processes up to 20,000, as WSO2's performance guide sets them."
        needs [NODES] remedy "Raise nofile and nproc in /etc/security/limits.conf or the service's unit.";
    Nd11 "ND-11" Clustering Warns Node "Memory limit and randomness"
        proves "A container's memory limit leaves room beyond the heap, and random numbers do not block."
        needs [NODES] remedy "Raise the container's limit, or lower -Xmx.";
    Nd12 "ND-12" Clustering Warns Node "Not as root"
        proves "IS runs as an account of its own that owns IS_HOME, and not everybody may write its new files."
        needs [NODES, ALL_OF_PRODUCT] remedy "Create an account for IS and give it the tree.";
    Nd13 "ND-13" Clustering Blocks Node "One IS version on all nodes"
        proves "IS_HOME holds the chosen version, and updates/config.json tells the same update level on all nodes: mixed levels break sessions. Where no level is found there, that is what is said: it is not known where every pack notes it."
        needs [ALL_OF_PRODUCT, NODES] remedy "Bring all nodes to the same version and update level; WSO2's update tool says which one a node has.";
    Nd14 "ND-14" Clustering Warns Node "No files edited by hand"
        proves "The files that IS generates from deployment.toml are as it made them: at the next start it overwrites them."
        needs [ALL_OF_PRODUCT, NODES] remedy "Move the change into deployment.toml.";
    Nd15 "ND-15" Clustering Warns Node "What installation would overwrite"
        proves "deployment.toml on the node is the pack's own or the bundle's, so that nothing is lost."
        needs [""] remedy "Carry over what you need; install.sh keeps the old file.";
    Nd16 "ND-16" Clustering Blocks Answers "Node addresses are usable"
        proves "No loopback address among several machines, no Docker bridge, no address twice."
        needs [NODES, CLUSTERING.scheme] remedy "Enter the address by which the other nodes reach this one.";
    Nd17 "ND-17" Clustering Blocks Answers "Nodes on one machine do not collide"
        proves "Two nodes on one host differ in offset and Hazelcast port."
        needs [NODES] remedy "Give each node on the machine its own offset and Hazelcast port.";
    Nd18 "ND-18" Clustering Warns Node "Hosts lines"
        proves "The hostname leads to a node's own address or the load balancer on each node, never to 127.0.0.1 (product-is#6442), unless all nodes run on one machine under that address."
        needs [NODES, LOAD_BALANCER.hostname] remedy "Correct /etc/hosts on the node: hosts.txt holds the lines.";
    Nd19 "ND-19" Clustering Warns Node "User stores and tenants on disk"
        proves "The files that IS writes for user stores and tenants are the same on all nodes: in a shared folder that every node mounts and may write, or copied. Where the plan says that none are used, there are none."
        needs [ALL_OF_CLUSTERING] remedy "Mount the shared folder and link the folders to it, or copy the files: README.md of the bundle says how.";
    Cl01 "CL-01" Clustering Blocks Files "deployment.toml parses"
        proves "Every node's file is TOML 1.0 as IS's own reader takes it, and each value has the type its template tests."
        needs [""] remedy "Correct the line that is named.";
    Cl02 "CL-02" Clustering Warns Files "No unknown keys"
        proves "Every key of deployment.toml is one this version reads; IS ignores others without a word."
        needs [""] remedy "Correct the key; docs name it.";
    Cl03 "CL-03" Clustering Blocks Files "Each table once"
        proves "deployment.toml parses: no table or key stands twice."
        needs [""] remedy "Merge the tables.";
    Cl04 "CL-04" Clustering Blocks Files "Every node lists every member"
        proves "All nodes have the same member list, with every node's own port."
        needs [ALL_OF_CLUSTERING] remedy "Use the generated files of one download on all nodes.";
    Cl05 "CL-05" Clustering Blocks Files "local_member_host is the node's own"
        proves "Each node announces its own address; where its probe said something, one that the machine has."
        needs [ALL_OF_CLUSTERING] remedy "Set local_member_host to the node's address.";
    Cl06 "CL-06" Clustering Blocks Files "One cluster domain"
        proves "All nodes name the same Hazelcast cluster."
        needs [ALL_OF_CLUSTERING] remedy "Use one domain on all nodes.";
    Cl07 "CL-07" Clustering Blocks Files "Keys and key stores are alike"
        proves "All nodes have the same symmetric key, primary key store and aliases; where probes said something, key and key stores on the nodes are one too."
        needs [ALL_OF_CLUSTERING, ALL_OF_PRODUCT] remedy "Use the generated files of one download on all nodes.";
    Cl08 "CL-08" Clustering Warns Files "Nodes differ only where they must"
        proves "Between the nodes only offset, own address, own port and own TLS key store differ."
        needs [""] remedy "Make the values alike on all nodes.";
    Cl09 "CL-09" Clustering Warns Answers "Scheme fits the place"
        proves "Multicast is not used across machines of a cloud, and settings of a platform fit together. What Kubernetes and AWS need beside the settings is said, and not looked at."
        needs [ALL_OF_CLUSTERING] remedy "Use well-known addresses, or the scheme of the place.";
    Cl10 "CL-10" Clustering Warns Files "Caches are coherent"
        proves "Caches are local with invalidation over Hazelcast: force_local_cache stays on (WSO2's recommended mode)."
        needs [ALL_OF_CLUSTERING] remedy "Leave force_local_cache as it is.";
    Cl11 "CL-11" Clustering Notes Files "Time until a dead node is dropped"
        proves "Hazelcast drops a crashed or unreachable node after its heartbeat timeout: a time from 10 s, as long as the load balancer waits for a node, to 600 s, which IS sets itself."
        needs [ALL_OF_CLUSTERING, ALL_OF_LOAD_BALANCER] remedy "Set hazelcast.max.no.heartbeat.seconds in [hazelcast]: 60 suits most clusters.";
    Cl12 "CL-12" Clustering Blocks Files "Callbacks follow the hostname"
        proves "Console and My Account are reached by the hostname and port that clients use: up to 6.1 their callbacks are stored at the first start (product-is#25948)."
        needs [ALL_OF_LOAD_BALANCER, PRODUCT.version] remedy "Settle hostname and port before the first start.";
    Cl13 "CL-13" UserStore Blocks Answers "No default secrets"
        proves "admin, wso2carbon, dashboard and the published symmetric key are not used."
        needs [ALL_OF_USER_STORE, DATABASE.password] remedy "Choose a value of your own.";
    Tl01 "TL-01" LoadBalancer Blocks Answers "Key belongs to the certificate"
        proves "The private key is the one whose public half is in the first certificate."
        needs [ALL_OF_LOAD_BALANCER] remedy "Paste the key that was made with the certificate request.";
    Tl02 "TL-02" LoadBalancer Blocks Answers "Chain is complete and in order"
        proves "Each certificate is signed by the next."
        needs [ALL_OF_LOAD_BALANCER] remedy "Paste the server's certificate first, then each CA that signed the one before.";
    Tl03 "TL-03" LoadBalancer Blocks Answers "Certificate names the hostname"
        proves "The subject alternative names hold the hostname clients use."
        needs [ALL_OF_LOAD_BALANCER] remedy "Request a certificate with the hostname among its subject alternative names.";
    Tl04 "TL-04" LoadBalancer Blocks Answers "Certificate is in date and strong"
        proves "It is valid now and for 30 days more, its key is large enough and its signature is not SHA-1."
        needs [ALL_OF_LOAD_BALANCER] remedy "Renew the certificate.";
    Tl05 "TL-05" LoadBalancer Warns Server "No certificate of WSO2's"
        proves "Neither the certificate that the plan provides nor one that load balancer or nodes show is the one every pack carries, as its subject tells: its private key is public."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Use a certificate of your own.";
    Tl06 "TL-06" LoadBalancer Blocks Bundle "Key stores open"
        proves "Every key store of the bundle opens with the password, type and alias that deployment.toml writes."
        needs [ALL_OF_PRODUCT, ALL_OF_LOAD_BALANCER, NODES] remedy "Download the bundle again.";
    Tl07 "TL-07" LoadBalancer Blocks Bundle "Trust stores hold the CAs"
        proves "The CAs of load balancer, database and directory are imported on every node."
        needs [ALL_OF_LOAD_BALANCER, ALL_OF_DATABASE, ALL_OF_USER_STORE] remedy "Give the CA certificates in their steps.";
    Tl08 "TL-08" LoadBalancer Warns Server "Protocols and ciphers"
        proves "Load balancer and nodes offer TLS 1.2 or 1.3, refuse 1.0 and 1.1, and take no cipher that is broken: none at all, without a certificate, export, RC4, DES or 3DES."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Set the protocols to TLSv1.2 and TLSv1.3, and leave the ciphers at their default.";
    Tl09 "TL-09" LoadBalancer Warns Bundle "Certificates last 30 days more"
        proves "No certificate of the bundle expires within 30 days: those that are issued with the keys of the cluster, the provided one and the CA certificates of other systems. The result lists when each expires."
        needs [ALL_OF_PRODUCT, ALL_OF_LOAD_BALANCER, DATABASE.ca_certificate, USER_STORE.ca_certificate] remedy "Renew the certificates and install the new bundle on one node after the other.";
    Lb01 "LB-01" LoadBalancer Blocks Server "Public name leads to the load balancer"
        proves "The hostname resolves, to the load balancer's address where one was given."
        needs [LOAD_BALANCER.hostname, LOAD_BALANCER.address] remedy "Add the hostname to DNS, or the lines of hosts.txt to the clients.";
    Lb02 "LB-02" LoadBalancer Blocks Node "Load balancer reaches each node"
        proves "From the load balancer's machine, the HTTPS port of every node answers."
        needs [NODES, ALL_OF_LOAD_BALANCER] remedy "Open the HTTPS ports from the load balancer to the nodes.";
    Lb03 "LB-03" LoadBalancer Blocks Files "Load balancer takes its file"
        proves "The generated file names every node once and each directive is one its version has; the command that lets the product check itself is printed."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Run nginx -t or haproxy -c on the file.";
    Lb04 "LB-04" LoadBalancer Blocks Answers "Version has what is used"
        proves "The load balancer's version knows every directive we write; so does the one on its machine, where a probe reported from there."
        needs [ALL_OF_LOAD_BALANCER] remedy "Choose another distribution, or a newer version.";
    Lb05 "LB-05" LoadBalancer Warns Server "Forwarded headers"
        proves "Redirects, addresses within them and the issuer carry the hostname and port that clients use, never a node's. A request with a forged X-Forwarded-For reaches IS with the real address: the probe of a node reads that in the access log."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Use the generated file: it sets Host and X-Forwarded-*.";
    Lb06 "LB-06" LoadBalancer Warns Server "Sessions stick"
        proves "20 requests with one cookie reach one node: sign-up, recovery and the console at /carbon keep their state on one node (product-is#15030, #23632)."
        needs [ALL_OF_LOAD_BALANCER, NODES] remedy "Choose Client address or Cookie as the distribution.";
    Lb07 "LB-07" LoadBalancer Warns Files "Limits are large enough"
        proves "Buffers take headers of 64 KB, bodies of 10 MB pass, and time-outs are at least 60 s: SAML answers and tokens are large."
        needs [ALL_OF_LOAD_BALANCER] remedy "Use the generated file's limits.";
}

impl fmt::Display for CheckId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// There is no check with this id.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownCheck;

impl FromStr for CheckId {
    type Err = UnknownCheck;

    fn from_str(code: &str) -> Result<Self, UnknownCheck> {
        Self::ALL.iter().copied().find(|id| id.code().eq_ignore_ascii_case(code)).ok_or(UnknownCheck)
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for CheckId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse().map_err(|UnknownCheck| serde::de::Error::custom(format!("there is no check {code}")))
    }
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
