//! DB-04: the server is one that the chosen IS is tested with.

use domain::check::CheckId;
use domain::product::DatabaseVendor as Vendor;
use tokio::time::timeout_at;

use crate::facts::Facts;
use crate::facts::greeting::ServerReply;
use crate::fault::Verdict;
use crate::mysql::product::{ServerVersion, Support, tested_text};

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    let Some(version) = facts.answers().product.as_ref().map(|product| product.version) else {
        return vec![Verdict::incomplete("Product", "the IS version is missing")];
    };
    let required = format!("{}.", tested_text(version));
    let greeting = match facts.greeted().await {
        Ok(ServerReply::Welcome(greeting)) => greeting,
        Ok(ServerReply::Refusal { .. }) => {
            return vec![match facts.session().await {
                Err(fault) => fault.verdict_for(CheckId::Db04, &required),
                Ok(_) => Verdict::skipped("MySQL refused the first connection.", required),
            }];
        }
        Err(fault) => return vec![fault.verdict_for(CheckId::Db04, &required)],
    };
    // The greeting is enough without a login; after one, Percona and Aurora are recognised too.
    let product = match timeout_at(facts.deadline().into(), facts.variables()).await {
        Ok(Ok(variables)) => variables.product(),
        Ok(Err(_)) | Err(_) => None,
    };
    let product = product.or_else(|| ServerVersion::read(&greeting.version, "", None));
    let Some(product) = product else {
        let current = format!("The server reports its version as {}.", greeting.version);
        return vec![Verdict::warned(current, required).remedy("Find out which product this server is.")];
    };
    vec![match product.support(version) {
        Support::Tested => Verdict::passed(format!("{product}."), required),
        Support::Untested { loaded } => {
            let seen = if loaded { " WSO2's scripts load into this series." } else { "" };
            let kind = match product.vendor {
                Vendor::Percona | Vendor::Aurora => " It is compatible with MySQL, but another product.",
                _ => "",
            };
            Verdict::warned(format!("{product}, which WSO2 does not list for IS {}.", version.value()), required)
                .remedy(format!("Use a listed version in production, or test this one.{kind}{seen}"))
        }
        Support::TooOld => Verdict::failed(format!("{product} is too old."), required)
            .remedy("Upgrade the database server, or use another one."),
        Support::NotMySql => Verdict::failed(format!("{product} is not MySQL."), required)
            .remedy("Use MySQL or MariaDB. WSO2's scripts are written for them."),
    }]
}
