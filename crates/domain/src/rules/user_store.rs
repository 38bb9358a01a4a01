//! US-04 and US-05: the store must take the super admin, and its manager must fit the schema.

use super::found;
use crate::check::CheckId;
use crate::finding::{Finding, Place};
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
            "The legacy managers leave UM_USER_ID empty, which the schema of 5.10 and later refuses.",
            "Choose the manager with user ids.",
        ));
    }
    let secure = store.connection_url.as_ref().is_some_and(|url| url.secure);
    if store.kind == StoreKind::ActiveDirectory && !secure {
        findings.push(Finding {
            severity: crate::finding::Severity::Warns,
            check: None,
            at: Place::setting(Step::UserStore, "user_store.connection_url"),
            what: "Active Directory takes new passwords only over TLS.".to_owned(),
            why: "Without ldaps:// IS can read users but cannot create them or change passwords.".to_owned(),
            remedy: "Use ldaps:// and port 636.".to_owned(),
        });
    }
    findings
}
