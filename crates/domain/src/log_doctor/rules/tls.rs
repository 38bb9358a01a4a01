//! TLS of IS's own connections: to itself, to other servers, and certificates that have ended.

use super::super::failure::ValueSource::{Between, Computed};
use super::super::pattern::Pattern::{All, Any, Entry, Has, Logger, Not};
use super::context::{INTERNAL_CALL, MAIL, NGINX};
use super::declare::failure_rules;

failure_rules! {
    "certificate-expired" Keys Function "A certificate has expired"
        cause "The certificate of the other server, or one of its chain, is past its last day; or the clock of this node is wrong."
        check "Show the dates of the certificate, and the clock of the node." [Tl04, Tl09, Nd06]
        remedy "Renew the certificate, and import the new one where it was imported before."
        run ["openssl s_client -connect HOST:PORT </dev/null | openssl x509 -noout -dates -subject"]
        when All(&[Any(&[Has("certificateexpiredexception"), Has("notafter:"), Has("certificate_expired"), Has("certificate has expired"), Has("validity check failed"), Has("certificate expired on")]), Not(&NGINX), Not(&Has("will be accepted"))]);
        values [Between("Expired", "notafter: ", "")];

    "certificate-not-yet-valid" Machine Function "A certificate is not valid yet"
        cause "The clock of this node is behind, or the certificate was issued for a later day."
        check "Compare the clock of the node with NTP." [Nd06, Tl04]
        remedy "Synchronise the clock of every node with NTP."
        when Any(&[Has("certificatenotyetvalidexception"), Has("notbefore:"), Has("certificate is not yet valid")]);
        values [Between("Valid from", "notbefore: ", "")];

    "internal-call-untrusted" Keys Function "IS does not trust its own certificate"
        cause "The login pages call the APIs of IS over HTTPS at internal_hostname (localhost by default). The certificate of the node, or the CA that signed it, is not in its client-truststore."
        check "List the truststore, and show the certificate of port 9443." [Tl07, Tl03]
        remedy "Import the certificate of the node, or its CA, into client-truststore of every node, and restart."
        run ["keytool -importcert -alias node-ca -file ca.pem -keystore client-truststore.p12"]
        when All(&[INTERNAL_CALL, Not(&MAIL), Any(&[Has("pkix path"), Has("unable to find valid certification path"), Has("certificate_unknown")])]);

    "internal-call-name" Keys Function "The node's certificate lacks the name of internal calls"
        cause "The login pages call the APIs of IS at internal_hostname, localhost by default, but the certificate of the node has only the public name. Login, recovery or self-registration fail."
        check "Compare hostname and internal_hostname with the subject alternative names." [Tl03]
        remedy "Use a separate certificate in [keystore.tls] with localhost among its names, or set internal_hostname to a name of the certificate that resolves to this node; import it into client-truststore."
        run ["[server]\ninternal_hostname = \"login.example.com\""]
        when All(&[INTERNAL_CALL, Not(&MAIL), Any(&[
            Has("doesn't match any of the subject alternative names"),
            Has("doesn't match common name"),
            Has("no subject alternative"),
            Has("no name matching"),
            Has("hostname in certificate didn't match"),
            Has("sslpeerunverifiedexception"),
        ])]);
        values [Between("Name", "certificate for <", ">"), Between("Names in the certificate", "alternative names: [", "]")];

    "mail-untrusted" Keys Request "IS does not trust the certificate of the mail server"
        cause "The CA of the mail server is not in client-truststore, or its certificate has another name than the configured host."
        check "Show the certificate of the mail server." [Tl07]
        remedy "Import the CA into client-truststore of every node, and use the host in the certificate."
        run ["openssl s_client -starttls smtp -connect smtp.example.com:587 </dev/null"]
        when All(&[MAIL, Any(&[Has("pkix path"), Has("certification path"), Has("no subject alternative"), Has("could not convert socket to tls"), Has("sslhandshakeexception")])]);

    "certificate-untrusted" Keys Function "IS does not trust the certificate of another server"
        cause "The CA that signed the server's certificate is not in client-truststore of this node, or the server does not send its intermediate certificates. The server may be an identity provider, an API, a proxy, or the load balancer under its public name."
        check "Show the chain that the server sends." [Tl07, Tl02]
        remedy "Verify that the certificate is that of the server that you mean, then import the issuing CA into client-truststore of every node, and restart; or complete the chain on the server."
        run ["openssl s_client -connect HOST:443 -servername HOST -showcerts </dev/null", "keytool -importcert -alias other-ca -file ca.pem -keystore client-truststore.p12"]
        when All(&[Any(&[
            Has("pkix path building failed"),
            Has("pkix path validation failed"),
            Has("unable to find valid certification path"),
            Has("path does not chain with any of the trust anchors"),
            Has("validatorexception"),
            Has("self signed certificate"),
            Has("self-signed certificate"),
        ]), Not(&NGINX)]);

    "certificate-name" Keys Function "The certificate of another server has another name"
        cause "The host that IS called is not among the subject alternative names of the certificate: an IP address or an internal name instead of the public one, or the certificate was renewed without the name."
        check "Compare the host with the names in the certificate." [Tl03]
        remedy "Call the server by a name of its certificate, or issue a certificate with the name."
        run ["openssl s_client -connect HOST:443 -servername HOST </dev/null | openssl x509 -noout -ext subjectAltName"]
        when Any(&[
            Has("doesn't match any of the subject alternative names"),
            Has("doesn't match common name"),
            Has("no subject alternative dns name matching"),
            Has("no subject alternative names matching"),
            Has("no subject alternative names present"),
            Has("no name matching"),
            Has("hostname in certificate didn't match"),
            Has("hostname verification failed"),
            Has("sslpeerunverifiedexception"),
            Has("unrecognized_name"),
        ]);
        values [Between("Name", "certificate for <", ">"), Between("Name", "matching ", " found")];

    "tls-alert" Keys Function "The other server ended the TLS handshake"
        cause "The server answered with an alert: it does not accept the certificate that IS sent, the TLS version or cipher, or requires a client certificate."
        check "Which server, and which alert? The reason is below." [Tl08, Tl04]
        remedy "For certificate alerts, configure the client certificate that the server expects, or none; for handshake_failure and protocol_version, agree on TLS 1.2 or 1.3."
        when All(&[Has("received fatal alert"), Not(&Logger("sourcehandler")), Not(&Logger("http.nio"))]);
        values [Computed("Alert", alert_reason)];

    "tls-protocol" Keys Function "IS and the other server have no TLS version or cipher in common"
        cause "Java no longer permits the TLS versions or ciphers that the other server offers, or the list of ciphers in deployment.toml is too narrow."
        check "Show the versions that the server accepts." [Tl08, Nd08]
        remedy "Enable TLS 1.2 or 1.3 on the other server, and leave the ciphers of IS at their default. Changing jdk.tls.disabledAlgorithms would weaken every connection of the node."
        when Any(&[
            Has("no appropriate protocol"),
            Has("no cipher suites in common"),
            Has("selected protocol version"),
            Has("none of the [ciphers]"),
            Has("none of the [protocols]"),
        ]);

    "tls-to-plain-port" Keys Function "TLS was spoken to a port without TLS, or the reverse"
        cause "The URL has https:// for a port that speaks HTTP, or a client sends HTTP to the HTTPS port: a wrong port, or a load balancer that connects to 9443 with http://."
        check "Compare scheme and port of the URL." [Lb03, Lb02]
        remedy "Correct scheme or port: 9443 is HTTPS, 9763 HTTP. For NGINX, write proxy_pass https://…."
        when All(&[Any(&[
            Has("unsupported or unrecognized ssl message"),
            Has("unrecognized ssl message"),
            Has("not an ssl/tls record"),
            Has("plaintext connection?"),
            Has("combination of host and port requires tls"),
        ]), Not(&NGINX)]);

    "tls-handshake-ended" Keys Request "The connection ended during the TLS handshake"
        cause "The other server, a proxy or a firewall closed the connection without an alert: it expects another name (SNI), a client certificate, or does not permit this node."
        check "Connect from this node, with and without the name." [Tl08]
        remedy "Permit the node in the proxy or firewall, or correct host and port."
        run ["openssl s_client -connect HOST:443 -servername HOST </dev/null"]
        when All(&[Any(&[Has("remote host terminated the handshake"), Has("remote host closed connection during handshake"), Has("ssl peer shut down incorrectly")]), Not(&Entry("clientabort"))]);
}

/// TLS alerts (RFC 8446 section 6), with what the sender objects to.
const ALERTS: [(&str, &str); 15] = [
    ("unknown_ca", "it does not know the CA of the certificate that IS sent"),
    ("bad_certificate", "the certificate that IS sent cannot be used"),
    ("unsupported_certificate", "the certificate that IS sent has a type that it does not support"),
    ("certificate_revoked", "the certificate that IS sent is revoked"),
    ("certificate_expired", "the certificate that IS sent has expired"),
    ("certificate_unknown", "it does not accept the certificate that IS sent"),
    ("certificate_required", "it requires a client certificate"),
    ("handshake_failure", "no version or cipher in common, or a client certificate is missing"),
    ("protocol_version", "it does not support the TLS version"),
    ("insufficient_security", "it requires stronger ciphers"),
    ("unrecognized_name", "it does not know the name that IS asked for"),
    ("access_denied", "it does not permit this client"),
    ("decrypt_error", "a signature or checksum of the handshake is wrong"),
    ("internal_error", "it has an internal error"),
    ("no_application_protocol", "no application protocol in common"),
];

pub(super) fn alert_reason(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (_, alert) = lower.split_once("received fatal alert: ")?;
    ALERTS.iter().find(|(name, _)| alert.starts_with(name)).map(|(name, reason)| format!("{name}: {reason}"))
}
