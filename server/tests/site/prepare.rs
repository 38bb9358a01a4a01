//! Preparing the databases through the site: a form, the planned changes, a confirmation, a page that grows, and the
//! databases of a real MariaDB from WSO2's own scripts.

use std::io::Write as _;

use axum::http::StatusCode;
use probe::address::AllowedNetworks;
use testbed::DatabaseServer;

use crate::support::{Answer, Wizard, words};

const VERSION: &str = "7.2.0";
const SCRIPTS: [&str; 4] = ["mysql.sql", "identity/mysql.sql", "consent/mysql.sql", "identity/agent/mysql.sql"];
/// The passwords that must appear nowhere: the account's and the administrator's.
const SECRETS: [&str; 2] = ["Db-canary-1", testbed::ROOT_PASSWORD];

/// A plan with only the steps Product and Database complete, and with separate databases for this test.
struct World<'s> {
    server: &'s DatabaseServer,
    wizard: Wizard,
    plan: String,
    names: String,
}

impl<'s> World<'s> {
    async fn new(server: &'s DatabaseServer, wizard: Wizard, names: &str) -> Self {
        let names = format!("site{}_{names}", std::process::id());
        let plan = wizard.plan().await;
        let [identity, shared, agent] = ["identity", "shared", "agent"].map(|role| format!("{names}_{role}"));
        let port = server.port().to_string();
        for (step, fields) in [
            ("product", vec![("product.version", VERSION), ("product.layout", "linux")]),
            (
                "database",
                vec![
                    ("database.host", "127.0.0.1"),
                    ("database.port", &port),
                    ("database.password", SECRETS[0]),
                    ("database.username", &names),
                    ("database.identity_db", &identity),
                    ("database.shared_db", &shared),
                    ("database.agent_db", &agent),
                ],
            ),
        ] {
            let answer =
                wizard.post(&format!("{plan}/{step}"), &[&fields[..], &[("action", "continue")]].concat()).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        }
        Self { server, wizard, plan, names }
    }

    /// Submits the form with an administrator's password and the place of the scripts.
    async fn look(&self, password: &str, folder: &str, zip: &[u8]) -> Answer {
        self.look_at(&format!("127.0.0.1:{}", self.server.port()), password, folder, zip).await
    }

    /// The same, from a form that showed `server`.
    async fn look_at(&self, server: &str, password: &str, folder: &str, zip: &[u8]) -> Answer {
        let fields = [("server", server), ("user", "root"), ("password", password), ("folder", folder)];
        let name = if zip.is_empty() { "" } else { "pack.zip" };
        let answer = self.wizard.multipart(&format!("{}/prepare", self.plan), &fields, ("pack", name, zip)).await;
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

    /// Confirms the planned changes on `page`.
    async fn confirm(&self, page: &str) -> Answer {
        self.wizard.post(&format!("{}/prepare/run", self.plan), &[("token", token(page))]).await
    }

    fn databases(&self) -> String {
        let sql = format!("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE '{}%'", self.names);
        self.server.execute(&sql).unwrap().trim().to_owned()
    }
}

impl Drop for World<'_> {
    fn drop(&mut self) {
        let names = &self.names;
        let all =
            ["identity", "shared", "agent"].map(|role| format!("DROP DATABASE IF EXISTS `{names}_{role}`;")).concat();
        drop(self.server.execute(&format!("{all} DROP USER IF EXISTS '{names}'@'%'")));
    }
}

fn token(page: &str) -> &str {
    let (_, rest) = page.split_once("name=\"token\"").unwrap();
    rest.split_once("value=\"").unwrap().1.split_once('"').unwrap().0
}

fn assert_clean(answer: &Answer) {
    let all = format!("{}{}{}", answer.text(), answer.headers, answer.location);
    assert!(!SECRETS.iter().any(|secret| all.contains(secret)), "a password is told: {all}");
}

/// The scripts of a folder as the zip of a whole pack.
fn pack(folder: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for script in SCRIPTS {
        let name = format!("wso2is-{VERSION}/dbscripts/{script}");
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(format!("{folder}/{script}")).unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn databases_are_planned_confirmed_made_and_proved_on_the_page() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap().display().to_string();
    let world = World::new(&server, Wizard::new().await, "run").await;
    let step = world.wizard.post(&format!("{}/database", world.plan), &[("action", "prepare")]).await;
    assert_eq!(step.location, format!("{}/prepare#title", world.plan), "the step's button leads here");
    // The preparation makes the current results of checks outdated.
    world.wizard.run_checks(&world.plan, &[("id", "DB-11"), ("step", "database")]).await;

    let form = world.page("").await;
    assert!(form.contains("Administrator password") && form.contains(&format!("{}_identity", world.names)), "{form}");
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
    let shared = format!("CREATE DATABASE `{}_shared` CHARACTER SET latin1;", world.names);
    for words in [
        shared.as_str(),
        "create the database, then run mysql.sql (105 statements)",
        "GRANT SELECT, INSERT, UPDATE, DELETE",
    ] {
        assert!(plan.contains(words), "{words}: {plan}");
    }
    assert_eq!(world.databases(), "0", "nothing was changed");
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
    assert!(page.contains(&there), "the page of the end follows, whose heading says how it ended: {page}");
    let ended = world.page("").await;
    assert!(ended.contains(">The databases are prepared</h1>"), "{ended}");
    assert_eq!(ended.matches("<progress ").count(), 3, "one bar a database: {ended}");
    assert_eq!(ended.matches(": complete\" value=").count(), 3, "{ended}");
    let reported = crate::support::journal(&world.wizard, &world.plan).await;
    assert_eq!(reported.iter().filter(|entry| entry["act"] == "prepare").count(), 1, "{reported:?}");
    assert!(world.page("").await.contains("All databases are complete"), "it is told again");
    assert!(world.page("?again=yes").await.contains("Administrator password"));
    assert_eq!(world.confirm(&plan).await.status, StatusCode::CONFLICT, "a yes counts once");
    let checks = world.wizard.get(&format!("{}/database", world.plan)).await.text();
    assert!(checks.contains("Outdated since you changed the databases."), "{checks}");

    // The plan, the review and the runbook record the preparation, as long as the plan names these databases.
    let file = world.wizard.get(&format!("{}/plan.toml", world.plan)).await.text();
    assert!(file.contains("[prepared]") && file.contains(&format!("\"{}_identity\"", world.names)), "{file}");
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

    // With an uploaded pack, and nothing to do.
    assert_eq!(world.look(SECRETS[1], "", &pack(&scripts)).await.status, StatusCode::SEE_OTHER);
    let plan = world.page("").await;
    assert!(plan.contains("up to date, no changes"), "{plan}");
    let withdrawn = world.wizard.post(&format!("{}/prepare/withdraw", world.plan), &[]).await;
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER);
    assert_eq!(world.confirm(&plan).await.status, StatusCode::CONFLICT, "what was withdrawn is gone");

    server.execute(&format!("CREATE TABLE `{}_shared`.orders (a INT)", world.names)).unwrap();
    world.look(SECRETS[1], &scripts, b"").await;
    let refused = world.page("").await;
    assert!(refused.contains("It holds tables that IS does not create") && refused.contains("orders"), "{refused}");
    assert!(!refused.contains("prepare/run"), "there is nothing to say yes to");

    for entry in std::fs::read_dir(world.wizard.database()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "a password is in the data folder");
    }
}

#[tokio::test]
async fn the_yes_may_reach_another_replica_which_asks_for_the_password_and_all_follow_the_run() {
    let Some(server) = testbed::or_report(testbed::mariadb()) else { return };
    let Some(scripts) = testbed::or_report(testbed::dbscripts(VERSION)) else { return };
    let scripts = scripts.canonicalize().unwrap().display().to_string();
    let world = World::new(&server, Wizard::new().await, "replica").await;
    let other = world.wizard.second_replica().await;
    let (here, run) = (format!("{}/prepare", world.plan), format!("{}/prepare/run", world.plan));
    // The pack was uploaded with the form: the other replica does not have it.
    assert_eq!(world.look(SECRETS[1], "", &pack(&scripts)).await.status, StatusCode::SEE_OTHER);
    assert!(!world.page("").await.contains("type=\"password\""), "who was given the password has it");
    let page = other.get(&here).await;
    assert_clean(&page);
    let page = page.text();
    assert!(page.contains("create the database, then run mysql.sql") && page.contains("Enter it again"), "{page}");
    for (password, words) in
        [("", "Enter the administrator"), ("Root-canary-9", "The administrator root cannot log in")]
    {
        let refused = other.post(&run, &[("token", token(&page)), ("password", password)]).await;
        assert_clean(&refused);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(words) && !refused.text().contains("Root-canary-9"), "{}", refused.text());
    }
    assert_eq!(world.databases(), "0", "nothing was changed");

    // Meanwhile one of them was created: the page reports that before anything is changed.
    server.execute(&format!("CREATE DATABASE `{}_shared` CHARACTER SET latin1", world.names)).unwrap();
    let yes = other.post(&run, &[("token", token(&page)), ("password", SECRETS[1])]).await;
    assert_eq!(yes.status, StatusCode::SEE_OTHER);
    assert_eq!(world.databases(), "1", "nothing was changed");
    let changed = other.get(&here).await.text();
    assert!(changed.contains("the database is empty; run mysql.sql") && token(&changed) != token(&page), "{changed}");
    assert_eq!(world.confirm(&page).await.status, StatusCode::CONFLICT, "the first plan does not wait any more");

    assert_eq!(other.post(&run, &[("token", token(&changed))]).await.status, StatusCode::SEE_OTHER);
    let busy = world.confirm(&changed).await;
    assert!(busy.status == StatusCode::CONFLICT && busy.text().contains("being prepared"), "one run on all replicas");
    let followed = world.page("").await;
    assert!(followed.contains("mysql.sql, 105 of 105 statements"), "{followed}");
    assert!(followed.contains("All databases are complete") && followed.ends_with("</html>"), "{followed}");
    // A process that starts later reports it, too.
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
    assert!(form.contains(&format!("name=\"server\" value=\"{shown}\"")), "the form says for whom it is: {form}");
    assert_eq!(world.look(SECRETS[1], &scripts, b"").await.status, StatusCode::SEE_OTHER);
    let waiting = world.page("").await;

    // A visitor points the plan to another server, which would receive the password.
    let listener = tokio::net::TcpListener::bind("127.0.0.2:0").await.unwrap();
    let moved = listener.local_addr().unwrap();
    let fields = [("database.host", "127.0.0.2"), ("database.port", &moved.port().to_string()), ("action", "save")];
    world.wizard.post(&format!("{}/database", world.plan), &fields).await;

    let other = world.wizard.second_replica().await;
    let run = format!("{}/prepare/run", world.plan);
    let refused = other.post(&run, &[("token", token(&waiting)), ("password", SECRETS[1])]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("no longer waiting for confirmation"), "{}", refused.text());
    assert_eq!(world.confirm(&waiting).await.status, StatusCode::CONFLICT, "also where the password is kept");
    let refused = world.look_at(&shown, SECRETS[1], &scripts, b"").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    assert!(text.contains(&format!("database server of the plan is now {moved}")), "{text}");
    assert!(text.contains(&format!("name=\"server\" value=\"{moved}\"")), "the form that comes back is for it");
    assert_eq!(world.databases(), "0");
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
    assert_eq!(world.databases(), "0", "nothing was changed");
    let run = format!("{}/prepare/run", world.plan);
    world.wizard.post(&run, &[("token", token(&plan)), ("confirm_changes", "yes")]).await;
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
    let bars = words(&ended);
    assert!(bars.contains("of 105 statements") && bars.matches("complete").count() >= 2, "{bars}");
    assert_eq!(ended.matches(">Prepare again</a>").count(), 1, "one next step: {ended}");

    // With the right scripts, a new run resumes.
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
    for script in SCRIPTS {
        std::fs::create_dir_all(folder.path().join(script).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(script), "CREATE TABLE A (A INT);").unwrap();
    }
    let wizard = Wizard::dialling(AllowedNetworks::only(vec!["10.20.0.0/16".parse().unwrap()])).await;
    let world = World::new(&server, wizard, "dial").await;
    let refused = world.look(SECRETS[1], &folder.path().display().to_string(), b"").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("an address outside dial_allow"), "{}", refused.text());

    // The message names what a script must not contain, but not its text.
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
