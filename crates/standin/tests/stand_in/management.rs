//! What the versions of the management APIs need that others do not.

use serde_json::json;
use standin::StandInVersion;

use crate::client::{APPLICATIONS, PROVIDERS, healthy};

#[tokio::test]
async fn version_7_1_needs_the_client_secret_in_a_put() {
    for (version, expected) in [(StandInVersion::V7_1, 400), (StandInVersion::V7_2, 200)] {
        let site = healthy(version).await;
        let application = site.create_application(1, "app", json!({})).await;
        let path = format!("{}/inbound-protocols/oidc", application.path());
        let mut settings = site.admin_get(1, &path).await.json();
        settings.as_object_mut().unwrap().remove("clientSecret");
        let reply = site.admin(1, "PUT", &path, Some(settings)).await;
        assert_eq!(reply.status, expected, "{version:?}");
        if expected == 400 {
            assert_eq!(reply.json()["code"], "APP-60001");
            let complete = site.admin_get(1, &path).await.json();
            assert_eq!(site.admin(1, "PUT", &path, Some(complete)).await.status, 200);
        }
    }
}

#[tokio::test]
async fn version_6_needs_provisioning_claims_next_to_claims() {
    let claims = json!({"userIdClaim": {"uri": "http://wso2.org/claims/username"}});
    for (version, expected) in [(StandInVersion::V6_1, 500), (StandInVersion::V7_2, 201)] {
        let site = healthy(version).await;
        let reply = site.admin(1, "POST", PROVIDERS, Some(json!({"name": "a", "claims": claims}))).await;
        assert_eq!(reply.status, expected, "{version:?}");
    }
    let site = healthy(StandInVersion::V6_1).await;
    let mut complete = claims;
    complete["provisioningClaims"] = json!([]);
    let reply = site.admin(1, "POST", PROVIDERS, Some(json!({"name": "a", "claims": complete}))).await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn what_does_not_exist_is_404_with_its_code() {
    let site = healthy(StandInVersion::V7_2).await;
    for (path, code) in [
        (format!("{APPLICATIONS}/none"), "APP-60006"),
        (format!("{APPLICATIONS}/none/inbound-protocols/oidc"), "APP-60006"),
        (format!("{PROVIDERS}/none"), "IDP-60002"),
    ] {
        let reply = site.admin_get(1, &path).await;
        assert_eq!((reply.status, &reply.json()["code"]), (404, &json!(code)), "{path}");
    }
    let created = site.admin(1, "POST", PROVIDERS, Some(json!({"name": "a"}))).await;
    let id = created.created_id();
    assert_eq!(site.admin(1, "POST", PROVIDERS, Some(json!({"name": "a"}))).await.status, 409);
    assert_eq!(site.admin_get(2, PROVIDERS).await.json()["totalResults"], 1);
    assert_eq!(site.admin(1, "DELETE", &format!("{PROVIDERS}/{id}"), None).await.status, 204);
    assert_eq!(site.admin_get(1, &format!("{PROVIDERS}/{id}")).await.status, 404);
}
