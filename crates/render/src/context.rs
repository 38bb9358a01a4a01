//! What templates see: the render plan by its own names, the node a file is for, and `secret.<name>`.
//!
//! A secret is only a marker here, its name between two private-use characters. [`crate::bundle`] puts the value
//! there, [`crate::artefact`] dots.

use domain::render_plan::SecretId;
use serde::Serialize;
use serde_json::{Map, Value};
use tera::Context;

use crate::error::RenderError;
use crate::syntax::{MARK_BEGIN, MARK_END};

/// The contexts of one plan.
pub(crate) struct Contexts {
    plan: Context,
    nodes: Vec<Value>,
}

impl Contexts {
    pub(crate) fn new(plan: &impl Serialize) -> Result<Self, RenderError> {
        let mut tree = serde_json::to_value(plan).map_err(RenderError::Describe)?;
        drop_marks(&mut tree);
        let nodes = tree.get("nodes").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Value::Object(tree) = &mut tree {
            tree.insert("secret".to_owned(), markers());
        }
        let plan = Context::from_serialize(&tree).map_err(RenderError::ReadTemplates)?;
        Ok(Self { plan, nodes })
    }

    /// What the templates of one node see, or, without a node, those of the whole cluster.
    pub(crate) fn of(&self, node: Option<usize>) -> Context {
        let mut context = self.plan.clone();
        if let Some(node) = node.and_then(|row| self.nodes.get(row)) {
            context.insert("node", node);
        }
        context
    }
}

fn markers() -> Value {
    let marker = |id: SecretId| (id.name().to_owned(), format!("{MARK_BEGIN}{}{MARK_END}", id.name()).into());
    Value::Object(SecretId::ALL.into_iter().map(marker).collect::<Map<_, _>>())
}

/// Free text, such as the plan's title, must not be able to name a secret.
fn drop_marks(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|letter| !matches!(letter, MARK_BEGIN | MARK_END)),
        Value::Array(list) => list.iter_mut().for_each(drop_marks),
        Value::Object(map) => map.values_mut().for_each(drop_marks),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Replaces each marker in rendered text by what `write` gives for its secret.
pub(crate) fn replace_markers<E>(
    text: &str,
    mut write: impl FnMut(SecretId, &mut Vec<u8>) -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    let mut out = Vec::with_capacity(text.len() + 256);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK_BEGIN) {
        out.extend_from_slice(before.as_bytes());
        let (name, after) = after.split_once(MARK_END).unwrap_or((after, ""));
        if let Some(id) = SecretId::ALL.into_iter().find(|id| id.name() == name) {
            write(id, &mut out)?;
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}
