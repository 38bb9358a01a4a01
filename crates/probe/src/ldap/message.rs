//! The four messages of LDAP (RFC 4511) that the checks need: bind with a password, search, its entries, its end.

use super::ber::{self, BOOLEAN, ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET};

/// What a search looks for. Built from parts, so that no value is ever quoted into a filter's text.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// All of them.
    And(Vec<Self>),
    /// The attribute has this value.
    Equal(String, String),
}

impl Filter {
    fn write(&self) -> Vec<u8> {
        match self {
            Self::And(parts) => ber::nested(0xa0, &parts.iter().map(Self::write).collect::<Vec<_>>()),
            Self::Equal(attribute, value) => {
                ber::nested(0xa3, &[ber::element(OCTETS, attribute.as_bytes()), ber::element(OCTETS, value.as_bytes())])
            }
        }
    }
}

/// A search for everything below a base.
#[derive(Clone, Debug)]
pub(crate) struct Search<'a> {
    pub(crate) base: &'a str,
    pub(crate) filter: Filter,
    pub(crate) attributes: &'a [&'a str],
    /// The most entries wanted.
    pub(crate) most: u32,
}

fn message(id: u32, operation: Vec<u8>) -> Vec<u8> {
    ber::nested(SEQUENCE, &[ber::number(INTEGER, id), operation])
}

/// A simple bind with version 3.
pub(super) fn bind(id: u32, name: &str, password: &str) -> Vec<u8> {
    let parts =
        [ber::number(INTEGER, 3), ber::element(OCTETS, name.as_bytes()), ber::element(0x80, password.as_bytes())];
    message(id, ber::nested(0x60, &parts))
}

pub(super) fn search(id: u32, search: &Search<'_>) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> =
        search.attributes.iter().map(|attribute| ber::element(OCTETS, attribute.as_bytes())).collect();
    let parts = [
        ber::element(OCTETS, search.base.as_bytes()),
        // The whole subtree.
        ber::number(ENUMERATED, 2),
        // Aliases are not followed, as IS does not.
        ber::number(ENUMERATED, 0),
        ber::number(INTEGER, search.most),
        // The server may take 3 s.
        ber::number(INTEGER, 3),
        ber::element(BOOLEAN, &[0]),
        search.filter.write(),
        ber::nested(SEQUENCE, &attributes),
    ];
    message(id, ber::nested(0x63, &parts))
}

/// One entry: its attributes with their values, as far as they are text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) attributes: Vec<(String, Vec<String>)>,
}

impl Entry {
    /// The values of an attribute.
    pub(crate) fn values(&self, attribute: &str) -> &[String] {
        let named = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map_or(&[], |(_, values)| values)
    }
}

/// What a server says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// The end of a bind or a search, with its result code.
    Done(u32),
    Entry(Entry),
    /// A reference to another server, or something nobody asked for.
    Other,
}

/// Reads one whole message; `None` where it is none.
pub(super) fn answer(mut message: &[u8]) -> Option<Answer> {
    let (SEQUENCE, mut parts) = ber::take(&mut message)? else { return None };
    let (INTEGER, _) = ber::take(&mut parts)? else { return None };
    let (operation, mut content) = ber::take(&mut parts)?;
    match operation {
        0x61 | 0x65 => match ber::take(&mut content)? {
            (ENUMERATED, code) => ber::value(code).map(Answer::Done),
            _ => None,
        },
        0x64 => entry(content).map(Answer::Entry),
        _ => Some(Answer::Other),
    }
}

fn entry(mut content: &[u8]) -> Option<Entry> {
    let (OCTETS, _) = ber::take(&mut content)? else { return None };
    let (SEQUENCE, mut list) = ber::take(&mut content)? else { return None };
    let mut entry = Entry::default();
    while let Some((SEQUENCE, mut attribute)) = ber::take(&mut list) {
        let (OCTETS, name) = ber::take(&mut attribute)? else { return None };
        let (SET, mut set) = ber::take(&mut attribute)? else { return None };
        let mut values = Vec::new();
        while let Some((OCTETS, value)) = ber::take(&mut set) {
            values.push(String::from_utf8_lossy(value).into_owned());
        }
        entry.attributes.push((String::from_utf8_lossy(name).into_owned(), values));
    }
    Some(entry)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bind_is_written_as_the_standard_shows() {
        // RFC 4511: LDAPMessage { 1, BindRequest { 3, "cn=a", simple "b" } }.
        assert_eq!(
            bind(1, "cn=a", "b"),
            [0x30, 0x11, 2, 1, 1, 0x60, 0x0c, 2, 1, 3, 4, 4, b'c', b'n', b'=', b'a', 0x80, 1, b'b']
        );
    }

    #[test]
    fn a_result_code_is_read() {
        assert_eq!(answer(&[0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 49, 4, 0, 4, 0]), Some(Answer::Done(49)));
    }

    proptest! {
        #[test]
        fn any_answer_is_judged(bytes: Vec<u8>) {
            answer(&bytes);
        }
    }
}
