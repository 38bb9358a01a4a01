//! Ids, tokens and client credentials. The only module of the stand-in that asks the system for random bytes, once for each
//! cluster: every value is derived from that seed and a number, so that no request can fail for lack of randomness.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The length of IS's client ids and secrets, less the `a` at their end.
const MAX_CLIENT_CREDENTIAL_CHARS: usize = 27;

/// Random bytes to derive ids from.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the stand-in that asks for random bytes")]
pub(crate) fn draw_seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Makes ids that no other generator of another seed or label makes.
pub(crate) struct IdGenerator {
    prefix: Vec<u8>,
    next: AtomicU64,
}

impl IdGenerator {
    /// `label` distinguishes the generators of one seed.
    pub(crate) fn new(seed: &[u8; 32], label: &str) -> Self {
        Self { prefix: [seed.as_slice(), label.as_bytes()].concat(), next: AtomicU64::new(0) }
    }

    fn bytes(&self) -> [u8; 32] {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digest = digest(&SHA256, &[self.prefix.as_slice(), &number.to_be_bytes()].concat());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }

    /// A UUID of version 4 (RFC 9562).
    pub(crate) fn uuid(&self) -> String {
        let mut bytes = self.bytes();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = hex::encode(&bytes[..16]);
        format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
    }

    /// A client id or secret in the form of IS's: 27 characters of base64url, and `a`.
    pub(crate) fn client_credential(&self) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(self.bytes());
        text.truncate(MAX_CLIENT_CREDENTIAL_CHARS);
        text.push('a');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_the_form_of_is() {
        let ids = IdGenerator::new(&[7; 32], "is-1");
        let (first, second) = (ids.uuid(), ids.uuid());
        assert_ne!(first, second);
        assert_ne!(first, IdGenerator::new(&[7; 32], "is-2").uuid());
        let parts: Vec<usize> = first.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&first[14..15], "4");
        let credential = ids.client_credential();
        assert!(credential.len() == 28 && credential.ends_with('a'), "{credential}");
    }
}
