//! Other keys on one node: what shows them, and what works all the same.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use standin::{Faults, StandInVersion};

use crate::client::{Application, PROVIDERS, Site, USERS, healthy, with_faults};

const OPENID_CONNECT: &str = "T3BlbklEQ29ubmVjdEF1dGhlbnRpY2F0b3I";

/// Creates an identity provider with a secret on one node; returns the path of its authenticator.
async fn create_provider(site: &Site, node: usize) -> String {
    let properties = json!([{"key": "ClientId", "value": "a"}, {"key": "ClientSecret", "value": "s3cr3t"}]);
    let authenticator = json!({"authenticatorId": OPENID_CONNECT, "isEnabled": true, "properties": properties});
    let document = json!({
        "name": format!("provider {node}"),
        "federatedAuthenticators": {"defaultAuthenticatorId": OPENID_CONNECT, "authenticators": [authenticator]},
    });
    let id = site.admin(node, "POST", PROVIDERS, Some(document)).await.created_id();
    format!("{PROVIDERS}/{id}/federated-authenticators/{OPENID_CONNECT}")
}

async fn kid(site: &Site, node: usize) -> String {
    site.get(node, "/oauth2/jwks").await.json()["keys"][0]["kid"].as_str().unwrap().to_owned()
}

async fn jwt_application(site: &Site) -> Application {
    site.create_application(1, "jwt", json!({"accessToken": {"type": "JWT"}})).await
}

/// Header and claims of a token.
fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

#[tokio::test]
async fn healthy_nodes_read_each_others_secrets_and_tokens() {
    let site = healthy(StandInVersion::V7_2).await;
    let path = create_provider(&site, 1).await;
    for node in [1, 2] {
        let reply = site.admin_get(node, &path).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let secret = json!({"key": "ClientSecret", "value": "s3cr3t"});
        assert!(reply.json()["properties"].as_array().unwrap().contains(&secret));
    }
    assert_eq!(kid(&site, 1).await, kid(&site, 2).await);
    let application = jwt_application(&site).await;
    let token = site.client_token(1, &application).await;
    let (header, claims) = parts(&token);
    assert_eq!(
        (&header["alg"], &header["typ"], header["kid"].as_str()),
        (&json!("RS256"), &json!("at+jwt"), Some(&*kid(&site, 2).await))
    );
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!("https://login.example.test/oauth2/token"), &json!(application.client_id))
    );
    assert!(site.is_active(2, &token).await);
    let newer = site.client_token(2, &application).await;
    assert_ne!(newer, token);
    assert!(!site.is_active(2, &token).await, "a new one ends the one before");
    assert!(site.is_active(2, &newer).await);
}

#[tokio::test]
async fn another_symmetric_key_makes_stored_secrets_unreadable_and_nothing_else() {
    let site = with_faults(StandInVersion::V7_2, Faults { other_symmetric_key: true, ..Faults::default() }).await;
    for (writer, reader) in [(1, 2), (2, 1)] {
        let path = create_provider(&site, writer).await;
        assert_eq!(site.admin_get(writer, &path).await.status, 200);
        let reply = site.admin_get(reader, &path).await;
        assert_eq!((reply.status, &reply.json()["code"]), (500, &json!("IDP-65027")));
        assert!(reply.json()["description"].as_str().unwrap().ends_with(OPENID_CONNECT));
    }
    assert_eq!(kid(&site, 1).await, kid(&site, 2).await);
    let application = jwt_application(&site).await;
    let token = site.client_token(1, &application).await;
    assert!(site.is_active(2, &token).await);
}

#[tokio::test]
async fn another_key_store_rejects_the_tokens_of_others_and_nothing_else() {
    let site = with_faults(StandInVersion::V7_2, Faults { other_key_store: true, ..Faults::default() }).await;
    assert_ne!(kid(&site, 1).await, kid(&site, 2).await);
    let application = jwt_application(&site).await;
    for (issuer, reader) in [(1, 2), (2, 1)] {
        let token = site.client_token(issuer, &application).await;
        assert!(site.is_active(issuer, &token).await);
        assert!(!site.is_active(reader, &token).await);
        let bearer = format!("Bearer {token}");
        let used = async |node| site.send(node, "GET", USERS, &[("authorization", &*bearer)], "").await.status;
        assert_eq!((used(issuer).await, used(reader).await), (403, 401));
    }
    let opaque = site.create_application(1, "opaque", json!({})).await;
    let token = site.client_token(1, &opaque).await;
    assert!(site.is_active(2, &token).await);
    let path = create_provider(&site, 1).await;
    assert_eq!(site.admin_get(2, &path).await.status, 200);

    site.create_user(1, "anna").await;
    let fields = [("grant_type", "password"), ("username", "anna"), ("password", "Test#12345"), ("scope", "openid")];
    let granted = site.token(1, &opaque, &fields).await.json();
    let hint = granted["id_token"].as_str().unwrap();
    let logout =
        format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fclient.example.test%2Fcb");
    assert!(site.get(1, &logout).await.location().starts_with("https://client.example.test/cb?crId="));
    let refused = site.get(2, &logout).await;
    assert!(refused.location().contains("oauth2_error.do?oauthErrorCode=access_denied"), "{refused:?}");
}
