//! Numbers: ports, offsets, pool sizes and the load balancer's version.

use crate::field_of_value;
use crate::value::{Control, Value, ValueError, quoted};

/// Reads a whole number of digits only: no sign, exponent or spaces.
fn parse_integer(text: &str, what: &str, from: u32, to: u32) -> Result<u32, ValueError> {
    let remedy = format!("Enter {what} from {from} to {to}.");
    // A number below zero is a whole number too.
    let digits = text.strip_prefix(['-', '−']).unwrap_or(text);
    if digits.len() < text.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ValueError::new(format!("{} is below {from}.", quoted(text)), remedy));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ValueError::new(format!("{} is not a whole number.", quoted(text)), remedy));
    }
    match text.parse::<u32>() {
        Ok(number) if (from..=to).contains(&number) => Ok(number),
        _ => Err(ValueError::new(format!("{} is out of range.", quoted(text)), remedy)),
    }
}

/// Declares a number with its range.
macro_rules! number {
    ($(#[$meta:meta])* $name:ident($inner:ty), $width:literal, $what:literal, $from:literal..=$to:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub struct $name($inner);

        impl $name {
            /// The number.
            #[must_use]
            pub const fn get(self) -> $inner { self.0 }
        }

        impl Value for $name {
            const CONTROL: Control = Control::Number($width);

            fn parse(text: &str) -> Result<Self, ValueError> {
                let number = parse_integer(text, $what, $from, $to)?;
                <$inner>::try_from(number)
                    .map(Self)
                    .map_err(|_| ValueError::new("", concat!("Enter ", $what, ".")))
            }

            fn text(&self) -> String { self.0.to_string() }
        }

        field_of_value!($name);
    };
}

number!(
    /// A TCP port.
    Port(u16), 5, "a port", 1..=65535
);
number!(
    /// The number added to the ports of IS (`[server] offset`). 54,000 keeps 10711 + offset within 65,535.
    PortOffset(u16), 5, "an offset", 0..=54000
);
number!(
    /// Hazelcast's port (`local_member_port`): the offset does not apply to it.
    HazelcastPort(u16), 5, "a port", 1024..=65535
);
number!(
    /// Seconds without a heartbeat after which Hazelcast drops a member (`hazelcast.max.no.heartbeat.seconds`). The
    /// load balancer waits 10 s for a node, so a shorter time would drop nodes that it still uses; 600 is the default
    /// of IS.
    HeartbeatTimeout(u16), 4, "a number of seconds", 10..=600
);
number!(
    /// Maximum connections of a pool (`pool_options.maxActive`); the default of IS is 50.
    PoolSize(u16), 4, "a number of connections", 5..=1000
);

/// The load balancer's version, such as 1.22 or 1.30.6. It determines the syntax of the generated files.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LoadBalancerVersion {
    /// The first number.
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number; 0 if omitted.
    pub patch: u16,
}

impl Value for LoadBalancerVersion {
    const CONTROL: Control = Control::Text(20);

    /// Reads a version, or the line that `nginx -v` or `haproxy -v` prints: `nginx version: nginx/1.22.1 (Ubuntu)`,
    /// `HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/`.
    fn parse(text: &str) -> Result<Self, ValueError> {
        let problem = || {
            ValueError::new(
                format!("{} is not a version.", quoted(text)),
                "Enter a version such as 1.30 or 1.30.6, or the first line of nginx -v or haproxy -v.",
            )
        };
        let part = |text: &str| {
            parse_integer(text, "", 0, 999).ok().filter(|_| !text.is_empty()).and_then(|part| u16::try_from(part).ok())
        };
        let number = printed_version(text).ok_or_else(problem)?;
        let parts: Option<Vec<u16>> = number.split('.').map(part).collect();
        match parts.as_deref() {
            Some([major, minor]) => Ok(Self { major: *major, minor: *minor, patch: 0 }),
            Some([major, minor, patch]) => Ok(Self { major: *major, minor: *minor, patch: *patch }),
            _ => Err(problem()),
        }
    }

    fn text(&self) -> String {
        if self.patch == 0 {
            format!("{}.{}", self.major, self.minor)
        } else {
            format!("{}.{}.{}", self.major, self.minor, self.patch)
        }
    }
}

/// The version number in the output of the programs, without the suffix of a distribution (`-1+deb12u1`).
fn printed_version(text: &str) -> Option<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let of_nginx = words.iter().find_map(|word| {
        let (name, version) = word.split_once('/')?;
        name.eq_ignore_ascii_case("nginx").then_some(version)
    });
    let is_name = |word: &&str| ["nginx", "haproxy", "ha-proxy"].iter().any(|name| word.eq_ignore_ascii_case(name));
    let token = match (of_nginx, words.as_slice()) {
        (Some(version), _) => version,
        (None, [name, word, version, ..]) if is_name(name) && word.eq_ignore_ascii_case("version") => version,
        (None, [name, version]) if is_name(name) => version,
        (None, [version]) => version,
        _ => return None,
    };
    let token = token.strip_prefix('v').unwrap_or(token);
    let end = token.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(token.len());
    let (number, added) = token.split_at(end);
    (added.is_empty() || added.starts_with(['-', '+', '~'])).then_some(number)
}

field_of_value!(LoadBalancerVersion);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_message() {
        for (text, cause) in [
            ("0", "out of range"),
            ("65536", "out of range"),
            ("-1", "is below 1"),
            ("--1", "not a whole number"),
            ("1.5", "not a whole number"),
            ("1e3", "not a whole number"),
            ("99999999999", "out of range"),
        ] {
            let problem = Port::parse(text).unwrap_err();
            assert!(problem.what.contains(cause), "{text}: {problem:?}");
            assert_eq!(problem.remedy, "Enter a port from 1 to 65535.");
        }
        assert_eq!(Port::parse("65535").unwrap().get(), 65535);
    }

    #[test]
    fn what_the_programs_print_is_read() {
        for (text, expected) in [
            ("1.22.1", "1.22.1"),
            ("v1.30", "1.30"),
            ("nginx/1.22.1", "1.22.1"),
            ("nginx version: nginx/1.22.1", "1.22.1"),
            ("nginx version: nginx/1.24.0 (Ubuntu)", "1.24"),
            ("1.22.1-9+deb12u1", "1.22.1"),
            ("HAProxy version 2.6.12-1+deb12u1 2023/12/16 - https://haproxy.org/", "2.6.12"),
            ("HA-Proxy version 2.2.9-2+deb11u6 2023/08/22 - https://haproxy.org/", "2.2.9"),
            ("HAProxy version 3.0.5-8e879a5 2024/09/19 - https://haproxy.org/\nStatus: long-term", "3.0.5"),
            ("HAProxy 2.8", "2.8"),
        ] {
            assert_eq!(
                LoadBalancerVersion::parse(text).map(|version| version.text()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
        for text in ["Apache/2.4.57", "tengine/2.4.0", "1.22 or so", "1.22.1.2.3", "nginx", "1.2x", "version 1.22"] {
            let problem = LoadBalancerVersion::parse(text).unwrap_err();
            assert!(problem.what.contains("is not a version"), "{text}: {problem:?}");
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        let version = |text| LoadBalancerVersion::parse(text).unwrap();
        assert!(version("1.30") > version("1.22.1"));
        assert!(version("1.9") < version("1.25.1"));
        assert!(LoadBalancerVersion::parse("1").is_err());
        assert!(LoadBalancerVersion::parse("1..2").is_err());
    }
}
