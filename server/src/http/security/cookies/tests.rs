//! What a browser is sent, and what a planted cookie is worth.

use std::path::Path;
use std::sync::Arc;

use domain::server_credential::ServerCredential;
use domain::sharing::LinkId;
use service::access::sessions::{Sessions, VisitorLookup, VisitorSession};
use service::vault::Vault;
use store::SqliteStore;

use super::*;

async fn sessions() -> (Sessions, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("clusterwright.db")).await.unwrap();
    let vault = Vault::open(Path::new("/nowhere"), Some(&ServerCredential::new("11".repeat(32)))).unwrap();
    (Sessions::new(Arc::new(store), vault), folder)
}

fn pair(set_cookie: &HeaderValue) -> String {
    set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn sends(cookies: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())])
}

#[tokio::test]
async fn the_owners_cookie_is_of_this_host_and_deleted_when_they_sign_out() {
    let (sessions, _folder) = sessions().await;
    let cookie = owner_session(&sessions.create_owner(DisplayName::new("Kasun"), "m1").await.unwrap(), true).unwrap();
    let text = cookie.to_str().unwrap();
    assert!(text.starts_with("__Host-clusterwright_owner=") && text.contains("; Path=/"), "{text}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Max-Age=604800"] {
        assert!(text.split("; ").any(|part| part == attribute), "{text}");
    }
    assert!(cookie.is_sensitive(), "{cookie:?}");
    let headers = sends(&format!("other=1; {}", pair(&cookie)));
    assert_eq!(sessions.owner(owner_tokens(&headers, true)).await.unwrap().unwrap().0.name, DisplayName::new("Kasun"));
    let expired = expired_owner(&headers).unwrap();
    assert!(expired.iter().all(|cookie| cookie.to_str().unwrap().contains("Max-Age=0")));
    assert!(expired.iter().any(|cookie| cookie.to_str().unwrap().starts_with("__Host-clusterwright_owner=;")));
}

#[tokio::test]
async fn a_visitors_cookie_is_of_their_plan_and_no_owners_session() {
    let (sessions, _folder) = sessions().await;
    let plan = PlanId::from_random([1; 16]);
    let visitor = VisitorSession { plan: plan.to_string(), link: LinkId("1".to_owned()), name: None };
    let hour = Duration::from_secs(3600);
    let token = sessions.create_visitor(visitor.clone(), hour).await.unwrap();
    let cookie = visitor_session(&token, plan, hour, false).unwrap();
    let text = cookie.to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Max-Age=3600", &format!("Path=/plans/{plan}")] {
        assert!(text.split("; ").any(|part| part == attribute), "{text}");
    }
    let headers = sends(&pair(&cookie));
    let tokens = visitor_tokens(&headers, false);
    assert_eq!(sessions.visitor(tokens, plan).await.unwrap(), VisitorLookup::Of(visitor));
    let as_owner = sends(&pair(&cookie).replace(LINK_COOKIE, OWNER_COOKIE));
    assert_eq!(sessions.owner(owner_tokens(&as_owner, false)).await.unwrap(), None);
}

/// Any other port of the host may set cookies for it.
#[tokio::test]
async fn a_planted_cookie_locks_no_one_out() {
    let (sessions, _folder) = sessions().await;
    let plan = PlanId::from_random([1; 16]);
    for secure in [false, true] {
        let owner = pair(&owner_session(&sessions.create_owner(None, "m1").await.unwrap(), secure).unwrap());
        let headers = sends(&format!("clusterwright_owner=x; clusterwright_owner=y; clusterwright_link=x; {owner}"));
        assert!(sessions.owner(owner_tokens(&headers, secure)).await.unwrap().is_some(), "{secure}");
        let lookup = sessions.visitor(visitor_tokens(&headers, secure), plan).await.unwrap();
        assert_eq!(lookup, if secure { VisitorLookup::None } else { VisitorLookup::Unknown });
        let expired = expired_visitor(&headers, plan).unwrap();
        let is_of_host = |cookie: &HeaderValue| cookie.to_str().unwrap().split("; ").any(|part| part == "Path=/");
        assert!(expired.iter().any(is_of_host), "Leave deletes it");
    }
    // One that was set without TLS counts on no HTTPS page, also if its session is valid.
    let planted = sessions.create_owner(None, "m1").await.unwrap();
    let planted = sends(&pair(&owner_session(&planted, false).unwrap()));
    assert!(sessions.owner(owner_tokens(&planted, true)).await.unwrap().is_none());
}
