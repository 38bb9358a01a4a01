//! What can go wrong with a store, distinguished as far as the operator has something different to do about it.
//!
//! No message contains a document, a secret or a bound value; paths are the operator's own. The problems of a database on
//! a server are [`SqlServerProblem`].

use std::path::PathBuf;

use thiserror::Error;

use crate::{Cause, PlanId, SqlServerProblem};

/// The database cannot be opened. Nothing was overwritten or deleted.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file or its folder cannot be created or written.
    #[error("{} cannot be written", .path.display())]
    NotWritable {
        /// The database file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
    /// The file is not an SQLite database.
    #[error("{} is not a database", .path.display())]
    NotADatabase {
        /// The file, which stays unchanged.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: Cause,
    },
    /// The file is an SQLite database of other software.
    #[error("{} is the database of another program", .path.display())]
    Foreign {
        /// The file, which stays unchanged.
        path: PathBuf,
    },
    /// The file is ours and damaged.
    #[error("{} is damaged: {found}", .path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The result of SQLite's `quick_check`, or which part is missing.
        found: String,
    },
    /// Another program holds a lock on the file for longer than we wait.
    #[error("{} is locked by another program", .path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// SQLite's error.
        #[source]
        source: Cause,
    },
    /// The disk is full.
    #[error("there is no space left for {}", .path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Cause,
    },
    /// A later version of Clusterwright has migrated the tables.
    #[error("{} was written by a newer Clusterwright: its tables have version {found}, but this program supports {known}", .path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// A migration that this version does not know.
        found: i64,
        /// The last migration that this version knows.
        known: i64,
    },
    /// The tables were created by a build whose migrations differ from this one's.
    #[error("{} was written by another build of Clusterwright: migration {migration} of its tables differs", .path.display())]
    Differs {
        /// The database file.
        path: PathBuf,
        /// The migration that differs.
        migration: i64,
    },
    /// A database on a server cannot be used.
    #[error("{database} cannot be used")]
    SqlServer {
        /// The database and its server, without user and password.
        database: String,
        /// Why.
        #[source]
        problem: SqlServerProblem,
    },
    /// Any other error.
    #[error("{} cannot be opened", .path.display())]
    Failed {
        /// The database file.
        path: PathBuf,
        /// SQLite's or the system's error.
        #[source]
        source: Cause,
    },
}

impl OpenError {
    /// One sentence: what the operator does next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::NotWritable { path, .. } => {
                let folder = path.parent().unwrap_or(path).display();
                format!(
                    "Give the user that runs Clusterwright write permission for {folder} and its files, or choose another data folder."
                )
            }
            Self::NotADatabase { path, .. } | Self::Foreign { path } => format!(
                "Choose another data folder, or move {} away to start without plans; the file was not changed.",
                path.display()
            ),
            Self::Damaged { path, .. } => format!(
                "Copy {0} and the files whose names start with {0}. Then restore a backup, or recover the data with `sqlite3 {0} .recover`. The files were not changed.",
                path.display()
            ),
            Self::Locked { path, .. } => format!(
                "Close the program that locks {} (a backup, a database browser), then start Clusterwright again.",
                path.display()
            ),
            Self::DiskFull { path, .. } => {
                format!(
                    "Free space on the disk of {}, then start Clusterwright again; no plan is lost.",
                    path.display()
                )
            }
            Self::Newer { path, .. } | Self::Differs { path, .. } => format!(
                "Start the Clusterwright version that last used {}, or choose another data folder.",
                path.display()
            ),
            Self::SqlServer { problem, .. } => problem.advice(),
            Self::Failed { path, .. } => {
                format!("Fix the cause above for {}, then start Clusterwright again.", path.display())
            }
        }
    }
}

/// An operation on an open store failed. Each variant names the operation; its source is why.
#[derive(Debug, Error)]
pub enum StoreError {
    /// See [`crate::Store::create`].
    #[error("cannot create plan {plan}")]
    Create {
        /// The new plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::load`].
    #[error("cannot load plan {plan}")]
    Load {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::list`] and [`crate::Store::plan_ids`].
    #[error("cannot list the plans")]
    List {
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::save`] and [`crate::Store::replace_secret`].
    #[error("cannot save plan {plan}")]
    Save {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::secrets`].
    #[error("cannot load the secrets of plan {plan}")]
    LoadSecrets {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::record_checks`] and [`crate::Store::mark_stale`].
    #[error("cannot save the check results of plan {plan}")]
    RecordChecks {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::checks`].
    #[error("cannot load the check results of plan {plan}")]
    LoadChecks {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::write`], [`crate::Store::prune`], [`crate::Store::import`] and [`crate::Store::purge`].
    #[error("cannot write records")]
    WriteRecords {
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::record`], [`crate::Store::scan`], [`crate::Store::sequence_numbers`] and
    /// [`crate::Store::export`].
    #[error("cannot read records")]
    ReadRecords {
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::delete`].
    #[error("cannot delete plan {plan}")]
    Delete {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
    /// See [`crate::Store::health`].
    #[error("the store is unavailable")]
    Health {
        /// Why.
        #[source]
        problem: DatabaseProblem,
    },
}

impl StoreError {
    /// Why the operation failed.
    #[must_use]
    pub fn problem(&self) -> &DatabaseProblem {
        match self {
            Self::Create { problem, .. }
            | Self::Load { problem, .. }
            | Self::List { problem }
            | Self::Save { problem, .. }
            | Self::LoadSecrets { problem, .. }
            | Self::RecordChecks { problem, .. }
            | Self::LoadChecks { problem, .. }
            | Self::WriteRecords { problem }
            | Self::ReadRecords { problem }
            | Self::Delete { problem, .. }
            | Self::Health { problem } => problem,
        }
    }

    /// One sentence: what the person does next.
    #[must_use]
    pub fn advice(&self) -> String {
        self.problem().advice()
    }
}

/// Why an open database cannot be used now.
#[derive(Debug, Error)]
pub enum DatabaseProblem {
    /// Another program holds a lock on the database for longer than we wait.
    #[error("the database is locked by another program")]
    Locked(#[source] Cause),
    /// The disk is full.
    #[error("there is no space left for the database")]
    DiskFull(#[source] Cause),
    /// Stored values cannot be decoded, or SQLite reports corruption.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// The file is not writable, or no longer.
    #[error("the database cannot be written")]
    NotWritable(#[source] Cause),
    /// The file was deleted, moved or replaced while the program runs.
    #[error("the database file was moved or deleted")]
    FileMissing,
    /// The database is on a server.
    #[error(transparent)]
    SqlServer(SqlServerProblem),
    /// Any other error.
    #[error("the database reports an error")]
    Other(#[source] Cause),
}

impl DatabaseProblem {
    /// One sentence: what the person does next.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::SqlServer(problem) => return problem.advice(),
            Self::Locked(_) => {
                "Close the other program that locks Clusterwright's database (a backup, a database browser), then try again."
            }
            Self::DiskFull(_) => {
                "Free space on the disk of Clusterwright's data folder, then try again; saved changes are kept."
            }
            Self::Damaged(_) => {
                "Stop Clusterwright, copy its data folder, then restore a backup of the database; the files were not changed."
            }
            Self::NotWritable(_) => {
                "Give the user that runs Clusterwright write permission for its data folder and the files in it, then try again."
            }
            Self::FileMissing => {
                "Stop Clusterwright, move the database file back into the data folder, then start it again."
            }
            Self::Other(_) => "Try again. If the problem persists, read the cause in Clusterwright's log.",
        }
        .to_owned()
    }
}
