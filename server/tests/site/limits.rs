//! Texts that exceed their limit are refused with limit and length; no text is truncated.

use axum::http::StatusCode;
use domain::limits::{COMMENT, LINK_LABEL, Limit, PERSON_NAME, PLAN_NAME, REASON, VERSION_NAME};
use testbed::html::share_link;

use crate::support::{Wizard, journal};

/// A path, the other fields of the form, the field with the text, and its limit.
type LimitedForm<'a> = (String, &'a [(&'a str, &'a str)], &'a str, Limit);

#[tokio::test]
async fn a_text_above_its_limit_is_refused_with_limit_and_length_on_every_form() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let at = |path: &str| format!("{plan}/{path}");
    let forms: [LimitedForm<'_>; 10] = [
        ("/plans".to_owned(), &[("preset", "one-machine")], "title", PLAN_NAME),
        (at("product"), &[("product.version", "7.2.0"), ("action", "save")], "title", PLAN_NAME),
        (at("draft"), &[("step", "product")], "title", PLAN_NAME),
        (at("accept"), &[("check", "DB-12")], "reason", REASON),
        (at("accept"), &[("check", "DB-12"), ("reason", "agreed"), ("from", "all")], "by", PERSON_NAME),
        (at("history/name"), &[("revision", "1")], "name", VERSION_NAME),
        (at("share"), &[("right", "view")], "label", LINK_LABEL),
        (at("share"), &[("right", "view")], "name", PERSON_NAME),
        (at("comments"), &[], "text", COMMENT),
        (at("comments/database"), &[], "text", COMMENT),
    ];
    let before = journal(&wizard, &plan).await.len();
    for (path, fields, field, limit) in forms {
        let long = "y".repeat(limit.max + 7);
        let answer = wizard.post(&path, &[fields, &[(field, long.as_str())]].concat()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {field}");
        let words = format!("{} has {} characters. Shorten it to {}.", limit.what, limit.max + 7, limit.max);
        assert!(answer.text().contains(&words), "{path} {field}: {}", answer.text());
    }
    assert_eq!(journal(&wizard, &plan).await.len(), before, "nothing was saved");
    assert!(!wizard.get("/").await.text().contains("yyyy"), "no plan was created");

    // A text at its limit is kept.
    let title = "t".repeat(PLAN_NAME.max);
    let answer = wizard.post(&at("product"), &[("title", title.as_str()), ("action", "save")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(wizard.get(&at("product")).await.text().contains(&format!("value=\"{title}\"")));
}

#[tokio::test]
async fn a_visitors_name_above_its_limit_opens_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = wizard.post(&format!("{plan}/share"), &[("right", "view")]).await.text();
    let name = "n".repeat(PERSON_NAME.max + 1);
    let answer = wizard.post(&share_link(&page), &[("name", name.as_str())]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("Your name has 101 characters. Shorten it to 100."), "{}", answer.text());
    assert!(answer.cookie.is_empty(), "no session was created");
}

#[tokio::test]
async fn a_plan_file_with_texts_above_their_limits_is_refused() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let file = wizard.get(&format!("{plan}/plan.toml")).await.text();
    let file = file.replace("title = \"Test cluster\"", &format!("title = \"{}\"", "t".repeat(101)));
    let file = format!("{file}\n[accepted]\nDB-12 = \"{}\"\n", "r".repeat(501));
    let page = wizard.upload("/plans/open", "plan.toml", file.as_bytes()).await.text();
    for words in [
        "The name of the plan has 101 characters. Shorten it to 100.",
        "The reason has 501 characters. Shorten it to 500.",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
}
