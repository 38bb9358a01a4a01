//! The records of one kind as values of one Rust type.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Expected, PlanId, Record, RecordWrite, Scan, Store, StoreError, WriteOutcome, number_key};
use thiserror::Error;

use crate::records::Timestamp;
use crate::records::kinds::{Kind, OfPlan, OfProgram};
use crate::records::seal::{RecordPlace, open_body, seal_body};
use crate::vault::{Vault, VaultError};

/// How often a change is attempted while others change the same record or plan.
pub(crate) const MAX_ATTEMPTS: usize = 20;

/// Why records cannot be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The value.
    #[error("the record cannot be written as JSON")]
    Body(#[from] serde_json::Error),
    /// The vault.
    #[error("the record cannot be sealed")]
    Vault(#[from] VaultError),
    /// Others changed the record in each of [`MAX_ATTEMPTS`] attempts.
    #[error("the record is changed by others at the same time")]
    Contended,
    /// The plan was deleted.
    #[error("the plan does not exist")]
    PlanNotFound,
}

/// What the body of a record contains.
pub trait Body: Sized {
    /// The body that is stored.
    ///
    /// # Errors
    /// When the value cannot be written.
    fn to_body(&self) -> Result<String, serde_json::Error>;
    /// The value of a stored body.
    ///
    /// # Errors
    /// When the body is of another version, or was changed.
    fn from_body(body: &str) -> Result<Self, serde_json::Error>;
}

impl<T: Serialize + DeserializeOwned> Body for T {
    fn to_body(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn from_body(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}

/// A body that is a text and not JSON.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PlainText(pub String);

impl Body for PlainText {
    fn to_body(&self) -> Result<String, serde_json::Error> {
        Ok(self.0.clone())
    }

    fn from_body(body: &str) -> Result<Self, serde_json::Error> {
        Ok(Self(body.to_owned()))
    }
}

/// The records of a kind, with bodies of type `T`. Declared as a constant next to `T`.
pub struct Collection<T, Owner = OfPlan> {
    kind: Kind<Owner>,
    body: PhantomData<fn() -> T>,
}

impl<T: Body, Owner> Collection<T, Owner> {
    /// The collection of a kind.
    #[must_use]
    pub const fn new(kind: Kind<Owner>) -> Self {
        Self { kind, body: PhantomData }
    }

    /// The kind's name in the database.
    pub const fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Stores a record under the next number.
    pub fn append(&self, value: &T) -> Result<RecordWrite, serde_json::Error> {
        Ok(RecordWrite::append(self.name(), value.to_body()?))
    }

    /// Stores a record that never expires under a key, unconditionally.
    pub fn put(&self, key: impl Into<String>, value: &T) -> Result<RecordWrite, serde_json::Error> {
        self.put_if(key, value, None, Expected::Any)
    }

    /// Stores a record under a key if it is as expected.
    pub fn put_if(
        &self,
        key: impl Into<String>,
        value: &T,
        expires_at: Option<Timestamp>,
        expected: Expected,
    ) -> Result<RecordWrite, serde_json::Error> {
        let expires_at = Timestamp::to_stored_expiry(expires_at);
        Ok(RecordWrite::Put { kind: self.name(), key: key.into(), body: value.to_body()?, expires_at, expected })
    }

    /// Deletes a record if it exists.
    pub fn remove(&self, key: impl Into<String>) -> RecordWrite {
        RecordWrite::remove(self.name(), key)
    }

    /// Deletes a record if it is as expected.
    pub fn remove_if(&self, key: impl Into<String>, expected: Expected) -> RecordWrite {
        RecordWrite::Remove { kind: self.name(), key: key.into(), expected }
    }

    /// Deletes all but the last `keep` appended records.
    pub fn trim(&self, keep: u32) -> RecordWrite {
        RecordWrite::Trim { kind: self.name(), keep }
    }
}

impl<T: Body> Collection<T, OfPlan> {
    /// The records of one plan.
    pub fn of<'s>(&self, store: &'s dyn Store, plan: PlanId) -> Records<'s, T> {
        Records { store, kind: self.name(), plan: Some(plan), vault: None, body: PhantomData }
    }
}

impl<T: Body> Collection<T, OfProgram> {
    /// The records of the whole program.
    pub fn all<'s>(&self, store: &'s dyn Store) -> Records<'s, T> {
        Records { store, kind: self.name(), plan: None, vault: None, body: PhantomData }
    }
}

/// A record as it is stored.
#[derive(Debug)]
pub struct Entry<T> {
    /// Its key.
    pub key: String,
    /// The number of an appended record; `None` where the key is the caller's own.
    pub number: Option<u64>,
    /// Counts its changes.
    pub version: i64,
    /// When it is no longer valid; `None` where it never expires.
    pub expires_at: Option<Timestamp>,
    /// `None` where this version cannot read the body: a later version wrote it, or it was not sealed with the vault key.
    pub value: Option<T>,
}

/// What [`Records::update`] does with the record that it has read.
pub enum Update<T, R> {
    /// Stores a value, with other records of the same owner in one transaction.
    Put {
        /// The new value.
        value: T,
        /// When it expires.
        expires_at: Option<Timestamp>,
        /// Other records of the same owner.
        with: Vec<RecordWrite>,
        /// What the caller gets.
        result: R,
    },
    /// Leaves the record as it is.
    Leave(R),
}

/// The records of one kind and one owner.
pub struct Records<'s, T> {
    store: &'s dyn Store,
    kind: &'static str,
    plan: Option<PlanId>,
    vault: Option<&'s Vault>,
    body: PhantomData<fn() -> T>,
}

impl<'s, T: Body> Records<'s, T> {
    /// The same records, sealed: only those that were written with the vault key are readable.
    pub fn sealed_by(self, vault: &'s Vault) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// One record, also where it has expired.
    pub async fn get(&self, key: &str) -> Result<Option<Entry<T>>, StoreError> {
        let record = self.store.record(self.kind, self.plan, key).await?;
        Ok(record.map(|record| self.decode(record)))
    }

    /// One appended record.
    pub async fn get_number(&self, number: u64) -> Result<Option<Entry<T>>, StoreError> {
        self.get(&number_key(stored_number(number))).await
    }

    /// At most `limit` records by ascending key, also those that have expired.
    pub async fn first(&self, limit: u32) -> Result<Vec<Entry<T>>, StoreError> {
        self.scan(Scan::first(limit)).await
    }

    /// At most `limit` records by descending key.
    pub async fn last(&self, limit: u32) -> Result<Vec<Entry<T>>, StoreError> {
        self.scan(Scan::last(limit)).await
    }

    /// At most `limit` appended records in ascending order, those after `number`.
    pub async fn after(&self, number: u64, limit: u32) -> Result<Vec<Entry<T>>, StoreError> {
        self.scan(Scan::after_number(stored_number(number), limit)).await
    }

    /// At most `limit` appended records in descending order, those before `number`.
    pub async fn before(&self, number: u64, limit: u32) -> Result<Vec<Entry<T>>, StoreError> {
        self.scan(Scan { after: Some(number_key(stored_number(number))), limit, backwards: true }).await
    }

    async fn scan(&self, scan: Scan) -> Result<Vec<Entry<T>>, StoreError> {
        let records = self.store.scan(self.kind, self.plan, &scan).await?;
        Ok(records.into_iter().map(|record| self.decode(record)).collect())
    }

    /// A write of one record, sealed where these records are.
    pub fn put_if(
        &self,
        key: &str,
        value: &T,
        expires_at: Option<Timestamp>,
        expected: Expected,
    ) -> Result<RecordWrite, RecordError> {
        let expires_at = Timestamp::to_stored_expiry(expires_at);
        let mut body = value.to_body()?;
        if let Some(vault) = self.vault {
            let place = RecordPlace { kind: self.kind, plan: self.plan, key, expires_at };
            body = seal_body(vault, &place, &body)?;
        }
        Ok(RecordWrite::Put { kind: self.kind, key: key.to_owned(), body, expires_at, expected })
    }

    /// Writes records of this owner, all or none.
    pub async fn write(&self, writes: &[RecordWrite]) -> Result<WriteOutcome, StoreError> {
        self.store.write(self.plan, writes).await
    }

    /// Reads a record, asks `edit` what to do with it, and writes it if it has not changed meanwhile; otherwise reads it
    /// again. `edit` gets `None` where the record does not exist.
    ///
    /// # Errors
    /// [`RecordError::Contended`] where others change the record in every attempt, [`RecordError::PlanNotFound`], and
    /// those of the store and of `edit`.
    pub async fn update<R: Send>(
        &self,
        key: &str,
        edit: impl Fn(Option<Entry<T>>) -> Result<Update<T, R>, RecordError> + Send + Sync,
    ) -> Result<R, RecordError> {
        for _ in 0..MAX_ATTEMPTS {
            let found = self.get(key).await?;
            let expected = Expected::unchanged(found.as_ref().map(|entry| entry.version));
            let (writes, result) = match edit(found)? {
                Update::Leave(result) => return Ok(result),
                Update::Put { value, expires_at, with, result } => {
                    let mut writes = vec![self.put_if(key, &value, expires_at, expected)?];
                    writes.extend(with);
                    (writes, result)
                }
            };
            match self.write(&writes).await? {
                WriteOutcome::Written { .. } => return Ok(result),
                WriteOutcome::Conflict { .. } => {}
                WriteOutcome::NotFound => return Err(RecordError::PlanNotFound),
            }
        }
        Err(RecordError::Contended)
    }

    fn decode(&self, record: Record) -> Entry<T> {
        let value = match self.vault {
            None => T::from_body(&record.body).map_err(|error| error.to_string()),
            Some(vault) => open_body(vault, &RecordPlace::of(self.kind, self.plan, &record), &record.body)
                .map_err(|error| error.to_string())
                .and_then(|body| T::from_body(&body).map_err(|error| error.to_string())),
        };
        let value = value.inspect_err(|error| {
            tracing::warn!(kind = self.kind, key = record.key, %error, "ignoring a record that cannot be read");
        });
        Entry {
            number: record.number().and_then(|number| u64::try_from(number).ok()),
            key: record.key,
            version: record.version,
            expires_at: Timestamp::from_stored_expiry(record.expires_at),
            value: value.ok(),
        }
    }
}

fn stored_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
