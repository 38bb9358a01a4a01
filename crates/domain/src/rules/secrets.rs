//! CL-13: default secrets. The super admin's password is validated by its type; these are passwords of other systems.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::inputs::ReadableAnswers;
use crate::step::Step;
use crate::steps::keys;
use crate::values::{DirectoryName, Password};

/// Passwords of guides, samples and container images (WSO2's own, kubernetes-is, docker-is).
const WELL_KNOWN_PASSWORDS: [&str; 9] =
    ["admin", "wso2carbon", "dashboard", "root", "password", "mysql", "changeit", "secret", "wso2"];

/// Whether a password is one of those or the account's name, without regard to case.
fn is_known(password: &Password, account: &str) -> bool {
    password.secret().satisfies(|password| {
        let same = |known: &&str| known.eq_ignore_ascii_case(password);
        WELL_KNOWN_PASSWORDS.iter().any(same) || same(&account)
    })
}

pub(super) fn check_secrets(answers: &ReadableAnswers) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(database) = &answers.database {
        let account = database.username.as_str();
        if is_known(&database.password, account) {
            findings.push(found(
                CheckId::Cl13,
                FindingLocation::setting(Step::Database, keys::DATABASE.password),
                "The database password is a default from guides and samples, or the account's name.",
                "Change the account's password and enter the new one.",
            ));
        }
        if account == "root" {
            findings.push(Finding {
                severity: Severity::Warns,
                check: None,
                at: FindingLocation::setting(Step::Database, keys::DATABASE.username),
                what: "IS would use MySQL's administrator account.".to_owned(),
                why: "It needs only SELECT, INSERT, UPDATE and DELETE on its own databases.".to_owned(),
                remedy: "Enter a dedicated account, such as wso2is; database/grants.sql creates it.".to_owned(),
            });
        }
    }
    if let Some(store) = &answers.user_store {
        let bind_name = store.connection_name.as_ref().map_or("", DirectoryName::first_value);
        if store.connection_password.as_ref().is_some_and(|password| is_known(password, bind_name)) {
            findings.push(found(
                CheckId::Cl13,
                FindingLocation::setting(Step::UserStore, keys::USER_STORE.connection_password),
                "The bind password is a default from guides and samples, or the entry's name.",
                "Change the entry's password and enter the new one.",
            ));
        }
        let name = store.admin_username.as_str().to_lowercase();
        if store.admin_password.secret().satisfies(|password| password.to_lowercase().contains(&name))
            && name != "admin"
        {
            findings.push(found(
                CheckId::Cl13,
                FindingLocation::setting(Step::UserStore, keys::USER_STORE.admin_password),
                "The super admin's password contains the user name.",
                "Choose a password without the user name.",
            ));
        }
    }
    findings
}
