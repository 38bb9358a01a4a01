//! LDAP directories: names, ports and TLS.

use super::super::failure::FailureArea;
use super::super::failure::ValueSource::Between;
use super::super::pattern::Pattern::{All, Any, Entry, Frame, Has, Not};
use super::context::DIRECTORY;
use super::declare::failure_rules;

failure_rules! {
    "directory-certificate-untrusted" Directory Start "IS does not trust the certificate of the directory"
        cause "The CA that signed the directory's certificate is not in client-truststore of this node, or the directory does not send its intermediate certificates."
        check "Show the chain of the directory, and list the truststore." [Us01, Tl07]
        remedy "Import the issuing CA into client-truststore of every node, and restart."
        run ["openssl s_client -connect ad.example.com:636 -showcerts </dev/null", "keytool -importcert -alias directory-ca -file ca.pem -keystore client-truststore.p12"]
        when All(&[DIRECTORY, Any(&[
            Has("pkix path"),
            Has("unable to find valid certification path"),
            Has("signature check failed"),
            Has("unknown_ca"),
        ])]);
        values [Between("Directory", "simple bind failed: ", " "), Between("Directory", "connection url: ", " ")];

    "directory-certificate-name" Directory Start "The certificate of the directory has another name"
        cause "The host in the connection URL is not among the subject alternative names of the directory's certificate. An IP address, or the name of the domain instead of a server, is a common reason."
        check "Compare the host in the URL with the names in the certificate." [Us01]
        remedy "Use a name of the certificate in connection_url, or issue a certificate with the name in the URL."
        run ["openssl s_client -connect ad.example.com:636 </dev/null | openssl x509 -noout -ext subjectAltName"]
        when All(&[DIRECTORY, Any(&[
            Has("no subject alternative"),
            Has("no name matching"),
            Has("hostname in certificate"),
            Has("sslpeerunverifiedexception"),
        ])]);
        values [Between("Name", "matching ", " found")];

    "directory-tls-failed" Directory Start "TLS with the directory fails"
        cause "One side expects TLS and the other does not (636 is the port of ldaps://, 389 that of ldap://), the certificate has expired, or both have no TLS version in common."
        check "Which port and scheme has the connection URL?" [Us01]
        remedy "Use ldaps:// with port 636, and renew the certificate of the directory if it has expired. ldap:// with port 389 sends the bind account's and every user's password in clear: not outside of a test."
        run ["openssl s_client -connect ad.example.com:636 </dev/null"]
        when All(&[DIRECTORY, Any(&[
            Has("ssl message"),
            Has("handshake_failure"),
            Has("protocol_version"),
            Has("certificateexpired"),
            Has("certificate_expired"),
            Has("no appropriate protocol"),
            Has("sslhandshakeexception"),
            Has("sslexception"),
            Has("starttls"),
            Has("received fatal alert"),
        ])]);
        values [Between("Directory", "simple bind failed: ", " ")];

    "directory-refused" Directory Start "No directory server listens at the connection URL"
        cause "The host answers, but nothing listens on this port: the directory is stopped, or host or port is wrong."
        check "Connect to the port from this node." [Us01]
        remedy "Start the directory, or correct connection_url of the user store on every node."
        run ["nc -vz ad.example.com 636"]
        when All(&[DIRECTORY, Has("connection refused")]);
        values [Between("Directory", "communicationexception: ", " "), Between("Directory", "connection url: ", " ")];

    "directory-name-unknown" Directory Start "The name of the directory does not resolve"
        cause "DNS and the hosts file of this node have no address for the host in the connection URL, or for the domain with DNS lookup of domain controllers."
        check "Resolve the name on this node." [Us01, Nd01]
        remedy "Correct connection_url, or add the name to DNS or to the hosts file of every node."
        run ["getent hosts ad.example.com"]
        when All(&[DIRECTORY, Any(&[
            Has("unknownhostexception"),
            Has("name or service not known"),
            Has("error obtaining information from dns server"),
            Has("dns domain name not provided"),
        ])]);
        values [Between("Host", "unknownhostexception: ", "")];

    "directory-timeout" Directory Function "The directory does not answer in time"
        cause "Packets get no answer because of a firewall or a host that is down, or the directory takes longer than the timeout: large searches without an index, or idle pooled connections that a firewall dropped."
        check "Connect to the port from this node, and measure a search." [Us01, Us02, Nd04]
        remedy "Open the path from every node to the directory. For slow searches, index the attributes; raise LDAPConnectionTimeout and ReadTimeout only afterwards."
        run ["nc -vz -w 5 ad.example.com 636"]
        when All(&[DIRECTORY, Any(&[
            Has("connect timed out"),
            Has("connection timed out"),
            Has("timed out"),
            Has("timeout used"),
            Has("no route to host"),
            Has("network is unreachable"),
            Has("sockettimeoutexception"),
        ])]);
        values [Between("Directory", "connection url: ", " ")];

    "directory-connection-lost" Directory Function "The directory closed a connection while in use"
        cause "The directory was restarted or ended an idle connection, or a firewall dropped it. Connections of the pool that are closed fail at their next use; over ldaps:// they are pooled only with com.sun.jndi.ldap.connect.pool.protocol."
        check "Was the directory restarted? Compare its idle limit, and that of firewalls, with the time between requests." [Us01, Nd04]
        remedy "For a restart, nothing. If it repeats, raise the idle limits, or set ConnectionPoolingEnabled = false for this store, which opens a connection for each request."
        when All(&[DIRECTORY, Any(&[
            Has("connection reset"),
            Has("broken pipe"),
            Has("socket closed"),
            Has("connection closed"),
            Has("connection has been closed"),
            Has("closed by remote host"),
            Has("serviceunavailableexception"),
            Has("ldap: error code 51"),
            Has("ldap: error code 52"),
            Has("insufficientresourcesexception"),
        ])]);

    "directory-stalled" Directory Function "Requests wait for minutes for the directory"
        cause "The node waits for an answer of the directory over a connection without a read timeout: the directory is slow, or a firewall dropped the connection. The URL in the message is only the request that happened to wait."
        check "Has the user store ReadTimeout and LDAPConnectionTimeout?" [Us01, Nd04]
        remedy "Set both timeouts of the user store, for example 5000 ms, and index the attributes of the searches. Restart to release the threads."
        run ["[user_store.properties]\nReadTimeout = \"5000\"\nLDAPConnectionTimeout = \"5000\""]
        when All(&[Has("may be stuck"), Frame("com.sun.jndi.ldap")]);
        values [Between("Waiting for", "active for [", "]")];

    "directory-unreachable" Directory Start "IS cannot connect to the directory"
        cause "The connection to the directory failed. The reason is in the last “Caused by” or “Root exception” of the entry, which this log does not show or which is not known: name, port, TLS and bind account are possible."
        check "Read the last cause of the complete entry, and check the directory from this node." [Us01]
        remedy "Correct connection_url, the CA or the bind account of the user store on every node."
        when All(&[DIRECTORY, Any(&[
            Has("simple bind failed"),
            Has("cannot create connection to ldap server"),
            Has("error obtaining connection"),
            Has("error occurred while obtaining ldap connection"),
            Has("failed for ldap connection"),
            Has("javax.naming.communicationexception"),
            Has("unable to establish the starttls connection"),
        ]), Not(&Entry("circuit breaker"))]);
        values [Between("Directory", "simple bind failed: ", " "), Between("Directory", "connection url: ", " ")];
        symptom_of &[FailureArea::Directory];
}
