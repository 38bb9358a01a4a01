//! The rules about several answers that need no network: one file per family, one function per check.
//!
//! [`crate::values`] validates single answers, [`crate::audit`] the generated files. [`crate::audit`].

mod apply;
mod certificate;
mod clustering;
mod database;
pub mod keys;
pub(crate) mod load_balancer;
mod nodes;
mod secrets;
mod user_store;

pub use apply::apply;
pub use certificate::is_pack_certificate;

use std::collections::BTreeMap;

use crate::certificate::{CertificateFacts, PemProblem};
use crate::steps::keys::{DATABASE, USER_STORE};

/// Facts that the rules need as input.
#[derive(Clone, Debug, Default)]
pub struct ExternalFacts {
    /// The time, in Unix seconds.
    pub now: u64,
    /// The facts of the provided certificate and key, or their problems; `None` if none was provided.
    pub provided: Option<Result<CertificateFacts, Vec<PemProblem>>>,
    /// The facts or problems of the provided CA certificates, by setting ([`CA_CERTIFICATE_SETTINGS`]).
    pub authorities: BTreeMap<&'static str, Result<CertificateFacts, Vec<PemProblem>>>,
}

/// The settings that contain a CA certificate for every node's truststore.
pub const CA_CERTIFICATE_SETTINGS: [&str; 2] = [DATABASE.ca_certificate, USER_STORE.ca_certificate];
