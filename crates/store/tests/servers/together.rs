//! Many programs at once: at the start, and with one plan.

use store::{NewPlan, PlanId, RecordWrite, Scan, Store as _, WriteOutcome};

use crate::{create, open, servers};

#[tokio::test]
async fn eight_start_at_once_on_an_empty_database() {
    for server in servers() {
        let name = server.world("at_once");
        let url = server.url(&name);
        let opening = (0..8).map(|_| {
            let url = url.clone();
            tokio::spawn(async move { open(&url).await.unwrap() })
        });
        let stores = futures::future::join_all(opening).await;
        for (number, store) in (0..).zip(&stores) {
            let store = store.as_ref().unwrap();
            let _created = store.create(&NewPlan::new(PlanId::from_random([number; 16]), "", "", 1)).await.unwrap();
        }
        assert_eq!(stores[0].as_ref().unwrap().list(100).await.unwrap().len(), 8);
        let steps = server.either(
            format!("SELECT count(*) FROM {name}._sqlx_migrations"),
            "SELECT count(*) FROM _sqlx_migrations".to_owned(),
        );
        assert_eq!(server.administer(&name, &steps).trim(), "1", "each step is taken once");
    }
}

#[tokio::test]
async fn four_programs_append_to_one_plan_and_no_number_is_lost() {
    for server in servers() {
        let name = server.world("append");
        let url = server.url(&name);
        create(&open(&url).await.unwrap()).await;
        let program = |letter: char| {
            let url = url.clone();
            tokio::spawn(async move {
                let store = open(&url).await.unwrap();
                for number in 0..25 {
                    let body = format!("{letter}{number}");
                    // Of the plan, under its lock; and of the program as a whole, which has no lock.
                    for plan in [Some(crate::id()), None] {
                        let written = store.write(plan, &[RecordWrite::append("journal", body.clone())]).await.unwrap();
                        assert!(matches!(written, WriteOutcome::Written { .. }), "{written:?}");
                    }
                }
            })
        };
        for ended in futures::future::join_all(['a', 'b', 'c', 'd'].map(program)).await {
            ended.unwrap();
        }
        let store = open(&url).await.unwrap();
        for plan in [Some(crate::id()), None] {
            let records = store.scan("journal", plan, &Scan::first(1_000)).await.unwrap();
            let numbers: Vec<i64> = records.iter().filter_map(store::Record::number).collect();
            assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
            for letter in ['a', 'b', 'c', 'd'] {
                let theirs = records.iter().filter(|record| record.body.starts_with(letter));
                let expected: Vec<String> = (0..25).map(|number| format!("{letter}{number}")).collect();
                assert!(theirs.map(|record| record.body.as_str()).eq(expected.iter().map(String::as_str)));
            }
        }
    }
}
