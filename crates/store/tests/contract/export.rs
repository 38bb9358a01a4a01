//! A plan with everything that is stored about it: exported from one store, imported into another.

use store::{CheckOutcome, CreateOutcome, PlanExport, RecordWrite, SecretChange, Store, WriteOutcome};

use crate::{change, id, new_plan, sealed};

async fn filled(store: &dyn Store) -> PlanExport {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("a", &[0, 255, 0]), sealed("b", b"2")];
    plan.records = vec![RecordWrite::append("journal", "made".to_owned())];
    let _created = store.create(&plan).await.unwrap();
    let mut next = change("next 🦀 \u{0}", vec![SecretChange::Set(sealed("b", b"new"))]);
    next.records =
        vec![RecordWrite::append("journal", "saved".to_owned()), RecordWrite::put("link", "k", "1".to_owned())];
    let _saved = store.save(id(1), 1, &next).await.unwrap();
    let _again = store.write(Some(id(1)), &[RecordWrite::put("link", "k", "2".to_owned())]).await.unwrap();
    for (outcome, at) in [("failed", 1), ("passed", 2), ("failed", 3)] {
        let said = |check: &str| CheckOutcome {
            check: check.to_owned(),
            outcome: outcome.to_owned(),
            results: format!("{at}"),
            at,
        };
        assert!(store.record_checks(id(1), &[said("DB-01"), said("DB-02")], 2).await.unwrap());
    }
    store.export(Some(id(1))).await.unwrap().unwrap()
}

pub(crate) async fn an_exported_plan_is_imported_unchanged(store: &dyn Store) {
    assert_eq!(store.export(Some(id(1))).await.unwrap(), None);
    let whole = filled(store).await;
    assert_eq!((whole.secrets.len(), whole.checks.len(), whole.records.len()), (2, 4, 3));
    assert_eq!((whole.sequence_numbers.get("journal"), whole.plan.as_ref().unwrap().revision), (Some(&2), 2));
    // The other store has what remains after a deletion.
    assert!(store.delete(id(1)).await.unwrap());
    assert_eq!(store.import(&whole).await.unwrap(), CreateOutcome::Created { revision: 2 });
    assert_eq!(store.export(Some(id(1))).await.unwrap().unwrap(), whole);
    let written = store.write(Some(id(1)), &[RecordWrite::append("journal", "goes on".to_owned())]).await.unwrap();
    assert_eq!(written, WriteOutcome::Written { numbers: vec![3] });
    let said = CheckOutcome { check: "DB-01".to_owned(), outcome: "passed".to_owned(), results: String::new(), at: 9 };
    assert!(store.record_checks(id(1), &[said], 8).await.unwrap());
}

pub(crate) async fn an_import_replaces_nothing_that_exists(store: &dyn Store) {
    let whole = filled(store).await;
    let _saved = store.save(id(1), 2, &change("newer", vec![])).await.unwrap();
    assert_eq!(store.import(&whole).await.unwrap(), CreateOutcome::Exists);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().document, "newer");

    let mine = [RecordWrite::put("fact", "both", "mine".to_owned()), RecordWrite::append("log", "1".to_owned())];
    let _written = store.write(None, &mine).await.unwrap();
    let mut program = store.export(None).await.unwrap().unwrap();
    assert_eq!((program.plan.as_ref(), program.records.len()), (None, 2));
    for kept in &mut program.records {
        kept.record.body = "theirs".to_owned();
    }
    let mut other = program.records[0].clone();
    other.record.key = "theirs alone".to_owned();
    program.records.push(other);
    program.sequence_numbers.insert("log".to_owned(), 7);
    let _brought = store.import(&program).await.unwrap();
    assert_eq!(store.record("fact", None, "both").await.unwrap().unwrap().body, "mine");
    assert_eq!(store.record("fact", None, "theirs alone").await.unwrap().unwrap().body, "theirs");
    let written = store.write(None, &[RecordWrite::append("log", "2".to_owned())]).await.unwrap();
    assert_eq!(written, WriteOutcome::Written { numbers: vec![8] });
}
