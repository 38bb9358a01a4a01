//! Sessions of owners and visitors: how long they are valid, and which stored records are rejected.
#![expect(clippy::disallowed_methods, reason = "a test shows the tokens that it received")]

use super::*;
use crate::records::seal::{RecordPlace, seal_body};
use crate::tests::{empty_store, vault};

async fn sessions() -> (Sessions, tempfile::TempDir) {
    let (folder, store) = empty_store().await;
    (Sessions::new(store, vault("11")), folder)
}

#[tokio::test]
async fn an_owner_is_known_by_the_token_until_they_sign_out() {
    let (sessions, _folder) = sessions().await;
    let token = sessions.create_owner(DisplayName::new("Kasun"), "m1").await.unwrap();
    let owner = async || sessions.owner([token.reveal()]).await.unwrap();
    let (known, mark) = owner().await.unwrap();
    assert_eq!((known.name, mark.as_str()), (DisplayName::new("Kasun"), "m1"));
    let left = known.session.unwrap().ends_at - clock::now();
    assert!(left <= IDLE_TIMEOUT_SECONDS && left > IDLE_TIMEOUT_SECONDS - 60, "{left}");
    sessions.rename_owner([token.reveal()], DisplayName::new("Kasun P.")).await.unwrap();
    assert_eq!(owner().await.unwrap().0.name, DisplayName::new("Kasun P."));
    sessions.end([token.reveal()]).await.unwrap();
    assert_eq!(owner().await, None);
    assert_eq!(sessions.owner([]).await.unwrap(), None);
}

#[tokio::test]
async fn a_visitor_is_one_of_their_plan_alone_and_never_the_owner() {
    let (sessions, _folder) = sessions().await;
    let plan = PlanId::from_random([1; 16]);
    let (link, name) = (LinkId("1".to_owned()), DisplayName::new("Ruwan"));
    let visitor = VisitorSession { plan: plan.to_string(), link, name };
    let hour = Duration::from_secs(3600);
    let token = sessions.create_visitor(visitor.clone(), hour).await.unwrap();
    let lookup = async |token: &ServerCredential, plan| sessions.visitor([token.reveal()], plan).await.unwrap();
    assert_eq!(lookup(&token, plan).await, VisitorLookup::Of(visitor.clone()));
    assert_eq!(lookup(&token, PlanId::from_random([2; 16])).await, VisitorLookup::Elsewhere);
    assert_eq!(sessions.visitor([], plan).await.unwrap(), VisitorLookup::None);
    // The token of a visitor is no owner's session.
    assert_eq!(sessions.owner([token.reveal()]).await.unwrap(), None);
    let expired = sessions.create_visitor(visitor, Duration::ZERO).await.unwrap();
    assert_eq!(lookup(&expired, plan).await, VisitorLookup::Ended);
    sessions.end([token.reveal()]).await.unwrap();
    assert_eq!(lookup(&token, plan).await, VisitorLookup::Unknown);
}

/// An attacker who can write to the database but does not have the vault key.
#[tokio::test]
async fn a_session_that_was_written_without_the_vaults_key_does_not_count() {
    let (sessions, _folder) = sessions().await;
    let known = sessions.create_owner(None, "m1").await.unwrap();
    let (owner, _) = sessions.owner([known.reveal()]).await.unwrap().unwrap();
    let session = owner.session.unwrap().key;
    let record = sessions.store.record(SESSIONS.name(), None, &session).await.unwrap().unwrap();
    let foreign = Sessions::new(Arc::clone(&sessions.store), vault("22"));
    let session_record = StoredOwnerSession { name: None, mark: "m1".to_owned(), started_at: clock::now() };
    let plain = serde_json::to_string(&SessionRecord::Owner(session_record)).unwrap();
    let place = RecordPlace { kind: SESSIONS.name(), plan: None, key: &digest("mine"), expires_at: record.expires_at };
    let with_another_key = seal_body(&foreign.vault, &place, &plain).unwrap();
    for body in [record.body.clone(), plain, with_another_key] {
        let write = RecordWrite::Put {
            kind: SESSIONS.name(),
            key: digest("mine"),
            body,
            expires_at: record.expires_at,
            expected: Expected::Any,
        };
        let _ = sessions.store.write(None, &[write]).await.unwrap();
        assert_eq!(sessions.owner(["mine"]).await.unwrap(), None);
    }
    // Nor does one that was made to last longer.
    let write = RecordWrite::Put {
        kind: SESSIONS.name(),
        key: session,
        body: record.body,
        expires_at: record.expires_at + 1,
        expected: Expected::Any,
    };
    let _ = sessions.store.write(None, &[write]).await.unwrap();
    assert_eq!(sessions.owner([known.reveal()]).await.unwrap(), None);
}

#[tokio::test]
async fn no_token_is_kept() {
    let (sessions, folder) = sessions().await;
    let token = sessions.create_owner(None, "").await.unwrap().reveal().to_owned();
    sessions.store.close().await;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
}

#[tokio::test]
async fn the_stored_form_is_unchanged() {
    use crate::records::tests::assert_stored_form;
    assert_stored_form(&SESSIONS, None).await;
}
