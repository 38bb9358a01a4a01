//! US-02, US-03 and US-06: what is in the directory, or of the super admin in the shared database. Values of entries are
//! never told; an id is shown with its first letter.

use domain::check::CheckId;
use domain::render_plan::containers;
use domain::steps::{DirectoryAccess, StoreKind, UserStore, YesNo};
use domain::values::{DirectoryName, DirectoryTerm};

use super::directory::asked;
use crate::fault::{Fault, Verdict};
use crate::ldap::{self, Entry, Filter, Search};
use crate::mysql::session::QueryError;
use crate::shared::Shared;

const FOUND: &str = "the bases exist, and the user filter finds entries";
const UNIQUE: &str = "every user has the attribute, and no two the same value";
const NEW: &str = "no user of this name, since IS creates it";
/// The most entries looked at.
const MOST: u32 = 200;
/// MySQL: there is no such table.
const NO_TABLE: u16 = 1146;

/// What is looked for, and where, as the generated deployment.toml says it to IS.
struct Terms<'a> {
    users: String,
    groups: String,
    user_classes: Vec<Filter>,
    group_class: Filter,
    name: &'a str,
    id: Option<&'a str>,
}

fn terms(store: &UserStore) -> Result<Terms<'_>, Fault> {
    let missing = || Fault::incomplete("User store", "the base name is missing");
    let base = store.base_dn.as_ref().ok_or_else(missing)?.as_str();
    let is_active_directory = store.kind == StoreKind::ActiveDirectory;
    let (user_default, group_default) = containers(store.kind);
    let given = |name: &Option<DirectoryName>, default: &str| {
        name.as_ref().map_or_else(|| format!("{default},{base}"), |name| name.as_str().to_owned())
    };
    let class = |name: &str| Filter::Equal("objectClass".to_owned(), name.to_owned());
    Ok(Terms {
        users: given(&store.user_search_base, user_default),
        groups: given(&store.group_search_base, group_default),
        user_classes: if is_active_directory {
            vec![Filter::Equal("objectCategory".to_owned(), "person".to_owned()), class("user")]
        } else {
            vec![class("person")]
        },
        group_class: class(if is_active_directory { "group" } else { "groupOfNames" }),
        name: store
            .user_name_attribute
            .as_ref()
            .map_or(if is_active_directory { "cn" } else { "uid" }, |term| term.as_str()),
        id: store.user_id_attribute.as_ref().map(DirectoryTerm::as_str).filter(|_| !is_active_directory),
    })
}

/// The users of the directory, at most [`MOST`].
pub(crate) struct Users {
    entries: Vec<Entry>,
    are_all: bool,
}

/// Reads the users; US-02 tells its faults.
pub(crate) async fn read(shared: &Shared) -> Result<Users, Fault> {
    let store = asked(shared)?.ok_or_else(|| Fault::incomplete("User store", "there is no directory"))?;
    let terms = terms(store)?;
    let directory = shared.directory().await?;
    let attributes: Vec<&str> = [Some(terms.name), terms.id].into_iter().flatten().collect();
    let search = Search {
        base: &terms.users,
        filter: Filter::And(terms.user_classes.clone()),
        attributes: &attributes,
        most: MOST,
    };
    match directory.search(&search).await? {
        (ldap::SUCCESS, entries) => Ok(Users { entries, are_all: true }),
        (code, entries) if is_cut_off(code, &entries) => Ok(Users { entries, are_all: false }),
        (ldap::NO_SUCH_OBJECT, _) => Err(Fault::new(CheckId::Us02, without_first_part(shared, store, &terms).await?)),
        (code, _) => Err(Fault::new(CheckId::Us02, refused("user search base", &terms.users, code))),
    }
}

/// What is said of a user search base that does not exist: where the base DN is the container itself, the base above it is
/// looked at and named.
async fn without_first_part(shared: &Shared, store: &UserStore, terms: &Terms<'_>) -> Result<Verdict, Fault> {
    let missing = refused("user search base", &terms.users, ldap::NO_SUCH_OBJECT);
    let Some(parent) =
        store.base_dn.as_ref().filter(|_| store.user_search_base.is_none()).and_then(DirectoryName::parent)
    else {
        return Ok(missing);
    };
    let (container, _) = containers(store.kind);
    let base = format!("{container},{parent}");
    let search =
        Search { base: &base, filter: Filter::And(terms.user_classes.clone()), attributes: &[terms.name], most: MOST };
    let (code, entries) = shared.directory().await?.search(&search).await?;
    if code != ldap::SUCCESS && !is_cut_off(code, &entries) {
        return Ok(missing);
    }
    let count = entries.len();
    Ok(Verdict::failed(
        format!("the user search base {} does not exist, and {base} does: {count} users are below it", terms.users),
        FOUND,
    )
    .remedy(format!("Enter {parent} as the base DN: IS puts {container} in front of it.")))
}

/// Whether the directory stopped before the end, having shown enough.
fn is_cut_off(code: u32, entries: &[Entry]) -> bool {
    code == ldap::SIZE_LIMIT || (matches!(code, ldap::TIME_LIMIT | ldap::ADMINISTRATIVE_LIMIT) && !entries.is_empty())
}

fn refused(what: &str, base: &str, code: u32) -> Verdict {
    match code {
        ldap::NO_SUCH_OBJECT => Verdict::failed(format!("the {what} {base} does not exist, or is hidden"), FOUND)
            .remedy("Correct the base, or let the bind account read it."),
        ldap::BAD_NAME => {
            Verdict::failed(format!("the {what} {base} is no distinguished name"), FOUND).remedy("Correct the base.")
        }
        ldap::TIME_LIMIT | ldap::ADMINISTRATIVE_LIMIT | ldap::BUSY | ldap::UNAVAILABLE => {
            Verdict::could_not_check(format!("the directory is too busy for a search (LDAP result {code})"), FOUND)
                .remedy(
                    "Check again; if it stays so, let the directory index objectClass, or raise the account's limits.",
                )
        }
        code => Verdict::failed(format!("the search below {base} is refused (LDAP result {code})"), FOUND)
            .remedy("Let the bind account search there."),
    }
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Us02, FOUND)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let Some(store) = asked(shared)? else {
        return Ok(vec![Verdict::passed("users live in the shared database: there is no directory", FOUND)]);
    };
    let terms = terms(store)?;
    let users = shared.users().await?;
    let count = users.entries.len();
    let at_least = if users.are_all { "" } else { "at least " };
    let verdict = match users.entries.first() {
        Some(first) => {
            let id = first.values(terms.name).first().map_or_else(|| "one without a name".to_owned(), |id| masked(id));
            Verdict::passed(format!("{at_least}{count} users below {}, the first is {id}", terms.users), FOUND)
        }
        // In a new directory IS makes the first one, the super admin.
        None if store.create_admin == YesNo::Yes && store.access != Some(DirectoryAccess::ReadOnly) => {
            Verdict::warned(format!("the filter finds no user below {}", terms.users), FOUND).remedy(
                "Right for a new directory. Otherwise correct the user search base: it must hold entries of the object \
                 class person.",
            )
        }
        None => Verdict::failed(format!("the filter finds no user below {}", terms.users), FOUND)
            .remedy("Correct the user search base: it must hold entries of the object class person."),
    };
    Ok(vec![verdict.of("users"), groups(shared, &terms).await?.of("groups")])
}

async fn groups(shared: &Shared, terms: &Terms<'_>) -> Result<Verdict, Fault> {
    let directory = shared.directory().await?;
    let search = Search { base: &terms.groups, filter: terms.group_class.clone(), attributes: &["cn"], most: MOST };
    Ok(match directory.search(&search).await? {
        // IS makes its groups itself, so that none is no fault.
        (ldap::SUCCESS, entries) => Verdict::passed(format!("{} groups below {}", entries.len(), terms.groups), FOUND),
        (code, entries) if is_cut_off(code, &entries) => {
            Verdict::passed(format!("at least {} groups below {}", entries.len(), terms.groups), FOUND)
        }
        (code, _) => refused("group search base", &terms.groups, code),
    })
}

/// `j•••` of `jane`.
fn masked(id: &str) -> String {
    id.chars().next().map_or_else(String::new, |first| format!("{first}•••"))
}

pub(crate) async fn check_attributes(shared: &Shared) -> Vec<Verdict> {
    attributes(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Us03, UNIQUE)])
}

async fn attributes(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let Some(store) = asked(shared)? else {
        return Ok(vec![Verdict::passed("users live in the shared database: IS keeps names and ids unique", UNIQUE)]);
    };
    let terms = terms(store)?;
    let users = shared.users().await?;
    let judge = |attribute: &str, setting: &str| judge_attribute(&users.entries, attribute, setting).of(attribute);
    let mut verdicts = vec![judge(terms.name, "user name attribute")];
    verdicts.extend(terms.id.map(|id| judge(id, "user id attribute")));
    Ok(verdicts)
}

fn judge_attribute(entries: &[Entry], attribute: &str, setting: &str) -> Verdict {
    let all = entries.len();
    let without = entries.iter().filter(|entry| entry.values(attribute).is_empty()).count();
    let mut values: Vec<String> =
        entries.iter().flat_map(|entry| entry.values(attribute)).map(|value| value.to_lowercase()).collect();
    values.sort_unstable();
    let twice = values.windows(2).filter(|pair| pair[0] == pair[1]).count();
    if without > 0 {
        return Verdict::warned(format!("{without} of {all} users have no {attribute}"), UNIQUE)
            .remedy(format!("IS does not see them. Choose another {setting}, or give them one."));
    }
    if twice > 0 {
        return Verdict::warned(format!("{twice} of {all} users have a {attribute} that another has too"), UNIQUE)
            .remedy(format!("IS cannot tell them apart. Choose another {setting}, or correct the entries."));
    }
    Verdict::passed(format!("all {all} users that were looked at have a {attribute} of their own"), UNIQUE)
}

pub(crate) async fn check_admin(shared: &Shared) -> Vec<Verdict> {
    vec![admin(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Us06, NEW))]
}

async fn admin(shared: &Shared) -> Result<Verdict, Fault> {
    let Some(store) = asked(shared)? else { return admin_in_database(shared).await };
    let terms = terms(store)?;
    let name = store.admin_username.as_str();
    let directory = shared.directory().await?;
    let filter = [&terms.user_classes[..], &[Filter::Equal(terms.name.to_owned(), name.to_owned())]].concat();
    let search = Search { base: &terms.users, filter: Filter::And(filter), attributes: &[terms.name], most: 2 };
    let exists = match directory.search(&search).await? {
        (ldap::SUCCESS | ldap::SIZE_LIMIT, entries) => !entries.is_empty(),
        (code, _) => return Err(Fault::new(CheckId::Us02, refused("user search base", &terms.users, code))),
    };
    let is_read_only = store.access == Some(DirectoryAccess::ReadOnly);
    Ok(judge_admin(name, exists, store.create_admin == YesNo::Yes && !is_read_only))
}

async fn admin_in_database(shared: &Shared) -> Result<Verdict, Fault> {
    let store = shared.answers().user_store.as_ref();
    let store = store.ok_or_else(|| Fault::incomplete("User store", "a setting is missing or cannot be read"))?;
    let name = store.admin_username.as_str();
    let database = shared.database()?;
    let session = shared.session().await?;
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
            Ok(judge_admin(name, exists, store.create_admin == YesNo::Yes))
        }
        Err(QueryError::Server(NO_TABLE)) => {
            Ok(Verdict::passed(format!("no users yet: {} has no tables", database.shared_db.as_str()), NEW))
        }
        Err(QueryError::Server(code)) => {
            let because = format!("because the users of {} cannot be read (error {code})", database.shared_db.as_str());
            Ok(Verdict::could_not_check(because, NEW).remedy("See DB-10 and DB-11."))
        }
        Err(error) => Err(super::database_version::unanswered(error)),
    }
}

fn judge_admin(name: &str, exists: bool, creates: bool) -> Verdict {
    match (exists, creates) {
        (false, true) => Verdict::passed(format!("there is no {name} yet"), NEW),
        (true, false) => Verdict::passed(format!("{name} is there, and IS does not create it"), NEW),
        (true, true) => Verdict::warned(
            format!("there is a user {name} already: IS makes that one the super admin, with the password it has"),
            NEW,
        )
        .remedy("Choose another name, or do not create the super admin. Fine if this cluster was started before."),
        (false, false) => {
            Verdict::warned(format!("there is no {name}, and IS does not create it: nobody could log in"), NEW)
                .remedy("Create the user first, or let IS create it.")
        }
    }
}
