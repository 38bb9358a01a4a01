//! JDBC URLs: how ours are written, and how one that somebody pastes is taken apart.
//!
//! Options are those WSO2's guides give (FACTS c). Nothing here escapes for XML; that is the render plan's.

use crate::steps::{Database, DatabaseTls};

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
        "jdbc:mysql://{}:{}/{name}?{security}&connectTimeout=10000&socketTimeout=60000&tcpKeepAlive=true",
        database.host.in_url(),
        database.port.get(),
    )
}

/// What a pasted JDBC URL says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parts {
    /// Host, without brackets.
    pub host: String,
    /// Port, if one was given.
    pub port: Option<String>,
    /// Database name, if one was given.
    pub database: Option<String>,
    /// `user` or `username` among the options.
    pub user: Option<String>,
    /// Whether a password was among the options. It is not kept: the URL was seen on a screen.
    pub had_password: bool,
    /// What the options say about TLS, as a value of `database.tls`.
    pub tls: Option<&'static str>,
}

/// Takes a JDBC URL of MySQL or MariaDB apart. `None` for any other text.
#[must_use]
pub fn take_apart(text: &str) -> Option<Parts> {
    let text = text.trim().trim_matches(['"', '\'']);
    let rest = text.strip_prefix("jdbc:").unwrap_or(text);
    let rest = rest.strip_prefix("mysql://").or_else(|| rest.strip_prefix("mariadb://"))?;
    let (before, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = before.split_once('/').unwrap_or((before, ""));
    let mut parts = Parts::default();
    let authority = match authority.rsplit_once('@') {
        Some((login, authority)) => {
            let (user, password) = login.split_once(':').map_or((login, None), |(user, word)| (user, Some(word)));
            parts.user = Some(user.to_owned()).filter(|user| !user.is_empty());
            parts.had_password = password.is_some();
            authority
        }
        None => authority,
    };
    let (host, port) = split_port(authority);
    parts.host = host.to_owned();
    parts.port = port.map(str::to_owned);
    parts.database = Some(database.trim_end_matches('/').to_owned()).filter(|name| !name.is_empty());
    for option in options.replace("&amp;", "&").split('&') {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        match (key, value.to_ascii_lowercase().as_str()) {
            ("user" | "username", _) => parts.user = Some(value.to_owned()),
            ("password", _) => parts.had_password = true,
            ("useSSL", "false") | ("sslMode", "disabled") => parts.tls = Some("disabled"),
            ("useSSL", "true") | ("sslMode", "required" | "preferred") => parts.tls = Some("required"),
            ("sslMode", "verify_ca" | "verify_identity") => parts.tls = Some("verify-ca"),
            _ => {}
        }
    }
    (!parts.host.is_empty()).then_some(parts)
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

    #[test]
    fn a_pasted_url_is_taken_apart() {
        let parts = take_apart("jdbc:mysql://db1:3307/is?useSSL=true&amp;user=wso2&password=x").unwrap();
        assert_eq!(
            (parts.host.as_str(), parts.port.as_deref(), parts.database.as_deref()),
            ("db1", Some("3307"), Some("is"))
        );
        assert_eq!((parts.user.as_deref(), parts.had_password, parts.tls), (Some("wso2"), true, Some("required")));
        assert_eq!(take_apart("jdbc:mysql://[2001:db8::1]:3306/x").unwrap().host, "2001:db8::1");
        assert_eq!(take_apart("https://example.com"), None);
        assert_eq!(take_apart("jdbc:mysql:///x"), None);
    }
}
