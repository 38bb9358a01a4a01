//! The key of an acceptance: the check that found the issue, or the setting if no check of the catalogue did.

use std::collections::BTreeMap;

use crate::check::CheckId;
use crate::draft::Acceptance;
use crate::finding::{Finding, FindingLocation, Severity};
use crate::setting::Setting;
use crate::step::Step;
use crate::steps;

/// The key of a [`crate::draft::Acceptance`] in a plan: `DB-02`, or `database.host`.
#[derive(Clone, Copy, Debug)]
pub enum AcceptanceKey {
    /// The results of this check, for every subject.
    Check(CheckId),
    /// Findings about this setting without a check.
    Setting(&'static Setting),
}

impl AcceptanceKey {
    /// The key of a finding of `check` at `place`; `None` if neither a check nor a setting identifies it.
    #[must_use]
    pub fn of(check: Option<CheckId>, place: &FindingLocation) -> Option<Self> {
        match check {
            Some(check) => Some(Self::Check(check)),
            None => steps::setting(place.setting.as_deref()?).map(Self::Setting),
        }
    }

    /// Parses a stored key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let check = text.parse().ok().map(Self::Check);
        check.or_else(|| steps::setting(text).map(Self::Setting))
    }

    /// The stored form.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Check(check) => check.code(),
            Self::Setting(setting) => setting.key,
        }
    }

    /// The title of the check or the label of the setting.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Check(check) => check.title(),
            Self::Setting(setting) => setting.label,
        }
    }

    /// The step whose page shows it.
    #[must_use]
    pub const fn step(self) -> Step {
        match self {
            Self::Check(check) => check.step(),
            Self::Setting(setting) => setting.step,
        }
    }

    /// Whether a change of `setting` withdraws the acceptance, which was for the earlier answer.
    #[must_use]
    pub fn depends_on(self, setting: &str) -> bool {
        match self {
            Self::Check(check) => check.depends_on(setting),
            Self::Setting(own) => own.key.starts_with(setting) || setting.starts_with(own.key),
        }
    }
}

impl Finding {
    /// The finding as a page shows it at the field: an accepted warning becomes a note with the reason. `accepted` is
    /// by [`AcceptanceKey`].
    #[must_use]
    pub fn with_acceptance(mut self, accepted: &BTreeMap<String, Acceptance>) -> Self {
        let key = AcceptanceKey::of(self.check, &self.at).filter(|_| self.severity == Severity::Warns);
        if let Some(acceptance) = key.and_then(|key| accepted.get(key.text())) {
            self.severity = Severity::Notes;
            self.why = format!("Accepted: {acceptance}");
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were_written() {
        for text in ["DB-02", "database.host", "clustering.nodes.host"] {
            assert_eq!(AcceptanceKey::parse(text).map(AcceptanceKey::text), Some(text));
        }
        assert!(AcceptanceKey::parse("DB-99").is_none() && AcceptanceKey::parse("database.nothing").is_none());
    }

    #[test]
    fn a_changed_setting_takes_its_acceptance_away() {
        let host = AcceptanceKey::parse("database.host").unwrap();
        assert!(host.depends_on("database.host") && !host.depends_on("database.port"));
        assert!(AcceptanceKey::parse("clustering.nodes.host").unwrap().depends_on("clustering.nodes"));
    }
}
