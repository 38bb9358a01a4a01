//! The declaration of one failure: what it is called, why it happens, how to check it, and what to do.

use serde::Serialize;

use super::pattern::Pattern;
use crate::check::CheckId;

/// The part of the system in which a failure has its cause.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureArea {
    /// The databases and the connections to them.
    Database,
    /// An LDAP directory.
    Directory,
    /// deployment.toml and the files that are written from it.
    Configuration,
    /// Keystores, certificates and the encryption key.
    Keys,
    /// Hazelcast and the membership scheme.
    Cluster,
    /// Java, the files of the pack, and the web applications.
    Server,
    /// Memory, disk, files, ports and clocks of the machine.
    Machine,
    /// Requests of browsers and applications.
    Requests,
    /// The load balancer.
    LoadBalancer,
}

impl FailureArea {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Database,
        Self::Directory,
        Self::Configuration,
        Self::Keys,
        Self::Cluster,
        Self::Server,
        Self::Machine,
        Self::Requests,
        Self::LoadBalancer,
    ];

    /// The name on pages.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Database => "Database",
            Self::Directory => "Directory",
            Self::Configuration => "Configuration",
            Self::Keys => "Keys and certificates",
            Self::Cluster => "Clustering",
            Self::Server => "Server",
            Self::Machine => "Machine",
            Self::Requests => "Requests",
            Self::LoadBalancer => "Load balancer",
        }
    }
}

/// What a failure prevents; the worst first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureImpact {
    /// The node does not start, or starts without essential parts.
    Start,
    /// The node runs, but a function fails for everyone.
    Function,
    /// Single requests or users are affected.
    Request,
}

impl FailureImpact {
    /// The description on pages.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Start => "Prevents the start",
            Self::Function => "A function fails",
            Self::Request => "Some requests fail",
        }
    }
}

/// One failure that the log doctor recognises.
#[derive(Debug, Serialize)]
pub struct FailureRule {
    /// The stable code, such as `database-refused`.
    pub code: &'static str,
    /// Where the cause is.
    pub area: FailureArea,
    /// What it prevents.
    pub impact: FailureImpact,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// How to confirm it.
    pub check: &'static str,
    /// Checks of the catalogue that find it before the start.
    pub checks: &'static [CheckId],
    /// What to do.
    pub remedy: &'static str,
    /// Commands, SQL or settings to copy.
    pub commands: &'static [&'static str],
    /// Areas whose failures have this as their symptom; empty for a cause.
    #[serde(skip)]
    pub(super) symptom_of: &'static [FailureArea],
    /// The entries that show it.
    #[serde(skip)]
    pub(super) pattern: Pattern,
    /// What to read from these entries.
    #[serde(skip)]
    pub(super) values: &'static [ValueSource],
}

impl FailureRule {
    /// Whether it is only the symptom of another failure, which the log may not show.
    #[must_use]
    pub const fn is_symptom(&self) -> bool {
        !self.symptom_of.is_empty()
    }
}

/// Every area: what a failed start can have as its cause.
pub(super) const ANY_AREA: &[FailureArea] = &[
    FailureArea::Database,
    FailureArea::Directory,
    FailureArea::Configuration,
    FailureArea::Keys,
    FailureArea::Cluster,
    FailureArea::Server,
    FailureArea::Machine,
];

/// A value of an entry that helps to find the place, such as a host.
#[derive(Debug)]
pub(super) enum ValueSource {
    /// Under this label, the text between two others, in any case.
    Between(&'static str, &'static str, &'static str),
    /// Under this label, what a function finds.
    Computed(&'static str, fn(&str) -> Option<String>),
}

impl ValueSource {
    /// Label and value from one part of an entry.
    pub(super) fn find(&self, part: &str) -> Option<(&'static str, String)> {
        let (label, value) = match self {
            Self::Between(label, before, after) => (*label, between(part, before, after)?.to_owned()),
            Self::Computed(label, find) => (*label, find(part)?),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| (label, super::entry::cut(value, MAX_VALUE_BYTES).to_owned()))
    }
}

/// Maximum length of a value, in bytes.
const MAX_VALUE_BYTES: usize = 200;

/// The text between `before` and `after`, which are lower case and match any case; to the end of the line if `after` is
/// empty.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let lower = text.to_ascii_lowercase();
    let begin = lower.find(before)? + before.len();
    let rest = &lower[begin..];
    let end = if after.is_empty() { rest.find('\n').unwrap_or(rest.len()) } else { rest.find(after)? };
    Some(&text[begin..begin + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_any_case_and_in_full() {
        let text = "Access denied for user 'Carbon'@'10.0.0.1' to database 'Shared_DB'\nnext";
        assert_eq!(between(text, "to database '", "'"), Some("Shared_DB"));
        assert_eq!(between(text, "for user ", ""), Some("'Carbon'@'10.0.0.1' to database 'Shared_DB'"));
        assert_eq!(between(text, "to database '", "#"), None);
        assert_eq!(ValueSource::Between("Database", "to database '", "'").find("no such text"), None);
    }
}
