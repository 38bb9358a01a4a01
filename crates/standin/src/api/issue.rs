//! Issuing, finding and revoking tokens.

use serde_json::{Map, Value, json};

use crate::cache::CacheKind;
use crate::clock;
use crate::database::DatabaseError;
use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::token::{ACCESS_TOKEN_TTL_SECONDS, ClientToken, Subject, Token};

/// What a token is issued for.
pub(crate) struct TokenRequest<'a> {
    pub(crate) application: &'a Application,
    /// None for the application itself.
    pub(crate) subject: Option<Subject>,
    pub(crate) scope: &'a str,
    pub(crate) has_refresh_token: bool,
}

/// Whether a text has the form of a JSON Web Token.
fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// The active token with this text. A JSON Web Token must have been signed with this node's key.
pub(crate) async fn find_active(node: &NodeState, text: &str) -> Result<Option<Token>, DatabaseError> {
    if is_jwt(text) && node.signing_key().verify(text).is_none() {
        return Ok(None);
    }
    let (id, now) = (Token::id_of(text), clock::unix_seconds());
    let cached: Option<Token> = node.caches.get(CacheKind::Introspection, &id);
    if let Some(cached) = cached {
        return Ok(Some(cached).filter(|token| token.is_valid(now)));
    }
    let stored: Option<Token> = node.database().read(&id).await?;
    let active = stored.filter(|token| token.is_valid(now));
    if let Some(token) = &active {
        node.caches.put(CacheKind::Introspection, &id, token);
    }
    Ok(active)
}

/// Issues a new token.
pub(crate) async fn issue(node: &NodeState, request: TokenRequest<'_>) -> Result<Token, DatabaseError> {
    let now = clock::unix_seconds();
    let access_token = if request.application.issues_jwt { jwt(node, &request, now) } else { None };
    let is_jwt = access_token.is_some();
    let access_token = access_token.unwrap_or_else(|| node.ids.uuid());
    let token = Token {
        id: Token::id_of(&access_token),
        access_token,
        refresh_token: request.has_refresh_token.then(|| node.ids.uuid()),
        client_id: request.application.client_id.clone(),
        subject: request.subject,
        scope: request.scope.to_owned(),
        issued_at: now,
        is_active: true,
        is_jwt,
    };
    node.database().insert(&token).await?;
    Ok(token)
}

/// The token of an application itself. An opaque one is issued again until it expires or is revoked; of JSON Web Tokens, each
/// new one ends the one before.
pub(crate) async fn issue_to_client(
    node: &NodeState,
    application: &Application,
    scope: &str,
) -> Result<Token, DatabaseError> {
    let id = ClientToken::id_of(&application.client_id, scope);
    let now = clock::unix_seconds();
    let cached: Option<Token> = node.caches.get(CacheKind::ClientToken, &id);
    if let Some(cached) = cached.filter(|token| token.is_valid(now) && !token.is_jwt) {
        return Ok(cached);
    }
    let former: Option<ClientToken> = node.database().read(&id).await?;
    let former_token: Option<Token> = match &former {
        Some(former) => node.database().read(&former.token_id).await?,
        None => None,
    };
    if let Some(token) = former_token.filter(|token| token.is_valid(now)) {
        if !token.is_jwt && !application.issues_jwt {
            node.caches.put(CacheKind::ClientToken, &id, &token);
            return Ok(token);
        }
        revoke(node, token).await?;
    }
    let request = TokenRequest { application, subject: None, scope, has_refresh_token: false };
    let token = issue(node, request).await?;
    let record = ClientToken { id: id.clone(), token_id: token.id.clone() };
    if !node.database().update(&record).await? {
        // Of two nodes that do this at once, either token may be the one that is issued again.
        match node.database().insert(&record).await {
            Ok(()) | Err(DatabaseError::DuplicateKey) => {}
            Err(error) => return Err(error),
        }
    }
    node.invalidate(CacheKind::ClientToken, &id);
    node.caches.put(CacheKind::ClientToken, &id, &token);
    Ok(token)
}

/// Ends a token, with its refresh token.
pub(crate) async fn revoke(node: &NodeState, mut token: Token) -> Result<(), DatabaseError> {
    token.is_active = false;
    node.database().update(&token).await?;
    // In this order: a member that takes the token for inactive does not issue it again either.
    if token.subject.is_none() {
        node.invalidate(CacheKind::ClientToken, &ClientToken::id_of(&token.client_id, &token.scope));
    }
    node.invalidate(CacheKind::Introspection, &token.id);
    Ok(())
}

/// Ends all tokens of a client: its application was deleted.
pub(crate) async fn revoke_all(node: &NodeState, client_id: &str) -> Result<(), DatabaseError> {
    let tokens: Vec<Token> = node.database().list().await?;
    for token in tokens.into_iter().filter(|token| token.client_id == client_id && token.is_active) {
        revoke(node, token).await?;
    }
    Ok(())
}

/// A JSON Web Token (RFC 9068).
fn jwt(node: &NodeState, request: &TokenRequest<'_>, now: u64) -> Option<String> {
    let client = request.application.client_id.as_str();
    let mut claims = json!({
        "sub": request.subject.as_ref().map_or(client, |subject| subject.id.as_str()),
        "aut": authorized_entity(request.subject.as_ref()),
        "iss": node.issuer(), "client_id": client, "aud": client, "azp": client,
        "nbf": now, "iat": now, "exp": now + ACCESS_TOKEN_TTL_SECONDS, "jti": node.ids.uuid(),
    });
    if !request.scope.is_empty() {
        claims["scope"] = request.scope.into();
    }
    node.signing_key().sign("at+jwt", &claims)
}

/// Whether a token is one of an application or of a user, in IS's words.
pub(crate) fn authorized_entity(subject: Option<&Subject>) -> &'static str {
    if subject.is_some() { "APPLICATION_USER" } else { "APPLICATION" }
}

/// An id token (OpenID Connect Core section 2).
pub(crate) fn id_token(node: &NodeState, token: &Token, nonce: Option<&str>) -> Option<String> {
    let subject = token.subject.as_ref()?;
    let now = clock::unix_seconds();
    let mut claims = json!({
        "iss": node.issuer(), "sub": subject.id, "aud": token.client_id, "azp": token.client_id, "amr": ["BasicAuthenticator"],
        "nbf": now, "iat": now, "exp": now + ACCESS_TOKEN_TTL_SECONDS, "jti": node.ids.uuid(),
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    node.signing_key().sign("JWT", &claims)
}

/// The body of an answer with a token (RFC 6749 section 5.1).
pub(crate) fn token_document(node: &NodeState, token: &Token, nonce: Option<&str>) -> Value {
    let mut document = Map::new();
    document.insert("access_token".to_owned(), token.access_token.clone().into());
    if let Some(refresh_token) = &token.refresh_token {
        document.insert("refresh_token".to_owned(), refresh_token.clone().into());
    }
    if !token.scope.is_empty() {
        document.insert("scope".to_owned(), token.scope.clone().into());
    }
    if token.has_scope("openid")
        && let Some(id_token) = id_token(node, token, nonce)
    {
        document.insert("id_token".to_owned(), id_token.into());
    }
    document.insert("token_type".to_owned(), "Bearer".into());
    document.insert("expires_in".to_owned(), token.expires_at().saturating_sub(clock::unix_seconds()).into());
    Value::Object(document)
}
