//! The account's SQL without the other files of the bundle, for preparing the databases: the same template gives the same text.

use domain::render_plan::SqlPlan;
use domain::secret::{Secret, Secrets};

use crate::artefact::mask_secrets;
use crate::bundle::write_escaped_secret;
use crate::context::{Contexts, replace_markers};
use crate::engine::TemplateEngines;
use crate::error::RenderError;

/// `database/grants.sql` of the bundle.
#[derive(Debug)]
pub struct GrantsFile {
    /// Creates the account and gives it its rights; contains the account's password.
    pub sql: Secret,
    /// The same with the password masked.
    pub masked: String,
}

/// Renders `database/grants.sql`. Needs no keys.
///
/// # Errors
/// When the account's password is missing or cannot be written into SQL.
pub fn grants_file(plan: &SqlPlan, secrets: &Secrets) -> Result<GrantsFile, RenderError> {
    let engines = TemplateEngines::base()?;
    let contexts = Contexts::new(plan)?;
    let path = "database/grants.sql";
    let marked = engines.fill(path, &contexts.of(None))?;
    let sql = replace_markers(&marked, |id, out| {
        let setting = id.setting().unwrap_or_default();
        let secret = secrets.get(setting).ok_or(RenderError::MissingSecret { setting })?;
        let failed = |source| RenderError::CarrySecret { name: id.name(), path: path.to_owned(), source };
        write_escaped_secret(id, secret, path, out).map_err(failed)
    })?;
    let sql = Secret::new(String::from_utf8_lossy(&sql).into_owned());
    Ok(GrantsFile { sql, masked: mask_secrets(&marked) })
}
