//! An entry of the journal as it is stored. No secret is ever stored in one: of a secret that changed only the key is.

use domain::history::journal::{JournalEntry, JournalLine};
use store::RecordWrite;

use crate::collaboration::redaction;
use crate::records::{Body, Collection, Entry, kinds};

/// Appended.
pub const JOURNAL: Collection<StoredEntry> = Collection::new(kinds::JOURNAL);
/// An entry as it is stored: what the answers may not contain, no note may either.
pub struct StoredEntry(JournalEntry);

impl Body for StoredEntry {
    fn to_body(&self) -> Result<String, serde_json::Error> {
        let body = serde_json::to_string(&self.0)?;
        if redaction::may_hold_keys(&body) { without_keys(&body) } else { Ok(body) }
    }

    fn from_body(body: &str) -> Result<Self, serde_json::Error> {
        let mut entry = serde_json::from_str(body)?;
        if redaction::may_hold_keys(body) {
            redaction::strip_credentials(&mut entry);
        }
        Ok(Self(entry))
    }
}

/// A line as a record.
pub fn record(entry: &JournalEntry) -> Result<RecordWrite, serde_json::Error> {
    JOURNAL.append(&StoredEntry(entry.clone()))
}

/// A record as a numbered line; `None` where it cannot be read.
pub(crate) fn numbered(stored: Entry<StoredEntry>) -> Option<JournalLine> {
    Some(JournalLine { number: stored.number?, entry: stored.value?.0 })
}

/// The body of a line without private keys.
pub fn without_keys(body: &str) -> Result<String, serde_json::Error> {
    let mut entry: JournalEntry = serde_json::from_str(body)?;
    redaction::strip_credentials(&mut entry);
    serde_json::to_string(&entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&JOURNAL, None).await;
    }
}
