//! Comments on a plan: what people who share it write to each other, on one step or on the plan as a whole.
//!
//! A comment is a line of the journal. It is kept beside it too, in the same transaction, as names of versions are: a page
//! shows comments without reading the journal back to them. Who may comment is `domain::rights`'.

use domain::history::journal::JournalAction;
use domain::step::Step;
use domain::value::is_bidi_control;
use serde::{Deserialize, Serialize};
use store::{Expected, PlanId, Record, RecordWrite, Scan, WriteOutcome, number_key};

use crate::clock;
use crate::journal::{Author, PlanAction, record};
use crate::journal_texts::may_hold_keys;
use crate::plans::{Plans, PlansError};

/// The kind of the records.
pub(crate) const COMMENT_KIND: &str = "comment";
/// Comments of a plan that pages look at: the last ones.
pub const MAX_COMMENTS: u32 = 200;
/// How many of them are of one link: who has it cannot push out what all others wrote.
pub const MAX_COMMENTS_OF_A_LINK: usize = 100;
/// Letters of a comment by which the journal names it.
const JOURNAL_EXCERPT_CHARS: usize = 80;
/// How often marking is tried again when somebody else marks the same comment.
const MAX_ATTEMPTS: usize = 20;

/// A comment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Comment {
    /// When, in unix seconds.
    pub at: u64,
    /// Who, as they are called.
    pub by: String,
    /// The id of the link they came by; empty for the owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub via: String,
    /// The step; `None` for the plan as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// What it says.
    pub text: String,
    /// Whether what it asks for is done.
    #[serde(default)]
    pub is_done: bool,
}

/// A comment as it is kept: lines of what people read, without logins of URLs. Nobody is told whether it holds a secret of
/// the plan: that would answer guesses.
#[must_use]
pub fn normalize(text: &str) -> String {
    let line = |line: &str| {
        let seen: String = line.chars().filter(|letter| !letter.is_control() && !is_bidi_control(*letter)).collect();
        domain::credentials::strip_credentials_in_sentence(seen.trim_end())
    };
    // A key stands in several lines.
    let text = if may_hold_keys(text) { domain::credentials::strip_credentials(text) } else { text.into() };
    text.replace('\t', " ").lines().map(line).collect::<Vec<_>>().join("\n").trim().to_owned()
}

impl Plans {
    /// Keeps a comment; `text` is [`normalize`]. Says whether it did: a link writes no more than [`MAX_COMMENTS_OF_A_LINK`] (and one more
    /// for each further replica that is asked at the same moment).
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn comment(
        &self,
        plan: PlanId,
        by: Author,
        step: Option<Step>,
        text: String,
    ) -> Result<bool, PlansError> {
        // Many that come at once are counted one after the other.
        let _turn = self.turns.wait(plan).await;
        if !by.via.is_empty() {
            let kept = self.comments(plan).await?;
            if kept.iter().filter(|(_, comment)| comment.via == by.via).count() >= MAX_COMMENTS_OF_A_LINK {
                return Ok(false);
            }
        }
        let at = clock::now();
        let comment = Comment { at, by: by.name.clone(), via: by.via.clone(), step, text, is_done: false };
        let deed = PlanAction { step, note: comment.text.clone(), ..PlanAction::new(by, JournalAction::Comment) };
        let kept = RecordWrite::append(COMMENT_KIND, serde_json::to_string(&comment)?);
        // Those that no page shows any more stand in the journal.
        let trim = RecordWrite::Trim { kind: COMMENT_KIND, keep: MAX_COMMENTS };
        self.write_lines(plan, &[record(&deed.to_entry_without_changes(at))?, kept, trim]).await?;
        Ok(true)
    }

    /// The last comments with their numbers, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn comments(&self, plan: PlanId) -> Result<Vec<(u64, Comment)>, PlansError> {
        let newest_first = self.store().scan(COMMENT_KIND, Some(plan), &Scan::last(MAX_COMMENTS)).await?;
        Ok(newest_first.iter().rev().filter_map(numbered).collect())
    }

    /// One comment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn comment_with(&self, plan: PlanId, number: u64) -> Result<Option<Comment>, PlansError> {
        Ok(self.kept_comment(plan, number).await?.map(|(comment, _)| comment))
    }

    /// Marks a comment as done. One that is done already, or that there is not, stays as it is.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn mark_done(&self, plan: PlanId, by: &Author, number: u64) -> Result<(), PlansError> {
        for _ in 0..MAX_ATTEMPTS {
            let Some((mut comment, kept)) = self.kept_comment(plan, number).await? else { return Ok(()) };
            if comment.is_done {
                return Ok(());
            }
            comment.is_done = true;
            let note = comment.text.chars().map(|letter| if letter == '\n' { ' ' } else { letter });
            let note = note.take(JOURNAL_EXCERPT_CHARS).collect();
            let deed = PlanAction { step: comment.step, note, ..PlanAction::new(by.clone(), JournalAction::Done) };
            let marked = RecordWrite::Put {
                kind: COMMENT_KIND,
                key: kept.key,
                body: serde_json::to_string(&comment)?,
                expires_at: 0,
                expected: Expected::Version(kept.version),
            };
            let writes = [record(&deed.to_entry_without_changes(clock::now()))?, marked];
            match self.store().write(Some(plan), &writes).await? {
                WriteOutcome::Written { .. } => {
                    self.apply_journal_retention(plan, &writes).await;
                    return Ok(());
                }
                WriteOutcome::Conflict { .. } => {}
                WriteOutcome::NotFound => return Err(PlansError::Absent),
            }
        }
        Err(PlansError::Contended)
    }

    async fn kept_comment(&self, plan: PlanId, number: u64) -> Result<Option<(Comment, Record)>, PlansError> {
        let key = number_key(i64::try_from(number).unwrap_or(i64::MAX));
        let kept = self.store().record(COMMENT_KIND, Some(plan), &key).await?;
        Ok(kept.and_then(|record| Some((numbered(&record)?.1, record))))
    }
}

fn numbered(record: &Record) -> Option<(u64, Comment)> {
    let number = record.number().and_then(|number| u64::try_from(number).ok())?;
    let mut comment: Comment = serde_json::from_str(&record.body)
        .inspect_err(|error| tracing::warn!(number, %error, "cannot read a comment"))
        .ok()?;
    if may_hold_keys(&comment.text) {
        comment.text = domain::credentials::strip_credentials(&comment.text).into_owned();
    }
    Some((number, comment))
}

/// The body of a comment without private keys.
pub(crate) fn without_keys(body: &str) -> Result<String, serde_json::Error> {
    let mut comment: Comment = serde_json::from_str(body)?;
    comment.text = domain::credentials::strip_credentials(&comment.text).into_owned();
    serde_json::to_string(&comment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_what_people_read() {
        for (typed, kept) in [
            ("  Which port?  \r\n\r\nAsk\tRuwan \n", "Which port?\n\nAsk Ruwan"),
            ("a\u{0}b\u{1b}[31mc\u{7f}", "ab[31mc"),
            ("\u{202e}evil\u{2066}", "evil"),
            ("שלום \u{200f}!", "שלום \u{200f}!"),
            (" \u{0}\n\t\r\n ", ""),
            ("one\nldap://bob:secret@db/x two", "one\nldap://bob@db/x two"),
        ] {
            assert_eq!(normalize(typed), kept, "{typed:?}");
        }
    }
}
