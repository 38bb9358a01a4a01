//! DB-20: names compare as IS expects: user names in any case, registry paths letter by letter.

use domain::check::CheckId;
use domain::product::{DatabaseRole, Version};
use domain::schema::State;
use domain::values::DatabaseName;

use super::contents::Contents;
use super::database_version::unanswered;
use super::schemas;
use super::sql;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting;
use crate::shared::Shared;

const REQUIRED: &str = "a collation that ignores case, but for registry paths";

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    look(shared).await.unwrap_or_else(|fault| vec![fault.told_by(CheckId::Db20, REQUIRED)])
}

async fn look(shared: &Shared) -> Result<Vec<Verdict>, Fault> {
    let database = shared.database()?;
    let product = shared.answers().product.as_ref();
    let version = product.ok_or_else(|| Fault::incomplete("Product", "the IS version is missing"))?.version;
    let found = shared.schemas().await?;
    let ignores_case = shared.variables().await?.ignores_case();
    let mut verdicts = Vec::new();
    let mut seen: Vec<&DatabaseName> = Vec::new();
    for (_, name) in sql::databases(database) {
        // The same name twice is for DB-12 to tell.
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let verdict = match schemas::find(found, name, ignores_case) {
            Some(schema) if minds_case(&schema.collation) => {
                let current = format!("{}: Anna and anna are two users", greeting::clean(schema.collation.as_bytes()));
                Verdict::warned(current, REQUIRED)
                    .remedy(
                        "Give the database the default collation of its character set before the scripts run; tables that \
                         are there keep theirs. As an administrator:",
                    )
                    .command(format!("ALTER DATABASE `{}` CHARACTER SET {};", schema.name, schema.charset))
            }
            Some(schema) => Verdict::passed(greeting::clean(schema.collation.as_bytes()), REQUIRED),
            None => Verdict::could_not_check("because DB-11 failed: the account does not see it", REQUIRED)
                .remedy("See DB-11."),
        };
        verdicts.push(verdict.of(name.as_str()));
    }
    verdicts.extend(columns(shared, version).await?);
    Ok(verdicts)
}

/// Whether a collation tells upper from lower case: `latin1_bin`, `latin1_general_cs`, `utf8mb4_0900_as_cs`, `binary`.
fn minds_case(collation: &str) -> bool {
    let collation = collation.to_ascii_lowercase();
    collation == "binary" || collation.ends_with("_bin") || collation.ends_with("_cs")
}

/// The two columns that matter most, where the shared database has its tables: both are made by WSO2's script.
async fn columns(shared: &Shared, version: Version) -> Result<Vec<Verdict>, Fault> {
    let name = &shared.database()?.shared_db;
    let is_of_another = |contents: &Contents| {
        let state = contents.found.as_ref().map(|found| found.state());
        contents.roles.contains(&DatabaseRole::Shared) && matches!(state, Some(State::MadeBy { .. }))
    };
    // Tables of another version are for DB-15 to tell: that one's script is not this one's.
    if shared.contents().await?.iter().any(is_of_another) {
        return Ok(Vec::new());
    }
    let query = format!(
        "SELECT UPPER(COLUMN_NAME), COLLATION_NAME FROM information_schema.COLUMNS WHERE LOWER(TABLE_SCHEMA) = '{}' AND \
         ((TABLE_NAME IN ('UM_USER', 'um_user') AND COLUMN_NAME = 'UM_USER_NAME') OR \
         (TABLE_NAME IN ('REG_PATH', 'reg_path') AND COLUMN_NAME = 'REG_PATH_VALUE'))",
        name.as_str().to_ascii_lowercase()
    );
    let rows = shared.session().await?.rows(query).await.map_err(unanswered)?;
    let judge = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(column), Some(collation)]) => judge_column(version, name, &column, &collation),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(judge).collect())
}

/// `None` when the column is as the script makes it.
fn judge_column(version: Version, database: &DatabaseName, column: &str, collation: &str) -> Option<Verdict> {
    let shown = greeting::clean(collation.as_bytes());
    // The script of 5.10 leaves the column to the database.
    let is_path = column == "REG_PATH_VALUE" && version != Version::V5_10_0;
    let (current, command) = match (is_path, minds_case(collation)) {
        (true, false) => (
            format!("REG_PATH.REG_PATH_VALUE has {shown}, which takes /a for /A"),
            format!(
                "ALTER TABLE `{}`.REG_PATH MODIFY REG_PATH_VALUE VARCHAR(750) CHARACTER SET latin1 COLLATE \
                 latin1_general_cs NOT NULL;",
                database.as_str()
            ),
        ),
        (false, true) if column == "UM_USER_NAME" => (
            format!("UM_USER.UM_USER_NAME has {shown}: Anna and anna are two users"),
            format!("ALTER TABLE `{}`.UM_USER CONVERT TO CHARACTER SET latin1;", database.as_str()),
        ),
        _ => return None,
    };
    let verdict = Verdict::warned(current, REQUIRED)
        .remedy("Change the column as WSO2's script has it, with IS stopped and a backup made. As an administrator:");
    Some(verdict.command(command).of(database.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collations_that_mind_case_are_known_by_their_end() {
        for (collation, minds) in [
            ("latin1_swedish_ci", false),
            ("utf8mb4_0900_ai_ci", false),
            ("utf8mb4_uca1400_ai_ci", false),
            ("latin1_general_cs", true),
            ("utf8mb4_0900_as_cs", true),
            ("utf8mb4_bin", true),
            ("binary", true),
        ] {
            assert_eq!(minds_case(collation), minds, "{collation}");
        }
    }
}
