//! Migrations of a database's tables, and whether this version may use tables that a later version has migrated.
//!
//! A migration only adds: a version that does not know it can use the tables together with one that does. A migration that
//! cannot meet that raises the number in the table `oldest_program` to its own: earlier versions then refuse to start.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, name and statements of a migration.
pub(crate) type SchemaMigration = (i64, &'static str, &'static str);

/// The earliest migration that a program must know to use the tables. The table is missing in older databases.
pub(crate) const MINIMUM_MIGRATION_QUERY: &str = "SELECT max(step) FROM oldest_program";

/// The migrations for sqlx. It ignores those of a later version: [`compare_schema`] has decided about them before.
pub(crate) fn migrator(migrations: &[SchemaMigration]) -> Migrator {
    let migrations = migrations.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_ignore_missing(true);
    // The caller holds a lock already, which ends with the connection or the transaction.
    migrator.set_locking(false);
    migrator
}

/// The last migration that this version knows.
pub(crate) fn latest_version(migrations: &[SchemaMigration]) -> i64 {
    migrations.iter().map(|(version, _, _)| *version).max().unwrap_or(0)
}

/// The tables of a database, compared with the migrations of this version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SchemaState {
    /// Every migration was applied; later ones allow this version.
    Current,
    /// Migrations are missing.
    Outdated,
    /// This migration was applied, which this version does not know and which requires a later version.
    Newer(i64),
    /// This migration had other statements when it was applied.
    Differs(i64),
}

/// Compares the migrations with those that were applied (version and checksum), where the tables require a program that
/// knows migration `minimum`.
pub(crate) fn compare_schema(
    migrations: &[SchemaMigration],
    applied: &[(i64, Vec<u8>)],
    minimum: Option<i64>,
) -> SchemaState {
    let migrator = migrator(migrations);
    let latest = latest_version(migrations);
    if let Some((newer, _)) = applied.iter().find(|(version, _)| *version > latest)
        && minimum.is_none_or(|minimum| minimum > latest)
    {
        return SchemaState::Newer(*newer);
    }
    let mut is_outdated = false;
    for migration in migrator.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            Some(_) => return SchemaState::Differs(migration.version),
            None => is_outdated = true,
        }
    }
    if is_outdated { SchemaState::Outdated } else { SchemaState::Current }
}

/// Compares the built-in migrations with a folder's files.
#[cfg(test)]
pub(crate) fn assert_built_in(migrations: &[SchemaMigration], folder: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let mut files: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let built_in: Vec<String> =
        migrations.iter().map(|(version, name, _)| format!("{version:04}_{name}.sql")).collect();
    assert_eq!(files, built_in);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATIONS: [SchemaMigration; 2] =
        [(1, "one", "CREATE TABLE one (a INTEGER)"), (2, "two", "CREATE TABLE two (a INTEGER)")];

    fn applied(versions: &[i64]) -> Vec<(i64, Vec<u8>)> {
        let migrator = migrator(&MIGRATIONS);
        let checksum = |version| {
            migrator.iter().find(|migration| migration.version == version).map(|migration| migration.checksum.to_vec())
        };
        versions.iter().map(|version| (*version, checksum(*version).unwrap_or_default())).collect()
    }

    #[test]
    fn newer_tables_are_used_only_where_they_allow_it() {
        let compare = |applied: &[(i64, Vec<u8>)], minimum| compare_schema(&MIGRATIONS, applied, minimum);
        assert_eq!(compare(&applied(&[]), None), SchemaState::Outdated);
        assert_eq!(compare(&applied(&[1]), Some(1)), SchemaState::Outdated);
        assert_eq!(compare(&applied(&[1, 2]), Some(1)), SchemaState::Current);
        assert_eq!(compare(&applied(&[1, 2, 3]), Some(2)), SchemaState::Current);
        assert_eq!(compare(&applied(&[1, 2, 3]), Some(3)), SchemaState::Newer(3));
        assert_eq!(compare(&applied(&[1, 2, 3]), None), SchemaState::Newer(3));
        let mut other = applied(&[1, 2]);
        other[0].1 = vec![0];
        assert_eq!(compare(&other, Some(1)), SchemaState::Differs(1));
    }
}
