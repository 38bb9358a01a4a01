//! Errors have the status, the shape and the text of IS, in the wording of each version.

use serde_json::json;
use standin::StandInVersion;

use crate::client::{ADMIN, APPLICATIONS, USERS, healthy};

const REGISTER: &str = "/api/identity/oauth2/dcr/v1.1/register";

#[tokio::test]
async fn scim_refuses_as_is_does() {
    let site = healthy(StandInVersion::V7_2).await;
    let detail = async |account, method: &str, path: &str, document| {
        let reply = site.by(account, 1, method, path, document).await;
        (reply.status, reply.json()["detail"].as_str().unwrap_or_default().to_owned())
    };
    let reply = site.get(1, USERS).await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, "Bearer realm=login.example.test"));
    assert_eq!(reply.json()["detail"], "AuthenticationHandler not found.");
    assert_eq!(reply.json()["status"], 401);
    let wrong = "Authorization failure. Authorization information was invalid or missing from your request.";
    assert_eq!(detail((ADMIN.0, "wrong"), "GET", USERS, None).await, (401, wrong.to_owned()));
    let bearer = site.send(1, "GET", USERS, &[("authorization", "Bearer nonsense")], "").await;
    assert_eq!((bearer.status, &bearer.json()["detail"]), (401, &json!(wrong)));

    let missing = "00000000-0000-0000-0000-000000000000";
    let (status, text) = detail(ADMIN, "GET", &format!("{USERS}/{missing}"), None).await;
    assert_eq!((status, text), (404, format!("User {missing} does not exist in: PRIMARY")));
    let (status, text) = detail(ADMIN, "POST", USERS, Some(json!({"password": "Test#12345"}))).await;
    assert_eq!((status, &*text), (400, "Required attribute userName is missing in the SCIM Object."));
    let (status, text) = detail(ADMIN, "GET", "/scim2/Users?filter=userName+xx+a", None).await;
    assert_eq!((status, &*text), (400, "Given filter operator is not supported."));
    let empty = site.admin_get(1, "/scim2/Users?filter=userName+eq+no-one").await;
    assert_eq!((empty.status, &empty.json()["totalResults"]), (200, &json!(0)));
    assert!(empty.json().get("Resources").is_none());

    site.create_user(1, "anna").await;
    let (status, text) = detail(("anna", "Test#12345"), "GET", USERS, None).await;
    assert_eq!(
        (status, &*text),
        (403, "Operation is not permitted. You do not have permissions to make this request.")
    );
}

#[tokio::test]
async fn the_wording_follows_the_version() {
    let challenge_6_0 = "realm user=\"\"";
    let challenge = "Bearer realm=login.example.test";
    let weak_6 =
        "30003 - Credential is not valid. Credential must be a non null string with following format, ^[\\S]{5,30}$";
    let weak_7 = "The minimum length of password should be 8.";
    let weak_71 = "20035 - The minimum length of password should be 8.";
    let unknown = "A valid OAuth client could not be found for client_id: nope";
    let hidden = "Client credentials are invalid.";
    for (version, challenged, shown, weak, client) in [
        (StandInVersion::V6_0, challenge_6_0, "e925800", weak_6, unknown),
        (StandInVersion::V6_1, challenge, "e925800", weak_6, unknown),
        (StandInVersion::V7_0, challenge, "e925800", weak_7, unknown),
        (StandInVersion::V7_1, challenge, "e*****0", weak_71, hidden),
        (StandInVersion::V7_2, challenge, "e*****0", weak_71, hidden),
    ] {
        let site = healthy(version).await;
        assert_eq!(site.get(1, USERS).await.header("www-authenticate"), challenged, "{version:?}");
        site.create_user(1, "e925800").await;
        let create = async |name: &str, password: &str| {
            let document = json!({"userName": name, "password": password});
            let reply = site.admin(1, "POST", USERS, Some(document)).await;
            (reply.status, reply.json()["detail"].as_str().unwrap().to_owned())
        };
        let exists = format!("User with the name: {shown} already exists in the system.");
        assert_eq!(create("e925800", "Test#12345").await, (409, exists), "{version:?}");
        assert_eq!(create("other", "ab").await, (400, weak.to_owned()), "{version:?}");
        let fields = [("grant_type", "client_credentials")];
        let reply = site.post_form(("nope", "x"), 1, "/oauth2/token", &fields).await;
        assert_eq!((reply.status, &reply.json()["error_description"]), (401, &json!(client)), "{version:?}");
    }
}

#[tokio::test]
async fn clients_and_applications_have_one_name_each() {
    let site = healthy(StandInVersion::V7_2).await;
    let anonymous = site.send(1, "POST", REGISTER, &[], "{}").await;
    assert_eq!((anonymous.status, &anonymous.json()["message"]), (401, &json!("Unauthorized")));
    assert!(anonymous.json()["traceId"].is_string());

    let request = json!({"client_name": "dcr", "grant_types": ["client_credentials"], "redirect_uris": []});
    let registered = site.admin(1, "POST", REGISTER, Some(request.clone())).await;
    assert_eq!(registered.status, 201);
    let path = format!("{REGISTER}/{}", registered.json()["client_id"].as_str().unwrap());
    assert_eq!(site.admin_get(2, &path).await.json()["client_secret"], registered.json()["client_secret"]);
    let twice = site.admin(2, "POST", REGISTER, Some(request)).await;
    assert_eq!((twice.status, &twice.json()["error"]), (400, &json!("invalid_client_metadata")));
    assert_eq!(twice.json()["error_description"], "Application with the name dcr already exist in the system");
    assert_eq!(site.admin(1, "DELETE", &path, None).await.status, 204);
    let deleted = site.admin_get(1, &path).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (401, ""));

    site.create_application(1, "app", json!({})).await;
    let twice = site.admin(2, "POST", APPLICATIONS, Some(json!({"name": "app"}))).await;
    assert_eq!((twice.status, &twice.json()["code"]), (409, &json!("APP-60007")));
    let description = "An application with name: 'app' already exists in tenantDomain: carbon.super";
    assert_eq!(twice.json()["description"], description);
    let listed = site.admin_get(2, "/api/server/v1/applications?filter=name+eq+app").await.json();
    assert_eq!((&listed["totalResults"], &listed["applications"][0]["access"]), (&json!(1), &json!("WRITE")));
}

#[tokio::test]
async fn only_administrators_introspect_and_manage() {
    let site = healthy(StandInVersion::V7_2).await;
    let application = site.create_application(1, "app", json!({})).await;
    site.create_user(1, "anna").await;
    let token = site.client_token(1, &application).await;
    let introspect = async |account| site.post_form(account, 2, "/oauth2/introspect", &[("token", &*token)]).await;
    let reply = introspect(ADMIN).await.json();
    assert_eq!(
        (&reply["active"], &reply["aut"], &reply["token_type"]),
        (&json!(true), &json!("APPLICATION"), &json!("Bearer"))
    );
    assert_eq!(reply["client_id"], application.client_id);
    assert_eq!(introspect(application.credentials()).await.status, 401);
    assert_eq!(introspect(("anna", "Test#12345")).await.status, 403);
    assert_eq!(site.send(2, "POST", "/oauth2/introspect", &[], "token=a").await.status, 401);
    let bearer = format!("Bearer {token}");
    assert_eq!(site.send(2, "GET", USERS, &[("authorization", &*bearer)], "").await.status, 403);
    assert_eq!(site.by(("anna", "Test#12345"), 1, "GET", APPLICATIONS, None).await.status, 403);
    let info = site.send(2, "GET", "/oauth2/userinfo", &[("authorization", &*bearer)], "").await;
    assert_eq!((info.status, &info.json()["error"]), (403, &json!("insufficient_scope")));
    assert!(!site.is_active(1, "nonsense").await);
}

#[tokio::test]
async fn every_answer_names_the_stand_in() {
    let site = healthy(StandInVersion::V7_2).await;
    for path in ["/", "/console", "/scim2/Users", "/oauth2/jwks", "/nonexistent", "/services/"] {
        let reply = site.get(1, path).await;
        assert_eq!(reply.header("server"), "clusterwright-stand-in", "{path}");
        assert!(!format!("{:?}", reply.headers).contains("WSO2"), "{path}");
    }
    for path in ["/console", "/myaccount", "/authenticationendpoint/login.do", "/carbon/admin/login.jsp"] {
        let reply = site.get(1, path).await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.text.contains(standin::NOTICE), "{path}");
    }
    assert_eq!((site.get(1, "/nonexistent").await.status, site.get(1, "/services/").await.status), (401, 500));
}
