//! Who asks, as the handlers that change plans need it: whom the journal names, and what they may do beside.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::rights::Act;
use domain::step::Step;

use super::failure::Failure;
use crate::journal::By;
use crate::person::Person;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    /// As the journal names them.
    pub(super) by: By,
    /// Who it is, as pages name them.
    pub(super) person: Person,
}

impl Asking {
    /// Whether they may change the answers of a step.
    pub(super) fn may_edit(&self, step: Step) -> bool {
        self.person.may(Act::EditStep(step))
    }

    /// Whether they may see who changed what.
    pub(super) fn may_read_history(&self) -> bool {
        self.person.may(Act::ReadHistory)
    }

    /// Whether they may bring older versions back.
    pub(super) fn may_restore(&self) -> bool {
        self.person.may(Act::Restore)
    }

    /// The one step they see, if they see no more.
    pub(super) const fn only_step(&self) -> Option<Step> {
        self.person.only_step()
    }

    /// The same, on this page.
    pub(super) fn on_page(self, page: &str) -> Self {
        Self { by: self.by.on_page(page), ..self }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let person = parts.extensions.get::<Person>().cloned().ok_or(Failure::Unknown)?;
        Ok(Self { by: By::person(&person), person })
    }
}
