//! What others do arrives on open pages: who is present, what they changed, and what they wrote.

use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt as _;

use crate::sharing::visit;
use crate::support::{Wizard, journal, read_until};
use crate::together::Page;

#[tokio::test]
async fn presence_and_changes_arrive_on_other_pages() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let ann = Page::open(&wizard, &plan, "product").await;
    let after = journal(&wizard, &plan).await.len();
    let events = |page: &str, step: &str| {
        let url = format!("{plan}/changes/events?page={page}&step={step}&after={after}");
        Request::get(url).header(header::HOST, "localhost:3000").body(Body::empty()).unwrap()
    };
    let mut stream = wizard.stream(events(&ann.page, "product")).await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    let mut theirs = wizard.stream(events(&kasun.page, "database")).await;
    // A stream counts as a present user once it is read.
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        while let Some(Ok(frame)) = theirs.frame().await {
            text.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap_or_default()));
            if text.contains("event: changed") {
                break;
            }
        }
    });
    let mut text = String::new();
    read_until(&mut stream, &mut text, "is here, on Database.").await;
    assert_eq!(kasun.save(&[("database.host", "<db1>"), ("database.password", "Db-canary-1")]).await.status, 303);
    read_until(&mut stream, &mut text, "changed Database host and 1 more at ").await;
    read_until(&mut stream, &mut text, "#database-host").await;
    assert!(!text.contains("canary") && !text.contains("on Product"), "{text}");
    let dba = visit(&wizard, &plan, &[("right", "view")]).await;
    let page = wizard.get_as(&dba, &format!("{plan}/product")).await.text();
    assert!(page.contains("is here, on Database."), "also on a page that is loaded: {page}");
    let own = wizard.get(&format!("{plan}/product")).await.text();
    assert!(!own.contains("is here"), "nobody is told of themselves: {own}");
    reading.abort();
    read_until(&mut stream, &mut text, "data: <!---->\n").await;
}

#[tokio::test]
async fn a_page_that_shows_another_actor_is_updated_at_once_when_they_leave() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let mut stream = follow(&wizard, "", &plan, "product", 0).await;
    let mut text = String::new();
    read_until(&mut stream, &mut text, "event: here\ndata: <!---->\n").await;
}

/// After a quick reload, the earlier page still counts as open, and no one is reported to themselves.
#[tokio::test]
async fn a_page_that_is_loaded_again_in_the_same_tab_does_not_show_the_one_before() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let events = |page: &str, tab: &str| {
        let url = format!("{plan}/changes/events?page={page}&step=database&tab={tab}");
        Request::get(url).header(header::HOST, "localhost:3000").body(Body::empty()).unwrap()
    };
    // Read in the background, like the stream of a closed page whose end the server has not noticed.
    let mut before = wizard.stream(events("a1", "a1")).await;
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = before.frame().await {} });
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let mut theirs = follow(&wizard, &viewer, &plan, "database", 0).await;
    read_until(&mut theirs, &mut String::new(), "Owner is here, on Database.").await;
    for (page, tab, is_told) in [("a2", "a1", false), ("c1", "c1", true)] {
        let (mut stream, mut text) = (wizard.stream(events(page, tab)).await, String::new());
        read_until(&mut stream, &mut text, "event: here").await;
        read_until(&mut stream, &mut text, "\n\n").await;
        assert_eq!(text.contains("Owner is here"), is_told, "tab {tab}: {text}");
    }
    reading.abort();
}

/// The stream of a page of the owner, or of a visitor.
async fn follow(wizard: &Wizard, cookie: &str, plan: &str, step: &str, after: usize) -> Body {
    let url = format!("{plan}/changes/events?page=p&step={step}&after={after}");
    let request = Request::get(url).header(header::HOST, "localhost:3000").header(header::COOKIE, cookie);
    wizard.stream(request.body(Body::empty()).unwrap()).await
}

/// A revocation takes effect at once, also for a client that receives events.
#[tokio::test]
async fn streams_of_a_link_end_when_it_is_revoked() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let url = format!("{plan}/checks/events");
    let request = Request::get(url).header(header::HOST, "localhost:3000").header(header::COOKIE, &viewer);
    let mut stream = wizard.stream(request.body(Body::empty()).unwrap()).await;
    let listed = wizard.get(&format!("{plan}/share")).await.text();
    let id = listed.split("/share/").nth(1).unwrap().split("/revoke").next().unwrap().to_owned();
    wizard.post(&format!("{plan}/share/{id}/revoke"), &[]).await;
    let read = async { while let Some(Ok(_)) = stream.frame().await {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), read).await.unwrap();
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
    let (mut to_owner, mut to_dba) = (String::new(), String::new());
    read_until(&mut owners, &mut to_owner, "Ruwan (by link) commented on Database at ").await;
    read_until(&mut owners, &mut to_owner, "#comments").await;
    read_until(&mut dbas, &mut to_dba, "Ruwan (by link) commented on Database at ").await;
    assert!(!to_owner.contains("Which port"), "{to_owner}");
    assert!(!to_dba.contains("Clustering") && !to_dba.contains("the plan"), "{to_dba}");
    let page = wizard.get(&format!("{plan}/product")).await.text();
    assert!(page.contains("Ruwan (by link) commented on Database at "), "also on a page that is loaded: {page}");
}
