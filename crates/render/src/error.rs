//! Why a bundle could not be made or opened.

use crate::certificates::CertificateError;
use crate::keyring::KeyRingError;
use crate::keystore::KeyStoreError;

/// Why a bundle could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The templates cannot be read. Always our mistake.
    #[error("the templates of this version and layout cannot be read")]
    ReadTemplates(#[source] tera::Error),
    /// A template could not be filled. Always our mistake.
    #[error("the template {template} cannot be filled")]
    Fill {
        /// Its path below the template folders.
        template: String,
        /// Why.
        #[source]
        source: tera::Error,
    },
    /// The render plan or the manifest cannot be written as data. Always our mistake.
    #[error("the plan cannot be written as data")]
    Describe(#[source] serde_json::Error),
    /// A file needs a secret that is missing.
    #[error("the secret {setting} is missing")]
    MissingSecret {
        /// The setting it belongs to, such as `database.password`.
        setting: &'static str,
    },
    /// A secret holds a character that the file's syntax cannot carry.
    #[error("the secret {name} cannot be written into {path}")]
    CarrySecret {
        /// The secret's name in templates.
        name: &'static str,
        /// The file.
        path: String,
        /// Which character.
        #[source]
        source: std::io::Error,
    },
    /// The certificates could not be issued.
    #[error("the certificates cannot be issued")]
    Certificates(#[source] CertificateError),
    /// A key store could not be written.
    #[error("the keystore {path} cannot be written")]
    KeyStore {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: KeyStoreError,
    },
    /// The keys could not be written as text.
    #[error("the keys cannot be written as text")]
    Keys(#[source] KeyRingError),
    /// The zip could not be written.
    #[error("the zip cannot be written")]
    Zip(#[source] zip::result::ZipError),
    /// A file could not be written into the zip.
    #[error("{path} cannot be written into the zip")]
    ZipFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Why a zip is not a bundle that can be opened again.
#[derive(Debug, thiserror::Error)]
pub enum OpenBundleError {
    /// It is larger than any bundle.
    #[error("the file is larger than {limit} MB, the maximum size of a bundle")]
    TooLarge {
        /// The limit in megabytes.
        limit: usize,
    },
    /// It is not a zip, or a damaged one.
    #[error("the file is not a complete zip")]
    NotAZip(#[source] zip::result::ZipError),
    /// It has more entries than any bundle.
    #[error("the zip has more than {limit} entries, the maximum of a bundle")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// It has no plan.
    #[error("the zip contains no plan.toml")]
    NoPlan,
    /// It has more than one plan.
    #[error("the zip contains more than one plan.toml")]
    TwoPlans,
    /// An entry unpacks to more than any of a bundle has.
    #[error("{name} is larger than {limit} KB, its maximum size in a bundle")]
    EntryTooLarge {
        /// The entry.
        name: String,
        /// The limit in kilobytes.
        limit: u64,
    },
    /// An entry cannot be unpacked.
    #[error("{name} cannot be unpacked")]
    Unpack {
        /// The entry.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An entry is no text.
    #[error("{name} is not UTF-8 text")]
    NotText {
        /// The entry.
        name: String,
        /// Why.
        #[source]
        source: std::str::Utf8Error,
    },
    /// The key file of the bundle is damaged.
    #[error("cluster-keys.json contains no keys of Clusterwright")]
    Keys(#[source] KeyRingError),
}
