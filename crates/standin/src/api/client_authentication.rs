//! The client of a request to the token endpoint.

use hyper::StatusCode;

use crate::api::cached;
use crate::api::errors::{Rejection, oauth_error};
use crate::http::call::{Credentials, HttpCall, Parameters};
use crate::is_messages::{NO_CLIENT, UNKNOWN_CLIENT, WRONG_CLIENT};
use crate::node::NodeState;
use crate::records::application::Application;

/// The application whose client sent the request, with its secret in Basic credentials or in the form. A public client has
/// none.
pub(crate) async fn require_client(
    node: &NodeState,
    call: &HttpCall,
    form: &Parameters,
) -> Result<Application, Rejection> {
    let refused = |description: &str| oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", description);
    let (client_id, secret) = match call.credentials() {
        Some(Credentials::Basic { user, password }) => (user, Some(password)),
        _ => (form.text("client_id"), form.get("client_secret").map(str::to_owned)),
    };
    if client_id.is_empty() {
        return Err(refused(NO_CLIENT).into());
    }
    let Some(application) = cached::client(node, &client_id).await? else {
        if node.version().hides_unknown_clients() {
            return Err(refused(WRONG_CLIENT).into());
        }
        return Err(refused(&format!("{UNKNOWN_CLIENT}{client_id}")).into());
    };
    let is_accepted = match secret {
        Some(secret) => secret == application.client_secret,
        None => application.is_public_client,
    };
    if is_accepted { Ok(application) } else { Err(refused(WRONG_CLIENT).into()) }
}
