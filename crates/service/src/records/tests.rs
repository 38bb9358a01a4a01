//! The stored form of records, and the loop that changes one.

use std::path::Path;

use store::PlanId;

use super::*;
use crate::records::kinds::{self, ALL};
use crate::tests::store_with_plan;

/// Data that version 0.1.0 has written: see `tests/cli/earlier_data.rs`.
const EARLIER_DATA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../server/tests/cli/earlier_data/0.1.0/sqlite/store.sql");

/// The columns of every record in the data of version 0.1.0.
pub(crate) struct StoredRecord {
    pub(crate) plan: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) body: String,
}

/// Every record in the data of version 0.1.0.
pub(crate) async fn earlier_records() -> Vec<StoredRecord> {
    use sqlx::{ConnectOptions as _, Row as _};
    let options = sqlx::sqlite::SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await.unwrap();
    let dump = std::fs::read_to_string(Path::new(EARLIER_DATA)).unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(dump)).execute(&mut connection).await.unwrap();
    let rows = sqlx::query("SELECT plan, kind, key, body FROM records").fetch_all(&mut connection).await.unwrap();
    rows.iter()
        .map(|row| StoredRecord { plan: row.get(0), kind: row.get(1), key: row.get(2), body: row.get(3) })
        .collect()
}

/// The kind's records in earlier data are read, and written again as they were: later versions may add members, and neither
/// change nor drop one. Sealed bodies are compared without their seals.
pub(crate) async fn assert_stored_form<T: Body, Owner>(collection: &Collection<T, Owner>, key: Option<&str>) {
    let mut count = 0;
    for record in earlier_records().await {
        if record.kind != collection.name() || key.is_some_and(|key| key != record.key) {
            continue;
        }
        let body = match record.body.strip_prefix("{\"seal\":\"").and_then(|rest| rest.split_once("\",")) {
            Some((_, rest)) => format!("{{{rest}"),
            None => record.body,
        };
        let value = T::from_body(&body).unwrap_or_else(|error| panic!("{error}: {body}"));
        assert_contains(&value.to_body().unwrap(), &body, &format!("{} {} {}", record.plan, record.kind, record.key));
        count += 1;
    }
    assert!(count > 0, "there is no record of kind {}", collection.name());
}

fn assert_contains(new: &str, old: &str, record: &str) {
    let value = |body: &str| serde_json::from_str::<serde_json::Value>(body).ok();
    let (Some(new), Some(old)) = (value(new), value(old)) else { return assert_eq!(new, old, "{record}") };
    assert!(contains(&new, &old), "{record}: {old} became {new}");
}

/// Whether `new` is `old`, except for further members of objects at any depth.
fn contains(new: &serde_json::Value, old: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (new, old) {
        (Object(new), Object(old)) => old.iter().all(|(name, old)| new.get(name).is_some_and(|new| contains(new, old))),
        (Array(new), Array(old)) => new.len() == old.len() && new.iter().zip(old).all(|(new, old)| contains(new, old)),
        _ => new == old,
    }
}

#[test]
fn only_further_members_are_no_change() {
    let value = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let old = value(r#"{"a":[{"b":1}]}"#);
    for (new, is_unchanged) in [
        (r#"{"a":[{"b":1}]}"#, true),
        (r#"{"a":[{"b":1,"c":2}],"d":3}"#, true),
        (r#"{"a":[{"b":2}]}"#, false),
        (r#"{"a":[{}]}"#, false),
        (r#"{"a":[{"b":1},{"b":1}]}"#, false),
    ] {
        assert_eq!(contains(&value(new), &old), is_unchanged, "{new}");
    }
}

#[tokio::test]
async fn the_list_has_every_kind_of_earlier_data() {
    let mut found: Vec<String> = earlier_records().await.into_iter().map(|record| record.kind).collect();
    found.sort();
    found.dedup();
    assert_eq!(found, ALL, "a kind is never renamed");
    assert!(ALL.windows(2).all(|pair| pair[0] < pair[1]), "no kind is declared twice");
}

const NAMES: Collection<PlainText> = Collection::new(kinds::VERSION_NAME);

fn add_letter(found: Option<Entry<PlainText>>) -> Result<Update<PlainText, usize>, RecordError> {
    let text = found.and_then(|entry| entry.value).unwrap_or_default().0;
    let value = PlainText(format!("{text}x"));
    let result = value.0.len();
    Ok(Update::Put { value, expires_at: None, with: Vec::new(), result })
}

#[tokio::test]
async fn of_many_changes_at_once_none_is_lost() {
    let (_folder, store, plan) = store_with_plan().await;
    let changes = (0..8).map(|_| async {
        let names = NAMES.of(store.as_ref(), plan);
        names.update("1", add_letter).await.unwrap()
    });
    let mut lengths = futures::future::join_all(changes).await;
    lengths.sort_unstable();
    assert_eq!(lengths, (1..=8).collect::<Vec<_>>());
    let stored = NAMES.of(store.as_ref(), plan).get("1").await.unwrap().unwrap();
    assert_eq!((stored.value, stored.version), (Some(PlainText("xxxxxxxx".to_owned())), 8));
}

#[tokio::test]
async fn an_update_reports_a_missing_plan_and_leaves_what_it_should_leave() {
    let (_folder, store, plan) = store_with_plan().await;
    let names = NAMES.of(store.as_ref(), plan);
    assert!(names.update("1", |found| Ok(Update::Leave(found.is_none()))).await.unwrap());
    assert!(names.get("1").await.unwrap().is_none());
    let missing = NAMES.of(store.as_ref(), PlanId::from_random([2; 16]));
    assert!(matches!(missing.update("1", add_letter).await, Err(RecordError::PlanNotFound)));
}
