//! Comments: which actor may write and read them, how hostile texts are shown, and that they stay with the plan.

use axum::http::StatusCode;
use service::collaboration::comments::MAX_COMMENTS_OF_A_LINK;
use testbed::http::TestResponse;

use crate::sharing::visit;
use crate::support::{Wizard, journal};

async fn comment(wizard: &Wizard, actor: &str, plan: &str, place: &str, text: &str) -> TestResponse {
    wizard.post_as(actor, &format!("{plan}/comments{place}"), &[("text", text)]).await
}

async fn page(wizard: &Wizard, actor: &str, plan: &str, page: &str) -> String {
    let answer = wizard.get_as(actor, &format!("{plan}/{page}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{page}");
    answer.text()
}

/// The section of a page with its comments; empty if it has none.
fn part(page: &str) -> &str {
    let rest = page.split_once("id=\"comments\"").map_or("", |(_, rest)| rest);
    rest.split("</section>").next().unwrap()
}

#[tokio::test]
async fn a_comment_stands_where_it_was_written_and_on_the_review() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let offered = page(&wizard, "", &plan, "share").await;
    let at = |value: &str| offered.find(&format!("id=\"right-{value}\"")).unwrap();
    assert!(at("view") < at("comment") && at("comment") < at("edit"), "{offered}");
    let reviewer = visit(&wizard, &plan, &[("right", "comment")]).await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let first = comment(&wizard, &reviewer, &plan, "/database", "Which port?\r\nAsk the DBA.").await;
    assert_eq!((first.status, first.location), (StatusCode::SEE_OTHER, format!("{plan}/database#comments")));
    comment(&wizard, "", &plan, "/database", "3306").await;
    let whole = comment(&wizard, &reviewer, &plan, "", "Looks good").await;
    assert_eq!((whole.status, whole.location), (StatusCode::SEE_OTHER, format!("{plan}/review#comments")));
    for actor in ["", &reviewer, &viewer] {
        let database = page(&wizard, actor, &plan, "database").await;
        let here = part(&database);
        let (asked, answered) = (here.find("Which port?\nAsk the DBA.").unwrap(), here.find(">3306<").unwrap());
        assert!(asked < answered && here.contains("<bdi>Ruwan (by link)</bdi>") && here.contains("Owner"), "{here}");
        assert!(!here.contains("Looks good"), "{here}");
        let review = page(&wizard, actor, &plan, "review").await;
        let here = part(&review);
        for said in ["Which port?", "3306", "Looks good", "on Database", "on the plan"] {
            assert!(here.contains(said), "{said}: {here}");
        }
        let may_write = actor != viewer;
        assert_eq!(here.contains("do not enter passwords") && database.contains("id=\"comment-text\""), may_write);
        assert!(part(&page(&wizard, actor, &plan, "product").await).contains("Comments") == may_write);
    }
    let entries = journal(&wizard, &plan).await;
    let comments: Vec<&serde_json::Value> = entries.iter().filter(|entry| entry["act"] == "comment").collect();
    assert_eq!(comments.len(), 3);
    assert_eq!((&comments[0]["by"], &comments[0]["step"]), (&"Ruwan".into(), &"database".into()));
    assert_eq!(comments[0]["note"], "Which port?\nAsk the DBA.");
    let history = page(&wizard, "", &plan, "history").await.replace("<!>", "");
    for said in ["commented on Database", "commented on the plan", "Looks good"] {
        assert!(history.contains(said), "{said}: {history}");
    }
    assert!(page(&wizard, "", &plan, "journal.csv").await.contains("\"Looks good\""));
}

#[tokio::test]
async fn a_visitor_of_one_step_comments_on_it_and_reads_no_other_comment() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    comment(&wizard, "", &plan, "/clustering", "About the nodes").await;
    comment(&wizard, "", &plan, "", "About all of it").await;
    comment(&wizard, "", &plan, "/database", "Which port?").await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    assert_eq!(comment(&wizard, &dba, &plan, "/database", "3307").await.status, StatusCode::SEE_OTHER);
    for place in ["", "/clustering"] {
        assert_eq!(comment(&wizard, &dba, &plan, place, "Mine").await.status, StatusCode::FORBIDDEN, "{place}");
    }
    let text = page(&wizard, &dba, &plan, "database").await;
    assert!(text.contains("Which port?") && text.contains("3307") && !text.contains("About"), "{text}");
    for right in ["view", "download"] {
        let other = visit(&wizard, &plan, &[("right", right)]).await;
        assert_eq!(comment(&wizard, &other, &plan, "/database", "Mine").await.status, StatusCode::FORBIDDEN);
    }
    assert!(!page(&wizard, "", &plan, "review").await.contains("Mine"));
    assert_eq!(comment(&wizard, "", &plan, "/nonsense", "x").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hostile_comments_are_texts() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let reviewer = visit(&wizard, &plan, &[("right", "comment")]).await;
    for (typed, kept) in [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("</textarea><b>x", "&lt;/textarea&gt;&lt;b&gt;x"),
        ("be\u{0}fore\u{7}", "before"),
        ("\u{202e}drowssap", "drowssap"),
        ("שלום", "שלום"),
        ("jdbc:mysql://bob:canary@db/x", "jdbc:mysql://bob@db/x"),
    ] {
        assert_eq!(comment(&wizard, &reviewer, &plan, "", typed).await.status, StatusCode::SEE_OTHER, "{typed:?}");
        let review = page(&wizard, "", &plan, "review").await;
        assert!(part(&review).contains(&format!(" class=\"comment-text\">{kept}</p>")), "{typed:?}: {}", part(&review));
        for bad in ["<script>alert", "<b>x", "\u{0}", "\u{202e}", "canary"] {
            assert!(!review.contains(bad), "{bad:?}");
        }
    }
    let refused = comment(&wizard, &reviewer, &plan, "", &format!("</textarea><script>{}", "x".repeat(2000))).await;
    assert!(refused.text().contains("&lt;/textarea&gt;&lt;script&gt;x"), "{}", refused.text());
    let longest = "ä".repeat(2000);
    assert_eq!(comment(&wizard, &reviewer, &plan, "/product", &longest).await.status, StatusCode::SEE_OTHER);
    for (typed, said) in [
        (format!("<b>{longest}"), "The comment has 2003 characters. Shorten it to 2000."),
        ("x".repeat(2001), "The comment has 2001 characters. Shorten it to 2000."),
        (" \n\u{0} ".to_owned(), "Write a comment"),
    ] {
        let refused = comment(&wizard, &reviewer, &plan, "/product", &typed).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text();
        assert_eq!(text.matches(said).count(), 2, "{said}: {text}");
        assert!(text.contains("<title>Error: ") && !text.contains("<b>ä"), "{text}");
        assert!(
            text.contains(typed.trim().trim_start_matches("<b>").trim_end_matches('\u{0}')),
            "the entered text stays"
        );
    }
    assert_eq!(journal(&wizard, &plan).await.iter().filter(|entry| entry["act"] == "comment").count(), 7);
}

#[tokio::test]
async fn an_editor_of_a_step_marks_its_comments_as_done() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let reviewer = visit(&wizard, &plan, &[("right", "comment")]).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let editor = visit(&wizard, &plan, &[("right", "edit")]).await;
    for (place, text) in [("/database", "Which port?"), ("/clustering", "Three nodes?"), ("", "Looks good")] {
        comment(&wizard, &reviewer, &plan, place, text).await;
    }
    let done = async |actor: &str, number: &str, from: &str| {
        wizard.post_as(actor, &format!("{plan}/comments/done"), &[("number", number), ("from", from)]).await
    };
    assert!(!page(&wizard, &reviewer, &plan, "review").await.contains("Mark as done"));
    assert_eq!(page(&wizard, &editor, &plan, "review").await.matches("Mark as done").count(), 3);
    assert_eq!(page(&wizard, &dba, &plan, "database").await.matches("Mark as done").count(), 1);
    for (actor, number) in [(&reviewer, "1"), (&dba, "2"), (&dba, "3")] {
        assert_eq!(done(actor, number, "").await.status, StatusCode::FORBIDDEN, "{number}");
    }
    for number in ["", "0", "4", "-1", "99999999999999999999", "x"] {
        assert_eq!(done(&editor, number, "").await.status, StatusCode::NOT_FOUND, "{number}");
    }
    assert_eq!(done(&dba, "1", "").await.location, format!("{plan}/database#comments"));
    assert_eq!(done(&editor, "2", "review").await.location, format!("{plan}/review#comments"));
    assert_eq!(done(&editor, "3", "review").await.location, format!("{plan}/review#comments"));
    assert_eq!(done(&editor, "3", "review").await.status, StatusCode::SEE_OTHER, "a second time changes nothing");
    let review = page(&wizard, &editor, &plan, "review").await;
    assert_eq!((part(&review).matches(">done<").count(), part(&review).matches("Mark as done").count()), (3, 0));
    let entries = journal(&wizard, &plan).await;
    assert_eq!(entries.iter().filter(|entry| entry["act"] == "done").count(), 3);
    let history = page(&wizard, "", &plan, "history").await.replace("<!>", "");
    assert!(history.contains("marked a comment as done on Database"), "{history}");
}

#[tokio::test]
async fn one_link_cannot_push_out_what_others_wrote() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let (loud, quiet) =
        (visit(&wizard, &plan, &[("right", "comment")]).await, visit(&wizard, &plan, &[("right", "comment")]).await);
    comment(&wizard, &quiet, &plan, "", "Mind the offset").await;
    for number in 0..MAX_COMMENTS_OF_A_LINK {
        let written = comment(&wizard, &loud, &plan, "", &format!("number {number}")).await;
        assert_eq!(written.status, StatusCode::SEE_OTHER, "{number}");
    }
    let refused = comment(&wizard, &loud, &plan, "/database", "one more").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(text.contains("This link has reached its maximum of 100 comments") && text.contains("one more"), "{text}");
    for actor in ["", quiet.as_str()] {
        assert_eq!(comment(&wizard, actor, &plan, "", "still open").await.status, StatusCode::SEE_OTHER);
    }
    assert!(part(&page(&wizard, "", &plan, "review").await).contains("Mind the offset"));
}
