//! The contract on SQLite, each test in a separate database.

use store::SqliteStore;
use tempfile::TempDir;

use crate::contract;

struct World {
    store: SqliteStore,
    _folder: TempDir,
}

async fn world() -> Option<World> {
    let folder = tempfile::tempdir().unwrap();
    Some(World { store: SqliteStore::open(folder.path().join("plans.db")).await.unwrap(), _folder: folder })
}

contract! { world }
