//! Plans: created, loaded, listed, saved with their revision, deleted.

use store::{CreateOutcome, Plan, SaveOutcome, Store};

use crate::{change, id, new_plan, sealed};

pub(crate) async fn a_missing_plan_is_none(store: &dyn Store) {
    assert_eq!(store.load(id(1)).await.unwrap(), None);
    assert_eq!(store.list(10).await.unwrap(), []);
    assert!(store.secrets(id(1)).await.unwrap().is_empty());
    assert!(!store.delete(id(1)).await.unwrap());
}

pub(crate) async fn a_created_plan_is_loaded_as_it_was(store: &dyn Store) {
    let created = store.create(&new_plan(1)).await.unwrap();
    assert_eq!(created, CreateOutcome::Created { revision: 1 });
    let expected = Plan {
        id: id(1),
        title: "Plan 1".to_owned(),
        revision: 1,
        document: r#"{"number":1}"#.to_owned(),
        created_at: 1_001,
        updated_at: 1_001,
    };
    assert_eq!(store.load(id(1)).await.unwrap(), Some(expected));
}

pub(crate) async fn an_existing_plan_is_not_created_over(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let mut second = new_plan(1);
    second.title = "Second".to_owned();
    second.secrets.push(sealed("database.password", b"second"));
    assert_eq!(store.create(&second).await.unwrap(), CreateOutcome::Exists);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().title, "Plan 1");
    assert!(store.secrets(id(1)).await.unwrap().is_empty());
}

pub(crate) async fn a_save_raises_the_revision_by_one(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    assert_eq!(store.save(id(1), 1, &change("a", vec![])).await.unwrap(), SaveOutcome::Saved { revision: 2 });
    assert_eq!(store.save(id(1), 2, &change("b", vec![])).await.unwrap(), SaveOutcome::Saved { revision: 3 });
    let expected = Plan {
        id: id(1),
        title: "Changed".to_owned(),
        revision: 3,
        document: "b".to_owned(),
        created_at: 1_001,
        updated_at: 2_000,
    };
    assert_eq!(store.load(id(1)).await.unwrap(), Some(expected));
}

pub(crate) async fn a_save_on_another_revision_is_a_conflict(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let _saved = store.save(id(1), 1, &change("first", vec![])).await.unwrap();
    for stale in [0, 1, 3] {
        let outcome = store.save(id(1), stale, &change("late", vec![])).await.unwrap();
        assert_eq!(outcome, SaveOutcome::Conflict { current: 2 }, "expected revision {stale}");
    }
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().document, "first");
}

pub(crate) async fn a_save_of_a_missing_plan_finds_nothing(store: &dyn Store) {
    assert_eq!(store.save(id(1), 1, &change("a", vec![])).await.unwrap(), SaveOutcome::NotFound);
    assert_eq!(store.load(id(1)).await.unwrap(), None);
}

pub(crate) async fn the_list_has_the_last_changed_first(store: &dyn Store) {
    for number in [2, 3, 1] {
        let _created = store.create(&new_plan(number)).await.unwrap();
    }
    let _saved = store.save(id(1), 1, &change("now last", vec![])).await.unwrap();
    let mut expected: Vec<Plan> = Vec::new();
    for number in [1, 3, 2] {
        expected.push(store.load(id(number)).await.unwrap().unwrap());
    }
    assert_eq!(expected[0].document, "now last");
    assert_eq!(store.list(10).await.unwrap(), expected);
    assert_eq!(store.list(2).await.unwrap(), expected[..2]);
}

pub(crate) async fn a_deleted_plan_does_not_exist_and_the_others_stay(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let _created = store.create(&new_plan(2)).await.unwrap();
    assert!(store.delete(id(1)).await.unwrap());
    assert!(!store.delete(id(1)).await.unwrap());
    assert_eq!(store.load(id(1)).await.unwrap(), None);
    assert!(store.load(id(2)).await.unwrap().is_some());
}

pub(crate) async fn any_text_comes_back_byte_for_byte(store: &dyn Store) {
    let hostile = [
        "",
        " ",
        "'; DROP TABLE plans; --",
        "\" \\ \n \r\n \t",
        "{{7*7}} ${x} ?1 :id @p",
        "<script>alert(1)</script>",
        "emoji 🦀, right to left \u{202e}שלום, combining e\u{301}, \u{feff}bom",
        "control \u{0} \u{1} \u{7f}",
    ];
    let long = "x".repeat(1_000_000);
    let _created = store.create(&new_plan(1)).await.unwrap();
    for (text, revision) in hostile.into_iter().chain([long.as_str()]).zip(1..) {
        let mut hostile = change(text, vec![]);
        hostile.title = text.to_owned();
        assert_eq!(store.save(id(1), revision, &hostile).await.unwrap(), SaveOutcome::Saved { revision: revision + 1 });
        let plan = store.load(id(1)).await.unwrap().unwrap();
        assert!(plan.title == text && plan.document == text, "{:.40}", text);
    }
}

pub(crate) async fn a_store_is_healthy_and_describes_itself(store: &dyn Store) {
    store.health().await.unwrap();
    assert!(!store.describe().is_empty());
}
