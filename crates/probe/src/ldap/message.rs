//! The four messages of LDAP (RFC 4511) that the checks need: bind with a password, search, its entries, its end.

use super::ber::{self, BOOLEAN, ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET};

/// A search filter, built from parts so that no value is quoted into text.
#[derive(Clone, Debug)]
pub(crate) enum SearchFilter {
    /// All of these match.
    And(Vec<Self>),
    /// The attribute has this value.
    Equal(String, String),
    /// The attribute has a value.
    Present(String),
}

impl SearchFilter {
    fn write(&self) -> Vec<u8> {
        match self {
            Self::And(parts) => ber::nested(0xa0, &parts.iter().map(Self::write).collect::<Vec<_>>()),
            Self::Present(attribute) => ber::element(0x87, attribute.as_bytes()),
            Self::Equal(attribute, value) => {
                ber::nested(0xa3, &[ber::element(OCTETS, attribute.as_bytes()), ber::element(OCTETS, value.as_bytes())])
            }
        }
    }
}

/// How far below its base a search extends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    /// The entry of the base alone.
    Base,
    /// The whole subtree.
    Subtree,
}

/// A search at or below a base.
#[derive(Clone, Debug)]
pub(crate) struct SearchRequest<'a> {
    pub(crate) base: &'a str,
    pub(crate) scope: Scope,
    pub(crate) filter: SearchFilter,
    pub(crate) attributes: &'a [&'a str],
    /// Size limit of the search.
    pub(crate) max_entries: u32,
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

pub(super) fn search(id: u32, search: &SearchRequest<'_>) -> Vec<u8> {
    let attributes: Vec<Vec<u8>> =
        search.attributes.iter().map(|attribute| ber::element(OCTETS, attribute.as_bytes())).collect();
    let parts = [
        ber::element(OCTETS, search.base.as_bytes()),
        ber::number(
            ENUMERATED,
            match search.scope {
                Scope::Base => 0,
                Scope::Subtree => 2,
            },
        ),
        // Aliases are not followed, as IS does not.
        ber::number(ENUMERATED, 0),
        ber::number(INTEGER, search.max_entries),
        // Time limit: 3 s.
        ber::number(INTEGER, 3),
        ber::element(BOOLEAN, &[0]),
        search.filter.write(),
        ber::nested(SEQUENCE, &attributes),
    ];
    message(id, ber::nested(0x63, &parts))
}

/// One entry: the requested attributes with their values. Values that are not UTF-8 are written in hexadecimal.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct LdapEntry {
    attributes: Vec<(String, Vec<String>)>,
}

impl LdapEntry {
    /// The values of an attribute.
    pub(crate) fn values(&self, attribute: &str) -> &[String] {
        let named = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        named.map_or(&[], |(_, values)| values)
    }
}

/// How many more values are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct ValueBudget(pub(super) usize);

/// A message of the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum LdapMessage {
    /// The end of a bind or a search, with its result code.
    Done(u32),
    Entry(LdapEntry),
    /// A referral, or a message that was not requested.
    Other,
    /// An entry with more values than the budget allows.
    TooManyValues,
}

/// Parses one complete message; `None` if it is none. Of entries it keeps the attributes that are `wanted`, and as many values as
/// are `left`.
pub(super) fn answer(mut message: &[u8], wanted: &[&str], left: &mut ValueBudget) -> Option<LdapMessage> {
    let (SEQUENCE, mut parts) = ber::take(&mut message)? else { return None };
    let (INTEGER, _) = ber::take(&mut parts)? else { return None };
    let (operation, mut content) = ber::take(&mut parts)?;
    match operation {
        0x61 | 0x65 => match ber::take(&mut content)? {
            (ENUMERATED, code) => ber::value(code).map(LdapMessage::Done),
            _ => None,
        },
        0x64 => entry(content, wanted, left),
        _ => Some(LdapMessage::Other),
    }
}

fn entry(mut content: &[u8], wanted: &[&str], left: &mut ValueBudget) -> Option<LdapMessage> {
    let (OCTETS, _) = ber::take(&mut content)? else { return None };
    let (SEQUENCE, mut list) = ber::take(&mut content)? else { return None };
    let mut entry = LdapEntry::default();
    while let Some((SEQUENCE, mut attribute)) = ber::take(&mut list) {
        let (OCTETS, name) = ber::take(&mut attribute)? else { return None };
        let (SET, mut set) = ber::take(&mut attribute)? else { return None };
        let Some(name) = wanted.iter().find(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name)) else { continue };
        let mut values = Vec::new();
        while let Some((OCTETS, value)) = ber::take(&mut set) {
            // A directory has no empty values; a hostile one fills memory with them.
            if value.is_empty() {
                continue;
            }
            match left.0.checked_sub(1) {
                Some(less) => left.0 = less,
                None => return Some(LdapMessage::TooManyValues),
            }
            values.push(text(value));
        }
        if !values.is_empty() {
            entry.attributes.push(((*name).to_owned(), values));
        }
    }
    Some(LdapMessage::Entry(entry))
}

fn text(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
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
        let message = [0x30, 0x0c, 2, 1, 1, 0x61, 7, 0x0a, 1, 49, 4, 0, 4, 0];
        assert_eq!(answer(&message, &[], &mut ValueBudget(0)), Some(LdapMessage::Done(49)));
    }

    fn entry_with(attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
        let attribute = |(name, values): &(&str, &[&[u8]])| {
            let values: Vec<Vec<u8>> = values.iter().map(|value| ber::element(OCTETS, value)).collect();
            ber::nested(SEQUENCE, &[ber::element(OCTETS, name.as_bytes()), ber::nested(SET, &values)])
        };
        let list: Vec<Vec<u8>> = attributes.iter().map(attribute).collect();
        message(2, ber::nested(0x64, &[ber::element(OCTETS, b"uid=a"), ber::nested(SEQUENCE, &list)]))
    }

    #[test]
    fn only_requested_attributes_are_kept() {
        let message =
            entry_with(&[("UID", &[b"a", b"", b"b"]), ("photo", &[&[0; 9]]), ("guid", &[&[0xff, 1]]), ("cn", &[b""])]);
        let mut left = ValueBudget(3);
        let Some(LdapMessage::Entry(entry)) = answer(&message, &["uid", "guid", "cn"], &mut left) else { panic!() };
        assert_eq!(
            (entry.values("uid"), entry.values("GUID")),
            (&["a".to_owned(), "b".to_owned()][..], &["ff01".to_owned()][..])
        );
        assert_eq!((entry.values("cn").len(), entry.values("photo").len(), left), (0, 0, ValueBudget(0)));
        assert_eq!(answer(&message, &["uid"], &mut ValueBudget(1)), Some(LdapMessage::TooManyValues));
    }

    proptest! {
        #[test]
        fn any_answer_is_parsed(bytes: Vec<u8>) {
            answer(&bytes, &["uid"], &mut ValueBudget(10));
        }
    }
}
