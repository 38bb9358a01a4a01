//! Two people on one plan: no change is lost or overwritten, and no secret is shown to the other person.

use axum::http::StatusCode;
use testbed::html::{hidden_field, hidden_fields};
use testbed::http::TestResponse;
use testbed::plan::{DATABASE_PASSWORD, TestPlan, borrowed};

use crate::support::{Wizard, journal};

/// A page that one person has open.
pub(crate) struct Page<'a> {
    wizard: &'a Wizard,
    plan: String,
    step: &'static str,
    revision: String,
    pub(crate) page: String,
}

impl<'a> Page<'a> {
    pub(crate) async fn open(wizard: &'a Wizard, plan: &str, step: &'static str) -> Page<'a> {
        let text = wizard.get(&format!("{plan}/{step}")).await.text();
        let field = |name: &str| hidden_field(&text, name);
        Page { wizard, plan: plan.to_owned(), step, revision: field("revision"), page: field("page") }
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let own = [("revision", self.revision.as_str()), ("page", self.page.as_str()), ("step", self.step)];
        self.wizard.post(&format!("{}/{path}", self.plan), &[&own, fields].concat()).await
    }

    pub(crate) async fn save(&self, fields: &[(&str, &str)]) -> TestResponse {
        self.send(self.step, &[fields, &[("action", "save")]].concat()).await
    }

    /// Saves the step with the answers of a plan.
    async fn save_plan(&self, plan: &TestPlan) -> TestResponse {
        self.save(&borrowed(&plan.form(self.step))).await
    }

    pub(crate) async fn draft(&self, fields: &[(&str, &str)]) -> TestResponse {
        self.send("draft", fields).await
    }

    /// Sends the page of a conflict with these choices, as a browser does.
    async fn resolve(&self, conflict: &TestResponse, choices: &[(&str, &str)]) -> TestResponse {
        let hidden = hidden_fields(&conflict.text());
        let fields = [&borrowed(&hidden)[..], choices, &[("action", "resolve")]].concat();
        self.wizard.post(&format!("{}/{}", self.plan, self.step), &fields).await
    }
}

/// The current value of a field of a step.
pub(crate) async fn now(wizard: &Wizard, plan: &str, step: &str, id: &str) -> String {
    let text = wizard.get(&format!("{plan}/{step}")).await.text();
    let (before, rest) = text.split_once(&format!("id=\"{id}\"")).unwrap();
    let tag = format!("{}{}", before.rsplit('<').next().unwrap(), rest.split('>').next().unwrap());
    tag.split_once("value=\"").map_or_else(String::new, |(_, rest)| rest.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn different_steps_and_different_fields_do_not_disturb_each_other() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let database = Page::open(&wizard, &plan, "database").await;
    let balancer = Page::open(&wizard, &plan, "load-balancer").await;
    let again = Page::open(&wizard, &plan, "database").await;
    assert_ne!(database.page, again.page);
    let all = |host, port| [("database.host", host), ("database.port", port)];
    assert_eq!(database.draft(&all("db1", "3306")).await.status, StatusCode::OK);
    assert_eq!(balancer.draft(&[("load_balancer.hostname", "is.example.com")]).await.status, StatusCode::OK);
    // The form sends every field, the host as the page showed it.
    assert_eq!(again.save(&all("127.0.0.1", "3307")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "db1");
    assert_eq!(now(&wizard, &plan, "database", "database-port").await, "3307");
    assert_eq!(now(&wizard, &plan, "load-balancer", "load-balancer-hostname").await, "is.example.com");
}

/// While a person types, the page does not show changes of others. Its saves compare with the version that it shows.
#[tokio::test]
async fn a_page_that_is_typed_on_does_not_take_back_what_others_changed() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let mut ann = Page::open(&wizard, &plan, "database").await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    // As a browser sends it: the port with its default, which no one changed.
    let all = [("database.host", "their-db"), ("database.port", "3306")];
    assert_eq!(kasun.save(&all).await.status, StatusCode::SEE_OTHER);
    for port in ["3301", "3302", "3303"] {
        let typed = ann.draft(&[("database.host", "127.0.0.1"), ("database.port", port)]).await;
        assert_eq!(typed.status, StatusCode::OK, "{}", typed.text());
        // As the script of the page does.
        let saved: serde_json::Value = serde_json::from_str(&typed.text()).unwrap();
        ann.revision = saved["revision"].to_string();
    }
    let saved = ann.save(&[("database.host", "127.0.0.1"), ("database.port", "3304")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "their-db");
    assert_eq!(now(&wizard, &plan, "database", "database-port").await, "3304");
    // Without other changes of the step, the page continues from its own saves.
    let mut alone = Page::open(&wizard, &plan, "database").await;
    let typed = alone.draft(&[("database.host", "their-db"), ("database.port", "3305")]).await;
    let saved: serde_json::Value = serde_json::from_str(&typed.text()).unwrap();
    assert_ne!(saved["revision"].to_string(), std::mem::take(&mut alone.revision));
}

/// A visitor may enter a server of theirs while the owner types a password for another server.
#[tokio::test]
async fn a_password_is_kept_for_the_server_that_the_page_showed_and_for_no_other() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let editor = crate::sharing::visit(&wizard, &plan, &[("right", "edit")]).await;
    let owner = Page::open(&wizard, &plan, "database").await;
    let moved = [("database.host", "evil.example.com"), ("action", "save")];
    assert_eq!(wizard.post_as(&editor, &format!("{plan}/database"), &moved).await.status, StatusCode::SEE_OTHER);
    for host in ["127.0.0.1", "db.example.com"] {
        let saved = owner.save(&[("database.host", host), ("database.password", DATABASE_PASSWORD)]).await;
        assert_eq!(saved.status, StatusCode::CONFLICT, "{host}");
        let text = saved.text();
        assert!(text.contains("Database password") || text.contains("password"), "{text}");
        assert!(!text.contains(DATABASE_PASSWORD));
        let page = wizard.get(&format!("{plan}/database")).await.text();
        assert!(page.contains("Not set."), "{host}: the password is stored for another server: {page}");
    }
}

/// A visitor who fills in a step cannot undo an acceptance of the owner.
#[tokio::test]
async fn an_acceptance_is_undone_only_with_the_permission_to_accept() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let dba = crate::sharing::visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    wizard.post(&format!("{plan}/accept"), &[("check", "DB-02"), ("reason", "The DBA starts it later")]).await;
    let accepted =
        async || wizard.get(&format!("{plan}/accept/DB-02")).await.text().contains("The DBA starts it later");
    assert!(accepted().await);
    let undo = [("step", "database"), ("act", "undo")];
    wizard.post_as(&dba, &format!("{plan}/history/undo"), &undo).await;
    assert!(accepted().await, "a visitor without the permission undid it");
    wizard.post(&format!("{plan}/history/undo"), &undo).await;
    assert!(!accepted().await, "the owner undoes it");
    wizard.post_as(&dba, &format!("{plan}/history/undo"), &[("step", "database"), ("act", "redo")]).await;
    assert!(!accepted().await, "nor does a visitor redo it");
}

/// An acceptance is for the server that the plan named at that time.
#[tokio::test]
async fn an_acceptance_ends_with_the_settings_it_was_for() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    for check in ["DB-04", "CL-06"] {
        wizard.post(&format!("{plan}/accept"), &[("check", check), ("reason", "It is ours")]).await;
    }
    let fields = [("database.host", "db2.example.com"), ("action", "save")];
    wizard.post(&format!("{plan}/database"), &fields).await;
    for (check, stays) in [("DB-04", false), ("CL-06", true)] {
        let page = wizard.get(&format!("{plan}/accept/{check}")).await.text();
        assert_eq!(page.contains("It is ours"), stays, "{check}");
    }
}

#[tokio::test]
async fn the_same_field_is_never_overwritten_silently() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    for (choice, expected) in [("mine", "mine-db"), ("theirs", "their-db"), ("both", "their-db")] {
        let ann = Page::open(&wizard, &plan, "database").await;
        let kasun =
            Page { revision: ann.revision.clone(), page: format!("{}x", kasun.page), plan: plan.clone(), ..kasun };
        assert_eq!(kasun.save(&[("database.host", "their-db")]).await.status, StatusCode::SEE_OTHER);
        let draft = ann.draft(&[("database.host", "mine-db"), ("database.port", "3399")]).await;
        assert_eq!(draft.status, StatusCode::CONFLICT);
        assert!(draft.text().contains("Owner changed Database host at "), "{}", draft.text());
        assert_eq!(now(&wizard, &plan, "database", "database-host").await, "their-db");
        assert_eq!(
            now(&wizard, &plan, "database", "database-port").await,
            "3399",
            "a field without a conflict is saved"
        );
        let asked = ann.save(&[("database.host", "mine-db"), ("database.port", "3399")]).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        let text = asked.text();
        assert!(text.contains("Keep yours") && text.contains("Keep theirs") && text.contains("Show both"), "{text}");
        assert!(text.contains("mine-db") && text.contains("their-db") && !text.contains("keep.database.port"));
        let resolved = ann.resolve(&asked, &[("keep.database.host", choice)]).await;
        if choice == "both" {
            assert_eq!(resolved.status, StatusCode::OK);
            assert!(
                resolved.text().contains("the saved value is “their-db”; you entered “mine-db”"),
                "{}",
                resolved.text()
            );
        } else {
            assert_eq!(resolved.status, StatusCode::SEE_OTHER, "{}", resolved.text());
        }
        assert_eq!(now(&wizard, &plan, "database", "database-host").await, expected, "{choice}");
        wizard.post(&format!("{plan}/database"), &[("database.host", "127.0.0.1"), ("action", "save")]).await;
    }
}

#[tokio::test]
async fn a_choice_that_is_overtaken_asks_again() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let ann = Page::open(&wizard, &plan, "database").await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    let _ = kasun.save(&[("database.host", "one")]).await;
    let asked = ann.save(&[("database.host", "mine")]).await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    let _ = kasun.save(&[("database.host", "two")]).await;
    let again = ann.resolve(&asked, &[("keep.database.host", "mine")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("two"));
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "two");
}

#[tokio::test]
async fn a_page_does_not_meet_itself() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = Page::open(&wizard, &plan, "database").await;
    // The first response was lost, so the page does not know the new revision.
    for host in ["d", "db", "db1"] {
        assert_eq!(page.draft(&[("database.host", host), ("database.password", DATABASE_PASSWORD)]).await.status, 200);
    }
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "db1");
    let other = Page::open(&wizard, &plan, "database").await;
    let _ = other.save(&[("database.host", "db2")]).await;
    assert_eq!(page.draft(&[("database.host", "db3")]).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_form_of_an_unknown_version_overwrites_nothing() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = Page::open(&wizard, &plan, "database").await;
    let _ = page.save(&[("database.host", "db1")]).await;
    for revision in ["0", "-1", "99999999999999999999", "nonsense", "900"] {
        let page = Page { revision: revision.to_owned(), page: String::new(), plan: plan.clone(), ..page };
        let answer = page.save(&[("database.host", "evil"), ("database.port", "3306")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{revision}");
        assert_eq!(now(&wizard, &plan, "database", "database-host").await, "db1", "{revision}");
    }
}

#[tokio::test]
async fn two_people_set_one_secret_and_the_second_is_informed() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let ann = Page::open(&wizard, &plan, "database").await;
    let kasun = Page::open(&wizard, &plan, "database").await;
    assert_eq!(kasun.draft(&[("database.password", "Db-canary-kasun")]).await.status, StatusCode::OK);
    // Also when it is the same, so that guessing reveals nothing.
    for typed in ["Db-canary-ann", "Db-canary-kasun"] {
        let draft = ann.draft(&[("database.password", typed)]).await;
        assert_eq!(draft.status, StatusCode::CONFLICT);
        assert!(draft.text().contains("changed Account password at") && !draft.text().contains("canary"));
    }
    let asked = ann.save(&[("database.password", "Db-canary-ann")]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(
        asked.text().contains("enter the account password again") && !asked.text().contains("canary"),
        "{}",
        asked.text()
    );
    let journaled = journal(&wizard, &plan).await;
    let set = |entry: &&serde_json::Value| entry["secrets"][0]["key"] == "database.password";
    assert_eq!(journaled.iter().filter(set).count(), 1);
    let resolved = ann.resolve(&asked, &[("database.password", "Db-canary-ann")]).await;
    assert_eq!(resolved.status, StatusCode::SEE_OTHER);
    assert_eq!(journal(&wizard, &plan).await.iter().filter(set).count(), 2);
    for path in ["history", "journal.jsonl", "journal.csv", "database", "history?from=1&to=4"] {
        let answer = wizard.get(&format!("{plan}/{path}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(!answer.text().contains("canary"), "{path}: {}", answer.text());
    }
    let page = wizard.get(&format!("{plan}/history")).await.text();
    assert!(page.contains("Account password was set"), "{page}");
}

#[tokio::test]
async fn node_tables_come_together_by_cell_and_otherwise_ask() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let table = TestPlan::one_machine();
    let (ann, kasun) = (Page::open(&wizard, &plan, "clustering").await, Page::open(&wizard, &plan, "clustering").await);
    let of_kasun = table.clone().with_cell(0, "host", "10.0.0.1");
    assert_eq!(kasun.save_plan(&of_kasun).await.status, StatusCode::SEE_OTHER);
    let of_ann = table.clone().with_cell(1, "host", "10.0.0.2");
    assert_eq!(ann.save_plan(&of_ann).await.status, StatusCode::SEE_OTHER);
    let host = |row: u8| format!("clustering-nodes-{row}-host");
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    assert!(page.contains("10.0.0.1") && page.contains("10.0.0.2"), "both stay: {page}");

    // One cell, two values.
    let (ann, kasun) = (Page::open(&wizard, &plan, "clustering").await, Page::open(&wizard, &plan, "clustering").await);
    let _ = kasun.save_plan(&of_ann.clone().with_cell(0, "host", "10.0.0.9")).await;
    let of_ann = of_ann.with_cell(0, "host", "10.0.0.8");
    let asked = ann.save_plan(&of_ann).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.text().contains("Address of node1"), "{}", asked.text());
    let resolved = ann.resolve(&asked, &[("keep.clustering.nodes.node1.host", "mine")]).await;
    assert_eq!(resolved.status, StatusCode::SEE_OTHER, "{}", resolved.text());
    assert_eq!(now(&wizard, &plan, "clustering", &host(0)).await, "10.0.0.8");

    // A row is added on a page of an earlier version, after another person has added a row.
    let table = of_ann.form("clustering");
    let table = borrowed(&table);
    let (ann, kasun) = (Page::open(&wizard, &plan, "clustering").await, Page::open(&wizard, &plan, "clustering").await);
    let added = [&table[..], &[("nodes.2.name", "kasuns"), ("nodes.2.host", "10.0.0.7")]].concat();
    assert_eq!(kasun.save(&added).await.status, StatusCode::SEE_OTHER);
    let asked = ann.send("clustering", &[&table[..], &[("action", "add-node")]].concat()).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.text().contains("kasuns 10.0.0.7") && asked.text().contains("node3"), "{}", asked.text());
    let resolved = ann.resolve(&asked, &[("keep.clustering.nodes", "theirs")]).await;
    assert_eq!(resolved.status, StatusCode::SEE_OTHER);
    assert!(wizard.get(&format!("{plan}/clustering")).await.text().contains("kasuns"));
    // Without a change in between, the page asks nothing.
    let ann = Page::open(&wizard, &plan, "clustering").await;
    let answer = ann.send("clustering", &[&added[..], &[("action", "remove-node.2")]].concat()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(!wizard.get(&format!("{plan}/clustering")).await.text().contains("kasuns"));
}
