//! CL-13: default secrets. The super admin's strength is its type's matter; here are those that are taken as they come.

use super::found;
use crate::check::CheckId;
use crate::finding::{Finding, Place, Severity};
use crate::inputs::Answers;
use crate::step::Step;

/// Passwords of guides, samples and container images (WSO2's own, kubernetes-is, docker-is).
const KNOWN: [&str; 9] =
    ["admin", "wso2carbon", "dashboard", "root", "password", "mysql", "changeit", "pAssWord", "wso2"];

pub(super) fn judge(answers: &Answers) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(database) = &answers.database {
        let account = database.username.as_str();
        let known = database.password.secret().satisfies(|password| KNOWN.contains(&password) || password == account);
        if known {
            findings.push(found(
                CheckId::Cl13,
                Place::setting(Step::Database, "database.password"),
                "The database password is one of those in guides and samples, or the account's own name.",
                "Change the account's password and enter the new one.",
            ));
        }
        if account == "root" {
            findings.push(Finding {
                severity: Severity::Warns,
                check: None,
                at: Place::setting(Step::Database, "database.username"),
                what: "IS would run with MySQL's administrator account.".to_owned(),
                why: "It needs only SELECT, INSERT, UPDATE and DELETE on its own databases.".to_owned(),
                remedy: "Enter an account of its own, such as wso2is; database/grants.sql creates it.".to_owned(),
            });
        }
    }
    if let Some(store) = &answers.user_store {
        let name = store.admin_username.as_str().to_lowercase();
        if store.admin_password.secret().satisfies(|password| password.to_lowercase().contains(&name))
            && name != "admin"
        {
            findings.push(found(
                CheckId::Cl13,
                Place::setting(Step::UserStore, "user_store.admin_password"),
                "The super admin's password holds its user name.",
                "Choose a password without the user name.",
            ));
        }
    }
    findings
}
