//! The users of the directory. US-02 reports its faults.

use domain::check::CheckId;
use domain::steps::{UserStore, UserStoreKind};
use domain::values::{DirectoryName, DirectoryTerm};

use super::directory::DirectorySession;
use crate::fault::{SharedFault, Verdict};
use crate::ldap::{self, LdapEntry, Scope, SearchFilter, SearchRequest};

pub(crate) const REQUIRED: &str = "The search bases exist, and the user filter finds entries.";
/// Size limit of every search.
pub(crate) const MAX_ENTRIES: u32 = 200;

/// Search bases, filters and attributes, as the generated deployment.toml configures them.
pub(crate) struct SearchTerms<'a> {
    pub(crate) users: String,
    pub(crate) groups: String,
    pub(crate) user_classes: Vec<SearchFilter>,
    pub(crate) group_class: SearchFilter,
    pub(crate) name: &'a str,
    pub(crate) id: Option<&'a str>,
}

pub(crate) fn terms(store: &UserStore) -> Result<SearchTerms<'_>, SharedFault> {
    let missing = || SharedFault::incomplete("User store", "the base DN is missing");
    let base = store.base_dn.as_ref().ok_or_else(missing)?.as_str();
    let is_active_directory = store.kind == UserStoreKind::ActiveDirectory;
    let (user_default, group_default) = store.kind.containers();
    let given = |name: &Option<DirectoryName>, default: &str| {
        name.as_ref().map_or_else(|| format!("{default},{base}"), |name| name.as_str().to_owned())
    };
    let class = |name: &str| SearchFilter::Equal("objectClass".to_owned(), name.to_owned());
    Ok(SearchTerms {
        users: given(&store.user_search_base, user_default),
        groups: given(&store.group_search_base, group_default),
        user_classes: if is_active_directory {
            vec![SearchFilter::Equal("objectCategory".to_owned(), "person".to_owned()), class("user")]
        } else {
            vec![class("person")]
        },
        group_class: class(if is_active_directory { "group" } else { "groupOfNames" }),
        name: name_attribute(store),
        id: store.user_id_attribute.as_ref().map(DirectoryTerm::as_str).filter(|_| !is_active_directory),
    })
}

/// The attribute of the user name, as the generated deployment.toml configures it.
pub(crate) fn name_attribute(store: &UserStore) -> &str {
    let stock = if store.kind == UserStoreKind::ActiveDirectory { "cn" } else { "uid" };
    store.user_name_attribute.as_ref().map_or(stock, DirectoryTerm::as_str)
}

/// The users of the directory, at most [`MAX_ENTRIES`].
pub(crate) struct DirectoryUsers {
    pub(crate) entries: Vec<LdapEntry>,
    pub(crate) are_all: bool,
}

/// Reads the users.
pub(crate) async fn read(
    store: &UserStore,
    terms: &SearchTerms<'_>,
    directory: &DirectorySession,
) -> Result<DirectoryUsers, SharedFault> {
    let attributes: Vec<&str> = [Some(terms.name), terms.id].into_iter().flatten().collect();
    let search = SearchRequest {
        base: &terms.users,
        scope: Scope::Subtree,
        filter: SearchFilter::And(terms.user_classes.clone()),
        attributes: &attributes,
        max_entries: MAX_ENTRIES,
    };
    match directory.search(&search).await? {
        (ldap::SUCCESS, entries) => Ok(DirectoryUsers { entries, are_all: true }),
        (code, entries) if is_truncated(code, &entries) => Ok(DirectoryUsers { entries, are_all: false }),
        (ldap::NO_SUCH_OBJECT, _) => Err(SharedFault::new(CheckId::Us02, missing_base(directory, store, terms).await?)),
        (code, _) => Err(SharedFault::new(CheckId::Us02, search_verdict("user search base", &terms.users, code))),
    }
}

/// The verdict on a user search base that does not exist. If the base DN is a container itself, that of IS or another one, the
/// users are searched where IS would search with a shorter base DN, and in the base DN itself.
async fn missing_base(
    directory: &DirectorySession,
    store: &UserStore,
    terms: &SearchTerms<'_>,
) -> Result<Verdict, SharedFault> {
    let missing = search_verdict("user search base", &terms.users, ldap::NO_SUCH_OBJECT);
    let Some(base) = store.base_dn.as_ref().filter(|_| store.user_search_base.is_none()) else { return Ok(missing) };
    let (container, _) = store.kind.containers();
    let users_elsewhere = |at: &str, count: usize| {
        let what = format!("The user search base {} does not exist, but {at} does, with {count} users.", terms.users);
        Verdict::failed(what, REQUIRED)
    };
    if let Some(parent) = base.parent() {
        let shorter = format!("{container},{parent}");
        if let Some(count) = users_below(directory, terms, &shorter).await? {
            return Ok(users_elsewhere(&shorter, count)
                .remedy(format!("Enter {parent} as the base DN. IS prepends {container} to it.")));
        }
    }
    Ok(match users_below(directory, terms, base.as_str()).await? {
        Some(count @ 1..) => users_elsewhere(base.as_str(), count).remedy(format!(
            "Enter {} as the user search base, and the container of the groups as the group search base.",
            base.as_str()
        )),
        _ => missing,
    })
}

/// The number of users at or below a base; `None` if it does not exist or may not be searched.
async fn users_below(
    directory: &DirectorySession,
    terms: &SearchTerms<'_>,
    base: &str,
) -> Result<Option<usize>, SharedFault> {
    let filter = SearchFilter::And(terms.user_classes.clone());
    let search =
        SearchRequest { base, scope: Scope::Subtree, filter, attributes: &[terms.name], max_entries: MAX_ENTRIES };
    let (code, entries) = directory.search(&search).await?;
    Ok((code == ldap::SUCCESS || is_truncated(code, &entries)).then_some(entries.len()))
}

/// Whether the directory stopped at a limit after it returned enough entries.
pub(crate) fn is_truncated(code: u32, entries: &[LdapEntry]) -> bool {
    code == ldap::SIZE_LIMIT_EXCEEDED
        || (matches!(code, ldap::TIME_LIMIT_EXCEEDED | ldap::ADMIN_LIMIT_EXCEEDED) && !entries.is_empty())
}

pub(crate) fn search_verdict(what: &str, base: &str, code: u32) -> Verdict {
    match code {
        ldap::NO_SUCH_OBJECT => Verdict::failed(format!("The {what} {base} does not exist, or the bind account may not read it."), REQUIRED)
            .remedy("Correct the search base, or give the bind account read access."),
        ldap::INVALID_DN_SYNTAX => {
            Verdict::failed(format!("The {what} {base} is not a distinguished name."), REQUIRED).remedy("Correct the search base.")
        }
        ldap::TIME_LIMIT_EXCEEDED | ldap::ADMIN_LIMIT_EXCEEDED | ldap::BUSY | ldap::UNAVAILABLE => {
            Verdict::skipped(format!("The directory is too busy for a search (LDAP result {code})."), REQUIRED)
                .remedy(
                    "Run the check again. If it fails again, add an index on objectClass to the directory, or increase the limits of the bind account.",
                )
        }
        code => Verdict::failed(format!("The directory refuses the search below {base} (LDAP result {code})."), REQUIRED)
            .remedy("Give the bind account search access."),
    }
}
