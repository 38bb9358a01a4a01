//! Inspects databases before and after they are filled: one packet asks everything, a second one counts the rows of existing
//! tables.
//!
//! A lock of the server (`GET_LOCK`), held by the connection, prevents two runs at the same time, also when the first one was
//! killed and the server still executes its last packet. [`super::database_plan`] decides what follows.

use domain::product::Version;
use domain::schema::ObservedSchema;

use super::database_plan::{DatabaseAction, plan_database};
use super::error::PrepareError;
use super::job::TargetDatabase;
use crate::mysql::grants::{AccountGrants, NameComparison};
use crate::mysql::quote;
use crate::mysql::session::{MysqlSession, QueryError, TextRow};
use crate::tables;

/// How long to wait for another run.
const LOCK_TIMEOUT_SECONDS: u8 = 10;

/// Whether the lock of a database is kept after the inspection.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum LockMode {
    /// Until the session ends: no other run changes the database meanwhile.
    Keep,
    /// Acquired and released, so that what is seen is not the middle of another run.
    Release,
}

/// The plan for each of `targets`, in their order.
pub(super) async fn inspect(
    session: &MysqlSession,
    version: Version,
    targets: &[&TargetDatabase],
    charset: &str,
    lock: LockMode,
) -> Result<Vec<DatabaseAction>, PrepareError> {
    let questions = targets.iter().map(|target| question(&target.name, lock));
    let questions: Vec<String> = std::iter::once(SERVER_QUESTIONS.to_owned()).chain(questions).collect();
    let rows = session.rows(questions.join(";")).await?;
    // Once is enough: a server does not become a replica during a preparation.
    if lock == LockMode::Release {
        let begin = rows.iter().position(is_mark).unwrap_or(rows.len());
        if let Some(reason) = replica(session, rows.get(..begin).unwrap_or_default()).await? {
            return Err(PrepareError::Replica(reason));
        }
    }
    let mut all: Vec<InspectionRows> = by_database(&rows).into_iter().map(InspectionRows::read).collect();
    if all.len() != targets.len() {
        return Err(QueryError::Broken.into());
    }
    if let Some((target, _)) = targets.iter().zip(&all).find(|(_, seen)| !seen.locked) {
        let database = target.name.clone();
        return Err(PrepareError::Busy { database, seconds: LOCK_TIMEOUT_SECONDS });
    }
    // Tables of other programs are counted too: their rows are data.
    let counts: Vec<String> = (targets.iter().zip(&all).enumerate())
        .filter_map(|(at, (target, seen))| {
            let count = tables::count_rows(&target.name, &seen.observed, |_| true)?;
            Some(format!("SELECT 'L', '{at}', '1';{count}"))
        })
        .collect();
    if !counts.is_empty() {
        let rows = session.rows(counts.join(";")).await?;
        for counted in by_database(&rows) {
            let at = counted.first().and_then(|mark| mark.get(1)?.as_deref()?.parse::<usize>().ok());
            if let Some(seen) = at.and_then(|at| all.get_mut(at)) {
                tables::add_counts(&mut seen.observed, counted);
            }
        }
    }
    let server_rows = rows.get(..rows.iter().position(is_mark).unwrap_or(rows.len())).unwrap_or_default();
    let plan_for = |(target, seen): (&&TargetDatabase, &InspectionRows)| {
        let plan = match seen.exists {
            false => DatabaseAction::Create,
            true => plan_database(version, target, charset, &seen.observed, seen.others),
        };
        let missing = missing_rights(server_rows, &target.name);
        if missing.is_empty() || matches!(plan, DatabaseAction::Leave | DatabaseAction::Refuse { .. }) {
            return plan;
        }
        DatabaseAction::Refuse {
            reason: format!("The administrator lacks the privileges {} on it.", missing.join(", ")),
            remedy: "Enter an account with these privileges, or ask a database administrator to grant them.",
        }
    };
    Ok(targets.iter().zip(&all).map(plan_for).collect())
}

/// Asks, before the databases, whether the server is a replica, and for the privileges of the administrator.
const SERVER_QUESTIONS: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only');\
                    SHOW GLOBAL STATUS LIKE 'Slaves_running';SHOW GRANTS";

/// Privileges that WSO2's scripts need on a database (observed on MySQL 9.7 with 7.3's scripts: without each of them one fails).
const SCRIPT_RIGHTS: [&str; 7] = ["CREATE", "ALTER", "INDEX", "REFERENCES", "INSERT", "SELECT", "DROP"];

/// The privileges on `database` that the administrator lacks; none when a role may give them, which only an attempt shows.
fn missing_rights(server_rows: &[TextRow], database: &str) -> Vec<&'static str> {
    let lines = || server_rows.iter().filter(|row| row.len() == 1).filter_map(|row| row.first()?.as_deref());
    let grants = AccountGrants::read(lines());
    if lines().next().is_none() || AccountGrants::name_roles(lines()) {
        return Vec::new();
    }
    // Whether wildcards are literal (partial_revokes) is not asked: a privilege counts if it does in either case.
    let missing = |literal: bool| {
        let how = NameComparison { literal, ignores_case: true };
        grants.missing(&SCRIPT_RIGHTS, database, how)
    };
    let literal = missing(true);
    missing(false).into_iter().filter(|right| literal.contains(right)).collect()
}

/// Why nothing must be created on this server, as a sentence: it replicates from another one, or is closed for writes. An
/// administrator could write where only `read_only` is on.
async fn replica(session: &MysqlSession, server_rows: &[TextRow]) -> Result<Option<&'static str>, QueryError> {
    let value = |wanted: &str| {
        server_rows.iter().find_map(|row| match row.as_slice() {
            [Some(name), Some(value)] if name.eq_ignore_ascii_case(wanted) => Some(value.as_str()),
            _ => None,
        })
    };
    let is_on = |name: &str| !matches!(value(name), None | Some("OFF" | "0"));
    if ["read_only", "super_read_only", "innodb_read_only"].into_iter().any(is_on) {
        return Ok(Some("The server is read-only."));
    }
    let has_source = match value("Slaves_running") {
        Some(running) => running != "0",
        // MySQL; it refuses an administrator without REPLICATION CLIENT.
        None => match session.rows("SHOW REPLICA STATUS".to_owned()).await {
            Ok(rows) => !rows.is_empty(),
            Err(QueryError::Server(_)) => false,
            Err(error) => return Err(error),
        },
    };
    Ok(has_source.then_some("The server replicates from another one."))
}

/// The questions about one database: the mark `L` begins its answers and reports whether the lock was acquired.
fn question(database: &str, lock: LockMode) -> String {
    let name = quote::text(database);
    let key = quote::text(&format!("clusterwright {database}").chars().take(64).collect::<String>());
    let release = match lock {
        LockMode::Keep => String::new(),
        LockMode::Release => format!(", RELEASE_LOCK({key})"),
    };
    format!(
        "SELECT 'L', {name}, GET_LOCK({key}, {LOCK_TIMEOUT_SECONDS}){release};\
         SELECT 'O', TABLE_NAME FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {name} AND TABLE_TYPE <> 'BASE TABLE';\
         SELECT 'O', ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {name};{}",
        tables::questions(database)
    )
}

fn is_mark(row: &TextRow) -> bool {
    row.first().is_some_and(|mark| mark.as_deref() == Some("L"))
}

/// The rows of each database, with the mark first.
fn by_database(rows: &[TextRow]) -> Vec<&[TextRow]> {
    let begins: Vec<usize> = (0..rows.len()).filter(|at| is_mark(&rows[*at])).collect();
    let ends = begins.iter().skip(1).copied().chain([rows.len()]);
    begins.iter().zip(ends).map(|(begin, end)| &rows[*begin..end]).collect()
}

/// What was observed of a database.
struct InspectionRows {
    locked: bool,
    exists: bool,
    /// Views, procedures and functions.
    others: usize,
    observed: ObservedSchema,
}

impl InspectionRows {
    fn read(rows: &[TextRow]) -> Self {
        let mark = |row: &TextRow| row.first().cloned().flatten().unwrap_or_default();
        let count = |wanted: &str| rows.iter().filter(|row| mark(row) == wanted).count();
        Self {
            locked: rows.first().and_then(|row| row.get(2)) == Some(&Some("1".to_owned())),
            exists: count("S") > 0,
            others: count("O"),
            observed: tables::observed(rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> TextRow {
        cells.iter().map(|cell| Some((*cell).to_owned())).collect()
    }

    #[test]
    fn answers_are_assigned_to_their_database() {
        let rows = [
            row(&["L", "one", "1"]),
            row(&["L", "two", "0", "0"]),
            row(&["O", "a_view"]),
            row(&["S", "latin1"]),
            row(&["T", "um_role", "InnoDB", "latin1_swedish_ci"]),
        ];
        let all: Vec<InspectionRows> = by_database(&rows).into_iter().map(InspectionRows::read).collect();
        let [one, two] = all.as_slice() else { panic!("{} databases", all.len()) };
        assert!(one.locked && !one.exists && one.others == 0);
        assert!(!two.locked && two.exists && two.others == 1);
        assert_eq!(two.observed.charset, "latin1");
        assert!(two.observed.tables.contains_key("UM_ROLE"));
    }
}
