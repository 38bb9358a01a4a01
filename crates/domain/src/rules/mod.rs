//! What several answers mean together: the rules that need no network. One file a family, one function a check.
//!
//! What a single answer must be is decided by its type in [`crate::values`]; what generated files must be, in
//! [`crate::audit`].

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

/// What the rules need to know and cannot find out themselves.
#[derive(Clone, Debug, Default)]
pub struct ExternalFacts {
    /// The time, in unix seconds.
    pub now: u64,
    /// What the provided certificate and key turned out to be; `None` if none was provided.
    pub provided: Option<Result<CertificateFacts, Vec<PemProblem>>>,
    /// What the CA certificates turned out to be, by their settings ([`CA_CERTIFICATE_SETTINGS`]); those that were given.
    pub authorities: BTreeMap<&'static str, Result<CertificateFacts, Vec<PemProblem>>>,
}

/// The settings that take a CA certificate, which goes into every node's truststore.
pub const CA_CERTIFICATE_SETTINGS: [&str; 2] = [DATABASE.ca_certificate, USER_STORE.ca_certificate];
