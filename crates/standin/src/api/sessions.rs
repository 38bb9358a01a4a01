//! `/api/users/v1/me/sessions`: the sessions of the user who asks, with the addresses of their browsers.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::authentication::require_user;
use crate::api::cached;
use crate::api::errors::{ErrorStyle, Handled, unsupported};
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::node::NodeState;
use crate::records::sign_in::SignInSession;

/// How many sessions a list has at most.
const MAX_LISTED: usize = 100;

/// `/api/users/v1/me/sessions` and `/api/users/v1/me/sessions/{id}`.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall, below: &[&str]) -> Handled {
    let user = require_user(node, call, ErrorStyle::Management).await?;
    let mut sessions: Vec<SignInSession> = node.database().list().await?;
    sessions.retain(|session| session.subject.id == user.id);
    match (&call.method, below) {
        (&Method::GET, []) => {
            let mut entries = Vec::new();
            for session in sessions.iter().take(MAX_LISTED) {
                entries.push(entry(node, session).await?);
            }
            Ok(Answer::json(StatusCode::OK, &json!({"userId": user.id, "sessions": entries})))
        }
        (&Method::DELETE, _) => {
            let id = below.first().copied();
            for session in sessions.iter().filter(|session| id.is_none_or(|id| session.id == id)) {
                node.database().delete::<SignInSession>(&session.id).await?;
            }
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        _ => Ok(unsupported(node)),
    }
}

async fn entry(node: &NodeState, session: &SignInSession) -> Result<Value, crate::database::DatabaseError> {
    let mut applications = Vec::new();
    for client_id in &session.clients {
        if let Some(application) = cached::client(node, client_id).await? {
            let subject = &session.subject.user_name;
            applications.push(json!({"subject": subject, "appName": application.name, "appId": application.id}));
        }
    }
    Ok(json!({
        "applications": applications, "userAgent": session.user_agent, "ip": session.address,
        "loginTime": session.login_time.to_string(), "lastAccessTime": session.last_access_time.to_string(),
        "id": session.id,
    }))
}
