//! DB-19: a name with letters beyond ASCII comes back from the user store as it was written. The one check that writes: a
//! row in a transaction of a connection of its own, which is rolled back. Which names a store is to hold is said in
//! `domain::schema`.

use domain::check::CheckId;
use domain::product::Version;
use domain::schema::{LETTERS, Letters, attribute_charset, charset_name};
use domain::steps::Database;
use domain::values::DatabaseName;
use tokio::time::timeout;

use super::contents::{because, version};
use super::database_login;
use super::database_version::unanswered;
use crate::fault::{Fault, Verdict};
use crate::mysql::greeting;
use crate::mysql::session::{QueryError, Session, TextRow};
use crate::shared::{GOODBYE, Shared};

const REQUIRED: &str = "names come back as they were written";
/// The row's keys: no tenant of IS has a number below that of the super tenant, -1234, and no counter gives numbers below
/// zero. The table's counter may take a step all the same, as with any roll-back.
const ROW: &str = "UM_ID = -19 AND UM_TENANT_ID = -190019";
/// Errors of MySQL: a value that the column cannot hold.
const NOT_A_STRING: u16 = 1366;
/// The account may not do that to the table, or not to this column.
const MAY_NOT: [u16; 2] = [1142, 1143];
/// The server is read-only, or the transaction.
const READ_ONLY: [u16; 3] = [1290, 1792, 1836];

/// The table, as far as it matters before anything is written.
struct Table {
    engine: String,
    charset: String,
    triggers: bool,
}

pub(crate) async fn check(shared: &Shared) -> Vec<Verdict> {
    vec![look(shared).await.unwrap_or_else(|fault| fault.told_by(CheckId::Db19, REQUIRED))]
}

async fn look(shared: &Shared) -> Result<Verdict, Fault> {
    let version = version(shared)?;
    let database = shared.database()?;
    let name = &database.shared_db;
    let Some(table) = table(shared.session().await?, name).await.map_err(unanswered)? else {
        return Ok(Verdict::could_not_check("the table UM_USER_ATTRIBUTE is not there, or not to be seen", REQUIRED)
            .remedy("Run the scripts first; DB-11 and DB-16 say what is there. Nothing was written."));
    };
    if !table.engine.eq_ignore_ascii_case("InnoDB") {
        let engine = greeting::clean(table.engine.as_bytes());
        return Ok(because("DB-23", &format!("{engine} cannot roll back, and nothing was written"), REQUIRED));
    }
    if table.triggers {
        return Ok(Verdict::could_not_check("the table has triggers, which may write elsewhere", REQUIRED)
            .remedy("Nothing was written. Try a name with IS itself, or take the triggers away."));
    }
    // Not on the connection of the others: their questions would be part of the transaction.
    let session = database_login::again(shared, REQUIRED).await?;
    let written = write(&session, name).await;
    // Whatever happened: a connection that ends takes its transaction with it.
    let _ = timeout(GOODBYE, session.close()).await;
    Ok(match written {
        Ok(written) => judge(version, database, &table, &written),
        Err(QueryError::Server(code)) if MAY_NOT.contains(&code) => {
            because("DB-10", &format!("the account may not write there (error {code})"), REQUIRED)
        }
        Err(QueryError::Server(code)) if READ_ONLY.contains(&code) => {
            because("DB-33", &format!("the server takes no writes (error {code})"), REQUIRED)
        }
        Err(error) => Verdict::could_not_check(format!("the row could not be written: {error}"), REQUIRED)
            .remedy("Nothing of it stays: the transaction ended with the connection. Run the check again."),
    })
}

/// `None` where there is no such table, or the account does not see it.
async fn table(session: &Session, database: &DatabaseName) -> Result<Option<Table>, QueryError> {
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
        Ok([engine, charset, triggers]) => Some(Table {
            engine: engine.unwrap_or_default(),
            charset: charset_name(&charset.unwrap_or_default()),
            triggers: triggers.as_deref() != Some("0"),
        }),
        Err(_) => None,
    };
    Ok(rows.into_iter().next().and_then(table))
}

/// What came back of each name; `None` where the column refused it.
async fn write(session: &Session, database: &DatabaseName) -> Result<Vec<Option<String>>, QueryError> {
    let table = format!("`{}`.UM_USER_ATTRIBUTE", database.as_str());
    // The character set as JDBC drivers have it. Who waits for a lock waits as long as a check may take.
    let begin = "SET NAMES utf8mb4; SET SESSION innodb_lock_wait_timeout = 2, lock_wait_timeout = 2; START TRANSACTION";
    session.rows(begin.to_owned()).await?;
    let mut written = Vec::new();
    for Letters { name, .. } in LETTERS {
        let statements = format!(
            "INSERT INTO {table} (UM_ID, UM_TENANT_ID, UM_ATTR_NAME, UM_ATTR_VALUE) VALUES (-19, -190019, 'clusterwright', \
             '{name}'); SELECT UM_ATTR_VALUE FROM {table} WHERE {ROW}; DELETE FROM {table} WHERE {ROW}"
        );
        written.push(match session.rows(statements).await {
            Ok(rows) => rows.into_iter().flatten().next().flatten(),
            Err(QueryError::Server(NOT_A_STRING)) => None,
            Err(error) => return Err(error),
        });
    }
    session.rows("ROLLBACK".to_owned()).await?;
    Ok(written)
}

fn judge(version: Version, database: &Database, table: &Table, written: &[Option<String>]) -> Verdict {
    let expected = attribute_charset(version, database.charset.value());
    let (kept, lost): (Vec<_>, Vec<_>) =
        LETTERS.iter().zip(written).partition(|(letters, back)| back.as_deref() == Some(letters.name));
    let words = |letters: &[(&Letters, &Option<String>)]| {
        letters.iter().map(|(letters, _)| letters.words).collect::<Vec<_>>().join(" and ")
    };
    let wanted: Vec<&str> =
        LETTERS.iter().filter(|letters| letters.fit(expected)).map(|letters| letters.words).collect();
    let required = format!("{REQUIRED}: {}", wanted.join(", "));
    let found = greeting::clean(table.charset.as_bytes());
    let missed: Vec<_> = lost.iter().copied().filter(|(letters, _)| letters.fit(expected)).collect();
    if missed.is_empty() {
        let current = match lost.as_slice() {
            [] => format!("{} come back", words(&kept)),
            lost => format!(
                "{} come back; {} do not: IS {} leaves the column in {found}",
                words(&kept),
                words(lost),
                version.value()
            ),
        };
        return Verdict::passed(current, required);
    }
    let how = |(letters, back): &(&Letters, &Option<String>)| match back {
        Some(back) => {
            let back: String = back.chars().filter(|letter| !letter.is_control()).take(40).collect();
            format!("{} comes back as {back}", letters.name)
        }
        None => format!("{} is refused (error {NOT_A_STRING})", letters.name),
    };
    let told: Vec<String> = missed.iter().map(how).collect();
    // As the scripts say it, so that DB-20 has nothing to tell.
    let collation = if expected == "utf8mb4" { " COLLATE utf8mb4_unicode_ci" } else { "" };
    Verdict::warned(format!("{}; the column is {found}", told.join("; ")), required)
        .remedy(
            "Users with such names are stored wrongly or not at all. With IS stopped and a backup made, an administrator gives \
             the column its character set:",
        )
        .command(format!(
            "ALTER TABLE `{}`.UM_USER_ATTRIBUTE MODIFY UM_ATTR_VALUE VARCHAR(1024) CHARACTER SET {expected}{collation};",
            database.shared_db.as_str()
        ))
}
