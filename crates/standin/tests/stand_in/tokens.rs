//! The token endpoint: grants, refusals, revocation.

use serde_json::json;
use standin::StandInVersion;

use crate::client::{Site, healthy};

#[tokio::test]
async fn a_client_may_use_the_grants_that_it_has() {
    let site = healthy(StandInVersion::V7_2).await;
    let application = site.create_application(1, "app", json!({"grantTypes": ["client_credentials"]})).await;
    let refusal = async |fields: &[(&str, &str)]| {
        let reply = site.token(1, &application, fields).await;
        (reply.status, reply.json()["error"].as_str().unwrap().to_owned())
    };
    assert_eq!(refusal(&[]).await, (400, "invalid_request".to_owned()));
    assert_eq!(refusal(&[("grant_type", "password")]).await, (400, "unauthorized_client".to_owned()));
    assert_eq!(refusal(&[("grant_type", "magic")]).await, (400, "unsupported_grant_type".to_owned()));
    let wrong = (application.client_id.as_str(), "wrong");
    let reply = site.post_form(wrong, 1, "/oauth2/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!((reply.status, &reply.json()["error"]), (401, &json!("invalid_client")));
    let in_form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*application.client_id),
        ("client_secret", &*application.client_secret),
    ];
    let body = crate::client::form(&in_form);
    assert_eq!(site.send(1, "POST", "/oauth2/token", &[], body).await.status, 200);
    assert_eq!(site.send(1, "POST", "/oauth2/token", &[], "grant_type=client_credentials").await.status, 401);
}

#[tokio::test]
async fn an_opaque_token_is_issued_again_until_it_is_revoked() {
    let site = healthy(StandInVersion::V7_2).await;
    let application = site.create_application(1, "app", json!({})).await;
    let token = site.client_token(1, &application).await;
    assert_eq!(site.client_token(2, &application).await, token);
    let revoke =
        async |account, token: &str| site.post_form(account, 1, "/oauth2/revoke", &[("token", token)]).await.status;
    assert_eq!(revoke(application.credentials(), "unknown").await, 200);
    assert_eq!(site.send(1, "POST", "/oauth2/revoke", &[], "token=a").await.status, 401);
    let other = site.create_application(1, "other", json!({})).await;
    assert_eq!(revoke(other.credentials(), &token).await, 200);
    assert!(site.is_active(1, &token).await, "another client's token stays");
    assert_eq!(revoke(application.credentials(), &token).await, 200);
    assert!(!site.is_active(1, &token).await);
    assert_ne!(site.client_token(1, &application).await, token);
}

#[tokio::test]
async fn introspection_describes_a_token_as_the_version_does() {
    let describe = async |site: &Site| {
        let application = site.create_application(1, "app", json!({})).await;
        let token = site.client_token(1, &application).await;
        site.post_form(crate::client::ADMIN, 2, "/oauth2/introspect", &[("token", &*token)]).await.json()
    };
    let new = describe(&healthy(StandInVersion::V7_2).await).await;
    assert!(new.get("username").is_none() && new["aud"].is_string(), "{new}");
    let old = describe(&healthy(StandInVersion::V6_1).await).await;
    assert!(old.get("aud").is_none(), "{old}");
    assert_eq!(old["username"], "is-admin@carbon.super");
}

#[tokio::test]
async fn the_password_grant_is_for_the_user_alone() {
    let site = healthy(StandInVersion::V7_2).await;
    let id = site.create_user(1, "anna").await;
    let application = site.create_application(1, "app", json!({})).await;
    let grant = async |password| {
        let fields = [("grant_type", "password"), ("username", "anna"), ("password", password), ("scope", "openid")];
        site.token(2, &application, &fields).await
    };
    let wrong = grant("wrong").await;
    assert_eq!((wrong.status, &wrong.json()["error_description"]), (400, &json!("Authentication failed for anna")));
    let granted = grant("Test#12345").await.json();
    assert_eq!((&granted["scope"], &granted["token_type"]), (&json!("openid"), &json!("Bearer")));
    let token = granted["access_token"].as_str().unwrap();
    let fields = [("token", token)];
    let described = site.post_form(crate::client::ADMIN, 1, "/oauth2/introspect", &fields).await.json();
    assert_eq!((&described["aut"], &described["sub"]), (&json!("APPLICATION_USER"), &json!(id)));
    assert_eq!(described["username"], "anna@carbon.super");
}
