//! What a run inspects: the answers of a plan, and how the systems they name are reached.

use std::fmt;
use std::sync::Arc;

use domain::inputs::ReadableAnswers;

use crate::address::{AllowedNetworks, Resolver, SystemResolver};
use crate::certificate::TrustAnchors;
use crate::verification::ClusterAccess;

/// The subject of a run.
#[derive(Clone)]
pub struct RunSubject {
    /// The answers. Checks of an incomplete step are skipped.
    pub answers: ReadableAnswers,
    /// Keys of settings whose secret in the answers is a placeholder, which is never sent.
    pub missing_secrets: Vec<&'static str>,
    /// Resolves host names.
    pub resolver: Arc<dyn Resolver>,
    /// Which networks may be dialled.
    pub allowed: AllowedNetworks,
    /// The CAs that count as public. Tests use their own.
    pub public_authorities: TrustAnchors,
    /// How the deployed cluster is reached; `None` if the run does not verify it.
    pub cluster: Option<ClusterAccess>,
}

impl RunSubject {
    /// These answers, with the resolver of the operating system; `allowed` may be dialled.
    #[must_use]
    pub fn new(answers: ReadableAnswers, allowed: AllowedNetworks) -> Self {
        Self {
            answers,
            missing_secrets: Vec::new(),
            resolver: Arc::new(SystemResolver),
            allowed,
            public_authorities: TrustAnchors::public(),
            cluster: None,
        }
    }

    /// The same, with placeholders for the secrets of these settings: checks that need one report that it is missing.
    #[must_use]
    pub fn without_secrets(self, missing: Vec<&'static str>) -> Self {
        Self { missing_secrets: missing, ..self }
    }
}

impl fmt::Debug for RunSubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subject").field("answers", &self.answers).finish_non_exhaustive()
    }
}
