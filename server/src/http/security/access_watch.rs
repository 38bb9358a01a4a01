//! Watches whether a reader of a stream still has access.

use std::time::Duration;

use service::access::actor::Actor;
use store::PlanId;
use tokio::time::Instant;

use crate::http::state::AppState;

/// How often the server checks again whether the reader of a stream still has access.
const RECHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Whether who reads a stream still may: their link may be revoked or end while they do, and so may the owner's session,
/// by sign-out or a new access token.
pub(crate) struct AccessWatch {
    site: AppState,
    plan: PlanId,
    actor: Actor,
    asked: Instant,
}

impl AccessWatch {
    /// Watches the access of `actor`, who must have it at this moment.
    pub(crate) fn new(site: &AppState, plan: PlanId, actor: &Actor) -> Self {
        Self { site: site.clone(), plan, actor: actor.clone(), asked: Instant::now() }
    }

    /// Whether the actor has access now. While the database does not answer, the stream sends nothing anyhow.
    pub(crate) async fn holds(&self) -> bool {
        let owner = match &self.actor {
            Actor::Owner(owner) => owner,
            Actor::Visitor(visitor) => {
                return !matches!(self.site.links.active_link(self.plan, &visitor.link).await, Ok(None));
            }
        };
        let Some(login) = &self.site.login else { return true };
        let Some(session) = &owner.session else { return false };
        match self.site.sessions.mark_of(&session.key).await {
            Ok(Some(mark)) => !matches!(login.still_counts(&mark).await, Ok(false)),
            Ok(None) => false,
            Err(_) => true,
        }
    }

    /// Ends when it is not so any more.
    pub(crate) async fn over(&mut self) {
        loop {
            tokio::time::sleep_until(self.asked + RECHECK_INTERVAL).await;
            self.asked = Instant::now();
            if !self.holds().await {
                return;
            }
        }
    }
}
