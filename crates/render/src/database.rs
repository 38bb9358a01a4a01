//! The SQL of the bundle without its other files, for preparing the databases: the same templates give the same text.

use domain::render_plan::SqlPlan;
use domain::secret::{Secret, Secrets};

use crate::artefact::mask_secrets;
use crate::bundle::write_escaped_secret;
use crate::context::{Contexts, replace_markers};
use crate::engine::TemplateEngines;
use crate::error::RenderError;

/// `database/create.sql` and `database/grants.sql` of the bundle.
#[derive(Debug)]
pub struct DatabaseFiles {
    /// Creates the databases.
    pub create: String,
    /// Creates the account and gives it its rights; it holds the account's password.
    pub grants: Secret,
    /// The same with dots where the password stands.
    pub shown_grants: String,
}

/// Writes the bundle's SQL. Needs no keys.
///
/// # Errors
/// When the account's password is missing or cannot be written into SQL.
pub fn database_files(plan: &SqlPlan, secrets: &Secrets) -> Result<DatabaseFiles, RenderError> {
    let engines = TemplateEngines::base()?;
    let contexts = Contexts::new(plan)?;
    let create = engines.fill("database/create.sql", &contexts.of(None))?;
    let path = "database/grants.sql";
    let marked = engines.fill(path, &contexts.of(None))?;
    let grants = replace_markers(&marked, |id, out| {
        let setting = id.setting().unwrap_or_default();
        let secret = secrets.get(setting).ok_or(RenderError::MissingSecret { setting })?;
        let failed = |source| RenderError::CarrySecret { name: id.name(), path: path.to_owned(), source };
        write_escaped_secret(id, secret, path, out).map_err(failed)
    })?;
    let grants = Secret::new(String::from_utf8_lossy(&grants).into_owned());
    Ok(DatabaseFiles { create, grants, shown_grants: mask_secrets(&marked) })
}
