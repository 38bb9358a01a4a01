//! The journal of a plan, kept as records: every save writes its line in its own transaction, other acts write theirs.
//!
//! What a line means, and how versions come out of them, is `domain::history`'s. No secret is ever written here: of a
//! secret that changed only the key is.

use std::collections::BTreeMap;

use domain::author::Author;
use domain::draft::Draft;
use domain::history::journal::{JournalAction, JournalLine, draft_at_version};
use store::{PlanId, RecordWrite, WriteOutcome};

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::collaboration::journal_entry::{JOURNAL, numbered, record};
use crate::collaboration::redaction;
use crate::error::PlansError;
use crate::plans::Plans;
use crate::records::{Collection, PlainText, Timestamp, kinds};

/// By the number of the version.
const VERSION_NAMES: Collection<PlainText> = Collection::new(kinds::VERSION_NAME);
/// Names that are read.
const MAX_VERSION_NAMES: u32 = 500;

/// The note of a download that holds the secrets.
pub const WITH_SECRETS_NOTE: &str = "with passwords and keys";

/// Lines that are read at once.
const BATCH_SIZE: u32 = 200;
/// Lines that the change feed reads at once.
const FEED_BATCH_SIZE: u32 = 4;

impl Plans {
    /// Writes down an act that is no save, such as a download. `note` holds no secret.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn note(&self, plan: PlanId, by: &Author, act: JournalAction, note: &str) -> Result<(), PlansError> {
        let action = PlanAction { note: note.to_owned(), ..PlanAction::new(by.clone(), act) };
        self.write_lines(plan, &[record(&action.to_entry_without_changes(clock::now()))?]).await
    }

    /// Gives a version a name; an empty one takes the name away.
    ///
    /// # Errors
    /// As [`Plans::note`].
    pub async fn name_version(&self, plan: PlanId, by: &Author, revision: u64, name: &str) -> Result<(), PlansError> {
        let action = PlanAction { note: name.to_owned(), ..PlanAction::new(by.clone(), JournalAction::Name) };
        let at = Timestamp::now().to_stored();
        let line = action.to_entry(at, i64::try_from(revision).unwrap_or_default(), Vec::new(), Vec::new());
        let named = match name {
            "" => VERSION_NAMES.remove(key(revision)),
            name => VERSION_NAMES.put(key(revision), &PlainText(name.to_owned()))?,
        };
        self.write_lines(plan, &[record(&line)?, named]).await
    }

    /// The names of versions.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn version_names(&self, plan: PlanId) -> Result<BTreeMap<u64, String>, PlansError> {
        let names = VERSION_NAMES.of(self.store().as_ref(), plan).last(MAX_VERSION_NAMES).await?;
        Ok(names.into_iter().filter_map(|stored| Some((stored.number?, stored.value?.0))).collect())
    }

    /// Writes lines of the journal, with records that belong to them, in one transaction.
    ///
    /// # Errors
    /// When the database does not answer, or the plan does not exist.
    pub async fn write_lines(&self, plan: PlanId, lines: &[RecordWrite]) -> Result<(), PlansError> {
        match self.store().write(Some(plan), lines).await? {
            WriteOutcome::NotFound => Err(PlansError::Absent),
            WriteOutcome::Written { .. } | WriteOutcome::Conflict { .. } => {
                self.journal_retention.apply(plan, lines).await;
                Ok(())
            }
        }
    }

    /// At most `limit` lines, the newest first, those before the number `before`. A line that cannot be read is left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal(&self, plan: PlanId, before: Option<u64>, limit: u32) -> Result<Vec<JournalLine>, PlansError> {
        let journal = JOURNAL.of(self.store().as_ref(), plan);
        let lines = match before {
            Some(number) => journal.before(number, limit).await?,
            None => journal.last(limit).await?,
        };
        Ok(lines.into_iter().filter_map(numbered).collect())
    }

    /// Whether a bundle with its secrets was taken of the plan as it is now: no version came after it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_downloaded(&self, plan: PlanId) -> Result<bool, PlansError> {
        let lines = self.journal(plan, None, BATCH_SIZE).await?;
        let is_bundle =
            |line: &JournalLine| line.entry.act == JournalAction::Download && line.entry.note == WITH_SECRETS_NOTE;
        let since = lines.iter().take_while(|line| !line.entry.is_version());
        Ok(since.into_iter().any(is_bundle))
    }

    /// The number of the first line that is kept; 1 where there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_journal_line(&self, plan: PlanId) -> Result<u64, PlansError> {
        let first = JOURNAL.of(self.store().as_ref(), plan).first(1).await?;
        Ok(first.first().and_then(|stored| stored.number).unwrap_or(1))
    }

    /// The lines after the number `seen`, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_after(&self, plan: PlanId, seen: u64, limit: u32) -> Result<Vec<JournalLine>, PlansError> {
        let lines = JOURNAL.of(self.store().as_ref(), plan).after(seen, limit).await?;
        Ok(lines.into_iter().filter_map(numbered).collect())
    }

    /// At most `limit` lines after the number `seen`, the oldest first, without long texts: read a few at a time, since
    /// many follow a plan at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn brief_journal_after(
        &self,
        plan: PlanId,
        seen: u64,
        limit: u32,
    ) -> Result<Vec<JournalLine>, PlansError> {
        let mut lines: Vec<JournalLine> = Vec::new();
        let mut after = seen;
        let mut left = limit;
        while left > 0 {
            let batch = JOURNAL.of(self.store().as_ref(), plan).after(after, left.min(FEED_BATCH_SIZE)).await?;
            let Some(last) = batch.last().and_then(|stored| stored.number) else { break };
            after = last;
            left = left.saturating_sub(u32::try_from(batch.len()).unwrap_or(u32::MAX));
            lines.extend(batch.into_iter().filter_map(numbered).map(redaction::shorten));
        }
        Ok(lines)
    }

    /// The lines back to the save that made version `revision`, itself left out; the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_since(&self, plan: PlanId, revision: u64) -> Result<Vec<JournalLine>, PlansError> {
        let mut lines: Vec<JournalLine> = Vec::new();
        loop {
            let batch = self.journal(plan, lines.last().map(|line| line.number), BATCH_SIZE).await?;
            // `journal_bound` holds a journal so short that it can be read.
            if batch.is_empty() {
                return Ok(lines);
            }
            for line in batch {
                if line.entry.is_version() && line.entry.revision <= revision {
                    return Ok(lines);
                }
                lines.push(line);
            }
        }
    }

    /// The draft as it was in version `wanted`, and the plan's revision now. `None` for a version that is none, or that
    /// the journal does not lead back to.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn version(&self, plan: PlanId, wanted: u64) -> Result<Option<Draft>, PlansError> {
        let open = self.open(plan).await?.ok_or(PlansError::Absent)?;
        let revision = u64::try_from(open.revision).unwrap_or_default();
        if wanted > revision {
            return Ok(None);
        }
        let lines = self.journal_since(plan, wanted).await?;
        Ok(draft_at_version(&open.draft, revision, wanted, lines.iter().map(|line| &line.entry)))
    }
}

fn key(number: u64) -> String {
    store::number_key(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&VERSION_NAMES, None).await;
    }
}
