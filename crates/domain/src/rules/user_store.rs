//! US-04, US-07 and US-08: the super admin, the search bases, and the attributes that SCIM needs.

use crate::check::CheckId;
use crate::finding::{Finding, FindingLocation, Severity, found};
use crate::step::Step;
use crate::steps::{DirectoryAccess, UserStore, UserStoreKind, YesNo, keys};
use crate::values::LdapUrls;

pub(super) fn check_user_store(store: &UserStore) -> Vec<Finding> {
    let mut findings = Vec::new();
    if store.access == Some(DirectoryAccess::ReadOnly) && store.create_admin == YesNo::Yes {
        findings.push(found(
            CheckId::Us04,
            FindingLocation::setting(Step::UserStore, keys::USER_STORE.create_admin),
            "IS cannot create the super admin in a read-only directory.",
            "Choose No here and create the account in the directory, or give IS read-write access.",
        ));
    }
    findings.extend(base_is_container(store));
    if store.kind == UserStoreKind::ActiveDirectory && store.create_admin == YesNo::Yes {
        findings.push(found(
            CheckId::Us08,
            FindingLocation::setting(Step::UserStore, keys::USER_STORE.kind),
            "SCIM is enabled, and its claims id, created and modified are mapped to attributes that Active Directory does not have.",
            "Before the first start, map them to objectGUID, whenCreated and whenChanged, as README.md describes; then accept this.",
        ));
    }
    findings.extend(ports(store));
    if store.access == Some(DirectoryAccess::ReadOnly) && store.connection_url.as_ref().is_some_and(LdapUrls::secure) {
        findings.push(Finding {
            severity: Severity::Notes,
            check: None,
            at: FindingLocation::setting(Step::UserStore, keys::USER_STORE.connection_url),
            what: "By default, Java does not pool LDAP connections over TLS, so each login opens a new one.".to_owned(),
            why: String::new(),
            remedy: "Add the line from README.md to bin/wso2server.sh.".to_owned(),
        });
    }
    findings.extend(own_schema(store));
    let secure = store.connection_url.as_ref().is_some_and(LdapUrls::secure);
    if store.kind == UserStoreKind::ActiveDirectory && !secure {
        findings.push(Finding {
            severity: Severity::Warns,
            check: None,
            at: FindingLocation::setting(Step::UserStore, keys::USER_STORE.connection_url),
            what: "Active Directory accepts new passwords only over TLS.".to_owned(),
            why: "Without ldaps:// IS can read users but cannot create them or change passwords.".to_owned(),
            remedy: "Use ldaps:// and port 636.".to_owned(),
        });
    }
    findings
}

/// US-07: a base DN that already is a container, to which IS adds the container again.
fn base_is_container(store: &UserStore) -> Option<Finding> {
    let base = store.base_dn.as_ref()?;
    let (users, groups) = store.kind.containers();
    let asked =
        [(users, store.user_search_base.is_none(), "Users"), (groups, store.group_search_base.is_none(), "Groups")];
    let (container, _, what) =
        asked.into_iter().find(|(container, derived, _)| *derived && base.begins_with(container))?;
    let remedy = match base.parent() {
        Some(parent) => format!("Enter {parent} as the base DN, or enter both search bases."),
        None => "Enter its parent as the base DN, or enter both search bases.".to_owned(),
    };
    Some(found(
        CheckId::Us07,
        FindingLocation::setting(Step::UserStore, keys::USER_STORE.base_dn),
        format!(
            "The base DN is the container {container} itself. {what} would be searched in {container},{}.",
            base.as_str()
        ),
        remedy,
    ))
}

/// Ports of the other kind of connection, and 639, which WSO2's guide for Active Directory gives instead of 636.
fn ports(store: &UserStore) -> Option<Finding> {
    let (url, remedy) = store.connection_url.as_ref()?.iter().find_map(|url| {
        let remedy = match (url.secure, url.port) {
            (true, 389 | 3268) => "Enter port 636 for ldaps://, 3269 for the global catalogue, or use ldap://.",
            (false, 636 | 3269) => "Use ldaps:// with this port.",
            (_, 639) => "Enter port 636, which is the port of ldaps://.",
            _ => return None,
        };
        Some((url, remedy))
    })?;
    Some(Finding {
        severity: Severity::Warns,
        check: None,
        at: FindingLocation::setting(Step::UserStore, keys::USER_STORE.connection_url),
        what: format!("{} is not the port of {}.", url.port, if url.secure { "ldaps://" } else { "ldap://" }),
        why: String::new(),
        remedy: remedy.to_owned(),
    })
}

/// Terms of WSO2's LDAP schema, which only a directory prepared for IS has (infer.json of all versions).
const WSO2_SCHEMA_TERMS: [&str; 2] = ["identityPerson", "scimId"];

fn own_schema(store: &UserStore) -> Option<Finding> {
    let asked = [
        (keys::USER_STORE.user_object_class, &store.user_object_class),
        (keys::USER_STORE.user_id_attribute, &store.user_id_attribute),
    ];
    let (setting, term) = asked.into_iter().find_map(|(setting, term)| {
        let term = term.as_ref()?.as_str();
        WSO2_SCHEMA_TERMS.iter().any(|own| own.eq_ignore_ascii_case(term)).then_some((setting, term))
    })?;
    Some(Finding {
        severity: Severity::Warns,
        check: None,
        at: FindingLocation::setting(Step::UserStore, setting),
        what: format!("{term} is part of WSO2's schema, which a plain directory does not have."),
        why: "IS then finds no user by ID, and the directory rejects users that IS creates.".to_owned(),
        remedy:
            "Load WSO2's schema into the directory, or enter what it supports, such as inetOrgPerson and entryUUID."
                .to_owned(),
    })
}
