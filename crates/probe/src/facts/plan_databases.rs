//! The databases that the plan names.

use domain::product::DatabaseRole;
use domain::steps::Database;
use domain::values::DatabaseName;

/// The databases of the plan with their roles.
pub(crate) fn databases(database: &Database) -> Vec<(DatabaseRole, &DatabaseName)> {
    let mut all = vec![(DatabaseRole::Identity, &database.identity_db), (DatabaseRole::Shared, &database.shared_db)];
    all.extend(database.agent_db.as_ref().map(|name| (DatabaseRole::Agent, name)));
    all
}

/// All databases that the account needs, including that of the workflow engine, whose tables are not known.
pub(crate) fn names(database: &Database) -> Vec<&DatabaseName> {
    databases(database).into_iter().map(|(_, name)| name).chain(&database.workflow_db).collect()
}

/// The names of all databases as a list of SQL strings, in lower case.
pub(crate) fn list_of_names(database: &Database) -> String {
    let names: Vec<String> = names(database).iter().map(|name| format!("'{}'", name.as_str())).collect();
    names.join(", ").to_ascii_lowercase()
}
