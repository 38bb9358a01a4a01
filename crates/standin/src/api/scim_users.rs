//! `/scim2/Users` and `/scim2/Me`. Attributes and passwords come from the database on every request; that a user with an id
//! exists is cached.

use std::time::Duration;

use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

use crate::api::authentication::{require_admin, require_user};
use crate::api::errors::{ErrorStyle, Handled, Rejection, scim_bad_request, scim_error};
use crate::api::{scim_document, scim_patch};
use crate::cache::CacheKind;
use crate::clock;
use crate::database::DatabaseError;
use crate::http::answer::Answer;
use crate::http::call::HttpCall;
use crate::is_messages::{NO_USER_NAME, SCIM_FAILURE, UNREADABLE_JSON, UNSUPPORTED_FILTER};
use crate::node::NodeState;
use crate::records::user::User;

/// How many users a list has at most.
const MAX_LISTED: usize = 100;
/// For how long a deleted user that is still cached is answered with 200; after it, with 500.
const CACHED_ATTRIBUTES_TTL: Duration = Duration::from_secs(5 * 60);

/// `/scim2/Users`.
pub(crate) async fn collection(node: &NodeState, call: &HttpCall) -> Handled {
    require_admin(node, call, ErrorStyle::Scim).await?;
    match call.method {
        Method::GET => list(node, call).await,
        Method::POST => create(node, call).await,
        _ => Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

/// `/scim2/Users/{id}`.
pub(crate) async fn single(node: &NodeState, call: &HttpCall, id: &str) -> Handled {
    require_admin(node, call, ErrorStyle::Scim).await?;
    if call.method == Method::GET {
        return read(node, id).await;
    }
    let Some(user) = node.database().read(id).await? else { return Ok(missing(id)) };
    change(node, call, user).await
}

/// `/scim2/Me`: the user of the credentials.
pub(crate) async fn me(node: &NodeState, call: &HttpCall) -> Handled {
    let user = require_user(node, call, ErrorStyle::Scim).await?;
    match call.method {
        Method::GET => Ok(Answer::scim(StatusCode::OK, &scim_document::document(node, &user))),
        Method::PATCH | Method::PUT => change(node, call, user).await,
        _ => Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED)),
    }
}

fn missing(id: &str) -> Answer {
    scim_error(StatusCode::NOT_FOUND, &format!("User {id} does not exist in: PRIMARY"))
}

fn body(call: &HttpCall) -> Result<Map<String, Value>, Rejection> {
    match call.json() {
        Some(Value::Object(document)) => Ok(document),
        _ => Err(scim_bad_request("invalidSyntax", UNREADABLE_JSON).into()),
    }
}

async fn create(node: &NodeState, call: &HttpCall) -> Handled {
    let document = body(call)?;
    let Some(name) = document.get("userName").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
        return Ok(scim_bad_request("invalidValue", NO_USER_NAME));
    };
    let name = name.strip_prefix("PRIMARY/").unwrap_or(name);
    let password = document.get("password").and_then(Value::as_str).unwrap_or_default();
    scim_document::check_password(node, password)?;
    let mut user = User::new(node.ids.uuid(), name, password, clock::timestamp().to_string());
    user.attributes = scim_document::attributes(&document);
    match node.database().insert(&user).await {
        Ok(()) => {}
        Err(DatabaseError::DuplicateKey) => {
            let shown = if node.version().masks_user_names() { scim_document::masked(name) } else { name.to_owned() };
            let detail = format!("User with the name: {shown} already exists in the system.");
            return Ok(scim_error(StatusCode::CONFLICT, &detail));
        }
        Err(error) => return Err(error.into()),
    }
    let answer = Answer::scim(StatusCode::CREATED, &scim_document::document(node, &user));
    Ok(answer.header(LOCATION, &scim_document::location(node, &user.id)))
}

async fn read(node: &NodeState, id: &str) -> Handled {
    let stored: Option<User> = node.database().read(id).await?;
    if let Some(user) = stored {
        node.caches.put(CacheKind::User, id, &user);
        return Ok(Answer::scim(StatusCode::OK, &scim_document::document(node, &user)));
    }
    Ok(match node.caches.get_with_age::<User>(CacheKind::User, id) {
        Some((user, age)) if age < CACHED_ATTRIBUTES_TTL => {
            Answer::scim(StatusCode::OK, &scim_document::document(node, &user))
        }
        Some(_) => scim_error(StatusCode::INTERNAL_SERVER_ERROR, SCIM_FAILURE),
        None => missing(id),
    })
}

/// PATCH, PUT or DELETE of a user that exists.
async fn change(node: &NodeState, call: &HttpCall, mut user: User) -> Handled {
    let password = match call.method {
        Method::PATCH => match scim_patch::apply(&mut user.attributes, &Value::Object(body(call)?)) {
            Some(password) => password,
            None => return Ok(scim_bad_request("invalidSyntax", UNREADABLE_JSON)),
        },
        Method::PUT => {
            let document = body(call)?;
            user.attributes = scim_document::attributes(&document);
            document.get("password").and_then(Value::as_str).map(str::to_owned)
        }
        Method::DELETE => {
            node.database().delete::<User>(&user.id).await?;
            node.invalidate(CacheKind::User, &user.id);
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        _ => return Ok(Answer::empty(StatusCode::METHOD_NOT_ALLOWED)),
    };
    if let Some(password) = password {
        scim_document::check_password(node, &password)?;
        user.set_password(&password);
    }
    user.modified = clock::timestamp().to_string();
    node.database().update(&user).await?;
    node.invalidate(CacheKind::User, &user.id);
    Ok(Answer::scim(StatusCode::OK, &scim_document::document(node, &user)))
}

async fn list(node: &NodeState, call: &HttpCall) -> Handled {
    let number = |name: &str| call.query.get(name).and_then(|value| value.parse::<usize>().ok());
    let users: Vec<User> = node.database().list().await?;
    let matching: Vec<User> = match call.query.get("filter") {
        None => users,
        Some(filter) => match parse_filter(filter) {
            Some(filter) => users.into_iter().filter(|user| filter.matches(user)).collect(),
            None => return Ok(scim_bad_request("InvalidFilter", UNSUPPORTED_FILTER)),
        },
    };
    let start_index = number("startIndex").unwrap_or(1).max(1);
    let count = number("count").unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let shown: Vec<User> = matching.iter().skip(start_index - 1).take(count).cloned().collect();
    let list = scim_document::list(node, matching.len(), start_index, &shown);
    Ok(Answer::scim(StatusCode::OK, &list))
}

/// A comparison with the name of a user.
struct NameFilter {
    operator: String,
    value: String,
}

impl NameFilter {
    fn matches(&self, user: &User) -> bool {
        let name = user.user_name.to_lowercase();
        match self.operator.as_str() {
            "eq" => name == self.value,
            "sw" => name.starts_with(&self.value),
            "ew" => name.ends_with(&self.value),
            _ => name.contains(&self.value),
        }
    }
}

/// `userName eq "a"`, and the same with `sw`, `ew` and `co`.
fn parse_filter(filter: &str) -> Option<NameFilter> {
    let (attribute, rest) = filter.trim().split_once(' ')?;
    let (operator, value) = rest.trim().split_once(' ')?;
    let operator = operator.to_ascii_lowercase();
    let is_supported =
        attribute.eq_ignore_ascii_case("userName") && ["eq", "sw", "ew", "co"].contains(&operator.as_str());
    is_supported.then(|| NameFilter { operator, value: User::key_of_name(value.trim().trim_matches('"')) })
}
