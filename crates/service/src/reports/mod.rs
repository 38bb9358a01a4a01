//! Signed reports: the Ed25519 key of an installation, and the signature inside a report.

mod key;
mod signature;

pub use key::{ReportKey, ReportKeyError, reseal};
pub use signature::{ReportPublicKey, SignatureError, SignedPlace, sign, verify};
