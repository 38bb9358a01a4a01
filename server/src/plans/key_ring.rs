//! The keys of a plan, made once and kept sealed among its secrets.

use domain::draft::Draft;
use domain::history::journal::Act;
use render::keyring::{KeyRing, RsaBits};
use store::{PlanChange, PlanId, SaveOutcome, SecretChange};

use super::{Plans, PlansError, TRIES, now};
use crate::journal::{self, By, Deed};

/// Under which name a plan's key ring lies among its secrets. It is no setting: nobody enters it.
pub(super) const KEY_RING: &str = "key_ring";

impl Plans {
    /// The plan's keys; made now if they are not there. Once made they stay, so that every download of a plan fits the
    /// nodes that run already.
    ///
    /// # Errors
    /// When they could not be made, kept or opened.
    pub async fn key_ring(&self, id: PlanId) -> Result<KeyRing, PlansError> {
        if let Some(ring) = self.kept_key_ring(id).await? {
            return Ok(ring);
        }
        let made_at = now();
        let ring = tokio::task::spawn_blocking(move || KeyRing::generate(made_at, RsaBits::default()))
            .await
            .map_err(PlansError::Background)??;
        let sealed = self.seal(id, KEY_RING, &ring.to_secret()?)?;
        let _turn = self.turns.wait(id).await;
        for _ in 0..TRIES {
            // Somebody may have made them meanwhile: the first to be kept count.
            if let Some(kept) = self.kept_key_ring(id).await? {
                return Ok(kept);
            }
            let plan = self.store.load(id).await?.ok_or(PlansError::Absent)?;
            let none = Draft::default();
            let made =
                Deed::new(By::program(), Act::MakeKeys).entry(now(), plan.revision + 1, [&none, &none], Vec::new());
            let change = PlanChange {
                title: plan.title,
                document: plan.document,
                secrets: vec![SecretChange::Set(sealed.clone())],
                stale: Vec::new(),
                records: vec![journal::record(&made)?],
                at: plan.updated_at,
            };
            match self.store.save(id, plan.revision, &change).await? {
                SaveOutcome::Saved { .. } => return Ok(ring),
                SaveOutcome::Conflict { .. } => {}
                SaveOutcome::Absent => return Err(PlansError::Absent),
            }
        }
        Err(PlansError::Contended)
    }

    async fn kept_key_ring(&self, id: PlanId) -> Result<Option<KeyRing>, PlansError> {
        let kept = self.store.secrets(id).await?.into_iter().find(|stored| stored.setting == KEY_RING);
        let Some(kept) = kept else { return Ok(None) };
        let secret = self.vault.unseal(&id.to_string(), KEY_RING, &kept.sealed)?;
        Ok(Some(KeyRing::from_secret(&secret)?))
    }
}
