//! Sealed secrets: stored together with their document, or not at all.

use store::{SaveOutcome, SecretChange, Store};

use crate::{change, id, new_plan, sealed, settings_and_bytes};

pub(crate) async fn secrets_are_stored_with_a_new_plan(store: &dyn Store) {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("b", b"two"), sealed("a", &[0, 255, 0])];
    let _created = store.create(&plan).await.unwrap();
    let expected = [("a".to_owned(), vec![0, 255, 0]), ("b".to_owned(), b"two".to_vec())];
    assert_eq!(settings_and_bytes(store, id(1)).await, expected);
    assert!(store.secrets(id(1)).await.unwrap().iter().all(|secret| secret.plan == id(1)));
}

pub(crate) async fn a_save_sets_replaces_and_removes_secrets(store: &dyn Store) {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("kept", b"1"), sealed("replaced", b"2"), sealed("removed", b"3")];
    let _created = store.create(&plan).await.unwrap();
    let secrets = vec![
        SecretChange::Set(sealed("replaced", b"new")),
        SecretChange::Set(sealed("added", b"4")),
        SecretChange::Remove { setting: "removed".to_owned() },
        SecretChange::Remove { setting: "never there".to_owned() },
    ];
    assert_eq!(store.save(id(1), 1, &change("a", secrets)).await.unwrap(), SaveOutcome::Saved { revision: 2 });
    let expected = [
        ("added".to_owned(), b"4".to_vec()),
        ("kept".to_owned(), b"1".to_vec()),
        ("replaced".to_owned(), b"new".to_vec()),
    ];
    assert_eq!(settings_and_bytes(store, id(1)).await, expected);
}

pub(crate) async fn a_conflict_stores_no_secret(store: &dyn Store) {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("a", b"1"), sealed("b", b"2")];
    let _created = store.create(&plan).await.unwrap();
    let _saved = store.save(id(1), 1, &change("winner", vec![])).await.unwrap();
    let secrets = vec![SecretChange::Set(sealed("a", b"lost")), SecretChange::Remove { setting: "b".to_owned() }];
    let outcome = store.save(id(1), 1, &change("loser", secrets.clone())).await.unwrap();
    assert_eq!(outcome, SaveOutcome::Conflict { current: 2 });
    let expected = [("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"2".to_vec())];
    assert_eq!(settings_and_bytes(store, id(1)).await, expected);

    assert_eq!(store.save(id(9), 1, &change("nobody", secrets)).await.unwrap(), SaveOutcome::NotFound);
    assert!(store.secrets(id(9)).await.unwrap().is_empty());
}

pub(crate) async fn each_plan_has_its_own_secrets(store: &dyn Store) {
    for number in [1, 2] {
        let mut plan = new_plan(number);
        plan.secrets = vec![sealed("a", &[number])];
        let _created = store.create(&plan).await.unwrap();
    }
    assert_eq!(settings_and_bytes(store, id(1)).await, [("a".to_owned(), vec![1])]);
    assert_eq!(settings_and_bytes(store, id(2)).await, [("a".to_owned(), vec![2])]);
}

pub(crate) async fn secrets_are_deleted_with_their_plan(store: &dyn Store) {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("a", b"1")];
    let _created = store.create(&plan).await.unwrap();
    assert!(store.delete(id(1)).await.unwrap());
    assert!(store.secrets(id(1)).await.unwrap().is_empty());
    let _created = store.create(&new_plan(1)).await.unwrap();
    assert!(store.secrets(id(1)).await.unwrap().is_empty());
}
