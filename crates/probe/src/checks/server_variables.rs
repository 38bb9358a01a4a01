//! All variables of the server, read in one question, and how a remedy sets one.

use std::collections::BTreeMap;

use domain::check::CheckId;

use super::database_version::unanswered;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting;
use crate::mysql::product::{Product, Vendor};
use crate::mysql::session::TextRow;
use crate::shared::Shared;

/// Before the line of an option file that keeps what a statement has set.
pub(crate) const OPTION_FILE: &str = "-- for the next start, in the option file under [mysqld]: ";

/// What a variable is called in an option file: a server that finds another word there does not start.
fn option(variable: &str) -> &str {
    match variable {
        "tx_isolation" => "transaction-isolation",
        "tx_read_only" => "transaction-read-only",
        "time_zone" => "default-time-zone",
        same => same,
    }
}

/// Variables of the server by name, in lower case.
#[derive(Debug)]
pub(crate) struct Variables(BTreeMap<String, String>);

/// Reads them all: no server refuses that, and one question is quicker than one a check.
pub(crate) async fn read(shared: &Shared) -> Result<Variables, Fault> {
    let rows = shared.session().await?.rows("SHOW GLOBAL VARIABLES".to_owned()).await.map_err(unanswered)?;
    Ok(Variables(pairs(rows)))
}

/// Rows of name and value.
pub(crate) fn pairs(rows: Vec<TextRow>) -> BTreeMap<String, String> {
    let pair = |row: TextRow| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), Some(value)]) => Some((name.to_ascii_lowercase(), value)),
        _ => None,
    };
    rows.into_iter().filter_map(pair).collect()
}

/// What a check says that one look at the variables decides.
pub(crate) async fn decide(
    shared: &Shared,
    id: CheckId,
    required: &str,
    judge: fn(&Variables) -> Verdict,
) -> Vec<Verdict> {
    vec![shared.variables().await.map_or_else(|fault| fault.told_by(id, required), judge)]
}

impl Variables {
    /// A variable, or an empty text where the server does not have it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The first of several names that the server has, with its value: products call one thing differently.
    pub(crate) fn first_of<'n>(&self, names: &[&'n str]) -> Option<(&'n str, &str)> {
        names.iter().find_map(|name| self.0.get(*name).map(|value| (*name, value.as_str())))
    }

    /// A number; `None` where the server does not tell it.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.get(name).parse().ok()
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        matches!(self.get(name), "ON" | "1" | "YES")
    }

    /// Whether names that differ in case alone are the same database.
    pub(crate) fn ignores_case(&self) -> bool {
        self.get("lower_case_table_names") != "0"
    }

    /// Which product the server is.
    pub(crate) fn product(&self) -> Option<Product> {
        let version = greeting::clean(self.get("version").as_bytes());
        Product::read(&version, self.get("version_comment"), Some(self.get("aurora_version")))
    }

    /// Adds what sets a variable for good, as this product takes it; `value` is SQL.
    pub(crate) fn set(&self, verdict: Verdict, name: &str, value: &str) -> Verdict {
        match self.product() {
            Some(Product { vendor: Vendor::Aurora, .. }) => {
                verdict.command(format!("-- in the parameter group of the cluster: {name} = {value}"))
            }
            Some(Product { vendor: Vendor::MySql | Vendor::Percona, series: (8.., _), .. }) => {
                verdict.command(format!("SET PERSIST {name} = {value};"))
            }
            _ => verdict
                .command(format!("SET GLOBAL {name} = {value};"))
                .command(format!("{OPTION_FILE}{} = {value}", option(name))),
        }
    }
}

/// Values of a foreign system made fit to be shown, with what stands between them.
pub(crate) fn clean_all(values: &[&str], between: &str) -> String {
    values.iter().map(|value| greeting::clean(value.as_bytes())).collect::<Vec<_>>().join(between)
}

/// What is said where the server does not tell a variable.
pub(crate) fn untold(name: &str, required: &str) -> Verdict {
    Verdict::could_not_check(format!("the server does not tell {name}"), required)
        .remedy("Something between here and the server may answer in its place: ask the server itself.")
        .command(format!("SHOW GLOBAL VARIABLES LIKE '{name}';"))
}

#[cfg(test)]
impl Variables {
    /// Variables as a server would tell them.
    pub(crate) fn of(list: &[(&str, &str)]) -> Self {
        Self(list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}
