//! Who asks, as the handlers that change plans need it: whom the journal names, and what they may do beside.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::rights::Permission;
use domain::step::Step;

use crate::http::error::RequestError;
use service::access::actor::Actor;
use service::collaboration::action::Author;

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct RequestActor {
    /// As the journal names them.
    pub(crate) by: Author,
    /// Who it is, as pages name them.
    pub(crate) person: Actor,
}

impl RequestActor {
    /// Whether they may change the answers of a step.
    pub(crate) fn may_edit(&self, step: Step) -> bool {
        self.person.may(Permission::EditStep(step))
    }

    /// Whether they may see who changed what.
    pub(crate) fn may_read_history(&self) -> bool {
        self.person.may(Permission::ReadHistory)
    }

    /// Whether they may bring older versions back.
    pub(crate) fn may_restore(&self) -> bool {
        self.person.may(Permission::Restore)
    }

    /// The one step they see, if they see no more.
    pub(crate) const fn only_step(&self) -> Option<Step> {
        self.person.only_step()
    }

    /// The same, on this page.
    pub(crate) fn on_page(self, page: &str) -> Self {
        Self { by: self.by.on_page(page), ..self }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestActor {
    type Rejection = RequestError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, RequestError> {
        let person = parts.extensions.get::<Actor>().cloned().ok_or(RequestError::Unknown)?;
        Ok(Self { by: Author::actor(&person), person })
    }
}
