//! `--secrets FILE`: the passwords of a plan that does not hold them, such as the one in a bundle without secrets.

use std::path::Path;

use domain::plan_file;

use crate::cli::output::CliError;
use crate::cli::plan::{Fetched, ReadPlan, fetch_secret, read_bounded};

impl ReadPlan {
    /// Adds the secrets of `file`; they win over those of the plan.
    pub(crate) fn with_secrets(mut self, file: Option<&Path>) -> Result<Self, CliError> {
        let Some(file) = file else { return Ok(self) };
        let name = file.display();
        let unreadable = |why: String| CliError::Unreadable(format!("Cannot read {name}: {why}. Correct --secrets."));
        let bytes = read_bounded(file).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?;
        let secrets = plan_file::read_secrets(&text).map_err(|problems| {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| match problem.line {
                    Some(line) => format!("{name}:{line}: {}", problem.message),
                    None => format!("{name}: {}", problem.message),
                })
                .collect();
            CliError::Unreadable(lines.join("\n"))
        })?;
        for (setting, source) in secrets {
            match fetch_secret(source, file).map_err(|message| CliError::Unreadable(format!("{name}: {message}")))? {
                Fetched::Secret(secret) => self.secrets.insert(setting, secret),
                Fetched::Unset(variable) => {
                    return Err(CliError::Unreadable(format!(
                        "{name}: The environment variable {variable} is not set, so {setting} is missing. Set {variable}, \
                         or write the value."
                    )));
                }
            }
        }
        self.unset.retain(|variable| self.secrets.get(variable.setting).is_none());
        Ok(self)
    }
}
