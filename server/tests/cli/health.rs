//! What monitoring reads from a running server: health, metrics and limits of the process.

use std::fs;

use testbed::plan::DATABASE_PASSWORD;

use crate::support::World;

#[test]
fn a_server_without_its_key_file_lives_and_is_not_ready() {
    let world = World::new();
    let server = world.serve();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    fs::rename(world.path("data/vault.key"), world.path("data/away")).unwrap();
    let answer = server.get("/readyz");
    assert!(answer.status == 503 && answer.text().contains("Restore it"), "{}", answer.text());
    assert_eq!(server.get("/healthz").status, 200);
    fs::rename(world.path("data/away"), world.path("data/vault.key")).unwrap();
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn metrics_count_and_name_no_plan() {
    let world = World::new();
    let server = world.serve();
    let plan = server.plan();
    server.save(&plan, "database", &[("database.password", DATABASE_PASSWORD), ("database.host", "db.canary")]);
    assert_eq!(server.get(&format!("{plan}/database")).status, 200);
    assert_eq!(server.get("/nothing/canary").status, 404);
    let text = server.get("/metrics").text();
    for line in [
        "clusterwright_requests_total{method=\"POST\",route=\"/plans/{plan}/{step}\",status=\"303\"} 1",
        "clusterwright_requests_total{method=\"GET\",route=\"/plans/{plan}/{step}\",status=\"200\"} 1",
        "clusterwright_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "clusterwright_plans 1",
        "clusterwright_runs 0",
        "clusterwright_sessions 0",
        "clusterwright_store_errors_total 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    let id = plan.rsplit('/').next().unwrap();
    assert!(!text.contains(id) && !text.contains("canary"), "{text}");
}

#[test]
fn a_crash_would_leave_no_image_of_the_memory() {
    let world = World::new();
    let server = world.serve();
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id()));
    // Only Linux has it; on other systems the unit test covers it.
    let Ok(limits) = limits else { return };
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
}
