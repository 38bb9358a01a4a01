//! IPv4 addresses inside IPv6 addresses, to which a router or host on the path may translate.
//!
//! Prefixes that a network chooses for itself (RFC 6052 section 2.2, 6rd of RFC 5969) cannot be recognised. In such a network, set
//! `dial_allow`.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The IPv4 address inside an IPv6 address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EmbeddedV4 {
    /// It contains none.
    None,
    /// This IPv4 address.
    One(Ipv4Addr),
    /// One of these, because the length of the prefix is unknown, or all of them.
    Any([Ipv4Addr; 4]),
}

/// The IPv4 address inside `address`:
/// - `::ffff:a.b.c.d` and `::a.b.c.d` (RFC 4291, mapped and compatible)
/// - `::ffff:0:a.b.c.d` (RFC 2765, translated)
/// - `64:ff9b::a.b.c.d` (RFC 6052, well-known prefix)
/// - `64:ff9b:1::/48` (RFC 8215), with the layouts of RFC 6052 for prefixes of 48, 56, 64 and 96 bits
/// - `2002:aabb:ccdd::/48` (RFC 3056, 6to4)
/// - `2001::/32` (RFC 4380, Teredo): the server, and the client with inverted bits
/// - any prefix with `[200:]5efe:a.b.c.d` behind it (RFC 5214, ISATAP)
pub(super) fn in_v6(address: Ipv6Addr) -> EmbeddedV4 {
    let octets = address.octets();
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(|place| octets[place]));
    let last = at([12, 13, 14, 15]);
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => {
            EmbeddedV4::One(last)
        }
        // The ninth byte stays zero.
        [0x64, 0xff9b, 1, ..] => EmbeddedV4::Any([last, at([6, 7, 9, 10]), at([7, 9, 10, 11]), at([9, 10, 11, 12])]),
        [0x2002, ..] => EmbeddedV4::One(at([2, 3, 4, 5])),
        [0x2001, 0, ..] => {
            let client = Ipv4Addr::from_bits(!last.to_bits());
            EmbeddedV4::Any([at([4, 5, 6, 7]), client, client, client])
        }
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => EmbeddedV4::Any([last; 4]),
        _ => EmbeddedV4::None,
    }
}
