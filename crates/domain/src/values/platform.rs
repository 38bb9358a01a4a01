//! Names of platforms that assign addresses: Kubernetes' namespaces and services, and the address range of a VPC.

use super::one_line;
use crate::field_of_value;
use crate::value::{Control, Value, ValueError, quoted};

/// Maximum length of a label in Kubernetes names (RFC 1123 and RFC 1035).
const MAX_LABEL_CHARS: usize = 63;

/// Whether a text is a label of RFC 1123: lower-case letters, digits and hyphens, without a hyphen at either end.
fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL_CHARS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A namespace of Kubernetes: a label of RFC 1123.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubernetesNamespace(String);

impl KubernetesNamespace {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for KubernetesNamespace {
    const CONTROL: Control = Control::Text(32);

    fn parse(text: &str) -> Result<Self, ValueError> {
        one_line(text, 255, "a namespace")?;
        if !is_label(text) {
            return Err(ValueError::new(
                format!("{} is not a namespace name.", quoted(text)),
                "Enter up to 63 lower-case letters, digits and hyphens, such as identity.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// Services of Kubernetes, each a label of RFC 1035. The membership scheme splits the list at commas and does not trim
/// it, so it is written without spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubernetesServices(Vec<String>);

impl KubernetesServices {
    /// The names in the order they were entered, none twice.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// Maximum number of services of one plan.
const MAX_SERVICES: usize = 16;

impl Value for KubernetesServices {
    const CONTROL: Control = Control::Text(40);

    fn parse(text: &str) -> Result<Self, ValueError> {
        one_line(text, 1100, "the names of services")?;
        let mut names: Vec<String> = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !is_label(name) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
                return Err(ValueError::new(
                    format!("{} is not a service name.", quoted(name)),
                    "Enter at most 63 lower-case letters, digits and hyphens, starting with a letter. Separate several with commas.",
                ));
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        if names.is_empty() || names.len() > MAX_SERVICES {
            let what = format!("The list contains {} services.", names.len());
            return Err(ValueError::new(what, format!("Enter 1 to {MAX_SERVICES} names, separated by commas.")));
        }
        Ok(Self(names))
    }

    fn text(&self) -> String {
        self.0.join(",")
    }
}

/// The IPv4 range of a VPC, as Hazelcast's pattern of interfaces: four parts, each a number or `*` (AddressUtil). Only a
/// CIDR that ends at a whole number can be written so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VpcRange {
    octets: [u8; 4],
    /// The number of fixed octets, 1 to 4.
    fixed: usize,
}

impl VpcRange {
    /// Hazelcast's pattern, such as `10.0.*.*`.
    #[must_use]
    pub fn pattern(&self) -> String {
        let part = |(place, octet): (usize, &u8)| if place < self.fixed { octet.to_string() } else { "*".to_owned() };
        self.octets.iter().enumerate().map(part).collect::<Vec<_>>().join(".")
    }
}

impl Value for VpcRange {
    const CONTROL: Control = Control::Text(20);

    fn parse(text: &str) -> Result<Self, ValueError> {
        let remedy = "Enter a range such as 10.0.0.0/16.";
        one_line(text, 64, "a range such as 10.0.0.0/16")?;
        let not_a_range = || ValueError::new(format!("{} is not an address range.", quoted(text)), remedy);
        let numbers = |address: &str| -> Option<Vec<u8>> {
            let is_plain = |part: &str| part.parse::<u8>().is_ok_and(|number| number.to_string() == part);
            address.split('.').map(|part| part.parse().ok().filter(|_| is_plain(part))).collect()
        };
        let Some((address, length)) = text.split_once('/') else {
            // The pattern itself, as in WSO2's guide.
            let fixed = text.split(".*").next().unwrap_or_default();
            let mut octets = numbers(fixed).ok_or_else(not_a_range)?;
            let count = octets.len();
            octets.resize(4, 0);
            let range = Self { octets: octets.try_into().map_err(|_| not_a_range())?, fixed: count };
            return if range.pattern() == text && count < 4 { Ok(range) } else { Err(not_a_range()) };
        };
        let octets: [u8; 4] = numbers(address).and_then(|octets| octets.try_into().ok()).ok_or_else(not_a_range)?;
        let length: u8 = length.parse().ok().filter(|length| (1..=32).contains(length)).ok_or_else(not_a_range)?;
        let mask = u32::MAX << (32 - u32::from(length));
        let bits = u32::from_be_bytes(octets);
        if bits & !mask != 0 {
            let start = std::net::Ipv4Addr::from(bits & mask);
            let what = format!("{} does not start at the beginning of a range.", quoted(text));
            return Err(ValueError::new(what, format!("Enter the start of the range: {start}/{length}.")));
        }
        if !length.is_multiple_of(8) {
            let whole = length / 8 * 8;
            let around = std::net::Ipv4Addr::from(bits & (u32::MAX.checked_shl(32 - u32::from(whole)).unwrap_or(0)));
            let instead = if whole == 0 {
                "a narrower range that ends at /8, /16 or /24".to_owned()
            } else {
                format!("the enclosing range, {around}/{whole}")
            };
            return Err(ValueError::new(
                format!("Hazelcast's pattern supports whole octets only, not /{length}."),
                format!("Enter {instead}, or a subnet that ends at /8, /16, /24 or /32."),
            ));
        }
        Ok(Self { octets, fixed: usize::from(length / 8) })
    }

    fn text(&self) -> String {
        let address = std::net::Ipv4Addr::from(self.octets);
        format!("{address}/{}", self.fixed * 8)
    }
}

field_of_value!(KubernetesNamespace, KubernetesServices, VpcRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kubernetes_are_labels_without_blanks() {
        let services = |text: &str| KubernetesServices::parse(text).map(|services| services.text());
        assert_eq!(services("wso2is-service, other ,wso2is-service").as_deref(), Ok("wso2is-service,other"));
        for wrong in ["My_Service!", "1is", "-is", "is-", "a.b", ",", "a b", "a,B"] {
            assert!(services(wrong).is_err(), "{wrong}");
        }
        assert!(services(&"a".repeat(64)).is_err());
        assert!(KubernetesNamespace::parse("1-identity").is_ok());
        for wrong in ["Identity Prod", "identity_prod", "a.b", "-a"] {
            assert!(KubernetesNamespace::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_becomes_hazelcasts_pattern_on_whole_numbers() {
        for (text, pattern, canonical) in [
            ("10.0.0.0/16", "10.0.*.*", "10.0.0.0/16"),
            ("10.0.0.0/8", "10.*.*.*", "10.0.0.0/8"),
            ("172.31.7.0/24", "172.31.7.*", "172.31.7.0/24"),
            ("172.31.7.9/32", "172.31.7.9", "172.31.7.9/32"),
            ("10.0.*.*", "10.0.*.*", "10.0.0.0/16"),
            ("10.*.*.*", "10.*.*.*", "10.0.0.0/8"),
        ] {
            let range = VpcRange::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            assert_eq!((range.pattern().as_str(), range.text().as_str()), (pattern, canonical), "{text}");
        }
        for wrong in [
            "10.0.0.0",
            "10.0.0.0/20",
            "10.0.0.0/0",
            "10.0.0.0/33",
            "10.0.0.7/16",
            "10.0/16",
            "*.*.*.*",
            "10.*.0.*",
            "a/16",
            "256.0.0.0/8",
            "010.0.0.0/8",
            "::/0",
            "10.0.0.0/4",
        ] {
            assert!(VpcRange::parse(wrong).is_err(), "{wrong}");
        }
        let problem = VpcRange::parse("10.0.16.0/20").unwrap_err();
        assert!(problem.remedy.contains("10.0.0.0/16"), "{problem:?}");
    }
}
