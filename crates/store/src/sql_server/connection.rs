//! The two drivers behind one interface: a statement with values goes in, rows come out.
//!
//! A caller may stop waiting at any time: a browser disconnects, and its request is dropped. The drivers do not survive
//! that (sqlx's MySQL connection then waits without end for an answer that has already arrived, and keeps its locks), so a
//! connection that was dropped in the middle of an operation is closed and never returned to the pool.
//!
//! Statements are written with `?` for each value; PostgreSQL gets `$1`, `$2` and so on. No statement contains a `?` of
//! its own.

use sqlx::mysql::{MySqlArguments, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Error, Executor as _, MySql, MySqlConnection, PgConnection, Postgres, Row as _};

use super::error::SqlError;

/// A value that is bound to a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    Int(i64),
    /// A text, stored as its UTF-8 bytes (ADR 14).
    Text(&'v str),
    Bytes(&'v [u8]),
}

impl Value<'_> {
    fn byte_count(&self) -> u64 {
        match self {
            Self::Int(_) => 8,
            Self::Text(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// A row of a result. Columns are counted from 0.
pub(super) enum Row {
    MySql(MySqlRow),
    Postgres(PgRow),
}

impl Row {
    pub(super) fn int(&self, column: usize) -> Result<i64, Error> {
        match self {
            Self::MySql(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    pub(super) fn int_or_null(&self, column: usize) -> Result<Option<i64>, Error> {
        match self {
            Self::MySql(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    pub(super) fn bytes(&self, column: usize) -> Result<Vec<u8>, Error> {
        match self {
            Self::MySql(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    pub(super) fn text(&self, column: usize) -> Result<String, Error> {
        decode_text(self.bytes(column)?)
    }

    pub(super) fn text_or_null(&self, column: usize) -> Result<Option<String>, Error> {
        let bytes: Option<Vec<u8>> = match self {
            Self::MySql(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        bytes.map(decode_text).transpose()
    }
}

fn decode_text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| Error::Decode(Box::new(error)))
}

/// The open connections of this process.
#[derive(Debug)]
pub(super) enum Pool {
    MySql(MySqlPool),
    Postgres(PgPool),
}

impl Pool {
    /// Starts a transaction whose statements, with their values, have at most `max_statement_bytes`.
    pub(super) async fn begin(&self, max_statement_bytes: Option<u64>) -> Result<Transaction, Error> {
        let mut connection = self.acquire().await?;
        connection.as_ref()?.run("BEGIN").await?;
        Ok(Transaction { connection, max_statement_bytes })
    }

    /// Runs a query outside any transaction: one statement sees one state of the database.
    pub(super) async fn rows(&self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let mut connection = self.acquire().await?;
        let rows = connection.as_ref()?.rows(statement, values).await?;
        connection.release();
        Ok(rows)
    }

    async fn acquire(&self) -> Result<PooledConnection, Error> {
        Ok(PooledConnection(Some(match self {
            Self::MySql(pool) => Connection::MySql(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })))
    }

    pub(super) async fn close(&self) {
        match self {
            Self::MySql(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection of the pool. Dropped without [`PooledConnection::release`] it is closed, which rolls its transaction back.
struct PooledConnection(Option<Connection>);

enum Connection {
    MySql(PoolConnection<MySql>),
    Postgres(PoolConnection<Postgres>),
}

impl PooledConnection {
    fn as_ref(&mut self) -> Result<ConnectionRef<'_>, Error> {
        match &mut self.0 {
            Some(Connection::MySql(connection)) => Ok(ConnectionRef::MySql(connection)),
            Some(Connection::Postgres(connection)) => Ok(ConnectionRef::Postgres(connection)),
            None => Err(Error::PoolClosed),
        }
    }

    /// Returns the connection to the pool. No transaction is open on it, and no answer is outstanding.
    fn release(mut self) {
        drop(self.0.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        match &mut self.0 {
            Some(Connection::MySql(connection)) => connection.close_on_drop(),
            Some(Connection::Postgres(connection)) => connection.close_on_drop(),
            None => {}
        }
    }
}

/// A transaction. Dropped before [`Transaction::commit`], it is rolled back.
pub(super) struct Transaction {
    connection: PooledConnection,
    max_statement_bytes: Option<u64>,
}

impl Transaction {
    /// Runs a statement and returns how many rows it affected.
    pub(super) async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let size = statement.len() as u64 + values.iter().map(|value| value.byte_count() + 16).sum::<u64>();
        if let Some(max) = self.max_statement_bytes.filter(|max| size > *max) {
            return Err(SqlError::too_large(size, max));
        }
        Ok(self.connection.as_ref()?.execute(statement, values).await?)
    }

    pub(super) async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, SqlError> {
        Ok(self.connection.as_ref()?.rows(statement, values).await?)
    }

    pub(super) async fn first_row(
        &mut self,
        statement: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, SqlError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Locks the row of a plan until the transaction ends, and returns the plan's revision; `None` where no such plan
    /// exists.
    pub(super) async fn lock_plan(&mut self, plan: &str) -> Result<Option<i64>, SqlError> {
        let statement = "SELECT revision FROM plans WHERE id = ? FOR UPDATE";
        let row = self.first_row(statement, &[Value::Text(plan)]).await?;
        Ok(row.map(|row| row.int(0)).transpose()?)
    }

    pub(super) async fn commit(mut self) -> Result<(), SqlError> {
        self.connection.as_ref()?.run("COMMIT").await.map_err(SqlError::of_commit)?;
        self.connection.release();
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), SqlError> {
        self.connection.as_ref()?.run("ROLLBACK").await?;
        self.connection.release();
        Ok(())
    }
}

/// A borrowed connection of either driver.
pub(super) enum ConnectionRef<'c> {
    MySql(&'c mut MySqlConnection),
    Postgres(&'c mut PgConnection),
}

impl ConnectionRef<'_> {
    /// Runs statements without values, and without preparing them.
    pub(super) async fn run(&mut self, statements: &'static str) -> Result<(), Error> {
        match self {
            Self::MySql(connection) => connection.execute(statements).await.map(drop),
            Self::Postgres(connection) => connection.execute(statements).await.map(drop),
        }
    }

    /// Runs a statement and returns how many rows it affected.
    pub(super) async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        match self {
            Self::MySql(connection) => {
                mysql_query(statement, values).execute(&mut **connection).await.map(|done| done.rows_affected())
            }
            Self::Postgres(connection) => {
                postgres_query(statement, values).execute(&mut **connection).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(super) async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::MySql(connection) => {
                let rows = mysql_query(statement, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::MySql).collect()
            }
            Self::Postgres(connection) => {
                let rows = postgres_query(statement, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

fn mysql_query<'v>(statement: &'static str, values: &[Value<'v>]) -> Query<'v, MySql, MySqlArguments> {
    values.iter().fold(sqlx::query(statement), |query, value| match *value {
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text.as_bytes()),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

fn postgres_query<'v>(statement: &'static str, values: &[Value<'v>]) -> Query<'v, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(number_placeholders(statement)));
    values.iter().fold(query, |query, value| match *value {
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text.as_bytes()),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// The statement with `$1`, `$2`, … in place of each `?`.
fn number_placeholders(statement: &str) -> String {
    let mut numbered = String::with_capacity(statement.len() + 16);
    for (number, part) in statement.split('?').enumerate() {
        if number > 0 {
            numbered.push('$');
            numbered.push_str(&number.to_string());
        }
        numbered.push_str(part);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::number_placeholders;

    #[test]
    fn placeholders_are_numbered_from_one() {
        assert_eq!(
            number_placeholders("SELECT a FROM t WHERE b = ? AND c = ?"),
            "SELECT a FROM t WHERE b = $1 AND c = $2"
        );
        assert_eq!(number_placeholders("SELECT a"), "SELECT a");
    }
}
