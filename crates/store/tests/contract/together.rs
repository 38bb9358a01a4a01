//! Several users of one store at once.

use std::collections::BTreeSet;

use store::{SaveOutcome, Store};

use crate::{change, id, new_plan};

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
