//! `/commonauth`, to which the login page posts, and the session of a browser, which every node reads from the database.

use hyper::StatusCode;

use crate::api::authentication::authenticate;
use crate::api::cached;
use crate::api::errors::Handled;
use crate::api::parameters::append_query;
use crate::clock;
use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::node::NodeState;
use crate::records::sign_in::{SignInRequest, SignInSession};
use crate::records::token::Subject;

/// The cookie of a session, in IS's name.
pub(crate) const SESSION_COOKIE: &str = "commonAuthId";
/// How much of a User-Agent header is stored, in characters.
const MAX_USER_AGENT_CHARS: usize = 256;
/// How many applications of a session are listed.
const MAX_SESSION_CLIENTS: usize = 64;

fn unix_millis() -> u64 {
    u64::try_from(clock::unix_time().as_millis()).unwrap_or_default()
}

/// A redirect to the login page.
pub(crate) fn login_page(
    node: &NodeState,
    request: &SignInRequest,
    application: &str,
    further: &[(&str, &str)],
) -> Answer {
    let mut parameters = vec![
        ("client_id", request.client_id.as_str()),
        ("commonAuthCallerPath", "/oauth2/authorize"),
        ("forceAuth", "false"),
        ("passiveAuth", "false"),
        ("redirect_uri", request.redirect_uri.as_str()),
        ("response_type", "code"),
        ("scope", request.scope.as_str()),
        ("tenantDomain", "carbon.super"),
        ("sessionDataKey", request.id.as_str()),
        ("relyingParty", request.client_id.as_str()),
        ("type", "oidc"),
        ("sp", application),
        ("isSaaSApp", "false"),
        ("authenticators", "BasicAuthenticator:LOCAL"),
    ];
    parameters.extend_from_slice(further);
    let path = append_query("/authenticationendpoint/login.do", &parameters);
    Answer::redirect(&node.redirect_url(&path))
}

/// The session of the browser that sent the request.
pub(crate) async fn session(node: &NodeState, call: &HttpCall) -> Result<Option<SignInSession>, DatabaseError> {
    match call.cookie(SESSION_COOKIE) {
        Some(cookie) => node.database().read(&SignInSession::id_of(cookie)).await,
        None => Ok(None),
    }
}

/// The session was used for an application.
pub(crate) async fn record_access(
    node: &NodeState,
    session: &mut SignInSession,
    client_id: &str,
) -> Result<(), DatabaseError> {
    session.last_access_time = unix_millis();
    if session.clients.len() < MAX_SESSION_CLIENTS && !session.clients.iter().any(|client| client == client_id) {
        session.clients.push(client_id.to_owned());
    }
    node.database().update(session).await.map(drop)
}

/// `POST /commonauth`.
pub(crate) async fn common_auth(node: &NodeState, call: &HttpCall) -> Handled {
    let form = call.form();
    let request: Option<SignInRequest> = match form.get("sessionDataKey") {
        Some(key) => node.database().read(key).await?,
        None => None,
    };
    let Some(mut request) = request else {
        let parameters = [("status", "Authentication Error!"), ("statusMsg", "Something went wrong.")];
        let path = append_query("/authenticationendpoint/retry.do", &parameters);
        return Ok(Answer::redirect(&node.redirect_url(&path)));
    };
    let user = authenticate(node, &form.text("username"), &form.text("password")).await?;
    let Some(user) = user else {
        let application = cached::client(node, &request.client_id).await?.map(|application| application.name);
        let further = [("authFailure", "true"), ("authFailureMsg", "login.fail.message")];
        return Ok(login_page(node, &request, &application.unwrap_or_default(), &further));
    };
    let subject = Subject { id: user.id, user_name: user.user_name };
    let (cookie, now) = (node.ids.uuid(), unix_millis());
    let user_agent = call.header(hyper::header::USER_AGENT).unwrap_or_default();
    let session = SignInSession {
        id: SignInSession::id_of(&cookie),
        subject: subject.clone(),
        address: call.client_address(),
        user_agent: user_agent.chars().take(MAX_USER_AGENT_CHARS).collect(),
        login_time: now,
        last_access_time: now,
        clients: vec![request.client_id.clone()],
    };
    node.database().insert(&session).await?;
    request.subject = Some(subject);
    if !node.database().update(&request).await? {
        return Ok(Answer::empty(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let path = append_query("/oauth2/authorize", &[("sessionDataKey", &request.id)]);
    Ok(Answer::redirect(&node.redirect_url(&path)).cookie(SESSION_COOKIE, &cookie))
}
