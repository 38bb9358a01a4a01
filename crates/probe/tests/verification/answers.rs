//! Faults that the stand-in does not have: NGINX in front of the second node gives the answers that IS would give.

use domain::check::CheckId;

use crate::support::World;

/// A node that answers some requests as IS would with this fault.
async fn expect_behind(locations: &str, check: CheckId, expected: &str, words: &str) {
    let Some(world) = World::with_second_behind(locations).await else { return };
    world.verify_only(&[check]).await.only(expected, words);
    assert_eq!(world.test_objects(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_at_the_address_of_a_node() {
    let other = "location ~ ^/ { return 404; }";
    expect_behind(other, CheckId::Vf01, "failed VF-01", "answers with status 404").await;
    expect_behind(other, CheckId::Vf02, "failed VF-02", "openid-configuration answers with status 404").await;
    expect_behind(other, CheckId::Vf03, "failed VF-03", "No answer contains a redirect").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_signing_keys() {
    let none = "location = /oauth2/jwks { return 200 '{}'; }";
    expect_behind(none, CheckId::Vf04, "failed VF-04", "publishes no signing key").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_at_the_address_of_a_node() {
    let document = r#"{"issuer":"https://PUBLIC/oauth2/token","token_endpoint":"https://127.0.0.1:9443/oauth2/token"}"#;
    let location = format!("location /oauth2/token/.well-known/ {{ return 200 '{document}'; }}");
    expect_behind(&location, CheckId::Vf02, "failed VF-02", "of the discovery document is at https://127.0.0.1:9443")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_another_node_does_not_continue() {
    let lost = "location = /commonauth { return 200 'x'; }";
    expect_behind(lost, CheckId::Vf06, "failed VF-06", "The login").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_user_that_stays_as_it_was() {
    let stale = "location ~ ^/scim2/Users/. {
        if ($request_method = GET) { return 200 '{\"name\":{\"givenName\":\"Before\"}}'; }
        proxy_pass https://NODE; proxy_set_header Host $http_host;
    }";
    expect_behind(stale, CheckId::Vf08, "failed VF-08", "does not show the change").await;
}

/// The node decides about `location` as it does, unless `condition` is true.
fn decided_by(location: &str, condition: &str, answer: &str) -> String {
    format!(
        "location {location} {{
            if ({condition}) {{ {answer} }}
            proxy_pass https://NODE; proxy_set_header Host $http_host;
        }}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_on_another_host() {
    let document = r#"{"issuer":"https://PUBLIC/oauth2/token","token_endpoint":"https://other.example/oauth2/token"}"#;
    let location = format!("location /oauth2/token/.well-known/ {{ return 200 '{document}'; }}");
    expect_behind(&location, CheckId::Vf02, "failed VF-02", "is at https://other.example instead of").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_url_at_the_address_of_a_node() {
    let document = r#"{"issuer":"https://PUBLIC/oauth2/token","service_documentation":"https://is-1:9443/docs"}"#;
    let location = format!("location /oauth2/token/.well-known/ {{ return 200 '{document}'; }}");
    expect_behind(&location, CheckId::Vf02, "failed VF-02", "A URL of the discovery document is at https://is-1:9443")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_to_another_host() {
    for target in ["https://other.example/console/", "//other.example/console/"] {
        let redirect = format!("location = /carbon {{ absolute_redirect off; return 302 {target}; }}");
        expect_behind(&redirect, CheckId::Vf03, "failed VF-03", "other.example").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_another_node_rejects() {
    let inactive = "location = /oauth2/introspect { return 200 '{\"active\":false}'; }";
    expect_behind(inactive, CheckId::Vf15, "failed VF-15", "is-2 rejects a token that is-1 signed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_that_another_node_does_not_have() {
    let missing = decided_by("~ ^/api/server/v1/applications/.", "$request_method = GET", "return 404;");
    expect_behind(&missing, CheckId::Vf08, "failed VF-08", "is-2 does not find the application that is-1 created")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_authorize_without_login_page() {
    let error = "location = /oauth2/authorize { return 302 /authenticationendpoint/oauth2_error.do; }";
    expect_behind(error, CheckId::Vf06, "failed VF-06", "does not show the login page").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_does_not_end() {
    let error =
        decided_by("= /oauth2/authorize", "$arg_sessionDataKey", "return 302 /authenticationendpoint/oauth2_error.do;");
    expect_behind(&error, CheckId::Vf06, "failed VF-06", "does not end").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_another_node_refuses() {
    let refused = "location = /oauth2/token {
        if ($request_method = POST) { return 400 '{\"error\":\"invalid_grant\"}'; }
        proxy_pass https://NODE; proxy_set_header Host $http_host;
    }";
    expect_behind(refused, CheckId::Vf06, "failed VF-06", "The code that another node issued is refused").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_sign_on_that_another_node_does_not_know() {
    let again = decided_by(
        "= /oauth2/authorize",
        "$cookie_commonAuthId",
        "return 302 https://PUBLIC/authenticationendpoint/login.do?sessionDataKey=1;",
    );
    expect_behind(&again, CheckId::Vf06, "failed VF-06", "has to log in again").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_without_effect() {
    let ignored = "location = /oidc/logout { return 302 https://PUBLIC/; }";
    expect_behind(ignored, CheckId::Vf06, "failed VF-06", "is still logged in").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_that_only_removes_the_cookie() {
    let cookie = "location = /oidc/logout {
        add_header Set-Cookie 'commonAuthId=; Max-Age=0' always; return 302 https://PUBLIC/;
    }";
    expect_behind(cookie, CheckId::Vf06, "warned VF-06", "accepts cookies copied before the logout").await;
}
