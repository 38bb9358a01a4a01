//! Moments as pages show them. The page holds the server's words for a moment; where JavaScript runs, the browser shows
//! the moment in its reader's own time zone (`public/islands.js`).

use domain::moment::rfc_3339;

/// A moment with the words for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// Seconds since 1970 (UTC).
    pub at: u64,
    /// As the server's clocks show it, with the name of their time zone: `12:04 CET`, or `23 November 2026, 12:04 CET`.
    pub shown: String,
    /// Whether the day is shown also when it is today.
    pub is_dated: bool,
}

impl Moment {
    /// As programs read it (RFC 3339).
    pub(crate) fn datetime(&self) -> String {
        rfc_3339(self.at)
    }
}

/// A sentence with a moment in it: `Set by DBA, 12:04 CET, works from 3 of 3 nodes.`
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Said {
    /// What stands before the moment, or the whole sentence.
    pub before: String,
    /// The moment.
    pub at: Option<Moment>,
    /// What stands after it.
    pub after: String,
}

impl Said {
    /// A sentence as plain text, for where no markup can stand.
    #[must_use]
    pub fn text(&self) -> String {
        let at = self.at.as_ref().map_or("", |at| at.shown.as_str());
        format!("{}{at}{}", self.before, self.after)
    }
}
