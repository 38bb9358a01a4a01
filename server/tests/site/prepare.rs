//! Preparing the databases on the site: the form, the planned changes, the approval, the progress, and the databases of a
//! real MariaDB from WSO2's scripts.

use axum::http::StatusCode;
use probe::address::AllowedNetworks;
use testbed::html::{self, hidden_field};
use testbed::http::{FormFile, TestResponse};
use testbed::plan::{DATABASE_PASSWORD, TestPlan, VERSION};
use testbed::script_pack::{self, SCRIPTS};
use testbed::{DatabaseNames, DatabaseServer, bundle};

use crate::support::Wizard;

/// The passwords of the account and of the administrator, which appear nowhere.
const SECRETS: [&str; 2] = [DATABASE_PASSWORD, testbed::ROOT_PASSWORD];

/// A plan whose steps Product and Database are complete, with databases that no other test has.
struct World<'s> {
    server: &'s DatabaseServer,
    wizard: Wizard,
    plan: String,
    names: DatabaseNames<'s>,
}

impl<'s> World<'s> {
    async fn new(server: &'s DatabaseServer, wizard: Wizard, name: &str) -> Self {
        let names = DatabaseNames::new(server, &format!("site_{name}"));
        let plan = wizard.plan().await;
        let answers = TestPlan::one_machine().with_all(names.answers());
        for step in ["product", "database"] {
            let saved = wizard.enter(&plan, &answers, step, "continue").await;
            assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
        }
        Self { server, wizard, plan, names }
    }

    /// Sends the form with an administrator's password and the place of the scripts.
    async fn look(&self, password: &str, folder: &str, zip: &[u8]) -> TestResponse {
        self.look_at(&format!("127.0.0.1:{}", self.server.port()), password, folder, zip).await
    }

    /// [`Self::look`] with a form that showed `server`.
    async fn look_at(&self, server: &str, password: &str, folder: &str, zip: &[u8]) -> TestResponse {
        let fields = [("server", server), ("user", "root"), ("password", password), ("folder", folder)];
        let name = if zip.is_empty() { "" } else { "pack.zip" };
        let pack = FormFile("pack", name, zip);
        let answer = self.wizard.multipart(&format!("{}/prepare", self.plan), &fields, &[pack]).await;
        assert_clean(&answer);
        answer
    }

    /// The page, to its end.
    async fn page(&self, query: &str) -> String {
        let answer = self.wizard.get(&format!("{}/prepare{query}", self.plan)).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_clean(&answer);
        answer.text()
    }

    /// Approves the planned changes on `page`.
    async fn confirm(&self, page: &str) -> TestResponse {
        self.wizard.post(&format!("{}/prepare/run", self.plan), &[("token", &token(page))]).await
    }

    /// How many of the databases exist.
    fn databases(&self) -> usize {
        self.names.count().unwrap()
    }
}

/// The token by which the preparation on a page is approved.
fn token(page: &str) -> String {
    hidden_field(page, "token")
}

fn assert_clean(answer: &TestResponse) {
    let all = format!("{}{}", answer.text(), answer.head);
    assert!(!SECRETS.iter().any(|secret| all.contains(secret)), "a password is shown: {all}");
}

/// The scripts of a folder as the zip of a pack.
fn pack(folder: &str) -> Vec<u8> {
    let path = |script: &str| format!("wso2is-{VERSION}/dbscripts/{script}");
    bundle::zip(SCRIPTS.map(|script| (path(script), std::fs::read(format!("{folder}/{script}")).unwrap())))
}

#[tokio::test]
async fn databases_are_planned_confirmed_created_and_verified_on_the_page() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap().display().to_string();
    let world = World::new(&server, Wizard::new().await, "run").await;
    let step = world.wizard.post(&format!("{}/database", world.plan), &[("action", "prepare")]).await;
    assert_eq!(step.location, format!("{}/prepare#title", world.plan), "the button of the step opens this page");
    // The preparation makes the results of these checks outdated.
    world.wizard.run_checks(&world.plan, &[("id", "DB-11"), ("step", "database")]).await;

    let form = world.page("").await;
    assert!(form.contains("Administrator password") && form.contains(&world.names.database("identity")), "{form}");
    for (password, folder, words) in [
        ("", "", "Enter the administrator&#x27;s password"),
        ("x", "", "Enter a folder, or choose a zip"),
        ("x", "dbscripts", "Enter the complete path"),
        ("x", "/nowhere", "/nowhere does not exist on this machine"),
        ("Root-canary-9", scripts.as_str(), "The administrator root cannot log in"),
    ] {
        let refused = world.look(password, folder, b"").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        let text = refused.text().replace("&#39;", "&#x27;").replace('\'', "&#x27;");
        assert!(text.contains(words) && !text.contains("Root-canary-9"), "{words}: {text}");
    }
    let no_zip = world.look(SECRETS[1], "", b"nothing of a zip").await;
    assert!(no_zip.text().contains("neither a folder nor a zip"), "{}", no_zip.text());

    assert_eq!(world.look(SECRETS[1], &scripts, b"").await.status, StatusCode::SEE_OTHER);
    let plan = world.page("").await;
    let shared = format!("CREATE DATABASE `{}` CHARACTER SET latin1;", world.names.database("shared"));
    for words in [
        shared.as_str(),
        "create the database, then run mysql.sql (105 statements)",
        "GRANT SELECT, INSERT, UPDATE, DELETE",
    ] {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    assert_eq!(world.databases(), 0, "nothing was changed");
    let other = world.wizard.post(&format!("{}/prepare/run", world.plan), &[("token", "0123")]).await;
    assert_eq!(other.status, StatusCode::CONFLICT);

    assert_eq!(world.confirm(&plan).await.status, StatusCode::SEE_OTHER);
    let again = world.confirm(&plan).await;
    assert!(again.status == StatusCode::CONFLICT && again.text().contains("being prepared"), "one run at a time");
    let busy = world.look(SECRETS[1], &scripts, b"").await;
    assert_eq!(busy.status, StatusCode::CONFLICT);
    let page = world.page("").await;
    for words in ["created</li>", "mysql.sql, 105 of 105 statements", "complete, 60 tables", "Account ready"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("All databases are complete") && page.ends_with("</html>"), "{page}");
    let there = format!("<meta http-equiv=\"refresh\" content=\"0; url={}/prepare\">", world.plan);
    assert!(page.contains(&there), "the page with the result follows: {page}");
    let ended = world.page("").await;
    assert!(ended.contains(">The databases are prepared</h1>"), "{ended}");
    assert_eq!(ended.matches("<progress ").count(), 3, "one bar for each database: {ended}");
    assert_eq!(ended.matches(": complete\" value=").count(), 3, "{ended}");
    let reported = crate::support::journal(&world.wizard, &world.plan).await;
    assert_eq!(reported.iter().filter(|entry| entry["act"] == "prepare").count(), 1, "{reported:?}");
    assert!(world.page("").await.contains("All databases are complete"), "the result is shown again");
    assert!(world.page("?again=yes").await.contains("Administrator password"));
    assert_eq!(world.confirm(&plan).await.status, StatusCode::CONFLICT, "an approval counts once");
    let checks = world.wizard.get(&format!("{}/database", world.plan)).await.text();
    assert!(checks.contains("Outdated since you changed the databases."), "{checks}");

    // Plan file, review and runbook state that the databases are prepared, as long as the plan names them.
    let file = world.wizard.get(&format!("{}/plan.toml", world.plan)).await.text();
    assert!(
        file.contains("[prepared]") && file.contains(&format!("\"{}\"", world.names.database("identity"))),
        "{file}"
    );
    let review = format!("{}/review", world.plan);
    let next = world.wizard.get(&review).await.text();
    assert!(next.contains("were prepared for IS 7.2.0") && next.contains("Do not run create.sql again"), "{next}");
    let port = world.server.port().to_string();
    for (entered, words) in [("1", "The plan now names another server"), (port.as_str(), "Do not run create.sql again")]
    {
        let fields = [("database.port", entered), ("action", "save")];
        world.wizard.post(&format!("{}/database", world.plan), &fields).await;
        let next = world.wizard.get(&review).await.text();
        assert!(next.contains(words), "{words}: {next}");
    }

    // With an uploaded pack; there is nothing to change.
    assert_eq!(world.look(SECRETS[1], "", &pack(&scripts)).await.status, StatusCode::SEE_OTHER);
    let plan = world.page("").await;
    assert!(plan.contains("up to date, no changes"), "{plan}");
    let withdrawn = world.wizard.post(&format!("{}/prepare/withdraw", world.plan), &[]).await;
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER);
    assert_eq!(world.confirm(&plan).await.status, StatusCode::CONFLICT, "a withdrawn preparation is deleted");

    server.execute(&format!("CREATE TABLE `{}`.orders (a INT)", world.names.database("shared"))).unwrap();
    world.look(SECRETS[1], &scripts, b"").await;
    let refused = world.page("").await;
    assert!(refused.contains("It holds tables that IS does not create") && refused.contains("orders"), "{refused}");
    assert!(!refused.contains("prepare/run"), "there is nothing to approve");

    for entry in std::fs::read_dir(world.wizard.database()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "a password is in the data folder");
    }
}

#[tokio::test]
async fn the_approval_may_reach_another_replica_which_asks_for_the_password_and_all_follow_the_run() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap().display().to_string();
    let world = World::new(&server, Wizard::new().await, "replica").await;
    let other = world.wizard.second_replica().await;
    let (here, run) = (format!("{}/prepare", world.plan), format!("{}/prepare/run", world.plan));
    // The form contained the pack; the other replica did not receive it.
    assert_eq!(world.look(SECRETS[1], "", &pack(&scripts)).await.status, StatusCode::SEE_OTHER);
    assert!(!world.page("").await.contains("type=\"password\""), "the process that received the password has it");
    let page = other.get(&here).await;
    assert_clean(&page);
    let page = page.text();
    assert!(page.contains("create the database, then run mysql.sql") && page.contains("Enter it again"), "{page}");
    for (password, words) in
        [("", "Enter the administrator"), ("Root-canary-9", "The administrator root cannot log in")]
    {
        let refused = other.post(&run, &[("token", &token(&page)), ("password", password)]).await;
        assert_clean(&refused);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(words) && !refused.text().contains("Root-canary-9"), "{}", refused.text());
    }
    assert_eq!(world.databases(), 0, "nothing was changed");

    // Another person has created one of them meanwhile: the page shows it before anything changes.
    server.execute(&format!("CREATE DATABASE `{}` CHARACTER SET latin1", world.names.database("shared"))).unwrap();
    let approved = other.post(&run, &[("token", &token(&page)), ("password", SECRETS[1])]).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER);
    assert_eq!(world.databases(), 1, "nothing was changed");
    let changed = other.get(&here).await.text();
    assert!(changed.contains("the database is empty; run mysql.sql") && token(&changed) != token(&page), "{changed}");
    assert_eq!(world.confirm(&page).await.status, StatusCode::CONFLICT, "the first plan waits no longer");

    assert_eq!(other.post(&run, &[("token", &token(&changed))]).await.status, StatusCode::SEE_OTHER);
    let busy = world.confirm(&changed).await;
    assert!(busy.status == StatusCode::CONFLICT && busy.text().contains("being prepared"), "one run on all replicas");
    let followed = world.page("").await;
    assert!(followed.contains("mysql.sql, 105 of 105 statements"), "{followed}");
    assert!(followed.contains("All databases are complete") && followed.ends_with("</html>"), "{followed}");
    // A process that starts later shows it too.
    assert!(world.wizard.second_replica().await.get(&here).await.text().contains("All databases are complete"));
}

#[tokio::test]
async fn the_administrators_password_goes_to_the_server_that_was_shown_and_to_no_other() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap().display().to_string();
    let world = World::new(&server, Wizard::new().await, "moved").await;
    let form = world.page("").await;
    let shown = format!("127.0.0.1:{}", server.port());
    assert!(form.contains(&format!("name=\"server\" value=\"{shown}\"")), "the form names its server: {form}");
    assert_eq!(world.look(SECRETS[1], &scripts, b"").await.status, StatusCode::SEE_OTHER);
    let waiting = world.page("").await;

    // Another person enters their server, which would receive the password.
    let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let moved = listener.local_addr().unwrap();
    let fields = [("database.host", "127.0.0.2"), ("database.port", &moved.port().to_string()), ("action", "save")];
    world.wizard.post(&format!("{}/database", world.plan), &fields).await;

    let other = world.wizard.second_replica().await;
    let run = format!("{}/prepare/run", world.plan);
    let refused = other.post(&run, &[("token", &token(&waiting)), ("password", SECRETS[1])]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("no longer waiting for confirmation"), "{}", refused.text());
    assert_eq!(world.confirm(&waiting).await.status, StatusCode::CONFLICT, "also in the process that has the password");
    let refused = world.look_at(&shown, SECRETS[1], &scripts, b"").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(text.contains(&format!("database server of the plan is now {moved}")), "{text}");
    assert!(text.contains(&format!("name=\"server\" value=\"{moved}\"")), "the form is for the new server");
    assert_eq!(world.databases(), 0);
    let dialled = std::future::poll_fn(|context| std::task::Poll::Ready(listener.poll_accept(context).is_ready()));
    assert!(!dialled.await, "the other server was dialled");
}

#[tokio::test]
async fn a_run_that_stops_reports_where_and_what_that_leaves() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let folder = tempfile::tempdir().unwrap();
    for script in SCRIPTS {
        let text = std::fs::read_to_string(scripts.join(script)).unwrap();
        // The second table of the shared script has a type that no server knows.
        let text = if script == "mysql.sql" {
            text.replacen("REG_PATH_VALUE VARCHAR", "REG_PATH_VALUE NONSENSE", 1)
        } else {
            text
        };
        std::fs::create_dir_all(folder.path().join(script).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(script), text).unwrap();
    }
    let world = World::new(&server, Wizard::new().await, "stop").await;
    assert_eq!(world.look(SECRETS[1], &folder.path().display().to_string(), b"").await.status, StatusCode::SEE_OTHER);
    let plan = world.page("").await;
    // The statement differs from WSO2's: the page shows it, and it runs only after a confirmation.
    for words in
        ["Statements that WSO2 did not release", "mysql.sql:", "REG_PATH_VALUE NONSENSE", "and lack 1 statement."]
    {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    let unconfirmed = world.confirm(&plan).await;
    assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unconfirmed.text().contains("Read the differences and confirm them"), "{}", unconfirmed.text());
    assert_eq!(world.databases(), 0, "nothing was changed");
    let run = format!("{}/prepare/run", world.plan);
    world.wizard.post(&run, &[("token", &token(&plan)), ("confirm_changes", "yes")]).await;
    let page = world.page("").await;
    for words in [
        "The preparation stopped at",
        "mysql.sql, line ",
        ": ERROR ",
        "statements of mysql.sql ran, and nothing after them",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("2 of 3 databases are complete. Nothing was dropped."), "{page}");
    let ended = world.page("").await;
    assert!(ended.contains(">The databases are not complete</h1>"), "{ended}");
    let bars = html::text(&ended);
    assert!(bars.contains("of 105 statements") && bars.matches("complete").count() >= 2, "{bars}");
    assert_eq!(ended.matches(">Prepare again</a>").count(), 1, "one next step: {ended}");

    // With the right scripts the preparation continues.
    world.look(SECRETS[1], &scripts.canonicalize().unwrap().display().to_string(), b"").await;
    let plan = world.page("").await;
    assert!(plan.contains("a script was interrupted; continue with mysql.sql, line "), "{plan}");
    world.confirm(&plan).await;
    assert!(world.page("").await.contains("All databases are complete"));
}

#[tokio::test]
async fn only_networks_that_may_be_dialled_are_and_only_complete_steps_are_prepared() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let folder = tempfile::tempdir().unwrap();
    script_pack::write(folder.path()).unwrap();
    let wizard = Wizard::dialling(AllowedNetworks::only(vec!["10.20.0.0/16".parse().unwrap()])).await;
    let world = World::new(&server, wizard, "dial").await;
    let refused = world.look(SECRETS[1], &folder.path().display().to_string(), b"").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("an address outside dial_allow"), "{}", refused.text());

    // A statement that a script must not contain is named without its text.
    std::fs::write(folder.path().join("mysql.sql"), "GRANT ALL ON canary_9.* TO x;").unwrap();
    let refused = world.look(SECRETS[1], &folder.path().display().to_string(), b"").await.text();
    assert!(refused.contains("mysql.sql:1: the script contains GRANT") && !refused.contains("canary_9"));

    world.wizard.post(&format!("{}/database", world.plan), &[("database.port", "0"), ("action", "save")]).await;
    let page = world.page("").await;
    assert!(page.contains("Complete the Product and Database steps first") && page.contains("Enter a port"), "{page}");
    let refused = world.look(SECRETS[1], &folder.path().display().to_string(), b"").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.wizard.get("/plans/nothing/prepare").await.status, StatusCode::NOT_FOUND);
}
