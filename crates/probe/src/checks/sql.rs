//! SQL that remedies offer. Names are of types that need no quoting; passwords are never written out.

use domain::product::DatabaseRole;
use domain::steps::Database;
use domain::values::DatabaseName;

/// Stands for the password, which a result must not hold.
pub(crate) const PASSWORD: &str = "<account password>";

/// The databases of the plan with their roles, in the order they are asked.
pub(crate) fn databases(database: &Database) -> Vec<(DatabaseRole, &DatabaseName)> {
    let mut all = vec![(DatabaseRole::Identity, &database.identity_db), (DatabaseRole::Shared, &database.shared_db)];
    all.extend(database.agent_db.as_ref().map(|name| (DatabaseRole::Agent, name)));
    all
}

/// All names that the account needs: the databases and the workflow engine's, whose tables are not known.
pub(crate) fn names(database: &Database) -> Vec<&DatabaseName> {
    databases(database).into_iter().map(|(_, name)| name).chain(&database.workflow_db).collect()
}

/// The names of all databases as a list of SQL texts, in lower case.
pub(crate) fn list_of_names(database: &Database) -> String {
    let names: Vec<String> = names(database).iter().map(|name| format!("'{}'", name.as_str())).collect();
    names.join(", ").to_ascii_lowercase()
}

/// The account as SQL takes it: `'wso2is'@'%'`.
pub(crate) fn account(database: &Database) -> String {
    format!("'{}'@'{}'", database.username.as_str(), database.account_host.as_str())
}

/// Lists the account with the anonymous ones, which the server prefers where their host is more specific.
pub(crate) fn select_account(database: &Database) -> String {
    format!("SELECT user, host, plugin FROM mysql.user WHERE user IN ('{}', '');", database.username.as_str())
}

pub(crate) fn create_user(database: &Database) -> String {
    format!("CREATE USER IF NOT EXISTS {} IDENTIFIED BY '{PASSWORD}';", account(database))
}

pub(crate) fn alter_user(database: &Database) -> String {
    format!("ALTER USER {} IDENTIFIED BY '{PASSWORD}';", account(database))
}

/// The run-time rights on all databases of the plan.
pub(crate) fn grants(database: &Database, literal: bool) -> String {
    let lines: Vec<String> = names(database).into_iter().map(|name| grant(database, name, literal)).collect();
    lines.join("\n")
}

/// The run-time rights on one database. As in database/grants.sql, `_` is written as the letter it is: a line with a
/// wildcard would count less than one without, and add nothing to it. Where the server takes names as they are (`literal`:
/// MySQL with `partial_revokes`), a backslash would be part of the name.
pub(crate) fn grant(database: &Database, name: &DatabaseName, literal: bool) -> String {
    let name = if literal { name.as_str().to_owned() } else { name.as_str().replace('_', "\\_") };
    format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{name}`.* TO {};", account(database))
}

pub(crate) fn create_database(database: &Database, name: &DatabaseName) -> String {
    format!("CREATE DATABASE `{}` CHARACTER SET {};", name.as_str(), database.charset.value())
}
