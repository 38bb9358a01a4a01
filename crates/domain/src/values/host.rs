//! Hosts: what a connection is opened to, and what clients call the cluster.
//!
//! Whole addresses that are pasted into a host field are taken apart by [`crate::paste`] before they come here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{one_line, quoted};
use crate::field_of_value;
use crate::value::{Control, Problem, Value};

/// Longest name of the domain name system, in characters (RFC 1035, section 2.3.4).
const LONGEST: usize = 253;

/// Reads a name of the domain name system; other scripts become their ASCII form (IDNA, UTS 46).
fn domain_name(text: &str, what: &str) -> Result<String, Problem> {
    one_line(text, LONGEST, what)?;
    let remedy = format!("Enter {what}.");
    let bare = text.strip_suffix('.').unwrap_or(text);
    if bare.contains("://") || bare.contains('/') {
        return Err(Problem::new(format!("{} is an address with a scheme or a path.", quoted(text)), remedy));
    }
    if bare.contains(':') {
        return Err(Problem::new(format!("{} holds a colon.", quoted(text)), format!("Enter {what} without a port.")));
    }
    let ascii = idna::domain_to_ascii_strict(bare)
        .or_else(|_| idna::domain_to_ascii(bare))
        .map_err(|_| Problem::new(format!("{} is not a host name.", quoted(text)), remedy.clone()))?;
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if ascii.len() > LONGEST || !ascii.split('.').all(label_fits) {
        return Err(Problem::new(format!("{} is not a host name.", quoted(text)), remedy));
    }
    // A name of digits alone would be read as an address by some programs and as a name by others.
    if ascii.split('.').all(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Problem::new(format!("{} is not a complete IP address.", quoted(text)), remedy));
    }
    Ok(ascii)
}

/// Where MySQL answers: a host name, an IPv4 or an IPv6 address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseHost(String);

impl DatabaseHost {
    /// As a connection takes it: no brackets around IPv6.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a URL takes it: IPv6 in brackets (RFC 3986, section 3.2.2).
    #[must_use]
    pub fn in_url(&self) -> String {
        if self.0.contains(':') { format!("[{}]", self.0) } else { self.0.clone() }
    }

    /// Whether each machine would look for MySQL on itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Value for DatabaseHost {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, Problem> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<Ipv6Addr>() {
            return Ok(Self(address.to_string()));
        }
        if let Ok(address) = bare.parse::<Ipv4Addr>() {
            return Ok(Self(address.to_string()));
        }
        if let Some(product) = crate::jdbc::other_product(text) {
            let what = format!("This is a URL of {product}, not of MySQL.");
            return Err(Problem::new(what, "Enter the host name or IP address of a MySQL or MariaDB server."));
        }
        domain_name(text, "a host name or an IP address").map(Self)
    }

    fn text(&self) -> String {
        self.0.clone()
    }
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

    /// The address, if an address was given.
    #[must_use]
    pub fn address(&self) -> Option<Ipv4Addr> {
        self.0.parse().ok()
    }

    /// Whether the node can only be reached from its own machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.address().is_some_and(|address| address.is_loopback())
    }

    /// The machine it leads to, as far as the text tells: every loopback address leads to one and the same.
    #[must_use]
    pub fn machine(&self) -> &str {
        if self.is_loopback() { "127.0.0.1" } else { &self.0 }
    }
}

impl Value for NodeHost {
    const CONTROL: Control = Control::Text(28);

    fn parse(text: &str) -> Result<Self, Problem> {
        let what = "an IPv4 address or a host name";
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if bare.parse::<Ipv6Addr>().is_ok() {
            return Err(Problem::new(
                "IS splits its member list at the colon, so an IPv6 address does not work here.",
                format!("Enter {what}."),
            ));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
                return Err(Problem::new(
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

/// The name clients call the cluster by. A name, not an address: it goes into certificates, callbacks and the issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostName(String);

impl HostName {
    /// The name in its ASCII form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for HostName {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, Problem> {
        let what = "a host name such as login.example.com";
        if text.parse::<IpAddr>().is_ok() {
            return Err(Problem::new(
                format!("{} is an address.", quoted(text)),
                format!("Enter {what}: it goes into certificates, callbacks and tokens."),
            ));
        }
        let name = domain_name(text, what)?.to_ascii_lowercase();
        if name.contains('_') {
            return Err(Problem::new(
                "Browsers and certificates do not take an underscore in a host name.",
                format!("Enter {what}."),
            ));
        }
        Ok(Self(name))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

field_of_value!(DatabaseHost, NodeHost, HostName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_in_their_forms() {
        assert_eq!(DatabaseHost::parse("[2001:DB8::1]").unwrap().in_url(), "[2001:db8::1]");
        assert_eq!(DatabaseHost::parse("db.internal.").unwrap().as_str(), "db.internal");
        assert_eq!(HostName::parse("Bücher.example").unwrap().as_str(), "xn--bcher-kva.example");
        assert!(NodeHost::parse("127.0.0.1").unwrap().is_loopback());
        assert_eq!(NodeHost::parse("localhost").unwrap().machine(), NodeHost::parse("127.0.0.2").unwrap().machine());
        assert!(DatabaseHost::parse("[::1]").unwrap().is_loopback());
        assert!(!DatabaseHost::parse("db.example.com").unwrap().is_loopback());
    }

    #[test]
    fn what_is_not_a_host_says_what_to_enter() {
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
        assert!(HostName::parse("10.0.0.1").is_err());
        assert!(HostName::parse("a_b.example").is_err());
    }
}
