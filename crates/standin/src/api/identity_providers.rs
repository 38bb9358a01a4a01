//! `/api/server/v1/identity-providers`, whose authenticators have secrets that only the symmetric key of the node that stored
//! them can read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::authentication::require_admin;
use crate::api::cached;
use crate::api::errors::{ErrorStyle, Handled, Rejection, management_error, unexpected, unsupported};
use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::is_messages::{INVALID_REQUEST, UNREADABLE_SECRET};
use crate::node::NodeState;
use crate::records::identity_provider::{AuthenticatorProperty, FederatedAuthenticator, IdentityProvider};

/// How many identity providers a list has, and authenticators and properties a provider.
const MAX_LISTED: usize = 100;
/// A property with such a name is encrypted.
const SECRET_PROPERTIES: [&str; 3] = ["secret", "password", "privatekey"];

/// `/api/server/v1/identity-providers` and what is below it.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall, below: &[&str]) -> Handled {
    require_admin(node, call, ErrorStyle::Management).await?;
    match (&call.method, below) {
        (&Method::GET, []) => list(node).await,
        (&Method::POST, []) => create(node, call).await,
        (&Method::GET, [id]) => Ok(Answer::json(StatusCode::OK, &document(&read(node, id).await?))),
        (&Method::PATCH, [id]) => patch(node, call, id).await,
        (&Method::DELETE, [id]) => {
            node.database().delete::<IdentityProvider>(id).await?;
            cached::identity_provider_changed(node, id);
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (&Method::GET, [id, "federated-authenticators", authenticator]) => {
            let provider = read(node, id).await?;
            Ok(authenticator_answer(node, &provider, authenticator))
        }
        _ => Ok(unsupported(node)),
    }
}

fn missing(node: &NodeState, id: &str) -> Rejection {
    let description = format!("Unable to find a resource matching the provided identity provider identifier {id}.");
    management_error(node, StatusCode::NOT_FOUND, "IDP-60002", "Resource not found.", &description).into()
}

fn bad_request(node: &NodeState, description: &str) -> Answer {
    management_error(node, StatusCode::BAD_REQUEST, "IDP-60001", INVALID_REQUEST, description)
}

async fn read(node: &NodeState, id: &str) -> Result<IdentityProvider, Rejection> {
    cached::identity_provider(node, id).await?.ok_or_else(|| missing(node, id))
}

async fn create(node: &NodeState, call: &HttpCall) -> Handled {
    let request = call.json().unwrap_or_default();
    let Some(name) = request["name"].as_str().filter(|name| !name.is_empty()) else {
        return Ok(bad_request(node, "The request has no name."));
    };
    let claims = &request["claims"];
    if node.version().is_6() && claims.is_object() && claims.get("provisioningClaims").is_none() {
        return Ok(unexpected(node));
    }
    let federated = &request["federatedAuthenticators"];
    let authenticators = federated["authenticators"].as_array().into_iter().flatten().take(MAX_LISTED);
    let provider = IdentityProvider {
        id: node.ids.uuid(),
        name: name.to_owned(),
        description: request["description"].as_str().unwrap_or_default().to_owned(),
        is_enabled: true,
        default_authenticator: federated["defaultAuthenticatorId"].as_str().unwrap_or_default().to_owned(),
        authenticators: authenticators.filter_map(|entry| authenticator(node, entry)).collect(),
        claims: claims.clone(),
    };
    match node.database().insert(&provider).await {
        Ok(()) => {
            let location = node.public_url(&format!("/api/server/v1/identity-providers/{}", provider.id));
            Ok(Answer::json(StatusCode::CREATED, &document(&provider)).header(LOCATION, &location))
        }
        Err(DatabaseError::DuplicateKey) => {
            let description = format!("Identity provider with name {name} already exists.");
            let (code, message) = ("IDP-60003", "Identity provider already exists.");
            Ok(management_error(node, StatusCode::CONFLICT, code, message, &description))
        }
        Err(error) => Err(error.into()),
    }
}

/// An authenticator of a request, with its secrets as this node encrypts them.
fn authenticator(node: &NodeState, entry: &Value) -> Option<FederatedAuthenticator> {
    let id = entry["authenticatorId"].as_str()?;
    let name = URL_SAFE_NO_PAD.decode(id).ok().and_then(|name| String::from_utf8(name).ok())?;
    let property = |entry: &Value| {
        let key = entry["key"].as_str()?;
        let is_secret = SECRET_PROPERTIES.iter().any(|part| key.to_lowercase().contains(part));
        Some(AuthenticatorProperty {
            key: key.to_owned(),
            value: entry["value"].as_str()?.to_owned(),
            encrypted_with: is_secret.then(|| node.symmetric_key()),
        })
    };
    let properties = entry["properties"].as_array().into_iter().flatten().take(MAX_LISTED);
    Some(FederatedAuthenticator {
        id: id.to_owned(),
        name,
        is_enabled: entry["isEnabled"].as_bool().unwrap_or(true),
        properties: properties.filter_map(property).collect(),
    })
}

/// PATCH takes a list of operations on members of the document.
async fn patch(node: &NodeState, call: &HttpCall, id: &str) -> Handled {
    let stored: Option<IdentityProvider> = node.database().read(id).await?;
    let Some(mut provider) = stored else { return Err(missing(node, id)) };
    let Some(Value::Array(operations)) = call.json() else {
        return Ok(bad_request(node, "The request is not a list of operations."));
    };
    for operation in operations.iter().take(MAX_LISTED) {
        let value = &operation["value"];
        match operation["path"].as_str() {
            Some("/description") => provider.description = value.as_str().unwrap_or_default().to_owned(),
            Some("/isEnabled") => provider.is_enabled = *value == true || *value == "true",
            _ => return Ok(bad_request(node, "The stand-in changes /description and /isEnabled alone.")),
        }
    }
    node.database().update(&provider).await?;
    cached::identity_provider_changed(node, id);
    Ok(Answer::json(StatusCode::OK, &document(&provider)))
}

async fn list(node: &NodeState) -> Handled {
    let providers: Vec<IdentityProvider> = node.database().list().await?;
    let entries: Vec<Value> = providers.iter().take(MAX_LISTED).map(document).collect();
    let document = json!({
        "totalResults": providers.len(), "startIndex": 1, "count": entries.len(), "identityProviders": entries, "links": [],
    });
    Ok(Answer::json(StatusCode::OK, &document))
}

fn document(provider: &IdentityProvider) -> Value {
    let authenticator = |entry: &FederatedAuthenticator| json!({"authenticatorId": entry.id, "name": entry.name, "isEnabled": entry.is_enabled});
    let authenticators: Vec<Value> = provider.authenticators.iter().map(authenticator).collect();
    json!({
        "id": provider.id, "name": provider.name, "description": provider.description,
        "isEnabled": provider.is_enabled, "isPrimary": false, "claims": provider.claims,
        "federatedAuthenticators": {
            "defaultAuthenticatorId": provider.default_authenticator, "authenticators": authenticators,
        },
    })
}

/// One authenticator with its secrets, or 500 where another key has encrypted them.
fn authenticator_answer(node: &NodeState, provider: &IdentityProvider, id: &str) -> Answer {
    let Some(authenticator) = provider.authenticators.iter().find(|authenticator| authenticator.id == id) else {
        let description = format!("Unable to find the federated authenticator with identifier {id}.");
        return management_error(node, StatusCode::NOT_FOUND, "IDP-60022", "Resource not found.", &description);
    };
    let key = node.symmetric_key();
    let is_readable =
        |property: &AuthenticatorProperty| property.encrypted_with.as_ref().is_none_or(|with| *with == key);
    if !authenticator.properties.iter().all(is_readable) {
        let description =
            format!("Server encountered an error while retrieving the federated authenticator with identifier {id}");
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return management_error(node, status, "IDP-65027", UNREADABLE_SECRET, &description);
    }
    let property = |property: &AuthenticatorProperty| json!({"key": property.key, "value": property.value});
    let properties: Vec<Value> = authenticator.properties.iter().map(property).collect();
    Answer::json(
        StatusCode::OK,
        &json!({
            "authenticatorId": authenticator.id, "name": authenticator.name, "isEnabled": authenticator.is_enabled,
            "isDefault": provider.default_authenticator == authenticator.id, "properties": properties,
        }),
    )
}
