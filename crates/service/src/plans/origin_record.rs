//! The record of who set a secret and when, written in the transaction of the save. Of the secret itself only the key is
//! stored.

use domain::author::Author;
use domain::history::journal::JournalEntry;
use serde::{Deserialize, Serialize};
use store::RecordWrite;

use crate::records::{Collection, kinds};

/// By the secret's setting.
pub(crate) const ORIGINS: Collection<SecretOrigin> = Collection::new(kinds::SECRET_ORIGIN);
/// Who set a secret, and when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SecretOrigin {
    /// When, in unix seconds.
    pub at: u64,
    /// The author of the change that set it.
    #[serde(flatten)]
    pub by: Author,
}

/// What is kept beside a line of the journal.
pub(crate) fn origin_records(entry: &JournalEntry) -> Result<Vec<RecordWrite>, serde_json::Error> {
    let set_by = SecretOrigin { at: entry.at, by: entry.by.clone() };
    let record = |key: &String, set| match set {
        true => ORIGINS.put(key, &set_by),
        false => Ok(ORIGINS.remove(key)),
    };
    entry.secrets.iter().map(|touched| record(&touched.key, touched.set)).collect()
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
