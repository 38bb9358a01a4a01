//! One generated file, in two forms: with dots where secrets stand, or with the secrets.
//!
//! Only the masked form can be shown, serialised or copied (ARCHITECTURE, I6); the compiler holds it. Both come from
//! the same templates.

use domain::render_plan::{ProbePlan, RenderPlan};
use serde::Serialize;
use tera::Context;
use zeroize::Zeroizing;

use crate::context::{Contexts, replace_markers};
use crate::engine::TemplateEngines;
use crate::error::RenderError;
use crate::file_mode::FileMode;
use crate::outline::{ContentSource, plan_files};

/// What stands where a secret would.
pub const MASK: &str = "••••••••";

/// Content with dots where secrets stand; `None` for what only exists once keys do, such as certificates, and for
/// what cannot be shown, such as key stores.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct MaskedContent(pub Option<String>);

/// Content with its secrets. It can be zipped, nothing else.
pub struct RevealedContent(pub(crate) Zeroizing<Vec<u8>>);

/// One generated file.
#[derive(Clone, Debug, Serialize)]
pub struct Artefact<S> {
    /// Its path in the bundle.
    pub path: String,
    /// Its mode.
    pub mode: FileMode,
    /// What it is for: one line.
    pub purpose: String,
    /// What is in it.
    pub content: S,
}

/// All files of the plan's bundle in the order of their paths, with dots where secrets stand. Needs no keys.
///
/// # Errors
/// Only where a template is wrong, which is our mistake.
pub fn preview(plan: &RenderPlan) -> Result<Vec<Artefact<MaskedContent>>, RenderError> {
    let engines = TemplateEngines::new(plan)?;
    let contexts = Contexts::new(plan)?;
    let mut artefacts = Vec::new();
    for file in plan_files(plan) {
        let content = match &file.content {
            ContentSource::Template { template, node } => {
                let text = engines.fill(template, &contexts.of(*node))?;
                Some(mask_secrets(&text))
            }
            ContentSource::Text(text) => Some(text.clone()),
            ContentSource::Made(_) => None,
        };
        artefacts.push(Artefact {
            path: file.path,
            mode: file.mode,
            purpose: file.purpose,
            content: MaskedContent(content),
        });
    }
    Ok(artefacts)
}

/// probe.sh of the node in `row`, of a plan that need not be complete. It holds no secret.
///
/// # Errors
/// Only where the template is wrong, which is our mistake.
pub fn probe_script(plan: &ProbePlan, row: usize) -> Result<String, RenderError> {
    let mut context = Context::new();
    context.insert("probe", plan);
    context.insert("node", &plan.nodes.get(row));
    TemplateEngines::base()?.fill("node/probe.sh", &context)
}

/// A filled template with dots where secrets stand.
pub(crate) fn mask_secrets(text: &str) -> String {
    let dots = replace_markers(text, |_, out| {
        out.extend_from_slice(MASK.as_bytes());
        Ok::<_, std::convert::Infallible>(())
    });
    match dots {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(never) => match never {},
    }
}
