//! US-02, US-03 and US-06: the entries of the directory, and the super admin there or in the shared database. Values of entries
//! are never shown, except the first letter of a user name.

use domain::check::CheckId;
use domain::steps::{DirectoryAccess, YesNo};

use crate::facts::Facts;
use crate::facts::users::{MAX_ENTRIES, REQUIRED, SearchTerms, is_truncated, search_verdict, terms};
use crate::fault::{SharedFault, Verdict};
use crate::ldap::{self, LdapEntry, Scope, SearchFilter, SearchRequest};
use crate::mysql::session::QueryError;

const REQUIRED_UNIQUE: &str = "Every user has the attribute, and no two users have the same value.";
const REQUIRED_ADMIN: &str = "The super admin exists exactly if IS does not create it.";
/// MySQL: the table does not exist.
const ER_NO_SUCH_TABLE: u16 = 1146;

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    look(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Us02, REQUIRED)])
}

async fn look(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let Some(store) = facts.directory_store()? else {
        return Ok(vec![Verdict::passed("Users are stored in the shared database.", REQUIRED)]);
    };
    let terms = terms(store)?;
    let users = facts.users().await?;
    let count = users.entries.len();
    let at_least = if users.are_all { "" } else { "at least " };
    let verdict = match users.entries.first() {
        Some(first) => {
            let id = first.values(terms.name).first().map_or_else(|| "an entry without a name".to_owned(), |id| masked(id));
            Verdict::passed(format!("The filter finds {at_least}{count} users below {}. The first is {id}.", terms.users), REQUIRED)
        }
        // In a new directory IS creates the first user, the super admin.
        None if store.create_admin == YesNo::Yes && store.access != Some(DirectoryAccess::ReadOnly) => {
            Verdict::warned(format!("The filter finds no user below {}.", terms.users), REQUIRED).remedy(
                "This is correct for a new directory. Otherwise correct the user search base: it must contain entries of the \
                 object class person.",
            )
        }
        None => Verdict::failed(format!("The filter finds no user below {}.", terms.users), REQUIRED)
            .remedy("Correct the user search base: it must contain entries of the object class person."),
    };
    Ok(vec![verdict.subject("users"), groups(facts, &terms).await?.subject("groups")])
}

async fn groups(facts: &Facts, terms: &SearchTerms<'_>) -> Result<Verdict, SharedFault> {
    let directory = facts.directory().await?;
    let search = SearchRequest {
        base: &terms.groups,
        scope: Scope::Subtree,
        filter: terms.group_class.clone(),
        attributes: &["cn"],
        max_entries: MAX_ENTRIES,
    };
    Ok(match directory.search(&search).await? {
        // IS creates its groups, so that none is no fault.
        (ldap::SUCCESS, entries) => {
            Verdict::passed(format!("The filter finds {} groups below {}.", entries.len(), terms.groups), REQUIRED)
        }
        (code, entries) if is_truncated(code, &entries) => Verdict::passed(
            format!("The filter finds at least {} groups below {}.", entries.len(), terms.groups),
            REQUIRED,
        ),
        (code, _) => search_verdict("group search base", &terms.groups, code),
    })
}

/// `j•••` of `jane`.
fn masked(id: &str) -> String {
    id.chars().next().map_or_else(String::new, |first| format!("{first}•••"))
}

pub(crate) async fn check_attributes(facts: &Facts) -> Vec<Verdict> {
    attributes(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Us03, REQUIRED_UNIQUE)])
}

async fn attributes(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let Some(store) = facts.directory_store()? else {
        return Ok(vec![Verdict::passed(
            "Users are stored in the shared database, where IS keeps names and IDs unique.",
            REQUIRED_UNIQUE,
        )]);
    };
    let terms = terms(store)?;
    let users = facts.users().await?;
    let evaluate =
        |attribute: &str, setting: &str| evaluate_attribute(&users.entries, attribute, setting).subject(attribute);
    let mut verdicts = vec![evaluate(terms.name, "username attribute")];
    verdicts.extend(terms.id.map(|id| evaluate(id, "user ID attribute")));
    Ok(verdicts)
}

fn evaluate_attribute(entries: &[LdapEntry], attribute: &str, setting: &str) -> Verdict {
    let all = entries.len();
    let without = entries.iter().filter(|entry| entry.values(attribute).is_empty()).count();
    let mut values: Vec<String> =
        entries.iter().flat_map(|entry| entry.values(attribute)).map(|value| value.to_lowercase()).collect();
    values.sort_unstable();
    let duplicates = values.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if without > 0 {
        return Verdict::warned(format!("{without} of {all} users have no attribute {attribute}."), REQUIRED_UNIQUE)
            .remedy(format!("IS ignores them. Choose another {setting}, or add the attribute to the entries."));
    }
    if duplicates > 0 {
        return Verdict::warned(
            format!("{duplicates} of {all} users have the same {attribute} as another user."),
            REQUIRED_UNIQUE,
        )
        .remedy(format!("IS cannot distinguish them. Choose another {setting}, or correct the entries."));
    }
    Verdict::passed(format!("Each of the {all} checked users has a unique {attribute}."), REQUIRED_UNIQUE)
}

pub(crate) async fn check_admin(facts: &Facts) -> Vec<Verdict> {
    vec![admin(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Us06, REQUIRED_ADMIN))]
}

async fn admin(facts: &Facts) -> Result<Verdict, SharedFault> {
    let Some(store) = facts.directory_store()? else { return admin_in_database(facts).await };
    let terms = terms(store)?;
    let name = store.admin_username.as_str();
    let directory = facts.directory().await?;
    let filter = [&terms.user_classes[..], &[SearchFilter::Equal(terms.name.to_owned(), name.to_owned())]].concat();
    let search = SearchRequest {
        base: &terms.users,
        scope: Scope::Subtree,
        filter: SearchFilter::And(filter),
        attributes: &[terms.name],
        max_entries: 2,
    };
    let exists = match directory.search(&search).await? {
        (ldap::SUCCESS | ldap::SIZE_LIMIT_EXCEEDED, entries) => !entries.is_empty(),
        (code, _) => {
            return Err(SharedFault::new(CheckId::Us02, search_verdict("user search base", &terms.users, code)));
        }
    };
    let is_read_only = store.access == Some(DirectoryAccess::ReadOnly);
    Ok(evaluate_admin(name, exists, store.create_admin == YesNo::Yes && !is_read_only))
}

async fn admin_in_database(facts: &Facts) -> Result<Verdict, SharedFault> {
    let store = facts.answers().user_store.as_ref();
    let store = store.ok_or_else(|| SharedFault::incomplete("User store", "a setting is missing or cannot be read"))?;
    let name = store.admin_username.as_str();
    let database = facts.database()?;
    let session = facts.session().await?;
    // As hexadecimal digits a name needs no quoting.
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    let query = format!(
        "SELECT COUNT(*) FROM `{}`.UM_USER WHERE UM_USER_NAME = CONVERT(0x{digits} USING utf8)",
        database.shared_db.as_str()
    );
    match session.rows(query).await {
        Ok(rows) => {
            let count = rows.first().and_then(|row| row.first()).and_then(|count| count.as_deref());
            let exists = count.is_some_and(|count| count != "0");
            Ok(evaluate_admin(name, exists, store.create_admin == YesNo::Yes))
        }
        Err(QueryError::Server(ER_NO_SUCH_TABLE)) => Ok(Verdict::passed(
            format!("No users exist yet: {} has no tables.", database.shared_db.as_str()),
            REQUIRED_ADMIN,
        )),
        Err(QueryError::Server(code)) => {
            let reason = format!("The users of {} cannot be read (error {code}).", database.shared_db.as_str());
            Ok(Verdict::skipped(reason, REQUIRED_ADMIN).remedy("See DB-10 and DB-11."))
        }
        Err(error) => Err(error.into()),
    }
}

fn evaluate_admin(name: &str, exists: bool, creates: bool) -> Verdict {
    match (exists, creates) {
        (false, true) => Verdict::passed(format!("The user {name} does not exist yet."), REQUIRED_ADMIN),
        (true, false) => Verdict::passed(format!("The user {name} exists, and IS does not create it."), REQUIRED_ADMIN),
        (true, true) => Verdict::warned(
            format!("The user {name} exists already. IS makes it the super admin, with its current password."),
            REQUIRED_ADMIN,
        )
        .remedy("If this cluster was started before, nothing has to be done. Otherwise choose another name, or do not let IS create the super admin."),
        (false, false) => {
            Verdict::warned(format!("The user {name} does not exist, and IS does not create it, so the super admin cannot log in."), REQUIRED_ADMIN)
                .remedy("Create the user first, or let IS create it.")
        }
    }
}
