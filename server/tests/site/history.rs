//! The history of a plan: reading, undo, redo, names, comparison and restoring.

use axum::http::StatusCode;
use testbed::html::{self, hidden_field};
use testbed::plan::DATABASE_PASSWORD;

use crate::support::{Wizard, journal};
use crate::together::{Page, now};

#[tokio::test]
async fn a_restore_takes_back_nothing_that_its_page_did_not_show() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    // Restoring is possible from the second version on.
    let first = Page::open(&wizard, &plan, "database").await;
    assert_eq!(first.save(&[("database.port", "3307")]).await.status, StatusCode::SEE_OTHER);
    let page = wizard.get(&format!("{plan}/history")).await.text();
    let seen = hidden_field(&page, "seen");
    let kasun = Page::open(&wizard, &plan, "database").await;
    assert_eq!(kasun.save(&[("database.host", "their-db")]).await.status, StatusCode::SEE_OTHER);
    let restore = format!("{plan}/history/restore");
    wizard.post(&restore, &[("revision", "1"), ("seen", &seen)]).await;
    let told = wizard.get(&format!("{plan}/history")).await.text();
    assert!(told.contains("Someone else has changed the plan since this page was loaded"), "{told}");
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "their-db");
    wizard.post(&restore, &[("revision", "1"), ("seen", &hidden_field(&told, "seen"))]).await;
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "127.0.0.1");
}

#[tokio::test]
async fn what_changes_nothing_is_no_version() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let _ = Page::open(&wizard, &plan, "database").await.save(&[("database.password", DATABASE_PASSWORD)]).await;
    let before = journal(&wizard, &plan).await.len();
    for _ in 0..3 {
        let page = Page::open(&wizard, &plan, "database").await;
        assert_eq!(page.draft(&[("database.password", DATABASE_PASSWORD)]).await.status, StatusCode::OK);
        let _ = wizard.post(&format!("{plan}/database"), &[("action", "forget.database.agent")]).await;
    }
    assert_eq!(journal(&wizard, &plan).await.len(), before);
}

#[tokio::test]
async fn changes_are_taken_back_made_again_named_compared_and_restored() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let save = async |fields: &[(&str, &str)]| {
        assert_eq!(Page::open(&wizard, &plan, "database").await.save(fields).await.status, StatusCode::SEE_OTHER);
    };
    save(&[("database.host", "db1"), ("database.password", DATABASE_PASSWORD)]).await;
    save(&[("database.port", "3307")]).await;
    let step = |act: &'static str| [("step", "database"), ("act", act)];
    let undo = format!("{plan}/history/undo");
    let back = wizard.post(&undo, &step("undo")).await;
    assert_eq!((back.status, back.location.as_str()), (StatusCode::SEE_OTHER, format!("{plan}/database").as_str()));
    let page = wizard.get(&back.location).await.text();
    assert!(page.contains("Undone: Database port is “3306” again.") && page.contains(">Redo<"), "{page}");
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "db1");
    wizard.post(&undo, &step("redo")).await;
    assert_eq!(now(&wizard, &plan, "database", "database-port").await, "3307");
    wizard.post(&undo, &step("redo")).await;
    assert!(wizard.get(&format!("{plan}/database")).await.text().contains("There is nothing to redo"));

    // A choice is shown by its label.
    save(&[("database.tls", "required")]).await;
    let back = wizard.post(&undo, &step("undo")).await;
    let page = wizard.get(&back.location).await.text();
    assert!(page.contains("Undone: Connection security is No TLS again."), "{page}");
    let page = wizard.get(&format!("{plan}/history")).await.text();
    assert!(page.contains("<ins>No TLS</ins>") && !page.contains("<ins>disabled</ins>"), "{page}");

    // Undo one field, the host, after a later change of another field.
    let entries = journal(&wizard, &plan).await;
    let number = |entry: &serde_json::Value| entry["number"].to_string();
    let host = entries.iter().find(|entry| entry["changes"].to_string().contains("db1")).map(number).unwrap();
    let fields = [("first", host.as_str()), ("last", host.as_str()), ("part", "database.host")];
    assert_eq!(wizard.post(&undo, &fields).await.location, format!("{plan}/history"));
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "127.0.0.1");
    assert_eq!(now(&wizard, &plan, "database", "database-port").await, "3307");
    wizard.post(&undo, &fields).await;
    assert!(wizard.get(&format!("{plan}/history")).await.text().contains("It has been changed again since"));
    for nonsense in [("x", "1"), ("1", "x"), ("0", "99999999999999999999"), ("9", "1")] {
        let fields = [("first", nonsense.0), ("last", nonsense.1), ("part", "database.host")];
        assert_eq!(wizard.post(&undo, &fields).await.status, StatusCode::NOT_FOUND, "{nonsense:?}");
    }

    // Names, comparison and restoring.
    let versions: Vec<u64> = entries.iter().filter_map(|entry| entry["revision"].as_u64()).collect();
    let with_host = entries.iter().find(|entry| entry["changes"].to_string().contains("db1")).unwrap();
    let version = with_host["revision"].to_string();
    let named = wizard.post(&format!("{plan}/history/name"), &[("revision", &version), ("name", "Agreed <b>")]).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER);
    let page = wizard.get(&format!("{plan}/history")).await.text();
    assert!(page.contains("Agreed &lt;b&gt;") && !page.contains("Agreed <b>"), "{page}");
    let page = wizard.get(&format!("{plan}/history?from={}&to={version}", versions[0])).await.text().replace("<!>", "");
    assert!(page.contains("From version 1 to version") && page.contains("db1"), "{page}");
    let page = wizard.get(&format!("{plan}/history?from=1&to=4000")).await.text();
    assert!(page.contains("There is no version 4000."), "{page}");
    let restored = wizard.post(&format!("{plan}/history/restore"), &[("revision", &version)]).await;
    assert_eq!(restored.status, StatusCode::SEE_OTHER);
    assert_eq!(now(&wizard, &plan, "database", "database-host").await, "db1");
    assert_eq!(now(&wizard, &plan, "database", "database-port").await, "3306", "as it was then");
    let page = wizard.get(&format!("{plan}/database")).await.text();
    assert!(html::text(&page).contains(". Leave the field empty to keep it."), "secrets stay");
    for nonsense in ["0", "4000", "x", ""] {
        let answer = wizard.post(&format!("{plan}/history/restore"), &[("revision", nonsense)]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nonsense}");
    }
}

#[tokio::test]
async fn the_log_goes_along_as_json_lines_and_csv() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = Page::open(&wizard, &plan, "database").await;
    let _ = page.save(&[("database.username", "=SUM(1,\"2\")"), ("database.password", DATABASE_PASSWORD)]).await;
    let csv = wizard.get(&format!("{plan}/journal.csv")).await;
    assert!(csv.head.contains("journal.csv"));
    let text = csv.text();
    assert!(text.starts_with("number,time,who,link,act,step,version,what,old,new,note\r\n"));
    assert!(text.contains("\"'=SUM(1,\"\"2\"\")\""), "{text}");
    assert!(text.contains("\"database.password\",\"\",\"set\"") && !text.contains("canary"), "{text}");
    let entries = journal(&wizard, &plan).await;
    assert_eq!(entries[0]["act"], "create");
    assert!(entries.iter().zip(1..).all(|(entry, number)| entry["number"] == number), "without gaps");
}

#[tokio::test]
async fn acts_that_are_no_saves_stand_in_the_journal_too() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    wizard.run_checks(&plan, &[("id", "DB-01"), ("step", "database")]).await;
    wizard.post(&format!("{plan}/accept"), &[("check", "DB-04"), ("reason", "agreed")]).await;
    wizard.post(&format!("{plan}/bundle"), &[]).await;
    let entries = journal(&wizard, &plan).await;
    let acts: Vec<&str> = entries.iter().filter_map(|entry| entry["act"].as_str()).collect();
    for act in ["create", "make-keys", "save", "start-checks", "accept"] {
        assert!(acts.contains(&act), "{act} of {acts:?}");
    }
    let page = wizard.get(&format!("{plan}/history")).await.text();
    assert!(page.contains("1 check of Database") && page.contains("Acceptance of DB-04"), "{page}");
}
