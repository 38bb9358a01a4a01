//! Databases: the address in the URL, the driver, the account and its rights, and the kind of login.

use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Has, Not, Word};
use super::context::{DATABASE, H2};
use super::declare::failure_rules;

failure_rules! {
    "driver-missing" Database Start "The JDBC driver is missing"
        cause "The class of the driver is in no jar that IS loads: the jar is missing or in the wrong folder, or the driver setting has a wrong class."
        check "List the drivers of the node; there must be exactly one." [Db41]
        remedy "Copy the driver of the vendor to repository/components/lib, write its class in the driver setting of every data source, and restart."
        run ["ls IS_HOME/repository/components/lib IS_HOME/repository/components/dropins | grep -i -E 'mysql|maria|postgres|ojdbc|mssql'"]
        when Any(&[All(&[Has("no suitable driver found for jdbc:"), Any(&[
            Has("jdbc:mysql://"), Has("jdbc:mariadb://"), Has("jdbc:postgresql://"), Has("jdbc:sqlserver://"), Has("jdbc:oracle:thin:@"),
        ])]), All(&[
            Any(&[
                Has("unable to load class"),
                Has("classnotfoundexception"),
                Has("noclassdeffounderror"),
                Has("error loading driver class"),
                Has("cannot be found by jdbc-pool"),
                Has("cannot load jdbc driver"),
            ]),
            Any(&[
                Has("com.mysql"),
                Has("org.mariadb"),
                Has("org.postgresql"),
                Has("oracle.jdbc"),
                Has("com.microsoft.sqlserver"),
                Has("com.ibm.db2"),
                Has("org.h2.driver"),
                Has("jdbc-pool"),
                Has("jdbc.driver"),
                Has("error loading driver class"),
            ]),
        ])]);
        values [Between("Class", "unable to load class: ", " "), Between("Class", "classnotfoundexception: ", " ")];

    "jdbc-url-rejected" Database Start "The driver does not accept the JDBC URL"
        cause "The url of a data source does not begin with the prefix of its driver, such as jdbc:mysql:// for MySQL: it is incomplete, or belongs to the driver of another vendor. Nothing was sent over the network."
        check "Compare url and driver of every data source in deployment.toml." [Db39, Db41]
        remedy "Write the complete URL with the driver of the same vendor, and restart the node. For “No suitable driver”, the jar of the driver may be missing, too."
        run ["[database.shared_db]\nurl = \"jdbc:mysql://db.example.com:3306/shared_db\"\ndriver = \"com.mysql.cj.jdbc.Driver\""]
        when Any(&[
            Has("returned null for url"),
            Has("no suitable driver"),
            Has("not accepted by any of the loaded drivers"),
            Has("connection string is not a jdbc"),
            Has("malformed database url"),
            Has("cannot be parsed as a valid jdbc"),
            All(&[Has("the connection string"), Has("malformed")]),
            Has("the port number is not valid"),
        ]);
        values [Between("URL", "returned null for url:", ""), Between("URL", "no suitable driver found for ", "")];

    "driver-outdated" Database Start "The JDBC driver is too old for the database server"
        cause "The driver does not know the login method or the system variables of this version of the database server: Connector/J 5.1 with MySQL 8 or 9, for example."
        check "Compare the version of the driver's jar with the server. Remove older jars and the bundles that IS generated from them in dropins." [Db41, Db07]
        remedy "Use a current driver of the vendor: Connector/J 8.2.0 or later with com.mysql.cj.jdbc.Driver for MySQL, pgjdbc 42.2 or later for PostgreSQL, ojdbc8 or later for Oracle. Stop the node, then move the old jar out of lib and its bundle out of dropins."
        when Any(&[
            Has("unable to load authentication plugin"),
            Has("unknown system variable 'query_cache_size'"),
            Has("unknown system variable 'tx_isolation'"),
            Has("does not support authentication protocol requested by server"),
            Has("client_plugin_auth is required"),
            Has("unknown initial character set index"),
            Has("authentication type 10 is not supported"),
            All(&[Has("the authentication type"), Has("is not supported. check that you have configured")]),
            Word("ora-28040"),
            All(&[Has("(jre) version"), Has("is not supported by this driver")]),
        ]);

    "authentication-plugin-missing" Database Start "The database server lacks the login method of the account"
        cause "The account was created with an authentication plugin that this server no longer has: MySQL 9 has no mysql_native_password."
        check "SELECT user, host, plugin FROM mysql.user;" [Db22]
        remedy "Give the account a plugin that the server has, with its password as in deployment.toml. Other programs with this account need a driver that knows the plugin."
        run ["ALTER USER 'wso2carbon'@'%' IDENTIFIED WITH caching_sha2_password BY '…';"]
        when All(&[Has("plugin '"), Any(&[Has("is not loaded"), Has("cannot be loaded")]), Any(&[Has("native_password"), Has("authentication")])]);
        values [Between("Plugin", "plugin '", "'")];

    "public-key-retrieval" Database Start "The driver may not fetch the server's RSA key"
        cause "The account uses caching_sha2_password, the connection has no TLS, and the URL does not permit Connector/J to fetch the server's public key for the encrypted password."
        check "Does the URL have sslMode or allowPublicKeyRetrieval?" [Db07]
        remedy "Use TLS for the connection: sslMode=VERIFY_CA with the CA of the server needs no key. allowPublicKeyRetrieval=true without TLS takes the key of any server that answers, which then learns the password: only for a network in which no one else can answer. In deployment.toml, write & as &amp;."
        run ["jdbc:mysql://db.example.com:3306/shared_db?sslMode=VERIFY_CA&amp;fallbackToSystemKeyStore=false"]
        when Has("public key retrieval is not allowed");

    "database-missing" Database Start "The database does not exist"
        cause "The server accepted the login, but has no database, schema or service with the name in the URL: it was never created, or the name is misspelt."
        check "List the databases, schemas or services of the server, and compare them with the URLs." [Db11]
        remedy "Create the database and load WSO2's scripts, or correct the name in the URL."
        run ["MySQL, MariaDB: SHOW DATABASES; CREATE DATABASE shared_db CHARACTER SET latin1;", "PostgreSQL: SELECT datname FROM pg_database;", "SQL Server: SELECT name FROM sys.databases;", "Oracle: lsnrctl services"]
        when All(&[
            Not(&H2),
            Any(&[
                Has("unknown database '"),
                All(&[Has("database \""), Has("\" does not exist")]),
                All(&[Has("cannot open database"), Has("requested by the login")]),
                Word("ora-12505"),
                Word("ora-12514"),
                Word("ora-01034"),
            ]),
        ]);
        values [
            Between("Database", "unknown database '", "'"),
            Between("Database", "database \"", "\"")
        ];

    "database-grant-missing" Database Start "The account has no privilege on the database"
        cause "User and password are correct, but the account has no GRANT on this database or table, or, in MySQL, the database does not exist: it reports both alike to an account without privileges (error 1044 or 1142). A line “Attempted reconnect” above it comes from autoReconnect=true and is no network failure."
        check "Show the privileges of exactly this account and host." [Db10, Db11, Db05]
        remedy "Create the database if it is missing, grant the privileges to this user and host pattern, and restart."
        run ["MySQL, MariaDB: SHOW GRANTS FOR 'wso2carbon'@'%'; GRANT SELECT, INSERT, UPDATE, DELETE ON shared_db.* TO 'wso2carbon'@'%';", "PostgreSQL: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO wso2carbon; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wso2carbon;", "SQL Server: ALTER ROLE db_datareader ADD MEMBER wso2carbon; ALTER ROLE db_datawriter ADD MEMBER wso2carbon;", "Oracle: SELECT * FROM session_privs; a quota on the tablespace is needed, too (ORA-01950)"]
        when Any(&[
            All(&[Has("access denied for user"), Has("to database '")]),
            All(&[Has("command denied to user"), Has("for table")]),
            Has("execute command denied to user"),
            Has("permission denied for table"),
            Has("permission denied for relation"),
            Has("permission denied for schema"),
            Has("permission denied for database"),
            Has("permission denied for sequence"),
            Has("permission was denied on the object"),
            Word("ora-01031"),
            Word("ora-01950"),
            All(&[Has("access denied; you need"), Has("privilege")]),
        ]);
        values [Between("Account", "for user ", " to database"), Between("Database", "to database '", "'"), Between("Account", "denied to user ", " for")];

    "database-host-rejected" Database Start "The database server rejects the node's address"
        cause "The server has no account for the address from which the node connects, or blocks it: the host pattern of the account, pg_hba.conf, or too many interrupted connections."
        check "Log in from this node with the account's user and password." [Db06, Db05]
        remedy "MySQL: create the account for the addresses of all nodes; a blocked host is released with FLUSH HOSTS or by emptying performance_schema.host_cache. PostgreSQL: add the addresses of all nodes to pg_hba.conf, with hostssl and scram-sha-256, and reload. Permit the addresses of the nodes only, not every address."
        run ["MySQL, MariaDB: CREATE USER 'wso2carbon'@'192.0.2.%' IDENTIFIED BY '…';", "PostgreSQL: hostssl  shared_db  wso2carbon  192.0.2.0/24  scram-sha-256"]
        when Any(&[
            All(&[Has("host '"), Has("is not allowed to connect")]),
            All(&[Has("host '"), Has("is blocked because of many connection errors")]),
            All(&[Has("client with ip address"), Has("is not allowed to access the server")]),
            Has("no pg_hba.conf entry for"),
            Has("pg_hba.conf rejects connection"),
        ]);
        values [Between("Address", "host '", "'"), Between("Address", "entry for host \"", "\"")];

    "database-account-locked" Database Start "The database account is locked or its password has expired"
        cause "The account exists, but the server does not accept it at present: it is locked, or its password has expired."
        check "Show the state of the account on the database server." [Db05]
        remedy "Find what locked it first: a node with an old password locks it anew. Unlock the account, set a new password that does not expire while IS runs, and write it in deployment.toml of all nodes."
        run ["MySQL, MariaDB: ALTER USER 'wso2carbon'@'%' ACCOUNT UNLOCK PASSWORD EXPIRE NEVER;", "Oracle: ALTER USER wso2carbon ACCOUNT UNLOCK;", "SQL Server: ALTER LOGIN wso2carbon WITH PASSWORD = '…' UNLOCK;"]
        when All(&[
            Not(&Entry("ldap")),
            Any(&[
                All(&[Has("access denied for user"), Has("account is locked")]),
                Has("your password has expired"),
                Has("must reset your password using alter user"),
                Word("ora-28000"),
                Word("ora-28001"),
                All(&[Has("login failed for user"), Has("locked out")]),
                All(&[Has("login failed for user"), Has("must be changed")]),
            ]),
        ]);
        values [Between("Account", "access denied for user ", "."), Between("Account", "login failed for user ", ".")];

    "database-login-failed" Database Start "The database rejects user or password"
        cause "User, password or, in MySQL, the host pattern of the account is wrong (MySQL error 1045, Oracle ORA-01017, SQL Server 18456). A special character of the password may have been lost in deployment.toml: & and < must be written &amp; and &lt;, and { starts an expression."
        check "Log in with exactly this user and password from the node." [Db05, Db06]
        remedy "Correct username and password of the data source on every node, or create the account with grants.sql, and restart."
        run ["MySQL, MariaDB: mysql --host=db.example.com --user=wso2carbon --password shared_db", "PostgreSQL: psql \"host=db.example.com dbname=shared_db user=wso2carbon sslmode=verify-full\"", "SQL Server: sqlcmd -S db.example.com -U wso2carbon -d shared_db", "Oracle: sqlplus wso2carbon@//db.example.com:1521/SERVICE"]
        when Any(&[
            All(&[Has("access denied for user"), Not(&Has("to database '"))]),
            Has("password authentication failed for user"),
            Has("no password was provided"),
            All(&[Has("role \""), Has("\" does not exist")]),
            Has("login failed for user"),
            Word("ora-01017"),
            Word("ora-01005"),
            All(&[DATABASE, Has("sqlcode=-4214")]),
        ]);
        values [Between("Account", "access denied for user ", " ("), Between("Account", "failed for user ", "")];
}
