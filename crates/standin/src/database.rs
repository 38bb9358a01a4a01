//! The database that the nodes of a cluster share: records by kind and id, in memory. Every operation is asynchronous and
//! addresses a record by its kind and id or by a unique key, so that a database server can take the place of the memory.
//!
//! It caches nothing and notifies no one: what a node may know without asking is `cache`'s.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How many records of one kind there may be.
const MAX_RECORDS: usize = 20_000;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A unique key exists in another record.
    #[error("another record has the same unique key")]
    DuplicateKey,
    /// There are too many records of this kind.
    #[error("the stand-in stores no more records of this kind")]
    Full,
    /// A record cannot be written or read as JSON.
    #[error("a record cannot be converted")]
    Convert(#[from] serde_json::Error),
}

/// The kinds of records, one table each.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum RecordKind {
    User,
    Application,
    IdentityProvider,
    Token,
    ClientToken,
    AuthorizationCode,
    SignInRequest,
    SignInSession,
}

impl RecordKind {
    /// Whether the oldest records give way to new ones: what expires by itself in IS.
    fn is_volatile(self) -> bool {
        !matches!(self, Self::User | Self::Application | Self::IdentityProvider)
    }
}

/// What can be stored.
pub(crate) trait StoredRecord: Serialize + DeserializeOwned {
    /// Its table.
    const KIND: RecordKind;

    /// Its id, unique within the table.
    fn id(&self) -> &str;

    /// Further texts that only one record of the table may have.
    fn unique_keys(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Row {
    id: String,
    keys: Vec<String>,
    body: Value,
}

/// Rows in the order in which they were inserted.
#[derive(Default)]
struct Table {
    rows: BTreeMap<u64, Row>,
    by_id: HashMap<String, u64>,
    by_key: HashMap<String, u64>,
    next: u64,
}

impl Table {
    fn remove(&mut self, number: u64) -> bool {
        let Some(row) = self.rows.remove(&number) else { return false };
        self.by_id.remove(&row.id);
        for key in &row.keys {
            self.by_key.remove(key);
        }
        true
    }

    /// Whether no other row than `number` has one of these keys.
    fn are_free(&self, keys: &[String], number: Option<u64>) -> bool {
        keys.iter().all(|key| self.by_key.get(key).is_none_or(|holder| Some(*holder) == number))
    }
}

/// The records of a cluster.
#[derive(Default)]
pub(crate) struct SharedDatabase {
    tables: Mutex<HashMap<RecordKind, Table>>,
}

impl SharedDatabase {
    /// The names of all users, applications and identity providers.
    pub(crate) fn object_names(&self) -> Vec<String> {
        let tables = self.tables.lock();
        let rows = tables.iter().filter(|(kind, _)| !kind.is_volatile()).flat_map(|(_, table)| table.rows.values());
        let name = |row: &Row| Some(row.body.get("name").or_else(|| row.body.get("user_name"))?.as_str()?.to_owned());
        rows.filter_map(name).collect()
    }

    /// Stores a new record.
    pub(crate) async fn insert<T: StoredRecord>(&self, record: &T) -> Result<(), DatabaseError> {
        let (id, keys, body) = (record.id().to_owned(), record.unique_keys(), serde_json::to_value(record)?);
        let mut tables = self.tables.lock();
        let table = tables.entry(T::KIND).or_default();
        if table.by_id.contains_key(&id) || !table.are_free(&keys, None) {
            return Err(DatabaseError::DuplicateKey);
        }
        if table.rows.len() >= MAX_RECORDS {
            let oldest = table.rows.keys().next().copied();
            let Some(oldest) = oldest.filter(|_| T::KIND.is_volatile()) else { return Err(DatabaseError::Full) };
            table.remove(oldest);
        }
        let number = table.next;
        table.next += 1;
        table.by_id.insert(id.clone(), number);
        for key in &keys {
            table.by_key.insert(key.clone(), number);
        }
        table.rows.insert(number, Row { id, keys, body });
        Ok(())
    }

    /// The record with this id.
    pub(crate) async fn read<T: StoredRecord>(&self, id: &str) -> Result<Option<T>, DatabaseError> {
        let body = self.tables.lock().get(&T::KIND).and_then(|table| {
            let number = table.by_id.get(id)?;
            Some(table.rows.get(number)?.body.clone())
        });
        Ok(body.map(serde_json::from_value).transpose()?)
    }

    /// The record with this unique key.
    pub(crate) async fn find<T: StoredRecord>(&self, key: &str) -> Result<Option<T>, DatabaseError> {
        let body = self.tables.lock().get(&T::KIND).and_then(|table| {
            let number = table.by_key.get(key)?;
            Some(table.rows.get(number)?.body.clone())
        });
        Ok(body.map(serde_json::from_value).transpose()?)
    }

    /// Replaces a record; `false` if it does not exist.
    pub(crate) async fn update<T: StoredRecord>(&self, record: &T) -> Result<bool, DatabaseError> {
        let (keys, body) = (record.unique_keys(), serde_json::to_value(record)?);
        let mut tables = self.tables.lock();
        let table = tables.entry(T::KIND).or_default();
        let Some(number) = table.by_id.get(record.id()).copied() else { return Ok(false) };
        if !table.are_free(&keys, Some(number)) {
            return Err(DatabaseError::DuplicateKey);
        }
        let id = record.id().to_owned();
        table.remove(number);
        table.by_id.insert(id.clone(), number);
        for key in &keys {
            table.by_key.insert(key.clone(), number);
        }
        table.rows.insert(number, Row { id, keys, body });
        Ok(true)
    }

    /// Deletes a record; `false` if it does not exist.
    pub(crate) async fn delete<T: StoredRecord>(&self, id: &str) -> Result<bool, DatabaseError> {
        let mut tables = self.tables.lock();
        let Some(table) = tables.get_mut(&T::KIND) else { return Ok(false) };
        let number = table.by_id.get(id).copied();
        Ok(number.is_some_and(|number| table.remove(number)))
    }

    /// All records of a kind, the oldest first.
    pub(crate) async fn list<T: StoredRecord>(&self) -> Result<Vec<T>, DatabaseError> {
        let bodies: Vec<Value> = match self.tables.lock().get(&T::KIND) {
            Some(table) => table.rows.values().map(|row| row.body.clone()).collect(),
            None => Vec::new(),
        };
        Ok(bodies.into_iter().map(serde_json::from_value).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct Named {
        id: String,
        name: String,
    }

    impl StoredRecord for Named {
        const KIND: RecordKind = RecordKind::User;

        fn id(&self) -> &str {
            &self.id
        }

        fn unique_keys(&self) -> Vec<String> {
            vec![self.name.clone()]
        }
    }

    #[derive(Deserialize, Serialize)]
    struct Volatile(String);

    impl StoredRecord for Volatile {
        const KIND: RecordKind = RecordKind::Token;

        fn id(&self) -> &str {
            &self.0
        }
    }

    fn named(id: &str, name: &str) -> Named {
        Named { id: id.to_owned(), name: name.to_owned() }
    }

    #[tokio::test]
    async fn a_record_is_found_by_its_id_and_its_unique_key_until_both_change_or_end() {
        let database = SharedDatabase::default();
        database.insert(&named("1", "anna")).await.unwrap();
        assert!(matches!(database.insert(&named("2", "anna")).await, Err(DatabaseError::DuplicateKey)));
        database.insert(&named("2", "berta")).await.unwrap();
        assert!(matches!(database.update(&named("2", "anna")).await, Err(DatabaseError::DuplicateKey)));
        assert!(database.update(&named("1", "clara")).await.unwrap());
        assert_eq!(database.find::<Named>("anna").await.unwrap(), None);
        assert_eq!(database.find::<Named>("clara").await.unwrap(), Some(named("1", "clara")));
        assert_eq!(database.list::<Named>().await.unwrap(), [named("1", "clara"), named("2", "berta")]);
        assert!(database.delete::<Named>("1").await.unwrap());
        assert!(!database.delete::<Named>("1").await.unwrap());
        assert!(!database.update(&named("1", "anna")).await.unwrap());
        assert_eq!(database.read::<Named>("1").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_full_table_drops_its_oldest_record_or_accepts_no_more() {
        let database = SharedDatabase::default();
        for number in 0..=MAX_RECORDS {
            database.insert(&Volatile(number.to_string())).await.unwrap();
        }
        assert!(database.read::<Volatile>("0").await.unwrap().is_none());
        assert!(database.read::<Volatile>("1").await.unwrap().is_some());
        for number in 0..MAX_RECORDS {
            let text = number.to_string();
            database.insert(&named(&text, &text)).await.unwrap();
        }
        assert!(matches!(database.insert(&named("more", "more")).await, Err(DatabaseError::Full)));
    }
}
