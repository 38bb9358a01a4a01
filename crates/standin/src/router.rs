//! Which handler answers which path, and how a fault of the node delays or replaces its answer.

use hyper::{Method, StatusCode};

use crate::api::errors::{Handled, Rejection, unexpected};
use crate::api::{
    applications, authorize, discovery, disturbance, health, identity_providers, introspection, logout, pages,
    registration, scim_users, sessions, sign_in, tokens,
};
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::node::NodeState;
use crate::request_log::AnsweredRequest;

/// Answers a request, and records that it was answered.
pub(crate) async fn answer(node: &NodeState, call: &HttpCall) -> Answer {
    if let Some(delay) = node.faults().slow {
        tokio::time::sleep(delay).await;
    }
    let segments = call.segments();
    let answer = match disturbance::answer(node, &segments).await {
        Some(answer) => answer,
        None => handled(node, route(node, call, &segments).await),
    };
    node.requests.record(AnsweredRequest {
        method: call.method.to_string(),
        path: call.path.clone(),
        status: answer.status().as_u16(),
    });
    answer
}

fn handled(node: &NodeState, handled: Handled) -> Answer {
    match handled {
        Ok(answer) => answer,
        Err(Rejection::Answer(answer)) => *answer,
        Err(Rejection::Database(error)) => {
            tracing::warn!(node = node.name, %error, "a stand-in answers 500");
            unexpected(node)
        }
    }
}

async fn route(node: &NodeState, call: &HttpCall, segments: &[&str]) -> Handled {
    match segments {
        [] => Ok(pages::root(node, call)),
        ["console", ..] => Ok(pages::titled(node, call, "Console")),
        ["myaccount", ..] => Ok(pages::titled(node, call, "My Account")),
        ["carbon"] => Ok(pages::management_console(node, call)),
        ["carbon", ..] => Ok(pages::titled(node, call, "Management console")),
        ["authenticationendpoint", page] => Ok(page_of_sign_in(node, call, page)),
        ["accountrecoveryendpoint", ..] => Ok(pages::titled(node, call, "Account recovery")),
        ["commonauth"] => sign_in::common_auth(node, call).await,
        ["oauth2", "authorize"] => authorize::answer(node, call).await,
        ["oauth2", "token"] => tokens::token(node, call).await,
        ["oauth2", "token" | "oidcdiscovery", ".well-known", "openid-configuration"] => {
            Ok(discovery::configuration(node))
        }
        ["oauth2", "jwks"] => Ok(discovery::public_keys(node)),
        ["oauth2", "introspect"] => introspection::introspect(node, call).await,
        ["oauth2", "revoke"] => tokens::revoke(node, call).await,
        ["oauth2", "userinfo"] => introspection::user_info(node, call).await,
        ["oidc", "logout"] => logout::answer(node, call).await,
        ["scim2", "Users"] => scim_users::collection(node, call).await,
        ["scim2", "Users", id] => scim_users::single(node, call, id).await,
        ["scim2", "Me"] => scim_users::me(node, call).await,
        ["api", "health-check", "v1.0", "health"] if call.method == Method::GET => Ok(health::answer(node)),
        ["api", "server", "v1", "applications", below @ ..] => applications::answer(node, call, below).await,
        ["api", "server", "v1", "identity-providers", below @ ..] => {
            identity_providers::answer(node, call, below).await
        }
        ["api", "identity", "oauth2", "dcr", "v1.1", "register", below @ ..] => {
            registration::answer(node, call, below).await
        }
        ["api", "users", "v1", "me", "sessions", below @ ..] => sessions::answer(node, call, below).await,
        ["services"] => Ok(Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)),
        // IS answers unknown paths so, too.
        _ => Ok(Answer::page(StatusCode::UNAUTHORIZED, "Unauthorized", "")),
    }
}

fn page_of_sign_in(node: &NodeState, call: &HttpCall, page: &str) -> Answer {
    match page {
        "login.do" => pages::login(node, call),
        "oauth2_consent.do" => pages::consent(node, call, "Consent", "../oauth2/authorize"),
        "oauth2_logout_consent.do" => pages::consent(node, call, "Sign out", "../oidc/logout"),
        "oauth2_error.do" => pages::oauth_failure(node, call),
        "oauth2_logout.do" => pages::titled(node, call, "Signed out"),
        "retry.do" => pages::titled(node, call, "Authentication failed"),
        _ => Answer::page(StatusCode::NOT_FOUND, "Not found", ""),
    }
}
