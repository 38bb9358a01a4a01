//! From a render plan to the bundle: the files of every machine, with certificates and key stores, in one zip.
//!
//! `domain` makes every decision; this crate writes them down. It uses no network and no clock and writes no file: it
//! returns bytes. [`preview`] shows every file with dots where secrets stand; [`Bundle`] holds them and can only be
//! zipped.

mod archive;
mod artefact;
mod bundle;
mod calendar;
pub mod certificates;
mod context;
mod database;
mod edited;
mod engine;
mod error;
mod expiry;
mod file_mode;
mod incomplete;
pub mod keyring;
pub mod keystore;
mod material;
mod opened;
mod outline;
mod syntax;
mod unpacked;
mod verify;

pub use artefact::{Artefact, MASK, MaskedContent, RevealedContent, preview, probe_script};
pub use bundle::Bundle;
pub use database::{GrantsFile, grants_file};
pub use edited::edited_files;
pub use error::{OpenBundleError, RenderError};
pub use expiry::certificate_expiries;
pub use file_mode::FileMode;
pub use incomplete::PLACEHOLDER_PREFIX;
pub use material::{TrustedCertificates, trusted_certificates};
pub use opened::{OpenedBundle, open_bundle};
pub use unpacked::BundleFiles;
pub use verify::{BundleFacts, KeyStoreContent, verify};
