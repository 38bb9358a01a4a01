//! Databases: names, ports, TLS, and connections that end.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Frame, Has, Not, Word};
use super::context::{DATABASE, H2};
use super::declare::failure_rules;

failure_rules! {
    "database-client-certificate" Database Function "The database rejects the certificate that IS sends"
        cause "IS 6.0, 6.1 and 7.2 set a keystore for the whole JVM soon after their start. Connector/J then sends the certificate in it to the database server, whose CA did not sign it, and every new connection fails; pooled connections work until they are idle for a minute."
        check "Do all MySQL URLs have fallbackToSystemKeyStore=false?" [Db42, Db41]
        remedy "Add fallbackToSystemKeyStore=false to the URL of every data source on every node, and restart. Connector/J before 8.0.22 does not support it."
        run ["jdbc:mysql://db.example.com:3306/shared_db?sslMode=VERIFY_CA&amp;fallbackToSystemKeyStore=false"]
        when All(&[DATABASE, Not(&Entry("sqlcode=")), Any(&[
            Has("unknown_ca"), Has("bad_certificate"), Has("certificate_unknown"), Has("certificate_required"), Has("unsupported_certificate")
        ])]);

    "database-certificate-untrusted" Database Start "IS does not trust the certificate of the database server"
        cause "The connection verifies the server's certificate, but the CA that signed it is not in the truststore of the node. MySQL creates its own CA during installation."
        check "Show the issuer of the server's certificate, and list the truststore." [Db08, Tl07]
        remedy "Import the CA of the server (ca.pem in MySQL's data folder) into client-truststore of every node, or name it in the URL: trustCertificateKeyStoreUrl in Connector/J, serverSslCert in the driver of MariaDB. Turning the verification off accepts every server that answers."
        run ["keytool -importcert -alias database-ca -file ca.pem -keystore client-truststore.p12"]
        when All(&[DATABASE, Any(&[
            Has("pkix path"),
            Has("unable to find valid certification path"),
            Has("path does not chain with any of the trust anchors"),
            Has("signature check failed"),
        ])]);

    "database-certificate-name" Database Start "The certificate of the database server has another name"
        cause "The connection verifies the host, but the host in the URL is not among the names of the server's certificate. The automatic certificate of MySQL has none."
        check "Compare the host in the URL with the names in the certificate." [Db08]
        remedy "Use the name in the certificate as the host, or issue a certificate with the right name. sslMode=VERIFY_CA (sslMode=verify-ca in the driver of MariaDB) verifies only the CA: then every server with a certificate of this CA is accepted, so use it only with a CA that signs nothing else, such as that of MySQL itself."
        when All(&[DATABASE, Any(&[
            Has("no subject alternative"),
            Has("no name matching"),
            Has("server identity verification failed"),
            Has("could not be verified by hostnameverifier"),
            Has("hostname in certificate"),
        ])]);

    "database-tls-required" Database Start "One side of the database connection requires TLS, the other does not offer it"
        cause "The server accepts only encrypted connections and the URL turns TLS off, or the URL requires TLS and the server has none."
        check "Does the server offer and require TLS (MySQL: SHOW VARIABLES LIKE '%secure_transport'; have_ssl), and what does the URL ask for?" [Db07, Db08]
        remedy "Enable TLS on the server, and write sslMode=VERIFY_CA with the CA of the server in the URL of every data source. Without TLS, the password exchange and all user data cross the network in clear: turn it off on neither side."
        when Any(&[
            Has("insecure transport are prohibited"),
            Has("ssl connection required, but not provided by server"),
            Has("ssl connection required, but not supported by server"),
            All(&[DATABASE, Has("ssl connection is required")]),
        ]);

    "database-tls-protocol" Database Start "IS and the database server have no TLS version or cipher in common"
        cause "The database server offers only TLS versions or ciphers that Java no longer permits, or the reverse. MySQL 5.7 without OpenSSL offers only TLS 1.0 and 1.1."
        check "Show the TLS versions of the server: SHOW VARIABLES LIKE 'tls_version';" [Db08]
        remedy "Enable TLS 1.2 or 1.3 on the database server, or upgrade it. Lowering jdk.tls.disabledAlgorithms weakens every connection of the node."
        when All(&[DATABASE, Any(&[
            Has("handshake_failure"),
            Has("protocol_version"),
            Has("no appropriate protocol"),
            Has("selected protocol version"),
            Has("no cipher suites in common"),
            Has("insufficient_security"),
            Has("sslhandshakeexception"),
        ])]);

    "database-refused" Database Start "No database server listens at the configured address"
        cause "The host answers, but nothing listens on this port: the database is stopped, or host or port is wrong, such as localhost on a node or in a container although the database runs elsewhere. “Refused” rules out a firewall that drops packets."
        check "Connect to the port from this node, and compare host and port with the plan." [Db02, Db06]
        remedy "Start the database, or correct host and port of every data source on every node. Then restart the node: it does not try again by itself."
        run ["nc -vz DATABASE_HOST DATABASE_PORT"]
        when All(&[DATABASE, Any(&[
            Has("connection refused"),
            All(&[Has("connection to "), Has(" refused.")]),
            Word("ora-12541"),
            Has("no listener"),
            Has("connect: no further information"),
        ])]);
        values [Between("Address", "connection to ", " refused"), Between("Address", "tcp/ip connection to the host ", " has failed")];

    "database-name-unknown" Database Start "The name of the database host does not resolve"
        cause "DNS and the hosts file of this node have no address for the host in the URL: it is misspelt, or known only elsewhere, such as in another Docker network or Kubernetes namespace."
        check "Resolve the name on this node." [Db01, Nd01]
        remedy "Correct the host in every data source, or add it to DNS or to the hosts file of every node, and restart."
        run ["getent hosts db.example.com"]
        when All(&[DATABASE, Any(&[
            Has("unknownhostexception"),
            Word("ora-17868"),
            Has("name or service not known"),
            Has("temporary failure in name resolution"),
            Has("nodename nor servname provided"),
        ])]);
        values [Between("Host", "unknownhostexception: ", ":"), Between("Host", "unknownhostexception: ", "")];

    "database-stalled" Database Function "Requests wait for minutes in the database driver"
        cause "The driver waits for an answer over a connection whose other end no longer exists, after a failover of the database or because a firewall forgot the idle connection. Without a read timeout it waits for minutes. The URL in the message is only the request that happened to wait."
        check "Do the URLs have a read timeout and keep-alive?" [Db30, Nd04]
        remedy "Add a connect and a read timeout and keep-alive to every URL, each in the words and units of its driver, keep testOnBorrow on, and restart to release the threads."
        run ["MySQL, MariaDB (ms): jdbc:mysql://db.example.com:3306/shared_db?connectTimeout=10000&amp;socketTimeout=60000&amp;tcpKeepAlive=true", "PostgreSQL (s): jdbc:postgresql://db.example.com:5432/shared_db?connectTimeout=10&amp;socketTimeout=60&amp;tcpKeepAlive=true", "SQL Server (s, ms): jdbc:sqlserver://db.example.com:1433;databaseName=shared_db;loginTimeout=10;socketTimeout=60000", "Oracle (ms), as connection properties: oracle.net.CONNECT_TIMEOUT=10000, oracle.jdbc.ReadTimeout=60000"]
        when All(&[Has("may be stuck"), Any(&[
            Frame("com.mysql"), Frame("org.postgresql"), Frame("com.microsoft.sqlserver"), Frame("oracle."), Frame("org.mariadb"),
            Frame("tomcat.jdbc.pool"), Frame("java.sql"), Frame("com.ibm.db2")
        ])]);
        values [Between("Waiting for", "active for [", "]")];

    "database-connection-lost" Database Function "Connections to the database ended while in use"
        cause "The database server was restarted, failed over or ended idle connections, or a firewall between node and database dropped them. IS opens new connections; requests at that moment failed."
        check "Was the database restarted at this time? Compare the idle limit of the server (MySQL: wait_timeout; PostgreSQL: idle_session_timeout; Oracle: IDLE_TIME of the profile) and that of firewalls with validationInterval of the pool." [Db30, Nd04, Db33]
        remedy "For a restart, nothing. If it repeats, keep testOnBorrow with a validationQuery, turn on keep-alive in the URLs (tcpKeepAlive=true for MySQL and PostgreSQL), and raise the idle limit of the firewall."
        when All(&[Not(&H2), Any(&[
            Has("last packet successfully received from the server was"),
            Has("no operations allowed after connection closed"),
            Has("no operations allowed after statement closed"),
            Has("this connection has been closed"),
            Has("i/o error occurred while sending to the backend"),
            Has("terminating connection due to"),
            Has("connection has been abandoned"),
            Has("the connection is closed"),
            Word("ora-03113"),
            Word("ora-03114"),
            Word("ora-17008"),
            Word("ora-17410"),
            Word("ora-12528"),
            Has("the connection was killed"),
            Has("connection is closed or broken"),
            Has("server shutdown in progress"),
            Has("the database system is starting up"),
            Has("the database system is in recovery mode"),
            Has("the database system is not yet accepting connections"),
            Has("before receiving peer's close_notify"),
            Has("lost connection to mysql server"),
            Has("the database system is shutting down"),
            All(&[DATABASE, Any(&[Has("connection reset"), Has("broken pipe"), Has("unexpected end of stream"), Has("can not read response from server"), Has("eofexception"), Has("socket closed")])]),
        ])]);

    "database-timeout" Database Start "The database server does not answer"
        cause "Packets to the database get no answer: a firewall drops them, the route is missing, or the host is down. It is neither the password nor the load."
        check "Connect to the port from this node: it must open within a second." [Db02, Nd04, Db06]
        remedy "Open the path from every node to the database port, or correct host and port. A connect timeout in the URL (connectTimeout; loginTimeout for SQL Server; oracle.net.CONNECT_TIMEOUT) shows this cause at once."
        run ["nc -vz -w 5 DATABASE_HOST DATABASE_PORT"]
        when All(&[DATABASE, Any(&[
            Has("connect timed out"),
            Has("connection timed out"),
            Has("connection attempt failed"),
            Has("sockettimeoutexception"),
            Has("read timed out"),
            Has("no route to host"),
            Has("network is unreachable"),
            Has("host is unreachable"),
            Word("ora-12170"),
            Word("ora-12535"),
        ])]);
        values [Between("Address", "tcp/ip connection to the host ", " has failed"), Between("Address", "connection to ", " ")];

    "database-unreachable" Database Start "IS cannot connect to the database"
        cause "The driver could not open a connection. The reason is in the last “Caused by” of the entry, which this log does not show or which is not known: port, name, TLS and login are possible."
        check "Read the last “Caused by” of the complete entry, and run the checks of the database from this node." [Db01, Db02, Db05, Db06]
        remedy "Correct what the checks report, in every data source of every node, and restart."
        when All(&[Not(&H2), Any(&[
            Has("communications link failure"),
            Has("could not create connection to database server"),
            Has("the network adapter could not establish the connection"),
            Has("the tcp/ip connection to the host"),
            Has("the connection attempt failed"),
            Has("error establishing data source connection"),
            Has("unable to create initial connections of pool"),
            Has("unable to acquire connection to database"),
            Has("error while getting database connection for datasource"),
            Has("error obtaining a database connection"),
            All(&[Has("jdbcconnectionexception"), Not(&Entry("ldap"))]),
            Word("ora-17002"),
            Word("ora-12154"),
        ])]);
        values [Between("Address", "tcp/ip connection to the host ", " has failed"), Between("Data source", "for datasource: ", "\"")];
        symptom_of &[FailureArea::Database];
}
