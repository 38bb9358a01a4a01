//! The actor who set a secret and the time, on the page of its step; never the secret.

use testbed::html;

use crate::sharing::visit;
use crate::support::{Wizard, journal};

/// The state of a secret on a page.
async fn reported(wizard: &Wizard, actor: &str, plan: &str, step: &str, id: &str) -> String {
    let text = wizard.get_as(actor, &format!("{plan}/{step}")).await.text();
    let rest = text.split_once(&format!("id=\"{id}-state\"")).unwrap().1;
    html::text(rest.split_once('>').unwrap().1.split("</p>").next().unwrap())
}

/// `Set by Owner, 12:04.` without its time. The day is before the time if it was another one: a test may run at midnight.
fn without_time(reported: &str) -> String {
    let (before, after) = reported.split_once(", ").unwrap();
    let colon = after.find(':').unwrap();
    let (time, rest) = after[colon - 2..].split_at(5);
    assert_eq!(time.bytes().filter(u8::is_ascii_digit).count(), 4, "{reported}");
    // The name of the zone is after the time.
    let end = rest[1..].find(['.', ',', ' ']).unwrap() + 1;
    assert!(rest.starts_with(' ') && end > 1, "{reported}");
    format!("{before}, TIME{}", &rest[end..])
}

#[tokio::test]
async fn every_reader_of_a_step_sees_the_origin_of_its_secret() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let viewer = visit(&wizard, &plan, &[("right", "view")]).await;
    let dba = visit(&wizard, &plan, &[("right", "fill"), ("step", "database")]).await;
    let database = async |actor: &str| reported(&wizard, actor, &plan, "database", "database-password").await;
    let keep = " Leave the field empty to keep it.";
    for (actor, more) in [("", keep), (&viewer, ""), (&dba, keep)] {
        assert_eq!(without_time(&database(actor).await), format!("Set by Owner, TIME.{more}"));
    }
    let set = [("database.password", "Typed-by-dba-7"), ("action", "save")];
    wizard.post_as(&dba, &format!("{plan}/database"), &set).await;
    // Also after many saves.
    for port in 4000..4050 {
        wizard.post(&format!("{plan}/draft"), &[("step", "database"), ("database.port", &port.to_string())]).await;
    }
    assert!(journal(&wizard, &plan).await.len() > 50);
    for (actor, more) in [("", keep), (&viewer, ""), (&dba, keep)] {
        assert_eq!(without_time(&database(actor).await), format!("Set by Ruwan (by link), TIME.{more}"));
    }
    let admin = reported(&wizard, &viewer, &plan, "user-store", "user-store-admin-password").await;
    assert_eq!(without_time(&admin), "Set by Owner, TIME.", "each secret has its author");
    // The same secret again is no change; a deleted one has no author.
    wizard.post(&format!("{plan}/database"), &set).await;
    assert!(database("").await.starts_with("Set by Ruwan (by link), "));
    wizard.post(&format!("{plan}/database"), &[("action", "forget.database.password")]).await;
    assert_eq!(database(&viewer).await, "Not set.");
    wizard.post(&format!("{plan}/database"), &set).await;
    assert!(database(&viewer).await.starts_with("Set by Owner, "));
}
