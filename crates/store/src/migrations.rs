//! The steps that bring a database's tables up to date, and whether a program may use tables that are newer than it.
//!
//! A step only adds: a program that does not know it goes on working beside one that does. A step that cannot keep to
//! that raises the number in the table `oldest_program` to its own: older programs then say so and stop.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// A step: its number, its name, its statements.
pub(crate) type Step = (i64, &'static str, &'static str);

/// Asks for the oldest step that a program must know. There is no such table before it was invented.
pub(crate) const OLDEST: &str = "SELECT max(step) FROM oldest_program";

/// The steps for sqlx. Those of a newer program are passed over: [`judge`] has been asked before.
pub(crate) fn migrator(steps: &[Step]) -> Migrator {
    let migrations = steps.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_ignore_missing(true);
    // Whoever runs it holds a lock already, one that ends with the connection or the transaction.
    migrator.set_locking(false);
    migrator
}

/// The last step a program knows.
pub(crate) fn known(steps: &[Step]) -> i64 {
    steps.iter().map(|(version, _, _)| *version).max().unwrap_or(0)
}

/// What a program makes of the tables it finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    /// They are as it knows them, or newer and fit for it.
    Current,
    /// Steps are missing.
    Old,
    /// They have this step, which it does not know, and ask for a program that does.
    Newer(i64),
    /// This step was another one when it was taken.
    Differs(i64),
}

/// Judges the steps that were taken (number and checksum), where the tables ask for a program that knows step `oldest`.
pub(crate) fn judge(steps: &[Step], taken: &[(i64, Vec<u8>)], oldest: Option<i64>) -> Tables {
    let migrator = migrator(steps);
    let known = known(steps);
    if let Some((newer, _)) = taken.iter().find(|(version, _)| *version > known)
        && oldest.is_none_or(|oldest| oldest > known)
    {
        return Tables::Newer(*newer);
    }
    let mut missing = false;
    for step in migrator.iter() {
        match taken.iter().find(|(version, _)| *version == step.version) {
            Some((_, checksum)) if *checksum == *step.checksum => {}
            Some(_) => return Tables::Differs(step.version),
            None => missing = true,
        }
    }
    if missing { Tables::Old } else { Tables::Current }
}

/// Compares the built-in steps with a folder's files.
#[cfg(test)]
pub(crate) fn assert_built_in(steps: &[Step], folder: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let built_in: Vec<String> = steps.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
    assert_eq!(files, built_in);
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 2] = [(1, "one", "CREATE TABLE one (a INTEGER)"), (2, "two", "CREATE TABLE two (a INTEGER)")];

    fn taken(versions: &[i64]) -> Vec<(i64, Vec<u8>)> {
        let migrator = migrator(&STEPS);
        let checksum =
            |version| migrator.iter().find(|step| step.version == version).map(|step| step.checksum.to_vec());
        versions.iter().map(|version| (*version, checksum(*version).unwrap_or_default())).collect()
    }

    #[test]
    fn newer_tables_are_used_only_where_they_allow_it() {
        assert_eq!(judge(&STEPS, &taken(&[]), None), Tables::Old);
        assert_eq!(judge(&STEPS, &taken(&[1]), Some(1)), Tables::Old);
        assert_eq!(judge(&STEPS, &taken(&[1, 2]), Some(1)), Tables::Current);
        assert_eq!(judge(&STEPS, &taken(&[1, 2, 3]), Some(2)), Tables::Current);
        assert_eq!(judge(&STEPS, &taken(&[1, 2, 3]), Some(3)), Tables::Newer(3));
        assert_eq!(judge(&STEPS, &taken(&[1, 2, 3]), None), Tables::Newer(3));
        let mut other = taken(&[1, 2]);
        other[0].1 = vec![0];
        assert_eq!(judge(&STEPS, &other, Some(1)), Tables::Differs(1));
    }
}
