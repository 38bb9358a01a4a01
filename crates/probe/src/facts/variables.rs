//! All global variables of the server, read with one statement.

use std::collections::BTreeMap;

use crate::fault::SharedFault;
use crate::mysql::greeting;
use crate::mysql::product::ServerVersion;
use crate::mysql::session::{MysqlSession, TextRow};

/// Global variables by name, in lower case.
#[derive(Debug)]
pub(crate) struct ServerVariables(BTreeMap<String, String>);

/// Reads them all: no server refuses that, and one statement is faster than one for each check.
pub(crate) async fn read(session: &MysqlSession) -> Result<ServerVariables, SharedFault> {
    let rows = session.rows("SHOW GLOBAL VARIABLES".to_owned()).await?;
    Ok(ServerVariables(pairs(rows)))
}

/// Rows of name and value.
pub(crate) fn pairs(rows: Vec<TextRow>) -> BTreeMap<String, String> {
    let pair = |row: TextRow| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), Some(value)]) => Some((name.to_ascii_lowercase(), value)),
        _ => None,
    };
    rows.into_iter().filter_map(pair).collect()
}

impl ServerVariables {
    /// The value of a variable, or "" if the server does not have it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The first of `names` that the server has, with its value: products use different names for one setting.
    pub(crate) fn first_of<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &str)> {
        names.iter().find_map(|name| self.0.get(*name).map(|value| (*name, value.as_str())))
    }

    /// The value as a number; `None` if the server does not report one.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).parse().ok()
    }

    /// Whether a boolean variable is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "ON" | "1" | "YES")
    }

    /// Whether names that differ only in case are the same database.
    pub(crate) fn ignores_case(&self) -> bool {
        self.get("lower_case_table_names") != "0"
    }

    /// The product of the server; `None` if its version is unknown.
    pub(crate) fn product(&self) -> Option<ServerVersion> {
        let version = greeting::clean(self.get("version").as_bytes());
        ServerVersion::read(&version, self.get("version_comment"), Some(self.get("aurora_version")))
    }
}

#[cfg(test)]
impl ServerVariables {
    /// For tests.
    pub(crate) fn of(list: &[(&str, &str)]) -> Self {
        Self(list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}
