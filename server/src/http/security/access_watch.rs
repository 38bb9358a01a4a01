//! Watches whether a reader of a stream still has access.

use std::time::Duration;

use service::access::actor::Actor;
use service::access::sessions::Sessions;
use service::sharing::ShareLinks;
use store::PlanId;
use tokio::time::Instant;

use crate::http::security::login_state::LoginState;
use crate::http::state::AppState;

/// How often the server checks again whether the reader of a stream still has access.
const RECHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Whether who reads a stream still may: their link may be revoked or end while they do, and so may the owner's session,
/// by sign-out or a new access token.
pub(crate) struct AccessWatch {
    links: ShareLinks,
    sessions: Sessions,
    login: Option<LoginState>,
    plan: PlanId,
    /// The link; empty for the owner.
    via: String,
    /// The owner's session; empty where no login is required.
    session: String,
    asked: Instant,
}

impl AccessWatch {
    /// Watches the access of `person`, who must have it at this moment.
    pub(crate) fn new(site: &AppState, plan: PlanId, person: &Actor) -> Self {
        Self {
            links: site.links.clone(),
            sessions: site.sessions.clone(),
            login: site.login.clone(),
            plan,
            via: person.via.clone(),
            session: person.session.clone(),
            asked: Instant::now(),
        }
    }

    /// Whether the person has access now. While the database does not answer, the stream sends nothing anyhow.
    pub(crate) async fn holds(&self) -> bool {
        if !self.via.is_empty() {
            return !matches!(self.links.active_link(self.plan, &self.via).await, Ok(None));
        }
        let Some(login) = &self.login else { return true };
        match self.sessions.mark_of(&self.session).await {
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
