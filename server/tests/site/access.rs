//! Signing in, and what attackers on other machines may try, on a server that other machines reach.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use domain::server_credential::ServerCredential;
use server::config::{Access, Networks};
use server::http::router::router;
use server::http::security::login_state::LoginState;
use server::http::security::metrics_token::MetricsToken;
use server::http::security::request_context::AllowedHosts;
use server::http::state::AppState;
use service::access::access_token::AccessToken;
use testbed::http::{RouterStream, TestRequest, TestResponse};
use tokio_util::sync::CancellationToken;

use crate::support::{VAULT_KEY, Wizard, plans_in};

const TOKEN: &str = "Access-canary-0123456789";
const HOST: &str = "wizard.internal";
const ORIGIN: &str = "https://wizard.internal";

/// A wizard behind a TLS proxy on this machine, with a configured access token.
struct Guarded {
    wizard: Wizard,
    access: AccessToken,
}

async fn guarded() -> Guarded {
    let folder = tempfile::tempdir().unwrap();
    let plans = plans_in(folder.path(), VAULT_KEY).await;
    let (store, vault) = (Arc::clone(plans.store()), plans.vault().clone());
    let access = AccessToken::new(store, vault, Some(&ServerCredential::new(TOKEN)));
    let hosts = AllowedHosts::of(&Access {
        allowed_hosts: vec![HOST.to_owned()],
        trusted_proxies: Networks(vec!["127.0.0.1".parse().unwrap()]),
        ..Access::default()
    });
    let site = AppState::new(plans, CancellationToken::new())
        .with_login(Some(LoginState::with(access.clone())))
        .with_metrics_token(Some(MetricsToken::of(&ServerCredential::new("Metrics-canary-0123456789"))));
    Guarded { wizard: Wizard::with_router(router(site, hosts), folder), access }
}

/// A request of a browser as the proxy passes it on.
fn browser(method: Method, path: &str, cookie: &str) -> TestRequest {
    let is_form = method == Method::POST;
    let request = TestRequest::new(method, path)
        .header("host", "127.0.0.1:3000")
        .header("x-forwarded-host", HOST)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "203.0.113.7")
        .header("accept", "text/html,application/xhtml+xml")
        .cookie(cookie);
    if is_form { request.header("origin", ORIGIN) } else { request }
}

impl Guarded {
    async fn get(&self, path: &str, cookie: &str) -> TestResponse {
        self.wizard.send(browser(Method::GET, path, cookie)).await
    }

    async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> TestResponse {
        self.wizard.send(browser(Method::POST, path, cookie).form(fields)).await
    }

    /// Signs in; returns the cookie as the browser sends it back.
    async fn sign_in(&self, cookie: &str) -> String {
        let answer = self.post("/login", cookie, &[("token", TOKEN), ("name", "Kasun"), ("to", "/")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.cookie
    }
}

#[tokio::test]
async fn unknown_clients_see_nothing_but_the_login() {
    let site = guarded().await;
    let made = site.post("/plans", "", &[("preset", "one-machine")]).await;
    assert_eq!(made.status, StatusCode::UNAUTHORIZED);
    let page = site.get("/?a=b", "").await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/login?to=/?a=b"));
    let program = TestRequest::get("/").header("host", HOST).header("x-forwarded-proto", "https");
    assert_eq!(site.wizard.send(program).await.status, StatusCode::UNAUTHORIZED);
    let login = site.get("/login?to=/plans/x/database", "").await;
    assert!(login.status == 200 && login.text().contains("value=\"/plans/x/database\""), "{}", login.text());

    let cookie = site.sign_in("").await;
    let start = site.get("/", &cookie).await;
    assert!(start.status == 200 && start.text().contains("Sign out"));
    let account = site.get("/account", &cookie).await.text();
    assert!(account.contains("value=\"Kasun\""), "{account}");
    assert_eq!(site.post("/account", &cookie, &[("name", "Nimal")]).await.status, 303);
    assert!(site.get("/account", &cookie).await.text().contains("value=\"Nimal\""));
}

#[tokio::test]
async fn a_wrong_token_is_reported_and_never_shown_again() {
    let site = guarded().await;
    for wrong in ["", "Access-canary-012345678", "access-canary-0123456789", "x"] {
        let answer = site.post("/login", "", &[("token", wrong), ("name", "Kasun"), ("to", "/checks")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = answer.text();
        assert!(text.contains("There is a problem") && text.contains("value=\"/checks\"") && text.contains("Kasun"));
        assert!(answer.set_cookie.is_empty() && !text.contains("Access-canary"), "{text}");
    }
    // A pasted token may have blanks around it.
    let pasted = format!(" {TOKEN}\r\n");
    assert_eq!(site.post("/login", "", &[("token", &pasted)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_cookie_is_for_https_out_of_reach_of_scripts_and_of_other_sites() {
    let site = guarded().await;
    let answer = site.post("/login", "", &[("token", TOKEN)]).await;
    let cookie = &answer.set_cookie;
    assert!(cookie.starts_with("__Host-clusterwright_owner="), "{cookie}");
    for attribute in ["; Path=/;", "; HttpOnly", "; SameSite=Strict", "; Secure", "; Max-Age=604800"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(!cookie.contains(TOKEN) && !answer.location.contains("canary"));
}

#[tokio::test]
async fn session_fixation_a_planted_cookie_is_worth_nothing_after_the_login() {
    let site = guarded().await;
    let planted = "clusterwright_owner=AAAAAAAAAAAAAAAAAAAAAA";
    let cookie = site.sign_in(planted).await;
    assert_ne!(cookie, planted);
    assert_eq!(site.get("/", planted).await.status, StatusCode::SEE_OTHER, "the planted one opens only the login");
    // A person who signs in again gets another session, and the first one ends.
    let second = site.sign_in(&cookie).await;
    assert_ne!(second, cookie);
    assert_eq!(site.get("/", &cookie).await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get("/", &second).await.status, 200);
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_store() {
    let site = guarded().await;
    let (here, elsewhere) = (site.sign_in("").await, site.sign_in("").await);
    let out = site.post("/logout", &here, &[]).await;
    assert_eq!((out.status, out.location.as_str()), (StatusCode::SEE_OTHER, "/login"));
    assert!(out.set_cookie.contains("Max-Age=0"), "{}", out.head);
    assert_eq!(site.get("/", &here).await.status, StatusCode::SEE_OTHER, "a kept copy of the cookie is worth nothing");
    assert_eq!(site.get("/", &elsewhere).await.status, 200);
    assert_eq!(
        site.get("/logout", &elsewhere).await.status,
        StatusCode::METHOD_NOT_ALLOWED,
        "an image cannot sign out"
    );
}

#[tokio::test]
async fn csrf_another_page_cannot_post_with_the_owners_cookie() {
    let site = guarded().await;
    let cookie = site.sign_in("").await;
    for path in ["/plans", "/logout", "/account", "/login"] {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "http://wizard.internal"),
            ("origin", "https://wizard.internal:8443"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = browser(Method::POST, path, &cookie).form(&[("preset", "one-machine")]);
            let request = request.without_header("origin").header(name, value);
            assert_eq!(site.wizard.send(request).await.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
        }
    }
    assert_eq!(site.get("/", &cookie).await.status, 200, "the owner is still signed in");
}

#[tokio::test]
async fn clickjacking_no_page_may_be_framed() {
    let site = guarded().await;
    let cookie = site.sign_in("").await;
    for path in ["/login", "/", "/account", "/nothing"] {
        let answer = site.get(path, &cookie).await;
        assert!(answer.head.contains("frame-ancestors 'none'"), "{path}: {}", answer.head);
        assert!(answer.head.contains("x-frame-options: DENY"), "{path}: {}", answer.head);
        assert!(answer.head.contains("no-store"), "{path}: {}", answer.head);
    }
}

#[tokio::test]
async fn dns_rebinding_and_host_header_tricks_lead_nowhere() {
    let site = guarded().await;
    let cookie = site.sign_in("").await;
    let with = |changes: &[(&str, &str)]| {
        let request = browser(Method::GET, "/", &cookie);
        changes.iter().fold(request, |request, (name, value)| request.set_header(name, value))
    };
    for changes in [
        &[("x-forwarded-host", "evil.example")][..],
        &[("x-forwarded-host", "wizard.internal.")],
        &[("x-forwarded-host", "u@wizard.internal")],
        &[("x-forwarded-host", "wizard.internal:99999")],
        &[("x-forwarded-host", "wizard.internal:x")],
        &[("x-forwarded-host", "")],
    ] {
        assert_eq!(site.wizard.send(with(changes)).await.status, StatusCode::MISDIRECTED_REQUEST, "{changes:?}");
    }
    let twice = with(&[]).header("host", "evil.example");
    assert_eq!(site.wizard.send(twice).await.status, StatusCode::BAD_REQUEST);
    let whole = browser(Method::GET, "http://evil.example/", &cookie);
    assert_eq!(site.wizard.send(whole).await.status, StatusCode::BAD_REQUEST);
    // No address is built from a header that the client sends: redirects are paths.
    let redirect = site.get("/", "").await;
    assert!(redirect.location.starts_with('/') && !redirect.location.starts_with("//"));
}

#[tokio::test]
async fn an_open_redirect_is_not_to_be_had() {
    let site = guarded().await;
    for to in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/x\r\nA: b", "/logout"]
    {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        assert!(site.get(&format!("/login?{query}"), "").await.text().contains("name=\"to\" value=\"/\""), "{to}");
        let answer = site.post("/login", "", &[("token", TOKEN), ("to", to)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/"), "{to}");
    }
    let answer = site.post("/login", "", &[("token", TOKEN), ("to", "/checks?x=1")]).await;
    assert_eq!(answer.location, "/checks?x=1");
}

#[tokio::test]
async fn brute_force_is_slowed_by_address_and_others_are_not_held_up() {
    let site = guarded().await;
    for _ in 0..10 {
        assert_eq!(site.post("/login", "", &[("token", "guess")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = site.post("/login", "", &[("token", TOKEN)]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "also the right one: the response reveals nothing");
    assert!(refused.head.contains("retry-after") && refused.set_cookie.is_empty());
    assert!(refused.text().contains("Too many attempts"));
    // The last address counts, which the proxy has added; the browser may have sent others.
    let from = |forwarded: &str| {
        browser(Method::POST, "/login", "").form(&[("token", TOKEN)]).set_header("x-forwarded-for", forwarded)
    };
    assert_eq!(site.wizard.send(from("10.1.1.1, 203.0.113.7")).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(site.wizard.send(from("203.0.113.8")).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_new_token_ends_all_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let plans = plans_in(folder.path(), VAULT_KEY).await;
    let access = AccessToken::new(Arc::clone(plans.store()), plans.vault().clone(), None);
    let first = access.first().await.unwrap().unwrap();
    let site = AppState::new(plans, CancellationToken::new()).with_login(Some(LoginState::with(access.clone())));
    let wizard = Wizard::with_router(router(site, AllowedHosts::new(&[])), folder);
    let signed_in = wizard.post("/login", &[("token", first.reveal())]).await;
    // On this machine without TLS the browser sends the cookie over HTTP.
    assert!(!signed_in.set_cookie.contains("Secure"));
    let cookie = signed_in.cookie;
    assert_eq!(wizard.get_as(&cookie, "/").await.status, 200);
    access.renew().await.unwrap().unwrap();
    assert_eq!(wizard.get_as(&cookie, "/").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(wizard.post("/login", &[("token", first.reveal())]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_the_token() {
    let site = guarded().await;
    let ask = |authorization: Option<&str>| {
        let request = browser(Method::GET, "/metrics", "");
        authorization.into_iter().fold(request, |request, value| request.header("authorization", value))
    };
    for wrong in [None, Some("Bearer x"), Some("Bearer "), Some("Metrics-canary-0123456789"), Some("Basic eDp5")] {
        let refused = site.wizard.send(ask(wrong)).await;
        assert!(refused.status == StatusCode::UNAUTHORIZED && !refused.text().contains("_total"), "{wrong:?}");
    }
    let right = site.wizard.send(ask(Some("Bearer Metrics-canary-0123456789"))).await;
    assert!(right.status == 200 && right.text().contains("clusterwright_requests_total"));
    assert_eq!(site.wizard.get("/metrics").await.status, 200);
    // Health is served under any name, and reveals nothing.
    for path in ["/healthz", "/readyz"] {
        let anywhere = TestRequest::get(path).header("host", "10.0.0.9:3000");
        assert_eq!(site.wizard.send(anywhere).await.text(), "ok\n");
    }
    assert!(site.access.mark().await.unwrap().is_some());
}

#[tokio::test]
async fn secrets_of_access_show_up_nowhere() {
    let site = guarded().await;
    let cookie = site.sign_in("").await;
    let session = cookie.split('=').nth(1).unwrap();
    let mut seen = Vec::new();
    for path in ["/", "/login", "/account", "/checks", "/nothing"] {
        let answer = site.get(path, &cookie).await;
        seen.push((path.to_owned(), [answer.head.as_bytes(), &answer.bytes].concat()));
    }
    let local = TestRequest::get("/metrics").header("host", "localhost");
    seen.push(("/metrics".to_owned(), site.wizard.send(local).await.bytes));
    for entry in std::fs::read_dir(site.wizard.database()).unwrap() {
        let path = entry.unwrap().path();
        seen.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    for (place, bytes) in seen {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [TOKEN, session, "Metrics-canary-0123456789"] {
            assert!(!text.contains(secret), "{place}");
        }
    }
}

/// A person who stole a session receives no further events after the owner has signed out.
#[tokio::test]
async fn streams_of_the_owner_end_with_sign_out_and_with_a_new_token() {
    let site = guarded().await;
    let cookies = [site.sign_in("").await, site.sign_in("").await];
    let made = site.post("/plans", &cookies[0], &[("preset", "one-machine")]).await;
    let plan = made.plan();
    let mut streams = Vec::new();
    for cookie in &cookies {
        for path in ["changes/events?page=p&step=product&after=0", "checks/events"] {
            streams.push(site.wizard.open(browser(Method::GET, &format!("{plan}/{path}"), cookie)).await);
        }
    }
    let second = streams.split_off(2);
    let ended = async |streams: Vec<RouterStream>| {
        for mut stream in streams {
            stream.read_to_end(Duration::from_secs(30)).await;
        }
    };
    assert_eq!(site.post("/logout", &cookies[0], &[]).await.status, StatusCode::SEE_OTHER);
    ended(streams).await;
    assert_eq!(site.get("/", &cookies[1]).await.status, 200, "the other session is another");
    assert_eq!(site.post("/logout", &cookies[1], &[]).await.status, StatusCode::SEE_OTHER);
    ended(second).await;
}

/// Any other port of the host may set such a cookie; the owner still sees the plan.
#[tokio::test]
async fn a_planted_cookie_of_a_link_keeps_the_owner_out_of_nothing() {
    let site = guarded().await;
    let cookie = site.sign_in("").await;
    let made = site.post("/plans", &cookie, &[("preset", "one-machine")]).await;
    let plan = made.plan();
    for planted in ["clusterwright_link=x", "__Secure-clusterwright_link=x"] {
        let both = format!("{planted}; clusterwright_owner=x; {cookie}");
        assert_eq!(site.get(&format!("{plan}/product"), &both).await.status, 200, "{planted}");
        let left = site.post(&format!("{plan}/leave"), &both, &[]).await;
        assert!(left.head.matches("set-cookie").count() > 2, "it is deleted wherever it was set");
    }
    let ended = site.get(&format!("{plan}/product"), "__Secure-clusterwright_link=x").await;
    assert_eq!(ended.status, StatusCode::NOT_FOUND, "a client that is not the owner reads that the link has ended");
}

#[tokio::test]
async fn unknown_clients_send_short_forms() {
    let site = guarded().await;
    let long = "x".repeat(20_000);
    for path in ["/login", "/s/0123456789abcdefghijkl", "/logout", "/plans/0123456789abcdefghjkmnpqrs/leave"] {
        let answer = site.post(path, "", &[("token", &long), ("password", &long)]).await;
        let is_unread = ["/logout", "/plans/0123456789abcdefghjkmnpqrs/leave"].contains(&path);
        assert!(is_unread || answer.status == StatusCode::PAYLOAD_TOO_LARGE, "{path}: {}", answer.status);
    }
}
