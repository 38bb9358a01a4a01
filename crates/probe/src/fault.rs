//! Results of checks before the engine adds ID and time, and how one check alone reports a fault that several meet.

use std::time::Duration;

use domain::check::{CheckId, CheckResult, Outcome, Remedy};

use crate::mysql::session::QueryError;
use domain::sites;

/// Size limit of a text of a result. It contains names that a server states, and every check that depends on a failed one
/// repeats its text.
const MAX_TEXT_BYTES: usize = 2000;
/// Size limit of a command of a remedy: statements for every database of a plan.
const MAX_COMMAND_BYTES: usize = 8000;

/// Cuts a text at `max_bytes`.
fn truncated(text: impl Into<String>, max_bytes: usize) -> String {
    let mut text = text.into();
    if text.len() > max_bytes {
        let end = (0..=max_bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.shrink_to_fit();
        text.push('\u{2026}');
    }
    text
}

/// A result without ID and time. `current` and `required` are sentences.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    subject: Option<String>,
    outcome: Outcome,
    current: String,
    required: String,
    remedy: Remedy,
    took: Option<Duration>,
    expires_at: Option<i64>,
}

impl Verdict {
    fn new(outcome: Outcome, current: impl Into<String>, required: impl Into<String>) -> Self {
        let (current, required) = (truncated(current, MAX_TEXT_BYTES), truncated(required, MAX_TEXT_BYTES));
        Self { subject: None, outcome, current, required, remedy: Remedy::default(), took: None, expires_at: None }
    }

    pub(crate) fn passed(current: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, current, required)
    }

    #[track_caller]
    pub(crate) fn warned(current: impl Into<String>, required: impl Into<String>) -> Self {
        sites::seen();
        Self::new(Outcome::Warned, current, required)
    }

    #[track_caller]
    pub(crate) fn failed(current: impl Into<String>, required: impl Into<String>) -> Self {
        sites::seen();
        Self::new(Outcome::Failed, current, required)
    }

    pub(crate) fn skipped(reason: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::CouldNotCheck, reason, required)
    }

    /// A step of the plan is not complete.
    pub(crate) fn incomplete(step: &str, what: &str) -> Self {
        Self::skipped(format!("The {step} step is not complete: {what}."), "")
            .remedy(format!("Complete the {step} step."))
    }

    pub(crate) fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(truncated(subject, MAX_TEXT_BYTES));
        self
    }

    pub(crate) fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedy.text = truncated(text, MAX_TEXT_BYTES);
        self
    }

    pub(crate) fn command(mut self, command: impl Into<String>) -> Self {
        self.remedy.commands.push(truncated(command, MAX_COMMAND_BYTES));
        self
    }

    pub(crate) const fn took(mut self, took: Duration) -> Self {
        self.took = Some(took);
        self
    }

    /// When the certificate that it is about expires, in Unix seconds.
    pub(crate) const fn expires_at(mut self, at: i64) -> Self {
        self.expires_at = Some(at);
        self
    }

    /// The result; `took` is used if the verdict has no time set.
    pub(crate) fn into_result(self, id: CheckId, took: Duration) -> CheckResult {
        let took = self.took.unwrap_or(took);
        CheckResult {
            id,
            subject: self.subject,
            outcome: self.outcome,
            current: self.current,
            required: self.required,
            remedy: self.remedy,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            from_node: false,
            expires_at: self.expires_at,
        }
    }
}

/// Why a fact could not be fetched, as the verdict of the check that owns it. Checks that depend on it are skipped.
#[derive(Clone, Debug)]
pub(crate) struct SharedFault {
    /// The check that reports it; `None` if every check that meets it does.
    check: Option<CheckId>,
    verdict: Box<Verdict>,
}

impl SharedFault {
    pub(crate) fn new(check: CheckId, verdict: Verdict) -> Self {
        Self { check: Some(check), verdict: Box::new(verdict) }
    }

    /// A step of the plan is not complete.
    pub(crate) fn incomplete(step: &str, what: &str) -> Self {
        Self::shared_by_all(Verdict::incomplete(step, what))
    }

    /// A fault that belongs to no check: each that meets it reports it.
    pub(crate) fn shared_by_all(verdict: Verdict) -> Self {
        Self { check: None, verdict: Box::new(verdict) }
    }

    /// What is wrong and what to do, as sentences; commands of the remedy follow the sentence that introduces them.
    pub(crate) fn message(&self) -> String {
        let Remedy { text, commands } = &self.verdict.remedy;
        let mut message = format!("{} {text}", self.verdict.current);
        if !commands.is_empty() {
            message.push(' ');
            message.push_str(&commands.join("; "));
        }
        message
    }

    /// The verdict of check `id`: the fault itself if that check owns it, otherwise that it was skipped.
    pub(crate) fn verdict_for(&self, id: CheckId, required: &str) -> Verdict {
        match self.check {
            Some(owner) if owner != id => {
                let how = match self.verdict.outcome {
                    Outcome::Failed => "failed",
                    _ => "could not be checked",
                };
                let reason = format!("{owner} {how}: {}", self.verdict.current);
                Verdict::skipped(reason, required).remedy(format!("See {owner}."))
            }
            _ => (*self.verdict).clone(),
        }
    }
}

/// A query after the login failed; each check that needs it reports it.
impl From<QueryError> for SharedFault {
    fn from(error: QueryError) -> Self {
        let verdict = Verdict::skipped(format!("A query after the login failed: {error}."), "");
        Self::shared_by_all(verdict.remedy(match error {
            QueryError::TooLarge => {
                "Find out what listens on the address of the database. A database server of IS sends much less, unless the \
                 databases of the plan hold thousands of other tables."
            }
            _ => "Run the check again. If it fails again, look at MySQL's error log.",
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_with_the_commands_of_the_remedy() {
        let verdict = Verdict::failed("Nothing listens there.", "x").remedy("On the host, run:").command("ss -ltn");
        let message = SharedFault::new(CheckId::Db02, verdict).message();
        assert_eq!(message, "Nothing listens there. On the host, run: ss -ltn");
    }

    #[test]
    fn no_server_can_produce_a_long_result() {
        let verdict =
            Verdict::failed("ä".repeat(1 << 20), "x").subject("y".repeat(1 << 20)).command("z".repeat(1 << 20));
        let verdict =
            SharedFault::new(CheckId::Db01, verdict).verdict_for(CheckId::Db02, "x").subject("y".repeat(1 << 20));
        let result = verdict.into_result(CheckId::Db02, Duration::ZERO);
        assert!(result.current.len() < 2100 && result.current.ends_with('\u{2026}'), "{}", result.current.len());
        assert!(result.subject.is_some_and(|subject| subject.len() < 2100));
    }
}
