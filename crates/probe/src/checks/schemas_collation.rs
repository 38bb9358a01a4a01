//! DB-20: names are compared as IS expects: user names ignore case, registry paths do not.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::SchemaState;
use domain::values::DatabaseName;

use crate::facts::Facts;
use crate::facts::plan_databases;
use crate::facts::schemas;
use crate::facts::table_contents::DatabaseContents;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::greeting;
use domain::sites::reported;

const REQUIRED: &str = "The collation ignores case, except for registry paths.";

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    evaluate_all(facts).await.unwrap_or_else(|fault| vec![fault.verdict_for(CheckId::Db20, REQUIRED)])
}

async fn evaluate_all(facts: &Facts) -> Result<Vec<Verdict>, SharedFault> {
    let database = facts.database()?;
    let product = facts.answers().product.as_ref();
    let version = product.ok_or_else(|| SharedFault::incomplete("Product", "the IS version is missing"))?.version;
    let found = facts.schemas().await?;
    let ignores_case = facts.variables().await?.ignores_case();
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for (_, name) in plan_databases::databases(database) {
        // DB-12 reports a name that is used twice.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let verdict = match schemas::find(found, name, ignores_case) {
            Some(schema) if is_case_sensitive(&schema.collation) => {
                let current =
                    format!("{}, in which Anna and anna are two users.", greeting::clean(schema.collation.as_bytes()));
                Verdict::warned(current, REQUIRED)
                    .remedy(
                        "Set the default collation of the character set before the scripts run. Existing tables keep their \
                         collation. As an administrator, run:",
                    )
                    .command(format!("ALTER DATABASE `{}` CHARACTER SET {};", schema.name, schema.charset))
            }
            Some(schema) => Verdict::passed(format!("{}.", greeting::clean(schema.collation.as_bytes())), REQUIRED),
            None => {
                Verdict::skipped("DB-11 failed: The account does not see the database.", REQUIRED).remedy("See DB-11.")
            }
        };
        verdicts.push(verdict.subject(name.as_str()));
    }
    verdicts.extend(columns(facts, version).await?);
    Ok(verdicts)
}

/// Whether a collation distinguishes upper and lower case: `latin1_bin`, `latin1_general_cs`, `utf8mb4_0900_as_cs`, `binary`.
fn is_case_sensitive(collation: &str) -> bool {
    let collation = collation.to_ascii_lowercase();
    collation == "binary" || collation.ends_with("_bin") || collation.ends_with("_cs")
}

/// The two most important columns, if the shared database has its tables: WSO2's script creates both.
async fn columns(facts: &Facts, version: Version) -> Result<Vec<Verdict>, SharedFault> {
    let name = &facts.database()?.shared_db;
    let is_of_another = |contents: &DatabaseContents| {
        let state = contents.schema.as_ref().map(|found| found.state());
        contents.roles.contains(&DatabaseRole::Shared) && matches!(state, Some(SchemaState::MadeBy { .. }))
    };
    // DB-15 reports tables of another version, whose script differs.
    if facts.contents().await?.iter().any(is_of_another) {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT UPPER(COLUMN_NAME), COLLATION_NAME FROM information_schema.COLUMNS WHERE LOWER(TABLE_SCHEMA) = '{}' AND \
         ((TABLE_NAME IN ('UM_USER', 'um_user') AND COLUMN_NAME = 'UM_USER_NAME') OR \
         (TABLE_NAME IN ('REG_PATH', 'reg_path') AND COLUMN_NAME = 'REG_PATH_VALUE'))",
        name.as_str().to_ascii_lowercase()
    );
    let rows = facts.session().await?.rows(query).await?;
    let evaluate = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(column), Some(collation)]) => evaluate_column(version, name, &column, &collation),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(evaluate).collect())
}

/// `None` if the column is as in the script.
fn evaluate_column(version: Version, database: &DatabaseName, column: &str, collation: &str) -> Option<Verdict> {
    let shown = greeting::clean(collation.as_bytes());
    let is_path = column == "REG_PATH_VALUE" && version.facts().registry_path_collation;
    let (current, command) = match (is_path, is_case_sensitive(collation)) {
        (true, false) => (
            reported(format!("REG_PATH.REG_PATH_VALUE has {shown}, in which /a and /A are equal.")),
            format!(
                "ALTER TABLE `{}`.REG_PATH MODIFY REG_PATH_VALUE VARCHAR(750) CHARACTER SET latin1 COLLATE \
                 latin1_general_cs NOT NULL;",
                database.as_str()
            ),
        ),
        (false, true) if column == "UM_USER_NAME" => (
            reported(format!("UM_USER.UM_USER_NAME has {shown}, in which Anna and anna are two users.")),
            format!("ALTER TABLE `{}`.UM_USER CONVERT TO CHARACTER SET latin1;", database.as_str()),
        ),
        _ => return None,
    };
    let verdict = Verdict::warned(current, REQUIRED)
        .remedy("Stop IS, make a backup and change the column to match WSO2's script. As an administrator, run:");
    Some(verdict.command(command).subject(database.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_sensitive_collations_are_recognised() {
        for (collation, expected) in [
            ("latin1_swedish_ci", false),
            ("utf8mb4_0900_ai_ci", false),
            ("utf8mb4_uca1400_ai_ci", false),
            ("latin1_general_cs", true),
            ("utf8mb4_0900_as_cs", true),
            ("utf8mb4_bin", true),
            ("binary", true),
        ] {
            assert_eq!(is_case_sensitive(collation), expected, "{collation}");
        }
    }
}
