//! Messages that the next page of a plan shows once, such as a URL that was split. The replica that draws that page shows
//! them.

use std::sync::Arc;

use store::{Expected, PlanId, Store};

use crate::access::actor::Actor;
use crate::clock;
use crate::error::PlansError;
use crate::records::{Collection, Timestamp, kinds};

/// By the actor that they are for.
const NOTICES: Collection<Vec<String>> = Collection::new(kinds::NOTICE);
/// How long a notice waits for its page, in seconds.
const FLASH_TTL_SECONDS: u64 = 600;

/// The notices that wait.
#[derive(Clone)]
pub struct FlashMessages(Arc<dyn Store>);

impl FlashMessages {
    /// Notices kept in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Keeps notices for the owner or for the visitors with the same link, in place of earlier ones.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep(&self, plan: PlanId, actor: &Actor, notices: Vec<String>) -> Result<(), PlansError> {
        if notices.is_empty() {
            return Ok(());
        }
        let expires_at = Timestamp::from_unix(clock::now()).plus(FLASH_TTL_SECONDS);
        let put = NOTICES.put_if(key(actor), &notices, Some(expires_at), Expected::Any)?;
        let _ = self.0.write(Some(plan), &[put]).await?;
        Ok(())
    }

    /// Takes them: they are told now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take(&self, plan: PlanId, actor: &Actor) -> Result<Vec<String>, PlansError> {
        let notices = NOTICES.of(self.0.as_ref(), plan);
        let Some(found) = notices.get(key(actor)).await? else { return Ok(Vec::new()) };
        // On a full disk the page still appears, and shows the message once more.
        if let Err(error) = notices.write(&[NOTICES.remove(key(actor))]).await {
            tracing::debug!(%error, "cannot delete a notice that was shown");
        }
        let now = Timestamp::from_unix(clock::now());
        let is_valid = found.expires_at.is_some_and(|expires_at| expires_at > now);
        Ok(found.value.filter(|_| is_valid).unwrap_or_default())
    }
}

fn key(actor: &Actor) -> &str {
    match actor {
        Actor::Owner(_) => "owner",
        Actor::Visitor(visitor) => &visitor.link.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&NOTICES, None).await;
    }
}
