//! The vault: secrets at rest, each sealed for its place (ARCHITECTURE, I7).
//!
//! A secret is encrypted with XChaCha20-Poly1305 under a key that is never in the database: from the environment or from
//! a key file only its owner may read. Its record is bound to plan and setting, so a record moved elsewhere does not
//! open. The vault keeps no records (that is the store's work): sealing them anew when keys change is `key_rotation`'s.

mod error;
mod key;
pub mod key_check;
mod key_id;
mod record;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit as _;
use domain::secret::Secret;
use domain::server_credential::ServerCredential;
use parking_lot::{RwLock, RwLockReadGuard};

pub use crate::vault::error::{KeySource, VaultError};
pub use key::KEY_FILE;
pub use key_id::{KEY_VARIABLE, KeyId};

/// Seals and unseals secrets. Keys are wiped from memory when the vault is dropped.
///
/// Most of the time there is one key. While keys change there are several: the first seals, all of them open. A key file
/// that was changed meanwhile is read again, so that a server needs no restart.
#[derive(Clone)]
pub struct Vault {
    held: Arc<RwLock<KeySet>>,
    place: KeySource,
}

/// The keys as they were read last.
struct KeySet {
    keys: Vec<KeyEntry>,
    /// When the key file was written, as far as the system reports it.
    written: Option<FileStamp>,
}

struct KeyEntry {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

/// What tells one state of a file from another.
type FileStamp = (SystemTime, u64);

impl KeySet {
    fn of(keys: Vec<key::VaultKey>, written: Option<FileStamp>) -> Self {
        let keys = keys.iter().map(|key| KeyEntry { id: key.id(), cipher: XChaCha20Poly1305::new(key.bytes().into()) });
        Self { keys: keys.collect(), written }
    }
}

impl Vault {
    /// Takes the key from `from_environment` (the value of [`KEY_VARIABLE`]) if it is set, else from the file [`KEY_FILE`]
    /// in `data_dir`, which is created with a fresh key where none exists. A file that exists is never replaced.
    ///
    /// # Errors
    /// [`VaultError`] when the key is unreadable, open to others, or not a key; [`VaultError::advice`] gives the remedy.
    pub fn open(data_dir: &Path, from_environment: Option<&ServerCredential>) -> Result<Self, VaultError> {
        let (held, place) = match from_environment {
            Some(value) => (KeySet::of(key::VaultKey::from_environment(value)?, None), KeySource::Environment),
            None => {
                let path: PathBuf = data_dir.join(KEY_FILE);
                let keys = key::VaultKey::from_file_or_new(&path)?;
                (KeySet::of(keys, written(&path)), KeySource::File(path))
            }
        };
        Ok(Self { held: Arc::new(RwLock::new(held)), place })
    }

    /// The keys as they are now: read again if their file was changed.
    fn held(&self) -> RwLockReadGuard<'_, KeySet> {
        let held = self.held.read();
        let KeySource::File(path) = &self.place else { return held };
        let now = written(path);
        if now == held.written || now.is_none() {
            return held;
        }
        drop(held);
        match key::read(path) {
            Ok(keys) => {
                *self.held.write() = KeySet::of(keys, now);
                tracing::info!("the key file has changed; reading it again");
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the changed key file; continuing with the previous keys")
            }
        }
        self.held.read()
    }

    /// Encrypts `secret` for `setting` of `plan`. Sealing the same secret twice gives different bytes, and their length
    /// tells the secret's length only to the next 64 bytes.
    ///
    /// # Errors
    /// [`VaultError::Random`] when the system gives no random numbers.
    #[expect(clippy::disallowed_methods, reason = "the vault encrypts the secret")]
    pub fn seal(&self, plan: &str, setting: &str, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        self.seal_text(plan, setting, secret.expose())
    }

    /// Does the same with a credential of this program that is kept for `purpose` of `plan`.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    #[expect(clippy::disallowed_methods, reason = "the vault encrypts the credential")]
    pub fn seal_credential(
        &self,
        plan: &str,
        purpose: &str,
        credential: &ServerCredential,
    ) -> Result<Vec<u8>, VaultError> {
        self.seal_text(plan, purpose, credential.reveal())
    }

    fn seal_text(&self, plan: &str, setting: &str, text: &str) -> Result<Vec<u8>, VaultError> {
        let held = self.held();
        let first = held.keys.first().ok_or(VaultError::NotAKey { place: self.place.clone() })?;
        record::seal(&first.cipher, first.id, &record::SealContext { plan, setting }, text)
    }

    /// Decrypts a record that was sealed for `setting` of `plan`.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when it was sealed with another key: treat the secret as missing, and say so.
    /// [`VaultError::Altered`] when it was changed or belongs elsewhere, [`VaultError::UnknownFormat`] when it is no
    /// record this version knows.
    pub fn unseal(&self, plan: &str, setting: &str, record: &[u8]) -> Result<Secret, VaultError> {
        self.unseal_text(plan, setting, record, Secret::new)
    }

    /// Decrypts a record of [`Vault::seal_credential`].
    ///
    /// # Errors
    /// As [`Vault::unseal`].
    pub fn unseal_credential(&self, plan: &str, purpose: &str, record: &[u8]) -> Result<ServerCredential, VaultError> {
        self.unseal_text(plan, purpose, record, ServerCredential::new)
    }

    fn unseal_text<T>(
        &self,
        plan: &str,
        setting: &str,
        record: &[u8],
        wrap: impl FnOnce(String) -> T,
    ) -> Result<T, VaultError> {
        let held = self.held();
        let sealed_with = record::key_id(record);
        let right = held.keys.iter().find(|key| Some(key.id) == sealed_with).or(held.keys.first());
        let key = right.ok_or(VaultError::NotAKey { place: self.place.clone() })?;
        record::unseal(&key.cipher, key.id, &record::SealContext { plan, setting }, record, wrap)
    }

    /// Names the key that seals without telling it: records sealed with it carry this id.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.held().keys.first().map_or(KeyId([0; 8]), |key| key.id)
    }

    /// Whether a record was sealed with the key that seals now.
    #[must_use]
    pub fn is_current(&self, record: &[u8]) -> bool {
        record::key_id(record) == Some(self.key_id())
    }

    /// Whether the key of this id, as it is written out, is among those that open.
    #[must_use]
    pub fn has_key(&self, key_id: &str) -> bool {
        self.held().keys.iter().any(|key| key.id.to_string() == key_id)
    }

    /// Whether keys change now: earlier ones still open.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        self.held().keys.len() > 1
    }

    /// Puts a fresh key before those in the key file, if the file holds one key alone: from now on the fresh key seals.
    /// Returns whether it did; where a change was begun before, that change continues.
    ///
    /// # Errors
    /// [`VaultError::KeptElsewhere`] where the key comes from the environment, and when the file cannot be written; the
    /// keys are then as they were.
    pub fn start_rotation(&self) -> Result<bool, VaultError> {
        if self.is_rotating() {
            return Ok(false);
        }
        let KeySource::File(path) = &self.place else { return Err(VaultError::KeptElsewhere) };
        let mut keys = vec![key::VaultKey::new()?];
        keys.extend(key::read(path)?);
        self.write(path, keys)?;
        Ok(true)
    }

    /// Forgets all keys but the one that seals. What was sealed with another one does not open any more.
    ///
    /// # Errors
    /// [`VaultError::KeptElsewhere`] where the key comes from the environment, and when the file cannot be written.
    pub fn finish_rotation(&self) -> Result<(), VaultError> {
        let KeySource::File(path) = &self.place else { return Err(VaultError::KeptElsewhere) };
        let mut keys = key::read(path)?;
        keys.truncate(1);
        self.write(path, keys)
    }

    fn write(&self, path: &Path, keys: Vec<key::VaultKey>) -> Result<(), VaultError> {
        key::write_over(path, &keys).map_err(|source| VaultError::WriteKey { path: path.to_owned(), source })?;
        *self.held.write() = KeySet::of(keys, written(path));
        Ok(())
    }

    /// Whether the key is still where it came from, so that a restart finds it.
    #[must_use]
    pub fn is_present(&self) -> bool {
        match &self.place {
            KeySource::Environment => true,
            KeySource::File(path) => written(path).is_some(),
        }
    }

    /// Where the key comes from, for the line printed at start.
    #[must_use]
    pub fn place(&self) -> &KeySource {
        &self.place
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Vault")
            .field("key_id", &self.key_id())
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

fn written(path: &Path) -> Option<FileStamp> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path).ok()?;
    // A file that took another's place has another number, also within one tick of the clock.
    Some((found.modified().ok()?, found.ino()))
}

#[cfg(test)]
mod tests;
