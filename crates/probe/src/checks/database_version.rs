//! DB-04: the server is one that the chosen IS is tested with.

use domain::check::CheckId;
use tokio::time::timeout_at;

use crate::fault::{Fault, Verdict};
use crate::mysql::product::{Product, Support, Vendor, tested_text};
use crate::mysql::session::QueryError;
use crate::shared::Shared;

use super::database_protocol::Greeted;

/// Why a question after the login got no answer; each check that asked tells it.
pub(crate) fn unanswered(error: QueryError) -> Fault {
    let verdict = Verdict::could_not_check(format!("after the login: {error}"), "");
    Fault::of_everyone(verdict.remedy(match error {
        QueryError::TooLarge => {
            "Find out what answers at the database's address. A server of IS says much less, unless the databases of the plan \
             hold thousands of other tables."
        }
        _ => "Run the check again; if it stays so, look at MySQL's error log.",
    }))
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
        Ok(Ok(variables)) => variables.product(),
        Ok(Err(_)) | Err(_) => None,
    };
    let product = product.or_else(|| Product::read(&greeting.version, "", None));
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
