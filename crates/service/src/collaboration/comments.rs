//! Comments on a plan: what people who share it write to each other, on one step or on the plan as a whole.
//!
//! A comment is a line of the journal. The same transaction also stores it next to the journal, as with names of versions:
//! a page shows comments without reading the whole journal. `domain::rights` decides who may comment.

use domain::author::Author;
use domain::history::journal::JournalAction;
use domain::step::Step;
use domain::value::is_bidi_control;
use serde::{Deserialize, Serialize};
use store::PlanId;

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::collaboration::journal_entry::record;
use crate::collaboration::redaction::may_hold_keys;
use crate::error::PlansError;
use crate::plans::Plans;
use crate::records::{Collection, Entry, Update, kinds};

/// Appended.
pub const COMMENTS: Collection<Comment> = Collection::new(kinds::COMMENT);
/// Comments of a plan that pages look at: the last ones.
pub const MAX_COMMENTS: u32 = 200;
/// The maximum number of comments per link: a visitor cannot push out the comments of all others.
pub const MAX_COMMENTS_OF_A_LINK: usize = 100;
/// Characters of a comment that the journal repeats.
const MAX_JOURNAL_EXCERPT_CHARS: usize = 80;

/// A comment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Comment {
    /// When, in unix seconds.
    pub at: u64,
    /// The author.
    #[serde(flatten)]
    pub by: Author,
    /// The step; `None` for the plan as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// The text of the comment.
    pub text: String,
    /// Whether what it asks for is done.
    #[serde(default)]
    pub is_done: bool,
}

/// A comment as it is stored: lines of readable text, without logins of URLs. The program never reports whether it holds a
/// secret of the plan: that would answer guesses.
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
    /// Stores a comment, which was written on a page with this name; `text` is [`normalize`]. Returns whether it did: a link
    /// writes no more than [`MAX_COMMENTS_OF_A_LINK`] (and one more for each further replica that is asked at the same
    /// moment).
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn comment(
        &self,
        plan: PlanId,
        by: Author,
        page: Option<String>,
        step: Option<Step>,
        text: String,
    ) -> Result<bool, PlansError> {
        // Many that come at once are counted one after the other.
        let _lock = self.locks.lock(plan).await;
        if by.link.is_some() {
            let kept = self.comments(plan).await?;
            if kept.iter().filter(|(_, comment)| comment.by.link == by.link).count() >= MAX_COMMENTS_OF_A_LINK {
                return Ok(false);
            }
        }
        let at = clock::now();
        let comment = Comment { at, by: by.clone(), step, text, is_done: false };
        let note = comment.text.clone();
        let action = PlanAction { page, step, note, ..PlanAction::new(by, JournalAction::Comment) };
        // Those that no page shows any more stand in the journal.
        let writes =
            [record(&action.to_entry_without_changes(at))?, COMMENTS.append(&comment)?, COMMENTS.trim(MAX_COMMENTS)];
        self.write_lines(plan, &writes).await?;
        Ok(true)
    }

    /// The last comments with their numbers, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn comments(&self, plan: PlanId) -> Result<Vec<(u64, Comment)>, PlansError> {
        let newest_first = COMMENTS.of(self.store().as_ref(), plan).last(MAX_COMMENTS).await?;
        Ok(newest_first.into_iter().rev().filter_map(numbered).collect())
    }

    /// One comment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn comment_with(&self, plan: PlanId, number: u64) -> Result<Option<Comment>, PlansError> {
        let found = COMMENTS.of(self.store().as_ref(), plan).get_number(number).await?;
        Ok(found.and_then(numbered).map(|(_, comment)| comment))
    }

    /// Marks a comment as done. One that is done already, or that there is not, stays as it is.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such plan.
    pub async fn mark_done(&self, plan: PlanId, by: &Author, number: u64) -> Result<(), PlansError> {
        let mark = |found: Option<Entry<Comment>>| {
            let Some((_, comment)) = found.and_then(numbered).filter(|(_, comment)| !comment.is_done) else {
                return Ok(Update::Leave(None));
            };
            let note = comment.text.chars().map(|letter| if letter == '\n' { ' ' } else { letter });
            let note = note.take(MAX_JOURNAL_EXCERPT_CHARS).collect();
            let action = PlanAction { step: comment.step, note, ..PlanAction::new(by.clone(), JournalAction::Done) };
            let line = record(&action.to_entry_without_changes(clock::now()))?;
            let value = Comment { is_done: true, ..comment };
            Ok(Update::Put { value, expires_at: None, with: vec![line.clone()], result: Some(line) })
        };
        let comments = COMMENTS.of(self.store().as_ref(), plan);
        let key = store::number_key(i64::try_from(number).unwrap_or(i64::MAX));
        if let Some(line) = comments.update(&key, mark).await? {
            self.journal_retention.apply(plan, &[line]).await;
        }
        Ok(())
    }
}

fn numbered(entry: Entry<Comment>) -> Option<(u64, Comment)> {
    let (number, mut comment) = (entry.number?, entry.value?);
    if may_hold_keys(&comment.text) {
        comment.text = domain::credentials::strip_credentials(&comment.text).into_owned();
    }
    Some((number, comment))
}

/// The body of a comment without private keys.
pub fn without_keys(body: &str) -> Result<String, serde_json::Error> {
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

    #[tokio::test]
    async fn the_stored_form_is_unchanged() {
        use crate::records::tests::assert_stored_form;
        assert_stored_form(&COMMENTS, None).await;
    }
}
