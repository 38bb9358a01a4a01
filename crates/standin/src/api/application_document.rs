//! Applications as documents of the management API: reading what a client sends, and writing what it gets.

use serde_json::{Value, json};

use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::token::{ACCESS_TOKEN_TTL_SECONDS, REFRESH_TOKEN_TTL_SECONDS};

/// The path of an application.
pub(crate) fn path(node: &NodeState, id: &str) -> String {
    let tenant = if node.version().is_6() { "/t/carbon.super" } else { "" };
    format!("{tenant}/api/server/v1/applications/{id}")
}

/// Its URL, in the header `Location`.
pub(crate) fn location(node: &NodeState, id: &str) -> String {
    node.public_url(&format!("/api/server/v1/applications/{id}"))
}

/// Takes what a document of an application sets; what it does not name stays.
pub(crate) fn apply(application: &mut Application, document: &Value) {
    let text = |name: &str| document[name].as_str().map(str::to_owned);
    if let Some(name) = text("name") {
        application.name = name;
    }
    if let Some(description) = text("description") {
        application.description = description;
    }
    let advanced = &document["advancedConfigurations"];
    if let Some(skips) = advanced["skipLoginConsent"].as_bool() {
        application.skips_login_consent = skips;
    }
    if let Some(skips) = advanced["skipLogoutConsent"].as_bool() {
        application.skips_logout_consent = skips;
    }
    let oidc = &document["inboundProtocolConfiguration"]["oidc"];
    if oidc.is_object() {
        apply_oidc(application, oidc);
    }
}

/// Takes what a document of the OIDC settings sets.
pub(crate) fn apply_oidc(application: &mut Application, oidc: &Value) {
    if oidc["grantTypes"].is_array() {
        application.grant_types = texts(&oidc["grantTypes"]);
    }
    if oidc["callbackURLs"].is_array() {
        application.callbacks = texts(&oidc["callbackURLs"]);
    }
    if let Some(is_public) = oidc["publicClient"].as_bool() {
        application.is_public_client = is_public;
    }
    if let Some(is_mandatory) = oidc["pkce"]["mandatory"].as_bool() {
        application.requires_pkce = is_mandatory;
    }
    if let Some(kind) = oidc["accessToken"]["type"].as_str() {
        application.issues_jwt = kind.eq_ignore_ascii_case("JWT");
    }
}

/// The texts of an array.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    let entries = value.as_array().into_iter().flatten();
    entries.filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
}

/// The OIDC settings of an application.
pub(crate) fn oidc(application: &Application) -> Value {
    let kind = if application.issues_jwt { "JWT" } else { "Default" };
    json!({
        "clientId": application.client_id, "clientSecret": application.client_secret,
        "grantTypes": application.grant_types, "callbackURLs": application.callbacks, "allowedOrigins": [],
        "publicClient": application.is_public_client,
        "pkce": {"mandatory": application.requires_pkce, "supportPlainTransformAlgorithm": false},
        "accessToken": {
            "type": kind, "userAccessTokenExpiryInSeconds": ACCESS_TOKEN_TTL_SECONDS,
            "applicationAccessTokenExpiryInSeconds": ACCESS_TOKEN_TTL_SECONDS,
        },
        "refreshToken": {"expiryInSeconds": REFRESH_TOKEN_TTL_SECONDS, "renewRefreshToken": true},
        "idToken": {"expiryInSeconds": ACCESS_TOKEN_TTL_SECONDS, "audience": []},
        "state": "ACTIVE",
    })
}

/// An application.
pub(crate) fn document(node: &NodeState, application: &Application) -> Value {
    let protocols = format!("{}/inbound-protocols/oidc", path(node, &application.id));
    json!({
        "id": application.id, "name": application.name, "description": application.description, "access": "WRITE",
        "clientId": application.client_id,
        "inboundProtocols": [{"type": "oidc", "self": protocols}],
        "advancedConfigurations": {
            "skipLoginConsent": application.skips_login_consent,
            "skipLogoutConsent": application.skips_logout_consent,
        },
    })
}

/// An application in a list.
pub(crate) fn list_entry(node: &NodeState, application: &Application) -> Value {
    json!({
        "id": application.id, "name": application.name, "description": application.description, "access": "WRITE",
        "self": path(node, &application.id),
    })
}
