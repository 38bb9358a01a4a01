//! Which addresses a node gives to clients: in discovery, in redirects and in `Location` headers, healthy and with each fault
//! of the proxy.

use serde_json::json;
use standin::{Faults, StandInVersion};

use crate::client::{HOSTNAME, Site, USERS, healthy, with_faults};

const DISCOVERY: &str = "/oauth2/token/.well-known/openid-configuration";
const ENDPOINTS: [&str; 5] =
    ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint", "introspection_endpoint"];

/// The start of every address in discovery, if it is the same.
async fn base_of_discovery(site: &Site, node: usize) -> String {
    let document = site.get(node, DISCOVERY).await.json();
    let base = document["issuer"].as_str().unwrap().strip_suffix("/oauth2/token").unwrap().to_owned();
    for endpoint in ENDPOINTS {
        assert!(document[endpoint].as_str().unwrap().starts_with(&format!("{base}/")), "{document}");
    }
    assert_eq!(document["clusterwright_stand_in"], standin::NOTICE);
    base
}

async fn redirect(site: &Site, path: &str) -> String {
    let reply = site.get(2, path).await;
    assert_eq!(reply.status, 302, "{path}");
    reply.location().to_owned()
}

#[tokio::test]
async fn a_healthy_node_gives_the_hostname_alone() {
    let site = healthy(StandInVersion::V7_2).await;
    for node in [1, 2] {
        assert_eq!(base_of_discovery(&site, node).await, "https://login.example.test");
    }
    assert_eq!(redirect(&site, "/").await, "https://login.example.test/console");
    assert_eq!(redirect(&site, "/carbon").await, "https://login.example.test/carbon/admin/index.jsp");
    let error = redirect(&site, "/oauth2/authorize?client_id=x").await;
    let start = "https://login.example.test/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_request\
                 &oauthErrorMsg=invalid.redirect.uri&crId=";
    assert!(error.starts_with(start), "{error}");
    let logout = redirect(&site, "/oidc/logout").await;
    assert!(logout.starts_with("https://login.example.test/authenticationendpoint/oauth2_logout.do?crId="), "{logout}");
    let created = site.admin(2, "POST", USERS, Some(json!({"userName": "anna", "password": "Test#12345"}))).await;
    assert_eq!(created.location(), format!("https://{HOSTNAME}{USERS}/{}", created.created_id()));
    assert_eq!(created.json()["meta"]["location"], created.location());
}

#[tokio::test]
async fn asked_by_its_address_only_the_start_page_follows() {
    let by_address = [("host", "10.77.0.11:9443")];
    let site = healthy(StandInVersion::V7_2).await;
    let location =
        async |site: &Site, path: &str| site.send(1, "GET", path, &by_address, "").await.location().to_owned();
    assert_eq!(location(&site, "/").await, "https://10.77.0.11/console");
    assert_eq!(location(&site, "/carbon").await, "https://login.example.test/carbon/admin/index.jsp");
    let site = healthy(StandInVersion::V6_1).await;
    assert_eq!(location(&site, "/").await, "https://10.77.0.11/carbon");
    assert_eq!(location(&site, "/carbon").await, "https://10.77.0.11/carbon/admin/index.jsp");
}

#[tokio::test]
async fn version_6_starts_at_the_management_console_and_has_no_correlation_at_first() {
    let site = healthy(StandInVersion::V6_0).await;
    assert_eq!(redirect(&site, "/").await, "https://login.example.test/carbon");
    assert_eq!(
        redirect(&site, "/oauth2/authorize?client_id=x").await,
        "https://login.example.test/authenticationendpoint/oauth2_error.do?oauthErrorCode=invalid_request\
         &oauthErrorMsg=Redirect+URI+is+not+present+in+the+authorization+request"
    );
    let logout = "https://login.example.test/authenticationendpoint/oauth2_logout.do";
    assert_eq!(redirect(&site, "/oidc/logout").await, logout);
}

#[tokio::test]
async fn without_proxy_port_every_address_has_the_port_of_the_node() {
    let site = with_faults(StandInVersion::V7_2, Faults { no_proxy_port: true, ..Faults::default() }).await;
    let base = "https://login.example.test:9443";
    assert_eq!(base_of_discovery(&site, 2).await, base);
    assert_eq!(base_of_discovery(&site, 1).await, "https://login.example.test");
    for path in ["/", "/carbon", "/oauth2/authorize", "/oidc/logout"] {
        assert!(redirect(&site, path).await.starts_with(&format!("{base}/")), "{path}");
    }
    let created = site.admin(2, "POST", USERS, Some(json!({"userName": "anna", "password": "Test#12345"}))).await;
    assert!(created.location().starts_with(base));
    let health = site.get(2, "/api/health-check/v1.0/health").await;
    assert_eq!(health.status, 200);
    let log = site.cluster.log("is-2").unwrap().join("\n");
    assert!(log.contains("Console URL : https://login.example.test:9443/console"), "{log}");
}

#[tokio::test]
async fn with_443_in_the_issuer_only_oauth_has_it() {
    let site = with_faults(StandInVersion::V6_1, Faults { issuer_with_443: true, ..Faults::default() }).await;
    assert_eq!(base_of_discovery(&site, 2).await, "https://login.example.test:443");
    assert_eq!(redirect(&site, "/").await, "https://login.example.test/carbon");
    for path in ["/oauth2/authorize", "/oidc/logout"] {
        let start = "https://login.example.test:443/authenticationendpoint/";
        assert!(redirect(&site, path).await.starts_with(start), "{path}");
    }
    let created = site.admin(2, "POST", USERS, Some(json!({"userName": "anna", "password": "Test#12345"}))).await;
    assert!(created.location().starts_with("https://login.example.test/scim2"));
}

#[tokio::test]
async fn redirects_can_show_the_address_of_the_node() {
    let faults = Faults { node_address_in_redirects: true, ..Faults::default() };
    let site = with_faults(StandInVersion::V7_2, faults).await;
    assert_eq!(base_of_discovery(&site, 2).await, "https://login.example.test");
    for path in ["/", "/carbon", "/oauth2/authorize", "/oidc/logout"] {
        let start = format!("https://{}/", site.address(2));
        assert!(redirect(&site, path).await.starts_with(&start), "{path}");
    }
}
