//! The list of plans: it opens no secret, and a plan that cannot be read hides no other.

use axum::http::StatusCode;
use store::{NewPlan, PlanId, SealedSecret, SqliteStore, Store as _};

use crate::support::Wizard;

#[tokio::test]
async fn an_unreadable_plan_is_listed_as_such_and_can_be_deleted() {
    let wizard = Wizard::new().await;
    let good = wizard.plan().await;
    let store = SqliteStore::open(wizard.database().join("clusterwright.db")).await.unwrap();
    let id = PlanId::from_random([7; 16]);
    // Neither the document nor the secret can be opened.
    let secrets = vec![SealedSecret { setting: "database.password".to_owned(), sealed: vec![1, 2, 3] }];
    let title = "Of a later version".to_owned();
    let _created = store.create(&NewPlan { secrets, ..NewPlan::new(id, title, "{\"answers\":7}", 1) }).await.unwrap();

    let page = wizard.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("Of a later version") && text.contains("cannot read its answers"), "{text}");
    assert!(text.contains(&format!("{good}/product")), "the other plan opens");
    assert!(!text.contains(&format!("/plans/{id}/review")), "nothing leads into the broken one");

    let ask = wizard.get(&format!("/plans/{id}/delete")).await;
    assert!(ask.status == StatusCode::OK && ask.text().contains("Of a later version"));
    assert_eq!(wizard.post(&format!("/plans/{id}/delete"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!wizard.get("/").await.text().contains("Of a later version"));
}

#[tokio::test]
async fn more_plans_than_are_shown_are_reported() {
    let wizard = Wizard::new().await;
    let store = SqliteStore::open(wizard.database().join("clusterwright.db")).await.unwrap();
    for number in 0..51 {
        assert!(!wizard.get("/").await.text().contains("most recently changed plans") || number > 50, "{number}");
        let id = PlanId::from_random([number; 16]);
        let plan = NewPlan::new(id, "", "{}", 1);
        let _created = store.create(&plan).await.unwrap();
    }
    assert!(wizard.get("/").await.text().contains("These are the 50 most recently changed plans."));
}
