//! Faults that an attack on the site found: actors with a link, or none, try to get more than they are permitted.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use testbed::http::TestRequest;

use crate::sharing::{make, visit};
use crate::support::{Wizard, journal};

/// A client that does not read keeps one batch in memory, and a plan has two exports at once.
#[tokio::test]
async fn two_exports_of_a_plan_are_sent_at_once_batch_by_batch() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for number in 0..120 {
        let fields = [("database.host", format!("db{number}.example.com"))];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        wizard.post(&format!("{plan}/draft"), &fields).await;
    }
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let mut first = wizard.open_page_as(&viewer, &format!("{plan}/journal.jsonl")).await;
    let second = wizard.open_page_as(&viewer, &format!("{plan}/journal.csv")).await;
    let third = wizard.get_as(&viewer, &format!("{plan}/journal.jsonl")).await;
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(third.head.contains("retry-after") && third.text().contains("try again"), "{}", third.text());
    let lines = first.next_piece().await.unwrap().lines().count();
    assert!((1..=50).contains(&lines), "a batch: {lines} lines");
    drop((first, second));
    let entries = journal(&wizard, &plan).await;
    assert!(entries.len() > 120);
    assert!(entries.iter().enumerate().all(|(at, entry)| entry["number"] == at + 1), "whole and in order");
    let csv = wizard.get(&format!("{plan}/journal.csv")).await.text();
    assert!(csv.starts_with("number,time,who,") && csv.contains("db119.example.com"), "{csv}");
}

/// A visitor who fills in one step learns nothing of the others from the undo form.
#[tokio::test]
async fn undo_shows_a_link_for_one_step_nothing_of_other_steps() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.post(&format!("{plan}/user-store"), &[("user_store.base_dn", "dc=one"), ("action", "save")]).await;
    wizard.post(&format!("{plan}/user-store"), &[("user_store.base_dn", "dc=two"), ("action", "save")]).await;
    let last = journal(&wizard, &plan).await.len().to_string();
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let parts = [
        "user_store.base_dn",
        "user_store.admin_username",
        "clustering.nodes.is-1.host",
        "title",
        "accepted.DB-02",
        "no.such",
    ];
    for part in parts {
        for first in ["1", &last] {
            let fields = [("first", first), ("last", &last), ("part", part)];
            let answer = wizard.post_as(&dba, &format!("{plan}/history/undo"), &fields).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{part} from {first}");
        }
    }
    let own = [("first", "1"), ("last", &last), ("part", "database.host")];
    assert_eq!(wizard.post_as(&dba, &format!("{plan}/history/undo"), &own).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_visitor_passes_for_the_owner_or_the_program() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let link = make(&wizard, &plan, &[("right", "edit"), ("uses", "5")]).await;
    for name in ["Owner", "owner ", "CLUSTERWRIGHT", "Probe of is-1"] {
        let refused = wizard.post(&link, &[("name", name)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(refused.text().contains("href=\"#open-name\"") && refused.cookie.is_empty(), "{}", refused.text());
    }
    let editor = wizard.post(&link, &[("name", "0wner")]).await.cookie;
    wizard.post_as(&editor, &format!("{plan}/comments"), &[("text", "Looks good")]).await;
    wizard
        .post_as(&editor, &format!("{plan}/database"), &[("database.host", "db.example.com"), ("action", "save")])
        .await;
    let accept = [("check", "DB-02"), ("reason", "known"), ("by", "Owner")];
    assert_eq!(wizard.post_as(&editor, &format!("{plan}/accept"), &accept).await.status, StatusCode::SEE_OTHER);
    let toml = wizard.get(&format!("{plan}/plan.toml")).await.text();
    assert!(toml.contains("Someone with a link") && !toml.contains("\"Owner\""), "{toml}");
    let page = wizard.get(&format!("{plan}/product")).await.text();
    assert!(page.contains("0wner (by link) changed"), "{page}");
    let review = wizard.get(&format!("{plan}/review")).await.text();
    assert!(review.contains("<bdi>0wner (by link)</bdi>"), "{review}");
}

/// A visitor's change of the server deletes the password; the journal has it once.
#[tokio::test]
async fn a_secret_that_a_links_change_forgets_stands_once_in_the_journal() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let set = [("database.host", "db1.example.com"), ("database.password", "Db-canary-1"), ("action", "save")];
    wizard.post(&format!("{plan}/database"), &set).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    wizard
        .post_as(&dba, &format!("{plan}/database"), &[("database.host", "db2.example.com"), ("action", "save")])
        .await;
    let entries = journal(&wizard, &plan).await;
    let forgotten = entries.iter().filter(|entry| entry["via"] != serde_json::Value::Null);
    let reported: Vec<_> =
        forgotten.flat_map(|entry| entry["secrets"].as_array().cloned().unwrap_or_default()).collect();
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0]["key"] == "database.password" && reported[0]["set"] == false, "{reported:?}");
}

#[tokio::test]
async fn the_notes_about_a_visitors_answers_are_shown_to_the_visitor() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let set = [("database.host", "db1.example.com"), ("database.password", "Db-canary-1"), ("action", "save")];
    wizard.post(&format!("{plan}/database"), &set).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let moved = [("database.host", "db2.example.com"), ("action", "prepare")];
    let prepare = wizard.post_as(&dba, &format!("{plan}/database"), &moved).await;
    assert!(prepare.status == StatusCode::SEE_OTHER && prepare.location.contains("/prepare"), "{}", prepare.location);
    for (actor, is_shown) in [("", false), (&dba, true)] {
        let page = wizard.get_as(actor, &format!("{plan}/database")).await.text();
        assert_eq!(page.contains("was given for another server and is forgotten"), is_shown, "{actor}: {page}");
    }
}

#[tokio::test]
async fn an_address_that_only_this_machine_opens_is_marked() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let made = wizard.post(&format!("{plan}/share"), &[("right", "view")]).await.text();
    assert!(made.contains("Only this machine can open this link") && !made.contains("class=\"qr\""), "{made}");
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    assert!(page.contains("Only this machine can connect to this server"), "{page}");
    let href = format!("{plan}/probes/node1");
    assert!(page.contains(&format!("href=\"{href}\"")), "{page}");
    let script = wizard.get(&href).await;
    assert!(script.text().starts_with("#!/bin/sh\n") && script.text().contains("node='node1'"), "{}", script.text());
    assert!(script.head.contains("attachment"), "{}", script.head);
    assert_eq!(wizard.get(&format!("{plan}/probes/unknown")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_empty_and_a_wrong_password_of_a_link_are_distinguished() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let link = make(&wizard, &plan, &[("right", "view"), ("password", "Kandy rain")]).await;
    let empty = wizard.post(&link, &[("password", "")]).await;
    let wrong = wizard.post(&link, &[("password", "Kandy sun")]).await;
    assert_eq!((empty.status, wrong.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert!(empty.text().contains("Enter the link password"), "{}", empty.text());
    assert!(wrong.text().contains("This is not the link password"), "{}", wrong.text());
    assert!(!wrong.text().contains("Kandy sun"));
}

#[tokio::test]
async fn a_long_comment_is_refused_with_its_length_and_comes_back_whole() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    assert!(!wizard.get(&format!("{plan}/review")).await.text().contains("maxlength=\"2000\""), "no browser cuts it");
    let long = "word ".repeat(2_048);
    let refused = wizard.post(&format!("{plan}/comments"), &[("text", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(
        text.contains("The comment has 10239 characters. Shorten it to 2000.") && text.contains(long.trim_end()),
        "{text}"
    );
}

/// The server decides from the headers and does not read the body.
#[tokio::test]
async fn a_pack_that_is_too_large_is_refused_before_it_is_sent() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let send = |length: u64| {
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        let request = TestRequest::post(&format!("{plan}/prepare"))
            .header("host", "localhost:3000")
            .cookie(&dba)
            .header("content-type", "multipart/form-data; boundary=b")
            .header("content-length", &length.to_string());
        wizard.transport().send_raw(request.with_body(Body::from_stream(never)))
    };
    let large = send((512 << 20) + 1).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.text().contains("512 MB"), "{}", large.text());
    // One upload at a time for a plan; the tenth request within a minute is the last that is inspected.
    let mut sending = send(200 << 20);
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut sending).await.is_err());
    let second = send(200 << 20).await;
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(second.text().contains("Another pack is being uploaded"), "{}", second.text());
    for _ in 0..7 {
        assert_eq!(send(200 << 20).await.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let often = send(200 << 20).await;
    assert!(
        often.status == StatusCode::TOO_MANY_REQUESTS && often.text().contains("inspected too often"),
        "{}",
        often.text()
    );
}
