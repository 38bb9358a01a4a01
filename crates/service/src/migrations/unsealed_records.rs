//! Records of versions without seals: share links and the access token's hash are sealed once, so that links already sent
//! continue to work. Sessions are not: people sign in once more.
//!
//! Anyone with write access to the database before the upgrade could grant themselves permissions then, and the upgrade
//! seals their records with the rest. After the upgrade they cannot: a sealed note in the database and a file of the data
//! folder record it, and a person with access to the database alone cannot remove that file.

use std::path::Path;

use store::{Expected, PlanId, Record, RecordWrite, Scan, StoreError};
use thiserror::Error;

use crate::access::access_token;
use crate::plans::Plans;
use crate::records::kinds;
use crate::records::seal::{RecordPlace, SealError, open_body, seal_body};
use crate::vault::VaultError;
use crate::{clock, sharing};

/// The kind of facts that all replicas share.
const FACT_KIND: &str = kinds::FACT.name();
/// The fact that records are sealed from now on.
const SEALED_FACT: &str = "records-sealed";
/// The same as a file in the data folder.
const SEALED_MARKER_FILE: &str = "records-sealed";
/// Plans that are read at once.
const PAGE_SIZE: u32 = 500;

/// Why earlier records were not sealed. The records sealed until then stay; the next start continues.
#[derive(Debug, Error)]
pub enum SealUpgradeError {
    /// The database.
    #[error("the store is unavailable")]
    Store(#[from] StoreError),
    /// The vault.
    #[error("cannot seal a record")]
    Vault(#[from] VaultError),
    /// The note in the data folder.
    #[error("cannot write {}", path.display())]
    Note {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Seals the links and the access token of an earlier version, if this is the first start of a version that does. Returns
/// the number of sealed records.
///
/// # Errors
/// [`SealUpgradeError`].
pub async fn seal_once(plans: &Plans, data_dir: &Path) -> Result<u64, SealUpgradeError> {
    let store = plans.store();
    let file = data_dir.join(SEALED_MARKER_FILE);
    let fact = store.record(FACT_KIND, None, SEALED_FACT).await?;
    let is_first = fact.is_none() && !file.exists();
    let mut count = 0;
    if is_first {
        count +=
            seal(plans, FACT_KIND, None, store.record(FACT_KIND, None, access_token::ACCESS_TOKEN_FACT).await?).await?;
        let mut after = None;
        loop {
            let page = store.plan_ids(after, PAGE_SIZE).await?;
            let Some(last) = page.last().copied() else { break };
            for plan in page {
                let limit = u32::try_from(sharing::MAX_LINKS).unwrap_or(u32::MAX);
                let links = store.scan(sharing::LINKS.name(), Some(plan), &Scan::first(limit)).await?;
                count += seal(plans, sharing::LINKS.name(), Some(plan), links).await?;
            }
            after = Some(last);
        }
    }
    if fact.is_none() {
        let place = RecordPlace { kind: FACT_KIND, plan: None, key: SEALED_FACT, expires_at: 0 };
        let body = seal_body(plans.vault(), &place, &format!("{{\"at\":{}}}", clock::now()))?;
        let _ = store.write(None, &[RecordWrite::put(FACT_KIND, SEALED_FACT, body)]).await?;
    }
    if !file.exists() {
        std::fs::write(&file, b"").map_err(|source| SealUpgradeError::Note { path: file, source })?;
    }
    Ok(count)
}

/// Seals those of `records` that have no seal.
async fn seal(
    plans: &Plans,
    kind: &'static str,
    plan: Option<PlanId>,
    records: impl IntoIterator<Item = Record>,
) -> Result<u64, SealUpgradeError> {
    let mut count = 0;
    for record in records {
        let place = RecordPlace::of(kind, plan, &record);
        if !matches!(open_body(plans.vault(), &place, &record.body), Err(SealError::Missing)) {
            continue;
        }
        let body = seal_body(plans.vault(), &place, &record.body)?;
        let expected = Expected::Version(record.version);
        let write = RecordWrite::Put { kind, key: record.key.clone(), body, expires_at: record.expires_at, expected };
        // A record that another actor changes at this moment stays as that actor wrote it.
        let _ = plans.store().write(plan, &[write]).await?;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test shows the tokens that it got")]
mod tests {
    use std::sync::Arc;

    use domain::rights::LinkAccess;

    use super::*;
    use crate::access::access_token::AccessToken;
    use crate::sharing::ShareLinks;
    use crate::tests::{new_link, store_with_plan, vault};

    struct World {
        plans: Plans,
        links: ShareLinks,
        plan: PlanId,
        folder: tempfile::TempDir,
    }

    async fn world() -> World {
        let (folder, store, plan) = store_with_plan().await;
        let vault = vault("11");
        let links = ShareLinks::new(Arc::clone(&store), vault.clone());
        World { plans: Plans::new(store, vault), links, plan, folder }
    }

    /// Takes the seals away, as if an earlier version had written the records.
    async fn unsealed(world: &World, kind: &'static str, plan: Option<PlanId>, key: &str) {
        let store = world.plans.store();
        let record = store.record(kind, plan, key).await.unwrap().unwrap();
        let place = RecordPlace::of(kind, plan, &record);
        let body = open_body(world.plans.vault(), &place, &record.body).unwrap();
        let write = RecordWrite::Put {
            kind,
            key: record.key.clone(),
            body,
            expires_at: record.expires_at,
            expected: Expected::Any,
        };
        let _ = store.write(plan, &[write]).await.unwrap();
    }

    #[tokio::test]
    async fn links_and_the_access_token_of_an_earlier_version_go_on_and_what_is_written_later_does_not() {
        let world = world().await;
        let (token, _) = world.links.make(world.plan, new_link(LinkAccess::Edit)).await.unwrap();
        let id = world.links.find(token.reveal()).await.unwrap().unwrap().id.0;
        let access = AccessToken::new(Arc::clone(world.plans.store()), world.plans.vault().clone(), None);
        let owner = access.first().await.unwrap().unwrap();
        unsealed(&world, sharing::LINKS.name(), Some(world.plan), &id).await;
        unsealed(&world, FACT_KIND, None, access_token::ACCESS_TOKEN_FACT).await;
        assert!(world.links.find(token.reveal()).await.unwrap().is_none(), "without a seal it does not count");
        assert!(access.check(owner.reveal()).await.unwrap().is_none());

        assert_eq!(seal_once(&world.plans, world.folder.path()).await.unwrap(), 2);
        assert!(world.links.find(token.reveal()).await.unwrap().is_some());
        assert!(access.check(owner.reveal()).await.unwrap().is_some());

        // Who can write the database plants a link, and takes the note away that would be in the way.
        unsealed(&world, sharing::LINKS.name(), Some(world.plan), &id).await;
        assert_eq!(seal_once(&world.plans, world.folder.path()).await.unwrap(), 0);
        let forget = RecordWrite::remove(FACT_KIND, SEALED_FACT);
        let _ = world.plans.store().write(None, &[forget]).await.unwrap();
        assert_eq!(seal_once(&world.plans, world.folder.path()).await.unwrap(), 0, "the data folder knows");
        assert!(world.links.find(token.reveal()).await.unwrap().is_none());
        // Another replica, with a separate data folder.
        let other = tempfile::tempdir().unwrap();
        assert_eq!(seal_once(&world.plans, other.path()).await.unwrap(), 0, "the database knows");
    }
}
