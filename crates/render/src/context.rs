//! What templates see: the render plan by its own names, the node a file is for, and `secret.<name>`.
//!
//! A secret is only a marker here, its name between two private-use characters. [`crate::bundle`] puts the value
//! there, [`crate::artefact`] dots.

use domain::certificate::CertificateExpiry;
use domain::render_plan::{RenderPlan, SecretId};
use serde::Serialize;
use serde_json::{Map, Value};
use tera::Context;

use crate::certificates::signing_fingerprint;
use crate::error::RenderError;
use crate::expiry::certificate_expiries;
use crate::keyring::KeyRing;
use crate::syntax::{SECRET_MARKER_END, SECRET_MARKER_START};

/// The contexts of one plan.
pub(crate) struct Contexts {
    plan: Context,
    nodes: Vec<Value>,
}

/// What templates of a complete bundle see of its keys: `keys`. It is missing in previews, which are made without keys.
#[derive(Serialize)]
pub(crate) struct KeyContext {
    /// SHA-256 fingerprint of the signing certificate.
    fingerprint: String,
    /// The day the keys were made: `2026-11-23`.
    made_on: String,
    /// When certificates expire, the earliest first.
    expiries: Vec<ExpiryRow>,
}

#[derive(Serialize)]
struct ExpiryRow {
    what: String,
    on: String,
    renewal: &'static str,
}

impl KeyContext {
    pub(crate) fn new(plan: &RenderPlan, ring: &KeyRing) -> Result<Self, RenderError> {
        let day = |at: i64| domain::moment::iso_date(u64::try_from(at).unwrap_or_default());
        let row = |expiry: CertificateExpiry| ExpiryRow {
            what: expiry.what,
            on: day(expiry.not_after),
            renewal: expiry.renewal.advice(),
        };
        Ok(Self {
            fingerprint: signing_fingerprint(ring, &plan.load_balancer.hostname).map_err(RenderError::Certificates)?,
            made_on: day(ring.created_at()),
            expiries: certificate_expiries(plan, ring).into_iter().map(row).collect(),
        })
    }
}

impl Contexts {
    /// Without keys: for previews and for bundles without secrets.
    pub(crate) fn new(plan: &impl Serialize) -> Result<Self, RenderError> {
        Self::with(plan, None)
    }

    /// With what templates say about the keys.
    pub(crate) fn with_keys(plan: &impl Serialize, keys: &KeyContext) -> Result<Self, RenderError> {
        Self::with(plan, Some(keys))
    }

    fn with(plan: &impl Serialize, keys: Option<&KeyContext>) -> Result<Self, RenderError> {
        let mut tree = serde_json::to_value(plan).map_err(RenderError::Describe)?;
        if let (Value::Object(tree), Some(keys)) = (&mut tree, keys) {
            tree.insert("keys".to_owned(), serde_json::to_value(keys).map_err(RenderError::Describe)?);
        }
        strip_markers(&mut tree);
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
    let marker =
        |id: SecretId| (id.name().to_owned(), format!("{SECRET_MARKER_START}{}{SECRET_MARKER_END}", id.name()).into());
    Value::Object(SecretId::ALL.into_iter().map(marker).collect::<Map<_, _>>())
}

/// Free text, such as the plan's title, must not be able to name a secret.
fn strip_markers(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|letter| !matches!(letter, SECRET_MARKER_START | SECRET_MARKER_END)),
        Value::Array(list) => list.iter_mut().for_each(strip_markers),
        Value::Object(map) => map.values_mut().for_each(strip_markers),
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
    while let Some((before, after)) = rest.split_once(SECRET_MARKER_START) {
        out.extend_from_slice(before.as_bytes());
        let (name, after) = after.split_once(SECRET_MARKER_END).unwrap_or((after, ""));
        if let Some(id) = SecretId::ALL.into_iter().find(|id| id.name() == name) {
            write(id, &mut out)?;
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}
