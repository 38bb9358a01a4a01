//! Share links: creating, viewing and opening them, and what they do not permit.

use axum::http::{Method, StatusCode};
use testbed::bundle::unzip;
use testbed::html::share_link;
use testbed::http::TestRequest;
use testbed::plan::DATABASE_PASSWORD;

use crate::support::Wizard;

/// Creates a link; returns its path.
pub(crate) async fn make(wizard: &Wizard, plan: &str, fields: &[(&str, &str)]) -> String {
    let made = wizard.post(&format!("{plan}/share"), fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let page = made.text();
    assert!(page.contains("http://localhost:3000/s/"), "{page}");
    share_link(&page)
}

/// The ID of the only link of a plan, by which it is revoked.
pub(crate) async fn link_id(wizard: &Wizard, plan: &str) -> String {
    let listed = wizard.get(&format!("{plan}/share")).await.text();
    listed.split("/share/").nth(1).unwrap().split("/revoke").next().unwrap().to_owned()
}

/// Creates a link and opens it; returns the cookie of the visitor.
pub(crate) async fn visit(wizard: &Wizard, plan: &str, fields: &[(&str, &str)]) -> String {
    let link = make(wizard, plan, fields).await;
    let opened = wizard.post(&link, &[("name", "Ruwan")]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    opened.cookie
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_and_opening_it_counts_once() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let fields = [("right", "view"), ("lifetime", "1d"), ("label", "auditors"), ("name", "Kasun"), ("uses", "1")];
    let link = make(&wizard, &plan, &fields).await;
    assert_eq!(link.len(), "/s/".len() + 22);
    let before = wizard.get(&format!("{plan}/share")).await.text();
    assert!(before.contains("auditors") && before.contains("Never opened, maximum 1"), "{before}");
    assert!(!before.contains(&link), "a link is shown once");
    for _ in 0..3 {
        let look = wizard.get(&link).await;
        assert_eq!(look.status, StatusCode::OK);
        let text = look.text();
        for part in
            ["Test cluster", "Kasun", "view everything except passwords", "The link is not used until you select Open"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        for header in ["no-referrer", "noindex", "no-store"] {
            assert!(look.head.contains(header), "{header}: {}", look.head);
        }
        assert!(text.contains("<meta name=\"robots\" content=\"noindex, nofollow\">"), "{text}");
        assert!(text.contains("<meta name=\"referrer\" content=\"no-referrer\">"));
        assert!(look.cookie.is_empty());
    }
    assert_eq!(wizard.send(TestRequest::new(Method::HEAD, &link)).await.status, StatusCode::OK);
    let opened = wizard.post(&link, &[("name", "Ruwan")]).await;
    assert_eq!((opened.status, opened.location.as_str()), (StatusCode::SEE_OTHER, &*format!("{plan}/review")));
    assert!(opened.cookie.starts_with("clusterwright_link="));
    assert!(opened.head.contains("no-referrer") && opened.head.contains("no-store"));
    let review = wizard.get_as(&opened.cookie, &format!("{plan}/review")).await;
    assert_eq!(review.status, StatusCode::OK);
    assert!(review.text().contains("You are using a share link as Ruwan"), "{}", review.text());
    assert_eq!(wizard.post(&link, &[]).await.status, StatusCode::NOT_FOUND, "used up");
    let after = wizard.get(&format!("{plan}/share")).await.text();
    assert!(after.contains("Opened 1 of 1×") && after.contains("Used up"), "{after}");
    let journal = wizard.get(&format!("{plan}/journal.jsonl")).await.text();
    assert!(journal.contains("make-link") && journal.contains("open-link"), "{journal}");
    assert!(journal.contains("View, auditors") && journal.contains("Ruwan"), "{journal}");
    assert!(!journal.contains(&link["/s/".len()..]), "a token is stored nowhere");
}

#[tokio::test]
async fn links_that_cannot_be_opened_all_look_the_same() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let used_up = make(&wizard, &plan, &[("right", "view"), ("uses", "1"), ("lifetime", "1h")]).await;
    assert_eq!(wizard.post(&used_up, &[]).await.status, StatusCode::SEE_OTHER);
    let plan = wizard.plan().await;
    let revoked = make(&wizard, &plan, &[("right", "edit"), ("lifetime", "1h"), ("password", "Kandy rain")]).await;
    let id = link_id(&wizard, &plan).await;
    assert_eq!(wizard.post(&format!("{plan}/share/{id}/revoke"), &[]).await.status, StatusCode::SEE_OTHER);
    let other_plan = wizard.plan().await;
    let of_deleted = make(&wizard, &other_plan, &[("right", "view")]).await;
    assert_eq!(wizard.post(&format!("{other_plan}/delete"), &[]).await.status, StatusCode::SEE_OTHER);
    let unknown = wizard.get("/s/0123456789abcdefghijkl").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for link in [&used_up, &revoked, &of_deleted, "/s/x", &format!("/s/{}", "x".repeat(3000))] {
        for answer in [wizard.get(link).await, wizard.post(link, &[("password", "Kandy rain")]).await] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{link}");
            assert_eq!(answer.text(), unknown.text(), "{link}");
            assert_eq!(answer.head, unknown.head, "{link}");
        }
    }
}

#[tokio::test]
async fn a_link_is_the_way_to_its_plan_and_no_further() {
    let wizard = Wizard::new().await;
    let (plan, other) = (wizard.plan().await, wizard.plan().await);
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    for page in ["review", "database", "preview", "report.txt"] {
        assert_eq!(wizard.get_as(&viewer, &format!("{plan}/{page}")).await.status, StatusCode::OK, "{page}");
    }
    for page in ["share", "plan.toml", "delete"] {
        let refused = wizard.get_as(&viewer, &format!("{plan}/{page}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{page}");
        assert!(refused.text().contains("Your link does not allow this"));
    }
    let fields = [("database.host", "evil.example"), ("action", "save")];
    for path in ["database", "draft", "bundle", "checks", "accept", "delete", "share"] {
        let refused = wizard.post_as(&viewer, &format!("{plan}/{path}"), &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(!wizard.get(&format!("{plan}/database")).await.text().contains("evil.example"));
    // A browser does not send the cookie there; a client that does has no permission.
    assert_eq!(wizard.get_as(&viewer, &format!("{other}/review")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_visitor_is_signed_out_when_the_link_ends_and_can_leave() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let id = link_id(&wizard, &plan).await;
    wizard.post(&format!("{plan}/share/{id}/revoke"), &[]).await;
    let out = wizard.get_as(&viewer, &format!("{plan}/review")).await;
    assert_eq!(out.status, StatusCode::NOT_FOUND);
    assert!(out.text().contains("This link does not work") && out.text().contains("/leave"));
    let left = wizard.post_as(&viewer, &format!("{plan}/leave"), &[]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(left.cookie, "clusterwright_link=");
    let again = wizard.get_as(&viewer, &format!("{plan}/review")).await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "the token is not valid any more, and on this server every other client is the owner"
    );
}

#[tokio::test]
async fn a_link_asks_for_its_password() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let link = make(&wizard, &plan, &[("right", "view"), ("password", "Kandy rain")]).await;
    assert!(wizard.get(&link).await.text().contains("Link password"));
    let wrong = wizard.post(&link, &[("password", "Kandy sun"), ("name", "Ruwan")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.cookie.is_empty());
    let text = wrong.text();
    assert!(text.contains("There is a problem") && text.contains("value=\"Ruwan\""), "{text}");
    assert!(!text.contains("Kandy"), "the entered password is not shown");
    let right = wizard.post(&link, &[("password", "Kandy rain")]).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        last = wizard.post(&link, &[("password", "guess")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

/// The page of a link forbids the referrer, so browsers send `Origin: null` with its form.
#[tokio::test]
async fn the_form_of_a_link_may_come_without_an_origin_and_no_other() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let link = make(&wizard, &plan, &[("right", "view")]).await;
    let send = async |path: &str, site: &str| {
        let request = TestRequest::post(path).header("origin", "null").header("sec-fetch-site", site);
        wizard.send(request).await.status
    };
    assert_eq!(send(&link, "same-origin").await, StatusCode::SEE_OTHER);
    assert_eq!(send(&link, "cross-site").await, StatusCode::FORBIDDEN);
    assert_eq!(send(&format!("{plan}/share"), "same-origin").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_link_is_reported_at_its_fields() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let fields = [("right", "owner"), ("uses", "many"), ("password", "short"), ("label", "<b>\"x\"")];
    let answer = wizard.post(&format!("{plan}/share"), &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text();
    for problem in ["Choose what the link allows", "Enter a number from 1 to 1000", "Enter at least 8 characters"] {
        assert_eq!(text.matches(problem).count(), 2, "{problem}");
    }
    assert!(!text.contains("<b>\"") && !text.contains("short"), "{text}");
}

/// The link for the DBA permits one step and its checks, and nothing else of the plan.
#[tokio::test]
async fn a_visitor_of_one_step_sees_and_changes_nothing_else() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    wizard
        .post(&format!("{plan}/load-balancer"), &[("load_balancer.hostname", "hidden.example"), ("action", "save")])
        .await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let page = wizard.get_as(&dba, &format!("{plan}/database")).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    for hidden in ["hidden.example", "/user-store", "/review", "/preview", "is-admin", "Clustering"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for path in ["product", "user-store", "review", "preview", "preview.json?step=database", "report.json", "share"] {
        assert_eq!(wizard.get_as(&dba, &format!("{plan}/{path}")).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let fields = [
        ("database.username", "wso2is_dba"),
        ("database.password", "Typed-by-dba-7"),
        ("title", "Taken over"),
        ("product.version", "5.10.0"),
        ("user_store.admin_password", "Typed-by-dba-8"),
        ("clustering.scheme", "aws"),
        ("nodes.0.host", "10.9.9.9"),
        ("action", "continue"),
    ];
    let saved = wizard.post_as(&dba, &format!("{plan}/database"), &fields).await;
    assert_eq!((saved.status, saved.location.as_str()), (StatusCode::SEE_OTHER, &*format!("{plan}/database#title")));
    assert!(wizard.get_as(&dba, &saved.location).await.text().contains("Saved, and complete."));
    assert_eq!(wizard.post_as(&dba, &format!("{plan}/draft"), &fields).await.status, StatusCode::OK);
    let review = wizard.get(&format!("{plan}/review")).await.text();
    assert!(review.contains("wso2is_dba") && review.contains("Test cluster"), "{review}");
    for other in ["5.10.0", "10.9.9.9", "Taken over"] {
        assert!(!review.contains(other), "{other}");
    }
    // The visitor neither starts checks of other steps nor sees their results.
    let others = wizard.post_as(&dba, &format!("{plan}/checks"), &[("step", "load-balancer")]).await;
    assert_eq!(others.status, StatusCode::FORBIDDEN);
    let one = wizard.post_as(&dba, &format!("{plan}/checks"), &[("id", "LB-01"), ("id", "DB-39")]).await;
    assert_eq!(one.status, StatusCode::SEE_OTHER);
    wizard.run_checks(&plan, &[("id", "CL-01"), ("step", "clustering")]).await;
    let report = wizard.get(&format!("{plan}/report.json")).await.text();
    assert!(report.contains("CL-01"));
    let text = wizard.get_as(&dba, &format!("{plan}/database")).await.text();
    assert!(text.contains("DB-39") && !text.contains("cl-01") && !text.contains("Cl01"), "{text}");
}

/// A visitor cannot make the program send a password to a server of theirs.
#[tokio::test]
async fn a_secret_does_not_follow_to_another_server() {
    for right in [vec![("right", "edit")], vec![("right", "fill"), ("step", "database")]] {
        let wizard = Wizard::new().await;
        let plan = wizard.plan().await;
        wizard.complete(&plan, &[]).await;
        let is_set = async || wizard.get(&format!("{plan}/database")).await.text().contains("Leave the field empty");
        let editor = visit(&wizard, &plan, &right).await;
        let harmless = [("database.pool_size", "60"), ("database.username", "other"), ("action", "save")];
        wizard.post_as(&editor, &format!("{plan}/database"), &harmless).await;
        assert!(is_set().await);
        let own = [("database.host", "db-2.example.com"), ("action", "save")];
        wizard.post(&format!("{plan}/database"), &own).await;
        assert!(is_set().await, "the owner may move the database");
        for (path, fields) in [
            ("database", vec![("database.host", "evil.example"), ("action", "save")]),
            ("database", vec![("database.host", "jdbc:mysql://evil2.example:3306/x"), ("action", "save")]),
            ("database", vec![("database.port", "13306"), ("action", "check")]),
            ("draft", vec![("database.host", "evil3.example")]),
        ] {
            wizard
                .post(&format!("{plan}/database"), &[("database.password", DATABASE_PASSWORD), ("action", "save")])
                .await;
            assert!(is_set().await);
            wizard.post_as(&editor, &format!("{plan}/{path}"), &fields).await;
            assert!(!is_set().await, "{fields:?}");
            let text = wizard.get_as(&editor, &format!("{plan}/database")).await.text();
            assert!(text.contains("was given for another server and is forgotten"), "{text}");
        }
        // The visitor may enter the password of the new server.
        let fields = [("database.host", "db-3.example.com"), ("database.password", "New-one-3"), ("action", "save")];
        wizard.post_as(&editor, &format!("{plan}/database"), &fields).await;
        assert!(is_set().await);
    }
}

/// Nor by undoing a change of the owner: the password belongs to the server that the plan names now.
#[tokio::test]
async fn a_secret_does_not_follow_an_undo_to_another_server() {
    for (path, fields) in [("undo", [("step", "database")]), ("restore", [("revision", "1")])] {
        let wizard = Wizard::new().await;
        let plan = wizard.plan().await;
        wizard.complete(&plan, &[]).await;
        let page = async || wizard.get(&format!("{plan}/database")).await.text();
        let moved = [("database.host", "db-9.example.com"), ("database.password", "Db-canary-9"), ("action", "save")];
        wizard.post(&format!("{plan}/database"), &moved).await;
        assert!(page().await.contains("db-9.example.com") && page().await.contains("Leave the field empty"));
        let editor = visit(&wizard, &plan, &[("right", "edit")]).await;
        wizard.post_as(&editor, &format!("{plan}/history/{path}"), &fields).await;
        let text = page().await;
        assert!(!text.contains("value=\"db-9.example.com\""), "{path}: {text}");
        assert!(!text.contains("Leave the field empty"), "{path}: {text}");
    }
}

#[tokio::test]
async fn a_reader_gets_no_button_that_would_be_refused() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    for page in ["product", "database", "user-store", "clustering", "load-balancer", "review"] {
        let text = wizard.get_as(&viewer, &format!("{plan}/{page}")).await.text();
        for action in
            ["value=\"continue\"", "value=\"save\"", "forget.", "value=\"check\"", "/bundle\"", "/share\"", "plan.toml"]
        {
            assert!(!text.contains(action), "{page}: {action} in {text}");
        }
        assert!(page == "review" || text.contains("class=\"read-only\""), "{page}");
        assert!(text.contains("Leave</button>"));
    }
    let database = wizard.get_as(&viewer, &format!("{plan}/database")).await.text();
    assert!(database.contains("Set by Owner, ") && !database.contains("Leave the field empty"), "{database}");
}

#[tokio::test]
async fn a_download_without_secrets_names_what_is_missing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let taker = visit(&wizard, &plan, &[("right", "download")]).await;
    assert_eq!(wizard.post_as(&taker, &format!("{plan}/bundle"), &[]).await.status, StatusCode::FORBIDDEN);
    let zip = wizard.post_as(&taker, &format!("{plan}/bundle/incomplete"), &[]).await;
    assert_eq!(zip.status, StatusCode::OK);
    let files = unzip(&zip.bytes);
    let text = |path: &str| String::from_utf8_lossy(&files[path]).into_owned();
    let deployment = text("nodes/node1/repository/conf/deployment.toml");
    assert!(deployment.contains("SET-ON-THE-NODE:"), "{deployment}");
    let readme = text("README.md");
    assert!(readme.starts_with("# This bundle is incomplete"), "{readme}");
    assert!(readme.contains("- `nodes/node1/repository/conf/deployment.toml`: "), "{readme}");
    assert!(readme.contains(".jks`") || readme.contains(".p12`"), "keystores are left out: {readme}");
    for (path, bytes) in &files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains('•') && !text.contains("PRIVATE KEY") && !text.contains("canary"), "{path}");
    }
    assert!(wizard.get_as(&taker, &format!("{plan}/plan.toml")).await.status.is_success());
}
