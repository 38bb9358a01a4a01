//! Sealing every secret and every sealed record anew when the vault's key changes. It can be stopped at any moment and begun again: a record is
//! replaced only if it is still the one that was opened, and both keys open until the last one is done.

use std::time::Duration;

use store::{Expected, PlanId, RecordWrite, Scan, SealedSecret, Store, StoreError, WriteOutcome};
use thiserror::Error;

use crate::records::kinds;
use crate::records::seal::{RecordPlace, is_current, open_body, seal_body};
use crate::reports::{self, ReportKeyError};
use crate::vault::{Vault, VaultError};

/// Plans that are asked for at once.
const PAGE_SIZE: u32 = 500;
/// How long an actor that just sealed with the old key may take to save the result.
pub const PENDING_SAVE_DELAY: Duration = Duration::from_secs(5);

/// Why not everything could be sealed anew. What is done is done; beginning again does the rest.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The database.
    #[error("the store is unavailable")]
    Store(#[from] StoreError),
    /// The vault.
    #[error("cannot rotate the key")]
    Vault(#[from] VaultError),
    /// The key that signs reports.
    #[error("cannot rotate the key of the reports")]
    ReportKey(#[from] ReportKeyError),
}

impl RotationError {
    /// What the operator can do: one sentence.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Store(error) => error.advice(),
            Self::Vault(error) => error.advice(),
            Self::ReportKey(_) => "Check the connection to the database, then run the command again.".to_owned(),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RotationSummary {
    /// Secrets that were sealed anew.
    pub done: u64,
    /// Secrets that none of the keys opens, by plan and setting: they were missing before and stay so.
    pub closed: Vec<(PlanId, String)>,
}

/// Seals every secret, and the records of sessions, links and the access token, with the vault's first key.
///
/// # Errors
/// [`RotationError`]; what was done until then stays.
pub async fn reseal_all(store: &dyn Store, vault: &Vault) -> Result<RotationSummary, RotationError> {
    let mut resealed = RotationSummary::default();
    let mut after = None;
    loop {
        let plans = store.plan_ids(after, PAGE_SIZE).await?;
        let Some(last) = plans.last().copied() else { break };
        for plan in plans {
            // An actor may save in between: then the loop inspects the plan again.
            while !reseal_plan(store, vault, plan, &mut resealed).await? {}
            while !reseal_records(store, vault, kinds::LINK.name(), Some(plan)).await? {}
        }
        after = Some(last);
    }
    reports::reseal(store, vault).await?;
    for kind in [kinds::SESSION.name(), kinds::FACT.name()] {
        while !reseal_records(store, vault, kind, None).await? {}
    }
    Ok(resealed)
}

/// Reseals the records of a kind that one of the keys opens; returns whether no other write came in between. The other
/// records did not count before and stay so.
async fn reseal_records(
    store: &dyn Store,
    vault: &Vault,
    kind: &'static str,
    plan: Option<PlanId>,
) -> Result<bool, RotationError> {
    let mut undisturbed = true;
    let mut after = None;
    loop {
        let page = store.scan(kind, plan, &Scan { after, limit: PAGE_SIZE, backwards: false }).await?;
        let Some(last) = page.last() else { return Ok(undisturbed) };
        after = Some(last.key.clone());
        for record in page {
            let place = RecordPlace::of(kind, plan, &record);
            let Ok(body) = open_body(vault, &place, &record.body) else { continue };
            if is_current(vault, &record.body) {
                continue;
            }
            let write = RecordWrite::Put {
                kind,
                key: record.key.clone(),
                body: seal_body(vault, &place, &body)?,
                expires_at: record.expires_at,
                expected: Expected::Version(record.version),
            };
            undisturbed &= !matches!(store.write(plan, &[write]).await?, WriteOutcome::Conflict { .. });
        }
    }
}

/// The same for one plan; returns whether no other write came in between.
async fn reseal_plan(
    store: &dyn Store,
    vault: &Vault,
    plan: PlanId,
    resealed: &mut RotationSummary,
) -> Result<bool, RotationError> {
    let name = plan.to_string();
    let mut undisturbed = true;
    for found in store.secrets(plan).await? {
        if vault.is_current(&found.sealed) {
            continue;
        }
        let place = (plan, found.setting);
        let Ok(secret) = vault.unseal(&name, &place.1, &found.sealed) else {
            if !resealed.closed.contains(&place) {
                resealed.closed.push(place);
            }
            continue;
        };
        let sealed = vault.seal(&name, &place.1, &secret)?;
        if store.replace_secret(plan, &found.sealed, &SealedSecret { setting: place.1, sealed }).await? {
            resealed.done += 1;
        } else {
            undisturbed = false;
        }
    }
    Ok(undisturbed)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test shows the tokens that it got")]
mod tests {
    use std::sync::Arc;

    use domain::draft::Draft;
    use domain::history::journal::JournalAction;
    use domain::milestones::Downloaded;
    use domain::secret::{Secret, Secrets};

    use super::*;
    use crate::collaboration::action::PlanAction;
    use crate::plans::Plans;
    use crate::tests::empty_store;
    use domain::author::Author;

    /// Plans with a secret each, and one that no key opens.
    async fn world() -> (Arc<dyn Store>, Vault, Plans, Vec<PlanId>, tempfile::TempDir) {
        let (folder, store) = empty_store().await;
        let vault = Vault::open(folder.path(), None).unwrap();
        let plans = Plans::new(Arc::clone(&store), vault.clone());
        let mut ids = Vec::new();
        for number in 0..5 {
            let mut secrets = Secrets::new();
            secrets.insert("database.password", Secret::new(format!("Db-canary-{number}")));
            let id = plans.create(&Author::default(), &Draft::default(), &secrets).await.unwrap();
            // The keys that the first download creates are secrets too.
            let address = Downloaded { hostname: "login.example.com".to_owned(), https_port: 443 };
            plans.keys_for_download(id, &address).await.unwrap();
            ids.push(id);
        }
        (store, vault, plans, ids, folder)
    }

    fn password(plan: &crate::plans::OpenPlan) -> &Secret {
        plan.secrets.get("database.password").unwrap()
    }

    #[tokio::test]
    async fn a_change_that_was_stopped_in_the_middle_goes_on() {
        let (store, vault, plans, ids, folder) = world().await;
        let foreign = crate::tests::vault("11");
        let sealed = foreign.seal(&ids[0].to_string(), "user_store.admin_password", &Secret::new("x")).unwrap();
        let plan = store.load(ids[0]).await.unwrap().unwrap();
        let change = store::PlanChange {
            title: plan.title,
            document: plan.document,
            secrets: vec![store::SecretChange::Set(SealedSecret {
                setting: "user_store.admin_password".to_owned(),
                sealed,
            })],
            stale: Vec::new(),
            records: Vec::new(),
            at: plan.updated_at,
        };
        let _ = store.save(ids[0], plan.revision, &change).await.unwrap();

        assert!(vault.start_rotation().unwrap());
        let mut some = RotationSummary::default();
        assert!(reseal_plan(store.as_ref(), &vault, ids[1], &mut some).await.unwrap());
        assert_eq!(some.done, 2);
        // Killed here: the process that begins again has both keys, and every secret opens all the time.
        let again = Vault::open(folder.path(), None).unwrap();
        for id in &ids {
            assert!(!password(&plans.open(*id).await.unwrap().unwrap()).is_empty());
        }
        assert!(!again.start_rotation().unwrap());
        let rest = reseal_all(store.as_ref(), &again).await.unwrap();
        assert_eq!(rest.done, 8);
        assert_eq!(rest.closed, [(ids[0], "user_store.admin_password".to_owned())]);
        assert_eq!(reseal_all(store.as_ref(), &again).await.unwrap().done, 0);
        again.finish_rotation().unwrap();
        for id in &ids {
            assert!(!password(&plans.open(*id).await.unwrap().unwrap()).is_empty());
            assert!(plans.keys(*id).await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn a_save_during_the_rotation_loses_nothing() {
        let (store, vault, plans, ids, _folder) = world().await;
        vault.start_rotation().unwrap();
        let saving = async {
            for number in 0..20 {
                for id in &ids {
                    let action = PlanAction::new(Author::default(), JournalAction::Save);
                    let secret = Secret::new(format!("Db-canary-new-{number}"));
                    plans
                        .change(*id, &action, |_| vec![("database.password".to_owned(), Some(secret.clone()))])
                        .await
                        .unwrap();
                }
            }
        };
        let resealing = async { reseal_all(store.as_ref(), &vault).await.unwrap() };
        tokio::join!(saving, resealing);
        reseal_all(store.as_ref(), &vault).await.unwrap();
        vault.finish_rotation().unwrap();
        for id in &ids {
            let plan = plans.open(*id).await.unwrap().unwrap();
            #[expect(clippy::disallowed_methods, reason = "which secret it is can only be seen by looking at it")]
            let found = password(&plan).expose();
            assert_eq!(found, "Db-canary-new-19");
        }
    }

    #[tokio::test]
    async fn sessions_links_and_the_access_token_go_on_with_the_new_key() {
        use domain::rights::LinkAccess;

        use crate::access::access_token::AccessToken;
        use crate::access::sessions::Sessions;
        use crate::sharing::{NewLink, ShareLinks};
        let (store, vault, _plans, ids, folder) = world().await;
        let links = ShareLinks::new(Arc::clone(&store), vault.clone());
        let sessions = Sessions::new(Arc::clone(&store), vault.clone());
        let access = AccessToken::new(Arc::clone(&store), vault.clone(), None);
        let wanted = NewLink {
            right: LinkAccess::View,
            seconds: 3600,
            label: String::new(),
            made_by: None,
            password: None,
            most_uses: None,
        };
        let (token, _) = links.make(ids[0], wanted).await.unwrap();
        let owner = access.first().await.unwrap().unwrap();
        let session = sessions.create_owner(None, "m1").await.unwrap();
        assert!(vault.start_rotation().unwrap());
        reseal_all(store.as_ref(), &vault).await.unwrap();
        vault.finish_rotation().unwrap();
        // Another process, which knows the new key alone.
        let vault = Vault::open(folder.path(), None).unwrap();
        let links = ShareLinks::new(Arc::clone(&store), vault.clone());
        let sessions = Sessions::new(Arc::clone(&store), vault.clone());
        let access = AccessToken::new(Arc::clone(&store), vault, None);
        assert!(links.find(token.reveal()).await.unwrap().is_some());
        assert!(access.check(owner.reveal()).await.unwrap().is_some());
        assert!(sessions.owner([session.reveal()]).await.unwrap().is_some());
    }
}
