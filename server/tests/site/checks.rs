//! Live checks on the site: a form starts them, numbered events report them, and a change makes results outdated.

use axum::http::StatusCode;
use domain::check::CheckEvent;
use testbed::bundle::unzip;
use testbed::html;
use testbed::http::TestRequest;
use testbed::plan::{DATABASE_PASSWORD, TestPlan, borrowed};

use crate::sharing;
use crate::support::{Wizard, closed_port};

#[tokio::test]
async fn a_form_without_javascript_waits_and_shows_the_results() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let port = closed_port();
    wizard.complete(&plan, &[("database.port", &port)]).await;
    let answer = wizard.run_checks(&plan, &[("step", "database")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location.ends_with("/database#checks"));
    let page = wizard.get(&answer.location).await.text();
    assert!(page.contains("DB-02") && page.contains("failed"), "{page}");
}

/// The runbook of a download.
async fn runbook(wizard: &Wizard, plan: &str) -> String {
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    assert_eq!(zip.status, StatusCode::OK, "{}", zip.text());
    String::from_utf8_lossy(&unzip(&zip.bytes)["README.md"]).into_owned()
}

/// A check that fails does not block the download.
#[tokio::test]
async fn a_failed_check_is_an_open_task_in_the_runbook_and_can_be_accepted() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    assert!(!runbook(&wizard, &plan).await.contains("- [ ]"));
    wizard.run_checks(&plan, &[("id", "DB-02"), ("id", "DB-11")]).await;
    let page = wizard.get(&format!("{plan}/review")).await.text();
    assert!(page.contains("Nothing blocks the download. 1 open task remains"), "{page}");
    let open = runbook(&wizard, &plan).await;
    let (_, databases) = open.split_once("## 1. Databases").unwrap();
    let (databases, _) = databases.split_once("## 2. Nodes").unwrap();
    assert!(databases.contains("- [ ] **DB-02** Database port answers: ") && databases.contains("(failed, "), "{open}");
    assert_eq!(open.matches("- [ ]").count(), 1, "what could not be checked is no task: {open}");
    let accepted =
        wizard.post(&format!("{plan}/accept"), &[("check", "DB-02"), ("reason", "The DBA starts it tomorrow")]).await;
    assert_eq!(accepted.status, StatusCode::SEE_OTHER);
    let after = runbook(&wizard, &plan).await;
    assert!(!after.contains("- [ ]"), "{after}");
    let (_, listed) = after.split_once("## Accepted warnings and tasks").unwrap();
    assert!(listed.contains("connection refused") && listed.contains("The DBA starts it tomorrow"), "{listed}");
}

/// The list of steps on a page, or in the part that an open page fetches.
fn states(html: &str) -> Vec<String> {
    let of = |part: &str| part.split('<').next().unwrap_or_default().to_owned();
    html.split("class=\"step-state\">").skip(1).map(of).collect()
}

/// The issues on Review, the text above the button and the list of steps follow the checks, on an open page and on one
/// that is loaded again.
#[tokio::test]
async fn review_and_the_list_of_steps_follow_the_checks_and_the_download() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    let wizard = &wizard;
    let piece = |page: &'static str| {
        let address = format!("{plan}/standing?page={page}");
        async move {
            let text = wizard.get(&address).await.text();
            serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|_| panic!("{text}"))
        }
    };
    let text = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap().to_owned();
    let before = piece("all").await;
    assert_eq!(states(&text(&before, "progress"))[1], "completed");
    assert_eq!(states(&text(&before, "progress"))[5], "in progress", "nothing was downloaded yet");
    wizard.run_checks(&plan, &[("id", "DB-02")]).await;
    let after = piece("all").await;
    assert!(text(&after, "standing").contains("Open task") && text(&after, "standing").contains("1 open task remains"));
    assert_eq!(states(&text(&after, "progress"))[1], "1 open task");
    let page = wizard.get(&format!("{plan}/review")).await.text();
    assert!(page.contains(&text(&after, "standing")), "a page that is loaded has the same text: {page}");
    let step = piece("database").await;
    assert!(step.get("standing").is_none() && step.get("drawing").is_none(), "{step}");
    assert_eq!(states(&text(&step, "progress"))[5], "not started");
    runbook(wizard, &plan).await;
    assert_eq!(states(&text(&piece("all").await, "progress"))[5], "completed");
    wizard.post(&format!("{plan}/database"), &[("database.port", "3307"), ("action", "save")]).await;
    assert_eq!(states(&text(&piece("database").await, "progress"))[5], "not started", "the plan changed since");
    assert_eq!(wizard.get(&format!("{plan}/standing?page=nothing")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn events_are_numbered_replayed_and_follow_changes() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let port = closed_port();
    wizard.complete(&plan, &[("database.port", &port)]).await;
    wizard.run_checks(&plan, &[("id", "DB-02")]).await;
    wizard.post(&format!("{plan}/database"), &[("database.port", "1"), ("action", "save")]).await;

    // A new client receives a whole report first.
    let all = events(&wizard, &plan, None, 5).await;
    let numbers: Vec<i64> = all.iter().map(|(id, _)| id.parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|before, after| before < after), "{numbers:?}");
    assert!(matches!(all[1].1, Some(CheckEvent::RunStarted { .. })));
    assert!(matches!(all[2].1, Some(CheckEvent::Started { .. })));
    let later = events(&wizard, &plan, Some(&all[3].0), 2).await;
    assert_eq!(later[0].0, all[4].0, "a client does not receive an event again");
    assert!(
        matches!(&later[1].1, Some(CheckEvent::Changed { settings }) if settings.contains(&"database.port".to_owned())),
        "{later:?}"
    );
    for unknown in ["0badf00d-4", "999999", "nonsense"] {
        let again = events(&wizard, &plan, Some(unknown), 6).await;
        assert_eq!((again[0].1.is_none(), &again[1].0), (true, &all[1].0), "an unknown ID: the events from the start");
    }
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("Outdated since you changed"), "a result of old answers is marked");
}

#[tokio::test]
async fn one_check_runs_again_with_what_was_typed() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    wizard.run_checks(&plan, &[("id", "DB-02")]).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let answer = wizard.post(&format!("{plan}/database"), &[("database.port", &port), ("action", "check.DB-02")]).await;
    assert!(answer.location.ends_with("/database#checks"), "{}", answer.location);
    let page = wizard.get(&answer.location).await.text();
    assert!(page.contains("failed ") && page.contains(", passed "), "it has both outcomes: {page}");
    assert!(!page.contains("check-DB-01"), "no other check ran");
    let json = wizard.get(&format!("{plan}/report.json")).await.text();
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == "DB-02").unwrap();
    let outcomes: Vec<&str> =
        check["history"].as_array().unwrap().iter().filter_map(|turn| turn["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["failed", "passed"]);
}

#[tokio::test]
async fn a_check_that_writes_runs_only_by_its_own_button_which_names_what() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    for step in ["database", "all"] {
        wizard.run_checks(&plan, &[("step", step)]).await;
    }
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(page.contains("check-DB-18") && !page.contains("check-DB-19"), "{page}");
    let about = domain::check::CheckId::Db19.writes().unwrap();
    assert!(page.contains(about) && page.contains("value=\"check.DB-19\""), "{page}");
    let report = wizard.get(&format!("{plan}/report.txt")).await.text();
    assert!(report.contains("it writes data, so it runs only on request"), "{report}");
    let answer = wizard.post(&format!("{plan}/database"), &[("action", "check.DB-19")]).await;
    assert!(answer.location.ends_with("/database#write-test-DB-19"), "{}", answer.location);
    let page = wizard.get(&answer.location).await.text();
    assert!(page.contains("check-DB-19"), "{page}");
    let (_, section) = page.split_once("id=\"write-test-DB-19\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert!(section.contains("Result of ") && section.contains("skipped: "), "{section}");
    assert_eq!(page.matches("value=\"check.DB-19\"").count(), 1, "its row does not start it again");
}

#[tokio::test]
async fn a_warning_is_accepted_from_its_own_page_and_taken_back() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.port", &closed_port())]).await;
    wizard.run_checks(&plan, &[("id", "DB-02")]).await;
    let page = wizard.get(&format!("{plan}/accept/DB-02?from=database")).await.text();
    assert!(page.contains("failed: ") && page.contains(">Reason</label>"), "{page}");
    let form = [("check", "DB-02"), ("from", "database")];
    let without = wizard.post(&format!("{plan}/accept"), &form).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.text().contains("Enter a reason."));
    let with =
        wizard.post(&format!("{plan}/accept"), &[&form[..], &[("reason", "later"), ("by", "Ann")]].concat()).await;
    assert!(with.location.ends_with("/database#checks"), "{}", with.location);
    assert!(wizard.get(&with.location).await.text().contains("Accepted: later (Ann, "));
    wizard.post(&format!("{plan}/accept"), &[&form[..], &[("reason", ""), ("take-back", "yes")]].concat()).await;
    assert!(!wizard.get(&with.location).await.text().contains("Accepted: later"));
    assert_eq!(wizard.get(&format!("{plan}/accept/DB-99")).await.status, StatusCode::NOT_FOUND);
}

/// A warning of a rule that is not in the catalogue is accepted under its setting, until the setting changes.
#[tokio::test]
async fn a_warning_of_the_answers_is_accepted_and_stands_in_the_runbook() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[("database.username", "root")]).await;
    let open = runbook(&wizard, &plan).await;
    assert!(open.contains("## Warnings") && open.contains("administrator account"), "{open}");
    let page = wizard.get(&format!("{plan}/review")).await.text();
    assert!(page.contains("name=\"check\" value=\"database.username\""), "{page}");
    assert_eq!(wizard.get(&format!("{plan}/accept/database.username?from=all")).await.status, StatusCode::OK);
    wizard
        .post(&format!("{plan}/accept"), &[("check", "database.username"), ("reason", "a trial"), ("by", "Ann")])
        .await;
    let accepted = runbook(&wizard, &plan).await;
    let (_, listed) = accepted.split_once("## Accepted warnings and tasks").unwrap();
    assert!(listed.contains("administrator account") && listed.contains("a trial (Ann, "), "{listed}");
    assert!(!accepted.contains("## Warnings"), "{accepted}");
    wizard.post(&format!("{plan}/database"), &[("database.username", "admin2"), ("action", "save")]).await;
    assert!(!runbook(&wizard, &plan).await.contains("a trial"), "the acceptance was for the old answer");
}

#[tokio::test]
async fn every_check_has_its_page() {
    let wizard = Wizard::new().await;
    let list = wizard.get("/checks").await.text();
    for id in domain::check::CheckId::ALL {
        assert!(list.contains(&format!("href=\"/checks/{id}\"")), "{id}");
        let page = wizard.get(&format!("/checks/{id}")).await;
        assert!(page.status == StatusCode::OK && page.text().contains(id.title()), "{id}");
    }
    assert_eq!(wizard.get("/checks/DB-99").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn requests_for_unknown_plans_do_not_fill_the_memory() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let none = plan.replace(&plan[plan.len() - 4..], "0000");
    for path in ["checks/cancel", "checks"] {
        assert_eq!(wizard.post(&format!("{none}/{path}"), &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(wizard.get(&format!("{none}/checks/events")).await.status, StatusCode::NOT_FOUND);
}

/// Without JavaScript too: on the page of a step, whose answers are saved anyway, and as a separate page elsewhere. Each link has
/// a separate rate limit.
#[tokio::test]
async fn a_run_that_does_not_start_is_reported_and_a_link_uses_up_no_other_limit() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let port = closed_port();
    wizard.complete(&plan, &[("database.port", &port)]).await;
    let link = [("right", "fill-database"), ("lifetime", "1d"), ("label", "DBA"), ("name", "")];
    let cookie = sharing::visit(&wizard, &plan, &link).await;
    let by_link = async || wizard.post_as(&cookie, &format!("{plan}/checks"), &[("id", "DB-02")]).await.status;
    for _ in 0..10 {
        assert_eq!(by_link().await, StatusCode::SEE_OTHER);
    }
    assert_eq!(by_link().await, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..30 {
        let run = wizard.post(&format!("{plan}/checks"), &[("id", "DB-02")]).await;
        assert_eq!(run.status, StatusCode::SEE_OTHER, "{}", run.text());
    }
    let refused = wizard.post(&format!("{plan}/checks"), &[("id", "DB-02")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text().contains("The checks did not run"), "{}", refused.text());
    let saved = wizard.post(&format!("{plan}/database"), &[("database.username", "other"), ("action", "check")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let page = wizard.get(&saved.location).await.text();
    assert!(page.contains(app::wire::RATE_LIMITED) && page.contains("value=\"other\""), "{page}");
}

/// The first `count` events of the stream with their IDs; `None` is a whole report.
async fn events(wizard: &Wizard, plan: &str, last: Option<&str>, count: usize) -> Vec<(String, Option<CheckEvent>)> {
    let request = TestRequest::get(&format!("{plan}/checks/events"));
    let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
    let mut stream = wizard.open(request).await;
    let mut events = Vec::new();
    while events.len() < count {
        let event = stream.next_event().await;
        let is_report = event.name == "report";
        events.push((event.id, (!is_report).then(|| serde_json::from_str(&event.data).unwrap())));
    }
    events
}

/// The drawing, the state of a password and the undo button of an open page follow each save.
#[tokio::test]
async fn drawing_passwords_and_ways_back_follow_what_was_saved() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let wizard = &wizard;
    let piece = |page: &'static str, id: &'static str| {
        let address = format!("{plan}/standing?page={page}");
        async move {
            let text = wizard.get(&address).await.text();
            let pieces: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
            html::text(pieces[id].as_str().unwrap_or_else(|| panic!("{id} in {text}")))
        }
    };
    let undo = "Undo last change of this step";
    assert_eq!(piece("database", "database-password-secret").await, "Not set.");
    assert!(!piece("database", "ways-back").await.contains(undo), "there is nothing to undo yet");
    assert!(!wizard.get(&format!("{plan}/database")).await.text().contains(undo));
    let draft = [("step", "database"), ("database.password", DATABASE_PASSWORD), ("database.host", "db1.example.com")];
    wizard.post(&format!("{plan}/draft"), &draft).await;
    let told = piece("database", "database-password-secret").await;
    assert!(told.starts_with("Set by Owner, ") && told.contains("Leave the field empty to keep it."), "{told}");
    assert!(piece("database", "ways-back").await.contains(undo));
    assert!(wizard.get(&format!("{plan}/database")).await.text().contains(undo));
    assert!(!piece("user-store", "ways-back").await.contains(undo), "another step was saved");

    let fields = TestPlan::one_machine().with_cell(0, "host", "10.7.7.7").form("clustering");
    let fields = [&borrowed(&fields)[..], &[("step", "clustering")]].concat();
    assert!(!piece("clustering", "drawing").await.contains("10.7.7.7"));
    wizard.post(&format!("{plan}/draft"), &fields).await;
    for page in ["clustering", "load-balancer", "all"] {
        assert!(piece(page, "drawing").await.contains("10.7.7.7"), "{page}");
    }
    let page = html::text(&wizard.get(&format!("{plan}/clustering")).await.text());
    assert!(page.contains(&piece("clustering", "drawing").await), "a page that is loaded has the same drawing: {page}");
}
