//! What checks say before the engine stamps it with id and time, and how one fault is told by one check alone.

use std::time::Duration;

use domain::check::{CheckId, CheckResult, Outcome, Remedy};

/// The longest text of a result, in bytes. Names that a server states stand in it, and every check that builds on a failed one
/// repeats its text.
const MAX_TEXT_BYTES: usize = 2000;
/// The longest command of a remedy, in bytes: statements for every database of a plan.
const MAX_COMMAND_BYTES: usize = 8000;

/// Cuts a text that a server made too long.
fn bounded(text: impl Into<String>, most: usize) -> String {
    let mut text = text.into();
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
        text.shrink_to_fit();
        text.push('\u{2026}');
    }
    text
}

/// A result without id and time.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    subject: Option<String>,
    outcome: Outcome,
    current: String,
    required: String,
    remedy: Remedy,
    took: Option<Duration>,
}

impl Verdict {
    fn new(outcome: Outcome, current: impl Into<String>, required: impl Into<String>) -> Self {
        let (current, required) = (bounded(current, MAX_TEXT_BYTES), bounded(required, MAX_TEXT_BYTES));
        Self { subject: None, outcome, current, required, remedy: Remedy::default(), took: None }
    }

    pub(crate) fn passed(current: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::Passed, current, required)
    }

    pub(crate) fn warned(current: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::Warned, current, required)
    }

    pub(crate) fn failed(current: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, current, required)
    }

    pub(crate) fn could_not_check(because: impl Into<String>, required: impl Into<String>) -> Self {
        Self::new(Outcome::CouldNotCheck, because, required)
    }

    /// A step of the plan that is not complete.
    pub(crate) fn incomplete(step: &str, what: &str) -> Self {
        Self::could_not_check(format!("{step} step is not complete: {what}"), "")
            .remedy(format!("Complete the {step} step."))
    }

    pub(crate) fn of(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(bounded(subject, MAX_TEXT_BYTES));
        self
    }

    pub(crate) fn remedy(mut self, text: impl Into<String>) -> Self {
        self.remedy.text = bounded(text, MAX_TEXT_BYTES);
        self
    }

    pub(crate) fn command(mut self, command: impl Into<String>) -> Self {
        self.remedy.commands.push(bounded(command, MAX_COMMAND_BYTES));
        self
    }

    pub(crate) const fn took(mut self, took: Duration) -> Self {
        self.took = Some(took);
        self
    }

    /// The result; `took` is used where the verdict has no time of its own.
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
        }
    }
}

/// Why shared work has no result: the verdict of the check it belongs to. All checks that build on it could not check.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The check that tells it; `None` when every check that meets it tells it.
    check: Option<CheckId>,
    verdict: Box<Verdict>,
}

impl Fault {
    pub(crate) fn new(check: CheckId, verdict: Verdict) -> Self {
        Self { check: Some(check), verdict: Box::new(verdict) }
    }

    pub(crate) fn incomplete(step: &str, what: &str) -> Self {
        Self::of_everyone(Verdict::incomplete(step, what))
    }

    /// A fault that belongs to no check: each that meets it tells it.
    pub(crate) fn of_everyone(verdict: Verdict) -> Self {
        Self { check: None, verdict: Box::new(verdict) }
    }

    /// The fault in words, with what to do.
    pub(crate) fn words(&self) -> String {
        format!("{}. {}", self.verdict.current, self.verdict.remedy.text)
    }

    /// What `id` says about it: the fault itself if it is its own, otherwise that it could not check.
    pub(crate) fn told_by(&self, id: CheckId, required: &str) -> Verdict {
        match self.check {
            Some(owner) if owner != id => {
                let how = match self.verdict.outcome {
                    Outcome::Failed => "failed",
                    _ => "could not be checked",
                };
                let because = format!("because {owner} {how}: {}", self.verdict.current);
                Verdict::could_not_check(because, required).remedy(format!("See {owner}."))
            }
            _ => (*self.verdict).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_server_makes_a_result_long() {
        let verdict = Verdict::failed("ä".repeat(1 << 20), "x").of("y".repeat(1 << 20)).command("z".repeat(1 << 20));
        let verdict = Fault::new(CheckId::Db01, verdict).told_by(CheckId::Db02, "x").of("y".repeat(1 << 20));
        let result = verdict.into_result(CheckId::Db02, Duration::ZERO);
        assert!(result.current.len() < 2100 && result.current.ends_with('\u{2026}'), "{}", result.current.len());
        assert!(result.subject.is_some_and(|subject| subject.len() < 2100));
    }
}
