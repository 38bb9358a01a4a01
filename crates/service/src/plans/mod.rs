//! Saved plans as the rest of the server uses them: drafts with their secrets, out of the store and the vault.
//!
//! It decides nothing about a cluster; `domain` does. It is the only place where store and vault meet.

pub mod flash_messages;
mod key_ring;
pub mod locks;
mod milestones;
pub mod secret_origin;
pub mod secret_redirect;
mod summary;

use std::sync::Arc;

use domain::acceptance::AcceptanceKey;
use domain::certificate::{CertificateFacts, PemProblem};
use domain::cluster::{Validation, validate};
use domain::draft::Draft;
use domain::history::journal::{JournalAction, SecretAction};
use domain::paste;
use domain::rules::{CA_CERTIFICATE_SETTINGS, ExternalFacts};
use domain::secret::{Secret, Secrets};
use domain::steps::keys;
use domain::value::Value as _;
use domain::values::CertificatePem;
use render::keyring::{KeyRing, KeyRingError};
use store::{
    CreateOutcome, NewPlan, Plan, PlanChange, PlanId, SaveOutcome, SealedSecret, SecretChange, Store, StoreError,
};
use thiserror::Error;

use crate::checks::{results, runs};
use crate::clock;
use crate::collaboration::journal;
use crate::collaboration::journal::{Author, PlanAction};
use crate::collaboration::retention::BytesSinceCheck;
use crate::plans::key_ring::KEY_RING_NAME;
pub use crate::plans::key_ring::{is_running, set_running};
use crate::plans::locks::PlanLocks;
pub use crate::plans::summary::ListedPlan;
use crate::records::{RecordError, Timestamp};
use crate::vault::{Vault, VaultError};

/// How often a save is tried again when somebody else saved at the same moment.
pub const MAX_ATTEMPTS: usize = 20;

/// What can go wrong with a saved plan.
#[derive(Debug, Error)]
pub enum PlansError {
    /// The database.
    #[error("the store is unavailable")]
    Store(#[from] StoreError),
    /// The vault.
    #[error("cannot seal or open a secret")]
    Vault(#[from] VaultError),
    /// The key ring.
    #[error("cannot create or read the keys of the cluster")]
    KeyRing(#[from] KeyRingError),
    /// The saved answers cannot be read.
    #[error("cannot read the saved answers")]
    Document(#[from] serde_json::Error),
    /// No random bytes.
    #[error("the system does not provide random numbers")]
    Random(#[source] getrandom::Error),
    /// The plan says that its cluster runs, but holds no keys.
    #[error("the keys of the running cluster are missing")]
    KeysMissing,
    /// There is no such plan (any more).
    #[error("the plan does not exist")]
    Absent,
    /// Others kept saving in between.
    #[error("others saved the plan repeatedly at the same time")]
    Contended,
    /// A background task ended early.
    #[error("a background task ended unexpectedly")]
    Background(#[source] tokio::task::JoinError),
}

impl PlansError {
    /// What the operator can do: one sentence.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Store(error) => error.advice(),
            Self::Vault(error) => error.advice(),
            Self::Absent => "Open the plan from the start page.".to_owned(),
            Self::Contended => "Save again.".to_owned(),
            Self::KeysMissing => "Upload the key file of the cluster on the Keys page of the plan.".to_owned(),
            _ => "Read the cause in Clusterwright's log, and try again.".to_owned(),
        }
    }
}

/// A plan with everything that was entered.
#[derive(Clone, Debug)]
pub struct OpenPlan {
    /// Its id.
    pub id: PlanId,
    /// Counts its saves.
    pub revision: i64,
    /// When it was last saved, in unix seconds.
    pub updated_at: u64,
    /// The answers.
    pub draft: Draft,
    /// The secrets that could be opened.
    pub secrets: Secrets,
    /// Settings whose secret does not open: they count as missing, and it is said.
    pub sealed_elsewhere: Vec<String>,
    /// Those of them whose sealed secret was changed, or moved here from elsewhere.
    pub altered: Vec<String>,
    /// Whether the plan has the keys of its cluster.
    pub has_keys: bool,
}

impl OpenPlan {
    /// What the rules say about it now.
    #[must_use]
    pub fn validate(&self) -> Validation {
        validate(&self.draft, &self.secrets, &external_facts(&self.draft, &self.secrets))
    }
}

/// What the rules need beside the answers: the time, and what the given certificates turn out to be.
#[must_use]
pub fn external_facts(draft: &Draft, secrets: &Secrets) -> ExternalFacts {
    let authorities = CA_CERTIFICATE_SETTINGS.into_iter().filter_map(|setting| {
        // As the nodes will get it: without the NUL that ends MySQL's own ca.pem.
        let certificate = CertificatePem::parse(draft.text(setting)).ok()?;
        Some((setting, render::certificates::inspect::inspect_provided(certificate.as_str(), None)))
    });
    ExternalFacts { now: clock::now(), provided: provided(draft, secrets), authorities: authorities.collect() }
}

fn provided(draft: &Draft, secrets: &Secrets) -> Option<Result<CertificateFacts, Vec<PemProblem>>> {
    let chain = draft.text(keys::LOAD_BALANCER.provided_certificate);
    let wanted = draft.text(keys::LOAD_BALANCER.certificate) == "provided" && !chain.is_empty();
    wanted
        .then(|| render::certificates::inspect::inspect_provided(chain, secrets.get(keys::LOAD_BALANCER.provided_key)))
}

impl From<RecordError> for PlansError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Body(error) => Self::Document(error),
            RecordError::Vault(error) => Self::Vault(error),
            RecordError::Contended => Self::Contended,
            RecordError::PlanNotFound => Self::Absent,
        }
    }
}

/// Secrets that a change sets (`Some`) or forgets (`None`), by setting.
pub type SecretEdits = Vec<(String, Option<Secret>)>;

/// The saved plans.
#[derive(Clone)]
pub struct Plans {
    store: Arc<dyn Store>,
    vault: Vault,
    pub(crate) locks: PlanLocks,
    pub(crate) written: BytesSinceCheck,
}

impl Plans {
    /// Plans in `store`, with their secrets sealed by `vault`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, vault: Vault) -> Self {
        Self { store, vault, locks: PlanLocks::default(), written: BytesSinceCheck::default() }
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
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(PlansError::Random)?;
        let id = PlanId::from_random(random);
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
        let mut records = vec![journal::record(&made)?];
        records.extend(secret_origin::origin_records(&made)?);
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
            draft: read(&plan.document)?,
            secrets,
            sealed_elsewhere,
            altered,
            has_keys,
        })
    }

    /// Applies `edit` to the plan as it is now and saves it. If somebody saves at the same moment, `edit` is applied
    /// again to what they saved, so that neither change is lost. The journal tells it as `deed`.
    ///
    /// # Errors
    /// When it could not be saved; the plan is then as it was.
    pub async fn change<E>(&self, id: PlanId, deed: &PlanAction, edit: E) -> Result<OpenPlan, PlansError>
    where
        E: Fn(&mut OpenPlan) -> SecretEdits + Send + Sync,
    {
        let _lock = self.locks.lock(id).await;
        for _ in 0..MAX_ATTEMPTS {
            let mut plan = self.open(id).await?.ok_or(PlansError::Absent)?;
            let before = plan.draft.clone();
            let edits = edit(&mut plan);
            if self.try_save(&mut plan, &before, edits, deed).await? {
                return Ok(plan);
            }
        }
        Err(PlansError::Contended)
    }

    /// Saves what `plan` has otherwise than `before`, with the secrets, and the journal's line in the same transaction.
    /// Says whether nobody saved first. What changes nothing is not saved.
    pub async fn try_save(
        &self,
        plan: &mut OpenPlan,
        before: &Draft,
        mut edits: SecretEdits,
        deed: &PlanAction,
    ) -> Result<bool, PlansError> {
        // Whoever edits may say what was taken out; that nothing stays in is seen to here, at the one door.
        paste::strip_credentials(&mut plan.draft);
        // The same for secrets that somebody with a link would send elsewhere, be it by taking a change back.
        if !deed.by.via.is_empty() {
            for secret in domain::sharing::redirected_secrets(before, &plan.draft) {
                if !edits.iter().any(|(setting, _)| setting == secret) {
                    edits.push((secret.to_owned(), None));
                }
            }
        }
        // One word on each secret, the last: the journal tells it once.
        let mut told = std::collections::BTreeSet::new();
        edits.reverse();
        edits.retain(|(setting, _)| told.insert(setting.clone()));
        edits.reverse();
        // What was accepted was accepted of the old setting.
        let own: Vec<String> = before.differences(&plan.draft);
        plan.draft.accepted.retain(|code, acceptance| {
            before.accepted.get(code) != Some(acceptance)
                || AcceptanceKey::parse(code).is_some_and(|key| !own.iter().any(|setting| key.depends_on(setting)))
        });
        edits.retain(|(setting, secret)| match (secret, plan.secrets.get(setting)) {
            (Some(secret), Some(kept)) => !secret.is_same(kept),
            (Some(_), None) => true,
            (None, kept) => kept.is_some() || plan.sealed_elsewhere.contains(setting),
        });
        if plan.draft == *before && edits.is_empty() {
            return Ok(true);
        }
        let at = Timestamp::now().to_stored();
        // The journal tells of keys by their own act.
        let entered = edits.iter().filter(|(key, _)| key != KEY_RING_NAME);
        let touched: Vec<SecretAction> =
            entered.map(|(key, secret)| SecretAction { key: key.clone(), set: secret.is_some() }).collect();
        let mut changed = before.differences(&plan.draft);
        changed.extend(touched.iter().map(|touched| touched.key.clone()));
        let mut secrets = Vec::with_capacity(edits.len());
        for (setting, secret) in edits {
            secrets.push(match secret {
                Some(secret) => {
                    let sealed = self.seal(plan.id, &setting, &secret)?;
                    if setting == KEY_RING_NAME {
                        plan.has_keys = true;
                    } else {
                        plan.secrets.insert(setting, secret);
                    }
                    SecretChange::Set(sealed)
                }
                None => {
                    plan.secrets.remove(&setting);
                    SecretChange::Remove { setting }
                }
            });
        }
        let entry = deed.entry(at, plan.revision + 1, [before, &plan.draft], touched);
        let mut records = runs::records_for_change(&changed, plan.revision)?;
        records.push(journal::record(&entry)?);
        records.extend(secret_origin::origin_records(&entry)?);
        let change = PlanChange {
            title: plan.draft.title.clone(),
            document: serde_json::to_string(&plan.draft)?,
            secrets,
            stale: results::outdated_checks(&changed),
            records,
            at,
        };
        match self.store.save(plan.id, plan.revision, &change).await? {
            SaveOutcome::Saved { revision } => {
                plan.revision = revision;
                plan.updated_at = u64::try_from(at).unwrap_or_default();
                self.apply_journal_retention(plan.id, &change.records).await;
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
        self.written.forget(id);
        Ok(deleted)
    }

    fn seal(&self, id: PlanId, setting: &str, secret: &Secret) -> Result<SealedSecret, VaultError> {
        let sealed = self.vault.seal(&id.to_string(), setting, secret)?;
        Ok(SealedSecret { setting: setting.to_owned(), sealed })
    }
}

/// The draft of a stored document, without credentials that earlier versions kept.
pub(crate) fn read(document: &str) -> Result<Draft, serde_json::Error> {
    let mut draft: Draft = serde_json::from_str(document)?;
    // Earlier versions kept what was typed.
    paste::strip_credentials(&mut draft);
    Ok(draft)
}
