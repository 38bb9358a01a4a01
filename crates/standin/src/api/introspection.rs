//! `/oauth2/introspect` (RFC 7662), for administrators alone, and `/oauth2/userinfo`.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::authentication::require_admin;
use crate::api::errors::{ErrorStyle, Handled, oauth_error};
use crate::api::issue;
use crate::http::answer::Answer;
use crate::http::call::{Credentials, HttpCall};
use crate::is_messages::{INACTIVE_TOKEN, NO_OPENID_SCOPE};
use crate::node::NodeState;
use crate::records::token::Token;

/// `POST /oauth2/introspect`.
pub(crate) async fn introspect(node: &NodeState, call: &HttpCall) -> Handled {
    require_admin(node, call, ErrorStyle::Management).await?;
    if call.method != Method::POST {
        return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let form = call.form();
    let token = issue::find_active(node, form.get("token").unwrap_or_default()).await?;
    let document = token.map_or_else(|| json!({"active": false}), |token| describe(node, &token));
    Ok(Answer::json(StatusCode::OK, &document))
}

fn describe(node: &NodeState, token: &Token) -> Value {
    let mut document = json!({
        "aut": issue::authorized_entity(token.subject.as_ref()),
        "nbf": token.issued_at, "active": true,
        "token_type": if token.is_jwt { "JWT" } else { "Bearer" },
        "exp": token.expires_at(), "iat": token.issued_at, "client_id": token.client_id,
    });
    if !node.version().is_6() || token.is_jwt {
        document["aud"] = token.client_id.clone().into();
    }
    if token.is_jwt {
        document["iss"] = node.issuer().into();
        document["sub"] = token.client_id.clone().into();
    }
    if !token.scope.is_empty() {
        document["scope"] = token.scope.clone().into();
    }
    // 6.x names the owner of the application for its own tokens.
    let owner = node.version().is_6().then_some(node.cluster.admin_user.as_str());
    if let Some(name) = token.subject.as_ref().map(|subject| subject.user_name.as_str()).or(owner) {
        document["username"] = format!("{name}@carbon.super").into();
    }
    if let Some(subject) = &token.subject {
        document["sub"] = subject.id.clone().into();
    }
    document
}

/// `GET` or `POST /oauth2/userinfo`.
pub(crate) async fn user_info(node: &NodeState, call: &HttpCall) -> Handled {
    let token = match call.credentials() {
        Some(Credentials::Bearer(text)) => issue::find_active(node, &text).await?,
        _ => None,
    };
    let Some(token) = token else {
        return Ok(oauth_error(StatusCode::UNAUTHORIZED, "invalid_token", INACTIVE_TOKEN));
    };
    match token.subject.as_ref().filter(|_| token.has_scope("openid")) {
        Some(subject) => Ok(Answer::json(StatusCode::OK, &json!({"sub": subject.id}))),
        None => Ok(oauth_error(StatusCode::FORBIDDEN, "insufficient_scope", NO_OPENID_SCOPE)),
    }
}
