//! The templates and the engines that fill them: one engine a syntax, each escaping every value.
//!
//! `templates/base` holds everything; `templates/is-<version>` and `templates/on-<layout>` hold only what differs there
//! and win over it. Templates decide nothing: they write the decisions of the render plan.

use domain::render_plan::RenderPlan;
use tera::{Context, Kwargs, State, Tera, Value};

use crate::error::RenderError;
use crate::syntax::Syntax;

/// Every template by its path below `templates/`.
pub(crate) const TEMPLATES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The engines for one version and layout.
pub(crate) struct TemplateEngines(Vec<(Syntax, Tera)>);

impl TemplateEngines {
    /// Reads the templates of the plan's version and layout.
    pub(crate) fn new(plan: &RenderPlan) -> Result<Self, RenderError> {
        Self::read(&[
            format!("is-{}/", plan.product.version),
            format!("on-{}/", plan.product.layout),
            "base/".to_owned(),
        ])
    }

    /// Reads the templates that are the same for every plan.
    pub(crate) fn base() -> Result<Self, RenderError> {
        Self::read(&["base/".to_owned()])
    }

    fn read(folders: &[String]) -> Result<Self, RenderError> {
        let engine = |syntax: Syntax| {
            let mut tera = Tera::default();
            tera.set_fallback_prefixes(folders.to_vec())?;
            tera.autoescape_on([syntax.ending()]);
            tera.set_escape_fn(syntax.escape_function());
            tera.register_filter("code_line", code_line);
            tera.add_raw_templates(TEMPLATES.iter().copied().filter(|(name, _)| {
                Syntax::of(name) == Some(syntax) && folders.iter().any(|folder| name.starts_with(folder))
            }))?;
            Ok((syntax, tera))
        };
        let engines = Syntax::ALL.into_iter().map(engine).collect::<Result<_, tera::Error>>();
        engines.map(Self).map_err(RenderError::ReadTemplates)
    }

    /// Fills one template. Secrets are still markers in what comes out.
    pub(crate) fn fill(&self, template: &str, context: &Context) -> Result<String, RenderError> {
        let failed = |source| RenderError::Fill { template: template.to_owned(), source };
        let syntax = Syntax::of(template);
        let engine = self.0.iter().find(|(known, _)| Some(*known) == syntax).map(|(_, engine)| engine);
        let engine =
            engine.ok_or_else(|| failed(tera::Error::message("no syntax is known for this file extension")))?;
        engine.render(template, context).map_err(failed)
    }
}

/// A line of an indented code block in Markdown: nothing is escaped there, because nothing but the line's end means
/// anything, and every control character becomes a space.
fn code_line(text: &str, _: Kwargs, _: &State) -> Value {
    Value::safe_string(&text.replace(char::is_control, " "))
}
