//! What is told once on the next page of a plan, such as a URL that was split. Whichever replica draws that page tells it.

use std::sync::Arc;

use store::{Expected, PlanId, RecordWrite, Store, StoreError};

use crate::clock;

/// The kind of the records that hold notices, by whom they are for.
const FLASH_KIND: &str = "notice";
/// How long a notice waits for its page, in seconds.
const FLASH_TTL_SECONDS: u64 = 600;

/// The notices that wait.
#[derive(Clone)]
pub(super) struct FlashMessages(Arc<dyn Store>);

impl FlashMessages {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Keeps notices for who came by `via` (empty: the owner), in place of earlier ones.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn keep(&self, plan: PlanId, via: &str, notices: Vec<String>) -> Result<(), StoreError> {
        if notices.is_empty() {
            return Ok(());
        }
        let put = RecordWrite::Put {
            kind: FLASH_KIND,
            key: key(via),
            body: serde_json::Value::from(notices).to_string(),
            expires_at: i64::try_from(clock::now() + FLASH_TTL_SECONDS).unwrap_or(i64::MAX),
            expected: Expected::Any,
        };
        let _ = self.0.write(Some(plan), &[put]).await?;
        Ok(())
    }

    /// Takes them: they are told now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn take(&self, plan: PlanId, via: &str) -> Result<Vec<String>, StoreError> {
        let Some(record) = self.0.record(FLASH_KIND, Some(plan), &key(via)).await? else { return Ok(Vec::new()) };
        // On a full disk a page is shown, and says it once more.
        if let Err(error) = self.0.write(Some(plan), &[RecordWrite::remove(FLASH_KIND, key(via))]).await {
            tracing::debug!(%error, "cannot delete a notice that was shown");
        }
        let is_late = i64::try_from(clock::now()).is_ok_and(|now| now >= record.expires_at);
        Ok(if is_late { Vec::new() } else { serde_json::from_str(&record.body).unwrap_or_default() })
    }
}

fn key(via: &str) -> String {
    if via.is_empty() { "owner".to_owned() } else { via.to_owned() }
}
