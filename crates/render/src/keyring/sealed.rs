//! The key ring as one secret text: what the vault seals and what a key file of the command line holds.
//!
//! One line of JSON. The text is as secret as the keys: a file with it has mode 0600.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{KeyRing, KeyRingError, SigningName};

/// The format that is written. Format 1 lacks `tls_issued_at` and `signing_name`: its signing certificate is issued for
/// the plan's hostname.
const KEY_RING_FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRingText {
    clusterwright_key_ring: u32,
    made_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tls_issued_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing_name: Option<String>,
    seed: Zeroizing<String>,
    rsa: Zeroizing<String>,
}

/// Read first, so that a later format is named as such and not as an unknown field.
#[derive(Deserialize)]
struct FormatOnly {
    clusterwright_key_ring: u32,
}

impl KeyRing {
    /// The whole ring as one secret text for the vault or a key file with mode 0600.
    ///
    /// # Errors
    /// Where the text cannot be written.
    pub fn to_secret(&self) -> Result<Secret, KeyRingError> {
        let (format, signing_name) = match &self.signing_name {
            SigningName::OfTheRing => (KEY_RING_FORMAT, None),
            SigningName::Hostname(Some(name)) => (KEY_RING_FORMAT, Some(name.clone())),
            // Still to be recorded: as it was read.
            SigningName::Hostname(None) => (1, None),
        };
        let text = KeyRingText {
            clusterwright_key_ring: format,
            made_at: self.made_at,
            tls_issued_at: (self.tls_issued_at != self.made_at).then_some(self.tls_issued_at),
            signing_name,
            seed: Zeroizing::new(hex::encode(self.seed.as_slice())),
            rsa: Zeroizing::new(BASE64_STANDARD.encode(self.rsa.pkcs8())),
        };
        Ok(Secret::new(serde_json::to_string(&text).map_err(KeyRingError::Write)?))
    }

    /// Writes the whole ring to a key file of the operator's, which only its owner may read.
    ///
    /// # Errors
    /// Where the text cannot be written.
    #[expect(clippy::disallowed_methods, reason = "a key file holds the ring itself")]
    pub fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        let text = self.to_secret().map_err(io::Error::other)?;
        out.write_all(text.expose().as_bytes())
    }

    /// Reads what [`KeyRing::to_secret`] wrote.
    ///
    /// # Errors
    /// Where the text is not a key ring, damaged, or of a later format. No error repeats any of the text.
    pub fn from_secret(secret: &Secret) -> Result<Self, KeyRingError> {
        #[expect(clippy::disallowed_methods, reason = "the key ring is what the vault keeps: this is its reader")]
        let text = secret.expose();
        let FormatOnly { clusterwright_key_ring: found } = serde_json::from_str(text).map_err(malformed)?;
        if !(1..=KEY_RING_FORMAT).contains(&found) {
            return Err(KeyRingError::Format { found });
        }
        let text: KeyRingText = serde_json::from_str(text).map_err(malformed)?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.seed.as_bytes(), seed.as_mut_slice())
            .map_err(|_| KeyRingError::Damaged { part: "seed" })?;
        let rsa = Zeroizing::new(
            BASE64_STANDARD.decode(text.rsa.as_bytes()).map_err(|_| KeyRingError::Damaged { part: "RSA key" })?,
        );
        let mut ring = Self::from_parts(text.made_at, *seed, &rsa)?;
        if let Some(at) = text.tls_issued_at {
            ring = ring.renew_tls(at)?;
        }
        ring.signing_name = match (found, text.signing_name) {
            (1, None) => SigningName::Hostname(None),
            (_, Some(name)) => SigningName::Hostname(Some(name)),
            (_, None) => SigningName::OfTheRing,
        };
        Ok(ring)
    }
}

/// Keeps only the position of the error: the messages of serde_json repeat values of a wrong type, which may be secret.
fn malformed(error: serde_json::Error) -> KeyRingError {
    use serde::de::Error as _;
    let message = format!("unexpected content at line {}, column {}", error.line(), error.column());
    KeyRingError::Read(serde_json::Error::custom(message))
}
