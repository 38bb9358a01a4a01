//! What can go wrong with a store, told apart as far as the operator has something different to do about it.
//!
//! No message holds a document, a secret or a bound value; paths are the operator's own. What is the matter with a database
//! on a server is in `server_trouble`.

use std::path::PathBuf;

use thiserror::Error;

use crate::{PlanId, ServerTrouble};

/// The database's own words, kept for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The database could not be opened. Nothing was overwritten or deleted.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file or its folder cannot be made or written.
    #[error("{} cannot be written", .path.display())]
    NotWritable {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The file holds something else than an SQLite database.
    #[error("{} is not a database", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The file is an SQLite database that other software made.
    #[error("{} is the database of another program", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is ours and broken.
    #[error("{} is damaged: {found}", .path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite's check says.
        found: String,
    },
    /// Another program keeps the file to itself, longer than we wait.
    #[error("{} is locked by another program", .path.display())]
    Locked {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is no space left for the file.
    #[error("there is no space left for {}", .path.display())]
    DiskFull {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
    /// A later version of Clusterwright has changed the tables.
    #[error("{} was written by a newer Clusterwright: its tables have version {found}, but this program supports {known}", .path.display())]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The migration this program does not know.
        found: i64,
        /// The last migration it knows.
        known: i64,
    },
    /// The tables were made by a build whose migrations differ from this one's.
    #[error("{} was written by another build of Clusterwright: step {step} of its tables differs", .path.display())]
    Differs {
        /// The database file.
        path: PathBuf,
        /// The migration that differs.
        step: i64,
    },
    /// A database on a server.
    #[error("{place} cannot be used")]
    Server {
        /// Which database, without the password.
        place: String,
        /// Why.
        #[source]
        trouble: ServerTrouble,
    },
    /// Anything else.
    #[error("{} cannot be opened", .path.display())]
    Failed {
        /// The database file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Cause,
    },
}

impl OpenError {
    /// One sentence: what the operator does now.
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
            Self::Server { trouble, .. } => trouble.advice(),
            Self::Failed { path, .. } => {
                format!("Fix the cause above for {}, then start Clusterwright again.", path.display())
            }
        }
    }
}

/// An operation on an open store failed, and why.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A new plan is not kept.
    #[error("cannot create plan {plan}")]
    Create {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// A plan is not read.
    #[error("cannot load plan {plan}")]
    Load {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// The list of plans is not read.
    #[error("cannot list the plans")]
    List {
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// A change is not saved.
    #[error("cannot save plan {plan}")]
    Save {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// The secrets of a plan are not read.
    #[error("cannot load the secrets of plan {plan}")]
    LoadSecrets {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// Results of checks are not kept.
    #[error("cannot save the check results of plan {plan}")]
    RecordChecks {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// Results of checks are not read.
    #[error("cannot load the check results of plan {plan}")]
    LoadChecks {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// Records are not written.
    #[error("cannot write records")]
    WriteRecords {
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// Records are not read.
    #[error("cannot read records")]
    ReadRecords {
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// A plan is not deleted.
    #[error("cannot delete plan {plan}")]
    Delete {
        /// The plan.
        plan: PlanId,
        /// Why.
        #[source]
        trouble: Trouble,
    },
    /// The database does not answer as it should.
    #[error("the store is unavailable")]
    Health {
        /// Why.
        #[source]
        trouble: Trouble,
    },
}

impl StoreError {
    /// Why it failed.
    #[must_use]
    pub fn trouble(&self) -> &Trouble {
        match self {
            Self::Create { trouble, .. }
            | Self::Load { trouble, .. }
            | Self::List { trouble }
            | Self::Save { trouble, .. }
            | Self::LoadSecrets { trouble, .. }
            | Self::RecordChecks { trouble, .. }
            | Self::LoadChecks { trouble, .. }
            | Self::WriteRecords { trouble }
            | Self::ReadRecords { trouble }
            | Self::Delete { trouble, .. }
            | Self::Health { trouble } => trouble,
        }
    }

    /// One sentence: what the person does now.
    #[must_use]
    pub fn advice(&self) -> String {
        self.trouble().advice()
    }
}

/// What stands in the way of an open database.
#[derive(Debug, Error)]
pub enum Trouble {
    /// Another program keeps the database to itself, longer than we wait.
    #[error("the database is locked by another program")]
    Locked(#[source] Cause),
    /// There is no space left.
    #[error("there is no space left for the database")]
    DiskFull(#[source] Cause),
    /// What is read makes no sense.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// The file cannot be written (any more).
    #[error("the database cannot be written")]
    NotWritable(#[source] Cause),
    /// The file was deleted, moved or replaced under the running program.
    #[error("the database file was moved or deleted")]
    Gone,
    /// The database is on a server.
    #[error(transparent)]
    Server(ServerTrouble),
    /// Anything else.
    #[error("the database reports an error")]
    Other(#[source] Cause),
}

impl Trouble {
    /// One sentence: what the person does now.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Server(trouble) => return trouble.advice(),
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
            Self::Gone => {
                "Stop Clusterwright, move the database file back into the data folder, then start it again."
            }
            Self::Other(_) => "Try again. If the problem persists, read the cause in Clusterwright's log.",
        }
        .to_owned()
    }
}
