//! `/api/server/v1/applications`.

use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::authentication::require_admin;
use crate::api::errors::{ErrorStyle, Handled, Rejection, management_error, unexpected, unsupported};
use crate::api::{application_document, cached, issue};
use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::is_messages::INVALID_REQUEST;
use crate::node::NodeState;
use crate::records::application::Application;

/// How many applications a list has at most.
const MAX_LISTED: usize = 100;
/// What `:path` has where the API names the OIDC settings.
const OIDC: [&str; 2] = ["inbound-protocols", "oidc"];

/// `/api/server/v1/applications` and what is below it.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall, below: &[&str]) -> Handled {
    require_admin(node, call, ErrorStyle::Management).await?;
    match (&call.method, below) {
        (&Method::GET, []) => list(node, call).await,
        (&Method::POST, []) => create(node, call).await,
        (&Method::GET, [id]) => {
            let application = read(node, id).await?;
            Ok(Answer::json(StatusCode::OK, &application_document::document(node, &application)))
        }
        (&Method::PATCH | &Method::PUT, [id]) => {
            let mut application = stored(node, id).await?;
            application_document::apply(&mut application, &body(node, call)?);
            update(node, &application).await
        }
        (&Method::DELETE, [id]) => {
            let application = stored(node, id).await?;
            node.database().delete::<Application>(id).await?;
            cached::application_changed(node, &application);
            issue::revoke_all(node, &application.client_id).await?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (&Method::GET, [id, rest @ ..]) if rest == OIDC.as_slice() => {
            let application = read(node, id).await?;
            Ok(Answer::json(StatusCode::OK, &application_document::oidc(&application)))
        }
        (&Method::PUT, [id, rest @ ..]) if rest == OIDC.as_slice() => put_oidc(node, call, id).await,
        _ => Ok(unsupported(node)),
    }
}

fn body(node: &NodeState, call: &HttpCall) -> Result<Value, Rejection> {
    let bad_request = || {
        let (code, message) = ("APP-60001", INVALID_REQUEST);
        management_error(node, StatusCode::BAD_REQUEST, code, message, "The request has no JSON object.")
    };
    call.json().filter(Value::is_object).ok_or_else(|| bad_request().into())
}

fn missing(node: &NodeState, id: &str) -> Rejection {
    let description = format!("Application cannot be found for the provided id: {id} in tenantDomain: carbon.super");
    management_error(node, StatusCode::NOT_FOUND, "APP-60006", "Application not found.", &description).into()
}

/// The application as this node has cached it.
async fn read(node: &NodeState, id: &str) -> Result<Application, Rejection> {
    cached::application(node, id).await?.ok_or_else(|| missing(node, id))
}

/// The application as it is stored, for changes.
async fn stored(node: &NodeState, id: &str) -> Result<Application, Rejection> {
    let application: Option<Application> = node.database().read(id).await?;
    application.ok_or_else(|| missing(node, id))
}

async fn create(node: &NodeState, call: &HttpCall) -> Handled {
    let document = body(node, call)?;
    let mut application = Application {
        id: node.ids.uuid(),
        client_id: node.ids.client_credential(),
        client_secret: node.ids.client_credential(),
        ..Application::default()
    };
    application_document::apply(&mut application, &document);
    if application.name.is_empty() {
        let description = "The request has no name.";
        return Ok(management_error(node, StatusCode::BAD_REQUEST, "APP-60001", INVALID_REQUEST, description));
    }
    match node.database().insert(&application).await {
        Ok(()) => {
            let location = application_document::location(node, &application.id);
            Ok(Answer::empty(StatusCode::CREATED).header(LOCATION, &location))
        }
        Err(DatabaseError::DuplicateKey) => {
            let name = &application.name;
            let description =
                format!("An application with name: '{name}' already exists in tenantDomain: carbon.super");
            let (code, message) = ("APP-60007", "Error creating application.");
            Ok(management_error(node, StatusCode::CONFLICT, code, message, &description))
        }
        Err(error) => Err(error.into()),
    }
}

async fn update(node: &NodeState, application: &Application) -> Handled {
    match node.database().update(application).await {
        Ok(_) => {
            cached::application_changed(node, application);
            Ok(Answer::empty(StatusCode::OK))
        }
        Err(DatabaseError::DuplicateKey) => Ok(unexpected(node)),
        Err(error) => Err(error.into()),
    }
}

async fn put_oidc(node: &NodeState, call: &HttpCall, id: &str) -> Handled {
    let mut application = stored(node, id).await?;
    let document = body(node, call)?;
    if node.version().needs_client_secret_in_put() && document["clientSecret"].as_str().is_none() {
        let (code, message) = ("APP-60001", INVALID_REQUEST);
        let description = "The client secret is missing.";
        return Ok(management_error(node, StatusCode::BAD_REQUEST, code, message, description));
    }
    application_document::apply_oidc(&mut application, &document);
    update(node, &application).await
}

/// Lists are searched in the database, in IS too.
async fn list(node: &NodeState, call: &HttpCall) -> Handled {
    let mut applications: Vec<Application> = node.database().list().await?;
    if let Some(name) = call.query.get("filter").and_then(|filter| filter.trim().strip_prefix("name eq ")) {
        let name = name.trim().trim_matches('"');
        applications.retain(|application| application.name == name);
    }
    let total = applications.len();
    applications.truncate(MAX_LISTED);
    let entry = |application: &Application| application_document::list_entry(node, application);
    let entries: Vec<Value> = applications.iter().map(entry).collect();
    let document = json!({
        "totalResults": total, "startIndex": 1, "count": entries.len(), "applications": entries, "links": [],
    });
    Ok(Answer::json(StatusCode::OK, &document))
}
