//! The contract on real servers: MariaDB, MySQL and PostgreSQL, each test in a separate database.
//!
//! The databases of MariaDB and MySQL have the character set latin1: stored texts do not depend on it.

use std::sync::OnceLock;

use store::{SqlServerStore, StoreAddress};
use testbed::{DatabaseServer, PostgresServer, Unavailable, or_report};

/// A store in a database that is dropped at the end.
struct World<Database> {
    store: SqlServerStore,
    _database: Database,
}

async fn open(url: &str) -> SqlServerStore {
    match StoreAddress::parse(url).unwrap() {
        StoreAddress::SqlServer(address) => SqlServerStore::open(&address).await.unwrap(),
        StoreAddress::Sqlite(path) => unreachable!("{}", path.display()),
    }
}

async fn mysql_world(
    server: &'static OnceLock<Result<DatabaseServer, Unavailable>>,
    start: fn() -> Result<DatabaseServer, Unavailable>,
) -> Option<World<testbed::TestDatabase<'static>>> {
    let server = or_report(server.get_or_init(start).as_ref().map_err(Clone::clone))?;
    let database = server.create_database("latin1").unwrap();
    let ((user, password), name) = (server.administrator(), database.name());
    let url = format!("mysql://{user}:{password}@{}:{}/{name}", server.host(), server.port());
    Some(World { store: open(&url).await, _database: database })
}

mod mariadb {
    use super::*;

    static SERVER: OnceLock<Result<DatabaseServer, Unavailable>> = OnceLock::new();

    async fn world() -> Option<World<testbed::TestDatabase<'static>>> {
        mysql_world(&SERVER, testbed::mariadb).await
    }

    crate::contract! { world }
}

mod mysql {
    use super::*;

    static SERVER: OnceLock<Result<DatabaseServer, Unavailable>> = OnceLock::new();

    async fn world() -> Option<World<testbed::TestDatabase<'static>>> {
        mysql_world(&SERVER, testbed::mysql).await
    }

    crate::contract! { world }
}

mod postgres {
    use super::*;

    static SERVER: OnceLock<Result<PostgresServer, Unavailable>> = OnceLock::new();

    async fn world() -> Option<World<testbed::PostgresDatabase<'static>>> {
        let server = or_report(SERVER.get_or_init(testbed::postgres).as_ref().map_err(Clone::clone))?;
        let database = server.create_database().unwrap();
        let ((user, password), name) = (server.administrator(), database.name());
        let url = format!("postgres://{user}:{password}@{}:{}/{name}", server.host(), server.port());
        Some(World { store: open(&url).await, _database: database })
    }

    crate::contract! { world }
}
