//! The Verify page: what it offers to whom, and a run that finds no node.

use axum::http::StatusCode;
use testbed::plan::borrowed;

use crate::sharing;
use crate::support::{Wizard, journal};

/// A complete plan whose first download created its keys.
async fn downloaded() -> (Wizard, String) {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    wizard.post(&format!("{plan}/bundle"), &[]).await;
    (wizard, plan)
}

/// The fields of a form whose page the owner has just read: the addresses that it shows are among them.
async fn with_addresses(wizard: &Wizard, plan: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    let shown = page.split("name=\"address\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
    let addresses: Vec<(&str, &str)> = shown.map(|address| ("address", address)).collect();
    assert!(addresses.len() > 1, "load balancer and nodes: {page}");
    fields.iter().chain(&addresses).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn the_page_asks_for_what_is_missing_first() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    assert!(page.contains("Problems block this plan.") && !page.contains("Verify the cluster"), "{page}");
    wizard.complete(&plan, &[]).await;
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    assert!(page.contains("The plan has no keys") && !page.contains("Verify the cluster"), "{page}");
    wizard.post(&format!("{plan}/bundle"), &[]).await;
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    assert!(page.contains("Verify the cluster") && page.contains("value=\"is-admin\""), "{page}");
    assert!(page.contains("<title>Verify – Step 7 of 7"), "{page}");
}

#[tokio::test]
async fn a_run_reports_nodes_that_do_not_run_and_stores_no_password() {
    let (wizard, plan) = downloaded().await;
    let fields = [("mode", "full"), ("username", "verifier"), ("password", "Verify-canary-9")];
    let fields = with_addresses(&wizard, &plan, &fields).await;
    let started = wizard.post(&format!("{plan}/verify"), &borrowed(&fields)).await;
    assert_eq!(started.location, format!("{plan}/verify#checks"));
    wizard.wait_until_idle(&plan).await;
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    assert!(page.contains("VF-01") && page.contains("does not accept a connection"), "{page}");
    assert!(!page.contains("Check <span class=\"visually-hidden\">Verify</span> again"), "only the form starts it");
    let report = wizard.get(&format!("{plan}/report.json")).await.text();
    assert!(report.contains("VF-01") && !report.contains("Verify-canary-9"), "{report}");
    assert!(journal(&wizard, &plan).await.iter().any(|line| line.to_string().contains("verification")));
    let refused = wizard.post(&format!("{plan}/checks"), &[("id", "VF-07")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "no button starts it without an account");
}

#[tokio::test]
async fn what_is_wrong_with_the_account_is_reported_at_its_field() {
    let (wizard, plan) = downloaded().await;
    for (fields, problem) in [
        ([("mode", "full"), ("username", ""), ("password", "x")], "href=\"#verify-user\">Enter the name"),
        (
            [("mode", "full"), ("username", "verifier"), ("password", "")],
            "href=\"#verify-password\">Enter the password",
        ),
    ] {
        let answer = wizard.post(&format!("{plan}/verify"), &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.text();
        assert!(page.contains(problem) && page.contains("<title>Error: Verify"), "{page}");
        // A password that is entered next is sent for the name that the field shows.
        assert!(page.contains(&format!("name=\"username\" value=\"{}\"", fields[1].1)), "{page}");
    }
}

/// A visitor who may edit the load balancer could otherwise have the password sent to a server of their own.
#[tokio::test]
async fn a_password_is_typed_for_the_addresses_that_the_page_shows() {
    let (wizard, plan) = downloaded().await;
    let saved = [("mode", "full"), ("username", "is-admin"), ("password", "")];
    let fields = with_addresses(&wizard, &plan, &saved).await;
    let answer = wizard.post(&format!("{plan}/verify"), &borrowed(&fields)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "the saved password of the plan is no default");

    let typed = [("mode", "full"), ("username", "verifier"), ("password", "Verify-canary-9")];
    let fields = with_addresses(&wizard, &plan, &typed).await;
    let cookie = sharing::visit(&wizard, &plan, &[("right", "edit")]).await;
    let change = [("load_balancer.address", "192.0.2.66"), ("action", "save")];
    wizard.post_as(&cookie, &format!("{plan}/load-balancer"), &change).await;
    let answer = wizard.post(&format!("{plan}/verify"), &borrowed(&fields)).await;
    let page = answer.text();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("The addresses of the cluster changed."), "{page}");
    assert!(page.contains("192.0.2.66") && !page.contains("Verify-canary-9"), "{page}");
}

#[tokio::test]
async fn a_visitor_reads_results_and_starts_nothing() {
    let (wizard, plan) = downloaded().await;
    let cookie = sharing::visit(&wizard, &plan, &[("right", "edit")]).await;
    let page = wizard.get_as(&cookie, &format!("{plan}/verify")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains("Verify the cluster"), "{}", page.text());
    let refused = wizard.post_as(&cookie, &format!("{plan}/verify"), &[("mode", "read-only")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

/// What verify.sh prints for the nodes of the plan.
async fn script_report(wizard: &Wizard, plan: &str) -> String {
    let zip = wizard.post(&format!("{plan}/bundle"), &[]).await;
    let files = testbed::bundle::unzip(&zip.bytes);
    let (_, script) = files.iter().find(|(name, _)| name.ends_with("verify/verify.sh")).unwrap();
    let script = String::from_utf8(script.clone()).unwrap();
    let nodes = script.split("\nplan='").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    format!(
        "clusterwright-verification 1 {nodes} 18446744073709551615\npassed  VF-01 node1: The node is healthy.\n\
         failed  VF-07 Revoked token: node2 still accepts <b>the revoked token</b>.\nskipped VF-14: x\nend\n"
    )
}

#[tokio::test]
async fn the_report_of_the_script_becomes_results() {
    let (wizard, plan) = downloaded().await;
    let report = script_report(&wizard, &plan).await;
    let accepted = wizard.post(&format!("{plan}/verify/report"), &[("report", &report)]).await;
    assert_eq!(accepted.location, format!("{plan}/verify#checks"), "{}", accepted.text());
    let page = wizard.get(&format!("{plan}/verify")).await.text();
    assert!(
        page.contains("Reported by verify.sh: The node is healthy.") && page.contains("&lt;b&gt;the revoked token"),
        "{page}"
    );
    let written = wizard.get(&format!("{plan}/report.json")).await.text();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    let of = |id: &str| written["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap().clone();
    assert_eq!((of("VF-01")["outcome"].as_str(), of("VF-07")["outcome"].as_str()), (Some("passed"), Some("failed")));
    assert_eq!(of("VF-14")["outcome"], "not-checked", "the script did not decide it");
    assert!(written["signature"].as_str().is_some_and(|signature| signature.starts_with("clusterwright-ed25519:")));
    assert!(journal(&wizard, &plan).await.iter().any(|line| line.to_string().contains("report of verify.sh")));
}

#[tokio::test]
async fn a_report_of_other_nodes_or_of_no_script_is_refused_at_its_field() {
    let (wizard, plan) = downloaded().await;
    let report = script_report(&wizard, &plan).await;
    let foreign = format!("clusterwright-verification 1 00ff 1\n{}", report.split_once('\n').unwrap().1);
    for (text, problem) in [
        (foreign, "about other nodes than those of this plan"),
        (report.replace("end\n", ""), "has no last line"),
        (String::new(), "does not contain the first line"),
    ] {
        let answer = wizard.post(&format!("{plan}/verify/report"), &[("report", &text)]).await;
        let page = answer.text();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("href=\"#verify-report\"") && page.contains("id=\"verify-report-error\""), "{page}");
        assert!(page.contains(problem), "{problem}: {page}");
    }
    let cookie = sharing::visit(&wizard, &plan, &[("right", "edit")]).await;
    let refused = wizard.post_as(&cookie, &format!("{plan}/verify/report"), &[("report", &report)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
