//! The connection URL of a directory: one server, or several with the same entries, which IS tries in order.

use super::{NodeHost, Port, one_line};
use crate::field_of_value;
use crate::value::{Control, Value, ValueError, quoted};

/// Maximum number of servers of one directory.
const MAX_SERVERS: usize = 8;
const WHAT: &str = "a URL such as ldaps://ldap.example.com:636";

/// One server: `ldap://host:389` or `ldaps://host:636`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LdapUrl {
    /// Whether the connection is TLS from the start.
    pub secure: bool,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl LdapUrl {
    fn parse(text: &str) -> Result<Self, ValueError> {
        let problem = || ValueError::new(format!("{} is not an LDAP URL.", quoted(text)), format!("Enter {WHAT}."));
        let (secure, rest) = match text.split_once("://") {
            Some(("ldap", rest)) => (false, rest),
            Some(("ldaps", rest)) => (true, rest),
            _ => return Err(problem()),
        };
        let (host, port) = match rest.trim_end_matches('/').rsplit_once(':') {
            Some((host, port)) => (host, Port::parse(port)?.get()),
            None => (rest.trim_end_matches('/'), if secure { 636 } else { 389 }),
        };
        let host = NodeHost::parse(host).map_err(|_| problem())?.text();
        Ok(Self { secure, host, port })
    }

    fn text(&self) -> String {
        format!("{}://{}:{}", if self.secure { "ldaps" } else { "ldap" }, self.host, self.port)
    }

    /// Host and port, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// The servers of one directory, in the order in which IS tries them: ConnectionURL is JNDI's
/// `java.naming.provider.url`, which accepts several URLs, separated by spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LdapUrls {
    first: LdapUrl,
    others: Vec<LdapUrl>,
}

impl LdapUrls {
    /// The servers, in order.
    pub fn iter(&self) -> impl Iterator<Item = &LdapUrl> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Whether every connection is TLS from the start; none is otherwise.
    #[must_use]
    pub const fn secure(&self) -> bool {
        self.first.secure
    }

    /// The number of servers, at least one.
    #[must_use]
    pub const fn count(&self) -> usize {
        1 + self.others.len()
    }
}

impl Value for LdapUrls {
    const CONTROL: Control = Control::Text(48);

    fn parse(text: &str) -> Result<Self, ValueError> {
        one_line(text, 300, WHAT)?;
        if text.contains(',') {
            return Err(ValueError::new(
                "IS does not accept commas between URLs of directory servers.",
                "Separate them with spaces, such as ldaps://ldap1.example.com:636 ldaps://ldap2.example.com:636.",
            ));
        }
        let mut servers = text.split_whitespace().map(LdapUrl::parse);
        let Some(first) = servers.next().transpose()? else {
            return Err(ValueError::new("The URL is empty.", format!("Enter {WHAT}.")));
        };
        let others = servers.collect::<Result<Vec<_>, _>>()?;
        if others.len() >= MAX_SERVERS {
            let what = format!("The list contains {} directory servers.", 1 + others.len());
            return Err(ValueError::new(what, format!("Enter at most {MAX_SERVERS}.")));
        }
        if let Some(other) = others.iter().find(|other| other.secure != first.secure) {
            return Err(ValueError::new(
                format!("Only one of {} and {} uses TLS.", first.text(), other.text()),
                "Use ldaps:// for all servers or for none: IS sends passwords to any server that answers.",
            ));
        }
        let all: Vec<&LdapUrl> = std::iter::once(&first).chain(&others).collect();
        if let Some((_, twice)) = all.iter().enumerate().find(|(at, url)| all[..*at].contains(url)) {
            return Err(ValueError::new(format!("{} is listed twice.", twice.text()), "Enter each server once."));
        }
        Ok(Self { first, others })
    }

    fn text(&self) -> String {
        self.iter().map(LdapUrl::text).collect::<Vec<_>>().join(" ")
    }
}

field_of_value!(LdapUrls);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        LdapUrls::parse(text).unwrap().text()
    }

    fn refused(text: &str) -> String {
        LdapUrls::parse(text).unwrap_err().what
    }

    #[test]
    fn addresses_get_their_default_port() {
        assert_eq!(text("ldaps://ldap.example.com/"), "ldaps://ldap.example.com:636");
        assert!(refused("http://ldap.example.com").contains("is not an LDAP URL"));
        assert!(LdapUrls::parse("ldap://a:0").is_err() && LdapUrls::parse(" ").is_err());
    }

    #[test]
    fn several_servers_are_tried_in_the_order_given() {
        assert_eq!(text("ldaps://b  ldaps://a:3269/"), "ldaps://b:636 ldaps://a:3269");
        let urls = LdapUrls::parse("ldap://a ldap://b:1389").unwrap();
        assert_eq!(urls.iter().map(LdapUrl::place).collect::<Vec<_>>(), ["a:389", "b:1389"]);
        assert!(urls.count() == 2 && !urls.secure());
        assert!(refused("ldap://a,b").contains("does not accept commas"));
        assert!(refused("ldaps://a:636,ldaps://b:636").contains("does not accept commas"));
        assert!(refused("ldaps://a ldap://b").contains("Only one of"));
        assert!(refused("ldap://a ldap://b ldap://a:389").contains("is listed twice"));
        assert!(refused("ldap://a b").contains("is not an LDAP URL"));
        let many: Vec<String> = (0..9).map(|number| format!("ldap://a{number}")).collect();
        assert!(refused(&many.join(" ")).contains("contains 9 directory servers."));
        assert!(LdapUrls::parse(&many[..8].join(" ")).is_ok());
    }
}
