//! Facts that an operator must know are on the page where they matter, and the next page reports how an entry was split.

use axum::http::StatusCode;

use crate::support::Wizard;

/// The hint of one field.
fn hint(page: &str, field: &str) -> String {
    let (_, rest) = page.split_once(&format!("id=\"{field}-hint\"")).unwrap();
    rest.split("</p>").next().unwrap().to_owned()
}

#[tokio::test]
async fn the_start_page_names_the_supported_databases() {
    let page = Wizard::new().await.get("/").await.text();
    assert!(page.contains("A MySQL or MariaDB server") && page.contains("Other databases are not supported"), "{page}");
}

#[tokio::test]
async fn versions_without_community_support_are_named() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = wizard.get(&format!("{plan}/product")).await.text();
    assert_eq!(page.matches("WSO2 no longer supports it without a subscription").count(), 2, "5.10 and 5.11: {page}");
}

#[tokio::test]
async fn what_a_preset_chose_is_shown_with_the_default_until_the_step_is_saved() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan_from("two-machines").await;
    let database = format!("{plan}/database");
    let of_tls = async || hint(&wizard.get(&database).await.text(), "database-tls");
    let said = of_tls().await;
    assert!(said.contains("Chosen by the preset.") && said.contains("Default:"), "{said}");
    let fields = [("database.tls", "required"), ("database.host", "db.example.com"), ("database.password", "Db-1")];
    let saved = wizard.post(&database, &[&fields[..], &[("action", "continue")]].concat()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let said = of_tls().await;
    assert!(!said.contains("Chosen by the preset."), "{said}");
}

#[tokio::test]
async fn a_default_that_an_emptied_field_does_not_use_is_not_shown() {
    let wizard = Wizard::new().await;
    let emptied = wizard.plan_from("three-machines").await;
    let said = hint(&wizard.get(&format!("{emptied}/database")).await.text(), "database-host");
    assert!(!said.contains("127.0.0.1"), "{said}");
    let used = wizard.plan().await;
    let said = hint(&wizard.get(&format!("{used}/database")).await.text(), "database-host");
    assert!(said.contains("Default:") && said.contains("127.0.0.1"), "{said}");
}

#[tokio::test]
async fn a_port_taken_out_of_the_hostname_is_reported_on_the_page_after_continue() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let fields = [("load_balancer.hostname", "login.example.com:8443"), ("action", "continue")];
    let saved = wizard.post(&format!("{plan}/load-balancer"), &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let next = wizard.get(&saved.location).await.text();
    assert!(next.contains("The address was split into hostname and HTTPS port"), "{next}");
    let again = wizard.get(&saved.location).await.text();
    assert!(!again.contains("The address was split into hostname"), "it is reported once: {again}");
    let file = wizard.get(&format!("{plan}/plan.toml")).await.text();
    assert!(file.contains("hostname = \"login.example.com\"") && file.contains("https_port = 8443"), "{file}");
}
