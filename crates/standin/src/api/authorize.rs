//! `/oauth2/authorize`: begins a sign-in, continues it after the login page and the consent page, and issues the code.

use hyper::{Method, StatusCode};

use crate::api::errors::{Handled, Rejection};
use crate::api::parameters::append_query;
use crate::api::{cached, sign_in};
use crate::clock;
use crate::digest::hex_sha256;
use crate::http::answer::Answer;
use crate::http::call::{HttpCall, Parameters};
use crate::is_messages::{
    CONSENT_DENIED, NO_REDIRECT_URI_6, NO_REDIRECT_URI_7, NO_RESPONSE_TYPE, PKCE_REQUIRED, UNKNOWN_CLIENT,
    UNKNOWN_SIGN_IN, UNREGISTERED_CALLBACK,
};
use crate::node::NodeState;
use crate::records::application::Application;
use crate::records::sign_in::SignInRequest;
use crate::records::token::{AuthorizationCode, Subject};

/// A redirect to the page about errors.
pub(crate) fn error_page(node: &NodeState, code: &str, message: &str) -> Answer {
    let correlation = node.version().adds_correlation_ids().then(|| node.ids.uuid());
    let mut parameters = vec![("oauthErrorCode", code), ("oauthErrorMsg", message)];
    parameters.extend(correlation.as_deref().map(|id| ("crId", id)));
    let path = append_query("/authenticationendpoint/oauth2_error.do", &parameters);
    Answer::redirect(&node.redirect_url(&path))
}

/// `GET` or `POST /oauth2/authorize`.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall) -> Handled {
    if call.method != Method::GET && call.method != Method::POST {
        return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED));
    }
    let parameters = call.parameters();
    if let Some(key) = parameters.get("sessionDataKeyConsent") {
        return consented(node, key, parameters.get("consent")).await;
    }
    if let Some(key) = parameters.get("sessionDataKey") {
        return signed_in(node, key).await;
    }
    let (application, mut request) = match begin(node, &parameters).await? {
        Ok(begin) => begin,
        Err(answer) => return Ok(answer),
    };
    let prompt = parameters.get("prompt");
    let session = match prompt {
        Some("login") => None,
        _ => sign_in::session(node, call).await?,
    };
    if let Some(mut session) = session {
        sign_in::record_access(node, &mut session, &request.client_id).await?;
        request.subject = Some(session.subject);
        node.database().insert(&request).await?;
        return finish(node, &application, request).await;
    }
    if prompt == Some("none") {
        return Ok(to_client(
            &request,
            &[("error_description", "Authentication required"), ("error", "login_required")],
        ));
    }
    node.database().insert(&request).await?;
    Ok(sign_in::login_page(node, &request, &application.name, &[]))
}

/// The request to authorize, once it is known that the client may be redirected to.
async fn begin(
    node: &NodeState,
    parameters: &Parameters,
) -> Result<Result<(Application, SignInRequest), Answer>, Rejection> {
    let Some(redirect_uri) = parameters.get("redirect_uri") else {
        let message = if node.version().is_6() { NO_REDIRECT_URI_6 } else { NO_REDIRECT_URI_7 };
        return Ok(Err(error_page(node, "invalid_request", message)));
    };
    let client_id = parameters.text("client_id");
    let Some(application) = cached::client(node, &client_id).await? else {
        let message = format!("{UNKNOWN_CLIENT}{client_id}");
        return Ok(Err(error_page(node, "invalid_client", &message)));
    };
    if !application.accepts_callback(redirect_uri) {
        return Ok(Err(error_page(node, "invalid_callback", UNREGISTERED_CALLBACK)));
    }
    let challenge = parameters.get("code_challenge").map(|challenge| {
        let is_hash = parameters.get("code_challenge_method") == Some("S256");
        (challenge.to_owned(), is_hash)
    });
    let request = SignInRequest {
        id: node.ids.uuid(),
        client_id,
        redirect_uri: redirect_uri.to_owned(),
        scope: parameters.text("scope"),
        state: parameters.get("state").map(str::to_owned),
        nonce: parameters.get("nonce").map(str::to_owned),
        challenge,
        subject: None,
    };
    let problem = match parameters.get("response_type") {
        Some("code") if application.requires_pkce && request.challenge.is_none() => PKCE_REQUIRED,
        Some("code") => return Ok(Ok((application, request))),
        _ => NO_RESPONSE_TYPE,
    };
    Ok(Err(to_client(&request, &[("error_description", problem), ("error", "invalid_request")])))
}

/// A redirect back to the client.
fn to_client(request: &SignInRequest, parameters: &[(&str, &str)]) -> Answer {
    let mut parameters = parameters.to_vec();
    parameters.extend(request.state.as_deref().map(|state| ("state", state)));
    Answer::redirect(&append_query(&request.redirect_uri, &parameters))
}

/// After the login page.
async fn signed_in(node: &NodeState, key: &str) -> Handled {
    let request: Option<SignInRequest> = node.database().read(key).await?;
    let Some(request) = request.filter(|request| request.subject.is_some()) else {
        return Ok(error_page(node, "invalid_request", UNKNOWN_SIGN_IN));
    };
    match cached::client(node, &request.client_id).await? {
        Some(application) => finish(node, &application, request).await,
        None => Ok(error_page(node, "invalid_client", &format!("{UNKNOWN_CLIENT}{}", request.client_id))),
    }
}

/// After the consent page.
async fn consented(node: &NodeState, key: &str, consent: Option<&str>) -> Handled {
    let request: Option<SignInRequest> = node.database().read(key).await?;
    let subject = request.as_ref().and_then(|request| request.subject.clone());
    let (Some(request), Some(subject)) = (request, subject) else {
        return Ok(error_page(node, "invalid_request", UNKNOWN_SIGN_IN));
    };
    if consent.is_some_and(|consent| consent.starts_with("approve")) {
        return grant(node, request, subject).await;
    }
    node.database().delete::<SignInRequest>(&request.id).await?;
    Ok(to_client(&request, &[("error_description", CONSENT_DENIED), ("error", "access_denied")]))
}

/// The consent page, or the code where the application needs no consent.
async fn finish(node: &NodeState, application: &Application, request: SignInRequest) -> Handled {
    match request.subject.clone() {
        Some(subject) if application.skips_login_consent => grant(node, request, subject).await,
        _ => {
            let parameters = [
                ("sessionDataKeyConsent", request.id.as_str()),
                ("application", application.name.as_str()),
                ("scope", request.scope.as_str()),
            ];
            let path = append_query("/authenticationendpoint/oauth2_consent.do", &parameters);
            Ok(Answer::redirect(&node.redirect_url(&path)))
        }
    }
}

/// The redirect to the client with a code.
async fn grant(node: &NodeState, request: SignInRequest, subject: Subject) -> Handled {
    let code = node.ids.uuid();
    let record = AuthorizationCode {
        id: hex_sha256(&code),
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        subject,
        scope: request.scope.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        issued_at: clock::unix_seconds(),
        is_used: false,
    };
    cached::insert_authorization_code(node, &record).await?;
    node.database().delete::<SignInRequest>(&request.id).await?;
    let session_state = format!("{}.{}", hex_sha256(&record.client_id), node.ids.client_credential());
    Ok(to_client(&request, &[("code", &code), ("session_state", &session_state)]))
}
