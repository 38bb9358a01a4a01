//! BER as LDAP uses it (RFC 4511, section 5.1): definite lengths and one-byte tags. Not ASN.1 in general.

/// Tags of the universal class.
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// One element: tag, length, content.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        // A length has at most eight bytes.
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
        out.extend(bytes);
    }
    out.extend_from_slice(content);
    out
}

/// An element made of others.
pub(super) fn nested(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    element(tag, &parts.concat())
}

/// A number that is not negative.
pub(super) fn number(tag: u8, value: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    if bytes.first().is_none_or(|first| *first >= 0x80) {
        bytes.insert(0, 0);
    }
    element(tag, &bytes)
}

/// Takes the tag and the content of the next element off `rest`; `None` if there is none, or it is incomplete.
pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (tag, start, length) = head(rest)?;
    let content = rest.get(start..start.checked_add(length)?)?;
    *rest = rest.get(start + length..)?;
    Some((tag, content))
}

/// Tag, start of the content and its length; `None` until enough bytes have arrived.
pub(super) fn head(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (tag, first) = (*bytes.first()?, *bytes.get(1)?);
    if first < 0x80 {
        return Some((tag, 2, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    // No message is that large, and LDAP forbids indefinite lengths.
    if !(1..=4).contains(&count) {
        return Some((tag, 2, usize::MAX / 2));
    }
    let length = bytes.get(2..2 + count)?.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    Some((tag, 2 + count, length))
}

/// The value of a number or enumeration; `None` if it does not fit.
pub(super) fn value(content: &[u8]) -> Option<u32> {
    (content.len() <= 5).then(|| content.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(tag: u8, content in proptest::collection::vec(any::<u8>(), 0..70_000), value_: u32) {
            let written = element(tag, &content);
            let mut rest = written.as_slice();
            prop_assert_eq!(take(&mut rest), Some((tag, content.as_slice())));
            prop_assert!(rest.is_empty());
            let written = number(INTEGER, value_);
            prop_assert_eq!(take(&mut written.as_slice()).and_then(|(_, content)| value(content)), Some(value_));
        }

        #[test]
        fn anything_is_read_without_a_panic(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            while take(&mut rest).is_some() {}
        }
    }
}
