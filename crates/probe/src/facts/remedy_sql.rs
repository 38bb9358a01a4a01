//! SQL of remedies. Names have types that need no quoting; passwords are never written.

use domain::steps::Database;
use domain::values::DatabaseName;

use super::plan_databases::names;

/// Placeholder for the password, which a result must not contain.
pub(crate) const PASSWORD_PLACEHOLDER: &str = "<account password>";

/// The account in SQL: `'wso2is'@'%'`.
pub(crate) fn account(database: &Database) -> String {
    format!("'{}'@'{}'", database.username.as_str(), database.account_host.as_str())
}

/// Lists the account and the anonymous accounts, which the server prefers if their host is more specific.
pub(crate) fn select_account(database: &Database) -> String {
    format!("SELECT user, host, plugin FROM mysql.user WHERE user IN ('{}', '');", database.username.as_str())
}

pub(crate) fn create_user(database: &Database) -> String {
    format!("CREATE USER IF NOT EXISTS {} IDENTIFIED BY '{PASSWORD_PLACEHOLDER}';", account(database))
}

pub(crate) fn alter_user(database: &Database) -> String {
    format!("ALTER USER {} IDENTIFIED BY '{PASSWORD_PLACEHOLDER}';", account(database))
}

/// The run-time rights on all databases of the plan.
pub(crate) fn grants(database: &Database, literal: bool) -> String {
    let lines: Vec<String> = names(database).into_iter().map(|name| grant(database, name, literal)).collect();
    lines.join("\n")
}

/// The run-time rights on one database. As in database/grants.sql, `_` is escaped: a grant with a wildcard has a lower
/// precedence than one without. With `literal` names (MySQL with `partial_revokes`) a backslash would be part of the name.
pub(crate) fn grant(database: &Database, name: &DatabaseName, literal: bool) -> String {
    let name = if literal { name.as_str().to_owned() } else { name.as_str().replace('_', "\\_") };
    format!("GRANT SELECT, INSERT, UPDATE, DELETE ON `{name}`.* TO {};", account(database))
}

pub(crate) fn create_database(database: &Database, name: &DatabaseName) -> String {
    format!("{};", database.create_statement(name.as_str()))
}
