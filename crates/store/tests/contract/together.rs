//! Several users of one store at once.

use std::collections::BTreeSet;

use futures::FutureExt as _;
use store::{SaveOutcome, SecretChange, Store};

use crate::{change, id, new_plan, sealed, settings_and_bytes};

pub(crate) async fn of_many_saves_on_one_revision_exactly_one_wins(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    let documents: Vec<String> = (0..8).map(|number| format!("writer {number}")).collect();
    let changes: Vec<_> = documents.iter().map(|document| change(document, vec![])).collect();
    let saves = futures::future::join_all(changes.iter().map(|change| store.save(id(1), 1, change))).await;
    let outcomes: Vec<SaveOutcome> = saves.into_iter().map(Result::unwrap).collect();

    let winners: Vec<usize> = (0..8).filter(|number| outcomes[*number] == SaveOutcome::Saved { revision: 2 }).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let losers = outcomes.iter().filter(|outcome| **outcome == SaveOutcome::Conflict { current: 2 });
    assert_eq!(losers.count(), 7, "{outcomes:?}");
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().document, documents[winners[0]]);
}

pub(crate) async fn many_plans_are_created_at_once(store: &dyn Store) {
    let plans: Vec<_> = (0..40).map(new_plan).collect();
    for created in futures::future::join_all(plans.iter().map(|plan| store.create(plan))).await {
        let _created = created.unwrap();
    }
    let listed: BTreeSet<_> = store.list(100).await.unwrap().into_iter().map(|plan| plan.id).collect();
    assert_eq!(listed, plans.iter().map(|plan| plan.id).collect());
}

/// A browser that disconnects cancels the save that it waits for, at any point.
pub(crate) async fn a_cancelled_save_is_stored_completely_or_not_at_all_and_blocks_no_other(store: &dyn Store) {
    let mut plan = new_plan(1);
    plan.secrets = vec![sealed("a", b"1")];
    let _created = store.create(&plan).await.unwrap();
    for patience in 0..60 {
        let revision = store.load(id(1)).await.unwrap().unwrap().revision;
        let next = (revision + 1).to_string();
        let abandoned = change(&next, vec![SecretChange::Set(sealed("a", next.as_bytes()))]);
        let mut save = store.save(id(1), revision, &abandoned);
        for _poll in 0..patience {
            if save.as_mut().now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(save);

        // The next save waits for what remains of the cancelled one.
        let next = change("", vec![]);
        let current = match store.save(id(1), revision, &next).await.unwrap() {
            SaveOutcome::Saved { revision } => revision,
            SaveOutcome::Conflict { current } => {
                let found = store.load(id(1)).await.unwrap().unwrap().document;
                assert_eq!(found, abandoned.document);
                assert_eq!(settings_and_bytes(store, id(1)).await, [("a".to_owned(), found.into_bytes())]);
                current
            }
            SaveOutcome::NotFound => unreachable!("nobody deletes the plan"),
        };
        assert_eq!(current, revision + 1);
    }
}
