//! The record of one sealed secret, and what it is bound to.
//!
//! ```text
//! byte 0        format version, 1
//! bytes 1..9    id of the key
//! bytes 9..33   nonce, fresh random bytes
//! bytes 33..    ciphertext of the padded secret, with the 16-byte tag at its end
//! ```
//! Format and key id are authenticated together with plan and setting. The padding (one byte 0x80, then zeros up to a
//! multiple of 64) hides how long a password is.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::{Zeroize as _, Zeroizing};

use crate::random;
use crate::vault::error::VaultError;
use crate::vault::key_id::KeyId;

const SEAL_FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 24;
const HEADER_LENGTH: usize = 1 + 8;
const PADDING_BLOCK_BYTES: usize = 64;
const PADDING_END: u8 = 0x80;

/// What a record is sealed for.
pub(super) struct SealContext<'a> {
    pub(super) plan: &'a str,
    pub(super) setting: &'a str,
}

impl SealContext<'_> {
    /// The bytes a record is bound to. The plan's length keeps `ab` + `c` apart from `a` + `bc`.
    fn bound(&self, header: &[u8]) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.extend_from_slice(&(self.plan.len() as u64).to_be_bytes());
        bytes.extend_from_slice(self.plan.as_bytes());
        bytes.extend_from_slice(self.setting.as_bytes());
        bytes
    }
}

/// See [`super::Vault::seal`].
pub(super) fn seal(
    cipher: &XChaCha20Poly1305,
    key_id: KeyId,
    place: &SealContext<'_>,
    text: &str,
) -> Result<Vec<u8>, VaultError> {
    let nonce = random::bytes::<NONCE_LENGTH>().map_err(VaultError::Random)?;
    let mut record = vec![SEAL_FORMAT];
    record.extend_from_slice(&key_id.0);
    let bound = place.bound(&record);
    record.extend_from_slice(&nonce);
    let padded = pad(text);
    let payload = Payload { msg: &padded, aad: &bound };
    // Only a message of 256 GB is too long for the cipher.
    let ciphertext = cipher.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| VaultError::Altered)?;
    record.extend_from_slice(&ciphertext);
    Ok(record)
}

/// The key that a record was sealed with; `None` for what is no record.
pub(super) fn key_id(record: &[u8]) -> Option<KeyId> {
    let (header, _) = record.split_at_checked(HEADER_LENGTH)?;
    let (format, id) = header.split_first()?;
    (*format == SEAL_FORMAT).then_some(KeyId(id.try_into().ok()?))
}

/// See [`super::Vault::unseal`]; `wrap` takes the text.
pub(super) fn unseal<T>(
    cipher: &XChaCha20Poly1305,
    key_id: KeyId,
    place: &SealContext<'_>,
    record: &[u8],
    wrap: impl FnOnce(String) -> T,
) -> Result<T, VaultError> {
    let (header, sealed) = record.split_at_checked(HEADER_LENGTH).ok_or(VaultError::UnknownFormat)?;
    let (format, needed) = header.split_first().ok_or(VaultError::UnknownFormat)?;
    let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LENGTH).ok_or(VaultError::UnknownFormat)?;
    if *format != SEAL_FORMAT {
        return Err(VaultError::UnknownFormat);
    }
    if *needed != key_id.0 {
        let needed = KeyId(needed.try_into().map_err(|_| VaultError::UnknownFormat)?);
        return Err(VaultError::WrongKey { needed, present: key_id });
    }
    let payload = Payload { msg: ciphertext, aad: &place.bound(header) };
    let mut padded = cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| VaultError::Altered)?;
    unpad(&mut padded);
    String::from_utf8(padded).map(wrap).map_err(|error| {
        error.into_bytes().zeroize();
        VaultError::Altered
    })
}

fn pad(value: &str) -> Zeroizing<Vec<u8>> {
    let length = (value.len() + 1).next_multiple_of(PADDING_BLOCK_BYTES);
    // All the room at once: a vector that grows leaves copies behind.
    let mut padded = Zeroizing::new(Vec::with_capacity(length));
    padded.extend_from_slice(value.as_bytes());
    padded.push(PADDING_END);
    padded.resize(length, 0);
    padded
}

/// Undoes [`pad`]. What was not padded by it is no text either: 0x80 never begins a character.
fn unpad(padded: &mut Vec<u8>) {
    if let Some(end) = padded.iter().rposition(|byte| *byte != 0) {
        padded.truncate(end);
    }
}
