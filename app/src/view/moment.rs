//! Times on pages. A page contains the time in the server's time zone; with JavaScript, the browser shows it in the
//! time zone of its reader (`public/islands.js`).

use domain::moment::rfc_3339;

/// A time with its text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Moment {
    /// Seconds since 1 January 1970 (UTC).
    pub at: u64,
    /// The text in the server's time zone, with the name of that zone: `12:04 CET`, or `23 November 2026, 12:04 CET`.
    pub shown: String,
    /// Whether the day is always shown, also for today.
    pub is_dated: bool,
}

impl Moment {
    /// The machine-readable form (RFC 3339).
    pub(crate) fn datetime(&self) -> String {
        rfc_3339(self.at)
    }
}

/// A sentence that contains a time: `Set by DBA, 12:04 CET, works from 3 of 3 nodes.`
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TimedText {
    /// The text before the time, or the whole sentence.
    pub before: String,
    /// The time.
    pub at: Option<Moment>,
    /// The text after the time.
    pub after: String,
}

impl TimedText {
    /// The sentence as plain text, for places without markup.
    #[must_use]
    pub fn text(&self) -> String {
        let at = self.at.as_ref().map_or("", |at| at.shown.as_str());
        format!("{}{at}{}", self.before, self.after)
    }
}
