//! Pages show when a session or a link ends, and how to stay signed in.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use domain::rights::LinkAccess;
use domain::server_credential::ServerCredential;
use server::http::moments;
use server::http::router::router;
use server::http::security::login_state::LoginState;
use server::http::security::request_context::AllowedHosts;
use server::http::state::AppState;
use service::access::access_token::AccessToken;
use service::clock;
use service::records::seal::{RecordPlace, open_body, seal_body};
use service::sharing::{NewLink, ShareLinks};
use service::vault::Vault;
use store::{Expected, RecordWrite, Scan, Store};
use testbed::html;
use tokio_util::sync::CancellationToken;

use crate::support::{VAULT_KEY, Wizard, plans_in};

const TOKEN: &str = "an access token of tests";

fn vault() -> Vault {
    Vault::open(std::path::Path::new("/nowhere"), Some(&ServerCredential::new(VAULT_KEY))).unwrap()
}

/// A wizard where the owner signs in with `token`, or with the first one that is created; its access and its store.
async fn guarded(token: Option<&str>) -> (Wizard, AccessToken, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let plans = plans_in(folder.path(), VAULT_KEY).await;
    let store = Arc::clone(plans.store());
    let access = AccessToken::new(Arc::clone(&store), vault(), token.map(ServerCredential::new).as_ref());
    let site = AppState::new(plans, CancellationToken::new()).with_login(Some(LoginState::with(access.clone())));
    (Wizard::with_router(router(site, AllowedHosts::new(&[])), folder), access, store)
}

/// Changes when the only session was created and when it ends.
async fn set_session(store: &Arc<dyn Store>, started_at: u64, ends_at: u64) {
    let session = store.scan("session", None, &Scan::first(2)).await.unwrap().remove(0);
    let place = RecordPlace::of("session", None, &session);
    let mut body: serde_json::Value =
        serde_json::from_str(&open_body(&vault(), &place, &session.body).unwrap()).unwrap();
    body["owner"]["begun_at"] = started_at.into();
    let place = RecordPlace { expires_at: i64::try_from(ends_at).unwrap(), ..place };
    let body = seal_body(&vault(), &place, &body.to_string()).unwrap();
    let write = RecordWrite::Put {
        kind: "session",
        key: session.key.clone(),
        body,
        expires_at: i64::try_from(ends_at).unwrap(),
        expected: Expected::Any,
    };
    let _ = store.write(None, &[write]).await.unwrap();
}

#[tokio::test]
async fn the_owner_sees_when_their_session_ends_and_each_visit_extends_it() {
    const HOUR: u64 = 60 * 60;
    let (wizard, _, store) = guarded(Some(TOKEN)).await;
    let signed_in = wizard.post("/login", &[("token", TOKEN), ("to", "/")]).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    let start = async || wizard.get_as(&signed_in.cookie, "/").await.text();
    let now = clock::now();
    let text = start().await;
    assert!(text.contains("session-end-later") && text.contains("<a href=\"\">Stay signed in</a>"), "{text}");
    assert!(text.contains("<form method=\"post\" action=\"/logout\">"), "{text}");
    // Five minutes before the session ends: this visit extends it.
    set_session(&store, now - 12 * HOUR, now + 300).await;
    assert!(start().await.contains("session-end-later"));
    let session = store.scan("session", None, &Scan::first(2)).await.unwrap().remove(0);
    assert!(u64::try_from(session.expires_at).unwrap() >= now + 12 * HOUR - 1);
    // A session lasts seven days at most: then the owner needs the access token.
    set_session(&store, now - 7 * 24 * HOUR + 300, now + 300).await;
    let text = start().await;
    let said = format!("Your session ends at {}. Saved answers are kept.", moments::format_time(now + 300).shown);
    assert!(html::text(&text).contains(&said) && text.contains("<a href=\"/login\">Sign in again</a>"), "{text}");
    assert!(!text.contains("session-end-later"), "{text}");
    let login = wizard.get("/login").await.text();
    assert!(!login.contains("session-end") && !login.contains("Sign out"), "{login}");
}

#[tokio::test]
async fn a_visitor_sees_when_the_link_expires_and_is_warned_before() {
    let (wizard, _, store) = guarded(Some(TOKEN)).await;
    let owner = wizard.post("/login", &[("token", TOKEN), ("to", "/")]).await.cookie;
    let made = wizard.post_as(&owner, "/plans", &[("preset", "one-machine")]).await;
    let plan = made.plan();
    let id = plan.trim_start_matches("/plans/").parse().unwrap();
    for (seconds, near) in [(3600, false), (300, true)] {
        let link = NewLink {
            right: LinkAccess::View,
            seconds,
            label: String::new(),
            made_by: None,
            password: None,
            most_uses: None,
        };
        let (token, link) = ShareLinks::new(Arc::clone(&store), vault()).make(id, link).await.unwrap();
        let opened = wizard.post(&format!("/s/{}", token.reveal()), &[]).await;
        let text = wizard.get_as(&opened.cookie, &format!("{plan}/review")).await.text();
        let (hour, day) = (moments::format_time(link.ends_at).shown, moments::format_time_or_date(link.ends_at).shown);
        let said = html::text(&text);
        assert_eq!(said.contains(&format!("Your link expires at {hour}. Ask the sender")), near, "{text}");
        assert_eq!(said.contains(&format!("Valid until {day}.")), !near, "{text}");
        assert!(!text.contains("Sign out") && !text.contains("session-end"), "{text}");
    }
}

/// A person who stole a session receives no further events after `clusterwright token new`.
#[tokio::test]
async fn streams_of_the_owner_end_with_a_new_access_token() {
    let (wizard, access, store) = guarded(None).await;
    let token = access.first().await.unwrap().unwrap();
    let cookie = wizard.post("/login", &[("token", token.reveal()), ("to", "/")]).await.cookie;
    let made = wizard.post_as(&cookie, "/plans", &[("preset", "one-machine")]).await;
    let plan = made.plan();
    let mut streams = Vec::new();
    for path in ["changes/events?page=p&step=product&after=0", "checks/events"] {
        streams.push(wizard.open_page_as(&cookie, &format!("{plan}/{path}")).await);
    }
    // Another process, like the command line.
    assert!(AccessToken::new(store, vault(), None).renew().await.unwrap().is_some());
    for mut stream in streams {
        stream.read_to_end(Duration::from_secs(30)).await;
    }
    assert_eq!(wizard.get_as(&cookie, &format!("{plan}/product")).await.status, StatusCode::UNAUTHORIZED);
}
