//! Users as documents of SCIM (RFC 7643): reading what a client sends, and writing what it gets.

use serde_json::{Map, Value, json};

use crate::api::errors::{Rejection, scim_bad_request};
use crate::is_messages::{WEAK_PASSWORD_6, WEAK_PASSWORD_7};
use crate::node::NodeState;
use crate::records::user::User;
use crate::version::StandInVersion;

/// Members of a document that are no attributes of the user.
const NO_ATTRIBUTES: [&str; 7] = ["id", "meta", "schemas", "userName", "password", "roles", "groups"];
/// How long a password may be, in characters.
const MAX_PASSWORD_CHARS: usize = 30;

/// What a client may set.
pub(crate) fn attributes(document: &Map<String, Value>) -> Map<String, Value> {
    let kept = document.iter().filter(|(name, _)| !NO_ATTRIBUTES.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), simplified(name, value))).collect()
}

/// An e-mail address without a type is stored as text.
fn simplified(name: &str, value: &Value) -> Value {
    let text = |entry: &Value| {
        let address =
            entry.as_object().filter(|entry| !entry.contains_key("type")).and_then(|entry| entry.get("value"));
        address.unwrap_or(entry).clone()
    };
    match value.as_array().filter(|_| name == "emails") {
        Some(entries) => entries.iter().map(text).collect(),
        None => value.clone(),
    }
}

/// 400 for a password that this version does not accept.
pub(crate) fn check_password(node: &NodeState, password: &str) -> Result<(), Rejection> {
    let length = password.chars().count();
    let min = if node.version().is_6() { 5 } else { 8 };
    let has_blank = node.version().is_6() && password.contains(char::is_whitespace);
    if (min..=MAX_PASSWORD_CHARS).contains(&length) && !has_blank {
        return Ok(());
    }
    let message = match node.version() {
        StandInVersion::V6_0 | StandInVersion::V6_1 => WEAK_PASSWORD_6.to_owned(),
        StandInVersion::V7_0 => WEAK_PASSWORD_7.to_owned(),
        _ => format!("20035 - {WEAK_PASSWORD_7}"),
    };
    Err(scim_bad_request("invalidValue", &message).into())
}

/// The URL of a user, in `meta.location` and in the header `Location`.
pub(crate) fn location(node: &NodeState, id: &str) -> String {
    node.public_url(&format!("/scim2/Users/{id}"))
}

/// What a client gets.
pub(crate) fn document(node: &NodeState, user: &User) -> Value {
    let mut document = user.attributes.clone();
    document.insert("id".to_owned(), user.id.clone().into());
    document.insert("userName".to_owned(), user.user_name.clone().into());
    document.insert(
        "meta".to_owned(),
        json!({
            "created": user.created, "lastModified": user.modified,
            "location": location(node, &user.id), "resourceType": "User",
        }),
    );
    document.insert(
        "schemas".to_owned(),
        json!([
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:scim:wso2:schema",
        ]),
    );
    let role = match node.version().is_6() {
        true => json!({"display": "everyone"}),
        false => json!({"display": "everyone", "audienceType": "organization", "audienceDisplay": "Super"}),
    };
    document.insert("roles".to_owned(), json!([role]));
    Value::Object(document)
}

/// A list of users (RFC 7644 section 3.4.2). Without any it has no `Resources`.
pub(crate) fn list(node: &NodeState, total: usize, start_index: usize, users: &[User]) -> Value {
    let mut list = json!({
        "totalResults": total, "startIndex": start_index, "itemsPerPage": users.len(),
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    });
    if !users.is_empty() {
        list["Resources"] = users.iter().map(|user| document(node, user)).collect();
    }
    list
}

/// The name as 409 shows it: the first and the last letter with asterisks between them.
pub(crate) fn masked(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next_back()) {
        (Some(first), Some(last)) => format!("{first}*****{last}"),
        _ => "*****".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_masked_as_is_does() {
        assert_eq!(masked("e925800"), "e*****0");
        assert_eq!(masked("a"), "*****");
    }

    #[test]
    fn only_attributes_are_taken_and_addresses_are_texts() {
        let document = json!({
            "userName": "a", "password": "b", "id": "c", "nickName": "d",
            "emails": [{"value": "a@example.test", "primary": true}, {"value": "b@example.test", "type": "work"}],
        });
        let taken = attributes(document.as_object().unwrap());
        let emails = json!(["a@example.test", {"value": "b@example.test", "type": "work"}]);
        assert_eq!(Value::Object(taken), json!({"nickName": "d", "emails": emails}));
    }
}
