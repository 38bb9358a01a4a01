//! What a save writes, decided before anything is written.

use std::collections::BTreeSet;

use domain::acceptance::AcceptanceKey;
use domain::draft::Draft;
use domain::history::journal::{JournalEntry, SecretAction};
use domain::paste;
use domain::secret::Secret;
use domain::sharing::redirected_secrets;
use store::{PlanChange, SealedSecret, SecretChange};

use crate::checks::results::outdated_checks;
use crate::checks::runs::record::records_for_change;
use crate::collaboration::action::PlanAction;
use crate::collaboration::journal_entry;
use crate::error::PlansError;
use crate::plans::open_plan::{OpenPlan, SecretEdits};
use crate::plans::origin_record::origin_records;
use crate::records::Timestamp;
use crate::vault::VaultError;

/// The name of a plan's key ring among its secrets. It is no setting: no one enters it.
pub(crate) const KEY_RING_NAME: &str = domain::check::KEYS;

/// A save that changes something: the draft as it will be, the secrets that change, and the entry of the journal.
pub(crate) struct PendingSave {
    /// The revision that was read.
    revision: i64,
    draft: Draft,
    /// One edit for each secret, and none that changes nothing.
    secrets: SecretEdits,
    entry: JournalEntry,
    /// The settings that change.
    changed: Vec<String>,
}

impl PendingSave {
    /// The save that makes the stored plan, whose draft is `before`, what `edited` is, with `edits` of its secrets; `None` if
    /// nothing changes. `now` is in unix seconds.
    pub(crate) fn plan(
        before: &Draft,
        edited: &OpenPlan,
        mut edits: SecretEdits,
        action: &PlanAction,
        now: u64,
    ) -> Option<Self> {
        let mut draft = edited.draft.clone();
        // Pages report what was stripped; here, on the way of every save, nothing remains.
        paste::strip_credentials(&mut draft);
        if action.by.link.is_some() {
            edits.extend(secrets_to_drop(before, &draft, &edits));
        }
        let edits = effective_edits(edits, edited);
        drop_outdated_acceptances(before, &mut draft);
        if draft == *before && edits.is_empty() {
            return None;
        }
        // Keys have their own actions in the journal.
        let touched: Vec<SecretAction> = (edits.iter().filter(|(key, _)| key != KEY_RING_NAME))
            .map(|(key, secret)| SecretAction { key: key.clone(), set: secret.is_some() })
            .collect();
        let mut changed = before.differences(&draft);
        changed.extend(touched.iter().map(|touched| touched.key.clone()));
        let at = Timestamp::from_unix(now).to_stored();
        let entry = action.entry(at, edited.revision + 1, [before, &draft], touched);
        Some(Self { revision: edited.revision, draft, secrets: edits, entry, changed })
    }

    /// What the store writes in one transaction. `seal` seals the secret of a setting.
    ///
    /// # Errors
    /// When a secret cannot be sealed, or a record cannot be written.
    pub(crate) fn to_change(
        &self,
        seal: impl Fn(&str, &Secret) -> Result<SealedSecret, VaultError>,
    ) -> Result<PlanChange, PlansError> {
        let secrets = self.secrets.iter().map(|(setting, secret)| match secret {
            Some(secret) => Ok(SecretChange::Set(seal(setting, secret)?)),
            None => Ok(SecretChange::Remove { setting: setting.clone() }),
        });
        let secrets = secrets.collect::<Result<_, VaultError>>()?;
        let mut records = records_for_change(&self.changed, self.revision)?;
        records.push(journal_entry::record(&self.entry)?);
        records.extend(origin_records(&self.entry)?);
        Ok(PlanChange {
            title: self.draft.title.clone(),
            document: serde_json::to_string(&self.draft)?,
            secrets,
            stale: outdated_checks(&self.changed),
            records,
            at: Timestamp::from_unix(self.entry.at).to_stored(),
        })
    }

    /// Makes `plan` what was saved as `revision`.
    pub(crate) fn apply_to(self, plan: &mut OpenPlan, revision: i64) {
        plan.draft = self.draft;
        plan.revision = revision;
        plan.updated_at = self.entry.at;
        for (setting, secret) in self.secrets {
            match secret {
                Some(_) if setting == KEY_RING_NAME => plan.has_keys = true,
                Some(secret) => plan.secrets.insert(setting, secret),
                None => plan.secrets.remove(&setting),
            }
        }
    }
}

/// Secrets that a visitor's change would send to another host, also by undoing a change.
fn secrets_to_drop(before: &Draft, after: &Draft, edits: &SecretEdits) -> SecretEdits {
    redirected_secrets(before, after)
        .filter(|secret| !edits.iter().any(|(setting, _)| setting == secret))
        .map(|secret| (secret.to_owned(), None))
        .collect()
}

/// The last edit of each secret, without those that change nothing.
fn effective_edits(mut edits: SecretEdits, plan: &OpenPlan) -> SecretEdits {
    let mut seen = BTreeSet::new();
    edits.reverse();
    edits.retain(|(setting, _)| seen.insert(setting.clone()));
    edits.reverse();
    edits.retain(|(setting, secret)| match (secret, plan.secrets.get(setting)) {
        (Some(secret), Some(stored)) => !secret.is_same(stored),
        (Some(_), None) => true,
        (None, stored) => stored.is_some() || plan.sealed_elsewhere.contains(setting),
    });
    edits
}

/// An acceptance was given for the setting as it was: a change of the setting removes it, unless it was given with the change.
fn drop_outdated_acceptances(before: &Draft, draft: &mut Draft) {
    let changed = before.differences(draft);
    draft.accepted.retain(|code, acceptance| {
        before.accepted.get(code) != Some(acceptance)
            || AcceptanceKey::parse(code).is_some_and(|key| !changed.iter().any(|setting| key.depends_on(setting)))
    });
}

#[cfg(test)]
mod tests;
