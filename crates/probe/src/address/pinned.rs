//! Refuses addresses that are never dialled, and pins the others (docs/ARCHITECTURE.md, I10).
//!
//! Loopback and private addresses are allowed, since the product is bound to loopback and its databases and nodes are in private
//! networks.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::embedded::{self, EmbeddedV4};

/// Why an address is not dialled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddressRefusal {
    /// `0.0.0.0/8` or `::`: no host has it.
    Unspecified,
    /// `255.255.255.255`: all hosts of a network.
    Broadcast,
    /// `224.0.0.0/4` or `ff00::/8`: a group of hosts.
    Multicast,
    /// `169.254.0.0/16` or `fe80::/10`: valid on one link only.
    LinkLocal,
    /// An address at which a cloud issues credentials.
    CloudMetadata,
    /// An address outside the networks of `dial_allow` ([`super::AllowedNetworks`]).
    NotAllowed,
}

impl AddressRefusal {
    /// Whether no server can have such an address. The other refused addresses may exist.
    #[must_use]
    pub const fn is_no_machine(self) -> bool {
        matches!(self, Self::Unspecified | Self::Broadcast | Self::Multicast)
    }
}

impl fmt::Display for AddressRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unspecified => "an unspecified address",
            Self::Broadcast => "a broadcast address",
            Self::Multicast => "a multicast address",
            Self::LinkLocal => "a link-local address",
            Self::CloudMetadata => "a cloud metadata address",
            Self::NotAllowed => "an address outside dial_allow",
        })
    }
}

/// Metadata services outside the link-local range: Alibaba, Azure's wire server, Oracle.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
/// The link-local address that AWS, Azure, Google and others share.
const METADATA_LINK_LOCAL: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 254);
/// Google's metadata service over IPv6.
const METADATA_GOOGLE: Ipv6Addr = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);

/// Why an address is not dialled, or `None` if it may be. IPv4 within IPv6 (see [`embedded`]) counts as that IPv4
/// address.
#[must_use]
pub fn refusal(address: IpAddr) -> Option<AddressRefusal> {
    match address {
        IpAddr::V4(address) => refusal_v4(address),
        IpAddr::V6(address) => refusal_v6(address),
    }
}

fn refusal_v4(address: Ipv4Addr) -> Option<AddressRefusal> {
    if address.octets()[0] == 0 {
        Some(AddressRefusal::Unspecified)
    } else if address.is_broadcast() {
        Some(AddressRefusal::Broadcast)
    } else if address.is_multicast() {
        Some(AddressRefusal::Multicast)
    } else if METADATA_V4.contains(&address) || address == METADATA_LINK_LOCAL {
        Some(AddressRefusal::CloudMetadata)
    } else if address.is_link_local() {
        Some(AddressRefusal::LinkLocal)
    } else {
        None
    }
}

fn refusal_v6(address: Ipv6Addr) -> Option<AddressRefusal> {
    if address.is_loopback() {
        return None;
    }
    if address.is_unspecified() {
        return Some(AddressRefusal::Unspecified);
    }
    match embedded::in_v6(address) {
        EmbeddedV4::One(inner) => return refusal_v4(inner),
        EmbeddedV4::Any(candidates) => {
            // Other layouts of the same bits give unspecified addresses.
            let mut refusals = candidates.into_iter().filter_map(refusal_v4);
            if let Some(refusal) = refusals.find(|refusal| *refusal != AddressRefusal::Unspecified) {
                return Some(refusal);
            }
        }
        EmbeddedV4::None => {}
    }
    let segments = address.segments();
    // fd00:ec2::/32 belongs to Amazon: metadata (::254), time, DNS, pod identity.
    if segments[..2] == [0xfd00, 0xec2] || address == METADATA_GOOGLE {
        Some(AddressRefusal::CloudMetadata)
    } else if address.is_multicast() {
        Some(AddressRefusal::Multicast)
    } else if address.is_unicast_link_local() {
        Some(AddressRefusal::LinkLocal)
    } else {
        None
    }
}

/// An address that may be dialled, fixed for the run. Only [`super::AllowedNetworks::pin`] creates it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PinnedAddress(SocketAddr);

impl PinnedAddress {
    /// The address and port to dial.
    #[must_use]
    pub const fn socket(self) -> SocketAddr {
        self.0
    }
}

impl fmt::Display for PinnedAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Refuses what no list of the operator can allow.
pub(super) fn pin(address: IpAddr, port: u16) -> Result<PinnedAddress, AddressRefusal> {
    match refusal(address) {
        Some(refusal) => Err(refusal),
        None => Ok(PinnedAddress(SocketAddr::new(address.to_canonical(), port))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<AddressRefusal> {
        refusal(text.parse().unwrap())
    }

    #[test]
    fn addresses_of_no_server_and_of_clouds_are_refused() {
        use AddressRefusal::{Broadcast, CloudMetadata, LinkLocal, Multicast, Unspecified};
        for (text, expected) in [
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("::", Unspecified),
            ("255.255.255.255", Broadcast),
            ("224.0.0.1", Multicast),
            ("ff02::1", Multicast),
            ("169.254.169.254", CloudMetadata),
            ("::ffff:169.254.169.254", CloudMetadata),
            ("::169.254.169.254", CloudMetadata),
            ("64:ff9b::a9fe:a9fe", CloudMetadata),
            ("2002:a9fe:a9fe::1", CloudMetadata),
            ("::ffff:0:169.254.169.254", CloudMetadata),
            ("64:ff9b:1::a9fe:a9fe", CloudMetadata),
            ("64:ff9b:1:fffe::a9fe:a9fe", CloudMetadata),
            ("64:ff9b:1:a9fe:a9:fe00::", CloudMetadata),
            ("64:ff9b:1:7fa9:fe:a9fe::", CloudMetadata),
            ("64:ff9b:1:0:a9:fea9:fe00:0", CloudMetadata),
            ("2001:0:4136:e378:8000:63bf:5601:5601", CloudMetadata),
            ("2001:0:a9fe:a9fe:8000:63bf:3fff:fdd2", CloudMetadata),
            ("2001:db8::5efe:169.254.169.254", CloudMetadata),
            ("fd12::200:5efe:169.254.169.254", CloudMetadata),
            ("fd12::5efe:224.0.0.1", Multicast),
            ("fd00:ec2::254", CloudMetadata),
            ("fd20:ce::254", CloudMetadata),
            ("100.100.100.200", CloudMetadata),
            ("::ffff:100.100.100.200", CloudMetadata),
            ("168.63.129.16", CloudMetadata),
            ("169.254.1.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("::ffff:0.0.0.0", Unspecified),
        ] {
            assert_eq!(of(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn loopback_private_and_public_addresses_are_dialled() {
        for text in [
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "::ffff:127.0.0.1",
            "10.20.0.5",
            "192.168.1.1",
            "fd12::1",
            "8.8.8.8",
            "2001:db8::1",
            "64:ff9b::10.20.0.5",
            "64:ff9b:1::10.20.0.5",
            "::ffff:0:10.20.0.5",
            "fd12::5efe:10.20.0.5",
            "2001:0:4136:e378:8000:63bf:f5eb:fffa",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(pin("::ffff:10.0.0.1".parse().unwrap(), 3306).unwrap().to_string(), "10.0.0.1:3306");
    }

    proptest! {
        #[test]
        fn embedded_ipv4_addresses_have_the_same_result(bits: u32) {
            let plain = Ipv4Addr::from_bits(bits);
            let expected = refusal(IpAddr::V4(plain));
            prop_assert_eq!(refusal(IpAddr::V6(plain.to_ipv6_mapped())), expected);
            let [a, b, c, d] = plain.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            prop_assert_eq!(refusal(IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low))), expected);
            prop_assert_eq!(refusal(IpAddr::V6(Ipv6Addr::new(0x2002, high, low, 1, 2, 3, 4, 5))), expected);
            prop_assert_eq!(refusal(IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low))), expected);
            // Where the same bits may be read in several ways, at least what is refused as IPv4 is refused.
            if expected.is_some_and(|refusal| refusal != AddressRefusal::Unspecified) {
                for address in [
                    Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                    Ipv6Addr::new(0x64, 0xff9b, 1, high, low >> 8, low << 8, 0, 0),
                    Ipv6Addr::new(0x2001, 0, 0x4136, 0xe378, 0x8000, 1, !high, !low),
                    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0x200, 0x5efe, high, low),
                ] {
                    prop_assert!(refusal(IpAddr::V6(address)).is_some(), "{}", address);
                }
            }
        }

        #[test]
        fn nothing_refused_is_ever_pinned(bits: u128, port: u16) {
            let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
            match pin(address, port) {
                Ok(pinned) => {
                    let dialled = pinned.socket().ip();
                    prop_assert!(!dialled.is_multicast() && !dialled.is_unspecified());
                    prop_assert_eq!(refusal(dialled), None);
                }
                Err(refused) => prop_assert_eq!(refusal(address), Some(refused)),
            }
        }

        #[test]
        fn whole_ranges_are_refused(low: u16, tail: u64, octet in 224u8..=239) {
            let [c, d] = low.to_be_bytes();
            prop_assert!(refusal(IpAddr::V4(Ipv4Addr::new(169, 254, c, d))).is_some());
            prop_assert_eq!(refusal(IpAddr::V4(Ipv4Addr::new(octet, c, d, 1))), Some(AddressRefusal::Multicast));
            let link_local = Ipv6Addr::from_bits((u128::from(0xfe80_u16 | (low & 0x3f)) << 112) | u128::from(tail));
            prop_assert_eq!(refusal(IpAddr::V6(link_local)), Some(AddressRefusal::LinkLocal));
        }
    }
}
