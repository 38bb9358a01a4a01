//! What an entry must contain to show a failure. All texts are in lower case and match any case.

use super::entry::LogEntry;
use super::haystack::Haystack;

/// A condition on one part of an entry: its message, or one of its causes.
#[derive(Debug)]
pub(super) enum Pattern {
    /// The part contains the text.
    Has(&'static str),
    /// The part contains the text as a whole word.
    Word(&'static str),
    /// Some part of the entry contains the text.
    Entry(&'static str),
    /// The name of the logger contains the text.
    Logger(&'static str),
    /// A stack frame contains the text.
    Frame(&'static str),
    /// Every condition holds.
    All(&'static [Self]),
    /// One of the conditions holds.
    Any(&'static [Self]),
    /// The condition does not hold.
    Not(&'static Self),
    /// The function, which gets the part in lower case, returns true.
    Test(fn(&str) -> bool),
    /// The function returns true for some part of the entry.
    EntryTest(fn(&str) -> bool),
    /// The entry may be one of the first start on empty databases.
    FirstStart,
    /// No entry shows it by itself: [`super::sequence`] decides.
    Never,
}

/// An entry, prepared for many comparisons.
pub(super) struct SearchedEntry {
    parts: Vec<Haystack>,
    logger: String,
    frames: Haystack,
    may_be_first_start: bool,
}

impl SearchedEntry {
    pub(super) fn new(entry: &LogEntry) -> Self {
        Self {
            parts: entry.parts.iter().map(|part| Haystack::new(part)).collect(),
            logger: entry.logger.to_ascii_lowercase(),
            frames: Haystack::new(&entry.frames),
            may_be_first_start: true,
        }
    }

    /// The entry, at a moment that excludes the first start or not.
    pub(super) fn at(entry: &LogEntry, may_be_first_start: bool) -> Self {
        Self { may_be_first_start, ..Self::new(entry) }
    }

    /// The number of parts.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }
}

impl Pattern {
    /// Whether the part with this number fulfils the condition.
    pub(super) fn matches(&self, entry: &SearchedEntry, part: usize) -> bool {
        match self {
            Self::Has(text) => entry.parts.get(part).is_some_and(|part| part.has(text)),
            Self::Word(text) => entry.parts.get(part).is_some_and(|part| part.has_word(text)),
            Self::Entry(text) => entry.parts.iter().any(|part| part.has(text)),
            Self::Logger(text) => entry.logger.contains(text),
            Self::Frame(text) => entry.frames.has(text),
            Self::All(patterns) => patterns.iter().all(|pattern| pattern.matches(entry, part)),
            Self::Any(patterns) => patterns.iter().any(|pattern| pattern.matches(entry, part)),
            Self::Not(pattern) => !pattern.matches(entry, part),
            Self::Test(test) => entry.parts.get(part).is_some_and(|part| test(part.text())),
            Self::EntryTest(test) => entry.parts.iter().any(|part| test(part.text())),
            Self::FirstStart => entry.may_be_first_start,
            Self::Never => false,
        }
    }

    /// Every text of the condition.
    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<&'static str> {
        match self {
            Self::Has(text) | Self::Word(text) | Self::Entry(text) | Self::Logger(text) | Self::Frame(text) => {
                vec![text]
            }
            Self::All(patterns) | Self::Any(patterns) => patterns.iter().flat_map(Self::texts).collect(),
            Self::Not(pattern) => pattern.texts(),
            Self::Test(_) | Self::EntryTest(_) | Self::FirstStart | Self::Never => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::LogLevel;
    use super::*;

    #[test]
    fn conditions_are_about_the_part_the_entry_or_its_logger() {
        let mut entry = LogEntry::new(1, "", LogLevel::Error, "org.example.Pool", "Cannot open");
        entry.add_cause("Caused by: java.net.ConnectException: Connection refused");
        entry.add_frame("at com.example.Driver(A.java:1)");
        let entry = SearchedEntry::new(&entry);
        let holds = |pattern: Pattern, part| pattern.matches(&entry, part);
        assert!(holds(Pattern::Has("refused"), 1) && !holds(Pattern::Has("refused"), 0));
        assert!(holds(Pattern::Entry("refused"), 0) && !holds(Pattern::Has("refused"), 7));
        assert!(holds(Pattern::Logger("pool"), 0) && holds(Pattern::Frame("com.example.driver"), 0));
        assert!(holds(Pattern::All(&[Pattern::Has("open"), Pattern::Not(&Pattern::Has("close"))]), 0));
        assert!(holds(Pattern::Any(&[Pattern::Has("close"), Pattern::Test(|text| text.ends_with("open"))]), 0));
        assert!(!holds(Pattern::Never, 0) && !holds(Pattern::Word("ope"), 0));
    }
}
