//! DB-19: a name with non-ASCII characters is read from the user store as it was written. The only check that writes: a row in a
//! transaction on a separate connection, which is rolled back. `domain::schema` lists the names that a store must hold.

use domain::check::CheckId;
use domain::product::Version;
use domain::schema::{TEST_STRINGS, TestString, attribute_charset, charset_name};
use domain::steps::Database;
use domain::values::DatabaseName;
use tokio::time::timeout;

use super::table_contents::blocked_by;
use crate::facts::Facts;
use crate::facts::time::QUIT_TIMEOUT;
use crate::fault::{SharedFault, Verdict};
use crate::mysql::greeting;
use crate::mysql::session::{MysqlSession, QueryError, TextRow};
use domain::sites::reported;

const REQUIRED: &str = "Names are read as they were written";
/// The keys of the row: no tenant of IS has an ID below that of the super tenant, -1234, and AUTO_INCREMENT generates no negative
/// values. The counter may advance nevertheless, as with any rollback.
const ROW: &str = "UM_ID = -19 AND UM_TENANT_ID = -190019";
/// MySQL: the column cannot hold the value.
const ER_TRUNCATED_WRONG_VALUE_FOR_FIELD: u16 = 1366;
/// MySQL: the account has no privilege on the table or column.
const ACCESS_DENIED: [u16; 2] = [1142, 1143];
/// MySQL: the server or the transaction is read-only.
const READ_ONLY: [u16; 3] = [1290, 1792, 1836];

/// The properties of the table that matter before a row is written.
struct TargetTable {
    engine: String,
    charset: String,
    has_triggers: bool,
}

pub(crate) async fn check(facts: &Facts) -> Vec<Verdict> {
    vec![evaluate(facts).await.unwrap_or_else(|fault| fault.verdict_for(CheckId::Db19, REQUIRED))]
}

async fn evaluate(facts: &Facts) -> Result<Verdict, SharedFault> {
    let version = facts.version()?;
    let database = facts.database()?;
    let name = &database.shared_db;
    let Some(table) = table(facts.session().await?, name).await? else {
        return Ok(Verdict::skipped(
            "The table UM_USER_ATTRIBUTE does not exist, or the account does not see it.",
            REQUIRED,
        )
        .remedy("Run the scripts first. DB-11 and DB-16 report what is missing. Nothing was written."));
    };
    if !table.engine.eq_ignore_ascii_case("InnoDB") {
        let engine = greeting::clean(table.engine.as_bytes());
        return Ok(blocked_by(
            "DB-23",
            &format!("{engine} does not support transactions. Nothing was written."),
            REQUIRED,
        ));
    }
    if table.has_triggers {
        return Ok(Verdict::skipped("The table has triggers, which may write to other tables.", REQUIRED).remedy(
            "Nothing was written. Create a user with such a name in IS, or ask an administrator to drop the triggers.",
        ));
    }
    // On a separate connection: the queries of other checks would be part of the transaction.
    let session = facts.second_session(REQUIRED).await?;
    let written = write(&session, name).await;
    // In any case: a connection that ends rolls its transaction back.
    let _ = timeout(QUIT_TIMEOUT, session.close()).await;
    Ok(match written {
        Ok(written) => written_verdict(version, database, &table, &written),
        Err(QueryError::Server(code)) if ACCESS_DENIED.contains(&code) => {
            blocked_by("DB-10", &format!("The account may not write to the table (error {code})."), REQUIRED)
        }
        Err(QueryError::Server(code)) if READ_ONLY.contains(&code) => {
            blocked_by("DB-33", &format!("The server is read-only (error {code})."), REQUIRED)
        }
        Err(error) => Verdict::skipped(format!("The row could not be written: {error}."), REQUIRED)
            .remedy("The transaction was rolled back. Run the check again."),
    })
}

/// `None` if the table does not exist, or the account does not see it.
async fn table(session: &MysqlSession, database: &DatabaseName) -> Result<Option<TargetTable>, QueryError> {
    let of = |name: &str| format!("LOWER({name}_SCHEMA) = '{}'", database.as_str().to_ascii_lowercase());
    let query = format!(
        "SELECT t.ENGINE, c.CHARACTER_SET_NAME, (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE {} AND \
         EVENT_OBJECT_TABLE = t.TABLE_NAME) FROM information_schema.TABLES t JOIN information_schema.COLUMNS c ON \
         c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME WHERE {} AND \
         UPPER(t.TABLE_NAME) = 'UM_USER_ATTRIBUTE' AND UPPER(c.COLUMN_NAME) = 'UM_ATTR_VALUE'",
        of("EVENT_OBJECT"),
        of("t.TABLE")
    );
    let rows = session.rows(query).await?;
    let table = |row: TextRow| match <[Option<String>; 3]>::try_from(row) {
        Ok([engine, charset, triggers]) => Some(TargetTable {
            engine: engine.unwrap_or_default(),
            charset: charset_name(&charset.unwrap_or_default()),
            has_triggers: triggers.as_deref() != Some("0"),
        }),
        Err(_) => None,
    };
    Ok(rows.into_iter().next().and_then(table))
}

/// The value that was read for each name; `None` if the column refused it.
async fn write(session: &MysqlSession, database: &DatabaseName) -> Result<Vec<Option<String>>, QueryError> {
    let table = format!("`{}`.UM_USER_ATTRIBUTE", database.as_str());
    // The character set of JDBC drivers. The lock timeout is shorter than that of a check.
    let begin = "SET NAMES utf8mb4; SET SESSION innodb_lock_wait_timeout = 2, lock_wait_timeout = 2; START TRANSACTION";
    session.rows(begin.to_owned()).await?;
    let mut written = Vec::new();
    for TestString { name, .. } in TEST_STRINGS {
        let statements = format!(
            "INSERT INTO {table} (UM_ID, UM_TENANT_ID, UM_ATTR_NAME, UM_ATTR_VALUE) VALUES (-19, -190019, 'clusterwright', \
             '{name}'); SELECT UM_ATTR_VALUE FROM {table} WHERE {ROW}; DELETE FROM {table} WHERE {ROW}"
        );
        written.push(match session.rows(statements).await {
            Ok(rows) => rows.into_iter().flatten().next().flatten(),
            Err(QueryError::Server(ER_TRUNCATED_WRONG_VALUE_FOR_FIELD)) => None,
            Err(error) => return Err(error),
        });
    }
    session.rows("ROLLBACK".to_owned()).await?;
    Ok(written)
}

fn written_verdict(version: Version, database: &Database, table: &TargetTable, written: &[Option<String>]) -> Verdict {
    let expected = attribute_charset(version, database.charset.value());
    let (kept, lost): (Vec<_>, Vec<_>) =
        TEST_STRINGS.iter().zip(written).partition(|(letters, back)| back.as_deref() == Some(letters.name));
    let kinds = |letters: &[(&TestString, &Option<String>)]| {
        letters.iter().map(|(letters, _)| letters.words).collect::<Vec<_>>().join(" and ")
    };
    let wanted: Vec<&str> =
        TEST_STRINGS.iter().filter(|letters| letters.is_supported_by(expected)).map(|letters| letters.words).collect();
    let required = format!("{REQUIRED}: {}.", wanted.join(", "));
    let found = greeting::clean(table.charset.as_bytes());
    let missed: Vec<_> = lost.iter().copied().filter(|(letters, _)| letters.is_supported_by(expected)).collect();
    if missed.is_empty() {
        let current = match lost.as_slice() {
            [] => format!("Preserved: {}.", kinds(&kept)),
            lost => format!(
                "Preserved: {}. Not preserved: {}. IS {} creates the column as {found}.",
                kinds(&kept),
                kinds(lost),
                version.value()
            ),
        };
        return Verdict::passed(current, required);
    }
    let how = |(letters, back): &(&TestString, &Option<String>)| match back {
        Some(back) => {
            let back: String = back.chars().filter(|letter| !letter.is_control()).take(40).collect();
            reported(format!("{} is read as {back}", letters.name))
        }
        None => reported(format!("{} is refused (error {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD})", letters.name)),
    };
    let problems: Vec<String> = missed.iter().map(how).collect();
    // As in the scripts, so that DB-20 passes.
    let collation = if expected == "utf8mb4" { " COLLATE utf8mb4_unicode_ci" } else { "" };
    Verdict::warned(format!("{}. The column is {found}.", problems.join("; ")), required)
        .remedy(
            "Users with such names are stored incorrectly or not at all. Stop IS, make a backup and change the character set of the \
             column. As an administrator, run:",
        )
        .command(format!(
            "ALTER TABLE `{}`.UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET {expected}{collation};",
            database.shared_db.as_str()
        ))
}
