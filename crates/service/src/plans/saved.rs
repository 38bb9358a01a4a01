//! Saved plans: drafts with their secrets, out of the store and the vault.
//!
//! It decides nothing about a cluster; `domain` does. It is the only place where store and vault meet.

use std::sync::Arc;

use domain::author::Author;
use domain::draft::Draft;
use domain::history::journal::{JournalAction, SecretAction};
use domain::paste;
use domain::secret::{Secret, Secrets};
use render::keyring::KeyRing;
use store::{CreateOutcome, NewPlan, Plan, PlanId, SaveOutcome, SealedSecret, Store};

use crate::clock;
use crate::collaboration::action::PlanAction;
use crate::collaboration::journal_entry;
use crate::collaboration::retention::JournalRetention;
use crate::error::PlansError;
use crate::plans::locks::PlanLocks;
use crate::plans::open_plan::{OpenPlan, SecretEdits, read_document};
use crate::plans::origin_record::origin_records;
use crate::plans::save::{KEY_RING_NAME, PendingSave};
use crate::random;
use crate::records::{MAX_ATTEMPTS, Timestamp};
use crate::vault::{Vault, VaultError};

/// The saved plans.
#[derive(Clone)]
pub struct Plans {
    store: Arc<dyn Store>,
    vault: Vault,
    pub(crate) locks: PlanLocks,
    pub(crate) journal_retention: JournalRetention,
}

impl Plans {
    /// Plans in `store`, with their secrets sealed by `vault`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Vault) -> Self {
        let journal_retention = JournalRetention::new(Arc::clone(&store));
        Self { store, vault, locks: PlanLocks::default(), journal_retention }
    }

    /// The database, for what is kept beside plans.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The vault, for what is sealed beside plans.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Keeps a new plan. It gets keys at its first download.
    ///
    /// # Errors
    /// When it could not be kept; nothing is kept then.
    pub async fn create(&self, by: &Author, draft: &Draft, secrets: &Secrets) -> Result<PlanId, PlansError> {
        self.create_with_keys(by, draft, secrets, None).await
    }

    /// Keeps a new plan of a cluster that has keys already.
    ///
    /// # Errors
    /// When it could not be kept; nothing is kept then.
    pub async fn create_with_keys(
        &self,
        by: &Author,
        draft: &Draft,
        secrets: &Secrets,
        keys: Option<&KeyRing>,
    ) -> Result<PlanId, PlansError> {
        let id = PlanId::from_random(random::bytes().map_err(PlansError::Random)?);
        let mut draft = draft.clone();
        paste::strip_credentials(&mut draft);
        let mut sealed: Vec<SealedSecret> =
            secrets.iter().map(|(setting, secret)| self.seal(id, setting, secret)).collect::<Result<_, _>>()?;
        if let Some(keys) = keys {
            sealed.push(self.seal(id, KEY_RING_NAME, &keys.to_secret()?)?);
        }
        let document = serde_json::to_string(&draft)?;
        let set = |key: &str| SecretAction { key: key.to_owned(), set: true };
        let brought = secrets.settings().map(set).collect();
        let made = PlanAction::new(by.clone(), JournalAction::Create).entry(
            Timestamp::now().to_stored(),
            1,
            [&draft, &draft],
            brought,
        );
        let mut records = vec![journal_entry::record(&made)?];
        records.extend(origin_records(&made)?);
        let plan = NewPlan {
            secrets: sealed,
            records,
            ..NewPlan::new(id, &draft.title, document, Timestamp::now().to_stored())
        };
        match self.store.create(&plan).await? {
            CreateOutcome::Created { .. } => {}
            CreateOutcome::Exists => return Err(PlansError::Contended),
        }
        Ok(id)
    }

    /// The plan, or `None` if there is none.
    ///
    /// # Errors
    /// When the database does not answer or the answers cannot be read.
    pub async fn open(&self, id: PlanId) -> Result<Option<OpenPlan>, PlansError> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(plan) = self.store.load(id).await? else { return Ok(None) };
            let read = plan.revision;
            let open = self.unseal(plan).await?;
            // Answers and secrets of two versions together would send a password where it was not entered for.
            if open.secrets.settings().next().is_none()
                || self.store.sequence_numbers(id).await?.is_none_or(|numbers| numbers.revision == read)
            {
                return Ok(Some(open));
            }
        }
        Err(PlansError::Contended)
    }

    async fn unseal(&self, plan: Plan) -> Result<OpenPlan, PlansError> {
        let mut secrets = Secrets::new();
        let (mut sealed_elsewhere, mut altered) = (Vec::new(), Vec::new());
        let mut has_keys = false;
        for stored in self.store.secrets(plan.id).await? {
            if stored.setting == KEY_RING_NAME {
                has_keys = true;
                continue;
            }
            match self.vault.unseal(&plan.id.to_string(), &stored.setting, &stored.sealed) {
                Ok(secret) => secrets.insert(stored.setting, secret),
                Err(error) => {
                    tracing::warn!(setting = stored.setting, %error, "cannot open a secret, which counts as missing");
                    if matches!(error, VaultError::Altered) {
                        altered.push(stored.setting.clone());
                    }
                    sealed_elsewhere.push(stored.setting);
                }
            }
        }
        Ok(OpenPlan {
            id: plan.id,
            revision: plan.revision,
            updated_at: u64::try_from(plan.updated_at).unwrap_or_default(),
            draft: read_document(&plan.document)?,
            secrets,
            sealed_elsewhere,
            altered,
            has_keys,
        })
    }

    /// Applies `edit` to the plan as it is now and saves it. If another actor saves at the same moment, `edit` is applied
    /// again to what they saved, so that neither change is lost. The journal records it as `deed`.
    ///
    /// # Errors
    /// When it could not be saved; the plan is then as it was.
    pub async fn change<E>(&self, id: PlanId, action: &PlanAction, edit: E) -> Result<OpenPlan, PlansError>
    where
        E: Fn(&mut OpenPlan) -> SecretEdits + Send + Sync,
    {
        let _lock = self.locks.lock(id).await;
        for _ in 0..MAX_ATTEMPTS {
            let mut plan = self.open(id).await?.ok_or(PlansError::Absent)?;
            let before = plan.draft.clone();
            let edits = edit(&mut plan);
            if self.try_save(&mut plan, &before, edits, action).await? {
                return Ok(plan);
            }
        }
        Err(PlansError::Contended)
    }

    /// Saves the edited `plan`, with its secrets and its entry of the journal, in one transaction. What changes nothing is not
    /// saved. Returns `false` if someone else has saved since `plan` was read.
    ///
    /// # Errors
    /// When it could not be saved; the plan is then as it was.
    pub(crate) async fn try_save(
        &self,
        plan: &mut OpenPlan,
        before: &Draft,
        edits: SecretEdits,
        action: &PlanAction,
    ) -> Result<bool, PlansError> {
        let Some(pending) = PendingSave::plan(before, plan, edits, action, clock::now()) else { return Ok(true) };
        let change = pending.to_change(|setting, secret| self.seal(plan.id, setting, secret))?;
        match self.store.save(plan.id, plan.revision, &change).await? {
            SaveOutcome::Saved { revision } => {
                pending.apply_to(plan, revision);
                self.journal_retention.apply(plan.id, &change.records).await;
                Ok(true)
            }
            SaveOutcome::Conflict { .. } => Ok(false),
            SaveOutcome::NotFound => Err(PlansError::Absent),
        }
    }

    /// Forgets a plan and its secrets.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete(&self, id: PlanId) -> Result<bool, PlansError> {
        let deleted = self.store.delete(id).await?;
        self.journal_retention.forget(id);
        Ok(deleted)
    }

    fn seal(&self, id: PlanId, setting: &str, secret: &Secret) -> Result<SealedSecret, VaultError> {
        let sealed = self.vault.seal(&id.to_string(), setting, secret)?;
        Ok(SealedSecret { setting: setting.to_owned(), sealed })
    }
}
