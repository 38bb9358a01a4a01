//! The keys of a plan, kept sealed among its secrets.
//!
//! A plan has keys once a bundle with them may exist: its first download creates them, or a bundle or key file brings them.
//! They are never created for a plan that states that its cluster runs.

use domain::author::Author;
use domain::draft::Draft;
use domain::history::journal::JournalAction;
use domain::milestones::Downloaded;
use domain::steps::{ClusterState, keys};
use render::keyring::{KeyRing, RsaBits};
use store::PlanId;

use crate::collaboration::action::PlanAction;
use crate::error::PlansError;
use crate::plans::save::KEY_RING_NAME;
use crate::plans::{OpenPlan, Plans};
use crate::records::Timestamp;

/// The setting that states whether the cluster runs.
const CLUSTER_SETTING: &str = keys::PRODUCT.cluster;

/// Whether the plan states that its cluster already runs.
#[must_use]
pub fn is_running(draft: &Draft) -> bool {
    draft.text(CLUSTER_SETTING) == ClusterState::Running.value()
}

/// Records in the plan that its cluster already runs.
pub fn set_running(draft: &mut Draft) {
    draft.set(CLUSTER_SETTING, ClusterState::Running.value());
}

impl Plans {
    /// The plan's keys; `None` where it has none (yet).
    ///
    /// # Errors
    /// When they could not be read or opened.
    pub async fn keys(&self, id: PlanId) -> Result<Option<KeyRing>, PlansError> {
        let kept = self.store().secrets(id).await?.into_iter().find(|stored| stored.setting == KEY_RING_NAME);
        let Some(kept) = kept else { return Ok(None) };
        let secret = self.vault().unseal(&id.to_string(), KEY_RING_NAME, &kept.sealed)?;
        Ok(Some(KeyRing::from_secret(&secret)?))
    }

    /// The keys for a bundle that is downloaded now. A plan of a new cluster without keys gets some; from here on the plan
    /// states that its cluster runs under the address of the bundle, so that every later download has the same keys, and
    /// the program notices another address.
    ///
    /// # Errors
    /// [`PlansError::KeysMissing`] for a plan of a running cluster without keys; when they could not be made or kept.
    pub async fn keys_for_download(&self, id: PlanId, bundle: &Downloaded) -> Result<KeyRing, PlansError> {
        let plan = self.open(id).await?.ok_or(PlansError::Absent)?;
        let hostname = plan.draft.text(keys::LOAD_BALANCER.hostname).to_owned();
        let mut ring = self.keys(id).await?;
        if ring.is_none() && is_running(&plan.draft) {
            return Err(PlansError::KeysMissing);
        }
        let fresh = match ring {
            Some(_) => None,
            None => Some(self.generate_keys().await?),
        };
        // A ring of format 1 records the hostname it was named after, before the hostname can change.
        let recorded = ring.as_ref().and_then(|ring| ring.pin_signing_name(&hostname));
        let is_known = is_running(&plan.draft) && plan.draft.milestones.downloaded.as_ref() == Some(bundle);
        if fresh.is_some() || recorded.is_some() || !is_known {
            let act = if fresh.is_some() { JournalAction::MakeKeys } else { JournalAction::Save };
            let new = fresh.as_ref().or(recorded.as_ref());
            let sealed = new.map(KeyRing::to_secret).transpose()?;
            let is_fresh = fresh.is_some();
            self.change(id, &PlanAction::new(Author::program(), act), |plan| {
                set_running(&mut plan.draft);
                plan.draft.milestones.downloaded = Some(bundle.clone());
                // Another actor may have created keys meanwhile: the first stored keys count.
                let wanted = sealed.clone().filter(|_| !(is_fresh && plan.has_keys));
                wanted.map(|secret| (KEY_RING_NAME.to_owned(), Some(secret))).into_iter().collect()
            })
            .await?;
            ring = self.keys(id).await?;
        }
        ring.ok_or(PlansError::KeysMissing)
    }

    /// Stores `ring` as the keys of the plan and records that its cluster runs: the keys were in a bundle.
    ///
    /// # Errors
    /// When they could not be kept; the plan is then as it was.
    pub async fn save_keys(&self, id: PlanId, action: &PlanAction, ring: &KeyRing) -> Result<OpenPlan, PlansError> {
        let secret = ring.to_secret()?;
        self.change(id, action, |plan| {
            set_running(&mut plan.draft);
            vec![(KEY_RING_NAME.to_owned(), Some(secret.clone()))]
        })
        .await
    }

    /// Creates keys off the threads that answer requests: an RSA key may take a second.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub async fn generate_keys(&self) -> Result<KeyRing, PlansError> {
        let made_at = Timestamp::now().to_stored();
        Ok(tokio::task::spawn_blocking(move || KeyRing::generate(made_at, RsaBits::default()))
            .await
            .map_err(PlansError::Background)??)
    }
}
