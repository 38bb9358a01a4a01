//! JDBC URLs: building those of the bundle, and parsing pasted ones.
//!
//! The options are those of WSO2's guides (docs/wso2.md). The render plan escapes URLs for XML.

use crate::credentials::{self, find_userinfo_end, userinfo_account};
use crate::steps::{Database, DatabaseTls};
use crate::values::url_product;

/// The option that stops Connector/J from sending the JVM's keystore as a client certificate. IS 6.0, 6.1 and
/// 7.2 set `javax.net.ssl.keyStore` to the primary keystore after their start; a MySQL or `MariaDB` server with a CA
/// rejects that certificate (`unknown_ca`), and each connection opened from then on fails (docs/wso2.md).
pub const FALLBACK_KEY_STORE_OPTION: &str = "fallbackToSystemKeyStore=false";

/// The first Connector/J with [`FALLBACK_KEY_STORE_OPTION`]; earlier ones ignore it.
pub const MIN_CONNECTOR_WITH_FALLBACK_OPTION: (u32, u32, u32) = (8, 0, 22);

/// The JDBC URL of one database, with plain `&`.
#[must_use]
pub fn url(database: &Database, name: &str) -> String {
    let security = match database.tls {
        // Without TLS an account with caching_sha2_password needs the server's public key (product-is#15346).
        DatabaseTls::Disabled => "useSSL=false&allowPublicKeyRetrieval=true",
        DatabaseTls::Required => "sslMode=REQUIRED",
        DatabaseTls::VerifyCa => "sslMode=VERIFY_CA",
    };
    format!(
        "jdbc:mysql://{}:{}/{name}?{security}&{FALLBACK_KEY_STORE_OPTION}&connectTimeout=10000&socketTimeout=60000&tcpKeepAlive=true",
        database.host.in_url(),
        database.port.get(),
    )
}

/// Whether Connector/J may send the JVM's keystore as a client certificate with this URL: it uses TLS, which is the
/// default (`sslMode=PREFERRED`), names no client certificate and lacks [`FALLBACK_KEY_STORE_OPTION`]. `&` may be
/// written `&amp;`. Names of options are compared with case, as Connector/J does; the last of two counts.
#[must_use]
pub fn may_send_system_key_store(url: &str) -> bool {
    let text = url.trim();
    let is_mysql = ["jdbc:mysql:", "jdbc:mysql+srv:", "mysqlx:", "mysqlx+srv:"]
        .iter()
        .any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    if !is_mysql {
        return false;
    }
    let (_, options) = text.split_once('?').unwrap_or((text, ""));
    let (mut mode, mut use_ssl, mut sends) = (None, true, true);
    for option in options.replace("&amp;", "&").split('&') {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let is_off = value.eq_ignore_ascii_case("false") || value.eq_ignore_ascii_case("no");
        match key {
            // Connector/J ignores useSSL if sslMode is set.
            "sslMode" => mode = Some(value.eq_ignore_ascii_case("DISABLED")),
            "useSSL" => use_ssl = !is_off,
            "fallbackToSystemKeyStore" => sends = !is_off,
            "clientCertificateKeyStoreUrl" if !value.is_empty() => return false,
            _ => {}
        }
    }
    sends && !mode.unwrap_or(!use_ssl)
}

/// The parts of a pasted JDBC URL.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct JdbcUrl {
    /// Host, without brackets.
    pub host: String,
    /// Port, if present.
    pub port: Option<String>,
    /// Whether other hosts follow the first.
    pub several: bool,
    /// Database name, if present.
    pub database: Option<String>,
    /// `user` or `username` among the options.
    pub user: Option<String>,
    /// Whether the options contained a password. It is removed: the URL was visible on a screen.
    pub had_password: bool,
    /// The TLS mode of the options, as a value of `database.tls`.
    pub tls: Option<&'static str>,
    /// Names of the other options, which are ignored; none names a password.
    pub left_out: Vec<String>,
}

/// Parses a JDBC URL of MySQL or MariaDB with any scheme of their drivers. `None` for any other text.
#[must_use]
pub fn parse(text: &str) -> Option<JdbcUrl> {
    let (product, rest) = url_product(text)?;
    if !["mysql", "mariadb", "mysqlx"].contains(&product.as_str()) {
        return None;
    }
    let mut parts = JdbcUrl::default();
    let rest = match find_userinfo_end(rest) {
        Some(at) => {
            // Several hosts have a login each: the first counts, and the text between is removed with the logins.
            let login = rest.get(..at)?;
            parts.user = userinfo_account(login).map(str::to_owned);
            parts.had_password = login.contains(':') || parts.user.as_deref() != Some(login);
            rest.get(at + 1..)?
        }
        None => rest,
    };
    let (before, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = before.split_once('/').unwrap_or((before, ""));
    let (authority, several) = authority.split_once(',').map_or((authority, false), |(first, _)| (first, true));
    parts.several = several;
    let (host, port) = split_port(authority);
    parts.host = host.to_owned();
    parts.port = port.map(str::to_owned);
    parts.database = Some(database.trim_end_matches('/').to_owned()).filter(|name| !name.is_empty());
    for option in options.replace("&amp;", "&").split('&') {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        match (key.to_ascii_lowercase().as_str(), value.to_ascii_lowercase().as_str()) {
            ("user" | "username", _) => parts.user = Some(value.to_owned()).filter(|user| !user.is_empty()),
            ("usessl", "false") | ("sslmode", "disabled") => parts.tls = Some("disabled"),
            ("usessl", "true") | ("sslmode", "required" | "preferred") => parts.tls = Some("required"),
            ("sslmode", "verify_ca" | "verify_identity") => parts.tls = Some("verify-ca"),
            ("", _) => {}
            _ if credentials::strip_credentials(option) != option => parts.had_password = true,
            _ if parts.left_out.len() < 10 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                parts.left_out.push(key.chars().take(40).collect());
            }
            _ => {}
        }
    }
    // The form `address=(host=…)` is not supported.
    (!parts.host.is_empty() && !parts.host.contains(['(', '='])).then_some(parts)
}

/// Splits `host:port` and `[v6]:port`; a bare IPv6 address has no port.
#[must_use]
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some(rest) = authority.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':').filter(|port| !port.is_empty())),
            None => (authority, None),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port).filter(|port| !port.is_empty())),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value as _;

    #[test]
    fn the_key_store_of_the_jvm_is_sent_unless_the_url_forbids_it() {
        for url in [
            "jdbc:mysql://db:3306/is",
            "JDBC:MySQL://db:3306/is?useSSL=true&amp;tcpKeepAlive=true",
            "jdbc:mysql:loadbalance://h1,h2/is?sslMode=VERIFY_CA",
            "jdbc:mysql://db/is?sslMode=PREFERRED&useSSL=false",
            "jdbc:mysql://db/is?fallbacktosystemkeystore=false",
            "jdbc:mysql://db/is?fallbackToSystemKeyStore=false&fallbackToSystemKeyStore=true",
        ] {
            assert!(may_send_system_key_store(url), "{url}");
        }
        for url in [
            "jdbc:mysql://db:3306/is?useSSL=false",
            "jdbc:mysql://db:3306/is?sslMode=disabled&amp;useSSL=true",
            "jdbc:mysql://db/is?sslMode=REQUIRED&amp;fallbackToSystemKeyStore=false",
            "jdbc:mysql://db/is?clientCertificateKeyStoreUrl=file:client.p12",
            "jdbc:mariadb://db/is",
            "jdbc:h2:./repository/database/WSO2CARBON_DB",
        ] {
            assert!(!may_send_system_key_store(url), "{url}");
        }
    }

    #[test]
    fn a_url_of_ours_can_be_pasted() {
        for (security, tls) in
            [("useSSL=false", "disabled"), ("sslMode=REQUIRED", "required"), ("sslMode=VERIFY_CA", "verify-ca")]
        {
            let parts = parse(&format!("jdbc:mysql://db1:3307/is?{security}&amp;{FALLBACK_KEY_STORE_OPTION}")).unwrap();
            assert_eq!((parts.tls, parts.had_password, parts.host.as_str()), (Some(tls), false, "db1"));
        }
    }

    #[test]
    fn a_pasted_url_is_taken_apart() {
        let parts = parse("jdbc:mysql://db1:3307/is?useSSL=true&amp;user=wso2&password=x").unwrap();
        assert_eq!(
            (parts.host.as_str(), parts.port.as_deref(), parts.database.as_deref()),
            ("db1", Some("3307"), Some("is"))
        );
        assert_eq!((parts.user.as_deref(), parts.had_password, parts.tls), (Some("wso2"), true, Some("required")));
        assert_eq!(parse("jdbc:mysql://[2001:db8::1]:3306/x").unwrap().host, "2001:db8::1");
        assert_eq!(parse("https://example.com"), None);
        for (url, host, port, user) in [
            ("jdbc:mysql:loadbalance://h1:3306,h2:3307/is", "h1", Some("3306"), None),
            ("jdbc:mysql:replication://h1,h2/is", "h1", None, None),
            ("JDBC:MySQL://H1:3306/is", "H1", Some("3306"), None),
            ("mysqlx://bob:pw@h1:33060/is", "h1", Some("33060"), Some("bob")),
            ("jdbc:mysql+srv://h1/is", "h1", None, None),
            ("jdbc:mariadb://bob:p/w?@h1:3306/is", "h1", Some("3306"), Some("bob")),
        ] {
            let parts = parse(url).unwrap();
            assert_eq!(
                (parts.host.as_str(), parts.port.as_deref(), parts.user.as_deref()),
                (host, port, user),
                "{url}"
            );
            assert_eq!((parts.database.as_deref(), parts.had_password), (Some("is"), url.contains("bob")), "{url}");
            assert_eq!(parts.several, url.contains("h2"), "{url}");
        }
        let host = |text: &str| crate::values::DatabaseHost::parse(text).unwrap_err().what;
        assert_eq!(host("jdbc:postgresql://h/db"), "This is a URL of postgresql, not of MySQL.");
        assert_eq!(host("jdbc:oracle:thin:@h:1521"), "This is a URL of oracle, not of MySQL.");
        let problem = host("jdbc:mysql://address=(host=h)(password=canary)/db");
        assert!(!problem.contains("canary"), "{problem}");
        assert_eq!(parse("jdbc:mysql:///x"), None);
    }
}
