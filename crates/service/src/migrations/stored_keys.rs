//! Private keys that earlier versions kept where a certificate belongs: in answers, journals and comments. They are taken
//! out once, at the first start of a version that keeps none, and what the files still hold of them is overwritten.

use std::sync::Arc;

use domain::author::Author;
use domain::history::journal::JournalAction;
use serde::{Deserialize, Serialize};
use store::{Expected, Plan, PlanChange, PlanId, RecordWrite, SaveOutcome, Scan, WriteOutcome};

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::collaboration::redaction::may_hold_keys;
use crate::collaboration::{comments, journal_entry};
use crate::error::PlansError;
use crate::plans::{Plans, read_document};
use crate::records::kinds::{self, OfProgram};
use crate::records::{Collection, MAX_ATTEMPTS, Timestamp};

/// When an earlier version's private keys were removed, in unix seconds.
#[derive(Deserialize, Serialize)]
struct KeysRemoved {
    at: u64,
}

const KEYS_REMOVED: Collection<KeysRemoved, OfProgram> = Collection::new(kinds::FACT);
/// The fact that it is done.
const KEYS_REMOVED_FACT: &str = "private-keys-removed";
/// Plans that are read at once.
const PAGE_SIZE: u32 = 500;
/// Records that are read at once: some hold the texts of certificates.
const BATCH_SIZE: u32 = 50;
/// The note in the journal.
const JOURNAL_NOTE: &str = "A private key that an earlier version kept was removed.";

/// Removes private keys from all stored data, if that was not done before. Returns the number of places.
///
/// # Errors
/// When the database does not answer; the next start continues.
pub async fn remove_keys_once(plans: &Plans) -> Result<u64, PlansError> {
    let store = Arc::clone(plans.store());
    if KEYS_REMOVED.all(store.as_ref()).get(KEYS_REMOVED_FACT).await?.is_some() {
        return Ok(0);
    }
    let (mut count, mut after) = (0, None);
    loop {
        let page = store.plan_ids(after, PAGE_SIZE).await?;
        let Some(last) = page.last().copied() else { break };
        for plan in page {
            count += of_answers(plans, plan).await?;
            count += of_records(plans, plan, journal_entry::JOURNAL.name(), journal_entry::without_keys).await?;
            count += of_records(plans, plan, comments::COMMENTS.name(), comments::without_keys).await?;
        }
        after = Some(last);
    }
    if count > 0 && !store.purge().await? {
        tracing::warn!(
            "another program has the database open: its write-ahead log may contain removed keys until the next checkpoint"
        );
    }
    let done = KEYS_REMOVED.put(KEYS_REMOVED_FACT, &KeysRemoved { at: clock::now() })?;
    let _ = store.write(None, &[done]).await?;
    Ok(count)
}

/// The answers of a plan. The change is a separate version, so that open pages do not bring the key back unseen.
async fn of_answers(plans: &Plans, id: PlanId) -> Result<u64, PlansError> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(plan) = plans.store().load(id).await? else { return Ok(0) };
        let Plan { title, document, revision, .. } = plan;
        if !may_hold_keys(&document) && !may_hold_keys(&title) {
            return Ok(0);
        }
        let draft = read_document(&document)?;
        let at = Timestamp::now().to_stored();
        let action =
            PlanAction { note: JOURNAL_NOTE.to_owned(), ..PlanAction::new(Author::program(), JournalAction::Save) };
        let change = PlanChange {
            title: draft.title.clone(),
            document: serde_json::to_string(&draft)?,
            secrets: Vec::new(),
            stale: Vec::new(),
            records: vec![journal_entry::record(&action.entry(at, revision + 1, [&draft, &draft], Vec::new()))?],
            at,
        };
        match plans.store().save(id, revision, &change).await? {
            SaveOutcome::Saved { .. } => return Ok(1),
            SaveOutcome::Conflict { .. } => {}
            SaveOutcome::NotFound => return Ok(0),
        }
    }
    Err(PlansError::Contended)
}

/// The records of a kind; `clean` gives the body that is kept instead.
async fn of_records(
    plans: &Plans,
    plan: PlanId,
    kind: &'static str,
    clean: fn(&str) -> Result<String, serde_json::Error>,
) -> Result<u64, PlansError> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = plans.store().scan(kind, Some(plan), &Scan { after, limit: BATCH_SIZE, backwards: false }).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after = Some(last.key.clone());
        for record in page.into_iter().filter(|record| may_hold_keys(&record.body)) {
            // No page shows a record that cannot be read.
            let Ok(body) = clean(&record.body) else { continue };
            if body == record.body {
                continue;
            }
            let write = RecordWrite::Put {
                kind,
                key: record.key,
                body,
                expires_at: record.expires_at,
                expected: Expected::Version(record.version),
            };
            if let WriteOutcome::Written { .. } = plans.store().write(Some(plan), &[write]).await? {
                count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::draft::Draft;
    use domain::history::journal::JournalEntry;
    use domain::history::{DraftPart, PartChange, PartContent};
    use store::NewPlan;

    use super::*;
    use crate::collaboration::comments::Comment;
    use crate::tests::{empty_store, vault};

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nTUlJY2FuYXJ5Y2FuYXJ5\n-----END PRIVATE KEY-----\n";
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nTUlJQmVydA==\n-----END CERTIFICATE-----\n";
    const CANARY: &str = "TUlJY2FuYXJ5Y2FuYXJ5";

    fn holds(folder: &std::path::Path) -> bool {
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
        })
    }

    #[tokio::test]
    async fn a_private_key_that_an_earlier_version_kept_is_never_shown_and_removed() {
        let (folder, store) = empty_store().await;
        let plans = Plans::new(Arc::clone(&store), vault("11"));
        let id = PlanId::from_random([1; 16]);
        let text = format!("{KEY}{CERTIFICATE}");
        let mut draft = Draft::default();
        draft.set("database.ca_certificate", text.as_str());
        let change = PartChange {
            part: DraftPart::Answer("database.ca_certificate".to_owned()),
            old: None,
            new: Some(PartContent::Text(text.clone())),
        };
        let entry = JournalEntry {
            changes: vec![change],
            revision: 1,
            ..PlanAction::new(Author::default(), JournalAction::Save).to_entry_without_changes(1)
        };
        let comment = Comment { at: 1, by: Author::default(), step: None, text: text.clone(), is_done: false };
        let records = vec![
            RecordWrite::append(journal_entry::JOURNAL.name(), serde_json::to_string(&entry).unwrap()),
            RecordWrite::append(comments::COMMENTS.name(), serde_json::to_string(&comment).unwrap()),
        ];
        let plan = NewPlan { records, ..NewPlan::new(id, "", serde_json::to_string(&draft).unwrap(), 1) };
        let _ = store.create(&plan).await.unwrap();
        assert!(holds(folder.path()));

        let shown = async || {
            let lines = plans.journal(id, None, 10).await.unwrap();
            let open = plans.open(id).await.unwrap().unwrap();
            format!("{lines:?} {:?} {:?}", open.draft, plans.comments(id).await.unwrap())
        };
        let before = shown().await;
        assert!(!before.contains(CANARY) && before.contains("TUlJQmVydA=="), "{before}");
        assert_eq!(remove_keys_once(&plans).await.unwrap(), 3);
        assert!(!holds(folder.path()), "while the store is open");
        let after = shown().await;
        assert!(after.contains("TUlJQmVydA==") && after.contains(JOURNAL_NOTE), "{after}");
        assert_eq!(remove_keys_once(&plans).await.unwrap(), 0, "once");
        // Versions still lead back.
        assert!(plans.version(id, 1).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&KEYS_REMOVED, Some(KEYS_REMOVED_FACT)).await;
    }
}
