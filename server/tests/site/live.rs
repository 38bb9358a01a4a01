//! Open pages receive presence, changes and comments of other people.

use std::time::Duration;

use testbed::http::RouterStream;
use testbed::plan::DATABASE_PASSWORD;

use crate::sharing::{link_id, visit};
use crate::support::{Wizard, journal};
use crate::together::Page;

#[tokio::test]
async fn presence_and_changes_arrive_on_other_pages() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let ann = Page::open(&wizard, &plan, "product").await;
    let after = journal(&wizard, &plan).await.len();
    let events = |page: &str, step: &str| format!("{plan}/changes/events?page={page}&step={step}&after={after}");
    let mut stream = wizard.open_page(&events(&ann.page, "product")).await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    let mut theirs = wizard.open_page(&events(&kasun.page, "database")).await;
    // A stream counts as presence once it is read.
    let reading = tokio::spawn(async move { theirs.read_until("event: changed").await });
    stream.read_until("is here, on Database.").await;
    assert_eq!(kasun.save(&[("database.host", "<db1>"), ("database.password", DATABASE_PASSWORD)]).await.status, 303);
    stream.read_until("changed Database host and 1 more at ").await;
    stream.read_until("#database-host").await;
    let text = stream.text();
    assert!(!text.contains("canary") && !text.contains("on Product"), "{text}");
    let dba = visit(&wizard, &plan, &[("right", "view")]).await;
    let page = wizard.get_as(&dba, &format!("{plan}/product")).await.text();
    assert!(page.contains("is here, on Database."), "also on a page that is loaded: {page}");
    let own = wizard.get(&format!("{plan}/product")).await.text();
    assert!(!own.contains("is here"), "a page does not show its own actor: {own}");
    reading.abort();
    stream.read_until("data: <!---->\n").await;
}

#[tokio::test]
async fn a_page_that_shows_another_actor_is_updated_at_once_when_they_leave() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let mut stream = follow(&wizard, "", &plan, "product", 0).await;
    stream.read_until("event: here\ndata: <!---->\n").await;
}

/// After a quick reload the earlier page still counts as open; it is not shown to the same tab.
#[tokio::test]
async fn a_page_that_is_loaded_again_in_the_same_tab_does_not_show_the_one_before() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let events = |page: &str, tab: &str| format!("{plan}/changes/events?page={page}&step=database&tab={tab}");
    // Read in the background: the stream of a closed page, whose end the server has not noticed yet.
    let mut before = wizard.open_page(&events("a1", "a1")).await;
    let reading = tokio::spawn(async move { while before.next_piece().await.is_some() {} });
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let mut theirs = follow(&wizard, &viewer, &plan, "database", 0).await;
    theirs.read_until("Owner is here, on Database.").await;
    for (page, tab, is_shown) in [("a2", "a1", false), ("c1", "c1", true)] {
        let mut stream = wizard.open_page(&events(page, tab)).await;
        stream.read_until("event: here").await;
        stream.read_until("\n\n").await;
        let text = stream.text();
        assert_eq!(text.contains("Owner is here"), is_shown, "tab {tab}: {text}");
    }
    reading.abort();
}

/// The change feed of a page that the owner, or the visitor with this cookie, has open.
async fn follow(wizard: &Wizard, cookie: &str, plan: &str, step: &str, after: usize) -> RouterStream {
    wizard.open_page_as(cookie, &format!("{plan}/changes/events?page=p&step={step}&after={after}")).await
}

/// A revoked link ends the streams of its visitors at once.
#[tokio::test]
async fn streams_of_a_link_end_when_it_is_revoked() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let mut stream = wizard.open_page_as(&viewer, &format!("{plan}/checks/events")).await;
    let id = link_id(&wizard, &plan).await;
    wizard.post(&format!("{plan}/share/{id}/revoke"), &[]).await;
    stream.read_to_end(Duration::from_secs(30)).await;
}

#[tokio::test]
async fn a_comment_arrives_with_readers_that_have_permission_and_without_its_text() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let reviewer = visit(&wizard, &plan, &[("right", "comment")]).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let after = journal(&wizard, &plan).await.len();
    let mut owners = follow(&wizard, "", &plan, "product", after).await;
    let mut dbas = follow(&wizard, &dba, &plan, "database", after).await;
    for (place, text) in [("/clustering", "Three nodes?"), ("", "Looks good"), ("/database", "Which port?")] {
        let sent = wizard.post_as(&reviewer, &format!("{plan}/comments{place}"), &[("text", text)]).await;
        assert_eq!(sent.status, 303);
    }
    owners.read_until("Ruwan (by link) commented on Database at ").await;
    owners.read_until("#comments").await;
    dbas.read_until("Ruwan (by link) commented on Database at ").await;
    let (to_owner, to_dba) = (owners.text(), dbas.text());
    assert!(!to_owner.contains("Which port"), "{to_owner}");
    assert!(!to_dba.contains("Clustering") && !to_dba.contains("the plan"), "{to_dba}");
    let page = wizard.get(&format!("{plan}/product")).await.text();
    assert!(page.contains("Ruwan (by link) commented on Database at "), "also on a page that is loaded: {page}");
}
