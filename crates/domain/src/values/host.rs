//! Hosts: destinations of connections, and the public name of the cluster.
//!
//! [`crate::paste`] splits whole URLs that are pasted into a host field before they are parsed here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::one_line;
use crate::field_of_value;
use crate::value::{Control, Value, ValueError, quoted};

/// Longest name of the domain name system, in characters (RFC 1035, section 2.3.4).
const MAX_HOSTNAME_CHARS: usize = 253;

/// Reads a name of the domain name system; other scripts become their ASCII form (IDNA, UTS 46).
fn domain_name(text: &str, what: &str) -> Result<String, ValueError> {
    one_line(text, MAX_HOSTNAME_CHARS, what)?;
    let remedy = format!("Enter {what}.");
    let bare = text.strip_suffix('.').unwrap_or(text);
    let not_a_host = || ValueError::new(format!("{} is not a host name.", quoted(text)), remedy.clone());
    if bare.contains(['<', '>', '(', ')', '"', '\'', ' ', '=', '@']) {
        return Err(not_a_host());
    }
    if bare.contains("://") {
        return Err(ValueError::new(format!("{} looks like a URL.", quoted(text)), remedy));
    }
    if bare.contains('/') {
        return Err(ValueError::new(
            format!("{} contains a path.", quoted(text)),
            format!("Enter {what} without the path."),
        ));
    }
    if bare.contains(':') {
        return Err(ValueError::new(
            format!("{} contains a colon.", quoted(text)),
            format!("Enter {what} without a port."),
        ));
    }
    let ascii =
        idna::domain_to_ascii_strict(bare).or_else(|_| idna::domain_to_ascii(bare)).map_err(|_| not_a_host())?;
    // UTS 46 maps symbols that no registry assigns (RFC 5892 has no category for them).
    if bare.chars().any(is_symbol) {
        let what = format!("{} contains a symbol that host names cannot contain.", quoted(text));
        return Err(ValueError::new(what, "Enter a name of letters, digits, hyphens and dots."));
    }
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if ascii.len() > MAX_HOSTNAME_CHARS || !ascii.split('.').all(label_fits) {
        return Err(not_a_host());
    }
    // Some programs read a name of digits as an address, others as a name.
    if ascii.split('.').all(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        let why = if ascii.split('.').count() != 4 {
            "is not a complete IP address: it needs four numbers"
        } else if ascii.split('.').any(|part| part.len() > 1 && part.starts_with('0')) {
            "is not an IP address: programs read leading zeros differently"
        } else {
            "is not an IP address: each number is at most 255"
        };
        return Err(ValueError::new(format!("{} {why}.", quoted(text)), remedy));
    }
    Ok(ascii)
}

/// Symbols such as arrows, dingbats and emoji, with what joins them.
const fn is_symbol(letter: char) -> bool {
    matches!(letter, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}

/// The host of the database server: a host name, an IPv4 or an IPv6 address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseHost(String);

impl DatabaseHost {
    /// For connections: IPv6 without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For URLs: IPv6 in brackets (RFC 3986, section 3.2.2).
    #[must_use]
    pub fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }

    /// Whether each machine would connect to MySQL on itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Value for DatabaseHost {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<Ipv6Addr>() {
            return Ok(Self(address.to_string()));
        }
        if let Ok(address) = bare.parse::<Ipv4Addr>() {
            return Ok(Self(address.to_string()));
        }
        if let Some(product) = other_product(text) {
            let what = format!("This is a URL of {product}, not of MySQL.");
            return Err(ValueError::new(what, "Enter the host name or IP address of a MySQL or MariaDB server."));
        }
        domain_name(text, "a host name or an IP address").map(Self)
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// The product of a JDBC URL of another database, such as `postgresql`.
fn other_product(text: &str) -> Option<String> {
    let jdbc = text.trim().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("jdbc:"));
    let (product, _) = url_product(text).or_else(|| {
        let (_, rest) = text.split_once(':')?;
        Some((rest.split(':').next().unwrap_or(rest).to_ascii_lowercase(), ""))
    })?;
    let is_name = !product.is_empty() && product.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (jdbc && is_name && !["mysql", "mariadb", "mysqlx"].contains(&product.as_str())).then_some(product)
}

/// The product in lower case and the text after `//`: `jdbc:mysql:loadbalance://h` gives `mysql` and `h`.
pub(crate) fn url_product(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.trim().trim_matches(['"', '\'']).split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let product = scheme.strip_prefix("jdbc:").unwrap_or(&scheme);
    Some((product.split([':', '+']).next().unwrap_or(product).to_owned(), rest))
}

/// A node's address. Hazelcast's members are split at the colon, so IPv6 cannot be used (carbon-kernel
/// WKABasedMembershipScheme).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NodeHost(String);

impl NodeHost {
    /// The name or IPv4 address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, if the host is an address.
    #[must_use]
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.0.parse().ok()
    }

    /// Whether the node can only be reached from its own machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The machine, as far as the text identifies it: all loopback addresses are the same machine.
    #[must_use]
    pub fn machine(&self) -> &str {
        if self.is_loopback() { "127.0.0.1" } else { &self.0 }
    }
}

impl Value for NodeHost {
    const CONTROL: Control = Control::Text(28);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let what = "an IPv4 address or a host name";
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<Ipv6Addr>().is_ok() {
            return Err(ValueError::new(
                "IS splits its member list at colons, so IPv6 addresses do not work here.",
                format!("Enter {what}."),
            ));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
                return Err(ValueError::new(
                    format!("{address} is not the address of one machine."),
                    "Enter the node's own IPv4 address.",
                ));
            }
            return Ok(Self(address.to_string()));
        }
        domain_name(text, what).map(Self)
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// The address of the load balancer's machine: an IPv4 address or a host name, as entries of hosts.txt need it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoadBalancerHost(NodeHost);

impl std::ops::Deref for LoadBalancerHost {
    type Target = NodeHost;

    fn deref(&self) -> &NodeHost {
        &self.0
    }
}

impl Value for LoadBalancerHost {
    const CONTROL: Control = Control::Text(28);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<Ipv6Addr>().is_ok() {
            return Err(ValueError::new(
                format!("{} is an IPv6 address. The checks of the load balancer use IPv4.", quoted(text)),
                "Enter an IPv4 address or a host name.",
            ));
        }
        NodeHost::parse(text).map(Self)
    }

    fn text(&self) -> String {
        self.0.text()
    }
}

/// The public name of the cluster. Not an address, because certificates, callbacks and the issuer contain it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicHostname(String);

impl PublicHostname {
    /// The name in its ASCII form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every machine resolves the name to itself (RFC 6761, section 6.3).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.0 == "localhost.localdomain" || self.0.ends_with(".localhost")
    }
}

impl Value for PublicHostname {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let what = "a host name such as login.example.com";
        if text.parse::<IpAddr>().is_ok() {
            return Err(ValueError::new(
                format!("{} is an IP address.", quoted(text)),
                format!("Enter {what}: certificates, callbacks and tokens contain it."),
            ));
        }
        let (_, after) = text.split_once("://").unwrap_or(("", text));
        if after.split_once('/').is_some_and(|(host, path)| !path.is_empty() && domain_name(host, what).is_ok()) {
            return Err(ValueError::new(
                format!("{} contains a path. IS behind a path is not supported.", quoted(text)),
                "Enter a dedicated host name for IS, such as login.example.com.",
            ));
        }
        let name = domain_name(text, what)?.to_ascii_lowercase();
        if name.contains('_') {
            return Err(ValueError::new(
                "Browsers and certificates do not accept underscores in a host name.",
                format!("Enter {what}."),
            ));
        }
        Ok(Self(name))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

field_of_value!(DatabaseHost, NodeHost, LoadBalancerHost, PublicHostname);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_their_forms() {
        assert_eq!(DatabaseHost::parse("[2001:DB8::1]").unwrap().in_url(), "[2001:db8::1]");
        assert_eq!(DatabaseHost::parse("db.internal.").unwrap().as_str(), "db.internal");
        assert_eq!(PublicHostname::parse("Bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
        assert!(NodeHost::parse("127.0.0.1").unwrap().is_loopback());
        assert_eq!(NodeHost::parse("localhost").unwrap().machine(), NodeHost::parse("127.0.0.2").unwrap().machine());
        assert!(DatabaseHost::parse("[::1]").unwrap().is_loopback());
        assert!(!DatabaseHost::parse("db.example.com").unwrap().is_loopback());
    }

    #[test]
    fn what_is_not_a_host_is_rejected_with_what_to_enter() {
        for text in [
            "2001:db8::1",
            "0.0.0.0",
            "a b",
            "a..b",
            "-a.example",
            "10.0.0",
            "http://a/",
            "node:4000",
            "'; DROP",
            "{{7*7}}",
            "${x}",
            "<b>",
        ] {
            let problem = NodeHost::parse(text).unwrap_err();
            assert!(problem.remedy.starts_with("Enter "), "{text}: {problem:?}");
        }
        assert!(PublicHostname::parse("10.0.0.1").is_err());
        let description = |problem: Result<_, ValueError>| problem.map(|_: String| ()).unwrap_err().what;
        let host = |text: &str| description(NodeHost::parse(text).map(|host| host.text()));
        assert_eq!(host("10.0.0.300"), "“10.0.0.300” is not an IP address: each number is at most 255.");
        assert_eq!(host("10.0.0"), "“10.0.0” is not a complete IP address: it needs four numbers.");
        assert_eq!(host("010.0.0.1"), "“010.0.0.1” is not an IP address: programs read leading zeros differently.");
        assert_eq!(host("<script>alert(1)</script>"), "“<script>alert(1)</script>” is not a host name.");
        for text in ["db😀.example", "➜.example", "a\u{fe0f}.example"] {
            assert!(DatabaseHost::parse(text).is_err(), "{text}");
        }
        let balancer = description(LoadBalancerHost::parse("fe80::1").map(|host| host.text()));
        assert_eq!(balancer, "“fe80::1” is an IPv6 address. The checks of the load balancer use IPv4.");
        for text in ["https://id.example.com/auth", "id.example.com/auth", "id.example.com/auth/"] {
            let what = description(PublicHostname::parse(text).map(|name| name.text()));
            assert!(what.ends_with("contains a path. IS behind a path is not supported."), "{what}");
        }
        assert!(PublicHostname::parse("localhost").unwrap().is_loopback());
        assert!(!PublicHostname::parse("login.example.com").unwrap().is_loopback());
        assert!(PublicHostname::parse("a_b.example").is_err());
    }
}
