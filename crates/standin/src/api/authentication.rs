//! Who sends a request: the account of Basic credentials, or the token of a bearer.

use crate::api::errors::{ErrorStyle, Rejection, forbidden, unauthorized};
use crate::api::issue;
use crate::database::DatabaseError;
use crate::http::call::{Credentials, HttpCall};
use crate::is_messages::{NO_CREDENTIALS, WRONG_CREDENTIALS};
use crate::node::NodeState;
use crate::records::user::User;

/// The sender of a request.
enum Caller {
    /// No credentials, or none that are understood.
    Anonymous,
    /// Credentials that are wrong.
    Unknown,
    User(User),
    /// An active access token. The stand-in grants no scopes of APIs.
    Token,
}

/// The user with this name and password.
pub(crate) async fn authenticate(
    node: &NodeState,
    user_name: &str,
    password: &str,
) -> Result<Option<User>, DatabaseError> {
    let user: Option<User> = node.database().find(&User::key_of_name(user_name)).await?;
    Ok(user.filter(|user| user.has_password(password)))
}

async fn identify(node: &NodeState, call: &HttpCall) -> Result<Caller, DatabaseError> {
    Ok(match call.credentials() {
        None => Caller::Anonymous,
        Some(Credentials::Basic { user, password }) => {
            authenticate(node, &user, &password).await?.map_or(Caller::Unknown, Caller::User)
        }
        Some(Credentials::Bearer(token)) => {
            if issue::find_active(node, &token).await?.is_some() {
                Caller::Token
            } else {
                Caller::Unknown
            }
        }
    })
}

/// The user of the request's Basic credentials.
pub(crate) async fn require_user(node: &NodeState, call: &HttpCall, style: ErrorStyle) -> Result<User, Rejection> {
    match identify(node, call).await? {
        Caller::Anonymous => Err(unauthorized(node, style, NO_CREDENTIALS).into()),
        Caller::Unknown => Err(unauthorized(node, style, WRONG_CREDENTIALS).into()),
        Caller::Token => Err(forbidden(node, style).into()),
        Caller::User(user) => Ok(user),
    }
}

/// The same, for a request that only an administrator may send.
pub(crate) async fn require_admin(node: &NodeState, call: &HttpCall, style: ErrorStyle) -> Result<User, Rejection> {
    let user = require_user(node, call, style).await?;
    if user.is_admin { Ok(user) } else { Err(forbidden(node, style).into()) }
}
