//! Reading through the caches of a node, and what a change must remove from those of all members.

use crate::cache::CacheKind;
use crate::database::{DatabaseError, StoredRecord};
use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::identity_provider::IdentityProvider;
use crate::records::token::AuthorizationCode;

async fn read<T: StoredRecord>(node: &NodeState, kind: CacheKind, id: &str) -> Result<Option<T>, DatabaseError> {
    if let Some(cached) = node.caches.get(kind, id) {
        return Ok(Some(cached));
    }
    let stored: Option<T> = node.database().read(id).await?;
    if let Some(stored) = &stored {
        node.caches.put(kind, id, stored);
    }
    Ok(stored)
}

/// An application by its id.
pub(crate) async fn application(node: &NodeState, id: &str) -> Result<Option<Application>, DatabaseError> {
    read(node, CacheKind::Application, id).await
}

/// An application by its client id.
pub(crate) async fn client(node: &NodeState, client_id: &str) -> Result<Option<Application>, DatabaseError> {
    if let Some(cached) = node.caches.get(CacheKind::Client, client_id) {
        return Ok(Some(cached));
    }
    let stored: Option<Application> = node.database().find(&Application::key_of_client(client_id)).await?;
    if let Some(stored) = &stored {
        node.caches.put(CacheKind::Client, client_id, stored);
    }
    Ok(stored)
}

/// This node has changed or deleted the application.
pub(crate) fn application_changed(node: &NodeState, application: &Application) {
    node.invalidate(CacheKind::Application, &application.id);
    node.invalidate(CacheKind::Client, &application.client_id);
}

/// An identity provider by its id.
pub(crate) async fn identity_provider(node: &NodeState, id: &str) -> Result<Option<IdentityProvider>, DatabaseError> {
    read(node, CacheKind::IdentityProvider, id).await
}

/// This node has changed or deleted the identity provider.
pub(crate) fn identity_provider_changed(node: &NodeState, id: &str) {
    node.invalidate(CacheKind::IdentityProvider, id);
}

/// An authorization code by its id. The node that has issued it has it cached, too.
pub(crate) async fn authorization_code(node: &NodeState, id: &str) -> Result<Option<AuthorizationCode>, DatabaseError> {
    read(node, CacheKind::AuthorizationCode, id).await
}

/// Stores a new authorization code.
pub(crate) async fn insert_authorization_code(node: &NodeState, code: &AuthorizationCode) -> Result<(), DatabaseError> {
    node.database().insert(code).await?;
    node.caches.put(CacheKind::AuthorizationCode, &code.id, code);
    Ok(())
}

/// This node has accepted the code.
pub(crate) async fn use_authorization_code(node: &NodeState, mut code: AuthorizationCode) -> Result<(), DatabaseError> {
    code.is_used = true;
    node.database().update(&code).await?;
    node.invalidate(CacheKind::AuthorizationCode, &code.id);
    Ok(())
}
