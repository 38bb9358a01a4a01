//! The Ed25519 signature (RFC 8032) inside a report.
//!
//! A report contains the mark once, followed by the signature as base64. What is signed is the whole file without the signature, so
//! that no byte of it can change. Each format has a place for the mark where its readers accept it.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

/// What stands before the signature in a report.
const MARK: &str = "clusterwright-ed25519:";
/// 64 bytes as base64.
const SIGNATURE_CHARS: usize = 88;
const PUBLIC_KEY_BYTES: usize = 32;

/// Why a report does not carry a valid signature.
#[derive(Clone, Copy, Debug, Error, Eq, PartialEq)]
pub enum SignatureError {
    /// There is no mark.
    #[error("the report has no signature")]
    Missing,
    /// There are several marks, so it is open what is signed.
    #[error("the report has more than one signature")]
    Ambiguous,
    /// The file or its signature was changed, or another key signed it.
    #[error("the signature does not match the report and the key")]
    Mismatch,
    /// The text is not a public key of an installation.
    #[error("the key is not the 44 characters that clusterwright report key prints")]
    Key,
}

/// The public key of an installation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReportPublicKey([u8; PUBLIC_KEY_BYTES]);

impl ReportPublicKey {
    pub(super) fn of(pair: &Ed25519KeyPair) -> Option<Self> {
        pair.public_key().as_ref().try_into().ok().map(Self)
    }

    /// Reads what [`ReportPublicKey::text`] returned.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| SignatureError::Key)?;
        bytes.try_into().map(Self).map_err(|_| SignatureError::Key)
    }

    /// The key as 44 characters of base64.
    #[must_use]
    pub fn text(&self) -> String {
        STANDARD.encode(self.0)
    }
}

/// Where a report carries its signature: the text before and after it.
#[derive(Clone, Debug)]
pub struct SignedPlace {
    /// Everything before the mark.
    pub before: String,
    /// Everything after the signature.
    pub after: String,
}

/// The report with the mark and the signature in its place.
#[must_use]
pub fn sign(pair: &Ed25519KeyPair, place: &SignedPlace) -> String {
    let SignedPlace { before, after } = place;
    let signed = [before, MARK, after].concat();
    let signature = STANDARD.encode(pair.sign(signed.as_bytes()));
    [before, MARK, &signature, after].concat()
}

/// Whether the installation with this key wrote the report, and no byte of it has changed since.
///
/// # Errors
/// [`SignatureError`].
pub fn verify(report: &[u8], key: &ReportPublicKey) -> Result<(), SignatureError> {
    let mut marks = report.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK.as_bytes());
    let (at, _) = marks.next().ok_or(SignatureError::Missing)?;
    if marks.next().is_some() {
        return Err(SignatureError::Ambiguous);
    }
    let (before, rest) = report.split_at(at + MARK.len());
    let (signature, after) = rest.split_at_checked(SIGNATURE_CHARS).ok_or(SignatureError::Mismatch)?;
    let signature = STANDARD.decode(signature).map_err(|_| SignatureError::Mismatch)?;
    let key = UnparsedPublicKey::new(&ED25519, key.0);
    key.verify(&[before, after].concat(), &signature).map_err(|_| SignatureError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
    }

    fn signed() -> (String, ReportPublicKey) {
        let place = SignedPlace { before: "{\"signature\": \"".to_owned(), after: "\", \"a\": \"ä\"}\n".to_owned() };
        (sign(&pair(7), &place), ReportPublicKey::of(&pair(7)).unwrap())
    }

    #[test]
    fn any_changed_added_or_removed_byte_fails() {
        let (report, key) = signed();
        assert_eq!(verify(report.as_bytes(), &key), Ok(()));
        for at in 0..report.len() {
            for bit in 0..8 {
                let mut changed = report.clone().into_bytes();
                changed[at] ^= 1 << bit;
                assert!(verify(&changed, &key).is_err(), "byte {at}, bit {bit}");
            }
            let mut shorter = report.clone().into_bytes();
            shorter.remove(at);
            assert!(verify(&shorter, &key).is_err(), "without byte {at}");
            let mut longer = report.clone().into_bytes();
            longer.insert(at, b' ');
            assert!(verify(&longer, &key).is_err(), "with another byte before {at}");
        }
        assert!(verify(format!("{report} ").as_bytes(), &key).is_err());
    }

    #[test]
    fn what_no_key_can_decide_is_named() {
        let (report, key) = signed();
        assert_eq!(verify(b"passed", &key), Err(SignatureError::Missing));
        assert_eq!(verify(format!("{report}{report}").as_bytes(), &key), Err(SignatureError::Ambiguous));
        assert_eq!(verify(MARK.as_bytes(), &key), Err(SignatureError::Mismatch));
        let other = ReportPublicKey::of(&pair(8)).unwrap();
        assert_eq!(verify(report.as_bytes(), &other), Err(SignatureError::Mismatch));
        assert_eq!(ReportPublicKey::parse(&format!(" {}\n", key.text())), Ok(key));
        for wrong in ["", "AAAA", &"A".repeat(44), &format!("{}A", key.text())] {
            assert_eq!(ReportPublicKey::parse(wrong), Err(SignatureError::Key), "{wrong}");
        }
    }
}
