//! `/oauth2/token` and `/oauth2/revoke`.

use hyper::{Method, StatusCode};

use crate::api::client_authentication::require_client;
use crate::api::errors::{Handled, oauth_error};
use crate::api::{grants, issue};
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::is_messages::{GRANT_NOT_ALLOWED, MISSING_PARAMETERS, UNSUPPORTED_GRANT};
use crate::node::NodeState;
use crate::records::token::Token;

/// `POST /oauth2/token`.
pub(crate) async fn token(node: &NodeState, call: &HttpCall) -> Handled {
    if call.method != Method::POST {
        return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let form = call.form();
    let application = require_client(node, call, &form).await?;
    let refused = |error: &str, description: &str| Ok(oauth_error(StatusCode::BAD_REQUEST, error, description));
    let Some(grant_type) = form.get("grant_type") else { return refused("invalid_request", MISSING_PARAMETERS) };
    if !grants::GRANT_TYPES.contains(&grant_type) {
        return refused("unsupported_grant_type", UNSUPPORTED_GRANT);
    }
    if !application.has_grant(grant_type) {
        return refused("unauthorized_client", GRANT_NOT_ALLOWED);
    }
    match grants::grant(node, &application, grant_type, &form).await? {
        Ok(granted) => {
            let document = issue::token_document(node, &granted.token, granted.nonce.as_deref());
            Ok(Answer::json(StatusCode::OK, &document))
        }
        Err((error, description)) => refused(error, &description),
    }
}

/// `POST /oauth2/revoke` (RFC 7009): 200 for an unknown token, too.
pub(crate) async fn revoke(node: &NodeState, call: &HttpCall) -> Handled {
    let form = call.form();
    let application = require_client(node, call, &form).await?;
    let Some(text) = form.get("token") else {
        return Ok(oauth_error(StatusCode::BAD_REQUEST, "invalid_request", MISSING_PARAMETERS));
    };
    let by_access_token: Option<Token> = node.database().read(&Token::id_of(text)).await?;
    let token = match by_access_token {
        Some(token) => Some(token),
        None => node.database().find(&Token::key_of_refresh_token(text)).await?,
    };
    if let Some(token) = token.filter(|token| token.client_id == application.client_id) {
        issue::revoke(node, token).await?;
    }
    Ok(Answer::empty(StatusCode::OK))
}
