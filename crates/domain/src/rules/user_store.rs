//! US-04 and US-05: the store must take the super admin, and its manager must fit the schema.

use super::found;
use crate::check::CheckId;
use crate::finding::{Finding, Place, Severity};
use crate::step::Step;
use crate::steps::{DirectoryAccess, StoreKind, StoreManager, UserStore, YesNo};

pub(super) fn judge(store: &UserStore) -> Vec<Finding> {
    let mut findings = Vec::new();
    if store.access == Some(DirectoryAccess::ReadOnly) && store.create_admin == YesNo::Yes {
        findings.push(found(
            CheckId::Us04,
            Place::setting(Step::UserStore, "user_store.create_admin"),
            "A read-only directory cannot take the super admin.",
            "Choose No here and create the account in the directory, or give IS read-write access.",
        ));
    }
    if store.manager == StoreManager::Legacy {
        findings.push(found(
            CheckId::Us05,
            Place::setting(Step::UserStore, "user_store.manager"),
            if store.kind == StoreKind::Database {
                "The legacy managers leave UM_USER_ID empty, which the schema of 5.10 and later refuses."
            } else {
                "The legacy managers give users no id, which IS 5.10 and later know users by."
            },
            "Choose the manager with user ids.",
        ));
    }
    findings.extend(own_schema(store));
    let secure = store.connection_url.as_ref().is_some_and(|url| url.secure);
    if store.kind == StoreKind::ActiveDirectory && !secure {
        findings.push(Finding {
            severity: Severity::Warns,
            check: None,
            at: Place::setting(Step::UserStore, "user_store.connection_url"),
            what: "Active Directory takes new passwords only over TLS.".to_owned(),
            why: "Without ldaps:// IS can read users but cannot create them or change passwords.".to_owned(),
            remedy: "Use ldaps:// and port 636.".to_owned(),
        });
    }
    findings
}

/// Terms of WSO2's own LDAP schema, which only a directory that was prepared for IS has (infer.json of all versions).
const OWN_SCHEMA: [&str; 2] = ["identityPerson", "scimId"];

fn own_schema(store: &UserStore) -> Option<Finding> {
    let asked = [
        ("user_store.user_object_class", &store.user_object_class),
        ("user_store.user_id_attribute", &store.user_id_attribute),
    ];
    let (setting, term) = asked.into_iter().find_map(|(setting, term)| {
        let term = term.as_ref()?.as_str();
        OWN_SCHEMA.iter().any(|own| own.eq_ignore_ascii_case(term)).then_some((setting, term))
    })?;
    Some(Finding {
        severity: Severity::Warns,
        check: None,
        at: Place::setting(Step::UserStore, setting),
        what: format!("{term} is of WSO2's own schema, which a plain directory does not have."),
        why: "IS then finds no user by id, and the directory refuses the users IS creates.".to_owned(),
        remedy: "Load WSO2's schema into the directory, or enter what it has, such as inetOrgPerson and entryUUID."
            .to_owned(),
    })
}
