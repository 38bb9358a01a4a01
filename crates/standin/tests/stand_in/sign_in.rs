//! Sign-in of a browser over changing nodes, single sign-on, logout, consent, PKCE, and the sessions of a user.

use serde_json::json;
use standin::{Faults, StandInVersion};

use crate::browser::{Browser, parameter};
use crate::client::{Application, Site, healthy};

const CALLBACK: &str = "https://client.example.test/cb";
const PASSWORD: &str = "Test#12345";

async fn site_with_user() -> (Site, Application) {
    let site = healthy(StandInVersion::V7_2).await;
    site.create_user(1, "anna").await;
    let application = site.create_application(1, "app", json!({})).await;
    (site, application)
}

fn authorize(application: &Application, further: &str) -> String {
    format!(
        "/oauth2/authorize?response_type=code&scope=openid&state=a%20state&client_id={}\
         &redirect_uri=https%3A%2F%2Fclient.example.test%2Fcb{further}",
        application.client_id
    )
}

fn code_fields<'a>(code: &'a str, further: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    fields.extend_from_slice(further);
    fields
}

#[tokio::test]
async fn a_sign_in_continues_on_any_node_even_with_hazelcast_off() {
    for faults in [Faults::default(), Faults { clustering_off: true, ..Faults::default() }] {
        let site = Site::start(StandInVersion::V7_2, &[faults.clone(), faults]).await;
        let id = site.create_user(1, "anna").await;
        let application = site.create_application(1, "app", json!({})).await;
        for nodes in [[1, 2, 1, 2], [2, 2, 1, 1], [2, 1, 2, 1]] {
            let mut browser = Browser::new(&site);
            let location = browser.sign_in(nodes, &authorize(&application, "&nonce=n"), PASSWORD).await;
            assert!(location.starts_with(CALLBACK), "{location}");
            assert_eq!(parameter(&location, "state").as_deref(), Some("a state"));
            let code = parameter(&location, "code").unwrap();
            let granted = site.token(nodes[0], &application, &code_fields(&code, &[])).await;
            assert_eq!(granted.status, 200, "{granted:?}");
            let (access, refresh) = (granted.json()["access_token"].clone(), granted.json()["refresh_token"].clone());
            assert!(granted.json()["id_token"].is_string());
            let bearer = format!("Bearer {}", access.as_str().unwrap());
            let info = site.send(nodes[1], "GET", "/oauth2/userinfo", &[("authorization", &bearer)], "").await;
            assert_eq!(info.json()["sub"], id);
            let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str().unwrap())];
            assert_eq!(site.token(nodes[2], &application, &fields).await.status, 200);
            let used = site.token(nodes[2], &application, &fields).await;
            assert_eq!((used.status, &used.json()["error"]), (400, &json!("invalid_grant")));
        }
    }
}

#[tokio::test]
async fn a_session_is_one_on_all_nodes_until_it_ends_on_any() {
    let (site, application) = site_with_user().await;
    let mut browser = Browser::new(&site);
    browser.sign_in([1, 1, 1, 1], &authorize(&application, ""), PASSWORD).await;
    let other = site.create_application(2, "other", json!({})).await;
    let location = browser.open(2, &authorize(&other, "")).await.location().to_owned();
    assert!(location.starts_with(CALLBACK), "no login page: {location}");
    let login = browser.open(2, &authorize(&other, "&prompt=login")).await;
    assert!(login.location().contains("/authenticationendpoint/login.do"));

    let sessions = site.by(("anna", PASSWORD), 2, "GET", "/api/users/v1/me/sessions", None).await.json();
    let session = &sessions["sessions"][0];
    assert_eq!((&session["ip"], &session["userAgent"]), (&json!("198.51.100.1"), &json!("test browser")));
    let names: Vec<&str> =
        session["applications"].as_array().unwrap().iter().map(|entry| entry["appName"].as_str().unwrap()).collect();
    assert_eq!(names, ["app", "other"]);

    let asks = browser.open(2, "/oidc/logout").await;
    assert!(asks.location().contains("oauth2_logout_consent.do"), "{asks:?}");
    let ended = browser.request(2, "POST", "/oidc/logout", &[("consent", "approve")]).await;
    assert!(ended.location().contains("oauth2_logout.do"), "{ended:?}");
    let login = browser.open(1, &authorize(&application, "")).await;
    assert!(login.location().contains("/authenticationendpoint/login.do"));
    let silent = browser.open(1, &authorize(&application, "&prompt=none")).await;
    assert_eq!(parameter(silent.location(), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_wrong_password_returns_to_the_login_page_and_an_unknown_key_to_an_error() {
    let (site, application) = site_with_user().await;
    let mut browser = Browser::new(&site);
    let location = browser.sign_in([1, 2, 1, 2], &authorize(&application, ""), "wrong").await;
    assert!(location.contains("/authenticationendpoint/login.do"), "{location}");
    assert_eq!(parameter(&location, "authFailureMsg").as_deref(), Some("login.fail.message"));
    assert!(browser.open(2, &location).await.text.contains("Login failed"));
    let fields = [("username", "anna"), ("password", PASSWORD), ("sessionDataKey", "unknown")];
    let reply = browser.request(1, "POST", "/commonauth", &fields).await;
    assert!(reply.location().contains("/authenticationendpoint/retry.do"), "{reply:?}");
    let reply = browser.open(1, "/oauth2/authorize?sessionDataKey=unknown").await;
    assert!(reply.location().contains("oauth2_error.do"), "{reply:?}");
}

#[tokio::test]
async fn a_code_is_used_once_and_with_its_redirect_uri_and_verifier() {
    let (site, application) = site_with_user().await;
    let sign_in = async |further: &str| {
        let mut browser = Browser::new(&site);
        let location = browser.sign_in([1, 1, 1, 1], &authorize(&application, further), PASSWORD).await;
        parameter(&location, "code").unwrap()
    };
    let error = async |node, fields: &[(&str, &str)]| {
        let reply = site.token(node, &application, fields).await;
        (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
    };
    let invalid_grant = (400, "invalid_grant".to_owned());
    let code = sign_in("").await;
    let elsewhere =
        [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", "https://a.example.test")];
    assert_eq!(error(1, &elsewhere).await, invalid_grant);
    assert_eq!(error(1, &code_fields("unknown", &[])).await, invalid_grant);
    assert_eq!(error(2, &code_fields(&code, &[])).await.0, 200);
    assert_eq!(error(2, &code_fields(&code, &[])).await, invalid_grant);

    // RFC 7636, appendix B.
    let challenge = "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let code = sign_in(challenge).await;
    assert_eq!(error(1, &code_fields(&code, &[])).await, invalid_grant);
    let verifier = ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(error(1, &code_fields(&code, &[verifier])).await.0, 200);
}

/// The row of the table that the messages of Hazelcast decide: the node that has issued the code has it cached.
#[tokio::test]
async fn a_used_code_is_accepted_by_a_node_that_heard_of_nothing() {
    for (is_off, expected) in [(false, 400), (true, 200)] {
        let faults = Faults { clustering_off: is_off, ..Faults::default() };
        let site = Site::start(StandInVersion::V7_2, &[faults.clone(), faults]).await;
        site.create_user(1, "anna").await;
        let application = site.create_application(1, "app", json!({})).await;
        let location = Browser::new(&site).sign_in([2, 2, 2, 2], &authorize(&application, ""), PASSWORD).await;
        let code = parameter(&location, "code").unwrap();
        assert_eq!(site.token(1, &application, &code_fields(&code, &[])).await.status, 200);
        if !is_off {
            // The message takes its time.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        assert_eq!(site.token(2, &application, &code_fields(&code, &[])).await.status, expected, "{is_off}");
    }
}

#[tokio::test]
async fn consent_is_asked_for_where_the_application_does_not_skip_it() {
    let (site, application) = site_with_user().await;
    let document = json!({"advancedConfigurations": {"skipLoginConsent": false}});
    site.admin(1, "PATCH", &application.path(), Some(document)).await;
    for (consent, expected) in [("approve", "code"), ("deny", "error")] {
        let mut browser = Browser::new(&site);
        let location = browser.sign_in([1, 1, 1, 1], &authorize(&application, ""), PASSWORD).await;
        assert!(location.contains("/authenticationendpoint/oauth2_consent.do"), "{location}");
        assert_eq!(browser.open(1, &location).await.status, 200);
        let key = parameter(&location, "sessionDataKeyConsent").unwrap();
        let fields = [("sessionDataKeyConsent", &*key), ("consent", consent)];
        let location = browser.request(1, "POST", "/oauth2/authorize", &fields).await.location().to_owned();
        assert!(parameter(&location, expected).is_some(), "{location}");
    }
}

#[tokio::test]
async fn the_console_needs_pkce_and_an_unknown_callback_is_no_redirect() {
    let (site, application) = site_with_user().await;
    let console = "/oauth2/authorize?response_type=code&client_id=CONSOLE&redirect_uri=https%3A%2F%2Flogin.example.test%2Fconsole";
    let location = site.get(1, console).await.location().to_owned();
    let start = "https://login.example.test/console?error_description=PKCE+is+mandatory+for+this+application.";
    assert!(location.starts_with(start) && location.ends_with("&error=invalid_request"), "{location}");
    let foreign = authorize(&application, "").replace("client.example.test", "foreign.example.test");
    let location = site.get(1, &foreign).await.location().to_owned();
    assert_eq!(parameter(&location, "oauthErrorMsg").as_deref(), Some("callback.not.match"));
    let unknown = "/oauth2/authorize?response_type=code&client_id=nope&redirect_uri=https%3A%2F%2Fa.example.test";
    let location = site.get(1, unknown).await.location().to_owned();
    assert_eq!(parameter(&location, "oauthErrorCode").as_deref(), Some("invalid_client"));
}
