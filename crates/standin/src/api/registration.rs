//! `/api/identity/oauth2/dcr/v1.1/register`: dynamic client registration (RFC 7591).

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::application_document::texts;
use crate::api::authentication::require_admin;
use crate::api::errors::{ErrorStyle, Handled, unsupported};
use crate::api::{cached, issue};
use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::token::{ACCESS_TOKEN_TTL_SECONDS, REFRESH_TOKEN_TTL_SECONDS};

/// `/register` and `/register/{client id}`.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall, below: &[&str]) -> Handled {
    require_admin(node, call, ErrorStyle::Management).await?;
    match (&call.method, below) {
        (&Method::POST, []) => register(node, call).await,
        (&Method::GET, [client_id]) => Ok(match cached::client(node, client_id).await? {
            Some(application) => Answer::json(StatusCode::OK, &document(node, &application)),
            None => Answer::empty(StatusCode::UNAUTHORIZED),
        }),
        (&Method::DELETE, [client_id]) => {
            let key = Application::key_of_client(client_id);
            let Some(application) = node.database().find::<Application>(&key).await? else {
                return Ok(Answer::empty(StatusCode::UNAUTHORIZED));
            };
            node.database().delete::<Application>(&application.id).await?;
            cached::application_changed(node, &application);
            issue::revoke_all(node, client_id).await?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        _ => Ok(unsupported(node)),
    }
}

fn refused(node: &NodeState, description: &str) -> Answer {
    let trace = node.ids.uuid();
    let body = json!({"error": "invalid_client_metadata", "error_description": description, "traceId": trace});
    Answer::json(StatusCode::BAD_REQUEST, &body)
}

async fn register(node: &NodeState, call: &HttpCall) -> Handled {
    let request = call.json().unwrap_or_default();
    let Some(name) = request["client_name"].as_str().filter(|name| !name.is_empty()) else {
        return Ok(refused(node, "The request has no client_name."));
    };
    let client_id = request["ext_param_client_id"].as_str().map(str::to_owned);
    let application = Application {
        id: node.ids.uuid(),
        name: name.to_owned(),
        client_id: client_id.unwrap_or_else(|| node.ids.client_credential()),
        client_secret: node.ids.client_credential(),
        callbacks: texts(&request["redirect_uris"]),
        grant_types: texts(&request["grant_types"]),
        issues_jwt: request["token_type_extension"] == "JWT",
        is_public_client: request["ext_public_client"].as_bool().unwrap_or_default(),
        requires_pkce: request["ext_pkce_mandatory"].as_bool().unwrap_or_default(),
        ..Application::default()
    };
    match node.database().insert(&application).await {
        Ok(()) => Ok(Answer::json(StatusCode::CREATED, &document(node, &application))),
        Err(DatabaseError::DuplicateKey) => {
            Ok(refused(node, &format!("Application with the name {name} already exist in the system")))
        }
        Err(error) => Err(error.into()),
    }
}

fn document(node: &NodeState, application: &Application) -> Value {
    let mut document = json!({
        "client_id": application.client_id, "client_secret": application.client_secret, "client_secret_expires_at": 0,
        "redirect_uris": application.callbacks, "grant_types": application.grant_types, "client_name": application.name,
    });
    if !node.version().is_6() {
        document["ext_application_owner"] = format!("{}@carbon.super", node.cluster.admin_user).into();
        document["ext_application_token_lifetime"] = ACCESS_TOKEN_TTL_SECONDS.into();
        document["ext_user_token_lifetime"] = ACCESS_TOKEN_TTL_SECONDS.into();
        document["ext_refresh_token_lifetime"] = REFRESH_TOKEN_TTL_SECONDS.into();
        document["ext_pkce_mandatory"] = application.requires_pkce.into();
        document["ext_public_client"] = application.is_public_client.into();
        document["token_type_extension"] = if application.issues_jwt { "JWT".into() } else { "Default".into() };
    }
    document
}
