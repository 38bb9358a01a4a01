#![expect(clippy::disallowed_methods, reason = "a test shows the tokens that it got")]

use domain::author::DisplayName;
use domain::rights::LinkAccess;
use store::NewPlan;

use super::*;
use crate::tests::{new_link, store_with_plan, vault};

struct World {
    links: ShareLinks,
    plan: PlanId,
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
    let (folder, store, plan) = store_with_plan().await;
    World { links: ShareLinks::new(Arc::clone(&store), vault("11")), plan, store, _folder: folder }
}

fn wanted() -> NewLink {
    NewLink { label: "for Ruwan".to_owned(), made_by: DisplayName::new("Kasun"), ..new_link(LinkAccess::View) }
}

#[tokio::test]
async fn a_link_is_found_by_its_token_opened_and_revoked() {
    let world = world().await;
    let (token, _) = world.links.make(world.plan, wanted()).await.unwrap();
    let found = world.links.find(token.reveal()).await.unwrap().unwrap();
    assert_eq!((found.plan, found.link.uses), (world.plan, 0), "looking counts nothing");
    assert!(matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Opened(_)));
    let (id, link) = world.links.list(world.plan).await.unwrap().remove(0);
    assert_eq!((&id, link.uses, link.used_at.is_some()), (&found.id, 1, true));
    assert!(world.links.active_link(world.plan, &id).await.unwrap().is_some());
    assert!(world.links.revoke(world.plan, &id).await.unwrap().unwrap().revoked_at.is_some());
    assert!(world.links.revoke(world.plan, &LinkId("0000".to_owned())).await.unwrap().is_none());
    assert!(world.links.find(token.reveal()).await.unwrap().is_none());
    assert!(world.links.active_link(world.plan, &id).await.unwrap().is_none(), "who came by it is shown out");
    assert!(matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Unavailable));
    for unknown in ["", "0123456789abcdefghijkl", &"x".repeat(5000)] {
        assert!(matches!(world.links.open(unknown, "").await.unwrap(), OpenOutcome::Unavailable));
    }
}

#[tokio::test]
async fn a_link_that_has_expired_does_not_open() {
    let world = world().await;
    let (token, _) = world.links.make(world.plan, NewLink { seconds: 0, ..wanted() }).await.unwrap();
    assert!(matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Unavailable));
    let (id, _) = world.links.list(world.plan).await.unwrap().remove(0);
    assert!(world.links.active_link(world.plan, &id).await.unwrap().is_none());
    world.store.delete(world.plan).await.unwrap();
    let (token, _) = {
        let _ = world.store.create(&NewPlan::new(world.plan, "Test", "{}", 1)).await.unwrap();
        world.links.make(world.plan, wanted()).await.unwrap()
    };
    world.store.delete(world.plan).await.unwrap();
    assert!(
        matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Unavailable),
        "a deleted plan has none"
    );
}

/// Two replicas have a store each over one database; here two handles, many at once.
#[tokio::test]
async fn the_last_use_is_given_once() {
    let world = world().await;
    let (token, _) = world.links.make(world.plan, NewLink { most_uses: Some(3), ..wanted() }).await.unwrap();
    let other = ShareLinks::new(Arc::clone(&world.store), vault("11"));
    let open = |links: ShareLinks, token: String| tokio::spawn(async move { links.open(&token, "").await });
    let tries: Vec<_> = (0..12)
        .map(|number| {
            open(if number % 2 == 0 { world.links.clone() } else { other.clone() }, token.reveal().to_owned())
        })
        .collect();
    let mut opened = 0;
    for tried in tries {
        // A visitor who got no turn in the crowd is asked to try again, and has used nothing.
        if matches!(tried.await.unwrap(), Ok(OpenOutcome::Opened(_))) {
            opened += 1;
        }
    }
    let (id, link) = world.links.list(world.plan).await.unwrap().remove(0);
    assert_eq!((opened, link.uses), (3, 3));
    assert!(world.links.active_link(world.plan, &id).await.unwrap().is_some(), "the last one may stay");
    assert!(matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Unavailable));
}

#[tokio::test]
async fn passwords_are_tried_a_few_times_only() {
    let world = world().await;
    let hash = password::hash("Kandy rain").await.unwrap();
    let (token, _) = world.links.make(world.plan, NewLink { password: Some(hash), ..wanted() }).await.unwrap();
    let open = |typed: &'static str| world.links.open(token.reveal(), typed);
    assert!(matches!(open("").await.unwrap(), OpenOutcome::WrongPassword(_)));
    assert!(matches!(open("Kandy rain").await.unwrap(), OpenOutcome::Opened(_)));
    for _ in 0..WRONG_PASSWORD_RATE_LIMIT.max() {
        assert!(matches!(open("wrong").await.unwrap(), OpenOutcome::WrongPassword(_)));
    }
    assert!(matches!(open("Kandy rain").await.unwrap(), OpenOutcome::Later(_)), "also the right one waits");
    let (_, link) = world.links.list(world.plan).await.unwrap().remove(0);
    assert_eq!(link.uses, 1);
}

#[tokio::test]
async fn a_process_checks_so_many_passwords_a_minute() {
    let world = world().await;
    for _ in 0..PASSWORD_CHECK_RATE_LIMIT.max() {
        assert!(world.links.allow_attempt(1000));
    }
    assert!(!world.links.allow_attempt(1059));
    assert!(world.links.allow_attempt(1060));
}

#[tokio::test]
async fn a_plan_has_so_many_links() {
    let world = world().await;
    for number in 0..MAX_LINKS {
        let seconds = if number == 50 { 0 } else { 3600 };
        world.links.make(world.plan, NewLink { seconds, ..wanted() }).await.unwrap();
    }
    // The one that has ended makes room, once.
    world.links.make(world.plan, wanted()).await.unwrap();
    assert_eq!(world.links.list(world.plan).await.unwrap().len(), MAX_LINKS);
    assert!(matches!(world.links.make(world.plan, wanted()).await, Err(SharingError::TooMany)));
}

/// Who can write the database, and has no key of the vault's: by a record of their own, or by changing one.
#[tokio::test]
async fn a_link_that_was_written_without_the_vaults_key_does_not_count() {
    let world = world().await;
    let (token, link) = world.links.make(world.plan, wanted()).await.unwrap();
    let id = world.links.find(token.reveal()).await.unwrap().unwrap().id;
    let record = world.store.record(LINKS.name(), Some(world.plan), &id.0).await.unwrap().unwrap();
    let more = serde_json::to_string(&ShareLink { right: LinkAccess::Download, ..link }).unwrap();
    let edited = record.body.replace("\"view\"", "\"download\"");
    assert_ne!(edited, record.body);
    for body in [more, edited] {
        let write = RecordWrite::Put {
            kind: LINKS.name(),
            key: id.0.clone(),
            body,
            expires_at: record.expires_at,
            expected: Expected::Any,
        };
        let _ = world.store.write(Some(world.plan), &[write]).await.unwrap();
        assert!(matches!(world.links.open(token.reveal(), "").await.unwrap(), OpenOutcome::Unavailable));
        assert!(world.links.active_link(world.plan, &id).await.unwrap().is_none());
        assert!(world.links.list(world.plan).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_stored_form_is_unchanged() {
    use crate::records::tests::assert_stored_form;
    assert_stored_form(&LINKS, None).await;
    assert_stored_form(&LINK_TOKENS, None).await;
}
