//! The probes of the nodes on the site: a script for each node, and its report, sent or pasted.

use axum::http::StatusCode;
use testbed::http::{TestRequest, TestResponse};
use testbed::plan::TestPlan;

use crate::support::Wizard;

/// The paths of the two nodes' probes, as the page gives them to curl.
async fn addresses(wizard: &Wizard, plan: &str) -> Vec<String> {
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    let mut found: Vec<String> = page
        .split("--send http://localhost:3000")
        .skip(1)
        .map(|rest| rest.split(|letter: char| letter == '<' || letter.is_whitespace()).next().unwrap().to_owned())
        .collect();
    found.dedup();
    found
}

async fn send(wizard: &Wizard, address: &str, report: String) -> TestResponse {
    wizard.send(TestRequest::post(address).body("text/plain", report)).await
}

fn report(script: &str, node: &str, other: &str, port: u16) -> String {
    let plan = script.lines().find_map(|line| line.strip_prefix("plan='")).unwrap().trim_end_matches('\'');
    format!(
        "clusterwright-probe | 1\nplan | {plan}\nnode | {node}\njava | 1.6.0 | java\nreached | 2\n\
         reach | {other} | hazelcast | {port} | ok | 0.42 | 7 | 0 | {other}\nend | 1\n"
    )
}

#[tokio::test]
async fn a_node_fetches_its_probe_and_sends_its_report() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let [one, two] = addresses(&wizard, &plan).await.try_into().unwrap();
    let id = plan.trim_start_matches("/plans/");
    assert!(!one.contains(id), "a node does not receive the ID of the plan");
    let script = wizard.get(&one).await;
    assert!(script.status == StatusCode::OK && script.text().starts_with("#!/bin/sh\n"), "{}", script.text());
    assert!(script.text().contains("node='node1'") && !script.text().contains("Db-canary-1"));

    let piece = || async { wizard.get(&format!("{plan}/probes")).await.text() };
    assert_eq!(piece().await, "", "no node has reported");
    let taken = send(&wizard, &one, report(&script.text(), "node1", "node2", 4001)).await;
    assert_eq!((taken.status, taken.text().as_str()), (StatusCode::OK, "Report received.\n"));
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    assert!(page.contains("reported at") && page.contains("0.4 ms") && page.contains("clock 7 ms ahead"), "{page}");
    assert!(page.contains("no report yet"));
    let table = piece().await;
    assert!(table.starts_with("<table") && page.contains(&table), "{table}");
    // The report's checks are decided at once, and again with every later run.
    wizard.run_checks(&plan, &[("id", "ND-07")]).await;
    let page = wizard.get(&format!("{plan}/review")).await.text();
    assert!(page.contains("Java 1.6.0 as java") && page.contains("reported at"), "{page}");

    for (address, text, status) in [
        (&two, "nonsense".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        (&two, report("plan='0000'", "node2", "node1", 4000), StatusCode::UNPROCESSABLE_ENTITY),
        (&two, "x".repeat(70_000), StatusCode::PAYLOAD_TOO_LARGE),
        (&"/probes/0123/node1".to_owned(), report(&script.text(), "node1", "node2", 4001), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(send(&wizard, address, text).await.status, status);
    }
    assert_eq!(wizard.get(&one.replace("node1", "node9")).await.status, StatusCode::NOT_FOUND);
}

/// The plan has one keystore for all nodes; the same check compares the files on the nodes.
#[tokio::test]
async fn reports_of_nodes_are_added_to_checks_of_the_answers() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let [one, two] = addresses(&wizard, &plan).await.try_into().unwrap();
    let script = wizard.get(&one).await.text();
    let with = |node: &str, other: &str, digest: &str| {
        let store = format!("file | repository/resources/security/cluster-primary.p12 | alone | {digest}\nend |");
        report(&script, node, other, 4001).replace("end |", &store)
    };
    send(&wizard, &one, with("node1", "node2", "1f2e")).await;
    send(&wizard, &two, with("node2", "node1", "9d9d")).await;
    // The first one waits for the run that the first report has started.
    for _ in 0..2 {
        wizard.run_checks(&plan, &[("id", "CL-07")]).await;
    }
    let page = wizard.get(&format!("{plan}/review")).await.text();
    let finding = "Keys and keystores are the same (node2): Reported at";
    assert!(page.contains(finding) && page.contains("cluster-primary.p12 differs from other nodes."), "{page}");
}

#[tokio::test]
async fn a_pasted_report_is_taken_and_is_stale_when_the_nodes_change() {
    let wizard = Wizard::new().await;
    let plan = wizard.plan().await;
    wizard.complete(&plan, &[]).await;
    let [one, _] = addresses(&wizard, &plan).await.try_into().unwrap();
    let script = wizard.get(&one).await.text();
    let pasted = format!("$ sh probe.sh\r\n{}$ ", report(&script, "node1", "node2", 4001).replace('\n', "\r\n"));
    let answer = wizard.post(&format!("{plan}/reports"), &[("report", &pasted)]).await;
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (StatusCode::SEE_OTHER, format!("{plan}/clustering#title").as_str())
    );
    let page = wizard.get(&answer.location).await.text();
    assert!(page.contains("The report of node1 is saved.") && page.contains("reported at"), "{page}");
    let cut = pasted.replace("end | 1", "");
    let refused = wizard.post(&format!("{plan}/reports"), &[("report", &cut)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.text();
    assert!(page.contains("<title>Error: Clustering"), "{page}");
    let (_, summary) = page.split_once("class=\"error-summary\"").unwrap();
    assert!(summary.contains("<a href=\"#probe-report\">The report has no last line."), "{page}");
    assert!(page.contains("reach | node2 | hazelcast"), "the pasted text stays: {page}");
    let again = wizard.get(&format!("{plan}/reports")).await;
    assert_eq!(again.location, format!("{plan}/clustering#probes"), "loading that page again shows the form");
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    assert!(!page.contains("The report has no last line."), "it is reported once");

    let changed = TestPlan::one_machine().with_cell(1, "hazelcast_port", 4005);
    let saved = wizard.enter(&plan, &changed, "clustering", "save").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let page = wizard.get(&format!("{plan}/clustering")).await.text();
    assert!(!page.contains("reported at"), "a report of another node table is not shown");
}
