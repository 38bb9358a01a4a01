//! Who set each secret of a plan, and when: read from one record a secret, however many saves ago it was set.

use std::collections::BTreeMap;

use store::PlanId;

use crate::error::PlansError;
use crate::plans::Plans;
use crate::plans::origin_record::ORIGINS;
pub use crate::plans::origin_record::SecretOrigin;

/// Records that are read: more than there are settings.
const MAX_RECORDS: u32 = 200;

impl Plans {
    /// Who set the secrets of a plan, by setting. Those that an earlier Clusterwright kept are not there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn secret_origins(&self, plan: PlanId) -> Result<BTreeMap<String, SecretOrigin>, PlansError> {
        let origins = ORIGINS.of(self.store().as_ref(), plan).first(MAX_RECORDS).await?;
        Ok(origins.into_iter().filter_map(|entry| Some((entry.key, entry.value?))).collect())
    }
}
