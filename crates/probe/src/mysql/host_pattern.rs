//! Whether the host part of a MySQL account includes an address (MySQL reference manual, "Specifying account names").
//!
//! Patterns of host names cannot be evaluated here: the result of the server's reverse lookup is unknown.

use std::net::{IpAddr, Ipv4Addr};

/// Whether an account for `pattern` may connect from `address`; `None` if only the server knows.
#[must_use]
pub fn matches(pattern: &str, address: IpAddr) -> Option<bool> {
    let address = address.to_canonical();
    if pattern == "%" {
        return Some(true);
    }
    if let Some((network, mask)) = pattern.split_once('/') {
        return in_network(network, mask, address);
    }
    if let Ok(exact) = pattern.parse::<IpAddr>() {
        // A server that resolves names sees loopback as localhost, which an account for 127.0.0.1 matches as well.
        return Some(exact.to_canonical() == address);
    }
    let is_address_pattern =
        pattern.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'%' | b'_'));
    if is_address_pattern {
        return Some(is_like(pattern.as_bytes(), address.to_string().as_bytes()));
    }
    if pattern.eq_ignore_ascii_case("localhost") && !address.is_loopback() {
        return Some(false);
    }
    None
}

/// `10.20.0.0/255.255.0.0`, or `10.20.0.0/16` from MySQL 8.0.23.
fn in_network(network: &str, mask: &str, address: IpAddr) -> Option<bool> {
    let network: Ipv4Addr = network.parse().ok()?;
    let mask = match mask.parse::<Ipv4Addr>() {
        Ok(mask) => mask.to_bits(),
        Err(_) => match mask.parse::<u32>().ok()? {
            0 => 0,
            bits @ 1..=32 => u32::MAX << (32 - bits),
            _ => return None,
        },
    };
    match address {
        IpAddr::V4(address) => Some(address.to_bits() & mask == network.to_bits() & mask),
        IpAddr::V6(_) => Some(false),
    }
}

/// SQL's `LIKE` without escapes: `%` any run of bytes, `_` any one.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    // The position after the last % and how much it has matched: only that one has to be retried.
    let (mut at, mut read, mut wildcard) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(b'%') => {
                wildcard = Some((at + 1, read));
                at += 1;
            }
            Some(byte) if *byte == b'_' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((after, matched)) = wildcard else { return false };
                wildcard = Some((after, matched + 1));
                (at, read) = (after, matched + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'%')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn address_patterns_are_evaluated_and_names_are_not() {
        for (pattern, address, expected) in [
            ("%", "10.1.2.3", Some(true)),
            ("10.20.0.%", "10.20.0.7", Some(true)),
            ("10.20.0.%", "10.20.1.7", Some(false)),
            ("10.20.0._", "10.20.0.71", Some(false)),
            ("10.20.0.0/255.255.255.0", "10.20.0.200", Some(true)),
            ("10.20.0.0/16", "10.21.0.1", Some(false)),
            ("10.20.0.0/99", "10.21.0.1", None),
            ("127.0.0.1", "127.0.0.1", Some(true)),
            ("10.9.9.9", "127.0.0.1", Some(false)),
            ("localhost", "10.0.0.1", Some(false)),
            ("localhost", "127.0.0.1", None),
            ("%.example.com", "10.0.0.1", None),
        ] {
            assert_eq!(matches(pattern, address.parse().unwrap()), expected, "{pattern} {address}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_is_parsed(pattern: String, bits: u32) {
            let _ = matches(&pattern, IpAddr::V4(Ipv4Addr::from_bits(bits)));
        }

        #[test]
        fn a_prefix_of_an_address_matches(bits: u32, keep in 0_usize..12) {
            let address = Ipv4Addr::from_bits(bits);
            let text = address.to_string();
            prop_assume!(keep < text.len());
            prop_assert_eq!(matches(&format!("{}%", &text[..keep]), IpAddr::V4(address)), Some(true));
        }
    }
}
