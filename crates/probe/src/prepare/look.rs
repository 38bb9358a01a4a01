//! Looks at databases before and after they are filled: all that is asked goes in one packet, and a second one counts rows
//! where there are tables.
//!
//! A lock of the server's, held by the connection, keeps two runs apart, also where the first was killed and the server is
//! still busy with its last packet. What is to be done is judged in [`super::todo`].

use domain::product::Version;
use domain::schema::Observed;

use super::{PrepareError, Target, Todo, todo};
use crate::mysql::grants::{Comparison, Grants};
use crate::mysql::quote;
use crate::mysql::session::{QueryError, Session, TextRow};
use crate::tables;

/// How long is waited for the end of another run, in seconds.
const LOCK_WAIT: u8 = 10;

/// Whether the lock of a database is kept after a look.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Lock {
    /// Until the session ends: nobody else changes the database meanwhile.
    Keep,
    /// Only waited for, so that what is seen is not the middle of another run.
    Release,
}

/// What is to be done to each database, in their order.
pub(super) async fn look(
    session: &Session,
    version: Version,
    targets: &[&Target],
    charset: &str,
    lock: Lock,
) -> Result<Vec<Todo>, PrepareError> {
    let questions = targets.iter().map(|target| question(&target.name, lock));
    let questions: Vec<String> = std::iter::once(ROLE.to_owned()).chain(questions).collect();
    let rows = session.rows(questions.join(";")).await?;
    // Once is enough: nobody makes a replica of a server in between.
    if lock == Lock::Release {
        let begin = rows.iter().position(is_mark).unwrap_or(rows.len());
        if let Some(why) = replica(session, rows.get(..begin).unwrap_or_default()).await? {
            return Err(PrepareError::Replica(why));
        }
    }
    let mut all: Vec<Seen> = by_database(&rows).into_iter().map(Seen::read).collect();
    if all.len() != targets.len() {
        return Err(QueryError::Broken.into());
    }
    if let Some((target, _)) = targets.iter().zip(&all).find(|(_, seen)| !seen.locked) {
        let database = target.name.clone();
        return Err(PrepareError::Busy { database, seconds: LOCK_WAIT });
    }
    // Data is data in whatever table: also those of other programs are counted.
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
                tables::take_counts(&mut seen.observed, counted);
            }
        }
    }
    let said = rows.get(..rows.iter().position(is_mark).unwrap_or(rows.len())).unwrap_or_default();
    let judge = |(target, seen): (&&Target, &Seen)| {
        let todo = match seen.exists {
            false => Todo::Create,
            true => todo(version, target, charset, &seen.observed, seen.others),
        };
        let lacking = lacking(said, &target.name);
        if lacking.is_empty() || matches!(todo, Todo::Nothing | Todo::Refuse { .. }) {
            return todo;
        }
        Todo::Refuse {
            why: format!("the administrator lacks {} on it", lacking.join(", ")),
            remedy: "Enter an account that may create databases, tables and accounts, or let a DBA grant what is missing.",
        }
    };
    Ok(targets.iter().zip(&all).map(judge).collect())
}

/// Asks, in front of the databases, whether the server takes changes from us alone, and what the administrator may do.
const ROLE: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only', 'innodb_read_only');\
                    SHOW GLOBAL STATUS LIKE 'Slaves_running';SHOW GRANTS";

/// What WSO2's scripts need on a database (run on MySQL 9.7 with 7.3's scripts: without each of them one fails).
const OF_SCRIPTS: [&str; 7] = ["CREATE", "ALTER", "INDEX", "REFERENCES", "INSERT", "SELECT", "DROP"];

/// The rights on `database` that the administrator lacks; none where a role may give them, which is seen only by trying.
fn lacking(said: &[TextRow], database: &str) -> Vec<&'static str> {
    let lines = || said.iter().filter(|row| row.len() == 1).filter_map(|row| row.first()?.as_deref());
    let grants = Grants::read(lines());
    if lines().next().is_none() || Grants::name_roles(lines()) {
        return Vec::new();
    }
    // Whether wildcards are letters (partial_revokes) is not asked: a right counts where it is one in either way.
    let missing = |literal: bool| {
        let how = Comparison { literal, ignores_case: true };
        grants.missing(&OF_SCRIPTS, database, how)
    };
    let literal = missing(true);
    missing(false).into_iter().filter(|right| literal.contains(right)).collect()
}

/// Why nothing must be made on this server: its changes come from another one, or it takes none. An administrator writes
/// all the same where `read_only` alone is on.
async fn replica(session: &Session, said: &[TextRow]) -> Result<Option<&'static str>, QueryError> {
    let value = |wanted: &str| {
        said.iter().find_map(|row| match row.as_slice() {
            [Some(name), Some(value)] if name.eq_ignore_ascii_case(wanted) => Some(value.as_str()),
            _ => None,
        })
    };
    let is_on = |name: &str| !matches!(value(name), None | Some("OFF" | "0"));
    if ["read_only", "super_read_only", "innodb_read_only"].into_iter().any(is_on) {
        return Ok(Some("the server is read_only"));
    }
    let has_source = match value("Slaves_running") {
        Some(running) => running != "0",
        // MySQL; an administrator without the right to know it is not told.
        None => match session.rows("SHOW REPLICA STATUS".to_owned()).await {
            Ok(rows) => !rows.is_empty(),
            Err(QueryError::Server(_)) => false,
            Err(error) => return Err(error),
        },
    };
    Ok(has_source.then_some("the server takes its changes over from another one"))
}

/// What is asked about one database: the mark `L` begins its answers and says whether nobody else is filling it.
fn question(database: &str, lock: Lock) -> String {
    let name = quote::text(database);
    let key = quote::text(&format!("clusterwright {database}").chars().take(64).collect::<String>());
    let release = match lock {
        Lock::Keep => String::new(),
        Lock::Release => format!(", RELEASE_LOCK({key})"),
    };
    format!(
        "SELECT 'L', {name}, GET_LOCK({key}, {LOCK_WAIT}){release};\
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

/// What was seen of a database.
struct Seen {
    locked: bool,
    exists: bool,
    /// Views, procedures and functions.
    others: usize,
    observed: Observed,
}

impl Seen {
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
    fn answers_are_told_apart_by_database() {
        let rows = [
            row(&["L", "one", "1"]),
            row(&["L", "two", "0", "0"]),
            row(&["O", "a_view"]),
            row(&["S", "latin1"]),
            row(&["T", "um_role", "InnoDB", "latin1_swedish_ci"]),
        ];
        let all: Vec<Seen> = by_database(&rows).into_iter().map(Seen::read).collect();
        let [one, two] = all.as_slice() else { panic!("{} databases", all.len()) };
        assert!(one.locked && !one.exists && one.others == 0);
        assert!(!two.locked && two.exists && two.others == 1);
        assert_eq!(two.observed.charset, "latin1");
        assert!(two.observed.tables.contains_key("UM_ROLE"));
    }
}
