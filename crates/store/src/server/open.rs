//! Connects, looks at what is there, brings the tables up to date, and tries whether they can be written.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, PgConnection};

use super::session::Value::Int;
use super::session::{Link, Pool};
use super::trouble::{Fault, refused, told};
use super::{ServerStore, session::Value};
use crate::address::{ServerAddress, ServerProduct, TlsMode};
use crate::migrations::{OLDEST, Step, Tables, judge, known, migrator};
use crate::{OpenError, ServerTrouble};

/// How long a connection may take to be made, at start and later.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long another process may take to bring the tables up to date, in seconds.
const TURN: i64 = 120;
/// Names the lock under which tables are changed: "CLWR", as in an SQLite file.
const LOCK: i64 = 0x434c_5752;

const MYSQL: [Step; 1] = [(1, "tables", include_str!("../../migrations/mysql/0001_tables.sql"))];
const POSTGRES: [Step; 1] = [(1, "tables", include_str!("../../migrations/postgres/0001_tables.sql"))];

/// Locks are waited for as long as an operation may take, not for ever. A statement sees what others have committed
/// before it: whatever is relied upon is locked.
const MYSQL_SESSION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                             SET SESSION innodb_lock_wait_timeout = 10, SESSION lock_wait_timeout = 60";
/// The last one ends a transaction whose process has died without a word, so that its locks block nobody.
const POSTGRES_SESSION: &str = "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '10s'; \
                                SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; \
                                SET client_min_messages = warning";

/// See [`ServerStore::open`].
pub(super) async fn open(address: &ServerAddress) -> Result<ServerStore, OpenError> {
    let failed = |trouble| OpenError::Server { place: address.to_string(), trouble };
    let mut connection = match tokio::time::timeout(PATIENCE, connect(address)).await {
        Ok(connected) => connected.map_err(|error| failed(refused(address, error)))?,
        Err(late) => return Err(failed(ServerTrouble::Unreachable(late.into()))),
    };
    let prepared = prepare(&mut connection, address).await;
    connection.close().await;
    let longest = prepared?;
    Ok(ServerStore { pool: pool(address), address: address.clone(), longest })
}

/// A connection outside the pool.
pub(super) enum Connection {
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

impl Connection {
    fn link(&mut self) -> Link<'_> {
        match self {
            Self::MySql(connection) => Link::MySql(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }

    async fn run(&mut self, statements: &'static str) -> Result<(), sqlx::Error> {
        self.link().run(statements).await
    }

    async fn migrate(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        match self {
            Self::MySql(connection) => migrator.run_direct(None, connection, false).await,
            Self::Postgres(connection) => migrator.run_direct(None, connection, false).await,
        }
    }

    /// Says goodbye. There is nothing to lose when that fails.
    pub(super) async fn close(self) {
        let closed = match self {
            Self::MySql(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        };
        drop(closed);
    }
}

/// Makes one connection, as the pool makes them.
pub(super) async fn connect(address: &ServerAddress) -> Result<Connection, sqlx::Error> {
    let mut connection = match address.product {
        ServerProduct::MySql => Connection::MySql(mysql(address).connect().await?),
        ServerProduct::Postgres => Connection::Postgres(postgres(address).connect().await?),
    };
    connection.run(session_settings(address.product)).await?;
    Ok(connection)
}

const fn session_settings(product: ServerProduct) -> &'static str {
    match product {
        ServerProduct::MySql => MYSQL_SESSION,
        ServerProduct::Postgres => POSTGRES_SESSION,
    }
}

#[expect(clippy::disallowed_methods, reason = "the store's own password has to be sent to the database server")]
fn mysql(address: &ServerAddress) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .host(&address.host)
        .port(address.port)
        .username(&address.user)
        .database(&address.database)
        .ssl_mode(match address.tls {
            TlsMode::Disable => MySqlSslMode::Disabled,
            TlsMode::Prefer => MySqlSslMode::Preferred,
            TlsMode::Require => MySqlSslMode::Required,
            TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
            TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
        });
    if let Some(password) = &address.password {
        options = options.password(password.expose());
    }
    if let Some(authority) = &address.authority {
        options = options.ssl_ca(authority);
    }
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    options
}

#[expect(clippy::disallowed_methods, reason = "the store's own password has to be sent to the database server")]
fn postgres(address: &ServerAddress) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&address.host)
        .port(address.port)
        .username(&address.user)
        .password(address.password.as_ref().map_or("", |password| password.expose()))
        .database(&address.database)
        .application_name("clusterwright")
        .ssl_mode(match address.tls {
            TlsMode::Disable => PgSslMode::Disable,
            TlsMode::Prefer => PgSslMode::Prefer,
            TlsMode::Require => PgSslMode::Require,
            TlsMode::VerifyCa => PgSslMode::VerifyCa,
            TlsMode::VerifyFull => PgSslMode::VerifyFull,
        });
    if let Some(authority) = &address.authority {
        options = options.ssl_root_cert(authority);
    }
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    options
}

fn pool(address: &ServerAddress) -> Pool {
    let settings = session_settings(address.product);
    match address.product {
        ServerProduct::MySql => Pool::MySql(
            MySqlPoolOptions::new()
                .max_connections(address.connections)
                .acquire_timeout(PATIENCE)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(settings).await.map(drop) })
                })
                .connect_lazy_with(mysql(address)),
        ),
        ServerProduct::Postgres => Pool::Postgres(
            PgPoolOptions::new()
                .max_connections(address.connections)
                .acquire_timeout(PATIENCE)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(settings).await.map(drop) })
                })
                .connect_lazy_with(postgres(address)),
        ),
    }
}

/// Makes the database usable, and tells the longest statement it takes.
async fn prepare(connection: &mut Connection, address: &ServerAddress) -> Result<Option<u64>, OpenError> {
    let failed = |trouble| OpenError::Server { place: address.to_string(), trouble };
    let explained = |error: sqlx::Error| failed(told(address, error.into()));
    let steps = steps(address.product);
    let mut tables = look(connection, address).await.map_err(explained)?;
    if tables == Found::Ours(Tables::Old) {
        lock(connection).await.map_err(|fault| failed(told(address, fault)))?;
        // Another process may have done it meanwhile.
        tables = look(connection, address).await.map_err(explained)?;
        if tables == Found::Ours(Tables::Old) {
            migrate(connection, steps).await.map_err(|error| failed(of_migration(address, error)))?;
            tables = Found::Ours(Tables::Current);
        }
        unlock(connection).await.map_err(explained)?;
    }
    let place = address.to_string();
    match tables {
        Found::Foreign => return Err(failed(ServerTrouble::Foreign)),
        Found::Ours(Tables::Newer(found)) => return Err(failed(ServerTrouble::Newer { found, known: known(steps) })),
        Found::Ours(Tables::Differs(step)) => return Err(failed(ServerTrouble::Differs { step })),
        Found::Ours(Tables::Current | Tables::Old) => {}
    }
    try_to_write(connection)
        .await
        .map_err(|error| OpenError::Server { place, trouble: told(address, error.into()) })?;
    longest(connection, address.product).await.map_err(explained)
}

const fn steps(product: ServerProduct) -> &'static [Step] {
    match product {
        ServerProduct::MySql => &MYSQL,
        ServerProduct::Postgres => &POSTGRES,
    }
}

/// What is in the database.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Nothing but what another program put there.
    Foreign,
    Ours(Tables),
}

async fn look(connection: &mut Connection, address: &ServerAddress) -> Result<Found, sqlx::Error> {
    let steps = steps(address.product);
    let named = match address.product {
        ServerProduct::MySql => {
            "SELECT CAST(table_name AS BINARY) FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        ServerProduct::Postgres => {
            // Also those that this user may not read, which the information schema does not show.
            "SELECT convert_to(relname::text, 'UTF8') FROM pg_class \
             WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
        }
    };
    let rows = connection.link().rows(named, &[]).await?;
    let names: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    let has = |name: &str| names.iter().any(|found| found == name);
    if !has("_sqlx_migrations") {
        return Ok(if names.is_empty() { Found::Ours(Tables::Old) } else { Found::Foreign });
    }
    // On MySQL a step that was cut off in the middle is noted as such, and taken again.
    let taken = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let rows = connection.link().rows(taken, &[]).await?;
    let taken: Vec<(i64, Vec<u8>)> =
        rows.iter().map(|row| Ok((row.int(0)?, row.bytes(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let oldest = if has("oldest_program") {
        connection.link().rows(OLDEST, &[]).await?.first().map(|row| row.int_or_none(0)).transpose()?.flatten()
    } else {
        None
    };
    Ok(Found::Ours(judge(steps, &taken, oldest)))
}

/// Waits for the lock under which tables are changed. It ends with the connection (MySQL) or transaction.
async fn lock(connection: &mut Connection) -> Result<(), Fault> {
    let taken = match connection {
        Connection::MySql(_) => {
            let statement = "SELECT GET_LOCK(CONCAT('clusterwright.', LEFT(SHA2(DATABASE(), 256), 32)), ?)";
            connection.link().rows(statement, &[Int(TURN)]).await?.first().map(|row| row.int_or_none(0)).transpose()?
        }
        Connection::Postgres(_) => {
            connection.run("BEGIN; SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = '150s'").await?;
            let locked: [Value<'_>; 1] = [Int(LOCK)];
            connection.link().execute("SELECT pg_advisory_xact_lock(?)", &locked).await?;
            Some(Some(1))
        }
    };
    if taken == Some(Some(1)) { Ok(()) } else { Err(Fault::from(sqlx::Error::PoolTimedOut)) }
}

async fn unlock(connection: &mut Connection) -> Result<(), sqlx::Error> {
    match connection {
        Connection::MySql(_) => {
            let statement = "SELECT RELEASE_LOCK(CONCAT('clusterwright.', LEFT(SHA2(DATABASE(), 256), 32)))";
            connection.link().rows(statement, &[]).await.map(drop)
        }
        Connection::Postgres(_) => connection.run("COMMIT").await,
    }
}

async fn migrate(connection: &mut Connection, steps: &[Step]) -> Result<(), MigrateError> {
    if let Connection::MySql(mysql) = connection {
        // A step of which only a part was taken before the process or the server fell: all its statements may run again.
        let statement = "SELECT count(*) FROM information_schema.tables \
                         WHERE table_schema = DATABASE() AND table_name = '_sqlx_migrations'";
        let found = Link::MySql(mysql).rows(statement, &[]).await?;
        if found.first().map(|row| row.int(0)).transpose()? == Some(1) {
            mysql.execute("DELETE FROM _sqlx_migrations WHERE NOT success").await?;
        }
    }
    connection.migrate(&migrator(steps)).await
}

fn of_migration(address: &ServerAddress, error: MigrateError) -> ServerTrouble {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => told(address, error.into()),
        MigrateError::VersionMismatch(step) => ServerTrouble::Differs { step },
        other => ServerTrouble::Other(other.into()),
    }
}

/// Finds out at start, and not at the first save, that this user may not write or that nobody may.
async fn try_to_write(connection: &mut Connection) -> Result<(), sqlx::Error> {
    for statement in [
        "INSERT INTO record_heads (plan, kind, last_number) SELECT plan, kind, last_number FROM record_heads WHERE 1 = 0",
        "UPDATE record_heads SET last_number = 1 WHERE 1 = 0",
        "DELETE FROM record_heads WHERE 1 = 0",
    ] {
        connection.run(statement).await?;
    }
    Ok(())
}

async fn longest(connection: &mut Connection, product: ServerProduct) -> Result<Option<u64>, sqlx::Error> {
    if product == ServerProduct::Postgres {
        return Ok(None);
    }
    let rows = connection.link().rows("SELECT CAST(@@max_allowed_packet AS SIGNED)", &[]).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.and_then(|longest| u64::try_from(longest).ok()))
}

#[cfg(test)]
mod tests {
    use super::{MYSQL, POSTGRES};
    use crate::migrations::assert_built_in;

    #[test]
    fn every_migration_in_the_folders_is_built_in() {
        assert_built_in(&MYSQL, "mysql");
        assert_built_in(&POSTGRES, "postgres");
    }
}
