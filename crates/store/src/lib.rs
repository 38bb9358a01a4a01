//! Where plans and their sealed secrets are stored: one trait, [`Store`], with an implementation for SQLite and one for
//! database servers, and a folder of migrations for each database.
//!
//! IDs, times and sealed bytes come from the caller: the store has no clock, no randomness and no key, it never reads a
//! document, and no secret reaches it unsealed.

mod address;
mod cause;
mod check;
mod error;
mod migrations;
mod plan;
mod plan_export;
mod plan_id;
mod record;
mod sql_server;
mod sqlite;
mod store;

pub use address::{AddressError, SqlServerAddress, StoreAddress};
pub use cause::Cause;
pub use check::{CheckOutcome, OutcomePeriod, StaleCheck};
pub use error::{DatabaseProblem, OpenError, StoreError};
pub use plan::{CreateOutcome, NewPlan, Plan, PlanChange, SaveOutcome, SealedSecret, SecretChange, StoredSecret};
pub use plan_export::{ExportedRecord, PlanExport};
pub use plan_id::{PlanId, PlanIdError};
pub use record::{Expected, Record, RecordWrite, Scan, SequenceNumbers, WriteOutcome, number_key};
pub use sql_server::{SqlServerProblem, SqlServerStore};
pub use sqlite::SqliteStore;
pub use store::Store;

use std::sync::Arc;

/// Opens the store at an address, and creates or migrates its tables.
///
/// # Errors
/// [`OpenError`], one variant for each thing that the operator can do something about.
pub async fn open(address: &StoreAddress) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match address {
        StoreAddress::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreAddress::SqlServer(address) => Arc::new(SqlServerStore::open(address).await?),
    })
}
