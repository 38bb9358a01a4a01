//! The bundle for users who may not have passwords and keys: the same files, with placeholders that cannot be mistaken
//! for passwords in place of secrets, and without the files that are generated from keys.

use std::fmt::Write as _;

use domain::render_plan::RenderPlan;
use domain::secret::Secret;
use zeroize::Zeroizing;

use crate::artefact::{Artefact, RevealedContent};
use crate::bundle::{Bundle, write_escaped_secret};
use crate::context::{Contexts, replace_markers};
use crate::engine::TemplateEngines;
use crate::error::RenderError;
use crate::outline::{ContentSource, PlannedFile, plan_files};

/// What stands where a secret belongs begins so; the secret's name follows.
pub const PLACEHOLDER_PREFIX: &str = "SET-ON-THE-NODE:";

/// The runbook, which lists what is missing.
const README_PATH: &str = "README.md";

impl Bundle {
    /// Makes every file that needs no key, with [`PLACEHOLDER_PREFIX`] and a name where secrets belong. The runbook begins
    /// with the list of what is incomplete and what is left out.
    ///
    /// # Errors
    /// Only where a template is wrong, which is our mistake.
    pub fn without_secrets(plan: &RenderPlan) -> Result<Self, RenderError> {
        let (engines, contexts) = (TemplateEngines::new(plan)?, Contexts::new(plan)?);
        let (mut artefacts, mut incomplete, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for PlannedFile { path, mode, purpose, content } in plan_files(plan) {
            let bytes =
                match content {
                    ContentSource::Template { template, node } => {
                        let text = engines.fill(template, &contexts.of(node))?;
                        let mut names = Vec::new();
                        let bytes =
                            replace_markers(&text, |id, out| {
                                let name = id.name();
                                if !names.contains(&name) {
                                    names.push(name);
                                }
                                let words = Secret::new(format!("{PLACEHOLDER_PREFIX}{name}"));
                                write_escaped_secret(id, &words, &path, out)
                                    .map_err(|source| RenderError::CarrySecret { name, path: path.clone(), source })
                            })?;
                        if !names.is_empty() {
                            incomplete.push((path.clone(), names.join(", ")));
                        }
                        bytes
                    }
                    ContentSource::Text(text) => text.into_bytes(),
                    ContentSource::Made(_) => {
                        left_out.push((path, purpose));
                        continue;
                    }
                };
            artefacts.push(Artefact { path, mode, purpose, content: RevealedContent(Zeroizing::new(bytes)) });
        }
        let warning = warning(&incomplete, &left_out);
        if let Some(readme) = artefacts.iter_mut().find(|artefact| artefact.path == README_PATH) {
            readme.content.0.splice(0..0, warning.into_bytes());
        }
        Ok(Self { artefacts })
    }
}

fn warning(incomplete: &[(String, String)], left_out: &[(String, String)]) -> String {
    let mut text = format!(
        "# This bundle is incomplete\n\nIt was downloaded without passwords and keys. Do not install it: ask the owner of the \
         plan for the complete bundle.\n\nIn these files, `{PLACEHOLDER_PREFIX}` and a name replace each secret:\n\n"
    );
    // Writing to a String does not fail.
    for (path, names) in incomplete {
        let _ = writeln!(text, "- `{path}`: {names}");
    }
    text.push_str("\nThese files are missing:\n\n");
    for (path, purpose) in left_out {
        let _ = writeln!(text, "- `{path}`: {purpose}");
    }
    text.push_str("\n---\n\n");
    text
}
