//! Sessions of owners and visitors: how long they live, and what a cookie that somebody planted is worth.

use axum::http::header;
use store::SqliteStore;

use super::*;
use crate::record_seal::{RecordPlace, seal_body};

fn vault(key: &str) -> Vault {
    let key = domain::secret::Secret::new(key.repeat(32));
    Vault::open(std::path::Path::new("/nowhere"), Some(&key)).unwrap()
}

async fn sessions() -> (Sessions, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
    (Sessions::new(Arc::new(store), vault("11")), folder)
}

/// What a browser sends that was given this cookie.
fn sends(set_cookie: &HeaderValue) -> HeaderMap {
    let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&format!("other=1; {pair}")).unwrap())])
}

#[tokio::test]
async fn an_owner_is_known_by_the_cookie_until_they_sign_out() {
    let (sessions, _folder) = sessions().await;
    let cookie = sessions.create_owner("Kasun", "m1", true).await.unwrap();
    let text = cookie.to_str().unwrap();
    assert!(text.starts_with("__Host-clusterwright_owner=") && text.contains("; Path=/;"), "{text}");
    assert!(text.ends_with("HttpOnly; SameSite=Strict; Secure"), "{text}");
    assert!(cookie.is_sensitive(), "{cookie:?}");
    let headers = sends(&cookie);
    let owner = async |headers: &HeaderMap| sessions.owner(headers, true).await.unwrap();
    let known = owner(&headers).await.unwrap();
    assert_eq!((known.name.as_str(), known.mark.as_str()), ("Kasun", "m1"));
    let left = known.ends_at - clock::now();
    assert!(left <= IDLE_TIMEOUT_SECONDS && left > IDLE_TIMEOUT_SECONDS - 60, "{left}");
    sessions.rename_owner(&headers, "Kasun P.").await.unwrap();
    assert_eq!(owner(&headers).await.unwrap().name, "Kasun P.");
    let gone = sessions.end_owner(&headers).await.unwrap();
    assert!(gone.iter().all(|gone| gone.to_str().unwrap().contains("Max-Age=0")));
    assert!(gone.iter().any(|gone| gone.to_str().unwrap().starts_with("__Host-clusterwright_owner=;")));
    assert_eq!(sessions.owner(&headers, true).await.unwrap(), None);
    assert_eq!(sessions.owner(&HeaderMap::new(), false).await.unwrap(), None);
}

#[tokio::test]
async fn a_visitor_is_one_of_their_plan_alone_and_never_the_owner() {
    let (sessions, _folder) = sessions().await;
    let plan = PlanId::from_random([1; 16]);
    let visitor = VisitorSession { plan: plan.to_string(), link: "1".to_owned(), name: "Ruwan".to_owned() };
    let hour = Duration::from_secs(3600);
    let cookie = sessions.create_visitor(visitor.clone(), hour, false).await.unwrap();
    let text = cookie.to_str().unwrap();
    assert!(text.contains(&format!("; Path=/plans/{plan}; Max-Age=3600; HttpOnly; SameSite=Lax")), "{text}");
    let headers = sends(&cookie);
    assert_eq!(sessions.visitor(&headers, plan, false).await.unwrap(), VisitorLookup::Of(visitor.clone()));
    assert_eq!(
        sessions.visitor(&headers, PlanId::from_random([2; 16]), false).await.unwrap(),
        VisitorLookup::Elsewhere
    );
    assert_eq!(sessions.visitor(&HeaderMap::new(), plan, false).await.unwrap(), VisitorLookup::None);
    // The same token as an owner's cookie is no owner's session.
    let as_owner = text.split(';').next().unwrap().replace(LINK_COOKIE, OWNER_COOKIE);
    let as_owner = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(&as_owner).unwrap())]);
    assert_eq!(sessions.owner(&as_owner, false).await.unwrap(), None);
    let over = sessions.create_visitor(visitor, Duration::ZERO, false).await.unwrap();
    assert_eq!(sessions.visitor(&sends(&over), plan, false).await.unwrap(), VisitorLookup::Ended);
    sessions.end_visit(&headers, plan).await.unwrap();
    assert_eq!(sessions.visitor(&headers, plan, false).await.unwrap(), VisitorLookup::Unknown);
}

/// Who can write the database, and has no key of the vault's.
#[tokio::test]
async fn a_session_that_was_written_without_the_vaults_key_does_not_count() {
    let (sessions, _folder) = sessions().await;
    let known = sends(&sessions.create_owner("", "m1", false).await.unwrap());
    let Some(OwnerSession { session, .. }) = sessions.owner(&known, false).await.unwrap() else { panic!() };
    let record = sessions.store.record(SESSIONS.name(), None, &session).await.unwrap().unwrap();
    let mine = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static("clusterwright_owner=mine"))]);
    let foreign = Sessions::new(Arc::clone(&sessions.store), vault("22"));
    let plain = serde_json::to_string(&SessionRecord::Owner {
        name: String::new(),
        mark: "m1".to_owned(),
        begun_at: clock::now(),
    })
    .unwrap();
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
        assert_eq!(sessions.owner(&mine, false).await.unwrap(), None);
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
    assert_eq!(sessions.owner(&known, false).await.unwrap(), None);
}

/// Any other port of the host may set cookies for it.
#[tokio::test]
async fn a_planted_cookie_keeps_nobody_out() {
    let (sessions, _folder) = sessions().await;
    let plan = PlanId::from_random([1; 16]);
    let with = |cookies: &str| HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())]);
    let pair = |cookie: &HeaderValue| cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
    for secure in [false, true] {
        let owner = pair(&sessions.create_owner("Kasun", "m1", secure).await.unwrap());
        let headers = with(&format!("clusterwright_owner=x; clusterwright_owner=y; clusterwright_link=x; {owner}"));
        assert!(sessions.owner(&headers, secure).await.unwrap().is_some(), "{secure}");
        let visit = sessions.visitor(&headers, plan, secure).await.unwrap();
        assert_eq!(visit, if secure { VisitorLookup::None } else { VisitorLookup::Unknown });
        let gone = sessions.end_visit(&headers, plan).await.unwrap();
        assert!(gone.iter().any(|cookie| cookie.to_str().unwrap().contains("; Path=/;")), "Leave takes it away");
    }
    // One that was set in clear counts on no https page, also if its session lives.
    let planted = with(&pair(&sessions.create_owner("Eve", "m1", false).await.unwrap()));
    assert!(sessions.owner(&planted, true).await.unwrap().is_none());
}

#[tokio::test]
async fn no_token_is_kept() {
    let (sessions, folder) = sessions().await;
    let cookie = sessions.create_owner("Kasun", "", false).await.unwrap();
    let token = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
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
