//! OpenID Connect Discovery and the public keys of a node.

use hyper::StatusCode;
use serde_json::json;

use crate::NOTICE;
use crate::http::answer::Answer;
use crate::node::NodeState;

/// `GET /oauth2/token/.well-known/openid-configuration`.
pub(crate) fn configuration(node: &NodeState) -> Answer {
    let url = |path: &str| node.oauth_url(path);
    let document = json!({
        "clusterwright_stand_in": NOTICE,
        "issuer": node.issuer(),
        "authorization_endpoint": url("/oauth2/authorize"),
        "token_endpoint": url("/oauth2/token"),
        "jwks_uri": url("/oauth2/jwks"),
        "end_session_endpoint": url("/oidc/logout"),
        "userinfo_endpoint": url("/oauth2/userinfo"),
        "introspection_endpoint": url("/oauth2/introspect"),
        "revocation_endpoint": url("/oauth2/revoke"),
        "registration_endpoint": url("/api/identity/oauth2/dcr/v1.1/register"),
        "check_session_iframe": url("/oidc/checksession"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", "password", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "scopes_supported": ["openid", "profile", "email"],
    });
    Answer::json(StatusCode::OK, &document)
}

/// `GET /oauth2/jwks`.
pub(crate) fn public_keys(node: &NodeState) -> Answer {
    Answer::json(StatusCode::OK, &node.signing_key().jwks())
}
