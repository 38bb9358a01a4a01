//! From the start page to the zip without JavaScript, and back from the zip to a plan.

use axum::http::StatusCode;
use testbed::bundle::unzip;
use testbed::plan::TestPlan;

use crate::support::Wizard;

#[tokio::test]
async fn from_the_start_page_to_the_zip_and_back() {
    let wizard = Wizard::new().await;
    assert!(wizard.get("/").await.text().contains("<h1"));
    let plan = wizard.plan().await;
    let refused = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "an unfinished plan gives no zip");
    wizard.complete(&plan, &[]).await;

    let review = wizard.get(&format!("{plan}/review")).await.text();
    assert!(review.contains("is.example.com") && !review.contains("canary"));
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(zip.status, StatusCode::OK, "{}", zip.text());
    assert!(zip.head.contains("clusterwright-test-cluster.zip"));
    let files = unzip(&zip.bytes);
    for name in [
        "README.md",
        "plan.toml",
        "manifest.json",
        "nodes/node1/install.sh",
        "nodes/node2/repository/conf/deployment.toml",
        "topology.svg",
        "database/create.sql",
        "hosts.txt",
    ] {
        assert!(files.contains_key(name), "{name} of {:?}", files.keys());
    }
    let again = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(zip.bytes, again.bytes, "the same plan and keys give the same bytes");

    let opened = wizard.upload("/plans/open", "bundle.zip", &zip.bytes).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text());
    let new_plan = opened.plan();
    assert_ne!(new_plan, plan);
    let page = wizard.get(&format!("{new_plan}/load-balancer")).await.text();
    assert!(page.contains("is.example.com"), "it has the answers");
    let page = wizard.post(&format!("{new_plan}/bundle"), &[]).await;
    assert_eq!(page.status, StatusCode::OK, "it has the passwords and keys too: {}", page.text());
    assert_eq!(page.bytes, zip.bytes, "the next bundle is the same");
}

#[tokio::test]
async fn a_wrong_answer_is_kept_reported_and_stops_only_the_download() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let fields = [("database.host", "no host!"), ("database.port", "65536"), ("action", "continue")];
    let page = wizard.post(&format!("{plan}/database"), &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = page.text();
    assert!(text.contains("<title>Error: ") && text.contains("There is a problem"), "{text}");
    assert!(text.contains("Enter a port from 1 to 65535.") && text.contains("no host!"));
    assert!(text.contains("Enter the account password."));
    let reloaded = wizard.get(&format!("{plan}/database")).await.text();
    assert!(reloaded.contains("no host!") && reloaded.contains("65536"), "reload keeps what was entered");
    assert_eq!(wizard.get(&format!("{plan}/clustering")).await.status, StatusCode::OK, "the next step opens");
}

#[tokio::test]
async fn a_pasted_jdbc_url_is_split_and_reported_on_the_next_page() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let url = "jdbc:mysql://db.example.com:3307/wso2identity_db?useSSL=false&amp;user=wso2x";
    let fields = [("database.host", url), ("database.password", "Db-1x"), ("action", "continue")];
    let answer = wizard.post(&format!("{plan}/database"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert!(wizard.get(&answer.location).await.text().contains("The JDBC URL was split"));
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("db.example.com") && page.contains("3307") && page.contains("wso2x"));
}

#[tokio::test]
async fn a_file_that_is_no_plan_shows_every_problem_with_its_line() {
    let wizard = Wizard::new().await;
    let text = b"format = 1\n[product]\nverison = \"7.2.0\"\n[database]\nport = true\n";
    let page = wizard.upload("/plans/open", "plan.toml", text).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = page.text();
    assert!(text.contains("Did you mean version?") && text.contains("database.port is true or false"), "{text}");
    assert!(text.contains("[clustering] is missing"));
    for (name, bytes) in
        [("x.zip", b"PK\x03\x04nonsense".as_slice()), ("x.bin", b"\xff\xfe\x00".as_slice()), ("empty", b"".as_slice())]
    {
        let page = wizard.upload("/plans/open", name, bytes).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

#[tokio::test]
async fn the_preview_shows_every_text_file_masked() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    assert!(wizard.get(&format!("{plan}/preview")).await.text().contains("Still open"));
    let path = |path: &str| format!("{plan}/preview/{path}");
    for none in ["x", "nodes", "nodes/", "nodes/node9/start.sh", "database/", "etc/passwd", "nodes/node1"] {
        assert_eq!(wizard.get(&path(none)).await.status, StatusCode::NOT_FOUND, "no plan has {none}");
    }
    let later = wizard.get(&path("nodes/node1/start.sh")).await;
    assert!(later.status == StatusCode::OK && later.text().contains("Still open"), "a complete plan may have it");
    wizard.complete(&plan, &[]).await;
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let version = [("product.version", ""), ("action", "continue")];
    let chosen = wizard.post(&format!("{plan}/product"), &version).await.text();
    assert!(chosen.contains("Choose the "), "a choice is chosen, not entered: {chosen}");
    for name in unzip(&zip.bytes).keys() {
        let page = wizard.get(&path(name)).await;
        assert_eq!(page.status, StatusCode::OK, "{name} is in the bundle once every step is complete again");
    }
    wizard.complete(&plan, &[]).await;
    let page = wizard.get(&format!("{plan}/preview/nodes/node1/repository/conf/deployment.toml")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("••••") && !page.text().contains("canary"));
    let json = wizard.get(&format!("{plan}/preview.json?step=clustering")).await.text();
    assert!(json.contains("local_member_host") && json.contains("node2"));
    assert_eq!(wizard.get(&format!("{plan}/preview/../../etc/passwd")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nodes_are_edited_by_buttons_and_plans_deleted_after_asking() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let answer = wizard.enter(&plan, &TestPlan::one_machine(), "clustering", "add-node").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location.ends_with("/clustering#clustering-nodes"), "{}", answer.location);
    assert!(wizard.get(&answer.location).await.text().contains("nodes.2.name"));
    let fields = [("load_balancer.certificate", "provided"), ("action", "update.load_balancer.certificate")];
    let answer = wizard.post(&format!("{plan}/load-balancer"), &fields).await;
    assert!(answer.location.ends_with("/load-balancer#load-balancer-certificate"), "{}", answer.location);
    assert!(wizard.get(&answer.location).await.text().contains("id=\"load-balancer-certificate"));
    assert_eq!(wizard.get(&format!("{plan}/delete")).await.status, StatusCode::OK);
    assert_eq!(wizard.post(&format!("{plan}/delete"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(wizard.get(&format!("{plan}/product")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn unknown_addresses_are_reported() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for path in ["/nothing", "/plans/none/product", &format!("{plan}/nothing"), "/assets/x/y.css"] {
        assert_eq!(wizard.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(wizard.get("/healthz").await.text(), "ok\n");
}
