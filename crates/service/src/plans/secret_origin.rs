//! Who set each secret of a plan, and when. The journal says so; the last word on each secret is kept beside it in the same
//! transaction, so that a page knows it at once, however many saves ago it was. Of a secret itself only the key is here.

use std::collections::BTreeMap;

use domain::history::journal::JournalEntry;
use serde::{Deserialize, Serialize};
use store::{PlanId, RecordWrite};

use crate::plans::{Plans, PlansError};
use crate::records::{Collection, kinds};

/// By the secret's setting.
const ORIGINS: Collection<SecretOrigin> = Collection::new(kinds::SECRET_ORIGIN);
/// Records that are read: more than there are settings.
const MAX_RECORDS: u32 = 200;

/// Who set a secret, and when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SecretOrigin {
    /// When, in unix seconds.
    pub at: u64,
    /// Who, as they are called.
    pub by: String,
    /// The id of the link they came by; empty for the owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub via: String,
}

/// What is kept beside a line of the journal.
pub fn origin_records(entry: &JournalEntry) -> Result<Vec<RecordWrite>, serde_json::Error> {
    let set_by = SecretOrigin { at: entry.at, by: entry.by.clone(), via: entry.via.clone() };
    let record = |key: &String, set| match set {
        true => ORIGINS.put(key, &set_by),
        false => Ok(ORIGINS.remove(key)),
    };
    entry.secrets.iter().map(|touched| record(&touched.key, touched.set)).collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&ORIGINS, None).await;
    }
}
