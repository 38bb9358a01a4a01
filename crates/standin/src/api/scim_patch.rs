//! PATCH of SCIM (RFC 7644 section 3.5.2) on the attributes of a user, as far as paths are names with dots.

use serde_json::{Map, Value};

use crate::api::scim_document::attributes;

/// How many operations a request may have.
const MAX_OPERATIONS: usize = 100;
/// How deep a path may lead.
const MAX_DEPTH: usize = 4;

/// Applies the operations of a request; returns the new password, if they set one. `None` if a part is not understood.
pub(crate) fn apply(target: &mut Map<String, Value>, request: &Value) -> Option<Option<String>> {
    let operations = request.get("Operations")?.as_array().filter(|operations| operations.len() <= MAX_OPERATIONS)?;
    let mut password = None;
    for operation in operations {
        let value = operation.get("value");
        match (operation.get("op")?.as_str()?.to_ascii_lowercase().as_str(), operation.get("path")) {
            ("add" | "replace", None) => {
                let value = value?.as_object()?;
                if let Some(new) = value.get("password") {
                    password = Some(new.as_str()?.to_owned());
                }
                merge(target, attributes(value));
            }
            ("add" | "replace", Some(path)) if path == "password" => password = Some(value?.as_str()?.to_owned()),
            ("add" | "replace", Some(path)) => {
                let (parent, name) = parent_of(target, path.as_str()?)?;
                let single = Map::from_iter([(name, value?.clone())]);
                merge(parent, attributes(&single));
            }
            ("remove", Some(path)) => {
                let (parent, name) = parent_of(target, path.as_str()?)?;
                parent.remove(&name);
            }
            _ => return None,
        }
    }
    Some(password)
}

/// Objects are merged, anything else is replaced.
fn merge(target: &mut Map<String, Value>, change: Map<String, Value>) {
    for (name, value) in change {
        match (target.get_mut(&name), value) {
            (Some(Value::Object(existing)), Value::Object(new)) => existing.extend(new),
            (_, value) => {
                target.insert(name, value);
            }
        }
    }
}

/// The object that a path such as `name.givenName` leads to, and the name in it. A path may begin with the URN of a schema
/// and a colon.
fn parent_of<'a>(target: &'a mut Map<String, Value>, path: &str) -> Option<(&'a mut Map<String, Value>, String)> {
    let mut names: Vec<String> = match path.starts_with("urn:").then(|| path.rsplit_once(':')).flatten() {
        Some((schema, rest)) if rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) => {
            std::iter::once(schema.to_owned()).chain(rest.split('.').map(str::to_owned)).collect()
        }
        _ => path.split('.').map(str::to_owned).collect(),
    };
    let last = names.pop().filter(|name| !name.is_empty() && names.len() < MAX_DEPTH)?;
    let mut parent = target;
    for name in names {
        let child = parent.entry(name).or_insert_with(|| Value::Object(Map::new()));
        parent = child.as_object_mut()?;
    }
    Some((parent, last))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(operations: Value) -> Option<(Value, Option<String>)> {
        let before = json!({"name": {"givenName": "Anna", "familyName": "Test"}, "nickName": "a"});
        let mut target = before.as_object().unwrap().clone();
        let password = apply(&mut target, &json!({"Operations": operations}))?;
        Some((Value::Object(target), password))
    }

    #[test]
    fn values_are_merged_replaced_and_removed() {
        let (changed, password) = patched(json!([
            {"op": "replace", "value": {"name": {"givenName": "Berta"}, "password": "a new one"}},
            {"op": "Replace", "path": "name.familyName", "value": "Rest"},
            {"op": "add", "path": "urn:scim:wso2:schema:country", "value": "LK"},
            {"op": "remove", "path": "nickName"},
        ]))
        .unwrap();
        let expected =
            json!({"name": {"givenName": "Berta", "familyName": "Rest"}, "urn:scim:wso2:schema": {"country": "LK"}});
        assert_eq!((changed, password.as_deref()), (expected, Some("a new one")));
        let (_, password) = patched(json!([{"op": "replace", "path": "password", "value": "b"}])).unwrap();
        assert_eq!(password.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for operation in [
            json!({"op": "move", "path": "a"}),
            json!({"op": "remove"}),
            json!({"op": "replace", "path": "nickName.x", "value": 1}),
            json!({"op": "replace", "path": "a.b.c.d.e.f", "value": 1}),
            json!({"path": "a", "value": 1}),
        ] {
            assert_eq!(patched(json!([operation])), None, "{operation}");
        }
    }
}
