//! What can go wrong with the vault, each with what to do about it. No message holds a key, a secret or a part of one.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::vault::key_id::{KEY_VARIABLE, KeyId};

/// Where a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// The environment variable [`KEY_VARIABLE`].
    Environment,
    /// This file.
    File(PathBuf),
}

impl fmt::Display for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => formatter.write_str(KEY_VARIABLE),
            Self::File(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// The vault cannot be opened, or a secret not sealed or unsealed.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The system's random generator fails.
    #[error("the system does not provide random numbers")]
    Random(#[source] getrandom::Error),
    /// The key file cannot be made.
    #[error("the key file {} cannot be created", .path.display())]
    CreateKey {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key file cannot be read.
    #[error("the key file {} cannot be read", .path.display())]
    ReadKey {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Other users of the machine may read or write the key file.
    #[error("the key file {} is open to other users (mode {mode:04o})", .path.display())]
    KeyOpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file cannot be written.
    #[error("the key file {} cannot be written", path.display())]
    WriteKey {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key is not kept in a file, so the program cannot change it.
    #[error("the key comes from the environment")]
    KeptElsewhere,
    /// What should be a key is none.
    #[error("{place} does not contain a key of 32 bytes in base64 or hexadecimal")]
    NotAKey {
        /// Where it was read.
        place: KeySource,
    },
    /// The record was sealed with another key.
    #[error("the secret was sealed with key {needed}, but the vault has key {present}")]
    WrongKey {
        /// The key that opens it.
        needed: KeyId,
        /// The key the vault has.
        present: KeyId,
    },
    /// The record was changed, or it was sealed for another plan or setting.
    #[error("the sealed secret was altered or belongs to another plan or setting")]
    Altered,
    /// The bytes are no record of a format this version knows.
    #[error("the sealed secret has a format that this version does not know")]
    UnknownFormat,
}

impl VaultError {
    /// One sentence: what the operator does now.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Random(_) => {
                "Start Clusterwright where the system's random generator works (/dev/urandom).".to_owned()
            }
            Self::CreateKey { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                format!("Free space on the disk of {} and start again.", path.parent().unwrap_or(path).display())
            }
            Self::CreateKey { path, .. } => format!(
                "Give the user that runs Clusterwright write permission for {}, or set {KEY_VARIABLE} to a key from `openssl rand -base64 32`.",
                path.parent().unwrap_or(path).display()
            ),
            Self::ReadKey { path, .. } => format!(
                "Give read permission for {} only to the user that runs Clusterwright; without this file, saved secrets cannot be opened.",
                path.display()
            ),
            Self::KeyOpenToOthers { path, .. } => format!(
                "Run `chmod 600 {}`. If someone else may have read it, replace the saved passwords.",
                path.display()
            ),
            Self::NotAKey { place: KeySource::Environment } => {
                format!("Set {KEY_VARIABLE} to a key from `openssl rand -base64 32`, or unset it to use the key file.")
            }
            Self::NotAKey { place: KeySource::File(path) } => format!(
                "Restore {0} from a backup, or move it away to start with a new key and enter the secrets again; the file was not changed.",
                path.display()
            ),
            Self::WriteKey { path, .. } => format!(
                "Give the user that runs Clusterwright write permission for {} and try again; the keys were not changed.",
                path.parent().unwrap_or(path).display()
            ),
            Self::KeptElsewhere => format!(
                "Insert a new key from `openssl rand -base64 32` and a comma before the key in {KEY_VARIABLE}, restart the servers with this value, and run `clusterwright vault rotate` with it."
            ),
            Self::WrongKey { needed, .. } => {
                format!("Start Clusterwright with key {needed}, or enter the secret again.")
            }
            Self::Altered => "Enter the secret again.".to_owned(),
            Self::UnknownFormat => {
                "Start the newer Clusterwright that saved the secret, or enter the secret again.".to_owned()
            }
        }
    }
}
