//! Records: written all or none, numbered, separate by plan and kind, and deleted with their plan.

use store::{Expected, Record, RecordWrite, SaveOutcome, Scan, SealedSecret, Store, WriteOutcome};

use crate::{change, id, new_plan, sealed, settings_and_bytes};

fn append(body: &str) -> RecordWrite {
    RecordWrite::append("journal", body.to_owned())
}

fn put(key: &str, body: &str, expected: Expected) -> RecordWrite {
    RecordWrite::Put { kind: "link", key: key.to_owned(), body: body.to_owned(), expires_at: 0, expected }
}

async fn bodies(store: &dyn Store, kind: &str, scan: Scan) -> Vec<String> {
    store.scan(kind, Some(id(1)), &scan).await.unwrap().into_iter().map(|record| record.body).collect()
}

pub(crate) async fn appended_records_are_numbered_and_numbers_are_never_reused(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let written = store.write(Some(id(1)), &[append("a"), append("b"), append("c")]).await.unwrap();
    assert_eq!(written, WriteOutcome::Written { numbers: vec![1, 2, 3] });
    let trimmed = [RecordWrite::Trim { kind: "journal", keep: 1 }, RecordWrite::Trim { kind: "other", keep: 0 }];
    assert_eq!(store.write(Some(id(1)), &trimmed).await.unwrap(), WriteOutcome::Written { numbers: vec![] });
    assert_eq!(bodies(store, "journal", Scan::first(10)).await, ["c"]);
    let all = [RecordWrite::Trim { kind: "journal", keep: 0 }, append("d")];
    assert_eq!(store.write(Some(id(1)), &all).await.unwrap(), WriteOutcome::Written { numbers: vec![4] });
    let found = store.scan("journal", Some(id(1)), &Scan::first(10)).await.unwrap();
    assert_eq!(found.iter().map(Record::number).collect::<Vec<_>>(), [Some(4)]);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().revision, 1, "a record is no change of the plan");
}

pub(crate) async fn records_are_scanned_in_both_directions_from_any_key(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let twelve: Vec<RecordWrite> = (1..=12).map(|number| append(&number.to_string())).collect();
    let _written = store.write(Some(id(1)), &twelve).await.unwrap();
    assert_eq!(bodies(store, "journal", Scan::after_number(9, 2)).await, ["10", "11"]);
    assert_eq!(bodies(store, "journal", Scan::after_number(12, 2)).await, [""; 0]);
    assert_eq!(bodies(store, "journal", Scan::first(2)).await, ["1", "2"]);
    assert_eq!(bodies(store, "journal", Scan::last(2)).await, ["12", "11"]);
    let before = Scan { backwards: true, ..Scan::after_number(11, 2) };
    assert_eq!(bodies(store, "journal", before).await, ["10", "9"]);
    let _written =
        store.write(Some(id(1)), &["b", "B", "é", "a"].map(|key| put(key, key, Expected::Any))).await.unwrap();
    assert_eq!(bodies(store, "link", Scan::first(9)).await, ["B", "a", "b", "é"], "keys are compared byte by byte");
}

pub(crate) async fn a_condition_that_is_not_met_prevents_the_whole_write(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let first = [append("made"), put("k", "1", Expected::Absent)];
    assert_eq!(store.write(Some(id(1)), &first).await.unwrap(), WriteOutcome::Written { numbers: vec![1] });
    let again = [append("again"), put("k", "2", Expected::Absent)];
    assert_eq!(store.write(Some(id(1)), &again).await.unwrap(), WriteOutcome::Conflict { index: 1 });
    let old = [put("k", "3", Expected::Version(1)), put("k", "4", Expected::Version(1)), append("late")];
    assert_eq!(store.write(Some(id(1)), &old).await.unwrap(), WriteOutcome::Conflict { index: 1 });
    let record = store.record("link", Some(id(1)), "k").await.unwrap().unwrap();
    assert_eq!((record.version, record.body.as_str()), (1, "1"));
    assert_eq!(bodies(store, "journal", Scan::first(9)).await, ["made"]);

    let next = [put("k", "5", Expected::Version(1)), append("next")];
    assert_eq!(store.write(Some(id(1)), &next).await.unwrap(), WriteOutcome::Written { numbers: vec![2] });
    let remove =
        |version| RecordWrite::Remove { kind: "link", key: "k".to_owned(), expected: Expected::Version(version) };
    assert_eq!(store.write(Some(id(1)), &[remove(1)]).await.unwrap(), WriteOutcome::Conflict { index: 0 });
    assert_eq!(store.write(Some(id(1)), &[remove(2)]).await.unwrap(), WriteOutcome::Written { numbers: vec![] });
    assert_eq!(store.record("link", Some(id(1)), "k").await.unwrap(), None);
    let gone = RecordWrite::remove("link", "k");
    assert_eq!(store.write(Some(id(1)), &[gone]).await.unwrap(), WriteOutcome::Written { numbers: vec![] });
}

pub(crate) async fn records_belong_to_their_plan_and_are_deleted_with_it(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let _created = store.create(&new_plan(2)).await.unwrap();
    let fact = RecordWrite::put("fact", "k", "of the program".to_owned());
    let mine = RecordWrite::put("fact", "k", "of plan 1".to_owned());
    assert_eq!(store.write(None, &[fact]).await.unwrap(), WriteOutcome::Written { numbers: vec![] });
    assert_eq!(
        store.write(Some(id(1)), &[mine, append("a")]).await.unwrap(),
        WriteOutcome::Written { numbers: vec![1] }
    );
    assert_eq!(store.write(Some(id(2)), &[append("b")]).await.unwrap(), WriteOutcome::Written { numbers: vec![1] });
    assert_eq!(store.record("fact", None, "k").await.unwrap().unwrap().body, "of the program");
    assert_eq!(store.record("fact", Some(id(1)), "k").await.unwrap().unwrap().body, "of plan 1");
    assert_eq!(store.record("fact", Some(id(2)), "k").await.unwrap(), None);
    assert!(store.delete(id(1)).await.unwrap());
    assert_eq!(store.write(Some(id(1)), &[append("late")]).await.unwrap(), WriteOutcome::NotFound);
    assert_eq!(store.sequence_numbers(id(1)).await.unwrap(), None);
    let _created = store.create(&new_plan(1)).await.unwrap();
    assert_eq!(bodies(store, "journal", Scan::first(9)).await, [""; 0], "a new plan has nothing of an old one");
    assert_eq!(store.sequence_numbers(id(1)).await.unwrap().unwrap().last_of("journal"), 0);
    assert_eq!(store.sequence_numbers(id(2)).await.unwrap().unwrap().last_of("journal"), 1);
    assert!(store.record("fact", None, "k").await.unwrap().is_some());
}

pub(crate) async fn a_save_writes_its_records_or_nothing(store: &dyn Store) {
    let mut new = new_plan(1);
    new.records = vec![append("made")];
    new.revision = 7;
    let _created = store.create(&new).await.unwrap();
    let mut save = change("next", vec![]);
    save.records = vec![append("saved"), put("k", "1", Expected::Absent)];
    assert_eq!(store.save(id(1), 6, &save).await.unwrap(), SaveOutcome::Conflict { current: 7 });
    assert_eq!(bodies(store, "journal", Scan::first(9)).await, ["made"]);
    assert_eq!(store.save(id(1), 7, &save).await.unwrap(), SaveOutcome::Saved { revision: 8 });
    let numbers = store.sequence_numbers(id(1)).await.unwrap().unwrap();
    assert_eq!((numbers.revision, numbers.last_of("journal"), numbers.last_of("none")), (8, 2, 0));
    save.document = "lost".to_owned();
    assert_eq!(store.save(id(1), 8, &save).await.unwrap(), SaveOutcome::Conflict { current: 8 });
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().document, "next");
    assert_eq!(bodies(store, "journal", Scan::first(9)).await, ["made", "saved"]);
}

pub(crate) async fn expired_records_are_pruned_and_others_stay(store: &dyn Store) {
    let expiring = |key: &str, expires_at| RecordWrite::Put {
        kind: "session",
        key: key.to_owned(),
        body: String::new(),
        expires_at,
        expected: Expected::Any,
    };
    let _written = store.write(None, &[expiring("a", 100), expiring("b", 101), expiring("c", 0)]).await.unwrap();
    assert!(store.record("session", None, "a").await.unwrap().is_some(), "until it is pruned it is found");
    assert_eq!(store.prune(100).await.unwrap(), 1);
    let left = store.scan("session", None, &Scan::first(9)).await.unwrap();
    assert_eq!(left.iter().map(|record| record.key.as_str()).collect::<Vec<_>>(), ["b", "c"]);
}

pub(crate) async fn any_record_comes_back_byte_for_byte(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let long = "🦀".repeat(250_000);
    for text in ["", "'; DROP TABLE records; --", "\" \\ \n\t \u{0} \u{202e}", "%_?1$1", long.as_str()] {
        let _written = store.write(Some(id(1)), &[put("key 🦀'\"%", text, Expected::Any)]).await.unwrap();
        let found = store.record("link", Some(id(1)), "key 🦀'\"%").await.unwrap().unwrap();
        assert!(found.body == text, "{text:.40}");
    }
}

pub(crate) async fn a_secret_is_replaced_only_if_it_is_unchanged(store: &dyn Store) {
    let mut new = new_plan(1);
    new.secrets = vec![sealed("a", b"old"), sealed("b", b"old")];
    let _created = store.create(&new).await.unwrap();
    let next: SealedSecret = sealed("a", b"new");
    assert!(!store.replace_secret(id(1), b"other", &next).await.unwrap());
    assert!(store.replace_secret(id(1), b"old", &next).await.unwrap());
    assert!(!store.replace_secret(id(2), b"old", &next).await.unwrap());
    let expected = [("a".to_owned(), b"new".to_vec()), ("b".to_owned(), b"old".to_vec())];
    assert_eq!(settings_and_bytes(store, id(1)).await, expected);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().revision, 1);
}

pub(crate) async fn all_plans_are_found_page_by_page(store: &dyn Store) {
    for number in [3, 1, 2] {
        let _created = store.create(&new_plan(number)).await.unwrap();
    }
    let first = store.plan_ids(None, 2).await.unwrap();
    let rest = store.plan_ids(first.last().copied(), 2).await.unwrap();
    assert_eq!((first, rest), (vec![id(1), id(2)], vec![id(3)]));
}

pub(crate) async fn many_append_at_once_and_no_number_is_lost(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let one = [append("x")];
    let appended = futures::future::join_all((0..24).map(|_| store.write(Some(id(1)), &one))).await;
    let mut numbers: Vec<i64> = (appended.into_iter())
        .filter_map(|outcome| match outcome.unwrap() {
            WriteOutcome::Written { numbers } => Some(numbers),
            WriteOutcome::Conflict { .. } | WriteOutcome::NotFound => None,
        })
        .flatten()
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<_>>());
}
