//! The two drivers behind one face: a statement with values goes in, rows come out. No meaning, no error codes.
//!
//! A caller may stop waiting at any moment: a browser goes away, and its request with it. The drivers do not survive that
//! (sqlx's MySQL connection then waits for ever for an answer it has had, with its locks held), so a connection that was
//! left in the middle of anything is closed and never lent again.
//!
//! Statements are written with `?` for each value; PostgreSQL gets `$1`, `$2` and so on. No statement has a `?` of its own.

use sqlx::mysql::{MySqlArguments, MySqlPool, MySqlRow};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Error, Executor as _, MySql, MySqlConnection, PgConnection, Postgres, Row as _};

use super::trouble::Fault;

/// A value for a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    /// A number.
    Int(i64),
    /// A text, kept as its bytes.
    Text(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
}

impl Value<'_> {
    fn length(&self) -> u64 {
        match self {
            Self::Int(_) => 8,
            Self::Text(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// A row of an answer. Columns are counted from 0.
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

    pub(super) fn int_or_none(&self, column: usize) -> Result<Option<i64>, Error> {
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
        text(self.bytes(column)?)
    }

    pub(super) fn text_or_none(&self, column: usize) -> Result<Option<String>, Error> {
        let bytes: Option<Vec<u8>> = match self {
            Self::MySql(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        bytes.map(text).transpose()
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| Error::Decode(Box::new(error)))
}

/// Open connections, lent out one by one.
#[derive(Debug)]
pub(super) enum Pool {
    MySql(MySqlPool),
    Postgres(PgPool),
}

impl Pool {
    /// Starts a transaction whose statements are at most `longest` bytes with their values.
    pub(super) async fn begin(&self, longest: Option<u64>) -> Result<Session, Error> {
        let mut lent = self.lend().await?;
        lent.link()?.run("BEGIN").await?;
        Ok(Session { lent, longest })
    }

    /// Asks outside any transaction: one statement sees one state of the database.
    pub(super) async fn rows(&self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        let mut lent = self.lend().await?;
        let rows = lent.link()?.rows(statement, values).await?;
        lent.give_back();
        Ok(rows)
    }

    async fn lend(&self) -> Result<Lent, Error> {
        Ok(Lent(Some(match self {
            Self::MySql(pool) => Line::MySql(pool.acquire().await?),
            Self::Postgres(pool) => Line::Postgres(pool.acquire().await?),
        })))
    }

    pub(super) async fn close(&self) {
        match self {
            Self::MySql(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection of the pool. Unless it is given back, it is closed, which ends its transaction.
struct Lent(Option<Line>);

enum Line {
    MySql(PoolConnection<MySql>),
    Postgres(PoolConnection<Postgres>),
}

impl Lent {
    fn link(&mut self) -> Result<Link<'_>, Error> {
        match &mut self.0 {
            Some(Line::MySql(connection)) => Ok(Link::MySql(connection)),
            Some(Line::Postgres(connection)) => Ok(Link::Postgres(connection)),
            None => Err(Error::PoolClosed),
        }
    }

    /// Nothing is open on it, and nothing is waited for.
    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        match &mut self.0 {
            Some(Line::MySql(connection)) => connection.close_on_drop(),
            Some(Line::Postgres(connection)) => connection.close_on_drop(),
            None => {}
        }
    }
}

/// A transaction. Dropped before [`Session::commit`], it is rolled back.
pub(super) struct Session {
    lent: Lent,
    longest: Option<u64>,
}

impl Session {
    /// Runs a statement and says how many rows it met.
    pub(super) async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, Fault> {
        let length = statement.len() as u64 + values.iter().map(|value| value.length() + 16).sum::<u64>();
        if let Some(longest) = self.longest.filter(|longest| length > *longest) {
            return Err(Fault::too_large(length, longest));
        }
        Ok(self.lent.link()?.execute(statement, values).await?)
    }

    pub(super) async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Fault> {
        Ok(self.lent.link()?.rows(statement, values).await?)
    }

    pub(super) async fn first(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, Fault> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    pub(super) async fn commit(mut self) -> Result<(), Fault> {
        self.lent.link()?.run("COMMIT").await.map_err(Fault::of_commit)?;
        self.lent.give_back();
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), Fault> {
        self.lent.link()?.run("ROLLBACK").await?;
        self.lent.give_back();
        Ok(())
    }
}

/// One connection.
pub(super) enum Link<'c> {
    MySql(&'c mut MySqlConnection),
    Postgres(&'c mut PgConnection),
}

impl Link<'_> {
    /// Runs statements without values, and without preparing them.
    pub(super) async fn run(&mut self, statements: &'static str) -> Result<(), Error> {
        match self {
            Self::MySql(connection) => connection.execute(statements).await.map(drop),
            Self::Postgres(connection) => connection.execute(statements).await.map(drop),
        }
    }

    pub(super) async fn execute(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        match self {
            Self::MySql(connection) => {
                mysql(statement, values).execute(&mut **connection).await.map(|done| done.rows_affected())
            }
            Self::Postgres(connection) => {
                postgres(statement, values).execute(&mut **connection).await.map(|done| done.rows_affected())
            }
        }
    }

    pub(super) async fn rows(&mut self, statement: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::MySql(connection) => {
                let rows = mysql(statement, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::MySql).collect()
            }
            Self::Postgres(connection) => {
                let rows = postgres(statement, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

fn mysql<'v>(statement: &'static str, values: &[Value<'v>]) -> Query<'v, MySql, MySqlArguments> {
    values.iter().fold(sqlx::query(statement), |query, value| match *value {
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text.as_bytes()),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

fn postgres<'v>(statement: &'static str, values: &[Value<'v>]) -> Query<'v, Postgres, PgArguments> {
    let query = sqlx::query(AssertSqlSafe(numbered(statement)));
    values.iter().fold(query, |query, value| match *value {
        Value::Int(number) => query.bind(number),
        Value::Text(text) => query.bind(text.as_bytes()),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

/// The statement with `$1`, `$2`, … in place of each `?`.
fn numbered(statement: &str) -> String {
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
    use super::numbered;

    #[test]
    fn values_are_numbered_from_one() {
        assert_eq!(numbered("SELECT a FROM t WHERE b = ? AND c = ?"), "SELECT a FROM t WHERE b = $1 AND c = $2");
        assert_eq!(numbered("SELECT a"), "SELECT a");
    }
}
