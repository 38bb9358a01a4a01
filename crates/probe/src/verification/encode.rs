//! Requests that contain a password, a token or a client secret: the one module of the verification that reads secrets.

use aws_lc_rs::digest;
use domain::secret::Secret;
use serde_json::json;

use super::names::TestName;

/// The given name of a new test user.
pub(super) const FIRST_NAME: &str = "Before";

/// The `Authorization` header of HTTP Basic (RFC 7617).
#[expect(clippy::disallowed_methods, reason = "a password or client secret goes to the cluster")]
pub(super) fn basic_authorization(user: &str, password: &Secret) -> String {
    format!("Basic {}", base64(format!("{user}:{}", password.expose()).as_bytes()))
}

/// A form with one secret value.
#[expect(clippy::disallowed_methods, reason = "a token goes to the cluster that issued it")]
pub(super) fn form_encoded(name: &str, value: &Secret) -> String {
    format!("{name}={}", query_encoded(value.expose()))
}

/// The form of IS's login page.
#[expect(clippy::disallowed_methods, reason = "the password of a test user goes to the cluster")]
pub(super) fn login_form(user: &str, password: &Secret, session_data_key: &str) -> String {
    let (user, password) = (query_encoded(user), query_encoded(password.expose()));
    // The key is taken from a URL and stays encoded as it was there.
    format!(
        "usernameUserInput={user}&username={user}&password={password}&sessionDataKey={session_data_key}&tocommonauth=true"
    )
}

/// Path and query of a logout (OpenID Connect RP-Initiated Logout 1.0).
#[expect(clippy::disallowed_methods, reason = "an ID token goes to the node that issued it")]
pub(super) fn logout_path(id_token: &Secret, callback: &str) -> String {
    let (hint, callback) = (query_encoded(id_token.expose()), query_encoded(callback));
    format!("/oidc/logout?id_token_hint={hint}&post_logout_redirect_uri={callback}")
}

/// A new user in SCIM.
#[expect(clippy::disallowed_methods, reason = "the password of a test user goes to the cluster")]
pub(super) fn new_user(name: &TestName, password: &Secret) -> String {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name.text(),
        "password": password.expose(),
        "name": { "givenName": FIRST_NAME, "familyName": "Verification" },
        "emails": [{ "value": format!("{}@example.com", name.text()), "primary": true }],
    })
    .to_string()
}

/// A new identity provider with one authenticator that stores `secret`.
#[expect(clippy::disallowed_methods, reason = "a random secret is stored in the cluster to read it back")]
pub(super) fn new_identity_provider(name: &TestName, authenticator: &str, authority: &str, secret: &Secret) -> String {
    let property = |key: &str, value: &str| json!({ "key": key, "value": value });
    let properties = [
        property("ClientId", "clusterwright"),
        property("ClientSecret", secret.expose()),
        property("OAuth2AuthzEPUrl", "https://idp.example.com/authorize"),
        property("OAuth2TokenEPUrl", "https://idp.example.com/token"),
        property("callbackUrl", &format!("https://{authority}/commonauth")),
    ];
    json!({
        "name": name.text(),
        "isPrimary": false,
        "federatedAuthenticators": {
            "defaultAuthenticatorId": authenticator,
            "authenticators": [{ "authenticatorId": authenticator, "isEnabled": true, "properties": properties }],
        },
    })
    .to_string()
}

/// A secret of a test object, different for each name.
#[expect(clippy::disallowed_methods, reason = "the secret of one test object is derived from that of the run")]
pub(super) fn derived_secret(run_secret: &Secret, name: &TestName) -> Secret {
    let digest = digest::digest(&digest::SHA256, format!("{}{name}", run_secret.expose()).as_bytes());
    Secret::new(base64(digest.as_ref()))
}

/// A text in a query or a form: everything but unreserved characters is percent-encoded (RFC 3986, section 2.3).
pub(super) fn query_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_encoded_for_their_reader() {
        assert_eq!(query_encoded("userName sw cw-verify-"), "userName%20sw%20cw-verify-");
        assert_eq!(query_encoded("a&b=ü+/"), "a%26b%3D%C3%BC%2B%2F");
        assert_eq!(basic_authorization("admin", &Secret::new("a:b")), "Basic YWRtaW46YTpi");
        assert_eq!(form_encoded("token", &Secret::new("a b&c")), "token=a%20b%26c");
    }

    #[test]
    fn a_password_with_quotes_stays_one_value() {
        let name = TestName::new("1f2e", 1, 7);
        let body = new_user(&name, &Secret::new("a\"b\\c"));
        let document: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(document["password"], "a\"b\\c");
        assert_eq!(document["userName"], name.text());
    }
}
