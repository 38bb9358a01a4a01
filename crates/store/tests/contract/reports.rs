//! What probes said: the latest by name, kept beside the plan, gone with it.

use store::{NodeReport, Store};

use crate::{id, new_plan};

fn report(name: &str, at: i64, text: &str) -> NodeReport {
    NodeReport { name: name.to_owned(), at, text: text.to_owned() }
}

pub(crate) async fn the_latest_report_of_a_name_is_kept_and_the_revision_stays(store: &dyn Store) {
    let _created = store.create(&new_plan(1)).await.unwrap();
    for kept in [report("is-2", 1, "a"), report("is-1", 2, "b"), report("is-2", 3, "c")] {
        assert!(store.keep_report(id(1), &kept).await.unwrap());
    }
    assert_eq!(store.reports(id(1)).await.unwrap(), [report("is-1", 2, "b"), report("is-2", 3, "c")]);
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().revision, 1);
}

pub(crate) async fn reports_belong_to_a_plan_and_go_with_it(store: &dyn Store) {
    assert!(!store.keep_report(id(9), &report("is-1", 1, "nobody")).await.unwrap());
    let _created = store.create(&new_plan(1)).await.unwrap();
    assert!(store.keep_report(id(1), &report("is-1", 1, "a")).await.unwrap());
    assert!(store.reports(id(2)).await.unwrap().is_empty());
    assert!(store.delete(id(1)).await.unwrap());
    let _created = store.create(&new_plan(1)).await.unwrap();
    assert!(store.reports(id(1)).await.unwrap().is_empty());
}
