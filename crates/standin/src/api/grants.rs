//! The grants of the token endpoint: client credentials, password, authorization code, refresh token.

use crate::api::authentication::authenticate;
use crate::api::cached;
use crate::api::issue::{TokenRequest, issue, issue_to_client, revoke};
use crate::clock;
use crate::database::DatabaseError;
use crate::digest::{base64url_sha256, hex_sha256};
use crate::http::call::Parameters;
use crate::is_messages::{CALLBACK_MISMATCH, PKCE_MISMATCH, UNKNOWN_CODE, UNKNOWN_REFRESH_TOKEN, USED_CODE};
use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::token::{
    AUTHORIZATION_CODE_TTL_SECONDS, AuthorizationCode, REFRESH_TOKEN_TTL_SECONDS, Subject, Token,
};

/// The grant types that exist.
pub(crate) const GRANT_TYPES: [&str; 4] = ["client_credentials", "password", "authorization_code", "refresh_token"];

const INVALID_GRANT: &str = "invalid_grant";

/// A token that was granted.
pub(crate) struct Granted {
    pub(crate) token: Token,
    /// For the id token.
    pub(crate) nonce: Option<String>,
}

/// A token, or the error and its description.
type GrantResult = Result<Result<Granted, (&'static str, String)>, DatabaseError>;

/// Grants a token to a client that may use the grant type, one of [`GRANT_TYPES`].
pub(crate) async fn grant(
    node: &NodeState,
    application: &Application,
    grant_type: &str,
    form: &Parameters,
) -> GrantResult {
    match grant_type {
        "password" => by_password(node, application, form).await,
        "authorization_code" => by_code(node, application, form).await,
        "refresh_token" => by_refresh_token(node, application, form).await,
        _ => {
            let token = issue_to_client(node, application, &form.text("scope")).await?;
            Ok(Ok(Granted { token, nonce: None }))
        }
    }
}

async fn to_user(
    node: &NodeState,
    application: &Application,
    subject: Subject,
    scope: &str,
) -> Result<Token, DatabaseError> {
    let has_refresh_token = application.has_grant("refresh_token");
    issue(node, TokenRequest { application, subject: Some(subject), scope, has_refresh_token }).await
}

async fn by_password(node: &NodeState, application: &Application, form: &Parameters) -> GrantResult {
    let user_name = form.text("username");
    let Some(user) = authenticate(node, &user_name, &form.text("password")).await? else {
        return Ok(Err((INVALID_GRANT, format!("Authentication failed for {user_name}"))));
    };
    let subject = Subject { id: user.id, user_name: user.user_name };
    let token = to_user(node, application, subject, &form.text("scope")).await?;
    Ok(Ok(Granted { token, nonce: None }))
}

async fn by_code(node: &NodeState, application: &Application, form: &Parameters) -> GrantResult {
    let refused = |description: &str| Ok(Err((INVALID_GRANT, description.to_owned())));
    let code = cached::authorization_code(node, &hex_sha256(form.get("code").unwrap_or_default())).await?;
    let now = clock::unix_seconds();
    let is_fresh = |code: &AuthorizationCode| now < code.issued_at + AUTHORIZATION_CODE_TTL_SECONDS;
    let Some(code) = code.filter(|code| code.client_id == application.client_id && is_fresh(code)) else {
        return refused(UNKNOWN_CODE);
    };
    if code.is_used {
        return refused(USED_CODE);
    }
    if form.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return refused(CALLBACK_MISMATCH);
    }
    if let Some((challenge, is_hash)) = &code.challenge {
        let verifier = form.get("code_verifier").unwrap_or_default();
        let answer = if *is_hash { base64url_sha256(verifier) } else { verifier.to_owned() };
        if answer != *challenge {
            return refused(PKCE_MISMATCH);
        }
    }
    let token = to_user(node, application, code.subject.clone(), &code.scope).await?;
    let nonce = code.nonce.clone();
    cached::use_authorization_code(node, code).await?;
    Ok(Ok(Granted { token, nonce }))
}

async fn by_refresh_token(node: &NodeState, application: &Application, form: &Parameters) -> GrantResult {
    let key = Token::key_of_refresh_token(form.get("refresh_token").unwrap_or_default());
    let former: Option<Token> = node.database().find(&key).await?;
    let now = clock::unix_seconds();
    let is_usable = |token: &Token| {
        token.is_active && token.client_id == application.client_id && now < token.issued_at + REFRESH_TOKEN_TTL_SECONDS
    };
    let Some(former) = former.filter(is_usable) else {
        return Ok(Err((INVALID_GRANT, UNKNOWN_REFRESH_TOKEN.to_owned())));
    };
    let Some(subject) = former.subject.clone() else {
        return Ok(Err((INVALID_GRANT, UNKNOWN_REFRESH_TOKEN.to_owned())));
    };
    let token = to_user(node, application, subject, &former.scope).await?;
    revoke(node, former).await?;
    Ok(Ok(Granted { token, nonce: None }))
}
