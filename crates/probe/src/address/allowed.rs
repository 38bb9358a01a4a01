//! The networks to which the operator limits connections (`dial_allow`).

use std::net::IpAddr;
use std::str::FromStr;

use super::pinned::{AddressRefusal, PinnedAddress, pin};

/// A network such as `10.20.0.0/16`, or one address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is not a network.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a network such as 10.20.0.0/16, nor an address")]
pub struct NetworkParseError;

impl FromStr for Network {
    type Err = NetworkParseError;

    fn from_str(text: &str) -> Result<Self, NetworkParseError> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().map_err(|_| NetworkParseError)?;
        let max_bits = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(max_bits), |bits| bits.trim().parse().map_err(|_| NetworkParseError))?;
        if bits > max_bits { Err(NetworkParseError) } else { Ok(Self { address, bits }) }
    }
}

impl Network {
    /// Whether it contains `address`. An IPv4 network contains no IPv6 address, and vice versa.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, max_bits: u32| {
            let rest = max_bits - u32::from(self.bits);
            one.checked_shr(rest).unwrap_or(0) == other.checked_shr(rest).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(asked)) => same(own.to_bits().into(), asked.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(asked)) => same(own.to_bits(), asked.to_bits(), 128),
            _ => false,
        }
    }
}

/// The networks that may be dialled; all by default. What [`super::refusal`] refuses stays refused.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AllowedNetworks(Option<Vec<Network>>);

impl AllowedNetworks {
    /// Only these networks.
    #[must_use]
    pub fn only(networks: Vec<Network>) -> Self {
        Self(Some(networks))
    }

    /// Allows a connection to `address` and `port`.
    ///
    /// # Errors
    /// The [`AddressRefusal`] of an address that is not dialled.
    pub fn pin(&self, address: IpAddr, port: u16) -> Result<PinnedAddress, AddressRefusal> {
        let pinned = pin(address, port)?;
        match &self.0 {
            Some(networks) if !networks.iter().any(|network| network.holds(pinned.socket().ip())) => {
                Err(AddressRefusal::NotAllowed)
            }
            _ => Ok(pinned),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_operator_limits_the_networks() {
        let networks = ["10.20.0.0/16", "127.0.0.1", "fd12::/16"].map(|text| text.parse().unwrap());
        let allowed = AllowedNetworks::only(networks.to_vec());
        let pin = |text: &str| allowed.pin(text.parse().unwrap(), 3306).err();
        for text in ["10.20.0.5", "::ffff:10.20.255.255", "127.0.0.1", "fd12:1::5"] {
            assert_eq!(pin(text), None, "{text}");
        }
        for text in ["10.21.0.5", "127.0.0.2", "fd13::1", "8.8.8.8", "::1"] {
            assert_eq!(pin(text), Some(AddressRefusal::NotAllowed), "{text}");
        }
        // No list allows what is refused in general.
        let all = AllowedNetworks::only(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()]);
        assert_eq!(all.pin("169.254.169.254".parse().unwrap(), 80).err(), Some(AddressRefusal::CloudMetadata));
        assert_eq!(all.pin("fe80::1".parse().unwrap(), 80).err(), Some(AddressRefusal::LinkLocal));
        assert_eq!(
            AllowedNetworks::only(Vec::new()).pin("10.0.0.1".parse().unwrap(), 80).err(),
            Some(AddressRefusal::NotAllowed)
        );
        for text in ["", "10.0.0.0/33", "10.0.0.0/x", "example.com", "::/129", "10.0.0.0/-1"] {
            assert_eq!(text.parse::<Network>(), Err(NetworkParseError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_network_holds_what_begins_alike(bits: u32, other: u32, length in 0u8..=32) {
            let network = Network { address: IpAddr::V4(Ipv4Addr::from_bits(bits)), bits: length };
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            let expected = bits & mask == other & mask;
            prop_assert_eq!(network.holds(IpAddr::V4(Ipv4Addr::from_bits(other))), expected);
        }
    }
}
