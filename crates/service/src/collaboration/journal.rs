//! The journal of a plan, kept as records: every save writes its line in its own transaction, other acts write theirs.
//!
//! What a line means, and how versions come out of them, is `domain::history`'s. No secret is ever written here: of a
//! secret that changed only the key is.

use std::collections::BTreeMap;

use domain::draft::Draft;
use domain::history::journal::{JournalAction, JournalEntry, JournalLine, SecretAction, draft_at_version};
use domain::history::{PartChange, diff};
use domain::step::Step;
use store::{PlanId, RecordWrite, WriteOutcome};

use crate::access::actor::Actor;
use crate::clock;
use crate::collaboration::redaction;
use crate::plans::{Plans, PlansError};
use crate::records::{Body, Collection, Entry as Stored, PlainText, Timestamp, kinds};

/// Appended.
pub const JOURNAL: Collection<StoredEntry> = Collection::new(kinds::JOURNAL);
/// By the number of the version.
const VERSION_NAMES: Collection<PlainText> = Collection::new(kinds::VERSION_NAME);
/// Names that are read.
const MAX_VERSION_NAMES: u32 = 500;

/// The note of a download that holds the secrets.
pub const WITH_SECRETS_NOTE: &str = "with passwords and keys";

/// Lines that are read at once.
const READ_BATCH: u32 = 200;
/// The same for those who follow a plan.
const FEED_BATCH: u32 = 4;

/// Who does something, and on which page of theirs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Author {
    /// What they are called; empty for the owner who did not say.
    pub name: String,
    /// The id of the link they came by; empty for the owner.
    pub via: String,
    /// The page in their browser; empty where it is not known. Not a secret and no proof of anything.
    pub page: String,
}

impl Author {
    /// A person, on no page that is known.
    #[must_use]
    pub fn actor(person: &Actor) -> Self {
        Self { name: person.name.clone(), via: person.via.clone(), page: String::new() }
    }

    /// The program itself.
    #[must_use]
    pub fn program() -> Self {
        Self { name: "Clusterwright".to_owned(), ..Self::default() }
    }

    /// The same, on this page: at most 32 letters and digits of what the page said.
    #[must_use]
    pub fn on_page(self, page: &str) -> Self {
        Self { page: page.chars().filter(char::is_ascii_alphanumeric).take(32).collect(), ..self }
    }
}

/// What people call somebody.
#[must_use]
pub fn display_name(name: &str, via: &str) -> String {
    match (name, via) {
        ("", "") => "Owner".to_owned(),
        ("", _) => "Someone with a link".to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// What people call somebody where no link is named beside: who came by one is never taken for the owner or the program.
#[must_use]
pub fn display_name_with_link_mark(name: &str, via: &str) -> String {
    match (name, via) {
        (name, via) if name.is_empty() || via.is_empty() => display_name(name, via),
        (name, _) => format!("{name} (by link)"),
    }
}

/// Whether a name is that of the owner, of the program or of a probe, however it is written: nobody else may have it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let letters: String = name.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect();
    ["owner", "clusterwright", "somebodywithalink"].contains(&letters.as_str())
        || letters.starts_with("probeof")
        || letters.starts_with("theowner")
}

/// Something that is being done to a plan, as the journal will tell it.
#[derive(Clone, Debug)]
pub struct PlanAction {
    /// Who.
    pub by: Author,
    /// What.
    pub act: JournalAction,
    /// On the page of this step.
    pub step: Option<Step>,
    /// The numbers of the entries it takes back or makes again.
    pub of: Vec<u64>,
    /// What else there is to say.
    pub note: String,
}

impl PlanAction {
    /// A plain one.
    #[must_use]
    pub fn new(by: Author, act: JournalAction) -> Self {
        Self { by, act, step: None, of: Vec::new(), note: String::new() }
    }

    /// The same on a step.
    #[must_use]
    pub fn on(self, step: Step) -> Self {
        Self { step: Some(step), ..self }
    }

    /// The line of a save that leads from one draft to another, at `revision`.
    pub fn entry(&self, at: i64, revision: i64, drafts: [&Draft; 2], secrets: Vec<SecretAction>) -> JournalEntry {
        self.line(at, revision, diff(drafts[0], drafts[1]), secrets)
    }

    /// The line of an act that is no save.
    pub fn to_entry_without_changes(&self, at: u64) -> JournalEntry {
        self.line(i64::try_from(at).unwrap_or(i64::MAX), 0, Vec::new(), Vec::new())
    }

    fn line(&self, at: i64, revision: i64, changes: Vec<PartChange>, secrets: Vec<SecretAction>) -> JournalEntry {
        JournalEntry {
            at: u64::try_from(at).unwrap_or_default(),
            by: self.by.name.clone(),
            via: self.by.via.clone(),
            page: self.by.page.clone(),
            act: self.act,
            step: self.step,
            revision: u64::try_from(revision).unwrap_or_default(),
            changes,
            secrets,
            of: self.of.clone(),
            note: self.note.clone(),
        }
    }
}

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

fn numbered(stored: Stored<StoredEntry>) -> Option<JournalLine> {
    Some(JournalLine { number: stored.number?, entry: stored.value?.0 })
}

/// The body of a line without private keys.
pub fn without_keys(body: &str) -> Result<String, serde_json::Error> {
    let mut entry: JournalEntry = serde_json::from_str(body)?;
    redaction::strip_credentials(&mut entry);
    serde_json::to_string(&entry)
}

impl Plans {
    /// Writes down an act that is no save, such as a download. `note` holds no secret.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn note(&self, plan: PlanId, by: &Author, act: JournalAction, note: &str) -> Result<(), PlansError> {
        let deed = PlanAction { note: note.to_owned(), ..PlanAction::new(by.clone(), act) };
        self.write_lines(plan, &[record(&deed.to_entry_without_changes(clock::now()))?]).await
    }

    /// Gives a version a name; an empty one takes the name away.
    ///
    /// # Errors
    /// As [`Plans::note`].
    pub async fn name_version(&self, plan: PlanId, by: &Author, revision: u64, name: &str) -> Result<(), PlansError> {
        let deed = PlanAction { note: name.to_owned(), ..PlanAction::new(by.clone(), JournalAction::Name) };
        let at = Timestamp::now().to_stored();
        let line = deed.line(at, i64::try_from(revision).unwrap_or_default(), Vec::new(), Vec::new());
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
                self.apply_journal_retention(plan, lines).await;
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
        let lines = self.journal(plan, None, READ_BATCH).await?;
        let is_bundle =
            |line: &JournalLine| line.entry.act == JournalAction::Download && line.entry.note == WITH_SECRETS_NOTE;
        let since = lines.iter().take_while(|line| !line.entry.is_version());
        Ok(since.into_iter().any(is_bundle))
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
            let batch = JOURNAL.of(self.store().as_ref(), plan).after(after, left.min(FEED_BATCH)).await?;
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
            let batch = self.journal(plan, lines.last().map(|line| line.number), READ_BATCH).await?;
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

    #[test]
    fn who_came_by_a_link_is_marked_and_takes_no_name_of_others() {
        assert_eq!(display_name_with_link_mark("Owner", "7f3k"), "Owner (by link)");
        assert_eq!(display_name_with_link_mark("", "7f3k"), "Someone with a link");
        assert_eq!(
            (display_name_with_link_mark("", ""), display_name_with_link_mark("Kasun", "")),
            ("Owner".to_owned(), "Kasun".to_owned())
        );
        for name in ["Owner", " OWNER ", "o.w.n.e.r", "Clusterwright", "cluster wright", "Probe of is-1", "The owner"] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["", "Ruwan", "Owen", "Product owner", "Downer"] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&JOURNAL, None).await;
        assert_stored_form(&VERSION_NAMES, None).await;
    }
}
