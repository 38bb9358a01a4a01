//! Length limits of texts other than answers. A longer text is rejected with its length, and never shortened. The types
//! in [`crate::values`] define the limits of answers.

use std::fmt;

use crate::value::is_bidi_control;

/// The maximum length of one kind of text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// The name of the text at the start of a sentence: `The reason`.
    pub what: &'static str,
    /// Maximum number of characters.
    pub max: usize,
}

/// The name of a plan.
pub const PLAN_NAME: Limit = Limit { what: "The name of the plan", max: 100 };
/// The name of a version of a plan.
pub const VERSION_NAME: Limit = Limit { what: "The name of the version", max: 100 };
/// The label of a share link.
pub const LINK_LABEL: Limit = Limit { what: "The label of the link", max: 100 };
/// The name of a person.
pub const PERSON_NAME: Limit = Limit { what: "Your name", max: 100 };
/// The user name of an account of IS: USER_NAME of its databases has 255 characters.
pub const ACCOUNT_NAME: Limit = Limit { what: "The name of the account", max: 255 };
/// The reason of an acceptance.
pub const REASON: Limit = Limit { what: "The reason", max: 500 };
/// A comment on a step or a plan.
pub const COMMENT: Limit = Limit { what: "The comment", max: 2000 };

/// A text that is longer than its limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooLong {
    /// The limit.
    pub limit: Limit,
    /// The number of characters of the text.
    pub length: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit: Limit { what, max }, length } = self;
        write!(formatter, "{what} has {length} characters. Shorten it to {max}.")
    }
}

impl std::error::Error for TooLong {}

impl Limit {
    /// Rejects a text above the limit.
    ///
    /// # Errors
    /// [`TooLong`] with the limit and the length.
    pub fn check(self, text: &str) -> Result<(), TooLong> {
        match text.chars().count() {
            length if length > self.max => Err(TooLong { limit: self, length }),
            _ => Ok(()),
        }
    }

    /// A text on one line, without invisible characters.
    ///
    /// # Errors
    /// As [`Limit::check`].
    pub fn line(self, text: &str) -> Result<String, TooLong> {
        let line: String = text.chars().filter(|letter| !letter.is_control() && !is_bidi_control(*letter)).collect();
        self.check(&line).map(|()| line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_with_limit_and_length_and_never_cut() {
        for limit in [PLAN_NAME, VERSION_NAME, LINK_LABEL, PERSON_NAME, REASON, COMMENT] {
            let fits = "ක".repeat(limit.max);
            assert_eq!(limit.line(&format!("{fits}\n")), Ok(fits.clone()), "characters count, not bytes");
            let refused = limit.line(&format!("{fits}x")).unwrap_err();
            assert_eq!((refused.limit, refused.length), (limit, limit.max + 1));
        }
        let refused = REASON.check(&"x".repeat(640)).unwrap_err().to_string();
        assert_eq!(refused, "The reason has 640 characters. Shorten it to 500.");
    }
}
