//! Creates connections and the pool: the options of both drivers, and the settings of each session.

use std::time::Duration;

use domain::server_credential::ServerCredential;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, MySqlConnection, PgConnection};

use super::connection::{ConnectionRef, Pool};
use crate::address::{SqlServerAddress, SqlServerProduct, TlsMode};

/// How long creating a connection, or waiting for one of the pool, may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Waiting for a lock ends before the operation times out. A statement sees what others have committed before it:
/// whatever a transaction relies on is locked.
const MYSQL_SESSION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
                             SET SESSION innodb_lock_wait_timeout = 10, SESSION lock_wait_timeout = 60";
/// `idle_in_transaction_session_timeout` ends a transaction whose process has died without closing its connection, so
/// that its locks block nothing.
const POSTGRES_SESSION: &str = "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '10s'; \
                                SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; \
                                SET client_min_messages = warning";

/// A connection outside the pool, to open the store or to find out why the pool has none.
pub(super) enum DirectConnection {
    MySql(MySqlConnection),
    Postgres(PgConnection),
}

impl DirectConnection {
    /// Connects with the same options and session settings as the pool.
    pub(super) async fn connect(address: &SqlServerAddress) -> Result<Self, sqlx::Error> {
        let mut connection = match address.product {
            SqlServerProduct::MySql => Self::MySql(mysql_options(address).connect().await?),
            SqlServerProduct::Postgres => Self::Postgres(postgres_options(address).connect().await?),
        };
        connection.run(session_settings(address.product)).await?;
        Ok(connection)
    }

    pub(super) fn as_ref(&mut self) -> ConnectionRef<'_> {
        match self {
            Self::MySql(connection) => ConnectionRef::MySql(connection),
            Self::Postgres(connection) => ConnectionRef::Postgres(connection),
        }
    }

    /// Runs statements without values, and without preparing them.
    pub(super) async fn run(&mut self, statements: &'static str) -> Result<(), sqlx::Error> {
        self.as_ref().run(statements).await
    }

    pub(super) async fn migrate(&mut self, migrator: &Migrator) -> Result<(), MigrateError> {
        match self {
            Self::MySql(connection) => migrator.run_direct(None, connection, false).await,
            Self::Postgres(connection) => migrator.run_direct(None, connection, false).await,
        }
    }

    /// Closes the connection. Nothing is lost where that fails.
    pub(super) async fn close(self) {
        let closed = match self {
            Self::MySql(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        };
        drop(closed);
    }
}

/// The pool of a store. It connects when it is first used.
pub(super) fn pool(address: &SqlServerAddress) -> Pool {
    let settings = session_settings(address.product);
    match address.product {
        SqlServerProduct::MySql => Pool::MySql(
            MySqlPoolOptions::new()
                .max_connections(address.max_connections)
                .acquire_timeout(CONNECT_TIMEOUT)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(settings).await.map(drop) })
                })
                .connect_lazy_with(mysql_options(address)),
        ),
        SqlServerProduct::Postgres => Pool::Postgres(
            PgPoolOptions::new()
                .max_connections(address.max_connections)
                .acquire_timeout(CONNECT_TIMEOUT)
                .after_connect(move |connection, _| {
                    Box::pin(async move { connection.execute(settings).await.map(drop) })
                })
                .connect_lazy_with(postgres_options(address)),
        ),
    }
}

const fn session_settings(product: SqlServerProduct) -> &'static str {
    match product {
        SqlServerProduct::MySql => MYSQL_SESSION,
        SqlServerProduct::Postgres => POSTGRES_SESSION,
    }
}

fn mysql_options(address: &SqlServerAddress) -> MySqlConnectOptions {
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
        options = options.password(text(password));
    }
    if let Some(authority) = &address.authority {
        options = options.ssl_ca(authority);
    }
    if let Some(socket) = &address.socket {
        options = options.socket(socket);
    }
    options
}

fn postgres_options(address: &SqlServerAddress) -> PgConnectOptions {
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&address.host)
        .port(address.port)
        .username(&address.user)
        .password(address.password.as_ref().map_or("", text))
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

#[expect(clippy::disallowed_methods, reason = "the store's connector sends the password to the database server")]
fn text(password: &ServerCredential) -> &str {
    password.reveal()
}
