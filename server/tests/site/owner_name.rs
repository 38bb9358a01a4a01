//! On a server without a login the owner enters a name once; their browser keeps it.

use axum::http::StatusCode;

use crate::support::{Wizard, journal};

#[tokio::test]
async fn the_owners_name_stands_in_history_and_comments_instead_of_owner() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let history = format!("{plan}/history");
    let before = wizard.get(&history).await.text();
    assert!(before.contains("Your changes appear as") && before.contains("<bdi>Owner</bdi>"), "{before}");
    assert!(before.contains("href=\"/account\""), "{before}");

    let account = wizard.get("/account").await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(!account.text().contains("signed in"), "this server has no login: {}", account.text());
    let long = wizard.post("/account", &[("name", "n".repeat(101).as_str())]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
    let named = wizard.post("/account", &[("name", " Nimal Perera; \u{d9a}\u{dcf} ")]).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER);
    assert!(named.set_cookie.contains("HttpOnly; SameSite=Strict"), "{}", named.set_cookie);
    let cookie = named.cookie;

    let name = "Nimal Perera; \u{d9a}\u{dcf}";
    let fields = [("database.host", "db.example.com"), ("action", "save")];
    assert_eq!(wizard.post_as(&cookie, &format!("{plan}/database"), &fields).await.status, StatusCode::SEE_OTHER);
    let comment = wizard.post_as(&cookie, &format!("{plan}/comments"), &[("text", "Checked.")]).await;
    assert_eq!(comment.status, StatusCode::SEE_OTHER);
    let reported = journal(&wizard, &plan).await;
    let by_name = reported.iter().filter(|entry| entry["by"] == name).count();
    assert_eq!(by_name, 2, "the save and the comment: {reported:?}");
    for path in [&history, &format!("{plan}/review")] {
        // Other clients read it too, without the cookie.
        let page = wizard.get(path).await.text();
        assert!(page.contains(name), "{path}: {page}");
    }
    assert!(wizard.get_as(&cookie, &history).await.text().contains(&format!("<bdi>{name}</bdi>")));
}

#[tokio::test]
async fn a_planted_name_that_does_not_fit_counts_as_none() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for planted in ["n".repeat(101), "%E2%80%AE".to_owned(), "%0D%0A".to_owned(), String::new()] {
        let cookie = format!("clusterwright_name={planted}");
        let page = wizard.get_as(&cookie, &format!("{plan}/history")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("<bdi>Owner</bdi>"), "{planted}: {}", page.text());
    }
}
