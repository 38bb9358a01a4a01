//! DB-04: the server is one that the chosen IS is tested with.

use std::collections::BTreeMap;

use domain::check::CheckId;
use tokio::time::timeout_at;

use crate::fault::{Fault, Verdict};
use crate::mysql::greeting;
use crate::mysql::product::{Product, Support, Vendor, tested_text};
use crate::mysql::session::QueryError;
use crate::shared::Shared;

use super::database_protocol::Greeted;

/// Variables of the server by name.
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// A variable, or an empty text where the server does not have it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether names that differ in case alone are the same database.
    pub(crate) fn ignores_case(&self) -> bool {
        self.get("lower_case_table_names") != "0"
    }
}

/// Why a question after the login got no answer; each check that asked tells it.
pub(crate) fn unanswered(error: QueryError) -> Fault {
    let verdict = Verdict::could_not_check(format!("after the login: {error}"), "");
    Fault::of_everyone(verdict.remedy("Run the check again; if it stays so, look at MySQL's error log."))
}

/// Reads the variables that checks use, in one question that no server refuses.
pub(crate) async fn read_variables(shared: &Shared) -> Result<Variables, Fault> {
    let session = shared.session().await?;
    let sql = "SHOW GLOBAL VARIABLES WHERE Variable_name IN \
               ('version', 'version_comment', 'aurora_version', 'lower_case_table_names')";
    let rows = session.rows(sql.to_owned()).await.map_err(unanswered)?;
    let pair = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), Some(value)]) => Some((name.to_ascii_lowercase(), value)),
        _ => None,
    };
    Ok(Variables(rows.into_iter().filter_map(pair).collect()))
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    let Some(version) = shared.answers().product.as_ref().map(|product| product.version) else {
        return vec![Verdict::incomplete("Product", "the IS version is missing")];
    };
    let required = tested_text(version);
    let greeting = match shared.greeted().await {
        Ok(Greeted::Welcome(greeting)) => greeting,
        Ok(Greeted::Refusal { .. }) => {
            return vec![match shared.session().await {
                Err(fault) => fault.told_by(CheckId::Db04, &required),
                Ok(_) => Verdict::could_not_check("MySQL refused the first connection", required),
            }];
        }
        Err(fault) => return vec![fault.told_by(CheckId::Db04, &required)],
    };
    // The greeting tells enough without a login; with one, Percona and Aurora are known as well.
    let product = match timeout_at(shared.deadline().into(), shared.variables()).await {
        Ok(Ok(variables)) => {
            let version = greeting::clean(variables.get("version").as_bytes());
            let version = if version.is_empty() { &greeting.version } else { &version };
            Product::read(version, variables.get("version_comment"), Some(variables.get("aurora_version")))
        }
        Ok(Err(_)) | Err(_) => Product::read(&greeting.version, "", None),
    };
    let Some(product) = product else {
        let current = format!("a server that calls its version {}", greeting.version);
        return vec![Verdict::warned(current, required).remedy("Find out which product this is.")];
    };
    vec![match product.support(version) {
        Support::Tested => Verdict::passed(product.to_string(), required),
        Support::Untested { loaded } => {
            let seen = if loaded { " WSO2's scripts were seen to load into this series." } else { "" };
            let kind = match product.vendor {
                Vendor::Percona | Vendor::Aurora => " It is compatible with MySQL but not MySQL itself.",
                _ => "",
            };
            Verdict::warned(format!("{product}, which WSO2 does not list for IS {}", version.value()), required)
                .remedy(format!("Use a listed version in production, or test this one yourself.{kind}{seen}"))
        }
        Support::TooOld => Verdict::failed(format!("{product}, which is too old"), required)
            .remedy("Upgrade the database server, or choose another one."),
        Support::NotMySql => Verdict::failed(format!("{product}, which is not MySQL"), required)
            .remedy("Use MySQL or MariaDB: IS's scripts are written for them."),
    }]
}
