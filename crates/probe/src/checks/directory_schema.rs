//! US-04: the directory's schema has what IS needs to create the super admin and to answer SCIM: the object class of users,
//! the attributes of name and id, and those that the claims created and modified are mapped to.
//!
//! The directory publishes its schema (RFC 4512, 4.4): the root names the subschema, whose attribute types and object
//! classes are read within the limits of every answer.

use domain::check::CheckId;
use domain::steps::{DirectoryAccess, UserStore, UserStoreKind, YesNo};

use crate::facts::Facts;
use crate::facts::directory::DirectorySession;
use crate::facts::users::name_attribute;
use crate::fault::{SharedFault, Verdict};
use crate::ldap::{self, Scope, SearchFilter, SearchRequest};

const REQUIRED: &str = "The schema has the object class of users, and the attributes of user name, user ID and SCIM.";
/// What claim-config.xml of every pack maps `http://wso2.org/claims/created` and `…/modified` to.
const STOCK_TIMES: [&str; 2] = ["createdDate", "lastModifiedDate"];
/// What WSO2's guide for Active Directory has the claims userid, created and modified mapped to.
const ACTIVE_DIRECTORY: [&str; 3] = ["objectGUID", "whenCreated", "whenChanged"];

/// What IS needs.
struct Needs<'a> {
    class: Option<&'a str>,
    /// Without one of these no user is created, or found.
    attributes: Vec<&'a str>,
    /// SCIM's created and modified.
    times: &'static [&'static str],
}

fn needs(store: &UserStore) -> Needs<'_> {
    if store.kind == UserStoreKind::ActiveDirectory {
        return Needs { class: Some("user"), attributes: vec![name_attribute(store)], times: &ACTIVE_DIRECTORY };
    }
    let is_writable = store.access != Some(DirectoryAccess::ReadOnly);
    let class = store.user_object_class.as_ref().filter(|_| is_writable).map(|term| term.as_str());
    let id = store.user_id_attribute.as_ref().map(|term| term.as_str());
    Needs { class, attributes: std::iter::once(name_attribute(store)).chain(id).collect(), times: &STOCK_TIMES }
}

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![look(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Us04, REQUIRED))]
}

async fn look(facts: &Facts) -> Result<Verdict, SharedFault> {
    let Some(store) = facts.directory_store()? else {
        return Ok(Verdict::passed("Users are stored in the shared database.", REQUIRED));
    };
    if store.access == Some(DirectoryAccess::ReadOnly) && store.create_admin == YesNo::Yes {
        // The rule reports it, and blocks the download.
        let because = "The plan has IS create the super admin in a read-only directory.";
        return Ok(Verdict::skipped(because, REQUIRED).remedy("Correct the step User store first."));
    }
    let needs = needs(store);
    let schema = match read(facts.directory().await?).await? {
        Ok(schema) => schema,
        Err(because) => {
            return Ok(Verdict::skipped(because, REQUIRED)
                .remedy("Let the bind account read the subschema, or compare the schema by hand."));
        }
    };
    Ok(evaluate(store, &needs, &schema))
}

/// The names of attribute types and object classes, in lower case and sorted.
struct Schema {
    attributes: Vec<String>,
    classes: Vec<String>,
}

impl Schema {
    fn lacks<'a>(&self, attributes: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        attributes.into_iter().filter(|name| !has(&self.attributes, name)).collect()
    }
}

fn has(names: &[String], name: &str) -> bool {
    names.binary_search(&name.to_ascii_lowercase()).is_ok()
}

/// The schema, or the reason why it cannot be read.
async fn read(directory: &DirectorySession) -> Result<Result<Schema, String>, SharedFault> {
    let at = |base, filter, attributes| SearchRequest { base, scope: Scope::Base, filter, attributes, max_entries: 1 };
    let any = SearchFilter::Present("objectClass".to_owned());
    let (code, roots) = directory.search(&at("", any, &["subschemaSubentry"])).await?;
    let Some(base) = roots.first().and_then(|root| root.values("subschemaSubentry").first()) else {
        return Ok(Err(format!("The directory does not name its subschema entry (LDAP result {code}).")));
    };
    let kind = SearchFilter::Equal("objectClass".to_owned(), "subschema".to_owned());
    let (code, entries) = directory.search(&at(base, kind, &["attributeTypes", "objectClasses"])).await?;
    let Some(entry) =
        entries.first().filter(|entry| code == ldap::SUCCESS && !entry.values("attributeTypes").is_empty())
    else {
        return Ok(Err(format!("The bind account cannot read the schema of the directory (LDAP result {code}).")));
    };
    let names = |attribute: &str| {
        let descriptions = entry.values(attribute).iter();
        let mut names: Vec<String> =
            descriptions.flat_map(|text| ldap::names(text)).map(str::to_ascii_lowercase).collect();
        names.sort_unstable();
        names
    };
    Ok(Ok(Schema { attributes: names("attributeTypes"), classes: names("objectClasses") }))
}

fn evaluate(store: &UserStore, needs: &Needs<'_>, schema: &Schema) -> Verdict {
    let attributes = schema.lacks(needs.attributes.iter().copied());
    let class = needs.class.filter(|class| !has(&schema.classes, class));
    let missing: Vec<String> = (class.map(|class| format!("the object class {class}")).into_iter())
        .chain(attributes.iter().map(|name| format!("the attribute {name}")))
        .collect();
    if !missing.is_empty() {
        return Verdict::failed(format!("The schema of the directory lacks {}.", missing.join(" and ")), REQUIRED).remedy(
            "Enter what the directory has, such as inetOrgPerson and entryUUID, or load WSO2's schema into it: without them IS \
             creates and finds no user.",
        );
    }
    let times = schema.lacks(needs.times.iter().copied());
    if times.is_empty() {
        let all: Vec<&str> = needs.class.into_iter().chain(needs.attributes.iter().copied()).collect();
        return Verdict::passed(
            format!("The schema of the directory has {} and {}.", all.join(", "), needs.times.join(", ")),
            REQUIRED,
        );
    }
    let what = format!("The schema of the directory lacks {}", times.join(" and "));
    if store.kind == UserStoreKind::ActiveDirectory {
        return Verdict::warned(format!("{what}, which every Active Directory has."), REQUIRED)
            .remedy("Choose LDAP as the user store if it is another directory.");
    }
    Verdict::warned(format!("{what}, to which SCIM's created and modified are mapped."), REQUIRED).remedy(
        "Before the first start map http://wso2.org/claims/created and http://wso2.org/claims/modified to createTimestamp and \
         modifyTimestamp in repository/conf/claim-config.xml of every node, or load WSO2's schema into the directory.",
    )
}
