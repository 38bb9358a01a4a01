//! `/oidc/logout`: ends the session of a browser on all nodes.

use serde_json::Value;

use crate::api::authorize::error_page;
use crate::api::cached;
use crate::api::errors::{Handled, Rejection};
use crate::api::parameters::append_query;
use crate::api::sign_in::{self, SESSION_COOKIE};
use crate::http::answer::Answer;
use crate::http::call::{HttpCall, Parameters};
use crate::is_messages::{LOGOUT_CALLBACK_MISMATCH, UNREADABLE_ID_TOKEN};
use crate::node::NodeState;
use crate::records::sign_in::SignInSession;

/// `GET` or `POST /oidc/logout`.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall) -> Handled {
    let parameters = call.parameters();
    if let Some(hint) = parameters.get("id_token_hint") {
        return match node.signing_key().verify(hint) {
            Some(claims) => with_hint(node, call, &parameters, &claims).await,
            None => Ok(error_page(node, "access_denied", UNREADABLE_ID_TOKEN)),
        };
    }
    let session = sign_in::session(node, call).await?;
    let is_confirmed = parameters.get("consent").is_some_and(|consent| consent.starts_with("approve"));
    if session.is_some() && !is_confirmed {
        let path = append_query(
            "/authenticationendpoint/oauth2_logout_consent.do",
            &[("sessionDataKeyConsent", &node.ids.uuid())],
        );
        return Ok(Answer::redirect(&node.redirect_url(&path)));
    }
    end_session(node, call, logged_out(node)).await
}

async fn with_hint(node: &NodeState, call: &HttpCall, parameters: &Parameters, claims: &Value) -> Handled {
    let Some(uri) = parameters.get("post_logout_redirect_uri") else {
        return end_session(node, call, logged_out(node)).await;
    };
    let client_id = claims["aud"].as_str().unwrap_or_default();
    let application = cached::client(node, client_id).await?;
    if !application.is_some_and(|application| application.accepts_callback(uri)) {
        return Ok(error_page(node, "access_denied", LOGOUT_CALLBACK_MISMATCH));
    }
    let correlation = correlation_id(node);
    let mut further: Vec<(&str, &str)> = Vec::new();
    further.extend(parameters.get("state").map(|state| ("state", state)));
    further.extend(correlation.as_deref().map(|id| ("crId", id)));
    end_session(node, call, Answer::redirect(&append_query(uri, &further))).await
}

fn correlation_id(node: &NodeState) -> Option<String> {
    node.version().adds_correlation_ids().then(|| node.ids.uuid())
}

/// A redirect to the page that confirms a logout.
fn logged_out(node: &NodeState) -> Answer {
    let correlation = correlation_id(node);
    let parameters: Vec<(&str, &str)> = correlation.as_deref().map(|id| ("crId", id)).into_iter().collect();
    let path = append_query("/authenticationendpoint/oauth2_logout.do", &parameters);
    Answer::redirect(&node.redirect_url(&path))
}

async fn end_session(node: &NodeState, call: &HttpCall, answer: Answer) -> Result<Answer, Rejection> {
    let Some(cookie) = call.cookie(SESSION_COOKIE) else { return Ok(answer) };
    node.database().delete::<SignInSession>(&SignInSession::id_of(cookie)).await?;
    Ok(answer.cookie(SESSION_COOKIE, ""))
}
