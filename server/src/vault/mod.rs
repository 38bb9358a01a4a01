//! The vault: secrets at rest, each sealed for its place (DESIGN I7).
//!
//! A secret is encrypted with XChaCha20-Poly1305 under a key that is never in the database: from the environment or from
//! a key file only its owner may read. Its record is bound to plan and setting, so a record moved elsewhere does not
//! open. The vault keeps no records (that is the store's work) and does not change keys.

mod error;
mod key;
mod record;

use std::fmt;
use std::path::{Path, PathBuf};

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit as _;
use domain::secret::Secret;

pub use error::{KeyPlace, VaultError};
pub use key::{KEY_FILE, KEY_VARIABLE, KeyId};

/// Seals and unseals secrets with one key. The key is wiped from memory when the vault is dropped.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: KeyId,
    place: KeyPlace,
}

impl Vault {
    /// Takes the key from `from_environment` (the value of [`KEY_VARIABLE`]) if it is set, else from the file
    /// [`KEY_FILE`] in `data_dir`, which is made with a fresh key where there is none. A file that exists is never
    /// replaced.
    ///
    /// # Errors
    /// [`VaultError`] when the key is unreadable, open to others, or not a key; [`VaultError::advice`] says what to do.
    pub fn open(data_dir: &Path, from_environment: Option<&Secret>) -> Result<Self, VaultError> {
        let (key, place) = match from_environment {
            Some(value) => (key::Key::from_environment(value)?, KeyPlace::Environment),
            None => {
                let path: PathBuf = data_dir.join(KEY_FILE);
                (key::Key::from_file_or_new(&path)?, KeyPlace::File(path))
            }
        };
        Ok(Self { cipher: XChaCha20Poly1305::new(key.bytes().into()), key_id: key.id(), place })
    }

    /// Encrypts `secret` for `setting` of `plan`. Sealing the same secret twice gives different bytes, and their length
    /// tells the secret's length only to the next 64 bytes.
    ///
    /// # Errors
    /// [`VaultError::Random`] when the system gives no random numbers.
    pub fn seal(&self, plan: &str, setting: &str, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        record::seal(&self.cipher, self.key_id, &record::Place { plan, setting }, secret)
    }

    /// Decrypts a record that was sealed for `setting` of `plan`.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when it was sealed with another key: treat the secret as missing, and say so.
    /// [`VaultError::Altered`] when it was changed or belongs elsewhere, [`VaultError::UnknownFormat`] when it is no
    /// record this version knows.
    pub fn unseal(&self, plan: &str, setting: &str, record: &[u8]) -> Result<Secret, VaultError> {
        record::unseal(&self.cipher, self.key_id, &record::Place { plan, setting }, record)
    }

    /// Names the key without telling it: records sealed with it carry this id.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Where the key comes from, for the line printed at start.
    #[must_use]
    pub fn place(&self) -> &KeyPlace {
        &self.place
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vault")
            .field("key_id", &self.key_id)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
