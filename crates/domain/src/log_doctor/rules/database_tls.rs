//! TLS of the drivers of PostgreSQL, SQL Server and Oracle: each looks for CAs elsewhere and has other settings than
//! Connector/J.

use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{self, All, Any, Frame, Has, Not, Word};
use super::context::{ORACLE, POSTGRESQL, SQL_SERVER};
use super::declare::failure_rules;
use super::tls::alert_reason;

/// The CA of the server is not known.
const UNTRUSTED: Pattern = Any(&[
    Has("pkix path"),
    Has("unable to find valid certification path"),
    Has("path does not chain with any of the trust anchors"),
    Has("trustanchors parameter must be non-empty"),
    Has("signature check failed"),
    Has("self signed certificate"),
    Has("self-signed certificate"),
]);

/// The certificate of the server has another name.
const OTHER_NAME: Pattern = Any(&[
    Has("no subject alternative"),
    Has("no name matching"),
    Has("hostname in certificate"),
    Has("could not be verified by hostnameverifier"),
    Has("failed to validate the server name"),
    Has("server name in a certificate"),
]);

/// The server does not accept the certificate of the client, or wants one.
const CLIENT_CERTIFICATE: Pattern = Any(&[
    Has("fatal alert: unknown_ca"),
    Has("fatal alert: bad_certificate"),
    Has("fatal alert: certificate_unknown"),
    Has("fatal alert: certificate_required"),
    Has("fatal alert: unsupported_certificate"),
]);

/// Both sides have no TLS version or cipher in common.
const PROTOCOL: Pattern = Any(&[
    Has("handshake_failure"),
    Has("protocol_version"),
    Has("no appropriate protocol"),
    Has("selected protocol version"),
    Has("no cipher suites in common"),
    Has("insufficient_security"),
    Has("sslhandshakeexception"),
]);

failure_rules! {
    "postgresql-certificate-untrusted" Database Start "The PostgreSQL driver does not trust the certificate of the server"
        cause "sslmode=verify-ca or verify-full verifies the server, but the driver has no CA for its certificate: it reads the file of sslrootcert (.postgresql/root.crt in the home of the account of IS by default), and not client-truststore."
        check "Show the issuer of the server's certificate, and read sslmode, sslrootcert and sslfactory of every URL." [Tl07]
        remedy "Copy the CA of the database server to every node, and name it in sslrootcert of every URL. With sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory, the driver uses client-truststore instead. Do not use NonValidatingFactory or sslmode=require to get around it: the connection would be encrypted, but with any server that answers."
        run ["openssl s_client -starttls postgres -connect db.example.com:5432 -showcerts </dev/null", "jdbc:postgresql://db.example.com:5432/shared_db?sslmode=verify-full&amp;sslrootcert=/etc/wso2is/db-ca.pem"]
        when All(&[POSTGRESQL, Any(&[UNTRUSTED, Has("ssl root certificate file"), Has("root certificate file")])]);

    "postgresql-certificate-name" Database Start "The certificate of the PostgreSQL server has another name"
        cause "sslmode=verify-full verifies the host, but the host in the URL is not among the names of the server's certificate."
        check "Compare the host in the URL with the names in the certificate." [Tl03]
        remedy "Use a name of the certificate as the host, or issue a certificate with the host. sslmode=verify-ca verifies only the CA: then every server with a certificate of this CA is accepted, so use it only with a CA that signs nothing else."
        run ["openssl s_client -starttls postgres -connect db.example.com:5432 </dev/null | openssl x509 -noout -ext subjectAltName"]
        when All(&[POSTGRESQL, OTHER_NAME]);
        values [Between("Host", "the hostname ", " could not")];

    "postgresql-client-certificate" Database Start "The PostgreSQL server rejects or requires a client certificate"
        cause "pg_hba.conf has clientcert or the method cert for this account, and the driver sent no certificate or one of another CA."
        check "Read the entry of pg_hba.conf for this account, and sslcert and sslkey of the URL." []
        remedy "Give the driver a certificate of the expected CA with sslcert and sslkey (PKCS#8 in DER, readable by the account of IS only), or let the administrator change the entry of pg_hba.conf to a password method over hostssl."
        when All(&[POSTGRESQL, Any(&[CLIENT_CERTIFICATE, Has("requires a valid client certificate"), Has("certificate authentication failed"), Has("ssl certificate file")])]);
        values [Computed("Alert", alert_reason)];

    "postgresql-tls-required" Database Start "One side of the PostgreSQL connection requires TLS, the other does not use it"
        cause "The server has ssl = off and the URL requires TLS; or pg_hba.conf has an entry for this host, account and database only with hostssl, or none at all, and the connection came without encryption."
        check "SHOW ssl; and the entries of pg_hba.conf for the addresses of the nodes." [Db06]
        remedy "Enable ssl on the server and set sslmode=verify-full with sslrootcert in every URL, and give pg_hba.conf a hostssl entry for every node. Without TLS, the password exchange and all user data cross the network in clear."
        run ["SHOW ssl;", "hostssl  shared_db  wso2carbon  192.0.2.0/24  scram-sha-256"]
        when All(&[POSTGRESQL, Any(&[
            Has("the server does not support ssl"),
            All(&[Has("pg_hba"), Any(&[Has("no encryption"), Has("ssl off")])]),
        ])]);
        values [Between("Address", "entry for host \"", "\""), Between("Account", "user \"", "\"")];

    "sqlserver-certificate-untrusted" Database Start "The SQL Server driver does not trust the certificate of the server"
        cause "From version 10.2 on, the driver encrypts by default (encrypt=true) and verifies the server's certificate. SQL Server creates a self-signed one, or its CA is not in the truststore of the node."
        check "Show the issuer of the server's certificate, and read encrypt, trustServerCertificate and trustStore of every URL." [Tl07]
        remedy "Give SQL Server a certificate of your CA, and import this CA into client-truststore of every node, or name a store with trustStore and trustStorePassword in the URL. trustServerCertificate=true encrypts, but accepts every server that answers, and encrypt=false sends everything in clear: neither is for production."
        run ["keytool -importcert -alias database-ca -file ca.pem -keystore client-truststore.p12", "jdbc:sqlserver://db.example.com:1433;databaseName=shared_db;encrypt=true;trustServerCertificate=false"]
        when All(&[SQL_SERVER, UNTRUSTED]);

    "sqlserver-certificate-name" Database Start "The certificate of SQL Server has another name"
        cause "The driver verifies the host, but the host in the URL is not among the names of the server's certificate: an address, an alias, the name of a listener or availability group, or of the other node."
        check "Compare the host in the URL with the names in the certificate." [Tl03]
        remedy "Use a name of the certificate as the host, or set hostNameInCertificate to the expected name. Do not set trustServerCertificate=true: it ends the verification altogether."
        run ["jdbc:sqlserver://db.example.com:1433;databaseName=shared_db;encrypt=true;hostNameInCertificate=sql1.example.com"]
        when All(&[SQL_SERVER, OTHER_NAME]);

    "sqlserver-tls-protocol" Database Start "IS and SQL Server have no TLS version or cipher in common"
        cause "SQL Server, or Windows below it, offers only TLS 1.0 or 1.1, which Java no longer permits, or ended the handshake."
        check "Which TLS versions are enabled on the Windows server (SCHANNEL), and which build of SQL Server is it?" [Tl08]
        remedy "Install the update of SQL Server with TLS 1.2 and enable TLS 1.2 in Windows. Removing TLSv1 from jdk.tls.disabledAlgorithms weakens every connection of the node."
        when All(&[SQL_SERVER, Any(&[PROTOCOL, Has("could not establish a secure connection to sql server"), Has("ssl encryption"), Has("received fatal alert")])]);
        values [Computed("Alert", alert_reason), Between("Reason", "error: \"", "\"")];

    "oracle-certificate-untrusted" Database Start "The Oracle driver does not trust the certificate of the server"
        cause "The connection uses TCPS, but neither the wallet of the driver nor the truststore that it uses contains the CA of the database server; or the wallet does not open."
        check "Read the connection properties of the data source: oracle.net.wallet_location, javax.net.ssl.trustStore." [Tl07]
        remedy "Import the CA of the server into the wallet or truststore of every node, and name it in the connection properties. The account of IS must be able to read it, and a PKCS#12 wallet needs oraclepki.jar."
        run ["keytool -importcert -alias database-ca -file ca.pem -keystore client-truststore.p12"]
        when All(&[ORACLE, Any(&[UNTRUSTED, Word("ora-29024"), Word("ora-28759"), Word("ora-17957"), Has("unable to initialize the key store"), Has("unable to initialize the trust store"), Has("unable to initialize ssl context")])]);

    "oracle-certificate-name" Database Start "The certificate of the Oracle server has another name"
        cause "ssl_server_dn_match is on, and the distinguished name or host of the server's certificate is not the expected one."
        check "Compare the host and ssl_server_cert_dn of the URL with the certificate of the server." [Tl03]
        remedy "Write the host of the certificate in the URL, or its distinguished name as ssl_server_cert_dn. Without ssl_server_dn_match, every server with a certificate of the CA is accepted."
        when All(&[ORACLE, Any(&[OTHER_NAME, Has("mismatch with the server cert dn"), Has("certificate dn"), Word("ora-29003"), Word("ora-17965")])]);

    "oracle-tls-protocol" Database Start "IS and the Oracle server do not agree on encryption"
        cause "One side speaks TCPS and the other TCP, they have no TLS version or cipher in common, or the settings of native encryption (sqlnet.ora) exclude each other."
        check "Compare protocol and port of the URL with the listener, and SQLNET.ENCRYPTION_SERVER of the server." [Tl08]
        remedy "Use PROTOCOL=TCPS with the TCPS port of the listener, TLS 1.2 or later on both sides, and matching settings of sqlnet.ora and oracle.net.encryption_client."
        when All(&[ORACLE, Any(&[PROTOCOL, Has("received fatal alert"), Word("ora-28860"), Word("ora-28865"), Word("ora-12660"), Word("ora-12650"), Word("ora-12599")])]);
        values [Computed("Alert", alert_reason)];

    "oracle-connection-closed" Database Start "The Oracle listener closes the connection"
        cause "The listener or a firewall ended the connection while it was opened: TCP was spoken to a TCPS port, the address of the node is excluded (tcp.validnode_checking), or the database cannot start further processes."
        check "Read the log of the listener at this time." [Db06]
        remedy "Correct protocol and port, permit the addresses of all nodes in sqlnet.ora, or raise processes of the database."
        when All(&[ORACLE, Not(&Frame("h2")), Any(&[Has("got minus one from a read call"), Word("ora-17800"), Word("ora-12537"), Word("ora-12547")])]);
}
