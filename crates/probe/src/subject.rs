//! What a run looks at: the answers of a plan, and the resolver that leads to the systems they name.

use std::fmt;
use std::sync::Arc;

use domain::inputs::Answers;

use crate::address::{Allowed, Resolver, SystemResolver};
use crate::certificate::Authorities;

/// The subject of a run.
#[derive(Clone)]
pub struct Subject {
    /// The answers; a step that is not complete makes its checks end with "could not check".
    pub answers: Answers,
    /// Settings whose secret in the answers is a stand-in: nothing is sent with it.
    pub missing_secrets: Vec<&'static str>,
    /// Turns names into addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Which networks may be dialled.
    pub allowed: Allowed,
    /// The CAs that count as public: a test signs with one of its own.
    pub public_authorities: Authorities,
}

impl Subject {
    /// These answers, with the resolver of the operating system; `allowed` may be dialled.
    #[must_use]
    pub fn new(answers: Answers, allowed: Allowed) -> Self {
        Self {
            answers,
            missing_secrets: Vec::new(),
            resolver: Arc::new(SystemResolver),
            allowed,
            public_authorities: Authorities::public(),
        }
    }

    /// The same, where the secrets of these settings are stand-ins: checks that would use one say that it is missing.
    #[must_use]
    pub fn without_secrets(self, missing: Vec<&'static str>) -> Self {
        Self { missing_secrets: missing, ..self }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subject").field("answers", &self.answers).finish_non_exhaustive()
    }
}
